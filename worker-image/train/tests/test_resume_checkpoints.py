"""Checkpoints: which there are, and those that are not what they should be; in this process."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Ended, Workspace
from resuming import STEPS, kept, short, stopped, work
from test_resume_processes import same

from paft_train import files
from paft_train.resume import runs as record
from paft_train.resume.store import Store, directories


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


def failing(real: Callable[[Path], str], bad: Path) -> Callable[[Path], str]:
    """Reads files as before, but for one whose blocks the disk does not give back."""

    def read(path: Path) -> str:
        if path == bad:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(path)

    return read


DAMAGE = [
    "flipped",
    "truncated",
    "missing",
    "unreadable",
    "no manifest",
    "garbage",
    "other key",
    "other versions",
    "other data",
]


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
        case "unreadable":
            monkeypatch.setattr(files, "sha256_file", failing(files.sha256_file, newest / "optimizer.pt"))
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


def test_a_checkpoint_that_a_library_refuses_to_write_costs_no_more(
    fresh: Workspace, monkeypatch: pytest.MonkeyPatch, undisturbed: Ended
) -> None:
    commit = Store.commit

    def refusing(self: Store, written: Path, step: int) -> int:
        if step == 3:
            raise ValueError("this cannot be saved")
        return commit(self, written, step)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "commit", refusing)
        ended = fresh.run(short() | {"checkpointIntervalSeconds": 0.001}, "d1")
    assert "the checkpoint of step 3 could not be written, that of step 2 stays: " in ended.log
    assert "this cannot be saved" in ended.log
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
