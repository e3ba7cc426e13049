"""Tables for a paper: LaTeX with siunitx and booktabs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import spectra
import structure
from shortrange.exports._content import Content
from shortrange.exports._tables import AT_LEAST, AT_MOST, DETERMINED, FIXED, quantities_of
from shortrange.results import BASE
from shortrange_core.errors import BadInput
from shortrange_core.shown_numbers import beside_interval, decimals, limit, span, told_by_sd

HEAD = "% needs \\usepackage{siunitx} and \\usepackage{booktabs}"
BREAKS = HEAD.replace(" and ", ", ") + " and \\usepackage{longtable}: it may span pages"
ESCAPED = {"%": r"\%", "&": r"\&", "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def write_latex(content: Content, folder: Path) -> list[Path]:
    """``fractions.tex`` and ``peaks.tex``: value(sd) by two digits of the sd; limits and ranges as what they are."""
    paths = []
    for name, head, text in (("fractions", HEAD, _fractions(content)), ("peaks", BREAKS, _peaks(content))):
        if text:
            paths.append(folder / f"{name}.tex")
            paths[-1].write_text(f"{head}\n{text}", encoding="utf-8")
    return paths


def number(value: float, sd: float) -> str:
    r"""``\num{value(sd)}`` with two digits of the sd; without sd four digits of the value.

    Examples
    --------
    >>> number(0.12345, 0.0123), number(82.0, 2.01), number(1234.5, 210.0), number(0.5, 0.0)
    ('\\num{0.123(12)}', '\\num{82.0(20)}', '\\num{1230(210)}', '\\num{0.5}')
    """
    if not (math.isfinite(sd) and sd > 0):
        return rf"\num{{{value:.4g}}}"
    places = 1 - math.floor(math.log10(float(f"{sd:.1e}")))
    if places <= 0:
        return rf"\num{{{round(value, places):.0f}({round(sd, places):.0f})}}"
    return rf"\num{{{value:.{places}f}({round(sd * 10**places)})}}"


def printed(row: Mapping[Any, Any]) -> str:
    r"""A fraction as a paper prints it: a value, a limit, a range, or nothing.

    Examples
    --------
    >>> printed({"verdict": "at most", "lower": 0.0, "upper": 0.345}), printed({"verdict": "rejected"})
    ('\\num{<= 0.35}', '--')
    >>> printed({"verdict": "undetermined", "lower": 0.1, "upper": 0.345})
    '\\numrange{0.10}{0.34}'
    """
    verdict = str(row.get("verdict", ""))
    if verdict == FIXED:
        return number(row["least"], 0.0)
    if verdict == DETERMINED:
        return _estimated(row)
    lower, upper = (float(row.get(end, math.nan)) for end in ("lower", "upper"))
    if verdict == AT_MOST and math.isfinite(upper):
        return rf"\num{{<= {limit(upper, upper=True)}}}"
    if verdict == AT_LEAST and math.isfinite(lower):
        return rf"\num{{>= {limit(lower, upper=False)}}}"
    if not math.isfinite(upper - lower):
        return "--"
    low, high = span(lower, upper).split(" to ")
    return rf"\numrange{{{low}}}{{{high}}}"


def _estimated(row: Mapping[Any, Any]) -> str:
    r"""A value with its sd, or with both ends of its interval where the sd does not tell it.

    Examples
    --------
    >>> _estimated({"value": 0.46274, "sd": 0.00095, "lower": 0.4503, "upper": 0.4645})
    '$\\num{0.4627}^{+\\num{0.0018}}_{-\\num{0.0124}}$'
    """
    value, sd, lower, upper = (float(row[name]) for name in ("value", "sd", "lower", "upper"))
    if told_by_sd(sd, lower, upper):
        return number(value, sd)
    text = beside_interval(value, sd, lower, upper)
    places = len(text.partition(".")[2])
    above, below = decimals(upper - value, places), decimals(value - lower, places)
    return rf"$\num{{{text}}}^{{+\num{{{above}}}}}_{{-\num{{{below}}}}}$"


def _fractions(content: Content) -> str:
    frame = content.tables.get("fractions")
    if frame is None:
        return ""
    frame = frame[frame["reading"] == BASE]
    samples = list(dict.fromkeys(frame["sample"]))
    records = frame.to_dict("records")
    doubted = {row["sample"]: row["misfits"] for row in records if row["misfits"]}
    rows = {(row["sample"], row["quantity"]): printed(row) for row in records}
    body = [[label(q), *(rows.get((s, q), "--") for s in samples)] for q in quantities_of(records) if q != "-"]
    warned = [f"% {name}: in doubt, the fit of {of} does not describe the data\n" for name, of in doubted.items()]
    return "".join(warned) + _tabular(
        ["", *(plain(s) + (" (in doubt)" if s in doubted else "") for s in samples)], body
    )


def _peaks(content: Content) -> str:
    frame = content.tables["peaks"]
    head = ["sample", "technique", "line", "position", "width", "unit of both", "area"]
    body = []
    for row in frame.to_dict("records"):
        width = "fwhm" if row.get("fwhm") == row.get("fwhm") and "fwhm" in row else "gauss_fwhm"
        numbers = [
            number(row[key], row.get(f"{key} sd", math.nan)) if row.get(key) == row.get(key) and key in row else "--"
            for key in ("center", width, "area")
        ]
        unit = spectra.AXES[spectra.technique_of(row["technique"]).axis].replace("cm-1", "cm$^{-1}$")
        numbers.insert(2, unit)
        body.append([plain(row["sample"]), plain(row["technique"]), label(row["assignment"] or row["peak"]), *numbers])
    return _tabular(head, body, over_pages=True)


def _tabular(head: Iterable[str], body: Iterable[Iterable[str]], *, over_pages: bool = False) -> str:
    cells, name = list(head), "longtable" if over_pages else "tabular"
    lines = [rf"\begin{{{name}}}{{{'l' * len(cells)}}}", r"\toprule", f"{' & '.join(cells)} \\\\", r"\midrule"]
    if over_pages:
        lines += [r"\endhead", r"\bottomrule", r"\endfoot"]
    lines += [f"{' & '.join(row)} \\\\" for row in body]
    return "\n".join([*lines, *([] if over_pages else [r"\bottomrule"]), rf"\end{{{name}}}", ""])


def label(text: str) -> str:
    r"""A species as the field writes it, in math mode; sums part by part; other words as they are.

    Examples
    --------
    >>> label("P:S4"), label("S"), label("BO/(BO + NBO)"), label("na_kl1l23")
    ('$\\mathrm{PS_{4}^{3-}}\\;(\\mathrm{P^{0}})$', 'S', 'BO/(BO + NBO)', 'na\\_kl1l23')
    """
    try:
        return " + ".join(_in_math(structure.pretty(part.strip(), "latex")) for part in text.split(" + "))
    except BadInput:
        return plain(text)


def _in_math(name: str) -> str:
    """A name in math mode, but for an element by itself, which would stand there as a slanted variable."""
    return name if name.isalpha() else f"${name}$"


def plain(text: str) -> str:
    """Text with what LaTeX takes for commands escaped."""
    return "".join(ESCAPED.get(character, character) for character in str(text))
