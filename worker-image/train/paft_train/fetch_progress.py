"""Tells the operator how much of a download is there."""

import time
from pathlib import Path

from paft_train.growth import Growth, size
from paft_train.progress import PACE, Report, Reporter, Silent


def follow(reporter: Reporter | Silent, folder: Path, total: int | None, pace: float = PACE) -> Growth:
    """Compares the size of a folder with what is expected, for as long as the context is open.

    What the hub's client has not finished lies in the same folder, so it counts.

    Args:
        reporter: who is told.
        folder: where the files come to lie.
        total: bytes that there will be; None when nobody knows.
        pace: seconds between two looks.
    """
    start = time.monotonic()
    before = size(folder)

    def tell(there: int) -> None:
        metrics = {"downloaded_bytes": float(there)}
        if not total:
            reporter.report(Report(metrics=metrics, work=there))
            return
        came = there - before
        elapsed = time.monotonic() - start
        eta = elapsed / came * max(total - there, 0) if came > 0 else None
        reporter.report(Report(min(there / total, 1.0), eta=eta, metrics=metrics, work=there))

    return Growth(folder, tell, pace)
