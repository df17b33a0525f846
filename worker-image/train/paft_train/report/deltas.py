"""The section of the page on the deltas: heat maps from the best candidate's merge, and a table for each merge."""

from collections.abc import Sequence

from paft_train.report import heatmap
from paft_train.report.html import element, table, text
from paft_train.report.modules import Grid, NotDrawableError, grids
from paft_train.report.training_runs import SPARSITY_COLUMNS, Run, overlap, sparsity

_NOTE = (
    "The share of small elements depends on the learning rate and the precision as much as on the method: "
    '"equal in bf16" counts elements that vanish when both models are stored in bfloat16.'
)


def section(best: str, runs: Sequence[Run]) -> str:
    """The section; empty without merges."""
    merges = [run for run in runs if run.merge]
    if not merges:
        return ""
    parts = [text("h2", "Sparsity of the deltas"), text("p", _NOTE, "note"), _maps(best, merges)]
    for run in merges:
        if rows := sparsity(run.merge):
            words = overlap(run.merge)
            caption = f"{run.node}: shares of each delta, in float32" + (f"; {words}" if words else "")
            parts.append(table(caption, SPARSITY_COLUMNS, rows))
    return "".join(parts)


def _maps(best: str, merges: Sequence[Run]) -> str:
    """Of the best candidate, or of the first other one that can be drawn: before trimming they are all the same."""
    skipped: list[str] = []
    for run in sorted(merges, key=lambda run: run.node != f"merge-{best}"):
        try:
            return "".join(skipped) + _drawn(run.node, grids(run.merge))
        except NotDrawableError as error:
            skipped.append(text("p", f"No heat maps from {run.node}: {error}.", "note"))
    return "".join(skipped)


def _drawn(node: str, found: list[Grid]) -> str:
    parts = [
        text("h3", f"Where in the model: {node}"),
        text(
            "p",
            "Each square is one module of one layer; d is the change of a weight, in float32. Point at a square for "
            "its value, or open the table below.",
            "note",
        ),
    ]
    for grid in found:
        if grid.cells:
            end = heatmap.top([other for other in found if other.scale == grid.scale])
            shown = element("figure", text("figcaption", heatmap.described(grid)) + heatmap.draw(grid, end))
        else:
            shown = text("p", f"{grid.title}: no tensor is in a layer.", "note")
        parts.append(shown + heatmap.values(grid))
    return element("div", "".join(parts), "maps")
