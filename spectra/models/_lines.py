"""Where the lines of a technique are looked for: published priors first, else windows of the library."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import xarray as xr

from shortrange_core.affine import parse
from shortrange_core.errors import BadInput, Offenders
from shortrange_core.notes import Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.spelling import option, spelled
from spectra.models._model import Peak, PriorLike
from spectra.models._places import Given, Places, WindowLike, is_prior, is_window, public_windows
from spectra.spectrum import axis_of, measured_range, text_of

PRIOR_REACH = 6.0
"""A position may leave its prior's mean by six standard deviations: only wrong assignments lie farther."""
OFFSET_REACH = 4.0
"""... and by four standard deviations of the spectrum's referencing offset."""
SAME_WINDOW = 0.8
"""Share of the narrower window that two lines have in common before they can change places."""
Windows = Mapping[str, tuple[float, float]]


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Default(Shown):
    """A Gaussian statement that a technique makes where no claim of the library does; ``source`` is its reason.

    ``common`` is the share of its variance that all lines of a spectrum have in common: lines of one glass are wide
    together, beside what each is by itself. Statements that are alike but for their parameter are then one, correlated
    by that share.

    Raises
    ------
    BadInput
        If the mean is not finite, the sd not above 0, no source is given, or ``common`` is not in 0 to 1.
    """

    mean: float
    sd: float
    source: str
    common: float = 0.0

    def __post_init__(self) -> None:
        offenders = Offenders()
        if not math.isfinite(self.mean):
            offenders.add(f"mean = {self.mean}: must be finite")
        if not self.sd > 0:
            offenders.add(f"sd = {self.sd}: must be above 0; hold the parameter instead where it is known exactly")
        if not self.source.strip():
            offenders.add("source is empty: say who states this, or why it is taken")
        if not 0 <= self.common <= 1:
            offenders.add(f"common = {self.common}: is a share of the variance; give 0 to 1")
        offenders.raise_if_any("statement")


@dataclass(frozen=True, eq=False, slots=True)
class Line(Shown):
    """One line of a plan: what it counts, its identifier, where it may lie, what is published."""

    text: str
    name: str
    lower: float
    upper: float
    prior: PriorLike | None

    @property
    def start(self) -> float:
        """First position of the fit."""
        middle = (self.lower + self.upper) / 2 if self.prior is None else self.prior.mean
        return min(max(middle, self.lower), self.upper)

    @property
    def members(self) -> tuple[str, ...]:
        """Labels that the line counts."""
        return members(self.text)


@dataclass(frozen=True, slots=True)
class Plan(Shown):
    """Lines to fit and what the user must know about them."""

    lines: tuple[Line, ...]
    notes: tuple[Note, ...]


def members(text: str) -> tuple[str, ...]:
    """Labels in an assignment text.

    Examples
    --------
    >>> members("P:S4 + P:S3O")
    ('P:S4', 'P:S3O')
    """
    return parse(text).names if text.strip() else ()


def identifier(text: str) -> str:
    """Name of a peak for a label or an assignment text.

    Examples
    --------
    >>> identifier("P:S4 + P:S3O"), identifier("P:S3/O"), identifier("S 2p")
    ('p_s4_p_s3o', 'p_s3_o', 's_2p')
    """
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return plain if plain[:1].isalpha() else f"line_{plain}".rstrip("_")


def planned(
    spectrum: xr.Dataset,
    species: Sequence[str],
    *,
    technique: str,
    priors: Places | None,
    windows: Windows | None,
    offset_sd: float,
    window: tuple[float, float] | None = None,
) -> Plan:
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
            "line to fit; give one text a line: what it counts, such as 'P:S4' or 'P:S4 + P:S3O'"
        )
    for text in sorted({t for t in texts if texts.count(t) > 1}):
        offenders.add(f"species: {text!r} is given more than once; give every line once")
    for text in windows or {}:
        if text not in texts:
            offenders.add(f"windows: {text!r} is no line of this model; there are {', '.join(texts)}")
    lines, notes = [], []
    places = _places(technique, texts, priors or {}, windows or {})
    for text in texts:
        found = _line(text, places, (windows or {}).get(text), offset_sd)
        if isinstance(found, str):
            offenders.add(found)
        else:
            lines.append(found[0])
            notes.extend(found[1])
    offenders.raise_if_any()
    said = (*notes, *_interchangeable(lines), *_notes_of_scales(spectrum, lines))
    return _inside(spectrum, _named(lines), said, window)


def _notes_of_scales(spectrum: xr.Dataset, lines: Sequence[Line]) -> list[Note]:
    """A note where published positions are on another reference scale than the spectrum says of itself."""
    reference = text_of(spectrum, "reference")
    foreign: dict[str, list[str]] = {}
    for line in lines:
        scale = getattr(line.prior, "scale", "")
        if reference and scale and scale != reference:
            foreign.setdefault(scale, []).append(line.text)
    return [
        Note(
            "prior-on-another-scale",
            Severity.WARNING,
            f"{', '.join(texts)}: published on the scale {scale!r}, the spectrum is on {reference!r}",
            spelled(
                f"ask the library for priors with scale={reference!r}: the doubt of the conversion goes into their sds",
                command_line=f"give {option('reference', reference)}, so that positions are converted",
                recipe=f"give {option('reference', reference)} under the technique, so that positions are converted",
            ),
        )
        for scale, texts in foreign.items()
    ]


