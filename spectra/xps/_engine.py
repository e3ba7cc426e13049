"""X-ray photoelectron spectroscopy: prepare a region, make its model with doublets, Auger line, surface candidates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, get_args

import xarray as xr

from shortrange_core import BadInput, Note, Severity
from shortrange_core.errors import Offenders
from shortrange_core.options import Option
from shortrange_core.showing import Shown
from shortrange_core.spelling import option, spelled
from spectra.models import (
    Line,
    Model,
    Parameter,
    Peak,
    Places,
    Technique,
    Windows,
    backgrounds,
    named_lines,
    peak,
    planned,
    positioned,
    tied,
    widened,
)
from spectra.spectrum import axis_of, check, measured_range, on_axis, recorded, scalar, text_of
from spectra.xps import _defaults as xps_defaults
from spectra.xps._doublets import image, overlaps, pairs
from spectra.xps._line_shapes import LineShape, line_shape
from spectra.xps._placement import unplaced
from spectra.xps._sources import ENERGY_OF_FILE, source_notes

AXIS = "binding_energy"
OXYGEN = "O 1s"
BackgroundKind = Literal["shirley", "tougaard", "linear", "none"]
BACKGROUNDS = get_args(BackgroundKind)


@dataclass(frozen=True, slots=True)
class Satellite(Shown):
    """A second line of an unmonochromated source: how far below a line its image lies (eV), its share, who says so.

    Raises
    ------
    BadInput
        If the displacement is not above 0, the share not between 0 and 1, or no source is given; all together.
    """

    displacement: float
    share: float
    source: str

    def __post_init__(self) -> None:
        offenders = Offenders()
        offenders.positive("eV", displacement=self.displacement)
        if not 0 < self.share < 1:
            offenders.add(f"share = {self.share}: give a part of the line, above 0 and below 1")
        if not self.source.strip():
            offenders.add("source is empty: say who published the satellite")
        offenders.raise_if_any("satellite")


def prepare(
    spectrum: xr.Dataset,
    *,
    photon_energy: Annotated[float | None, Option("Photon energy of the source.", unit="eV", above=0)] = None,
    monochromatic: Annotated[bool | None, Option("Whether the source is monochromatic.")] = None,
    charge_shift: Annotated[float | None, Option("Energy to add to every binding energy.", unit="eV")] = None,
    charge_sd: Annotated[
        float | None, Option("Standard deviation of the charge reference.", unit="eV", above=0)
    ] = None,
    reference: Annotated[str | None, Option("What the scale is referenced to, such as C 1s 284.8.")] = None,
    window: Annotated[tuple[float, float] | None, Option("Part of the axis to keep and to fit.", unit="eV")] = None,
) -> xr.Dataset:
    """Make a region ready for its model: binding energies with their charge reference, and a known source.

    Parameters
    ----------
    spectrum
        Region over ``binding_energy`` or ``kinetic_energy``.
    photon_energy
        eV; overrides the file. Where neither says it, the region is refused: it is never assumed.
    monochromatic
        Whether the source is; an unmonochromated one adds satellites. What the file says is believed where absent.
    charge_shift
        eV to add to every binding energy, from :func:`spectra.xps.charge_shift` or from the laboratory.
    charge_sd
        Standard deviation in eV of the shift, or of the scale that ``reference`` states; 0.2 where absent.
    reference
        What the binding energies are referenced to, such as ``"C 1s 284.8"``; where the file states another, it is
        refused. A region that carries what that line of its sample says (:func:`spectra.xps.with_charge`; recipes
        and the command line look for it) is moved there; else it says that the scale is a referenced one.
    window
        eV; the part to keep.

    Raises
    ------
    BadInput
        If it is no photoelectron spectrum, the X-ray source is not known, or it states another reference.
    """
    spectrum = check(spectrum)
    energy = scalar(spectrum, "photon_energy", photon_energy)
    if axis_of(spectrum) not in (AXIS, "kinetic_energy"):
        raise BadInput(f"the axis is {axis_of(spectrum)}, not {AXIS}; give a photoelectron spectrum")
    if energy is None:
        raise BadInput(
            "photon_energy: the X-ray source is not known, and Auger lines lie elsewhere with another one; "
            "give photon_energy=1486.6 (Al Ka) or 1253.6 (Mg Ka)"
        )
    if photon_energy is not None and not photon_energy > float(abs(spectrum[axis_of(spectrum)]).max()):
        raise BadInput(
            f"photon_energy = {photon_energy:g}: is in eV and above every energy of the axis; 1.4866 keV is 1486.6"
        )
    result = _to_binding(spectrum, energy)
    of_file = scalar(spectrum, "photon_energy", None)
    if of_file is not None and abs(of_file - energy) > xps_defaults.SOURCE_TOLERANCE:
        result = result.assign_coords({ENERGY_OF_FILE: of_file})
    result = result.assign_coords(photon_energy=energy)
    if monochromatic is not None:
        result = result.assign_coords(monochromatic=bool(monochromatic))
    doubt = xps_defaults.REFERENCED_SD if charge_sd is None else charge_sd
    seen = scalar(spectrum, "charge_found", None) if reference is not None else None
    if charge_shift is not None:
        result = _shifted(result, charge_shift, doubt)
    elif seen is not None:
        result = _shifted(result, seen, math.hypot(doubt, scalar(spectrum, "charge_found_sd", None) or 0.0))
        charge_sd = None  # it stands in the sd of the shift
    if reference is not None:
        result = _on_scale(result, reference, charge_sd)
    if window is not None:
        low, high = measured_range(result, window)
        result = result.sel({AXIS: slice(low, high)})
    return check(result)


def _to_binding(spectrum: xr.Dataset, photon_energy: float) -> xr.Dataset:
    if axis_of(spectrum) == AXIS:
        return spectrum
    binding = (photon_energy - spectrum["kinetic_energy"]).assign_attrs(units="eV")
    moved = spectrum.assign_coords(kinetic_energy=binding).rename(kinetic_energy=AXIS).sortby(AXIS)
    moved[AXIS].attrs["units"] = "eV"
    return recorded(moved, f"kinetic energy converted to binding energy with {photon_energy:g} eV")


def _shifted(spectrum: xr.Dataset, shift: float, sd: float) -> xr.Dataset:
    if not (math.isfinite(shift) and sd > 0):
        raise BadInput(f"charge_shift = {shift}, charge_sd = {sd}: give a finite shift in eV with a positive sd")
    if abs(shift) > xps_defaults.LARGEST_SHIFT:
        raise BadInput(
            f"charge_shift = {shift:g}: is what is added to the binding energies, in eV, not where C 1s ought to be; "
            "spectra.charge.charge_shift finds it"
        )
    if "charge_shift" in spectrum.coords:
        raise BadInput("charge_shift: the region was shifted before; start from the measured one")
    moved = spectrum.assign_coords({AXIS: spectrum[AXIS] + shift}).assign_coords(charge_shift=shift, charge_sd=sd)
    moved[AXIS].attrs["units"] = "eV"
    return recorded(moved, f"binding energies shifted by {shift:+.3f} +- {sd:.3f} eV")


def _on_scale(spectrum: xr.Dataset, reference: str, sd: float | None) -> xr.Dataset:
    """The region with its scale stated, and what is uncertain of it where that is given."""
    before = text_of(spectrum, "reference")
    if not reference.strip() or (before and before != reference):
        problem = f"the region is on the scale {before!r}" if before else "no scale is named"
        raise BadInput(
            f"reference = {reference!r}: {problem}; name the scale that it is on, such as 'C 1s 284.8', or move it "
            "there with charge_shift= first"
        )
    if sd is not None and not (math.isfinite(sd) and sd > 0):
        raise BadInput(f"charge_sd = {sd}: is the standard deviation of the scale in eV, above 0")
    stated = spectrum.assign_coords(reference=reference)
    return stated if sd is None else stated.assign_coords(charge_sd=sd)


def model(
    spectrum: xr.Dataset,
    species: Sequence[str],
    *,
    priors: Places | None = None,
    windows: Annotated[Windows | None, Option("Where a line is looked for, by line.", unit="eV")] = None,
    window: Annotated[tuple[float, float] | None, Option("Part of the axis to keep and to fit.", unit="eV")] = None,
    offset_sd: Annotated[
        float | None, Option("Standard deviation of the charge reference.", unit="eV", at_least=0)
    ] = None,
    background: Annotated[
        BackgroundKind | Sequence[backgrounds.Background], Option("Background under the lines.", words=BACKGROUNDS)
    ] = "shirley",
    sodium: Annotated[bool, Option("Put the Na KL1L23 Auger line where it reaches the range.")] = True,
    surface: Annotated[Sequence[str], Option("Lines of the surface, which count for nothing.")] = (),
    satellites: Sequence[Satellite] = (),
    background_degree: Annotated[
        int | None, Option("Degree of the polynomial part of the background.", at_least=0, at_most=8)
    ] = None,
    widen: Annotated[float, Option("Factor on the sds of the technique's own priors.", above=0)] = 1.0,
    splitting: Annotated[float | None, Option("Splitting of a doublet.", unit="eV", above=0)] = None,
    free_doublet: Annotated[Sequence[str], Option("What of a doublet is free: splitting, ratio, fwhm.")] = (),
    elements: Annotated[Sequence[str], Option("Elements of the sample, for lines that lie in the region.")] = (),
    shape: Annotated[str, Option("Line shape, by the trade's names too, such as GL(30).")] = "pseudo_voigt",
    shape_values: Annotated[Mapping[str, float] | None, Option("Fixed quantities of the shape, by name.")] = None,
) -> Model:
    """Lines of a region: one a species (a doublet where spin and orbit split it), surface candidates, the Auger line.

    Parameters
    ----------
    spectrum
        As :func:`prepare` gives it; its technique, such as ``"O 1s XPS"``, names the level.
    species
        One text a line: for O 1s ``"BO"``, ``"NBO"``, ``"oxide"``; else labels or names.
    priors
        Published binding energies by label; they act relative to the charge-referencing offset.
    windows
        (lower, upper) in eV by line text, over the level's defaults.
    window
        Part of the axis to fit, eV.
    offset_sd
        Uncertainty of the charge reference in eV; that of :func:`prepare`, 0.2 where the region states its reference,
        or 1 where nothing was referenced.
    background
        ``"shirley"`` or ``"tougaard"``: computed from the model's own peaks, on a straight line; ``"linear"``: a
        straight line alone; ``"none"`` after :func:`spectra.xps.subtract_background`. Or parts of your own, such as
        ``[backgrounds.tougaard(c=..., c_prime=-1.0, d=...), backgrounds.constant()]`` (U3 Tougaard).
    sodium
        Put the Na KL1L23 Auger line under O 1s where the photon energy puts it into the range.
    surface
        Candidates on the surface (carbonate, sulfate, hydroxide, organic ...): they count for nothing.
    satellites
        Of an unmonochromated source, with who published them: none is built in.
    background_degree
        Degree of the polynomial part of the background; 1 where absent.
    widen
        Factor on the sds of the technique's own priors of widths.
    splitting
        eV between the two lines of a doublet, over the table of levels (:func:`spectra.xps.levels`).
    free_doublet
        What is fitted of doublets: ``"splitting"`` (within 3 sd of the table), ``"ratio"`` (within a fifth of that of
        the numbers of states), ``"fwhm"`` (second lines have a width of their own).
    elements
        Symbols of what the sample may hold: their levels and sodium Auger lines inside the region are said.
    shape
        Of the core lines: a name of :data:`spectra.shapes.SHAPES` or of CasaXPS (``"GL(30)"``, ``"SGL"``,
        ``"LA(1.2, 5, 0)"``, ``"LF"``, ``"Voigt"``, ``"DS"``, ``"DST"``), see :func:`spectra.xps.line_shape`.
    shape_values
        Quantities of the shape that are held, such as ``{"alpha": 0.85, "beta": 2.0}``.

    Raises
    ------
    BadInput
        If the source is not known, a species has neither prior nor window, or no line lies in the window.
    """
    spectrum = on_axis(spectrum, AXIS, "a photoelectron spectrum")
    level = level_of(spectrum)
    energy = scalar(spectrum, "photon_energy", None)
    if energy is None and sodium:
        raise BadInput(
            "photon_energy: is not known, so neither is the place of the sodium Auger lines; "
            "xps.prepare(spectrum, photon_energy=...) first, or say sodium=False"
        )
    sd = offset_sd_of(spectrum) if offset_sd is None else offset_sd
    plan = planned(
        spectrum,
        (*species, *surface),
        technique=f"{level} XPS",
        priors=priors,
        windows=windows,
        offset_sd=sd,
        window=window,
    )
    ends, kind = measured_range(spectrum, window), line_shape(shape, shape_values)
    lines = [
        _core(line, level, line.text in surface or line.text in xps_defaults.SURFACE, widen, kind)
        for line in plan.lines
    ]
    second = pairs(plan.lines, level, kind, splitting=splitting, free=free_doublet)
    ghosts, ghost_links = _satellites((*lines, *second.peaks), satellites, kind)
    auger = [_auger(energy, widen)] if energy and sodium and _auger_inside(energy, level, ends) else []
    return Model(
        text_of(spectrum, "technique"),
        AXIS,
        (*lines, *second.peaks, *ghosts, *auger),
        background=_background(background, 1 if background_degree is None else background_degree),
        links=(*second.links, *ghost_links),
        constraints=(*second.constraints, *_order(plan.lines, level)),
        offset_sd=sd,
        window=None if window is None else ends,
        notes=(
            *plan.notes,
            *second.notes,
            *_approximate(kind),
            *_notes(spectrum, level, energy, ends if auger else None),
            *unplaced(spectrum, AXIS, ends, (*lines, *auger)),
            *overlaps(level, ends, elements, energy, bool(auger)),
        ),
    )


def level_of(spectrum: xr.Dataset) -> str:
    """Core level that the technique names: ``"O 1s"`` of ``"O 1s XPS"``; empty where there is none."""
    return text_of(spectrum, "technique").removesuffix("XPS").strip()


def offset_sd_of(spectrum: xr.Dataset) -> float:
    """Uncertainty of the charge reference in eV that a region states, or 0.2 of a reference, or 1 without any."""
    known = scalar(spectrum, "charge_sd", None)
    if known is not None:
        return known
    return xps_defaults.REFERENCED_SD if text_of(spectrum, "reference") else xps_defaults.UNREFERENCED_SD


def _background(
    kind: BackgroundKind | Sequence[backgrounds.Background], degree: int
) -> tuple[backgrounds.Background, ...]:
    if not isinstance(kind, str):
        return tuple(kind)
    active = {"shirley": (backgrounds.shirley(),), "tougaard": (backgrounds.tougaard(),), "linear": ()}
    if kind == "none":
        return ()
    if kind not in active:
        raise BadInput(f"background {kind!r}: is not known; give one of {', '.join((*active, 'none'))}")
    return (backgrounds.polynomial(degree), *active[kind])


def _core(line: Line, level: str, counts_nothing: bool, widen: float, kind: LineShape) -> Peak:
    width = widened(xps_defaults.FWHM.get(level, xps_defaults.FWHM_OTHER), widen)
    quantities: dict[str, Any] = {"center": line.start, kind.width: width.mean}
    if "fraction" in kind.shape.quantities:
        quantities["fraction"] = (0.25, *xps_defaults.FRACTION_BOUNDS)
    further = set(kind.shape.quantities) - {kind.width}
    quantities |= {name: start for name, start in xps_defaults.FURTHER_WIDTHS.items() if name in further}
    made = peak(line.name, quantities, shape=kind.shape.name, assignment="" if counts_nothing else line.text)
    least, most = xps_defaults.FWHM_BOUNDS
    ends = (least if kind.width == "fwhm" else xps_defaults.LEAST_GAUSSIAN, most)
    made = tied(positioned(line, made), kind.width, width, ends)
    return replace(made, parameters=tuple(_held(parameter, kind) for parameter in made.parameters))


def _approximate(kind: LineShape) -> tuple[Note, ...]:
    """That a number of CasaXPS's has no public scale."""
    if not kind.approximate:
        return ()
    text = f"{kind.approximate}: CasaXPS's scale is not public, so this is fitted and the number does not count"
    remedy = f"give {option('shape_values')} in eV where you know them"
    return (Note("shape-approximate", Severity.INFO, text, remedy),)


