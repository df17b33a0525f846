import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import fixture

from paft_train import failures, runner
from paft_train.document import StageDocument
from paft_train.errors import StageError, Stopped
from paft_train.manifest import StageResult

SLOW = """
import os, sys, time
from pathlib import Path
from paft_train import runner
from paft_train.manifest import StageResult
def work(stage, output):
    (output / "half").write_text("half")
    print("working", flush=True)
    time.sleep(60)
    return StageResult("never")
sys.exit(runner.main(lambda kind: work, os.environ))
"""


def environment(root: Path, **changes: Any) -> dict[str, str]:
    document = {**fixture("report"), "workspace": str(root), **changes}
    return {"PAFT_STAGE": json.dumps(document), "PAFT_TERMINATION_LOG": str(root / "log")}


def work(stage: StageDocument, output: Path) -> StageResult:
    (output / "sub").mkdir()
    (output / "sub/b.txt").write_text("b")
    (output / "a.txt").write_text("a")
    return StageResult(
        "did it", {"x": 1.5}, {"seed": 1}, {"v": "1"}, result={"best": "ties", "score": 1.0, "scores": []}
    )


def run(root: Path, done: Any = work, **changes: Any) -> tuple[int, dict[str, Any]]:
    code = runner.main(lambda kind: done, environment(root, **changes))
    return code, json.loads((root / "log").read_text())


def output_of(root: Path) -> Path:
    return root / fixture("report")["output"]


def test_success_writes_everything_and_the_manifest_last(tmp_path: Path) -> None:
    code, message = run(tmp_path)
    output = output_of(tmp_path)
    manifest = json.loads((output / "manifest.json").read_text())
    assert code == 0
    assert message["outcome"] == "Succeeded"
    assert message["metrics"] == {"x": 1.5}
    assert message["result"]["best"] == "ties"
    assert [item["path"] for item in manifest["files"]] == ["a.txt", "sub/b.txt"]
    assert manifest["bytes"] == 2
    assert manifest["stage"] == "report"
    assert manifest["kind"] == "StageManifest"
    lines = "".join(f"{item['sha256']}  {item['path']}\n" for item in manifest["files"])
    import hashlib

    assert manifest["digest"] == message["digest"] == "sha256:" + hashlib.sha256(lines.encode()).hexdigest()
    assert not output.with_name(output.name + ".tmp").exists()
    assert output.with_name(output.name + ".lock").exists()


def test_reuse_reports_the_recorded_result(tmp_path: Path) -> None:
    run(tmp_path)
    code, message = run(tmp_path, done=None)
    assert (code, message["outcome"], message["metrics"]) == (0, "Reused", {"x": 1.5})
    assert message["result"]["best"] == "ties"


@pytest.mark.parametrize("damage", ["content", "missing", "manifest", "digest", "other-key"])
def test_damaged_output_is_moved_aside(tmp_path: Path, damage: str) -> None:
    run(tmp_path)
    output = output_of(tmp_path)
    manifest = json.loads((output / "manifest.json").read_text())
    match damage:
        case "content":
            (output / "a.txt").write_text("z")
        case "missing":
            (output / "a.txt").unlink()
        case "manifest":
            (output / "manifest.json").write_text("{")
        case "digest":
            (output / "manifest.json").write_text(json.dumps({**manifest, "digest": "sha256:0"}))
        case "other-key":
            (output / "manifest.json").write_text(json.dumps({**manifest, "key": "0" * 64}))
    code, message = run(tmp_path)
    assert (code, message["outcome"]) == (0, "Succeeded")
    assert len(list(output.parent.glob("*.corrupt-*"))) == 1
    assert (output / "a.txt").read_text() == "a"


def test_output_without_manifest_is_not_complete(tmp_path: Path) -> None:
    run(tmp_path)
    (output_of(tmp_path) / "manifest.json").unlink()
    assert run(tmp_path)[1]["outcome"] == "Succeeded"


def slow(root: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW],
        env={**os.environ, **environment(root), "PYTHONPATH": str(Path(runner.__file__).parents[1])},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    while "working" not in process.stdout.readline():
        pass
    return process


def test_kill_in_the_middle_leaves_nothing_complete(tmp_path: Path) -> None:
    process = slow(tmp_path)
    process.kill()
    process.communicate()
    output = output_of(tmp_path)
    assert not output.exists()
    assert (output.with_name(output.name + ".tmp") / "half").exists()
    assert run(tmp_path)[1]["outcome"] == "Succeeded"
    assert sorted(p.name for p in output.iterdir()) == ["a.txt", "manifest.json", "sub"]


def test_sigterm_ends_with_143_and_says_so(tmp_path: Path) -> None:
    process = slow(tmp_path)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    message = json.loads((tmp_path / "log").read_text())
    assert process.returncode == 143
    assert message["reason"] == "Stopped"
    assert "SIGTERM" in message["message"]
    assert not output_of(tmp_path).exists()


