"""Task files of a person's own: copied so that their data files are found, and refused when they hold code."""

import os
from pathlib import Path
from typing import Any, Final

import yaml

from paft_train.errors import StageError

_CODE_FIELDS: Final = ("class", "unsafe_code", "hf_evaluate")


def copy(source: Path, target: Path, name: str) -> None:
    """Copy the YAML files of a task directory; paths of data files, relative to their YAML, become absolute.

    Args:
        source: the directory `customTasks`.
        target: where to write the copies, with the same tree.
        name: what to call the directory in messages.

    Raises:
        StageError: TaskNotFound (no directory, or a file that is not YAML), UnsafeFormat (what would run code:
            `!function`, `class`, `unsafe_code`, `hf_evaluate`, a metric that lm-eval does not have; an include from
            elsewhere), DatasetNotFound (a data file that is not there).
    """
    if not source.is_dir():
        raise StageError("TaskNotFound", f"customTasks {name}: there is no such directory ({source}).")
    todo = sorted([*source.rglob("*.yaml"), *source.rglob("*.yml")])
    known = set(todo)
    while todo:
        file = todo.pop(0)
        relative = file.relative_to(source)
        label = f"{name}/{relative.as_posix()}"
        config = _absolute(_parse(file, label), file.parent, label)
        # By lm-eval's convention what others include may have no suffix.
        more = [path for path in _included(config, file, source, label) if path not in known]
        known.update(more)
        todo.extend(more)
        copied = target / _renamed(relative)
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), encoding="utf-8")


def _included(config: dict[str, Any], file: Path, source: Path, label: str) -> list[Path]:
    """The files that a task includes; in the config they get the names of their copies."""
    given = config.get("include")
    if given is None:
        return []
    names = given if isinstance(given, list) else [given]
    found = []
    for name in names:
        path = Path(os.path.normpath(file.parent / str(name)))
        if not path.resolve().is_relative_to(source.resolve()) or not path.is_relative_to(source):
            raise StageError("UnsafeFormat", f"{label}: {name!r} is included from outside of customTasks.")
        if not path.is_file():
            raise StageError("TaskNotFound", f"{label}: the included file {name!r} is not there.")
        found.append(path)
    copies = [_renamed(Path(str(name))).as_posix() for name in names]
    config["include"] = copies if isinstance(given, list) else copies[0]
    return found


def _renamed(path: Path) -> Path:
    return path.with_suffix(".yaml") if path.suffix == ".yml" else path


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
    _refuse_code(config, label)
    return config


def _refuse_code(config: dict[str, Any], label: str) -> None:
    """Look at every depth: a group's list of tasks holds whole tasks. Anchors may make a circle of what is parsed."""
    todo: list[Any] = [config]
    seen: set[int] = set()
    while todo:
        value = todo.pop()
        if not isinstance(value, dict | list) or id(value) in seen:
            continue
        seen.add(id(value))
        todo += value.values() if isinstance(value, dict) else value
        if not isinstance(value, dict):
            continue
        for field in _CODE_FIELDS:
            if value.get(field):
                raise StageError("UnsafeFormat", f"{label}: the field {field!r} would run code, which is never done.")
        if isinstance(value.get("metric_list"), list):
            _refuse_metrics(value["metric_list"], label)


def _refuse_metrics(given: list[Any], label: str) -> None:
    """lm-eval takes a metric that it does not know for the path or the hub's name of a program, and runs that."""
    named = [item["metric"] for item in given if isinstance(item, dict) and "metric" in item]
    if not named:
        return
    from lm_eval.api import metrics, registry

    del metrics  # imported for what it enters into the registry
    for name in named:
        if not isinstance(name, str) or name not in registry.metric_registry:
            raise StageError(
                "UnsafeFormat", f"{label}: the metric {name!r} is none of lm-eval's own; others would run code."
            )


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
