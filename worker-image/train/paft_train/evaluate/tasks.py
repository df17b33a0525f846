"""Task files of a person's own: copied so that their data files are found, and refused when they hold code."""

from pathlib import Path
from typing import Any, Final

import yaml

from paft_train.errors import StageError

_CODE_FIELDS: Final = ("class", "unsafe_code")


def copy(source: Path, target: Path, name: str) -> None:
    """Copy the YAML files of a task directory; paths of data files, relative to their YAML, become absolute.

    Args:
        source: the directory `customTasks`.
        target: where to write the copies, with the same tree.
        name: what to call the directory in messages.

    Raises:
        StageError: TaskNotFound (no directory, or a file that is not YAML), UnsafeFormat (`!function`, `class`,
            `unsafe_code`), DatasetNotFound (a data file that is not there).
    """
    if not source.is_dir():
        raise StageError("TaskNotFound", f"customTasks {name}: there is no such directory ({source}).")
    for file in sorted([*source.rglob("*.yaml"), *source.rglob("*.yml")]):
        relative = file.relative_to(source)
        label = f"{name}/{relative.as_posix()}"
        config = _absolute(_parse(file, label), file.parent, label)
        copied = (target / relative).with_suffix(".yaml")
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), encoding="utf-8")


def _parse(file: Path, label: str) -> dict[str, Any]:
    try:
        config = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.constructor.ConstructorError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise StageError(
            "UnsafeFormat", f"{label}, line {line}: {error.problem}. Tasks that bring code of their own are not run."
        ) from error
    except yaml.YAMLError as error:
        raise StageError("TaskNotFound", f"{label}: not YAML ({' '.join(str(error).split())}).") from error
    if not isinstance(config, dict):
        raise StageError("TaskNotFound", f"{label}: not a task (must be a YAML object).")
    for field in _CODE_FIELDS:
        if config.get(field):
            raise StageError("UnsafeFormat", f"{label}: the field {field!r} would run code, which is never done.")
    return config


def _absolute(config: dict[str, Any], base: Path, label: str) -> dict[str, Any]:
    kwargs = config.get("dataset_kwargs")
    if isinstance(kwargs, dict):
        if "data_files" in kwargs:
            kwargs["data_files"] = _resolve(kwargs["data_files"], base, label)
        if isinstance(kwargs.get("data_dir"), str):
            kwargs["data_dir"] = str(base / kwargs["data_dir"])
    return config


def _resolve(value: Any, base: Path, label: str) -> Any:
    if isinstance(value, dict):
        return {key: _resolve(item, base, label) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolve(item, base, label) for item in value]
    if not isinstance(value, str) or "://" in value:
        return value
    path = base / value
    if not any(character in value for character in "*?[") and not path.is_file():
        raise StageError("DatasetNotFound", f"{label}: the data file {value} is not there.")
    return str(path)
