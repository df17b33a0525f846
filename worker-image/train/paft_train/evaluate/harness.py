"""Measuring lm-eval tasks on a model that is already loaded."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lm_eval.evaluator import evaluate
from lm_eval.models.huggingface import HFLM

from paft_train import log
from paft_train.errors import StageError
from paft_train.evaluate import results
from paft_train.evaluate.loading import Loaded, Task, explained


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


def run(model: HFLM, loaded: Loaded) -> Outcome:
    """Measure one task or group. Raises InvalidParameter, DownloadFailed or DownloadRefused when it cannot be."""
    task = loaded.asked
    with explained(task.name):
        loaded.restore_randomness()
        raw = evaluate(lm=model, task_dict=loaded.tasks, limit=task.limit, bootstrap_iters=1000, log_samples=True)
    return _outcome(task, raw, loaded.tasks["groups"].get(task.name))


def _tell_fewshot(task: Task, children: dict[str, dict[str, Any]]) -> None:
    fixed = [name for name, child in children.items() if task.num_fewshot not in (None, child["numFewshot"])]
    if fixed:
        shown = ", ".join(fixed[:5]) + (f" and {len(fixed) - 5} more" if len(fixed) > 5 else "")
        log.event(f"{task.name}: numFewshot {task.num_fewshot} was asked for, but this stays without examples: {shown}")


def _outcome(task: Task, raw: Any, group: Any) -> Outcome:
    name, higher = task.name, raw["higher_is_better"]
    children: dict[str, dict[str, Any]] = {}
    for leaf in raw["samples"]:
        n = int(raw["n-samples"][leaf]["effective"])
        entry = results.task_entry(raw["results"][leaf], higher.get(leaf, {}), n)
        if entry is not None:
            children[leaf] = {**entry, "numFewshot": raw["n-shot"].get(leaf)}
    if not children:
        raise StageError("InvalidParameter", f"task {name} measured nothing.")
    _tell_fewshot(task, children)
    rows = {leaf: results.sample_rows(raw["samples"][leaf]) for leaf in children}
    if list(children) == [name]:
        return Outcome(children[name], {}, {name: rows[name]})
    own = results.aggregate_entry(children, raw.get("groups", {}).get(name, {}), higher.get(name, {}))
    entry, counted = results.group_entry(children, own, own is not None and _by_size(group, own))
    shots = {child["numFewshot"] for child in children.values()}
    entry["numFewshot"] = shots.pop() if len(shots) == 1 else None
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