def _held(parameter: Parameter, kind: LineShape) -> Parameter:
    value = kind.held.get(parameter.quantity)
    if value is None:
        return parameter
    low, high = min(parameter.lower, value), max(parameter.upper, value)
    return replace(parameter, value=value, lower=low, upper=high, prior=None, vary=False)


def _order(lines: Sequence[Line], level: str) -> tuple[str, ...]:
    """Bridging oxygen lies above non-bridging oxygen."""
    names = {line.text: line.name for line in lines}
    if level != OXYGEN or not {"BO", "NBO"} <= set(names):
        return ()
    return (f"{names['BO']}_center - {names['NBO']}_center >= {xps_defaults.LEAST_SEPARATION:g}",)


def _satellites(
    peaks: Sequence[Peak], satellites: Sequence[Satellite], kind: LineShape
) -> tuple[list[Peak], tuple[str, ...]]:
    """Weak images of every line at lower binding energy, linked to it in everything."""
    made, links = [], []
    for line in peaks:
        for number, satellite in enumerate(satellites, start=1):
            name = f"{line.name}_satellite{number}"
            made.append(image(name, kind.shape, 0.0))
            links += [
                f"{name}_area = {satellite.share:.6g}*{line.name}_area",
                f"{name}_center = {line.name}_center - {satellite.displacement:.6g}",
                *(f"{name}_{quantity} = {line.name}_{quantity}" for quantity in kind.shape.quantities[1:]),
            ]
    return made, tuple(links)


