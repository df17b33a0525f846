"""Reading what the training and merge stages left: curves, settings and the sparsity that the merge measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

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


SPARSITY_COLUMNS: Final = (
    "delta",
    "elements",
    "kept by the merge",
    "exactly 0",
    "|d| <= 1e-6",
    "|d| <= 1e-5",
    "|d| <= 1e-4",
    "equal in bf16",
    "relative L2",
)


def sparsity(report: Mapping[str, Any]) -> list[list[str]]:
    """Rows of `SPARSITY_COLUMNS` from a merge-report.json: one per input."""
    names = report.get("inputs") or []
    measured = (report.get("model") or {}).get("inputs") or []
    rows = []
    for name, item in zip(names, measured, strict=False):
        small = item.get("small") or {}
        shares = (
            item.get("density"),
            *(small.get(limit) for limit in ("zero", "1e-6", "1e-5", "1e-4")),
            item.get("equalInBf16"),
        )
        relative = item.get("relativeL2")
        rows.append(
            [
                str(name),
                str(item.get("elements", "–")),
                *(_percent(share) for share in shares),
                "–" if relative is None else f"{relative:.3g}",
            ]
        )
    return rows


def overlap(report: Mapping[str, Any]) -> str | None:
    """How the first two deltas of a merge lie to each other, in words; None when it was not measured."""
    pairs = (report.get("model") or {}).get("pairs") or []
    if not pairs or pairs[0].get("cosine") is None:
        return None
    pair = pairs[0]
    return (
        f"cosine of the deltas {pair['cosine']:.3f}; of the elements that are not zero in both, signs agree in "
        f"{_percent(pair.get('signAgreement'))}, and in {_percent(pair.get('keptSignAgreement'))} of those kept in both"
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