def test_a_second_pod_waits_for_the_lock_and_reuses(tmp_path: Path) -> None:
    output = output_of(tmp_path)
    output.parent.mkdir()
    script = f"""
import fcntl, time
with open({str(output) + ".lock"!r}, "a") as f:
    fcntl.lockf(f, fcntl.LOCK_EX); print("held", flush=True); time.sleep(1.5)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        start = time.monotonic()
        assert run(tmp_path)[0] == 0
        assert time.monotonic() - start > 0.7


def test_reuse_imports_nothing_heavy_and_is_quick(tmp_path: Path) -> None:
    run(tmp_path)
    script = (
        "import sys; from paft_train.__main__ import main; code = main(['stage']);"
        "heavy = {'torch', 'transformers', 'trl', 'datasets', 'numpy', 'pyarrow', 'lm_eval'} & set(sys.modules);"
        "print(sorted(heavy)); sys.exit(code)"
    )
    start = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment(tmp_path), "PYTHONPATH": str(Path(runner.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.strip().endswith("[]")
    assert time.monotonic() - start < 5


def failing(error: BaseException) -> Any:
    def raise_it(stage: StageDocument, output: Path) -> StageResult:
        raise error

    return raise_it


def wrapped(error: Exception) -> RuntimeError:
    outer = RuntimeError("while saving")
    outer.__cause__ = error
    return outer


class OutOfMemoryError(RuntimeError):
    """Named like torch's."""


ENDINGS = [
    (StageError("DatasetEmpty", "nothing"), "DatasetEmpty", 65),
    (OSError(errno.ENOSPC, "No space left on device", "/w/x"), "WorkspaceFull", 75),
    (wrapped(OSError(errno.EDQUOT, "Disk quota exceeded")), "WorkspaceFull", 75),
    (RuntimeError("I/O error: No space left on device (os error 28)"), "WorkspaceFull", 75),
    (OSError(errno.EROFS, "Read-only file system", "/w/x"), "WorkspaceReadOnly", 78),
    (PermissionError(errno.EACCES, "Permission denied", "/w/x"), "WorkspaceReadOnly", 78),
    (MemoryError(), "OutOfMemory", 137),
    (OutOfMemoryError("CUDA"), "OutOfMemory", 137),
    (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes"), "OutOfMemory", 137),
    (KeyboardInterrupt(), "Stopped", 143),
    (Stopped("SIGTERM"), "Stopped", 143),
    (RuntimeError("first\nlast line"), "InternalError", 1),
]


@pytest.mark.parametrize(("error", "reason", "code"), ENDINGS)
def test_how_errors_end(tmp_path: Path, error: BaseException, reason: str, code: int) -> None:
    ended, message = run(tmp_path, failing(error))
    outcome = "Stopped" if reason == "Stopped" else "Failed"
    assert (ended, message["reason"], message["outcome"]) == (code, reason, outcome)
    assert [path.suffix for path in output_of(tmp_path).parent.iterdir()] == [".lock"]


def test_internal_errors_tell_the_last_line() -> None:
    assert failures.classify(RuntimeError("first\nlast line")).message == "RuntimeError: last line"


def test_secrets_are_never_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = {**environment(tmp_path), "HF_TOKEN": "hf_verysecret"}
    runner.main(lambda kind: failing(RuntimeError("401 for hf_verysecret")), given)
    assert "hf_verysecret" not in (tmp_path / "log").read_text()
    assert "hf_verysecret" not in capsys.readouterr().out


def test_a_workspace_that_is_not_there(tmp_path: Path) -> None:
    code = runner.main(
        lambda kind: work,
        environment(tmp_path) | {"PAFT_STAGE": json.dumps({**fixture("report"), "workspace": str(tmp_path / "none")})},
    )
    assert code == 78
    assert json.loads((tmp_path / "log").read_text())["reason"] == "WorkspaceReadOnly"


def test_merge_is_for_the_other_image(tmp_path: Path) -> None:
    from paft_train.kinds import work_of

    document = {**fixture("merge-ties"), "workspace": str(tmp_path)}
    given = {"PAFT_STAGE": json.dumps(document), "PAFT_TERMINATION_LOG": str(tmp_path / "log")}
    assert runner.main(work_of, given) == 78
    assert "merge image" in (tmp_path / "log").read_text()


def test_changed_data_is_mentioned_on_reuse(tmp_path: Path) -> None:
    from paft_train import datafiles

    (tmp_path / "data/tiny").mkdir(parents=True)
    data = tmp_path / "data/tiny/sft.jsonl"
    data.write_text('{"text": "a"}\n')
    document = {**fixture("sft"), "workspace": str(tmp_path)}
    given = {"PAFT_STAGE": json.dumps(document), "PAFT_TERMINATION_LOG": str(tmp_path / "log")}

    def train(stage: StageDocument, output: Path) -> StageResult:
        path = stage.input("dataset").path
        return StageResult("ok", digests={"dataset": datafiles.dataset_digest([path], path)})

    runner.main(lambda kind: train, given)
    runner.main(lambda kind: train, given)
    assert "has changed" not in (tmp_path / "log").read_text()
    data.write_text('{"text": "b"}\n')
    runner.main(lambda kind: train, given)
    message = json.loads((tmp_path / "log").read_text())
    assert message["outcome"] == "Reused"
    assert "data/tiny/sft.jsonl has changed" in message["message"]
    assert "rerun" in message["message"]
