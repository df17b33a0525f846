"""Stops at every awkward moment; in this process: quicker."""

import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Ended, Workspace, fixture
from resuming import STEPS, during, kept, short, stopped, terminate, work
from test_progress import TLS
from test_resume_processes import rows, same

from paft_train import models, progress
from paft_train.resume import runs as record
from paft_train.resume.saver import Checkpoints
from paft_train.resume.store import Store


def test_stops_after_the_step_and_goes_on(
    fresh: Workspace, monkeypatch: pytest.MonkeyPatch, undisturbed: Ended
) -> None:
    ended = stopped(fresh, monkeypatch, 5)
    assert (ended.code, ended.message["outcome"], ended.message["step"]) == (143, "Stopped", 5)
    assert "after step 5; the next attempt goes on from the checkpoint of step 5" in ended.message["message"]
    assert not ended.output.exists()
    assert not {path.suffix for path in work(fresh).rglob("*")} & {".bin", ".tmp"}
    ended = fresh.run(short(), "d1")
    assert "going on from the checkpoint of step 5" in ended.log
    assert ended.code == 0
    same(ended, undisturbed)
    assert [(run["step"], run.get("lostSteps")) for run in ended.manifest["runs"]] == [(0, None), (5, 0)]
    seconds = [json.loads(line)["seconds"] for line in (ended.output / "log.jsonl").read_text().splitlines()]
    assert seconds == sorted(seconds)
    assert ended.manifest["metrics"]["train_seconds"] >= seconds[-1] - 0.01


@pytest.mark.parametrize("step", [1, 8, STEPS - 1])
def test_stops_in_the_first_step_at_the_end_of_an_epoch_and_before_the_last(
    fresh: Workspace, monkeypatch: pytest.MonkeyPatch, undisturbed: Ended, step: int
) -> None:
    assert stopped(fresh, monkeypatch, step).message["step"] == step
    same(fresh.run(short(), "d1"), undisturbed)


def test_several_signals_are_one(fresh: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = Store.commit

    def interrupted(self: Store, written: Path, step: int) -> int:
        terminate()
        size = commit(self, written, step)
        terminate()
        return size

    monkeypatch.setattr(Store, "commit", interrupted)
    ended = stopped(fresh, monkeypatch, 3)
    assert (ended.code, ended.message["step"], kept(fresh)) == (143, 3, [3])


def test_a_signal_before_the_first_step(fresh: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        begin = record.Runs.begin
        patch.setattr(record.Runs, "begin", lambda *given: (begin(*given), terminate()))
        ended = fresh.run(short(), "d1")
    assert (ended.code, ended.message["step"]) == (143, 1)


def test_a_signal_while_the_model_loads(fresh: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    load = models.load_full

    def interrupted(found: Any) -> Any:
        terminate()
        return load(found)

    with monkeypatch.context() as patch:
        patch.setattr(models, "load_full", interrupted)
        ended = fresh.run(short(), "d1")
        assert (ended.code, ended.message["outcome"]) == (143, "Stopped")
        assert "before it was done; the next attempt starts anew" in ended.message["message"]
    assert stopped(fresh, monkeypatch, 4).code == 143
    with monkeypatch.context() as patch:
        patch.setattr(models, "load_full", interrupted)
        assert fresh.run(short(), "d1").message["step"] == 4


@pytest.mark.parametrize("moment", ["last step", "final save"])
def test_a_signal_when_every_step_is_done_changes_nothing(
    fresh: Workspace, monkeypatch: pytest.MonkeyPatch, undisturbed: Ended, moment: str
) -> None:
    if moment == "last step":
        ended = stopped(fresh, monkeypatch, STEPS)
    else:
        save = models.save_full
        monkeypatch.setattr(models, "save_full", lambda *given: (terminate(), save(*given)))
        ended = fresh.run(short(), "d1")
    assert (ended.code, ended.message["outcome"], ended.message["metrics"]["steps"]) == (0, "Succeeded", STEPS)
    same(ended, undisturbed)


def test_a_signal_in_an_evaluation(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "load_subject", lambda *given: terminate())
    document = fixture("evaluate-base")
    ended = workspace.run(document, "d4")
    assert (ended.code, ended.message["outcome"]) == (143, "Stopped")
    assert not ended.output.exists()


def test_a_training_that_ends_early_is_no_success(fresh: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(self: Checkpoints, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        control.should_training_stop = True

    monkeypatch.setattr(Checkpoints, "on_step_end", give_up)
    ended = fresh.run(short(), "d1")
    assert (ended.code, ended.message["reason"]) == (1, "InternalError")
    assert f"after step 1 of {STEPS}" in ended.message["message"]


def test_progress_goes_on_at_the_step_and_is_never_whole_after_a_stop(
    fresh: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[progress.Report] = []

    class Listener:
        def report(self, report: progress.Report) -> None:
            told.append(report)

    monkeypatch.setattr(progress, "reporter", Listener)
    stopped(fresh, monkeypatch, 5)
    assert (told[-1].step, told[-1].fraction) == (5, 5 / STEPS)
    told.clear()
    assert fresh.run(short(), "d1").code == 0
    assert [report.step for report in told if report.work is None] == list(range(5, STEPS + 1))
    # Then the result is written, which is work too and no step.
    assert (told[-1].step, told[-1].work is None) == (STEPS, False)
    assert told[0].fraction == 5 / STEPS
    assert json.loads(told[-1].body())["trainerStatus"]["progressPercentage"] == 99


def test_a_post_that_hangs_does_not_delay_a_stop(
    fresh: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.create_server(("localhost", 0)) as silent:
        taken: list[socket.socket] = []
        threading.Thread(target=lambda: taken.append(silent.accept()[0]), daemon=True).start()
        (tmp_path / "token").write_text("t")
        monkeypatch.setenv(progress.URL, f"https://localhost:{silent.getsockname()[1]}/")
        monkeypatch.setenv(progress.CA_CERT, str(TLS / "ca.crt"))
        monkeypatch.setenv(progress.TOKEN, str(tmp_path / "token"))
        asked: list[float] = []

        def ask() -> None:
            while not taken:
                time.sleep(0.01)
            asked.append(time.monotonic())
            terminate()

        during(monkeypatch, 3, ask)
        ended = fresh.run(short(), "d1")
        assert ended.message["step"] == 3
        assert time.monotonic() - asked[0] < progress.TIMEOUT - 1


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("sft", {"extraArgs": {"train_sampling_strategy": "group_by_length"}}),
        ("preference", {"extraArgs": {"precompute_ref_log_probs": True}}),
        ("preference", {"algorithm": "ORPO"}),
    ],
)
def test_other_trainings_go_on_too(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, kind: str, changes: dict[str, Any]
) -> None:
    document = short(kind)
    document["parameters"] |= changes
    name = str(sorted(changes.items()))
    key = {"p": "9", "s": "8"}[kind[0]] + f"{len(name) % 10}"
    plain = workspace.run(document, key)
    assert plain.code == 0, plain.message
    other = "7" + key[1]
    for step in (3, 8, 11):
        with monkeypatch.context() as patch:
            during(patch, step, terminate)
            assert workspace.run(document, other).message["step"] == step
    ended = workspace.run(document, other)
    assert rows(ended)
    same(ended, plain)
