"""Reading what the training and merge stages left: curves, settings and the sparsity that the merge measured."""

import math
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
    """Rows of `SPARSITY_COLUMNS` from a merge-report.json: one per input. What is not a number there is a dash."""
    rows = []
    for name, item in zip(_list(report.get("inputs")), _list(_dict(report.get("model")).get("inputs")), strict=False):
        entry = _dict(item)
        small = _dict(entry.get("small"))
        shares = (
            entry.get("density"),
            *(small.get(limit) for limit in ("zero", "1e-6", "1e-5", "1e-4")),
            entry.get("equalInBf16"),
        )
        relative = entry.get("relativeL2")
        rows.append(
            [
                str(name),
                str(entry.get("elements", "–")),
                *(_percent(share) for share in shares),
                f"{relative:.3g}" if _is_number(relative) else "–",
            ]
        )
    return rows


def overlap(report: Mapping[str, Any]) -> str | None:
    """How the first two deltas of a merge lie to each other, and who decides, in words; None when not measured."""
    model = _dict(report.get("model"))
    pair = _dict(next(iter(_list(model.get("pairs"))), None))
    if not _is_number(pair.get("cosine")):
        return None
    words = (
        f"cosine of the deltas {pair['cosine']:.3f}; of the elements that are not zero in both, signs agree in "
        f"{_percent(pair.get('signAgreement'))}, and in {_percent(pair.get('keptSignAgreement'))} of those kept in both"
    )
    decided = _dict(model.get("decided"))
    shares = zip(_list(report.get("inputs")), _list(decided.get("inputs")), strict=False)
    alone = ", ".join(f"{name} alone {_percent(share)}" for name, share in shares)
    if not alone:
        return words
    return (
        f"{words}; who decides an element of the merge: {alone}, several together {_percent(decided.get('several'))}, "
        f"none {_percent(decided.get('none'))}"
    )


def _percent(share: Any) -> str:
    return f"{100 * share:.1f} %" if _is_number(share) else "–"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
