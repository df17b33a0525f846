"""Heat maps as inline SVG: layers from left to right, modules from top to bottom, ten steps of colour."""

from html import escape
from typing import Final

from paft_train.report.html import element, percent, table, text
from paft_train.report.modules import Grid
from paft_train.report.svg import WIDTH, nice, opened, row_label, short, tick_text

STEPS: Final = 10
_LEFT: Final = 190
_ROW: Final = 18
_WIDEST: Final = 36
_LEGEND: Final = 22


def top(grids: list[Grid]) -> float:
    """The end of a scale for these grids: the next round number above their largest share, at most 1."""
    largest = max((share for grid in grids for share in grid.cells.values()), default=0.0)
    return min(1.0, nice(largest)) if largest > 0 else 1.0


def step(share: float, end: float) -> int:
    """The colour of a share on a scale from 0 to end: 0 to 9."""
    return min(STEPS - 1, int(STEPS * share / end))


def draw(grid: Grid, end: float) -> str:
    """The map with its legend. Every square has its value as a tooltip; a missing one was not measured."""
    layers, modules = grid.layers, grid.modules
    width = min(_WIDEST, (WIDTH - _LEFT - 4) / len(layers))
    gap = 1 if width > 4 else 0
    bottom = _ROW * len(modules)
    parts = [opened(bottom + 26 + _LEGEND + 20, described(grid))]
    parts += [row_label(_LEFT - 8, _ROW * row + 13, short(module, 27)) for row, module in enumerate(modules)]
    columns = {layer: f"{_LEFT + width * index:.4g}" for index, layer in enumerate(layers)}
    rows = {module: _ROW * row for row, module in enumerate(modules)}
    for (layer, module), share in grid.cells.items():
        parts.append(
            f'<rect class="h{step(share, end)}" x="{columns[layer]}" y="{rows[module]}" width="{width - gap:.4g}" '
            f'height="{_ROW - 1}"><title>layer {layer}, {escape(module)}: {percent(share)}</title></rect>'
        )
    every = -(-len(layers) * 26 // (WIDTH - _LEFT)) if width < 26 else 1
    for index in range(0, len(layers), every):
        parts.append(tick_text(_LEFT + width * (index + 0.5), bottom + 18, str(layers[index])))
    parts.append(f'<text class="tick" x="{_LEFT - 8}" y="{bottom + 13}" text-anchor="end">layer</text>')
    return "".join([*parts, *_legend(bottom + 26, end)]) + "</svg>"


def _legend(y: int, end: float) -> list[str]:
    wide = 30
    parts = [
        f'<rect class="h{index}" x="{_LEFT + wide * index}" y="{y}" width="{wide}" height="14">'
        f"<title>{percent(end * index / STEPS)} to {percent(end * (index + 1) / STEPS)}</title></rect>"
        for index in range(STEPS)
    ]
    parts += [tick_text(_LEFT + wide * STEPS * part, y + _LEGEND + 10, percent(end * part)) for part in (0, 0.5, 1)]
    return parts


def described(grid: Grid) -> str:
    """The map in a sentence: its size, and its ends."""
    low = min(grid.cells, key=lambda cell: grid.cells[cell])
    high = max(grid.cells, key=lambda cell: grid.cells[cell])
    return (
        f"{grid.title}. Layers: {len(grid.layers)}, modules: {len(grid.modules)}. "
        f"Lowest {percent(grid.cells[low])} (layer {low[0]}, {low[1]}), "
        f"highest {percent(grid.cells[high])} (layer {high[0]}, {high[1]})."
    )


def values(grid: Grid) -> str:
    """The same numbers as a table, folded."""
    modules = grid.modules
    rows = []
    for layer in grid.layers:
        found = [grid.cells.get((layer, module)) for module in modules]
        rows.append([str(layer), *(None if share is None else percent(share) for share in found)])
    shown = table(grid.title, ["layer", *modules], rows) if rows else ""
    if grid.outside:
        outside = [[name, percent(share)] for name, share in grid.outside.items()]
        shown += table(f"{grid.title}, outside the layers", ["tensor", "share"], outside)
    return element("details", text("summary", "Values as a table") + shown)
