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
import structure
from shortrange.edits import NO_EDIT, Edit, cleared, edited, phased
from shortrange.filters import check_material
from shortrange.recipe import ANY_TECHNIQUE, OXYGEN_LINES, Options, line_spelled, stated_options
from shortrange.stepwise._charge import charged
from shortrange.stepwise._fitting import fitted_with_remarks, prepared, prepared_model
from shortrange.stepwise._places import check_labels, published_places
from shortrange.stepwise._positions import axis_of, by_position, model_at
from shortrange.stepwise._published_ranges import published_labels, published_there, ranges_of
from shortrange_core import affine
from shortrange_core.errors import BadInput, Offenders
from shortrange_core.notes import Note, Severity
from shortrange_core.shown_numbers import counted
from shortrange_core.spelling import option
from spectra.spectrum import text_of, with_correlation

Array = npt.NDArray[np.float64]
OF_POSITIONS = ("background_degree", "larmor_frequency", "noise_correlation", "photon_energy", "window")
"""Options that lines at stated positions can use."""
OF_LEVELS = (
    *("charge_sd", "charge_shift", "monochromatic", "reference"),
    *("averaged", "ends", "losses", "static_background"),
)
"""Those that they can use in a region of a core level: what makes it ready, which notes of its fit ask for."""
OF_SHAPES = ("background", "free_doublet", "shape", "shape_values", "sodium", "splitting")
"""Those of the model of such a region."""
OF_INFRARED = ("quantity",)
"""Those that they can use in an infrared spectrum, whose bands may be minima."""
EXAMPLES = {"binding_energy": "O 1s XPS", "raman_shift": "Raman", "wavenumber": "FTIR"}
"""A technique over each axis."""
SURVEY = "XPS"
"""A technique that names no level, of which lines are."""


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
        As for :func:`spectra.read`. Of species, where no technique or one without its level is given, that of the
        file, and a remark says so.
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
        window, the background, the correlation of the noise, and charge reference and shapes of a core level.
    edit
        What is changed by hand in the model, as a recipe states it beside a file.
    strict
        Refuse a file that is odd: every warning of its reader is an error.

    Raises
    ------
    BadInput
        If the file cannot be read, or not exactly one choice of lines is given, or a position lies outside the range.
    """
    ways = {option("species"): bool(species), by_position(): bool(positions), option("find"): find}
    given = [way for way, chosen in ways.items() if chosen]
    if len(given) != 1:
        word = f"{' and '.join(given)} are given" if given else "the positions of lines are not given"
        raise BadInput(f"{word}; give exactly one of {', '.join(ways)}")
    name = spectra.technique_name(technique) if technique and species else technique
    of_file = bool(species) and name in (None, SURVEY)
    given_options = options or {}
    kind = name if name and species else ANY_TECHNIQUE
    chosen = stated_options({} if of_file else given_options, kind, "fit", option)
    if not species:
        _check_positions_alone(chosen, (*OF_POSITIONS, *OF_LEVELS, *OF_SHAPES, *OF_INFRARED))
    larmor_frequency = given_options.get("larmor_frequency")
    spectrum = spectra.read(
        path,
        technique=technique,
        block=block,
        energy=energy,
        laser=laser,
        photon_energy=None if species else chosen.get("photon_energy"),  # of species, ``prepare`` compares it
        larmor_frequency=larmor_frequency,
        strict=strict,
    )
    if spectrum["intensity"].dims == ("time",):
        spectrum = spectra.nmr.transform(spectrum, larmor_frequency=larmor_frequency)
    if species:
        if name is None or name == SURVEY:
            name = _of_file(spectrum, technique)
            chosen = stated_options(given_options, name, "fit", option)
        species = [line_spelled(text, ()) for text in species]
        library = reference_peaks.load(*libraries, over=reference_peaks.load())
        check_material(library, phase=phase)
        check_labels(name, species, library, chosen.get("windows") or ())
        priors = published_places(library, name, species, cation=cation, phase=phase, scale=chosen.get("reference"))
        spectrum = charged(spectrum, path, name, chosen, energy=energy, strict=strict)
        spectrum, model = prepared_model(
            spectrum, name, species, chosen, priors, sodium=cation is None or "Na" in cation, edit=edit
        )
    else:
        spectrum = phased(_as_stated(spectrum, path, chosen, energy=energy, strict=strict), edit)
        window = chosen.get("window")
        if window:
            spectrum = _cut(spectrum, window[0], window[1])
        places = positions or [maximum.position for maximum in spectra.find_maxima(spectrum)]
        model = model_at(spectrum, places, background_degree=chosen.get("background_degree"), **_of_region(chosen))
        spectrum, model = cleared(spectrum, edit), edited(model, edit)
    if not species or name is None:
        return spectra.fit(spectrum, model, restarts=chosen.restarts, check=False)
    fit = fitted_with_remarks(spectrum, model, name, restarts=chosen.restarts)
    asked = {"cation": cation, "phase": phase, "scale": chosen.get("reference")}
    causes = published_there(fit, _ranges(library, name, species, asked), species)
    taken = (_taken(name),) if of_file else ()
    return replace(fit, notes=(*causes, *taken, *fit.notes))


def _of_file(spectrum: xr.Dataset, given: str | None) -> str:
    """The technique that a file states of its spectrum, where none is given or one without its level."""
    stated = text_of(spectrum, "technique")
    if stated in ("", SURVEY):
        lacks = "no technique" if given is None else "a technique without its level"
        way = option("technique", EXAMPLES.get(axis_of(spectrum), "31P NMR"))
        raise BadInput(f"species are given, but {lacks}, and the file states none; give it, such as {way}")
    return stated


def _taken(technique: str) -> Note:
    text = f"the technique stated in the file is used: {technique}"
    return Note("technique-of-file", Severity.INFO, text)


def _ranges(
    library: reference_peaks.Library, technique: str, lines: Sequence[str], asked: Mapping[str, Any]
) -> dict[str, reference_peaks.Window]:
    """Where the library puts what the elements of some lines, beside the cation, allow."""
    if technique not in library.techniques:
        return {}
    elements = set((asked["cation"] or "").split("/"))
    for label in (name for line in lines for name in affine.parse(line).names):
        if ":" in label:
            elements |= set(structure.parse_label(label).atoms)
        elif label in OXYGEN_LINES:
            elements.add("O")
    return ranges_of(library, technique, published_labels(library, technique, elements), asked)


def _as_stated(
    spectrum: xr.Dataset, path: str | os.PathLike[str], chosen: Options, *, energy: str | None, strict: bool
) -> xr.Dataset:
    """The spectrum for lines at positions: bands upwards, its noise and, of a core level, its charge reference."""
    if axis_of(spectrum) == "wavenumber":
        _check_positions_alone(chosen, (*OF_POSITIONS, *OF_INFRARED))
        spectrum = spectra.ftir.upright(spectrum, quantity=chosen.get("quantity"))
    elif chosen.get("quantity"):
        _check_positions_alone(chosen, (*OF_POSITIONS, *OF_LEVELS, *OF_SHAPES))
    technique = text_of(spectrum, "technique")
    if not spectra.xps.level_of(spectrum) or spectra.technique_of(technique) is not spectra.xps.XPS:
        _check_positions_alone(chosen, (*OF_POSITIONS, *OF_INFRARED))
    if not any(name in chosen.given for name in OF_LEVELS):
        return with_correlation(spectrum, chosen.get("noise_correlation"))
    spectrum = charged(spectrum, path, technique, chosen, energy=energy, strict=strict)
    return prepared(spectrum, technique, chosen)


def _of_region(chosen: Options) -> dict[str, Any]:
    """What was stated of the model of a core level."""
    return {name: value for name, value in chosen.given.items() if name in OF_SHAPES}


def _check_positions_alone(chosen: Options, usable: Sequence[str]) -> None:
    """Lines at positions have no model of a technique: its options would be stated for nothing."""
    offenders = Offenders()
    for name in chosen.given:
        if name not in usable:
            level = f", or to a region of a core level; give {option('technique', 'O 1s XPS')} if it is one,"
            whom = level if name in (*OF_LEVELS, *OF_SHAPES) else "; give"
            offenders.add(f"{option(name)}: applies only to species{whom} {option('species')} or leave it out")
    offenders.raise_if_any()


def _cut(spectrum: xr.Dataset, lower: float, upper: float) -> xr.Dataset:
    axis = axis_of(spectrum)
    part = spectrum.sel({axis: slice(lower, upper)})
    if part.sizes[axis] < 10:
        x = spectrum[axis].values
        raise BadInput(
            f"window {lower:g} to {upper:g}: contains {counted(part.sizes[axis], 'point')}; the axis runs from "
            f"{x[0]:g} to {x[-1]:g}"
        )
    return part