def auger_binding_energy(photon_energy: float, line: str = "KL1L23") -> float:
    """Apparent binding energy (eV) at which a sodium Auger line shows.

    Examples
    --------
    >>> round(auger_binding_energy(1486.6), 1), round(auger_binding_energy(1486.6, "KL23L23"), 1)
    (535.6, 497.6)
    """
    return photon_energy - xps_defaults.AUGER_KINETIC[line]


def _auger_inside(photon_energy: float, level: str, ends: tuple[float, float]) -> bool:
    """Whether the line, or a flank of it, lies in the range: what it covers of a cut range would count as BO."""
    reach = xps_defaults.AUGER_REACH * xps_defaults.AUGER_FWHM.mean
    center = auger_binding_energy(photon_energy)
    return level == OXYGEN and ends[0] < center + reach and center - reach < ends[1]


def _auger_cut(photon_energy: float, ends: tuple[float, float]) -> bool:
    """Whether the range ends on the line, so that its flank alone says how much of it lies under BO."""
    center, half = auger_binding_energy(photon_energy), xps_defaults.AUGER_FWHM.mean
    return not ends[0] <= center - half < center + half <= ends[1]


def _auger(photon_energy: float, widen: float) -> Peak:
    center = auger_binding_energy(photon_energy)
    half = xps_defaults.AUGER_HALF_WINDOW
    width = widened(xps_defaults.AUGER_FWHM, widen)
    quantities: dict[str, Any] = {"center": (center, center - half, center + half), "fwhm": width.mean}
    return tied(peak(xps_defaults.AUGER_PEAK, quantities), "fwhm", width, xps_defaults.AUGER_FWHM_BOUNDS)


