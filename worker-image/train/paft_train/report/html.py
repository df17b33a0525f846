"""Small builders of HTML that escape everything they are given."""

from collections.abc import Iterable, Sequence
from html import escape

Cell = str | float | int | None


def number(value: float | None, signed: bool = False, digits: int = 3) -> str:
    """A number with a fixed count of decimals; an en dash for none."""
    if value is None:
        return "–"
    return f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"


def percent(share: float) -> str:
    """A share as a percentage of three digits."""
    return f"{100 * share:.3g} %"


def element(tag: str, content: str, css: str = "") -> str:
    """An element around content that is HTML already."""
    return f'<{tag} class="{escape(css)}">{content}</{tag}>' if css else f"<{tag}>{content}</{tag}>"


def text(tag: str, content: str, css: str = "") -> str:
    """An element around plain text, which is escaped."""
    return element(tag, escape(content), css)


def figure(picture: str, caption: str) -> str:
    """A picture with its caption (plain text)."""
    return element("figure", picture + text("figcaption", caption))


def table(
    caption: str,
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    text_columns: frozenset[int] = frozenset(),
    best: frozenset[int] = frozenset(),
) -> str:
    """A table with a caption; the first cell of a row is its header.

    Args:
        caption: plain text.
        header: names of the columns.
        rows: cells as plain text; floats get three decimals.
        text_columns: indexes of columns that hold text to be read, aligned to the left.
        best: indexes of rows that stand out.
    """
    head = "".join(
        f'<th scope="col"{_text_css(index, text_columns)}>{escape(name)}</th>' for index, name in enumerate(header)
    )
    body = []
    for line, row in enumerate(rows):
        cells = "".join(
            f'<th scope="row">{_cell(value)}</th>'
            if index == 0
            else f"<td{_text_css(index, text_columns)}>{_cell(value)}</td>"
            for index, value in enumerate(row)
        )
        body.append(element("tr", cells, "best" if line in best else ""))
    inner = text("caption", caption) + element("thead", element("tr", head)) + element("tbody", "".join(body))
    return element("div", element("table", inner), "scroll")


def _text_css(index: int, columns: frozenset[int]) -> str:
    return ' class="text"' if index in columns else ""


def _cell(value: Cell) -> str:
    if value is None:
        return "–"
    return escape(value if isinstance(value, str) else f"{value:.3f}" if isinstance(value, float) else str(value))
