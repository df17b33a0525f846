"""Reading what the training and merge stages left: curves, settings and the sparsity that the merge measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from paft_train.document import StageDocument
from paft_train.report.subjects import read_json, read_lines

PREFIX = "stage-"


@dataclass(frozen=True)
class Run:
    """One training or merge stage.

    Attributes:
        node: its name in the graph.
        manifest: its manifest.
        curve: the rows of log.jsonl; empty for a merge.
        merge: merge-report.json; empty for a training.
    """

    node: str
    manifest: dict[str, Any]
    curve: list[dict[str, Any]]
    merge: dict[str, Any]


def read_all(stage: StageDocument) -> list[Run]:
    """Every input named `stage-<node>`, in the order of the document."""
    runs = []
    for name, item in stage.inputs.items():
        if not name.startswith(PREFIX):
            continue
        merge = item.path / "merge-report.json"
        runs.append(
            Run(
                name.removeprefix(PREFIX),
                read_json(item.path / "manifest.json", item.name),
                read_lines(item.path / "log.jsonl", item.name),
                read_json(merge, item.name) if merge.is_file() else {},
            )
        )
    return runs


def points(run: Run, name: str) -> list[tuple[float, float]]:
    """(step, value) of one quantity of a curve; steps without a number are left out."""
    return [
        (float(row["step"]), float(row[name]))
        for row in run.curve
        if isinstance(row.get(name), int | float) and "step" in row
    ]


def numbers(report: Mapping[str, Any], prefix: str = "", depth: int = 4) -> dict[str, float]:
    """All numbers of a nested report by their dotted names, lists and anything below `depth` levels left out."""
    found: dict[str, float] = {}
    for key, value in report.items():
        name = f"{prefix}.{key}" if prefix else str(key)
        if isinstance(value, bool):
            continue
        if isinstance(value, int | float):
            found[name] = value
        elif isinstance(value, dict) and depth > 1:
            found |= numbers(value, name, depth - 1)
    return found
