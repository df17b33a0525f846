"""How often a training was started, and from where: a record in its work directory that outlives every pod."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from paft_train import files, manifest

NAME: Final = "runs.jsonl"
PACE: Final = 5.0


@dataclass(frozen=True)
class Summary:
    """What the record says when the training is done.

    Attributes:
        runs: one entry per start, for the manifest.
        steps: where the training went on from, one step per start but the first.
        lost: optimizer steps that were done twice, at least: the step that was reached is noted every few seconds.
        set_aside: which checkpoints could not be used, and why.
    """

    runs: list[dict[str, Any]]
    steps: list[int]
    lost: int
    set_aside: list[str]


class Runs:
    """The record of one training.

    Args:
        work: the stage's work directory.
    """

    def __init__(self, work: Path) -> None:
        self._file = work / NAME
        self._reached = work / "reached"
        self._told = 0.0

    def begin(self, step: int, set_aside: list[str]) -> None:
        """Note that the training starts, or goes on, from a step."""
        entry: dict[str, Any] = {"startTime": manifest.now(), "step": step}
        if self._file.exists():
            entry["lostSteps"] = max(0, self._last() - step)
        if set_aside:
            entry["setAside"] = set_aside
        # The line before may be torn: a line feed of its own keeps this one whole.
        lead = "\n" if self._torn() else ""
        with self._file.open("a", encoding="utf-8") as stream:
            stream.write(lead + files.to_json(entry, indent=None) + "\n")
        self.reached(step, now=True)

    def reached(self, step: int, *, now: bool = False) -> None:
        """Note a step that was done, at most every few seconds: what is lost by a kill shall be told, roughly."""
        if not now and time.monotonic() - self._told < PACE:
            return
        self._told = time.monotonic()
        try:
            temporary = self._reached.with_name("reached.tmp")
            temporary.write_text(str(step), encoding="utf-8")
            temporary.replace(self._reached)
        except OSError:
            # A number that is missing from a report is no reason to stop a training.
            return

    def summary(self) -> Summary:
        """What was noted so far."""
        found = []
        for line in self._file.read_text(encoding="utf-8").split("\n") if self._file.exists() else []:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and isinstance(entry.get("step"), int):
                found.append(entry)
        return Summary(
            found,
            [entry["step"] for entry in found[1:]],
            sum(entry.get("lostSteps", 0) for entry in found),
            [text for entry in found for text in entry.get("setAside", [])],
        )

    def _torn(self) -> bool:
        return self._file.exists() and not self._file.read_bytes().endswith(b"\n")

    def _last(self) -> int:
        try:
            return int(self._reached.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0
