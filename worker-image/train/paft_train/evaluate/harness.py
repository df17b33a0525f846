"""Running lm-eval tasks on a model that is already loaded."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lm_eval.utils as lm_utils
import numpy as np
import torch
from jinja2 import BaseLoader, StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment
from lm_eval.evaluator import evaluate
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager

from paft_train import hub, log
from paft_train.errors import StageError
from paft_train.evaluate import results
from paft_train.settings import convert

SEED = 1234

# Templates of tasks may come from anybody: one that reaches for Python itself is refused.
_TEMPLATES = SandboxedEnvironment(loader=BaseLoader(), undefined=StrictUndefined, keep_trailing_newline=True)
_TEMPLATES.filters["regex_replace"] = lm_utils.regex_replace
lm_utils.env = _TEMPLATES


@dataclass(frozen=True)
class Task:
    """A task that was asked for; None means what the task itself says."""

    name: str
    num_fewshot: int | None
    limit: int | None


@dataclass(frozen=True)
class Outcome:
    """What a task gave.

    Attributes:
        entry: for results.json.
        children: the entries of a group's tasks, by the group's metric.
        samples: per-document rows, by `<task>`; of a group by `<group>/<task>`.
    """

    entry: dict[str, Any]
    children: dict[str, dict[str, Any]]
    samples: dict[str, list[dict[str, Any]]]


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
    """A task manager that knows the tasks.

    lm-eval's own list of some 14,000 files is read only when a name is not in the directory of custom tasks.
    Raises TaskNotFound.
    """
    known = TaskManager(include_path=str(custom) if custom else None, include_defaults=False)
    missing = [task.name for task in tasks if task.name not in known.all_tasks]
    if not missing:
        return known
    log.event(f"looking up {', '.join(missing)} in lm-eval's own tasks")
    known = TaskManager(include_path=str(custom) if custom else None)
    for name in missing:
        if name not in known.all_tasks:
            place = "customTasks has no such task" if custom else "there are no customTasks"
            raise StageError("TaskNotFound", f"task {name}: lm-eval does not know it, and {place}.")
    return known


class CountedHFLM(HFLM):
    """lm-eval's model, which says how many of the requests at hand are answered.

    Args:
        heard: gets the number of answered requests and of all.
        More arguments are those of HFLM.
    """

    def __init__(self, *args: Any, heard: Callable[[int, int], None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._heard = heard
        self._answered = 0
        self._asked = 0
        # lm-eval hands every answer to its cache as soon as there is one.
        self.cache_hook = self

    def add_partial(self, attr: str, req: Any, res: Any) -> None:
        """Count an answer."""
        self._answered += 1
        self._heard(self._answered, self._asked)

    def _begin(self, requests: list[Any]) -> None:
        self._answered, self._asked = 0, len(requests)

    def loglikelihood(self, requests: list[Any], *args: Any, **kwargs: Any) -> Any:
        """Answer requests for the likelihood of a continuation."""
        self._begin(requests)
        return super().loglikelihood(requests, *args, **kwargs)

    def loglikelihood_rolling(self, requests: list[Any], *args: Any, **kwargs: Any) -> Any:
        """Answer requests for the likelihood of a text."""
        self._begin(requests)
        return super().loglikelihood_rolling(requests, *args, **kwargs)

    def generate_until(self, requests: list[Any], *args: Any, **kwargs: Any) -> Any:
        """Answer requests for a text."""
        self._begin(requests)
        return super().generate_until(requests, *args, **kwargs)


def wrap(model: Any, tokenizer: Any, batch_size: int, heard: Callable[[int, int], None]) -> HFLM:
    """lm-eval's view of a loaded model; `heard` gets the number of answered requests and of all."""
    return CountedHFLM(heard=heard, pretrained=model, tokenizer=tokenizer, backend="causal", batch_size=batch_size)


def run(model: HFLM, known: TaskManager, task: Task) -> Outcome:
    """Measure one task or group. Raises InvalidParameter, DownloadFailed or DownloadRefused when it cannot be."""
    try:
        raw, group = _evaluate(model, known, task)
    except StageError:
        raise
    except Exception as error:
        failure = hub.classify(error, f"the data of task {task.name}")
        if failure is not None:
            raise failure from error
        if isinstance(error, SecurityError):
            raise StageError("UnsafeFormat", f"task {task.name}: a template would run code ({error}).") from error
        if isinstance(error, ValueError | KeyError | AssertionError | NotImplementedError | TypeError):
            text = " ".join(str(error).split())
            raise StageError("InvalidParameter", f"task {task.name} cannot be run: {text}") from error
        raise
    return _outcome(task.name, raw, group)


def _evaluate(model: HFLM, known: TaskManager, task: Task) -> tuple[Any, Any]:
    """lm-eval's own evaluation of a loaded task, and the group that it is, if it is one.

    Like lm-eval, a task that says 0-shot stays 0-shot.
    """
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
    raw = evaluate(lm=model, task_dict=loaded, limit=task.limit, bootstrap_iters=1000, log_samples=True)
    return raw, loaded["groups"].get(task.name)


def _outcome(name: str, raw: Any, group: Any) -> Outcome:
    higher = raw["higher_is_better"]
    children: dict[str, dict[str, Any]] = {}
    for leaf in raw["samples"]:
        n = int(raw["n-samples"][leaf]["effective"])
        entry = results.task_entry(raw["results"][leaf], higher.get(leaf, {}), n)
        if entry is not None:
            children[leaf] = entry
    if not children:
        raise StageError("InvalidParameter", f"task {name} measured nothing.")
    rows = {leaf: results.sample_rows(raw["samples"][leaf]) for leaf in children}
    if list(children) == [name]:
        return Outcome(children[name], {}, {name: rows[name]})
    own = results.task_entry(raw.get("groups", {}).get(name, {}), higher.get(name, {}), 0)
    entry, counted = results.group_entry(children, own, own is not None and _by_size(group, own))
    # Two groups may have a task in common, and measure it by other metrics or on other documents.
    return Outcome(entry, counted, {f"{name}/{leaf}": rows[leaf] for leaf in counted})


def _by_size(group: Any, own: dict[str, Any]) -> bool:
    """Whether lm-eval weights the tasks of a group by their number of documents; the last that it says counts."""
    said = [
        aggregate.weight_by_size
        for aggregate in group.aggregate_metric_list
        if aggregate.metric == own["primaryMetric"]
        and (aggregate.filter_list is None or own["filter"] in aggregate.filter_list)
    ]
    return bool(said[-1])


def _count(item: dict[str, Any], field: str, where: str, low: int) -> int | None:
    value = item.get(field)
    if value is None:
        return None
    number = int(convert(value, "int", f"{where}.{field}"))
    if number < low:
        raise StageError("InvalidParameter", f"{where}.{field}: must be at least {low}, but is {number}.")
    return number
