"""Where the lines of a technique are looked for: published priors first, else windows of the library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import xarray as xr

from shortrange_core.errors import BadInput, Offenders
from shortrange_core.labels import named_twice
from shortrange_core.notes import Note, Severity
from shortrange_core.options import nearest
from shortrange_core.spelling import spelled
from spectra.models._line_notes import alike_notes, notes_of_scales
from spectra.models._lines import Line, LinePlan, identifier, members, pooled
from spectra.models._places import Places, StatedWindow, WindowLike, is_prior, is_window, named_lines, public_windows
from spectra.spectrum import axis_of, measured_range

PRIOR_REACH = 6.0
"""A position may leave its prior's mean by six standard deviations: only wrong assignments lie farther."""
OFFSET_REACH = 4.0
"""... and by four standard deviations of the spectrum's referencing offset."""
Windows = Mapping[str, tuple[float, float]]


def planned(
    spectrum: xr.Dataset,
    species: Sequence[str],
    *,
    technique: str,
    priors: Places | None,
    windows: Windows | None,
    offset_sd: float,
    window: tuple[float, float] | None = None,
) -> LinePlan:
    """Position windows and priors of all lines, with a note on each that is not published or not measured.

    Parameters
    ----------
    spectrum
        Spectrum that will be fitted.
    species
        One text a line: a label, or an assignment of labels that share a position (``"P:S4 + P:S3O"``).
    technique
        Under which the peak library keeps claims about these lines.
    priors
        Published positions by label, as the peak library gives them, and its windows where it has none; where it gives
        neither, windows are those of the public library.
    windows
        Lower and upper end by line text, unit of the axis; they overrule the library's and narrow a prior's range.
    offset_sd
        Referencing uncertainty, unit of the axis: it widens ranges around priors.
    window
        Part of the axis that is fitted.

    Raises
    ------
    BadInput
        If a line has neither prior nor window, if texts repeat or windows belong to no line; all together.
    """
    texts = [species] if isinstance(species, str) else list(species)
    offenders = Offenders()
    if not texts:
        offenders.add(
            f"{spelled('species', command_line='--species', recipe='lines')}: none is given, so {technique} has no "
            "line to fit; give the species of each line, such as 'P:S4' or 'P:S4 + P:S3O'"
        )
    for text in named_twice(texts):
        offenders.add(f"species: {text!r} is given more than once; give each line once")
    for text in windows or {}:
        if text not in texts:
            offenders.add(f"windows: {text!r} is not a line of this model; there are {', '.join(texts)}")
    lines, notes = [], []
    places = _places(technique, texts, priors or {}, windows or {})
    for text in texts:
        planned_line = _line(text, places, (windows or {}).get(text), offset_sd) or _unplaced(text, technique)
        if isinstance(planned_line, str):
            offenders.add(planned_line)
        else:
            lines.append(planned_line[0])
            notes.extend(planned_line[1])
    offenders.raise_if_any()
    told = (*notes, *alike_notes(lines), *notes_of_scales(spectrum, technique, lines))
    return _inside(spectrum, _named(lines), told, window)


def _places(technique: str, texts: Sequence[str], priors: Places, windows: Windows) -> Places:
    """What is given, and the windows of the public library for lines of which nothing is."""
    bare = [text for text in texts if text not in windows and not any(label in priors for label in members(text))]
    missing = public_windows(technique, dict.fromkeys(label for text in bare for label in members(text)))
    return {**missing, **priors}


def _unplaced(text: str, technique: str) -> str:
    former = text.partition(":")[0] if ":" in text else ""  # a unit of another one is no slip of the pen
    near = nearest(text, [line for line in named_lines(technique) if line.startswith(f"{former}:" if former else "")])
    ways = {"command_line": f"--windows '{text} = LOWER..UPPER'", "recipe": f"windows: {text!r} = [lower, upper]"}
    return (
        f"{text}: has no position and no window in the peak library{near}; give "
        f"{spelled(f'windows={{{text!r}: (lower, upper)}}', **ways)}, or add a claim to your own library"
    )


def _line(
    text: str, places: Places, given: tuple[float, float] | None, offset_sd: float
) -> tuple[Line, list[Note]] | str | None:
    stated = [places[label] for label in members(text) if label in places]
    priors = [place for place in stated if is_prior(place)]
    if given is not None and not given[0] < given[1]:
        return f"windows: {text!r} has {given}; give (lower, upper) with lower < upper"
    if priors:
        prior = pooled(priors)
        reach = PRIOR_REACH * prior.sd + OFFSET_REACH * offset_sd
        lower, upper = given or (prior.mean - reach, prior.mean + reach)
        return Line(text, "", lower, upper, prior), []
    windows = [place for place in stated if is_window(place)]
    window: WindowLike | None = StatedWindow(*given) if given is not None else next(iter(windows), None)
    if window is None:
        return None
    note = Note(
        "no-published-position",
        Severity.INFO,
        f"{text}: no published position in the library; fitted between {window.lower:g} and {window.upper:g} "
        f"({window.reason})",
        "add a claim to the library, or show that the result does not depend on this window",
    )
    return Line(text, "", window.lower, window.upper, None), [note]


def _named(lines: Sequence[Line]) -> list[Line]:
    taken: dict[str, int] = {}
    named = []
    for line in lines:
        name = identifier(line.text)
        taken[name] = taken.get(name, 0) + 1
        named.append(replace(line, name=name if taken[name] == 1 else f"{name}_{taken[name]}"))
    return named


def _inside(
    spectrum: xr.Dataset, lines: list[Line], notes: tuple[Note, ...], window: tuple[float, float] | None
) -> LinePlan:
    axis = axis_of(spectrum)
    low, high = measured_range(spectrum, window)
    unit = spectrum[axis].attrs.get("units", "")
    kept = []
    for line in lines:
        if low <= line.start <= high:
            kept.append(replace(line, lower=max(line.lower, low), upper=min(line.upper, high)))
            continue
        text = (
            f"{line.text}: its line near {line.start:g} {unit} lies outside the fitted {low:g} to {high:g} {unit}; "
            "it was not fitted, so its amount is unknown, not zero"
        )
        notes += (Note("line-outside-window", Severity.WARNING, text, "measure that range, or leave the species out"),)
    if not kept:
        raise BadInput(
            f"no line lies within the fitted {low:g} to {high:g} {unit}: {', '.join(line.text for line in lines)}; "
            "check technique, units and window"
        )
    return LinePlan(tuple(kept), notes)
