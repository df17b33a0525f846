"""Pictures for the report: inline SVG with CSS classes for the colours, so that they follow light and dark."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 680
_LABEL: Final = 132
_VALUE: Final = 64


@dataclass(frozen=True)
class Bar:
    """One bar: a value with an optional 95 % interval, and the CSS class of its colour."""

    label: str
    value: float
    low: float | None
    high: float | None
    css: str


def bars(items: Sequence[Bar], title: str) -> str:
    """Horizontal bars on a common scale, which is 0 to 1 when every value fits in."""
    top = max([1.0, *(item.high or item.value for item in items)]) if items else 1.0
    top = 1.0 if top <= 1.02 else nice(top)
    low = min([0.0, *(item.value if item.low is None else item.low for item in items if item.value < 0)])
    plot = WIDTH - _LABEL - _VALUE

    def x(value: float) -> float:
        return _LABEL + plot * (min(max(value, low), top) - low) / (top - low)

    height = 28 * len(items) + 26
    parts = [opened(height, title)]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        at = x(low + (top - low) * tick)
        parts.append(f'<line class="grid" x1="{at:.1f}" y1="4" x2="{at:.1f}" y2="{height - 20}"/>')
        parts.append(tick_text(at, height, f"{low + (top - low) * tick:.4g}"))
    for index, item in enumerate(items):
        y = 28 * index + 6
        start, end = sorted((x(0), x(item.value)))
        parts.append(row_label(_LABEL - 10, y + 15, short(item.label)))
        parts.append(
            f'<rect class="{item.css}" x="{start:.1f}" y="{y}" width="{max(end - start, 1):.1f}" height="20" rx="3"/>'
        )
        if item.low is not None and item.high is not None and item.high > item.low:
            parts.append(_whisker(x(item.low), x(item.high), y + 10))
        parts.append(f'<text class="value" x="{WIDTH - 2}" y="{y + 15}" text-anchor="end">{item.value:.3f}</text>')
    return "".join(parts) + "</svg>"


def intervals(items: Sequence[Bar], title: str) -> str:
    """Differences with their intervals around a zero line."""
    reach = max([0.01, *(abs(edge) for i in items for edge in (i.low, i.high, i.value) if edge is not None)])
    reach = nice(reach)
    label = 290
    plot = WIDTH - label - _VALUE

    def x(value: float) -> float:
        return label + plot * (value + reach) / (2 * reach)

    height = 26 * len(items) + 26
    parts = [opened(height, title)]
    for tick in (-reach, -reach / 2, 0, reach / 2, reach):
        css = "zero" if tick == 0 else "grid"
        parts.append(f'<line class="{css}" x1="{x(tick):.1f}" y1="4" x2="{x(tick):.1f}" y2="{height - 20}"/>')
        parts.append(tick_text(x(tick), height, "0" if tick == 0 else f"{tick:+.3g}"))
    for index, item in enumerate(items):
        y = 26 * index + 16
        parts.append(row_label(label - 10, y + 5, short(item.label, 42)))
        if item.low is not None and item.high is not None:
            parts.append(_whisker(x(item.low), x(item.high), y))
        parts.append(f'<circle class="{item.css}" cx="{x(item.value):.1f}" cy="{y}" r="5"/>')
        parts.append(f'<text class="value" x="{WIDTH - 2}" y="{y + 5}" text-anchor="end">{item.value:+.3f}</text>')
    return "".join(parts) + "</svg>"


def curve(points: Sequence[tuple[float, float]], title: str, css: str) -> str:
    """A line over training steps, with the first and last step and the range of values on the axes."""
    width, height, left, bottom = 330, 180, 52, 24
    steps, values = [p[0] for p in points], [p[1] for p in points]
    first, last = min(steps), max(max(steps), min(steps) + 1)
    low, high = min(values), max(values)
    if high - low < 1e-12:
        low, high = low - 0.5, high + 0.5

    def x(step: float) -> float:
        return left + (width - left - 8) * (step - first) / (last - first)

    def y(value: float) -> float:
        return 8 + (height - bottom - 8) * (high - value) / (high - low)

    path = " ".join(f"{x(step):.1f},{y(value):.1f}" for step, value in points)
    parts = [opened(height, title, width)]
    for value in (low, (low + high) / 2, high):
        parts.append(f'<line class="grid" x1="{left}" y1="{y(value):.1f}" x2="{width - 8}" y2="{y(value):.1f}"/>')
        parts.append(f'<text class="tick" x="{left - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.3g}</text>')
    for step in (first, last):
        anchor = "start" if step == first else "end"
        parts.append(
            f'<text class="tick" x="{x(step):.1f}" y="{height - 6}" text-anchor="{anchor}">step {step:g}</text>'
        )
    parts.append(f'<polyline class="line {css}" points="{path}"/>')
    return "".join(parts) + "</svg>"


def opened(height: int, title: str, width: int = WIDTH) -> str:
    """The start of a picture, with its title for those who cannot see it."""
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'


def tick_text(x: float, height: int, text: str) -> str:
    """A word below an axis, centred at x."""
    return f'<text class="tick" x="{x:.1f}" y="{height - 5}" text-anchor="middle">{text}</text>'


def row_label(x: float, y: float, text: str) -> str:
    """The name of a row, ending at x."""
    return f'<text class="label" x="{x}" y="{y}" text-anchor="end">{escape(text)}</text>'


def _whisker(low: float, high: float, y: float) -> str:
    return (
        f'<path class="whisker" d="M{low:.1f} {y - 5:.1f}V{y + 5:.1f}M{low:.1f} {y:.1f}H{high:.1f}'
        f'M{high:.1f} {y - 5:.1f}V{y + 5:.1f}"/>'
    )


def short(text: str, limit: int = 18) -> str:
    """The text, cut where it is too long."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def nice(value: float) -> float:
    """The next of 1, 2, 2.5, 5, 10 times a power of ten that is not below the value."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value * (1 - 1e-9))
