"""One spectrum on its own: lines by species of the library, at stated positions, or wherever there are maxima."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

import reference_peaks
import spectra
from shortrange.edits import NO_EDIT, Edit, cleared, edited, phased
from shortrange.recipe import ANY_TECHNIQUE, Options, line_spelled, stated_options
from shortrange.stepwise._charge import charged
from shortrange.stepwise._fitting import prepared_model
from shortrange.stepwise._places import check_labels, published_places
from shortrange_core.errors import BadInput, Offenders
from shortrange_core.labels import tokens
from shortrange_core.shown_numbers import counted
from shortrange_core.spelling import option, spelled
from spectra.spectrum import text_of

Array = npt.NDArray[np.float64]
BACKGROUND_DEGREE = 3
OF_POSITIONS = ("background_degree", "larmor_frequency", "photon_energy", "window")
"""Options that lines at stated positions can use."""
WIDEST_SHARE = 0.5
LEAST_DEPTH = 4.0  # a flank falls or rises by four standard deviations of the noise, or it is none,
LEAST_SHARE = 0.02  # ... and by this share of the intensities, as maxima do that are searched for
MOVES_BY_WIDTH = 0.5  # a line may move by half its width at half maximum, as the spectrum shows it
MOVES_BY_POINTS = 3  # ... and by three points at least: a position is stated to a few of them


def fit_file(
    path: str | os.PathLike[str],
    *,
    technique: str | None = None,
    block: str | None = None,
    species: Sequence[str] = (),
    positions: Sequence[float] = (),
    find: bool = False,
    cation: str | None = None,
    phase: str | None = None,
    energy: str | None = None,
    laser: float | None = None,
    libraries: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
    edit: Edit = NO_EDIT,
    strict: bool = False,
) -> spectra.Fit:
    """Read and fit one spectrum; exactly one of ``species``, ``positions`` and ``find`` says which lines.

    Parameters
    ----------
    path
        Instrument file or folder.
    technique, block
        As for :func:`spectra.read`.
    species
        Line texts such as ``"P:S4 + P:S3O"``; positions get the priors of the peak library.
    positions
        Positions in the unit of the axis; each line may move by half its width, as the spectrum shows it,
        or by three points where that is more, and never beyond the middle to its neighbour.
    find
        Put a line at every local maximum.
    cation, phase
        What the library's claims must be about; None takes any, ``"glass/amorphous"`` either.
    libraries
        Folders of private peak libraries, laid over the public one.
    energy
        ``"kinetic"`` or ``"binding"``, where an axis in eV is one and the file does not say which.
    laser
        nm, where a Raman axis is in nm and the file does not say it.
    options
        Options of the technique by key, as a recipe's table states them; of lines at positions those of the file, the
        window and the background.
    edit
        What is changed by hand in the model, as a recipe states it beside a file.
    strict
        Refuse a file that is odd: every warning of its reader is an error.

    Raises
    ------
    BadInput
        If the file cannot be read, or not exactly one choice of lines is given, or a position lies outside the range.
    """
    ways = {option("species"): bool(species), _by_position(): bool(positions), option("find"): find}
    given = [way for way, chosen in ways.items() if chosen]
    if len(given) != 1:
        said = f"{' and '.join(given)} are given" if given else "nothing says where lines are"
        raise BadInput(f"{said}; give exactly one of {', '.join(ways)}")
    name = spectra.technique_name(technique) if technique and species else technique
    chosen = stated_options(options or {}, name or ANY_TECHNIQUE if species else ANY_TECHNIQUE, "fit", option)
    if not species:
        _check_positions_alone(chosen)
    spectrum = spectra.read(
        path,
        technique=technique,
        block=block,
        energy=energy,
        laser=laser,
        photon_energy=chosen.get("photon_energy"),
        larmor_frequency=chosen.get("larmor_frequency"),
        strict=strict,
    )
    if spectrum["intensity"].dims == ("time",):
        spectrum = spectra.nmr.transform(spectrum, larmor_frequency=chosen.get("larmor_frequency"))
    if species:
        if technique is None:
            said = text_of(spectrum, "technique") or "31P NMR"
            raise BadInput(f"species are given, but no technique; give it, such as {option('technique', said)}")
        species = [line_spelled(text, ()) for text in species]
        library = reference_peaks.load(*libraries, over=reference_peaks.load())
        check_labels(technique, species, library)
        priors = published_places(
            library, technique, species, cation=cation, phase=phase, scale=chosen.get("reference")
        )
        spectrum = charged(spectrum, path, name or technique, chosen, energy=energy)
        spectrum, model = prepared_model(
            spectrum, technique, species, chosen, priors, sodium=cation is None or "Na" in cation, edit=edit
        )
    else:
        spectrum = phased(spectrum, edit)
        window = chosen.get("window")
        if window:
            spectrum = _cut(spectrum, window[0], window[1])
        places = positions or [found.position for found in spectra.find_maxima(spectrum)]
        model = model_at(spectrum, places, background_degree=chosen.get("background_degree"))
        spectrum, model = cleared(spectrum, edit), edited(model, edit)
    fit = spectra.fit(spectrum, model, restarts=chosen.restarts, check=False)
    if not species or technique is None:
        return fit
    return replace(fit, notes=(*fit.notes, *spectra.technique_of(technique).remarks(fit)))


def _by_position() -> str:
    return spelled(option("positions"), command_line="--peaks", recipe="positions")


def _check_positions_alone(chosen: Options) -> None:
    """Lines at positions have no model of a technique: its options would be stated for nothing."""
    offenders = Offenders()
    for name in chosen.given:
        if name not in OF_POSITIONS:
            offenders.add(f"{option(name)}: belongs to the model of species; give {option('species')} or leave it out")
    offenders.raise_if_any()


def _axis(spectrum: xr.Dataset) -> str:
    return next(str(dim) for dim in spectrum["intensity"].dims if dim in spectra.AXES)


def _cut(spectrum: xr.Dataset, lower: float, upper: float) -> xr.Dataset:
    axis = _axis(spectrum)
    part = spectrum.sel({axis: slice(lower, upper)})
    if part.sizes[axis] < 10:
        x = spectrum[axis].values
        raise BadInput(
            f"window {lower:g} to {upper:g}: holds {counted(part.sizes[axis], 'point')}; the axis runs from "
            f"{x[0]:g} to {x[-1]:g}"
        )
    return part


def model_at(
    spectrum: xr.Dataset, positions: Sequence[float], *, background_degree: int | None = None
) -> spectra.Model:
    """Pseudo-Voigt lines at stated positions over a polynomial background; of a core level as doublets over Shirley's.

    Parameters
    ----------
    spectrum
        One labelled spectrum.
    positions
        Positions in the unit of the axis.
    background_degree
        Degree of the polynomial; 3 where absent, 1 of a core level.

    Raises
    ------
    BadInput
        If there is no position, one repeats, or one lies outside the axis; all together.
    """
    axis = _axis(spectrum)
    x = np.asarray(spectrum[axis].values, dtype=float)
    places = np.sort(np.asarray(list(positions), dtype=float))
    reach = float(x[-1] - x[0])
    unit = spectra.AXES[axis]
    outside = [f"{p:g}" for p in places if not x[0] < p < x[-1]]
    if outside:
        raise BadInput(f"{_by_position()} {', '.join(outside)}: lie outside the range {x[0]:g} to {x[-1]:g} {unit}")
    if places.size == 0:
        raise BadInput(f"no line: no position is given, no maximum stands out of the noise; give {_by_position()}")
    if np.any(np.diff(places) <= 0):
        raise BadInput(f"{_by_position()}: a position repeats; give each line once")
    step = reach / (x.size - 1)
    gaps = np.diff(np.concatenate([[-np.inf], places, [np.inf]]))
    y = np.asarray(spectrum["intensity"].values, dtype=float)
    windows, widths = [], []
    for number, place in enumerate(places):
        seen = width_at(x, y, float(place))
        free = max(MOVES_BY_WIDTH * seen, MOVES_BY_POINTS * step)
        room = min(free, float(gaps[number]) / 2, float(gaps[number + 1]) / 2)
        windows.append((float(place), max(float(place) - room, float(x[0])), min(float(place) + room, float(x[-1]))))
        widths.append((min(max(seen, 3 * step), WIDEST_SHARE * reach), step, WIDEST_SHARE * reach))
    if axis == spectra.xps.XPS.axis and spectra.xps.level_of(spectrum):
        return _core_level(spectrum, windows, background_degree)
    peaks = [
        spectra.peak(f"line{number}", {"center": window, "fwhm": width})
        for number, (window, width) in enumerate(zip(windows, widths, strict=True), start=1)
    ]
    degree = BACKGROUND_DEGREE if background_degree is None else background_degree
    said = str(spectrum.coords["technique"].item()) if "technique" in spectrum.coords else ""
    return spectra.Model(said, axis, tuple(peaks), background=(spectra.backgrounds.polynomial(degree),))


def _core_level(
    spectrum: xr.Dataset, windows: Sequence[tuple[float, float, float]], degree: int | None
) -> spectra.Model:
    """Lines at positions of a core level: doublets over Shirley's background, which count nothing."""
    ends = {f"line{number}": window[1:] for number, window in enumerate(windows, start=1)}
    made = spectra.xps.model(spectrum, (), surface=tuple(ends), windows=ends, sodium=False, background_degree=degree)
    return replace(made, notes=tuple(note for note in made.notes if note.code != "no-published-position"))


