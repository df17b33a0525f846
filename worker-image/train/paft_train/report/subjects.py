"""Reading what the evaluate stages measured."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from paft_train.datafiles import content_of
from paft_train.document import StageInput
from paft_train.errors import StageError

PREFERENCE: Final = "preference_accuracy"
"""Name of the share of held-out pairs ranked right, where it stands beside tasks."""

Samples = dict[tuple[str, ...], float]
"""What identifies a sample (doc_id, doc_hash, filter) -> the value of the primary metric."""


@dataclass
class Subject:
    """One evaluated model.

    Attributes:
        name: `base`, `sft`, ..., or a candidate's name.
        tasks: entries of results.json, with the preference accuracy as one of them.
        samples: task -> samples; those of a group stand under `<group>/<task>`.
        generations: the answers to the prompts.
        results: results.json as it is.
        manifest: the evaluate stage's manifest.
    """

    name: str
    tasks: dict[str, dict[str, Any]]
    samples: dict[str, Samples]
    generations: list[dict[str, Any]]
    results: dict[str, Any]
    manifest: dict[str, Any] = field(default_factory=dict)


def read(name: str, item: StageInput) -> Subject:
    """Read the output of an evaluate stage. Raises DatasetNotFound (it is gone) or DatasetMalformed (unreadable)."""
    content_of(item, "DatasetNotFound")
    manifest = read_json(item.path / "manifest.json", item.name)
    results = read_json(item.path / "results.json", item.name)
    tasks: dict[str, dict[str, Any]] = dict(results.get("tasks") or {})
    samples: dict[str, Samples] = {}
    for task, entry in tasks.items():
        leaves = {f"{task}/{leaf}": child for leaf, child in (entry.get("children") or {}).items()} or {task: entry}
        for leaf, leaf_entry in leaves.items():
            samples[leaf] = task_samples(read_lines(_samples_file(item.path, leaf), item.name), leaf_entry)
    preference = results.get("preference")
    if preference:
        tasks[PREFERENCE] = {
            "primaryMetric": "accuracy",
            "filter": "none",
            "value": preference["accuracy"],
            "stderr": preference["stderr"],
            "n": preference["n"],
            "higherIsBetter": True,
            "metrics": {
                "accuracy": preference["accuracy"],
                "length_normalised_accuracy": preference["lengthNormalisedAccuracy"],
            },
        }
        rows = read_lines(item.path / "preference.jsonl", item.name)
        samples[PREFERENCE] = {(str(row["pair"]), row["hash"]): float(row["correct"]) for row in rows}
    generations = item.path / "generations.json"
    answers = json.loads(generations.read_text(encoding="utf-8")) if generations.is_file() else []
    return Subject(name, tasks, samples, answers, results, manifest)


def _samples_file(root: Path, leaf: str) -> Path:
    """Where the samples of `<task>` or `<group>/<task>` lie; older evaluations had them all in one directory."""
    file = root / "samples" / f"{leaf}.jsonl"
    return file if file.is_file() else root / "samples" / f"{leaf.rsplit('/', 1)[-1]}.jsonl"


def task_samples(rows: list[Mapping[str, Any]], entry: Mapping[str, Any]) -> Samples:
    """The values of a task's primary metric under its filter; documents without a number are left out."""
    metric, chosen = entry["primaryMetric"], entry["filter"]
    return {
        (str(row["doc_id"]), row["doc_hash"], row["filter"]): float(row["metrics"][metric])
        for row in rows
        if row["filter"] == chosen and metric in row["metrics"]
    }


def read_json(path: Path, name: str) -> dict[str, Any]:
    """A JSON object of another stage's output."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StageError("DatasetNotFound", f"{name}: {path.name} is not there: the output was removed.") from error
    except ValueError as error:
        raise StageError("DatasetMalformed", f"{name}: {path.name} is not JSON ({error}).") from error
    if not isinstance(value, dict):
        raise StageError("DatasetMalformed", f"{name}: {path.name} is not a JSON object.")
    return value


def read_lines(path: Path, name: str) -> list[Any]:
    """The rows of a JSONL file of another stage's output; none when there is no such file."""
    if not path.is_file():
        return []
    try:
        # Not splitlines: an answer may have characters that it takes for the end of a line.
        return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    except ValueError as error:
        raise StageError("DatasetMalformed", f"{name}: {path.name} is not JSON ({error}).") from error
