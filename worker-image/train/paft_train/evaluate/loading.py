"""The lm-eval tasks that were asked for: finding them, and loading their data before anything is measured."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lm_eval.api.task as lm_task
import lm_eval.utils as lm_utils
import numpy as np
import torch
from jinja2 import BaseLoader, StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment
from lm_eval.tasks import TaskManager

from paft_train import hub, log
from paft_train.errors import StageError
from paft_train.settings import convert

SEED = 1234

# Templates of tasks may come from anybody: one that reaches for Python itself is refused.
_TEMPLATES = SandboxedEnvironment(loader=BaseLoader(), undefined=StrictUndefined, keep_trailing_newline=True)
_TEMPLATES.filters["regex_replace"] = lm_utils.regex_replace
lm_utils.env = _TEMPLATES

_METRIC: Callable[..., Any] = lm_task.get_metric


def _metric(name: str, hf_evaluate_metric: bool = False) -> Any:
    """lm-eval's own look-up of a metric, which takes a path or the space of an account for code to import."""
    if "/" in name or name.endswith(".py"):
        raise StageError("UnsafeFormat", f"the metric {name!r} would be code from elsewhere, which is never run.")
    return _METRIC(name, hf_evaluate_metric)


lm_task.get_metric = _metric


@dataclass(frozen=True)
class Task:
    """A task that was asked for; None means what the task itself says."""

    name: str
    num_fewshot: int | None
    limit: int | None


@dataclass(frozen=True)
class Loaded:
    """A task or group with its data.

    Attributes:
        asked: what was asked for.
        tasks: lm-eval's dictionary of tasks and groups.
        randomness: how the generators of random numbers stood after loading; the measuring goes on from there.
    """

    asked: Task
    tasks: Any
    randomness: tuple[Any, Any, Any]

    def restore_randomness(self) -> None:
        """What was loaded or measured in between changes no result."""
        python, numpy, torches = self.randomness
        random.setstate(python)
        np.random.set_state(numpy)
        torch.set_rng_state(torches)


def parse_tasks(given: Any) -> list[Task]:
    """Read the field `tasks`. Raises InvalidParameter."""
    if given is None:
        return []
    if not isinstance(given, list):
        raise StageError("InvalidParameter", "tasks: must be a list.")
    tasks = []
    for index, item in enumerate(given):
        where = f"tasks[{index}]"
        if not isinstance(item, dict) or not isinstance(item.get("name"), str) or not item["name"]:
            raise StageError("InvalidParameter", f"{where}.name: must be the name of a task.")
        tasks.append(Task(item["name"], _count(item, "numFewshot", where, 0), _count(item, "limit", where, 1)))
    names = [task.name for task in tasks]
    for name in names:
        if names.count(name) > 1:
            raise StageError("InvalidParameter", f"tasks: {name} is listed twice.")
    return tasks


def manager(tasks: list[Task], custom: Path | None) -> TaskManager:
    """A task manager that knows the tasks, and those that they are groups of.

    lm-eval's own list of some 14,000 files is read only when a name is not in the directory of custom tasks.
    Raises TaskNotFound.
    """
    names = [task.name for task in tasks]
    known = TaskManager(include_path=str(custom) if custom else None, include_defaults=False)
    missing = unknown(names, known.task_index)
    if not missing:
        return known
    log.event(f"looking up {', '.join(missing)} in lm-eval's own tasks")
    known = TaskManager(include_path=str(custom) if custom else None)
    for name in unknown(names, known.task_index):
        place = "customTasks has no such task" if custom else "there are no customTasks"
        raise StageError("TaskNotFound", f"task {name}: lm-eval does not know it, and {place}.")
    return known


def unknown(names: list[str], index: Mapping[str, Any]) -> list[str]:
    """Those of the names, and of the members of the groups that they name, which are not in lm-eval's index."""
    missing: dict[str, None] = {}
    seen: set[str] = set()
    todo: list[Any] = list(names)
    while todo:
        item = todo.pop(0)
        name = item.get("group") or item.get("task") if isinstance(item, dict) else item
        if isinstance(item, dict) and isinstance(item.get("task"), list):
            todo += item["task"]
        elif not isinstance(name, str) or name in seen:
            continue
        elif name in index:
            seen.add(name)
            members = (index[name].cfg or {}).get("task")
            todo += members if isinstance(members, list) else []
        elif not (isinstance(item, dict) and "dataset_path" in item):
            # With data of its own it is a task that is written down right there.
            missing[name] = None
    return list(missing)


def load(known: TaskManager, task: Task) -> Loaded:
    """Read a task's files and data. Raises InvalidParameter, DownloadFailed, DownloadRefused or UnsafeFormat.

    Like lm-eval, a task that says 0-shot stays 0-shot.
    """
    with explained(task.name):
        random.seed(SEED)
        np.random.seed(SEED)
        torch.manual_seed(SEED)
        loaded = known.load([task.name])
        for name in (task.name, *loaded["tasks"]):
            if "/" in name or name.startswith("."):
                raise StageError("InvalidParameter", f"task {name}: a name is a file's too: no slash, no dot in front.")
        for item in loaded["tasks"].values():
            own = item.get_config("num_fewshot")
            if own is None:
                item.set_config(key="num_fewshot", value=task.num_fewshot or 0)
            elif own != 0 and task.num_fewshot is not None:
                item.set_config(key="num_fewshot", value=task.num_fewshot)
            item.set_fewshot_seed(seed=SEED)
        return Loaded(task, loaded, (random.getstate(), np.random.get_state(), torch.get_rng_state()))


@contextmanager
def explained(name: str) -> Iterator[None]:
    """What lm-eval raises while it works on the task of this name, in the words of the contract."""
    try:
        yield
    except StageError:
        raise
    except Exception as error:
        failure = hub.classify(error, f"the data of task {name}")
        if failure is not None:
            raise failure from error
        if isinstance(error, SecurityError):
            raise StageError("UnsafeFormat", f"task {name}: a template would run code ({error}).") from error
        if isinstance(error, ValueError | KeyError | AssertionError | NotImplementedError | TypeError):
            text = " ".join(str(error).split())
            raise StageError("InvalidParameter", f"task {name} cannot be run: {text}") from error
        raise


def _count(item: dict[str, Any], field: str, where: str, low: int) -> int | None:
    value = item.get(field)
    if value is None:
        return None
    number = int(convert(value, "int", f"{where}.{field}"))
    if number < low:
        raise StageError("InvalidParameter", f"{where}.{field}: must be at least {low}, but is {number}.")
    return number
