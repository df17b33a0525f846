"""Stops at every awkward moment, and checkpoints that are not what they should be; in this process: quicker."""

import errno
import json
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Ended, Workspace, fixture
from test_progress import TLS
from test_resume_processes import rows, same, training

from paft_train import files, models, progress
from paft_train.resume import runs as record
from paft_train.resume.saver import Checkpoints
from paft_train.resume.store import Store, directories

STEPS = 12


def short(kind: str = "sft", tuning: str = "Full", **extra: Any) -> dict[str, Any]:
    """One and a half epochs."""
    document = training(kind, tuning)
    document["parameters"]["hyperparameters"] |= {"maxSteps": STEPS, "loggingSteps": 2}
    document["parameters"]["extraArgs"] = extra
    return document


@pytest.fixture(scope="session")
def undisturbed(seeded: Path) -> Ended:
    ended = Workspace(seeded).run(short(), "d0")
    assert ended.code == 0, ended.message
    return ended


@pytest.fixture
def fresh(workspace: Workspace) -> Iterator[Workspace]:
    """No output and no checkpoint of key d1."""
    yield workspace
    for path in (workspace.root / "sft").glob("d1*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def work(workspace: Workspace, kind: str = "sft", key: str = "d1") -> Path:
    return workspace.root / kind / (key * 32 + ".work")


def kept(workspace: Workspace) -> list[int]:
    return [found.step for found in directories(work(workspace))]


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def during(monkeypatch: pytest.MonkeyPatch, step: int, act: Callable[[], None], moment: str = "on_step_begin") -> None:
    """Act in a step: `on_step_begin` finds one step less done than `on_step_end`."""

    def once(self: Checkpoints, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == (step - 1 if moment == "on_step_begin" else step):
            act()

    monkeypatch.setattr(Checkpoints, moment, once, raising=False)


def stopped(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, step: int, **changes: Any) -> Ended:
    """A training that gets a SIGTERM in a step."""
    with monkeypatch.context() as patch:
        during(patch, step, terminate)
        return workspace.run(short() | changes, "d1")


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
    assert [report.step for report in told] == list(range(5, STEPS + 1))
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


def test_checkpoints_at_an_interval_and_the_newest_two_stay(
    fresh: Workspace, monkeypatch: pytest.MonkeyPatch, undisturbed: Ended
) -> None:
    ended = stopped(fresh, monkeypatch, 6, checkpointIntervalSeconds=0.001)
    assert [ended.message["step"], kept(fresh)] == [6, [6, 5]]
    assert ended.log.count("checkpoint of step") == 7
    assert f"checkpoint of step 6/{STEPS}: " in ended.log
    ended = fresh.run(short(), "d1")
    assert "checkpoint of step 7" not in ended.log
    same(ended, undisturbed)


DAMAGE = ["flipped", "truncated", "missing", "no manifest", "garbage", "other key", "other versions", "other data"]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_or_foreign_checkpoint_is_set_aside_and_the_one_before_used(
    fresh: Workspace, monkeypatch: pytest.MonkeyPatch, undisturbed: Ended, damage: str
) -> None:
    stopped(fresh, monkeypatch, 6, checkpointIntervalSeconds=0.001)
    newest = work(fresh) / "step-6"
    document = json.loads((newest / "checkpoint.json").read_text())
    match damage:
        case "flipped":
            raw = bytearray((newest / "optimizer.pt").read_bytes())
            raw[len(raw) // 2] ^= 1
            (newest / "optimizer.pt").write_bytes(raw)
        case "truncated":
            os.truncate(newest / "model.safetensors", 1000)
        case "missing":
            (newest / "scheduler.pt").unlink()
        case "no manifest":
            (newest / "checkpoint.json").unlink()
        case "garbage":
            (newest / "checkpoint.json").write_text('{"kind"')
        case "other key":
            document["key"] = "0" * 64
        case "other versions":
            document["versions"]["transformers"] = "4.0"
        case "other data":
            document["inputs"]["dataset"] = "sha256:0"
    if damage.startswith("other"):
        (newest / "checkpoint.json").write_text(json.dumps(document))
    ended = fresh.run(short(), "d1")
    assert ended.code == 0
    assert "going on from the checkpoint of step 5" in ended.log
    assert "the checkpoint of step 6 was set aside: " in ended.message["message"]
    same(ended, undisturbed)
    run = ended.manifest["runs"][1]
    assert (run["step"], run["lostSteps"], len(run["setAside"])) == (5, 1, 1)


def test_without_any_good_checkpoint_it_starts_anew(
    fresh: Workspace, monkeypatch: pytest.MonkeyPatch, undisturbed: Ended
) -> None:
    stopped(fresh, monkeypatch, 6, checkpointIntervalSeconds=0.001)
    for found in directories(work(fresh)):
        (found.path / "rng_state.pth").write_bytes(b"")
    (work(fresh) / "saving/checkpoint-9").mkdir(parents=True)
    stopped(fresh, monkeypatch, 2)
    assert kept(fresh) == [2]
    assert sorted(path.name.split(".")[0] for path in (work(fresh) / "set-aside").iterdir()) == ["step-5", "step-6"]
    ended = fresh.run(short(), "d1")
    same(ended, undisturbed)
    assert [(run["step"], run.get("lostSteps")) for run in ended.manifest["runs"]] == [(0, None), (0, 6), (2, 0)]
    assert "set aside" in ended.message["message"]


def test_a_checkpoint_that_is_whole_but_cannot_be_loaded_is_in_the_way_once(
    fresh: Workspace, monkeypatch: pytest.MonkeyPatch, undisturbed: Ended
) -> None:
    stopped(fresh, monkeypatch, 6, checkpointIntervalSeconds=0.001)
    newest = work(fresh) / "step-6"
    (newest / "scheduler.pt").write_bytes(b"no pickle")
    document = json.loads((newest / "checkpoint.json").read_text())
    (newest / "checkpoint.json").unlink()
    document["files"] = [vars(entry) for entry in files.entries(newest)]
    (newest / "checkpoint.json").write_text(json.dumps(document))
    ended = fresh.run(short(), "d1")
    assert (ended.code, ended.message["reason"]) == (75, "CheckpointUnusable")
    assert "the checkpoint of step 6 was set aside: it cannot be loaded" in ended.message["message"]
    ended = fresh.run(short(), "d1")
    assert "going on from the checkpoint of step 5" in ended.log
    same(ended, undisturbed)


def full_disk(patch: pytest.MonkeyPatch, after: int) -> None:
    """Checkpoints can be written so often, and then no more."""
    sync, left = files.fsync_tree, [after]

    def failing(directory: Path) -> None:
        left[0] -= 1
        if left[0] < 0 and ".work" in str(directory):
            raise OSError(errno.ENOSPC, "No space left on device", str(directory))
        sync(directory)

    patch.setattr(files, "fsync_tree", failing)


def test_a_full_disk_costs_a_checkpoint_and_not_the_training(
    fresh: Workspace, monkeypatch: pytest.MonkeyPatch, undisturbed: Ended
) -> None:
    with monkeypatch.context() as patch:
        full_disk(patch, 2)
        ended = fresh.run(short() | {"checkpointIntervalSeconds": 0.001}, "d1")
    assert ended.code == 0
    assert "the checkpoint of step 3 could not be written, that of step 2 stays: no space left" in ended.log
    same(ended, undisturbed)


def test_a_stop_with_a_full_disk_says_what_is_lost(
    fresh: Workspace, monkeypatch: pytest.MonkeyPatch, undisturbed: Ended
) -> None:
    with monkeypatch.context() as patch:
        full_disk(patch, 2)
        ended = stopped(fresh, monkeypatch, 4, checkpointIntervalSeconds=0.001)
    assert (ended.code, ended.message["outcome"], ended.message["step"]) == (143, "Stopped", 2)
    assert "after step 4, and its checkpoint could not be written (no space left" in ended.message["message"]
    assert kept(fresh) == [2, 1]
    assert not (work(fresh) / "saving").exists()
    ended = fresh.run(short(), "d1")
    same(ended, undisturbed)
    assert ended.message["metrics"]["lost_steps"] == 2


def test_a_loss_that_is_not_a_number_is_not_kept(fresh: Workspace) -> None:
    document = short() | {"checkpointIntervalSeconds": 0.001}
    document["parameters"]["hyperparameters"] |= {"learningRate": 1e30, "loggingSteps": 6}
    ended = fresh.run(document, "d1")
    assert ended.message["reason"] == "InvalidParameter"
    assert kept(fresh) in ([1], [2, 1])


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


def test_the_lines_of_a_killed_writer_do_not_spoil_the_record(tmp_path: Path) -> None:
    runs = record.Runs(tmp_path)
    runs.begin(0, [])
    with (tmp_path / "runs.jsonl").open("a") as stream:
        stream.write('{"startTime": "2026-')
    runs.reached(7, now=True)
    runs.begin(5, ["the checkpoint of step 6 was set aside: torn"])
    summary = runs.summary()
    assert (summary.steps, summary.lost) == ([5], 2)
    assert summary.set_aside == ["the checkpoint of step 6 was set aside: torn"]
