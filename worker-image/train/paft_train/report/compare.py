"""Scores, the best candidate, and the differences between subjects. Pure functions on what was read."""

import math
from dataclasses import asdict
from typing import Any, Final

from paft_train import log
from paft_train.evaluate.results import measured_by
from paft_train.report.stats import Difference, mean_of, paired, unpaired
from paft_train.report.subjects import Subject

SCORE_DEFINITION: Final = (
    "The score of a subject is the mean of the primary metric of every task, and of the accuracy on held-out "
    "preference pairs where it was measured. Tasks for which lower is better, and those measured from 0 to 100 (BLEU, "
    "chrF, TER), do not count."
)
TAX, RECOVERED, AGAINST_SFT = "alignment tax", "recovered", "against SFT"
OF_100: Final = frozenset({"bleu", "chrf", "ter", "bleu_max", "bleu_diff"}) | {
    f"rouge{kind}_{what}" for kind in "12L" for what in ("max", "diff")
}
"""lm-eval's metrics whose scale is 0 to 100: one of them would decide a mean with others of 0 to 1 alone."""


def counts(entry: dict[str, Any]) -> bool:
    """Whether a task is part of the score, and of the differences."""
    parts = [entry, *(entry.get("children") or {}).values()]
    return entry["higherIsBetter"] and not any(part["primaryMetric"] in OF_100 for part in parts)


def score(subject: Subject) -> float | None:
    """See `SCORE_DEFINITION`. None when nothing counts."""
    values = [entry["value"] for entry in subject.tasks.values() if counts(entry)]
    return math.fsum(values) / len(values) if values else None


def best(subjects: dict[str, Subject], candidates: list[str]) -> str:
    """The candidate of the highest score; of equal ones the first in the order of `candidates`."""
    found, top = candidates[0], -math.inf
    for name in candidates:
        value = score(subjects[name])
        if value is not None and value > top:
            found, top = name, value
    return found


def difference(a: Subject, b: Subject, task: str) -> Difference | None:
    """A - b on one task: paired sample by sample where both have the samples, else from the two means.

    None when one of the two was not measured by the metric of the other, as may be where an older version did it.
    """
    entry, other = a.tasks[task], b.tasks[task]
    weights: dict[str, float] = entry.get("weights") or other.get("weights") or {}
    if not weights:
        return _leaf(a, b, task, entry, other)
    ours, theirs = entry.get("children") or {}, other.get("children") or {}
    if not ours.keys() == theirs.keys() == weights.keys():
        return None
    parts = [_leaf(a, b, f"{task}/{leaf}", ours[leaf], theirs[leaf]) for leaf in weights]
    found = [part for part in parts if part is not None]
    return mean_of(found, list(weights.values())) if len(found) == len(parts) else None


def _leaf(a: Subject, b: Subject, task: str, one: dict[str, Any], two: dict[str, Any]) -> Difference | None:
    metric, name = one["primaryMetric"], one["filter"]
    if (metric, name) != (two["primaryMetric"], two["filter"]):
        # The samples are those of another metric.
        same = measured_by(two, metric, name)
        return None if same is None else _of_means(one, same)
    left, right = a.samples.get(task, {}), b.samples.get(task, {})
    common = [key for key in left if key in right]
    return paired([left[key] - right[key] for key in common]) if common else _of_means(one, two)


def _of_means(one: dict[str, Any], two: dict[str, Any]) -> Difference:
    return unpaired(one["value"], two["value"], one["stderr"], two["stderr"], min(one["n"], two["n"]))


def differences(subjects: dict[str, Subject], candidates: list[str]) -> list[dict[str, Any]]:
    """Every comparison that the report shows.

    `alignment tax` = SFT - Sequential: what training the preference after SFT costs. `recovered` = candidate -
    Sequential: what training in parallel and merging gives back. `against SFT` = candidate - SFT: what is still missing
    (below zero) or gained.
    """
    asked: list[tuple[str, str, str]] = []
    if "sft" in subjects and "sequential" in subjects:
        asked.append((TAX, "sft", "sequential"))
    for candidate in candidates:
        if "sequential" in subjects:
            asked.append((RECOVERED, candidate, "sequential"))
        if "sft" in subjects:
            asked.append((AGAINST_SFT, candidate, "sft"))
    rows = []
    for kind, a, b in asked:
        for task, entry in subjects[a].tasks.items():
            if task not in subjects[b].tasks or not counts(entry):
                continue
            found = difference(subjects[a], subjects[b], task)
            if found is None:
                log.event(f"{task} of {a} and {b} was measured in two ways: left out of the differences")
            else:
                rows.append({"kind": kind, "task": task, "a": a, "b": b, **asdict(found)})
    return rows


def headline(rows: list[dict[str, Any]], chosen: str) -> dict[str, Any] | None:
    """The task with the largest alignment tax, with what the chosen candidate gave back; None without the baselines.

    `significant` says whether the whole interval of the tax lies above zero.
    """
    given_back = {row["task"]: row for row in rows if row["kind"] == RECOVERED and row["a"] == chosen}
    taxes = [row for row in rows if row["kind"] == TAX and row["task"] in given_back]
    if not taxes:
        return None
    tax = max(taxes, key=lambda row: row["mean"])
    back = given_back[tax["task"]]
    return {
        "task": tax["task"],
        "tax": tax,
        "recovered": back,
        "share": back["mean"] / tax["mean"] if tax["mean"] > 0 else None,
        "significant": tax["low"] is not None and tax["low"] > 0,
    }
