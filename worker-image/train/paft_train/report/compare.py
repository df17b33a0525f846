"""Scores, the best candidate, and the differences between subjects. Pure functions on what was read."""

import math
from dataclasses import asdict
from typing import Any, Final

from paft_train.errors import StageError
from paft_train.report.stats import Difference, mean_of, paired, unpaired
from paft_train.report.subjects import Subject

SCORE_DEFINITION: Final = (
    "The score of a subject is the mean of the primary metric of every task, and of the accuracy on held-out "
    "preference pairs where it was measured. Tasks for which lower is better do not count."
)
TAX, RECOVERED, AGAINST_SFT = "alignment tax", "recovered", "against SFT"


def score(subject: Subject) -> float | None:
    """See `SCORE_DEFINITION`. None when nothing counts."""
    values = [entry["value"] for entry in subject.tasks.values() if entry["higherIsBetter"]]
    return math.fsum(values) / len(values) if values else None


def best(subjects: dict[str, Subject], candidates: list[str]) -> str:
    """The candidate of the highest score; of equal ones the first in the order of `candidates`."""
    found, top = candidates[0], -math.inf
    for name in candidates:
        value = score(subjects[name])
        if value is not None and value > top:
            found, top = name, value
    return found


def difference(a: Subject, b: Subject, task: str) -> Difference:
    """A - b on one task: paired sample by sample where both have the samples, else from the two means."""
    entry, other = a.tasks[task], b.tasks[task]
    weights: dict[str, float] | None = entry.get("weights")
    if not weights:
        return _leaf(a, b, task, entry, other)
    parts = [
        _leaf(a, b, f"{task}/{leaf}", entry["children"][leaf], (other.get("children") or {}).get(leaf))
        for leaf in weights
    ]
    return mean_of(parts, list(weights.values()))


def _leaf(a: Subject, b: Subject, task: str, one: dict[str, Any], two: dict[str, Any] | None) -> Difference:
    left, right = a.samples.get(task, {}), b.samples.get(task, {})
    common = [key for key in left if key in right]
    if common:
        return paired([left[key] - right[key] for key in common])
    if two is None:
        raise StageError("DatasetNotFound", f"task {task} was measured for {a.name}, but not for {b.name}.")
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
            if task in subjects[b].tasks and entry["higherIsBetter"]:
                found = difference(subjects[a], subjects[b], task)
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