def width_at(x: Array, y: Array, place: float) -> float:
    """Full width at half maximum of the line nearest to a position, as the intensities show it; 0 where there is none.

    From the highest point within three points of the position down to the valley on either side; of a shoulder, whose
    one flank rises, twice the other half. It does not depend on the range around the line.

    Parameters
    ----------
    x, y
        m positions, ascending, and intensities.
    place
        Position, unit of the axis.

    Examples
    --------
    >>> x = np.linspace(0.0, 100.0, 501)
    >>> line = np.exp(-4 * np.log(2) * ((x - 40.0) / 8.0) ** 2)
    >>> round(width_at(x, 1 + line, 41.0)), round(width_at(x[150:260], 1 + line[150:260], 39.6))
    (8, 8)
    """
    smooth = np.convolve(np.pad(y, 1, mode="edge"), np.full(3, 1 / 3), mode="valid")
    near = int(np.argmin(np.abs(x - place)))
    first = max(near - MOVES_BY_POINTS, 0)
    top = first + int(np.argmax(smooth[first : near + MOVES_BY_POINTS + 1]))
    ripple = max(LEAST_DEPTH * spectra.estimate_noise(y), LEAST_SHARE * float(np.ptp(y)))
    valleys = [_valley(flank, ripple) for flank in (smooth[top::-1], smooth[top:])]
    depth = max(float(smooth[top] - smooth[top + side * at]) for side, at in zip((-1, 1), valleys, strict=True))
    halves = []
    for side, at in zip((-1, 1), valleys, strict=True):
        below = np.flatnonzero(smooth[top : top + side * (at + 1) or None : side] < smooth[top] - depth / 2)
        if below.size:
            halves.append(abs(float(x[top + side * int(below[0])] - x[top])))
    return 2 * sum(halves) / len(halves) if halves and depth > ripple else 0.0


