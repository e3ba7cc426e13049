"""One kind of drawing, as inline SVG: marks with ranges, a row each, over a common axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

WIDTH, ROW, TOP, LEFT, RIGHT, FOOT = 480, 16, 8, 190, 20, 34
"""Of a width that a phone shows whole with letters that can be read."""
LABEL_LENGTH = 32
TICKS = 5
REVERSED = frozenset({"ppm", "eV"})
"""Units whose axes the field draws from high to low: shifts and binding energies."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A value with its range: one row.

    ``status`` is the CSS class, ``key`` the text for a reader of the page, ``row`` the claim's row of the page that the
    mark comes and goes with; empty for marks that stay.
    """

    centre: float
    lower: float
    upper: float
    label: str
    status: str
    key: str
    row: str = ""


def ticks(low: float, high: float) -> list[float]:
    """About five round numbers inside a range.

    Examples
    --------
    >>> ticks(61.0, 84.0)
    [65.0, 70.0, 75.0, 80.0]
    """
    raw = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(index * step, 10) for index in range(first, math.floor(high / step + 1e-9) + 1)]


def axis_figure(marks: Sequence[Mark], *, unit: str, title: str, identifier: str) -> str:
    """Inline SVG of marks over an axis, with a title and a description for those who do not see it.

    Parameters
    ----------
    marks
        At least one; drawn from top to bottom.
    unit
        Of the axis.
    title
        What the figure shows, as alternative text.
    identifier
        Unique on the page.
    """
    low, high = min(mark.lower for mark in marks), max(mark.upper for mark in marks)
    margin = 0.06 * (high - low) if high > low else max(1.0, 0.01 * abs(low))
    low, high = low - margin, high + margin
    height = TOP + ROW * len(marks) + FOOT

    def x(value: float) -> float:
        share = (high - value if unit in REVERSED else value - low) / (high - low)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 2)

    rows = [_row(mark, TOP + ROW * index + ROW / 2, x) for index, mark in enumerate(marks)]
    base = 4
    axis = [f'<g class="foot" transform="translate(0 {TOP + ROW * len(marks)})">']
    axis.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base}" y2="{base}"/>')
    for tick in ticks(low, high):
        axis.append(f'<line class="axis" x1="{x(tick)}" x2="{x(tick)}" y1="{base}" y2="{base + 4}"/>')
        axis.append(f'<text class="tick" x="{x(tick)}" y="{base + 16}">{tick:g}</text>')
    axis.append(f'<text class="tick" x="{WIDTH - RIGHT}" y="{base + 28}">{escape(unit)}</text></g>')
    described = "; ".join(f"{mark.label} {mark.centre:g}" for mark in marks)
    head = f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t-{identifier} d-{identifier}">'
    heading = f'<title id="t-{identifier}">{escape(title)}</title><desc id="d-{identifier}">{escape(described)}</desc>'
    return "".join([head, heading, *rows, *axis, "</svg>"])


def _row(mark: Mark, y: float, place: Callable[[float], float]) -> str:
    left, right = sorted((place(mark.lower), place(mark.upper)))
    head = f'<g class="mark" transform="translate(0 {y})"' + (f" data-row={quoteattr(mark.row)}>" if mark.row else ">")
    label = f'{head}<text class="label" x="{LEFT - 8}" y="4">{escape(mark.label[:LABEL_LENGTH])}</text>'
    if mark.status in ("prior", "overlap"):
        shape = f'<rect class="{mark.status}" x="{left}" y="-5" width="{max(right - left, 1):.2f}" height="10"/>'
        return f"{label}{shape}</g>"
    bar = f'<line class="bar" x1="{left}" x2="{right}" y1="0" y2="0"/>' if right > left else ""
    title = f"<title>{escape(mark.key)}</title>"
    dot = f'<circle class={quoteattr(mark.status)} cx="{place(mark.centre)}" cy="0" r="4">{title}</circle>'
    return f"{label}{bar}{dot}</g>"
