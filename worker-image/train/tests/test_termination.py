import json
from pathlib import Path

import pytest
from conftest import fixture

from paft_train import log, termination
from paft_train.errors import EXIT_CODES


@pytest.mark.parametrize("name", ["succeeded", "failed", "stopped", "report"])
def test_fixtures_are_what_we_write(name: str) -> None:
    asked = fixture(f"termination-{name}")
    manifest = asked if "digest" in asked else None
    built = termination.build(asked["outcome"], asked["reason"], asked["message"], manifest, step=asked.get("step"))
    assert json.loads(termination.encode(built)) == asked
    assert asked["reason"] in EXIT_CODES


def test_metrics_are_finite_numbers_and_at_most_16() -> None:
    metrics = {"nan": float("nan"), "flag": True, "text": "x", **{f"m{i}": i / 3 for i in range(40)}}
    built = termination.build("Succeeded", "Completed", "done", {"metrics": metrics, "digest": "d", "bytes": 1})
    assert len(built["metrics"]) == 16
    assert built["metrics"]["m1"] == 0.333333


def test_long_messages_are_cut_never_the_json() -> None:
    raw = termination.encode(termination.build("Failed", "InternalError", 'é"\n\\' * 5000))
    assert len(raw) <= 4096
    assert len(raw) > 4000
    assert json.loads(raw)["message"].endswith("...")


def test_large_results_lose_detail_but_stay_json() -> None:
    metrics = {f"a_task_with_a_rather_long_name_{i}": 1 / (i + 3) for i in range(30)}
    scores = [{"subject": f"candidate-{i}", "score": i / 7, "metrics": metrics} for i in range(14)]
    manifest = {
        "metrics": {},
        "digest": "d",
        "bytes": 1,
        "result": {"best": "candidate-3", "score": 0.4, "scores": scores},
    }
    raw = termination.encode(termination.build("Succeeded", "Completed", "x" * 6000, manifest))
    assert len(raw) <= 4096
    assert len(json.loads(raw)["result"]["scores"]) == 14
    few = {**manifest, "result": {"best": "c", "score": 0.4, "scores": scores[:2]}}
    kept = json.loads(termination.encode(termination.build("Succeeded", "Completed", "x", few)))
    assert [len(item["metrics"]) for item in kept["result"]["scores"]] == [8, 8]
    many = {**manifest, "result": {**manifest["result"], "scores": scores * 20}}
    kept = json.loads(termination.encode(termination.build("Succeeded", "Completed", "x" * 6000, many)))
    assert {item["subject"] for item in kept["result"]["scores"]} == {"candidate-3"}


def test_a_place_that_cannot_be_written_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    termination.write({"message": "x"}, {"PAFT_TERMINATION_LOG": str(tmp_path / "no/such/file")})
    assert "could not be written" in capsys.readouterr().out


def test_a_line_of_the_log_may_hold_half_an_emoji(capfd: pytest.CaptureFixture[str]) -> None:
    log.event("column '\ud83d' is not there")
    assert "\\ud83d" in capfd.readouterr().out
