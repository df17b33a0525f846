import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import CONTRACT, Workspace, fixture, quick
from operator_stand_in import TLS, Operator, metrics, until

from paft_train import progress
from paft_train.progress import Report


def test_the_newest_report_arrives_with_the_newest_token(operator: Operator) -> None:
    reporter = progress.reporter(operator.environment(), pace=0.05)
    reporter.report(Report(0.427, 64, 150, 118.6, {"loss": 0.41}))
    until(lambda: operator.bodies)
    status = operator.bodies[0]
    assert status["progressPercentage"] == 42
    assert status["estimatedRemainingSeconds"] == 118
    assert metrics(status) == {"loss": "0.41", "current_step": "64", "total_steps": "150"}
    operator.token.write_text("second")
    for step in range(65, 151):
        reporter.report(Report(step / 150, step, 150))
    until(lambda: metrics(operator.bodies[-1])["current_step"] == "150")
    assert operator.bodies[-1]["progressPercentage"] == 99
    assert operator.tokens[-1] == "Bearer second"
    assert len(operator.bodies) < 10


def test_what_nobody_knows_is_not_said() -> None:
    status = json.loads(Report(step=3).body())["trainerStatus"]
    assert "progressPercentage" not in status
    assert "estimatedRemainingSeconds" not in status
    assert metrics(status) == {"current_step": "3"}


def test_a_refusal_is_logged_once_and_the_next_report_is_sent(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.code = 403
    reporter = progress.reporter(operator.environment(), pace=0.01)
    for step in range(3):
        reporter.report(Report(step=step))
        until(lambda expected=step: len(operator.bodies) > expected)
    operator.code = 200
    reporter.report(Report(step=9))
    until(lambda: metrics(operator.bodies[-1])["current_step"] == "9")
    said = capsys.readouterr().out
    assert said.count("HTTP 403") == 1
    assert "the stage goes on" in said


def test_another_authority_gets_no_token(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    reporter = progress.reporter(operator.environment("other-ca.crt"), pace=0.01)
    reporter.report(Report(step=1))
    printed = []
    until(lambda: printed.append(capsys.readouterr().out) or any("CERTIFICATE_VERIFY_FAILED" in p for p in printed))
    assert operator.tokens == []


def test_a_proxy_for_downloads_is_not_used(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://localhost:1")
    progress.reporter(operator.environment(), pace=0.01).report(Report(step=1))
    until(lambda: operator.bodies)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {progress.URL: "https://localhost/", progress.TOKEN: "/none"},
        {progress.URL: "https://localhost/", progress.TOKEN: "/none", progress.CA_CERT: "/none"},
        {progress.URL: "http://localhost/", progress.TOKEN: "/none", progress.CA_CERT: str(TLS / "ca.crt")},
    ],
)
def test_without_usable_variables_nothing_is_sent(given: dict[str, str]) -> None:
    assert isinstance(progress.reporter(given), progress.Silent)


def test_reports_cost_a_stage_next_to_nothing_where_nobody_answers(operator: Operator) -> None:
    """A listener that takes connections and never answers is the worst of all networks."""
    with socket.create_server(("localhost", 0)) as hole:
        given = operator.environment() | {progress.URL: f"https://localhost:{hole.getsockname()[1]}/"}
        reporter = progress.reporter(given, pace=0.01)
        start = time.perf_counter()
        for step in range(10_000):
            reporter.report(Report(step / 10_000, step, 10_000, 1.0, {"loss": 0.5}))
        per_report = (time.perf_counter() - start) / 10_000
    # A step of the smallest training takes some 10 ms: 1 % of that.
    assert per_report < 100e-6


def test_a_training_tells_steps_and_numbers(
    workspace: Workspace, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in operator.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(progress.reporter, "__defaults__", (None, 0.0))
    ended = workspace.run(quick(fixture("preference"), loggingSteps=1), "a7")
    assert ended.code == 0
    until(lambda: metrics(operator.bodies[-1]).get("current_step") == "4")
    assert metrics(operator.bodies[0])["total_steps"] == "4"
    assert operator.bodies[-1]["progressPercentage"] == 99
    assert max(body["progressPercentage"] for body in operator.bodies) == 99
    assert any({"loss", "reward_margin"} <= set(metrics(body)) for body in operator.bodies)
    until(lambda: "work_done" in metrics(operator.bodies[-1]))
    assert metrics(operator.bodies[-1])["current_step"] == "4", "the result is being written"


def test_an_evaluation_tells_how_many_answers_it_has(
    workspace: Workspace, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in operator.environment().items():
        monkeypatch.setenv(name, value)
    heard: list[Report] = []
    monkeypatch.setattr(progress.Reporter, "report", lambda self, report: heard.append(report))
    ended = workspace.run(fixture("evaluate-base"), "a8")
    assert ended.code == 0
    fractions = [report.fraction for report in heard]
    assert fractions[0] == 0
    assert fractions == sorted(fractions)
    assert len(set(fractions)) > heard[0].total + 1
    works = [report.work or 0 for report in heard]
    assert works[0] == 0
    assert works == sorted(works)
    # Every answer counts, also those to prompts, where a percent may take hours.
    assert len(set(works)) >= len(set(fractions))
    assert json.loads(heard[-1].body())["trainerStatus"]["metrics"][-1] == {
        "name": "work_done",
        "value": str(works[-1]),
    }
    assert heard[-1].step == heard[0].total


def test_transformers_own_callback_sends_what_the_contract_says(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Somebody else's image may use it; the operator's tests read the same file."""
    from transformers import TrainerControl, TrainerState, TrainingArguments
    from transformers.integrations.integration_utils import KubeflowCallback

    for name, value in operator.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DISABLE_KUBEFLOW_INTEGRATION")
    callback = KubeflowCallback()
    state = TrainerState(global_step=0, max_steps=150, epoch=0.84)
    args: Any = TrainingArguments(output_dir=str(tmp_path), report_to="none")
    callback.on_train_begin(args, state, TrainerControl())
    callback._last_update_time = 0.0
    state.global_step = 63
    logs = {
        "loss": 0.4123,
        "grad_norm": 1.25,
        "learning_rate": 0.00012,
        "rewards/margins": 0.034,
        "rewards/accuracies": 0.75,
        "epoch": 0.84,
    }
    callback.on_log(args, state, TrainerControl(), logs=logs)
    callback.on_step_end(args, state, TrainerControl())
    expected = json.loads((CONTRACT / "progress.json").read_text())["trainerStatus"]
    sent = operator.bodies[-1]
    assert sent["metrics"] == expected["metrics"]
    assert sent["progressPercentage"] == expected["progressPercentage"]
    assert set(sent) == set(expected)


def test_our_trainings_do_not_use_it(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers.integrations import get_reporting_integration_callbacks
    from transformers.integrations.integration_utils import is_kubeflow_available

    for name, value in operator.environment().items():
        monkeypatch.setenv(name, value)
    assert not is_kubeflow_available()
    assert get_reporting_integration_callbacks([]) == []
