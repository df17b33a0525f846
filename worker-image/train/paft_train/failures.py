"""What an exception means in the words of the contract."""

import errno
from typing import Final

from paft_train.errors import StageError, Stopped

_FULL: Final = {errno.ENOSPC, errno.EDQUOT}
_READ_ONLY: Final = {errno.EROFS, errno.EACCES, errno.EPERM}
_FULL_TEXTS: Final = ("no space left on device", "os error 28", "disk quota exceeded", "os error 122")
_READ_ONLY_TEXTS: Final = ("read-only file system", "os error 30", "permission denied", "os error 13")
_MEMORY_TEXTS: Final = ("out of memory", "can't allocate memory", "cannot allocate memory")


def classify(error: BaseException) -> StageError:
    """The contract's reason for an exception, looking through its causes.

    Libraries wrap errors of the operating system in types of their own (safetensors keeps only the text), so both
    the error numbers and the well-known texts count.
    """
    if isinstance(error, Stopped | KeyboardInterrupt):
        return StageError("Stopped", _stopped(error if isinstance(error, Stopped) else Stopped("SIGINT")))
    for link in _chain(error):
        found = _classify_one(link)
        if found is not None:
            return found
    return StageError("InternalError", _last_line(error))


def _stopped(error: Stopped) -> str:
    after = "before it was done" if error.step is None else f"after step {error.step}"
    lost = f", and its checkpoint could not be written ({error.problem.rstrip('.')})" if error.problem else ""
    way = "starts anew" if error.kept is None else f"goes on from the checkpoint of step {error.kept}"
    return f"stopped by {error.signal_name} {after}{lost}; the next attempt {way}."


def _classify_one(error: BaseException) -> StageError | None:
    if isinstance(error, StageError):
        return error
    text = str(error).lower()
    number = error.errno if isinstance(error, OSError) else None
    where = f" ({error.filename})" if isinstance(error, OSError) and error.filename else ""
    if number in _FULL or any(part in text for part in _FULL_TEXTS):
        return StageError("WorkspaceFull", f"no space left on the device{where}: make room or enlarge the volume.")
    if number in _READ_ONLY or any(part in text for part in _READ_ONLY_TEXTS):
        return StageError(
            "WorkspaceReadOnly",
            f"a file cannot be written by this user{where}: {error}. "
            "Check the volume's access mode and the pod's fsGroup.",
        )
    if (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or any(part in text for part in _MEMORY_TEXTS)
    ):
        return StageError(
            "OutOfMemory",
            f"out of memory: {_last_line(error)}. Use a smaller perDeviceTrainBatchSize, batchSize or maxLength, "
            "gradientCheckpointing, or a larger memory limit.",
        )
    return None


def _chain(error: BaseException) -> list[BaseException]:
    links: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in links:
        links.append(current)
        current = current.__cause__ or current.__context__
    return links


def _last_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[-1]}" if lines else type(error).__name__
