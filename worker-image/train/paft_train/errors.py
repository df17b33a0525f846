"""The outcomes of a stage that the contract names, as exceptions."""

from typing import Final

EXIT_CODES: Final[dict[str, int]] = {
    "Completed": 0,
    "InvalidStage": 78,
    "UnknownArgument": 78,
    "InvalidParameter": 78,
    "DatasetNotFound": 65,
    "DatasetMalformed": 65,
    "DatasetColumnMissing": 65,
    "DatasetEmpty": 65,
    "ModelNotFound": 65,
    "ModelInvalid": 65,
    "UnsafeFormat": 65,
    "ShapeMismatch": 65,
    "TaskNotFound": 78,
    "DownloadFailed": 75,
    "DownloadRefused": 65,
    "CheckpointUnusable": 75,
    "WorkspaceFull": 75,
    "WorkspaceReadOnly": 78,
    "OutOfMemory": 137,
    "Stopped": 143,
    "InternalError": 1,
}
"""Reason -> exit code, as in docs/stage-contract.md."""


class StageError(Exception):
    """A stage that cannot go on, for a reason that the contract names.

    Attributes:
        reason: one of `EXIT_CODES`.
        code: the exit code that belongs to it.
        message: a sentence for a person: what is wrong, where, what to do.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.code = EXIT_CODES[reason]
        self.message = message


class Stopped(BaseException):
    """The process was told to stop by a signal. Not an `Exception`, so that no library swallows it.

    Attributes:
        signal_name: such as SIGTERM.
        step: training only: the step after which it stopped; None before the first one.
        problem: training only: why the checkpoint of that step could not be written.
        kept: training only: the step that the next attempt goes on from.
    """

    def __init__(self, signal_name: str, step: int | None = None, problem: str | None = None) -> None:
        super().__init__(signal_name)
        self.signal_name = signal_name
        self.step = step
        self.problem = problem
        self.kept: int | None = None