def _notes(
    spectrum: xr.Dataset, level: str, energy: float | None, under_auger: tuple[float, float] | None
) -> tuple[Note, ...]:
    notes = []
    found, moved = scalar(spectrum, "charge_found", None), scalar(spectrum, "charge_shift", None)
    if found is not None and found == moved:
        doubt = scalar(spectrum, "charge_sd", None)
        text = (
            f"binding energies were moved by {found:+.2f} +- {doubt:.2f} eV: the reference line of the sample says so"
        )
        notes.append(Note("charge-from-line", Severity.INFO, text, f"state {option('charge_shift')} to have another"))
    if "charge_shift" not in spectrum.coords and not text_of(spectrum, "reference"):
        text = "binding energies are not charge-referenced here; C 1s moves by up to 1 eV and more"
        notes.append(
            Note(
                "charge-unreferenced",
                Severity.WARNING,
                text,
                f"give {option('charge_shift')} (eV), or {option('reference')} if they are",
            )
        )
    if energy is not None and under_auger is not None:
        text = (
            f"the sodium KL1L23 Auger line lies under O 1s, near {auger_binding_energy(energy):.1f} eV; its area is "
            "free and takes from BO what it is given"
        )
        remedy = "tie it to Na KL23L23 by the ratio measured on the oxygen-free glass" + spelled(
            " (spectra.xps.tied_to_partner)", command_line="", recipe=""
        )
        notes.append(Note("auger-under-o1s", Severity.INFO, text, remedy))
        if _auger_cut(energy, under_auger):
            text = (
                f"the range ends at {under_auger[1]:.1f} eV on the sodium Auger line near "
                f"{auger_binding_energy(energy):.1f} eV: the flank that is left says little of what lies under BO"
            )
            remedy = f"measure up to {auger_binding_energy(energy) + xps_defaults.AUGER_FWHM.mean:.0f} eV and more"
            notes.append(Note("auger-cut-off", Severity.WARNING, text, remedy))
    if energy is not None and _straddles_carbon(energy) and level == "C 1s":
        text = f"with photons of {energy:g} eV sodium Auger lines straddle C 1s: the charge reference may be wrong"
        notes.append(Note("auger-near-c1s", Severity.WARNING, text, "reference to another line"))
    notes += source_notes(spectrum, energy)
    if level == OXYGEN:
        text = (
            "carbonate, hydroxide and sulfate of the surface fall on BO and NBO; they weigh most where oxygen is a "
            "minor component (2 to 8 at% in Na3PS4-xOx)"
        )
        notes.append(Note("surface-oxygen", Severity.INFO, text, "compare O/P with the composition before O 1s counts"))
    return tuple(notes)


def _straddles_carbon(energy: float) -> bool:
    lines = [energy - kinetic for kinetic in xps_defaults.AUGER_KINETIC.values()]
    return min(lines) < xps_defaults.C_1S_REFERENCE < max(lines) and min(abs(b - 284.8) for b in lines) < 25


def _bands(technique: str) -> frozenset[str]:
    """Lines of a core level that the peak library places, and those of surfaces."""
    return named_lines(technique) | set(xps_defaults.SURFACE)


XPS = Technique("XPS", AXIS, prepare, model, _bands)
