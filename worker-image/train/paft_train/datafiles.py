"""Which files a dataset, a model or a task directory consists of, and the digests of inputs from outside."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from paft_train import files, manifest
from paft_train.document import StageDocument, StageInput
from paft_train.errors import StageError

SUFFIXES: Final = (".jsonl", ".json", ".parquet")
DATASET_INPUTS: Final = {"dataset": "dataset", "preferenceDataset": "preferenceDataset"}
"""Input name -> parameter that holds its `split`."""


def split_of(stage: StageDocument, name: str) -> str:
    """The split that was asked for of a dataset input; `train` when none was."""
    asked = stage.parameters.get(DATASET_INPUTS[name]) or {}
    return str(asked.get("split") or "train") if isinstance(asked, dict) else "train"


def content_of(item: StageInput, missing: str) -> Path:
    """Where the data of an input lies: `content/` of a fetch stage, else its path.

    Raises the reason `missing` (DatasetNotFound, ModelNotFound) when another stage's output is not complete, and
    ModelInvalid or DatasetMalformed when its files are not those that it wrote.
    """
    if item.stage is None:
        return item.path
    if not (item.path / manifest.NAME).is_file():
        raise StageError(
            missing,
            f"{item.name} is not there (no manifest.json in {item.path}): it was removed. Set rerun on that stage.",
        )
    if item.path not in _compared:
        before = _states(item.path)
        problem = _damage(item.path)
        if problem is not None:
            raise StageError(
                "ModelInvalid" if missing == "ModelNotFound" else "DatasetMalformed",
                f"{item.name} is damaged ({problem} in {item.path}). Set rerun on that stage.",
            )
        _compared[item.path] = (item, missing, before)
    return item.path / "content" if item.kind == "fetch" else item.path


def fetched_uri(directory: Path) -> str | None:
    """What a fetch stage was asked to download into its output directory; None when that does not say."""
    try:
        recorded = manifest.read(directory) or {}
        return str(recorded["parameters"]["uri"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def confirm() -> None:
    """Once what other stages made has been read: compare again what somebody has written to since it was compared.

    Raises what `content_of` raises.
    """
    for item, missing, before in list(_compared.values()):
        if _states(item.path) != before:
            del _compared[item.path]
            content_of(item, missing)


_compared: Final[dict[Path, tuple[StageInput, str, dict[Path, tuple[int, int]]]]] = {}
"""Outputs of other stages that were whole, the reason that damage would have, and how their files looked before."""


def _states(output: Path) -> dict[Path, tuple[int, int]]:
    """Size and time of the last change of every file; none when one cannot be looked at: the comparison says why."""
    try:
        states = {path: path.stat() for path in output.rglob("*") if path.is_file()}
    except OSError:
        return {}
    return {path: (state.st_size, state.st_mtime_ns) for path, state in states.items()}


def _damage(output: Path) -> str | None:
    """What is wrong with a finished output: a bit that flipped in a weight shows in no header."""
    try:
        recorded = manifest.read(output) or {}
    except (ValueError, TypeError) as error:
        return f"{manifest.NAME} cannot be read: {error}"
    return manifest.damage(output, recorded.get("files"))


def dataset_files(path: Path, split: str, name: str) -> list[Path]:
    """The files of one split of a dataset, in a stable order.

    A file is the dataset itself. In a directory they are, first match wins: `<split>.jsonl|json|parquet`;
    `<split>-*` anywhere below (`data/train-00000-of-00002.parquet`); the files of a directory named `<split>`.
    Raises DatasetNotFound with what is there instead.
    """
    if path.is_file():
        if path.suffix not in SUFFIXES:
            raise StageError(
                "DatasetNotFound", f"{name}: {path.suffix or 'no suffix'} is not one of {', '.join(SUFFIXES)}."
            )
        return [path]
    if not path.is_dir():
        raise StageError("DatasetNotFound", f"{name}: there is no such file or directory ({path}).")
    for suffix in SUFFIXES:
        if (path / f"{split}{suffix}").is_file():
            return [path / f"{split}{suffix}"]
    below = sorted(p for p in path.rglob("*") if p.suffix in SUFFIXES and p.is_file())
    named = [p for p in below if p.name.startswith((f"{split}-", f"{split}."))]
    found = named or [p for p in below if p.parent.name == split]
    if not found:
        there = ", ".join(p.relative_to(path).as_posix() for p in below[:8]) or "no data file"
        raise StageError("DatasetNotFound", f"{name}: no file of split {split!r} in this directory, which has {there}.")
    return found


def dataset_digest(chosen: list[Path], root: Path) -> str:
    """Digest of the files of a dataset, their paths relative to the dataset's directory."""
    base = root if root.is_dir() else root.parent
    listed = [files.FileEntry(p.relative_to(base).as_posix(), p.stat().st_size, files.sha256_file(p)) for p in chosen]
    return files.digest(sorted(listed, key=lambda entry: entry.path))


def changed_inputs(stage: StageDocument, recorded: Mapping[str, Any]) -> list[str]:
    """Datasets (and task directories) from outside whose content is not what a finished stage was made from."""
    changed = []
    for name in (*DATASET_INPUTS, "customTasks"):
        item = stage.inputs.get(name)
        old = recorded.get("inputs", {}).get(name, {}).get("digest")
        if item is None or item.uri is None or old is None:
            continue
        try:
            if name == "customTasks":
                new = files.digest(files.entries(item.path))
            else:
                new = dataset_digest(dataset_files(item.path, split_of(stage, name), item.name), item.path)
        except (StageError, OSError):
            continue
        if new != old:
            changed.append(item.uri)
    return changed
