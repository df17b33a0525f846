"""Checkpoints on disk: directories that are complete or not there at all, and checked before they are used.

In the work directory `<kind>/<key>.work`:

- `saving/` is being written and means nothing.
- `step-<n>/` is a complete checkpoint, whose last file was checkpoint.json.
- `set-aside/` has what was damaged or of other versions.
- `runs.jsonl` and `reached` are those of `paft_train.resume.runs`.
"""

import json
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from paft_train import files, log, manifest
from paft_train.document import API_VERSION

NAME: Final = "checkpoint.json"
KIND: Final = "Checkpoint"
KEPT: Final = 2
_DIRECTORY: Final = re.compile(r"step-(\d+)")


@dataclass(frozen=True)
class Identity:
    """What a checkpoint must have in common with the training that goes on from it.

    Attributes:
        key: the stage's key.
        versions: library -> version.
        inputs: input name -> digest of its content.
        device: `cpu` or `cuda`.
    """

    key: str
    versions: Mapping[str, str]
    inputs: Mapping[str, str]
    device: str

    def difference(self, recorded: Mapping[str, Any]) -> str | None:
        """How a recorded identity differs, in words; None when it does not."""
        if recorded.get("key") != self.key:
            return "it belongs to another key"
        if recorded.get("device") != self.device:
            return f"it was made on {recorded.get('device')}, and this pod has {self.device}"
        for what, now in (("versions", self.versions), ("inputs", self.inputs)):
            then = recorded.get(what)
            if not isinstance(then, dict):
                return f"it does not say its {what}"
            for name in sorted(set(then) | set(now)):
                if then.get(name) == now.get(name):
                    continue
                if what == "inputs":
                    return f"the content of the input {name} has changed"
                return f"it was made with {name} {then.get(name)}, and this image has {now.get(name)}"
        return None


@dataclass(frozen=True)
class Checkpoint:
    """A complete checkpoint: the optimizer steps that were done, and its directory."""

    step: int
    path: Path


def directories(work: Path) -> list[Checkpoint]:
    """What has the name of a checkpoint in a work directory, newest first; nothing is checked."""
    if not work.is_dir():
        return []
    found = [(_DIRECTORY.fullmatch(path.name), path) for path in work.iterdir() if path.is_dir()]
    named = [Checkpoint(int(match[1]), path) for match, path in found if match is not None]
    return sorted(named, key=lambda item: item.step, reverse=True)


class Store:
    """The checkpoints of one training.

    Args:
        work: the stage's work directory; made when it is missing.
        identity: what a checkpoint must have been made from and with.

    Attributes:
        set_aside: what was found unusable, in words for a person.
    """

    def __init__(self, work: Path, identity: Identity) -> None:
        self.work = work
        self.identity = identity
        self.set_aside: list[str] = []
        self.work.mkdir(exist_ok=True)
        self.clear()

    @property
    def saving(self) -> Path:
        """Where a checkpoint is written before it counts."""
        return self.work / "saving"

    def clear(self) -> None:
        """Remove what an interrupted save left."""
        shutil.rmtree(self.saving, ignore_errors=True)

    def newest(self) -> Checkpoint | None:
        """The newest checkpoint that is whole and belongs to this training; newer ones that are not are set aside."""
        for found in directories(self.work):
            problem = self._problem(found)
            if problem is None:
                return found
            self.put_aside(found, problem)
        return None

    def put_aside(self, found: Checkpoint, problem: str) -> None:
        """Move a checkpoint out of the way; the last two of them are kept for whoever wants to know."""
        aside = self.work / "set-aside"
        aside.mkdir(exist_ok=True)
        files.rename_durable(found.path, aside / f"{found.path.name}.{time.time_ns() // 1_000_000}")
        for old in sorted(aside.iterdir(), key=lambda path: path.suffix)[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        self.set_aside.append(f"the checkpoint of step {found.step} was set aside: {problem}")
        log.event(self.set_aside[-1])

    def commit(self, written: Path, step: int) -> int:
        """Make what lies in a directory the newest checkpoint, and delete all but the newest two.

        Returns the number of bytes. The manifest is the last file and the rename the last step, so a reader that finds
        `step-<n>` finds all of it.
        """
        files.fsync_tree(written)
        listed = files.entries(written)
        size = sum(entry.size for entry in listed)
        document = {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "step": step,
            "time": manifest.now(),
            **asdict(self.identity),
            "bytes": size,
            "files": [asdict(entry) for entry in listed],
        }
        files.write_durable(written / NAME, files.to_json(document).encode())
        target = self.work / f"step-{step}"
        shutil.rmtree(target, ignore_errors=True)
        files.rename_durable(written, target)
        self.clear()
        for old in directories(self.work)[KEPT:]:
            shutil.rmtree(old.path, ignore_errors=True)
        return size

    def _problem(self, found: Checkpoint) -> str | None:
        try:
            document = json.loads((found.path / NAME).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            return f"{NAME} cannot be read ({error})"
        if not isinstance(document, dict) or document.get("kind") != KIND or document.get("step") != found.step:
            return f"{NAME} does not describe this checkpoint"
        try:
            return self.identity.difference(document) or manifest.damage(found.path, document.get("files"))
        except OSError as error:
            return f"it cannot be read ({error})"
