"""Where in a model its deltas are sparse: grids of layers and modules from a merge report. Pure."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

SCHEMA: Final = 2
LIMIT: Final = "1e-5"
_MOST_CELLS: Final = 20_000


class NotDrawableError(Exception):
    """A merge report that gives no grids; the text says why and what to do."""


@dataclass(frozen=True)
class Grid:
    """One share for each module of each layer.

    Attributes:
        title: what the share is, with its threshold.
        scale: grids of the same scale are coloured alike, so that they can be compared.
        cells: (layer, module) -> share, 0 to 1; what was not measured is missing.
        outside: tensor -> share, for those outside the layers.
    """

    title: str
    scale: str
    cells: dict[tuple[int, str], float] = field(default_factory=dict)
    outside: dict[str, float] = field(default_factory=dict)

    @property
    def layers(self) -> list[int]:
        """The numbers of the layers, ascending."""
        return sorted({layer for layer, _ in self.cells})

    @property
    def modules(self) -> list[str]:
        """The modules in the order of the report."""
        return list(dict.fromkeys(module for _, module in self.cells))


def grids(report: Mapping[str, Any]) -> list[Grid]:
    """How sparse each delta is, and how often the signs of the first two conflict: before trimming, and after it.

    The grid after trimming is left out where nothing was trimmed. The experts of a layer are one module, weighted by
    their elements. Raises NotDrawableError.
    """
    schema = report.get("schema")
    if schema != SCHEMA:
        raise NotDrawableError(
            f"its merge-report.json has the schema {schema!r}, and maps need {SCHEMA}; "
            "set spec.merge.rerun to merge again with this version"
        )
    names = [str(name) for name in _list(report.get("inputs"), "inputs")]
    if not names:
        raise NotDrawableError("it measured no deltas, since its recipe has no base model")
    small = f"share of the elements with |d| ≤ {LIMIT}"
    found = [
        _grid(report, f"{name}: {small}", "sparsity", ("inputs", index, "small", LIMIT))
        for index, name in enumerate(names)
    ]
    if len(names) > 1:
        words = f"{names[0]} and {names[1]}: share of the elements changed in opposite directions"
        before = _grid(report, words, "conflict", ("pairs", 0, "signConflict"))
        after = _grid(report, f"{words}, after trimming", "conflict", ("pairs", 0, "keptSignConflict"))
        if (after.cells, after.outside) == (before.cells, before.outside):
            found.append(before)
        else:
            found += [replace(before, title=f"{words}, before trimming"), after]
    return found


def _grid(report: Mapping[str, Any], title: str, scale: str, path: tuple[str | int, ...]) -> Grid:
    sums: dict[tuple[int | None, str], list[tuple[float, int]]] = {}
    for where, entry in _modules(report):
        layer, module = entry.get("layer"), entry.get("module")
        if not isinstance(module, str) or not (layer is None or _is_count(layer)):
            raise NotDrawableError(
                f"{where} of its merge-report.json has the layer {layer!r} and the module {module!r}"
            )
        share = _share(entry, path, where)
        elements = _at(entry, ("inputs", 0, "elements"), where)
        if not _is_count(elements):
            raise NotDrawableError(f"{where} of its merge-report.json has {elements!r} elements")
        if share is not None:
            sums.setdefault((layer, _without_numbers(module)), []).append((share, elements))
    grid = Grid(title, scale)
    for (layer, module), parts in sums.items():
        total = sum(elements for _, elements in parts)
        value = math.fsum(share * elements for share, elements in parts) / total if total else 0.0
        if layer is None:
            grid.outside[module] = value
        else:
            grid.cells[layer, module] = value
    if len(grid.layers) * len(grid.modules) > _MOST_CELLS:
        raise NotDrawableError(f"{len(grid.layers)} layers with {len(grid.modules)} modules are too many to draw")
    return grid


def _modules(report: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, entry in enumerate(_list(report.get("modules"), "modules")):
        if not isinstance(entry, dict):
            raise NotDrawableError(f"modules[{index}] of its merge-report.json is not an object")
        # Tensors without arithmetic, and empty ones, have no elements to measure.
        if _at(entry, ("inputs", 0, "elements"), f"modules[{index}]") != 0:
            yield f"modules[{index}]", entry


def _share(entry: Mapping[str, Any], path: tuple[str | int, ...], where: str) -> float | None:
    value = _at(entry, path, where)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise NotDrawableError(f"{where} of its merge-report.json has {value!r} at {_text(path)}, which is no share")
    return float(value)


def _at(entry: Any, path: tuple[str | int, ...], where: str) -> Any:
    for step in path:
        fits = isinstance(entry, dict) if isinstance(step, str) else isinstance(entry, list)
        if not fits or (step not in entry if isinstance(step, str) else step >= len(entry)):
            raise NotDrawableError(f"{where} of its merge-report.json has no {_text(path)}")
        entry = entry[step]
    return entry


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise NotDrawableError(f"{name} of its merge-report.json is not a list")
    return value


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _without_numbers(module: str) -> str:
    return ".".join("*" if part.isdigit() else part for part in module.split("."))


def _text(path: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in path)
