"""What lm-eval returns -> our own schema. Pure functions on dictionaries."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

PREFERRED: Final = ("acc_norm", "acc", "exact_match")
MEAN: Final = "mean"
"""In place of the primary metric of a group whose tasks have different ones."""


def mean_and_stderr(values: list[float]) -> tuple[float, float | None]:
    """Mean and its standard error sd / sqrt(n), sd with n - 1; the error of a single value is unknown (None)."""
    n = len(values)
    mean = math.fsum(values) / n
    if n < 2:
        return mean, None
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    return mean, math.sqrt(variance / n)


def ranked_keys(metrics: Mapping[str, Any], higher_is_better: Mapping[str, Any]) -> list[str]:
    """The measured `metric,filter` keys, the one that says most first.

    acc_norm, acc and exact_match in this order; then the metrics for which higher is better; then the others. Within a
    metric, in the order of the filters.
    """
    keys = [key for key, value in metrics.items() if "," in key and _number(value) is not None and not _is_stderr(key)]
    preferred = [key for wanted in PREFERRED for key in keys if key.split(",")[0] == wanted]
    higher = [key for key in keys if higher_is_better.get(key.split(",")[0])]
    return list(dict.fromkeys([*preferred, *higher, *keys]))


def task_entry(raw: Mapping[str, Any], higher_is_better: Mapping[str, Any], n: int) -> dict[str, Any] | None:
    """The entry of one lm-eval task, by the first of `ranked_keys`; None when it measured nothing.

    Args:
        raw: lm-eval's `results[task]`: `metric,filter` -> value, `metric_stderr,filter` -> error or "N/A".
        higher_is_better: metric -> bool.
        n: how many documents were measured.
    """
    keys = ranked_keys(raw, higher_is_better)
    return _entry(raw, keys[0], higher_is_better, n) if keys else None


def aggregate_entry(
    children: Mapping[str, dict[str, Any]], raw: Mapping[str, Any], higher_is_better: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The entry of lm-eval's aggregate of a group: by the first of `ranked_keys` that every task has, else None.

    lm-eval takes the mean over the tasks that have a metric. Where some have it not, that says nothing about those.
    """
    for key in ranked_keys(raw, higher_is_better):
        if all(key in child["metrics"] for child in children.values()):
            return _entry(raw, key, higher_is_better, 0)
    return None


def _entry(raw: Mapping[str, Any], key: str, higher_is_better: Mapping[str, Any], n: int) -> dict[str, Any]:
    metric, name = key.split(",", 1)
    numbers = {k: _number(v) for k, v in raw.items() if "," in k}
    return {
        "primaryMetric": metric,
        "filter": name,
        "value": numbers[key],
        "stderr": numbers.get(f"{metric}_stderr,{name}"),
        "n": n,
        "higherIsBetter": bool(higher_is_better.get(metric, True)),
        "metrics": {k: v for k, v in numbers.items() if v is not None},
    }


def measured_by(child: dict[str, Any], metric: str, name: str) -> dict[str, Any] | None:
    """The entry of a task with another metric (and filter) for its primary one; None when it was not measured."""
    value = child["metrics"].get(f"{metric},{name}")
    if value is None:
        return None
    error = child["metrics"].get(f"{metric}_stderr,{name}")
    return {**child, "primaryMetric": metric, "filter": name, "value": value, "stderr": error}


def group_entry(
    children: Mapping[str, dict[str, Any]], own: dict[str, Any] | None, by_size: bool
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The entry of a group of tasks, and those of its tasks: by lm-eval's own aggregate, else the mean over the tasks.

    With an aggregate the tasks are given by its metric too, so that the differences between two models add up to the
    difference of the group; without one each by its own. `weights` is the share of each task in the group's value;
    they add up to 1.

    Args:
        children: the entries of the tasks.
        own: what `aggregate_entry` found, a metric that every task has.
        by_size: whether that weights tasks by their number of documents.
    """
    if own is None:
        return _mean_entry(children), dict(children)
    found = {leaf: measured_by(child, own["primaryMetric"], own["filter"]) for leaf, child in children.items()}
    counted = {leaf: child for leaf, child in found.items() if child is not None}
    n = sum(child["n"] for child in counted.values())
    weights = {leaf: child["n"] / n if by_size else 1 / len(counted) for leaf, child in counted.items()}
    return {**own, "n": n, "subtasks": list(counted), "weights": weights}, counted


def _mean_entry(children: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The error of the mean of k independent tasks is sqrt(sum of squares) / k."""
    k = len(children)
    errors = [child["stderr"] for child in children.values()]
    known = all(error is not None for error in errors)
    metrics = {(child["primaryMetric"], child["filter"]) for child in children.values()}
    metric, name = metrics.pop() if len(metrics) == 1 else (MEAN, "none")
    return {
        "primaryMetric": metric,
        "filter": name,
        "value": math.fsum(child["value"] for child in children.values()) / k,
        "stderr": math.sqrt(math.fsum(error**2 for error in errors)) / k if known else None,
        "n": sum(child["n"] for child in children.values()),
        "higherIsBetter": all(child["higherIsBetter"] for child in children.values()),
        "metrics": {},
        "subtasks": list(children),
        "weights": dict.fromkeys(children, 1 / k),
    }


def sample_rows(samples: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Per-document results: what pairs two models (doc_id, doc_hash, filter) and what they answered."""
    rows = []
    for sample in samples:
        values = {name: _number(sample.get(name)) for name in sample.get("metrics", [])}
        rows.append(
            {
                "doc_id": sample["doc_id"],
                "doc_hash": sample["doc_hash"],
                "filter": sample["filter"],
                "metrics": {name: value for name, value in values.items() if value is not None},
                "target": _plain(sample.get("target")),
                "response": _response(sample.get("filtered_resps")),
            }
        )
    return rows


def _response(value: Any) -> Any:
    """One response as it is; several (multiple choice) as the list of log-likelihoods."""
    plain = _plain(value)
    if isinstance(plain, list) and len(plain) == 1:
        return plain[0]
    if isinstance(plain, list) and all(isinstance(item, list) and item for item in plain):
        return [item[0] for item in plain]
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return float(value) if hasattr(value, "__float__") else str(value)


def _number(value: Any) -> float | None:
    if isinstance(value, str | list | tuple | dict) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _is_stderr(key: str) -> bool:
    return key.split(",")[0].endswith("_stderr")
