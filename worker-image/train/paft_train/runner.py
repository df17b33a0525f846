"""The life of a stage: lock, reuse, run, commit, and how it ends. Nothing heavy is imported before the reuse check."""

import fcntl
import os
import shutil
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from paft_train import datafiles, document, failures, files, log, manifest, secrets, termination
from paft_train.errors import StageError, Stopped
from paft_train.manifest import StageResult
from paft_train.resume import runs, store

Work = Callable[[document.StageDocument, Path], StageResult]
"""Does the work of a stage: gets the stage and an empty directory to fill, returns what came out."""


def main(work_of: Callable[[str], Work], environment: Mapping[str, str]) -> int:
    """Run the stage of PAFT_STAGE and return the exit code. Every ending writes the termination message.

    Args:
        work_of: kind of the stage -> its work; called after the reuse check, so that it may import what it likes.
        environment: the process environment.
    """
    previous = signal.signal(signal.SIGTERM, _stop)
    try:
        return _told(work_of, environment)
    finally:
        signal.signal(signal.SIGTERM, previous)


def _told(work_of: Callable[[str], Work], environment: Mapping[str, str]) -> int:
    try:
        message = _run(work_of, environment)
    except BaseException as error:  # noqa: BLE001  every ending must be told to the kubelet
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        failure = failures.classify(error)
        text = secrets.redact(failure.message, environment)
        if failure.reason == "InternalError":
            log.event("unexpected error:")
            print(secrets.redact("".join(traceback.format_exception(error)), environment), flush=True)
        ending = "Stopped" if failure.reason == "Stopped" else "Failed"
        step = error.kept if isinstance(error, Stopped) else None
        log.event(f"{ending.lower()}: {failure.reason}: {text}")
        termination.write(termination.build(ending, failure.reason, text, step=step), environment)
        return failure.code
    log.event(f"{message['outcome'].lower()}: {message['message']}")
    termination.write(message, environment)
    return 0


def _run(work_of: Callable[[str], Work], environment: Mapping[str, str]) -> dict[str, Any]:
    start = manifest.now()
    stage = document.parse(environment.get("PAFT_STAGE"))
    log.event(f"stage {stage.node} ({stage.kind}) of {stage.namespace}/{stage.pipeline}, key {stage.key[:8]}")
    if not stage.workspace.is_dir():
        raise StageError("WorkspaceReadOnly", f"the workspace {stage.workspace} is not mounted.")
    stage.output.parent.mkdir(exist_ok=True)
    with _locked(stage.output.with_name(stage.output.name + ".lock")):
        recorded = _reusable(stage)
        if recorded is not None:
            # An attempt before may have been killed between its last two steps.
            shutil.rmtree(stage.work, ignore_errors=True)
            text = _reuse_message(stage, recorded)
            return termination.build("Reused", "Completed", text, recorded)
        temporary = stage.output.with_name(stage.output.name + ".tmp")
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        try:
            result = work_of(stage.kind)(stage, temporary)
            built = _commit(stage, temporary, result, start)
        except BaseException as error:
            shutil.rmtree(temporary, ignore_errors=True)
            if isinstance(error, Stopped):
                error.kept = next((found.step for found in store.directories(stage.work)), None)
            if not (stage.work / runs.NAME).exists():
                # No training has begun: there is nothing to go on from.
                shutil.rmtree(stage.work, ignore_errors=True)
            raise
        shutil.rmtree(stage.work, ignore_errors=True)
    return termination.build("Succeeded", "Completed", result.message, built)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the POSIX lock on a file, which is created and never deleted."""
    with path.open("a") as stream:
        try:
            fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.event("another pod works on this output: waiting for it")
            fcntl.lockf(stream, fcntl.LOCK_EX)
        yield


def _reusable(stage: document.StageDocument) -> dict[str, Any] | None:
    """The manifest of a complete, intact output. Anything else there is moved aside or, when unfinished, removed."""
    if not stage.output.exists():
        return None
    try:
        recorded = manifest.read(stage.output)
        problem = None if recorded is None else manifest.verify(stage.output, recorded, stage.key)
    except (ValueError, TypeError) as error:
        recorded, problem = None, f"manifest.json cannot be read: {error}"
    if problem is not None:
        aside = stage.output.with_name(f"{stage.output.name}.corrupt-{int(time.time())}")
        log.event(f"the existing output is damaged ({problem}): moved to {stage.display(aside)}, working again")
        files.rename_durable(stage.output, aside)
        return None
    if recorded is None:
        log.event("the existing output has no manifest, so it was never finished: removed, working again")
        shutil.rmtree(stage.output)
    return recorded


def _reuse_message(stage: document.StageDocument, recorded: Mapping[str, Any]) -> str:
    text = f"already done on {recorded.get('completionTime')}, every file verified; nothing was run."
    changed = datafiles.changed_inputs(stage, recorded)
    if changed:
        names = ", ".join(changed)
        text += f" The content of {names} has changed since then: set rerun to train on what is there now."
    return text


def _commit(stage: document.StageDocument, temporary: Path, result: StageResult, start: str) -> dict[str, Any]:
    """Make the output durable and visible: fsync, rename, manifest last."""
    listed = files.entries(temporary)
    built = manifest.build(stage, result, listed, start)
    files.open_to_readers(temporary)
    files.fsync_tree(temporary)
    # From here it takes milliseconds, and the work is done. A mask would not do: another thread could get the signal.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    files.rename_durable(temporary, stage.output)
    files.write_durable(stage.output / manifest.NAME, files.to_json(built).encode())
    log.event(f"wrote {stage.display(stage.output)}: {len(listed)} files, {built['bytes']} bytes, {built['digest']}")
    return built


def _stop(number: int, _frame: FrameType | None) -> None:
    raise Stopped(signal.Signals(number).name)


def prepare_environment() -> None:
    """Settings that libraries read when they are imported: quiet, no telemetry, no token but one that is given."""
    for name, value in {
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "TRL_EXPERIMENTAL_SILENCE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "DISABLE_MULTIPROC": "1",
        "TQDM_DISABLE": "1",
        # It would make the training wait for its posts: paft_train.progress does the same without.
        "DISABLE_KUBEFLOW_INTEGRATION": "TRUE",
        "USER": "paft",
    }.items():
        os.environ.setdefault(name, value)
    if "HF_TOKEN" not in os.environ:
        os.environ.setdefault("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")
