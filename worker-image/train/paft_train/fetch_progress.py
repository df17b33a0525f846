"""Tells the operator how much of a download is there."""

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from paft_train.progress import PACE, Report, Reporter, Silent


class Follower:
    """Compares the size of a folder with what is expected, every few seconds, for as long as the context is open.

    What the hub's client has not finished lies in the same folder, so it counts.

    Args:
        reporter: who is told.
        folder: where the files come to lie.
        total: bytes that there will be; None when nobody knows.
        pace: seconds between two looks.
    """

    def __init__(self, reporter: Reporter | Silent, folder: Path, total: int | None, pace: float = PACE) -> None:
        self._reporter = reporter
        self._folder = folder
        self._total = total
        self._pace = pace
        self._start = time.monotonic()
        self._before = size(folder)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="download", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        self._tell()
        while not self._over.wait(self._pace):
            self._tell()

    def _tell(self) -> None:
        there = size(self._folder)
        metrics = {"downloaded_bytes": float(there)}
        if not self._total:
            self._reporter.report(Report(metrics=metrics))
            return
        fraction = min(there / self._total, 1.0)
        came = there - self._before
        elapsed = time.monotonic() - self._start
        eta = elapsed / came * max(self._total - there, 0) if came > 0 else None
        self._reporter.report(Report(fraction, eta=eta, metrics=metrics))


def size(folder: Path) -> int:
    """Bytes of all files below a folder; files may come and go meanwhile."""
    total = 0
    for path in folder.rglob("*") if folder.is_dir() else ():
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total