def _places(technique: str, texts: Sequence[str], priors: Places, windows: Windows) -> Places:
    """What is given, and the windows of the public library for lines of which nothing is."""
    bare = [text for text in texts if text not in windows and not any(label in priors for label in members(text))]
    missing = public_windows(technique, dict.fromkeys(label for text in bare for label in members(text)))
    return {**missing, **priors}


def _line(
    text: str, places: Places, given: tuple[float, float] | None, offset_sd: float
) -> tuple[Line, list[Note]] | str:
    stated = [places[label] for label in members(text) if label in places]
    known = [place for place in stated if is_prior(place)]
    if given is not None and not given[0] < given[1]:
        return f"windows: {text!r} has {given}; give (lower, upper) with lower < upper"
    if known:
        prior = pooled(known)
        reach = PRIOR_REACH * prior.sd + OFFSET_REACH * offset_sd
        lower, upper = given or (prior.mean - reach, prior.mean + reach)
        return Line(text, "", lower, upper, prior), []
    windows = [place for place in stated if is_window(place)]
    window: WindowLike | None = Given(*given) if given is not None else next(iter(windows), None)
    if window is None:
        ways = {"command_line": f"--windows '{text} = LOWER..UPPER'", "recipe": f"windows: {text!r} = [lower, upper]"}
        return (
            f"{text}: has no position and no window in the peak library; give "
            f"{spelled(f'windows={{{text!r}: (lower, upper)}}', **ways)}, or add a claim to a library of your own"
        )
    note = Note(
        "no-published-position",
        Severity.INFO,
        f"{text}: no published position in the library; fitted between {window.lower:g} and {window.upper:g} "
        f"({window.reason})",
        "add a claim to the library, or show that the result does not hang on this window",
    )
    return Line(text, "", window.lower, window.upper, None), [note]


def pooled(priors: Sequence[PriorLike]) -> PriorLike:
    """One prior for labels that share a line: mean of the means, sd from their sds and their spread.

    Examples
    --------
    >>> both = pooled([Default(82.0, 0.3, "a"), Default(82.8, 0.3, "b")])
    >>> round(both.mean, 2), round(both.sd, 2), both.source
    (82.4, 0.5, 'a; b')
    """
    if len(priors) == 1:
        return priors[0]
    mean = sum(prior.mean for prior in priors) / len(priors)
    variance = sum(prior.sd**2 + (prior.mean - mean) ** 2 for prior in priors) / len(priors)
    return Default(mean, math.sqrt(variance), "; ".join(dict.fromkeys(str(prior.source) for prior in priors)))


def _interchangeable(lines: Sequence[Line]) -> list[Note]:
    """Notes on lines that nothing tells apart: the same published position, or the same window and none published."""
    pairs = itertools.combinations(lines, 2)
    return [interchangeable(one.text, other.text) for one, other in pairs if _alike(one, other)]


def interchangeable(one: str, other: str) -> Note:
    """The note on two lines, by their texts, that nothing tells apart."""
    text = f"{one} and {other} have the same position or window: which line is which is not known"
    remedy = f"fit them as one line, {f'{one} + {other}'!r}, or give {option('windows')} that part them"
    return Note("interchangeable-lines", Severity.WARNING, text, remedy)


def _alike(one: Line, other: Line) -> bool:
    if one.prior is not None and other.prior is not None:
        return abs(one.prior.mean - other.prior.mean) < math.hypot(one.prior.sd, other.prior.sd)
    if one.prior is not None or other.prior is not None:
        return False
    common = min(one.upper, other.upper) - max(one.lower, other.lower)
    return common > SAME_WINDOW * min(one.upper - one.lower, other.upper - other.lower)


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
) -> Plan:
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
            "it was not fitted and its amount is unknown, not zero"
        )
        notes += (Note("line-outside-window", Severity.WARNING, text, "measure that range, or leave the species out"),)
    if not kept:
        raise BadInput(
            f"no line lies inside the fitted {low:g} to {high:g} {unit}: {', '.join(line.text for line in lines)}; "
            "check technique, units and window"
        )
    return Plan(tuple(kept), notes)


def positioned(line: Line, peak: Peak) -> Peak:
    """The peak with its position bounded as planned and tied to what is published."""
    return replace(
        peak,
        parameters=tuple(
            replace(p, value=line.start, lower=line.lower, upper=line.upper, prior=line.prior)
            if p.quantity == "center"
            else p
            for p in peak.parameters
        ),
    )


def tied(peak: Peak, quantity: str, prior: Default, bounds: tuple[float, float], *, start: float | None = None) -> Peak:
    """The peak with a quantity bounded and tied to what is assumed of it; it starts there, or at ``start``."""
    start = min(max(prior.mean if start is None else start, bounds[0]), bounds[1])
    return replace(
        peak,
        parameters=tuple(
            replace(p, value=start, lower=bounds[0], upper=bounds[1], prior=prior) if p.quantity == quantity else p
            for p in peak.parameters
        ),
    )


def widened(default: Default, factor: float) -> Default:
    """The default with its sd times ``factor``."""
    return replace(default, sd=default.sd * factor)
