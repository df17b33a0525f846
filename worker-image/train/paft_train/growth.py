"""Watches a folder that is being written to."""

import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from paft_train.progress import PACE


class Growth:
    """Tells the size of a folder at once and then every few seconds, for as long as the context is open.

    Args:
        folder: where files come to lie; it need not be there yet.
        tell: gets the bytes that are there, on a thread of its own.
        pace: seconds between two looks.
    """

    def __init__(self, folder: Path, tell: Callable[[int], None], pace: float = PACE) -> None:
        self._folder = folder
        self._tell = tell
        self._pace = pace
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="growth", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        self._tell(size(self._folder))
        while not self._over.wait(self._pace):
            self._tell(size(self._folder))


def size(folder: Path) -> int:
    """Bytes of all files below a folder; files may come and go meanwhile."""
    total = 0
    for path in folder.rglob("*") if folder.is_dir() else ():
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total