def _valley(flank: Array, ripple: float) -> int:
    """Steps from the first of some intensities to where they have fallen and rise again by more than a ripple."""
    rising = np.flatnonzero(flank - np.minimum.accumulate(flank) > ripple)
    return int(np.argmin(flank[: int(rising[0]) if rising.size else flank.size]))


def line_texts(text: str) -> tuple[str, ...]:
    """Line texts of an option: parts between commas or semicolons.

    Examples
    --------
    >>> line_texts("P:S4 + P:S3O, P:O4")
    ('P:S4 + P:S3O', 'P:O4')
    """
    return tokens(text)


def window_table(text: str) -> dict[str, list[float]]:
    """Windows of an option, ``label = lower..upper`` between commas.

    Raises
    ------
    BadInput
        If a part is not of that form; all of them are named.

    Examples
    --------
    >>> window_table("P:S3/S = 90..96, P:S3/O=69.5..75.5")
    {'P:S3/S': [90.0, 96.0], 'P:S3/O': [69.5, 75.5]}
    """
    found, bad = {}, []
    for part in tokens(text):
        label, _, ends = part.rpartition("=")
        try:
            lower, upper = (float(end) for end in ends.split(".."))
        except ValueError:
            bad.append(repr(part))
            continue
        found[label.strip()] = [lower, upper]
    if bad:
        raise BadInput(f"windows {', '.join(bad)}: write 'P:S3/S = 90..96', several between commas")
    return found


def position_list(text: str) -> tuple[float, ...]:
    """Numbers of an option between commas.

    Raises
    ------
    BadInput
        If a part is no number; all of them are named.

    Examples
    --------
    >>> position_list("792.5,948.9")
    (792.5, 948.9)
    """
    parts, bad = [], []
    for part in tokens(text):
        try:
            parts.append(float(part))
        except ValueError:
            bad.append(repr(part))
    if bad:
        raise BadInput(f"positions {', '.join(bad)}: are no numbers; write 792.5,948.9")
    return tuple(parts)
