"""X-ray photoelectron spectroscopy: prepare a region, make its model with doublets, Auger line, surface candidates."""

from __future__ import annotations

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
    Widen,
    Windows,
    backgrounds,
    peak,
    planned,
    positioned,
    tied,
    widened,
)
from spectra.spectrum import measured_range, on_axis, scalar, text_of
from spectra.xps import _defaults as xps_defaults
from spectra.xps._auger_lines import auger_inside, auger_line
from spectra.xps._doublets import image, overlaps, pairs, satellite_name
from spectra.xps._line_shapes import LineShape, line_shape
from spectra.xps._model_notes import notes_of_model, symbols
from spectra.xps._placement import unplaced
from spectra.xps._prepared import AXIS, OXYGEN, level_of, offset_sd_of

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
            offenders.add(f"share = {self.share}: give a fraction of the line, above 0 and below 1")
        if not self.source.strip():
            offenders.add("source is empty: state who published the satellite")
        offenders.raise_if_any("satellite")


def model(
    spectrum: xr.Dataset,
    species: Sequence[str],
    *,
    priors: Places | None = None,
    windows: Annotated[Windows | None, Option("Range in which a line is fitted, by line.", unit="eV")] = None,
    window: Annotated[tuple[float, float] | None, Option("Range of the axis to keep and fit.", unit="eV")] = None,
    offset_sd: Annotated[
        float | None, Option("Standard deviation of the charge reference.", unit="eV", at_least=0)
    ] = None,
    background: Annotated[
        BackgroundKind | Sequence[backgrounds.Background] | None,
        Option("Background inside the fit; shirley, or none after a static one.", words=BACKGROUNDS),
    ] = None,
    sodium: Annotated[bool, Option("Add the Na KL1L23 Auger line if it reaches the range.")] = True,
    surface: Annotated[Sequence[str], Option("Lines of the surface, not assigned to any unit.")] = (),
    satellites: Sequence[Satellite] = (),
    background_degree: Annotated[
        int | None, Option("Degree of the polynomial part of the background.", at_least=0, at_most=8)
    ] = None,
    widen: Widen = 1.0,
    splitting: Annotated[float | None, Option("Splitting of a doublet.", unit="eV", above=0)] = None,
    free_doublet: Annotated[Sequence[str], Option("Free quantities of a doublet: splitting, ratio, fwhm.")] = (),
    elements: Annotated[Sequence[str], Option("Elements of the sample, to check for other lines in the region.")] = (),
    shape: Annotated[
        str | None, Option("Line shape, also by its usual name, such as GL(30); pseudo_voigt by default.")
    ] = None,
    shape_values: Annotated[Mapping[str, float] | None, Option("Fixed parameters of the shape, by name.")] = None,
) -> Model:
    """Model of a region: one line per species (a doublet for p, d and f levels), surface candidates, Auger line.

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
        straight line alone; ``"none"``. ``"shirley"`` where absent, ``"none"`` after a static background
        (:func:`spectra.xps.subtract_background`). Or parts of your own, such as
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
        Symbols of what the sample may hold: their levels and Auger lines inside the region are said, and remarks on
        O 1s speak of the network formers among them.
    shape
        Of the core lines: a name of :data:`spectra.shapes.SHAPES` or of CasaXPS (``"GL(30)"``, ``"SGL"``,
        ``"LA(1.2, 5, 0)"``, ``"LF"``, ``"Voigt"``, ``"DS"``, ``"DST"``), see :func:`spectra.xps.line_shape`. Where it
        and ``shape_values`` are absent, ``"pseudo_voigt"``, and ranges of areas go over other symmetric shapes too
        (:func:`spectra.xps.area_ranges`); a shape that is stated is believed.
    shape_values
        Quantities of the shape that are held, such as ``{"alpha": 0.85, "beta": 2.0}``.

    Raises
    ------
    BadInput
        If the source is not known, an element is none, a species has neither prior nor window, or no line lies in the
        window.
    """
    spectrum = on_axis(spectrum, AXIS, "a photoelectron spectrum")
    level, elements = level_of(spectrum), symbols(elements)
    energy = scalar(spectrum, "photon_energy", None)
    if energy is None and sodium:
        raise BadInput(_no_source())
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
    ends, kind = measured_range(spectrum, window), line_shape(shape or xps_defaults.SHAPE, shape_values)
    lines = [
        _core(line, level, line.text in surface or line.text in xps_defaults.SURFACE, widen, kind)
        for line in plan.lines
    ]
    second = pairs(plan.lines, level, kind, splitting=splitting, free=free_doublet)
    ghosts, ghost_links = _satellites((*lines, *second.peaks), satellites, kind)
    assumed = shape is None and not shape_values
    core = (replace(line, shape_assumed=assumed) for line in (*lines, *second.peaks, *ghosts))
    auger = [auger_line(energy, widen, sd)] if energy and sodium and auger_inside(energy, level, ends) else []
    return Model(
        text_of(spectrum, "technique"),
        AXIS,
        (*core, *auger),
        background=_background(_kind(spectrum, background), 1 if background_degree is None else background_degree),
        links=(*second.links, *ghost_links),
        constraints=(*second.constraints, *_order(plan.lines, level)),
        offset_sd=sd,
        window=None if window is None else ends,
        notes=(
            *plan.notes,
            *second.notes,
            *_approximate(kind),
            *notes_of_model(
                spectrum, level, energy, ends if auger else None, satellites=bool(satellites), elements=elements
            ),
            *unplaced(spectrum, AXIS, ends, (*lines, *auger)),
            *overlaps(
                level, ends, elements, energy, in_model=bool(auger), images=[one.displacement for one in satellites]
            ),
        ),
        elements=elements,
    )


def _no_source() -> str:
    way = spelled(
        "xps.prepare(spectrum, photon_energy=...) first, or give sodium=False",
        command_line="give --photon-energy, or --no-sodium",
        recipe="give photon_energy, or sodium = false",
    )
    return f"photon_energy is not known, so the position of the sodium Auger lines is not either; {way}"


def _kind(
    spectrum: xr.Dataset, stated: BackgroundKind | Sequence[backgrounds.Background] | None
) -> BackgroundKind | Sequence[backgrounds.Background]:
    """What is stated; else a Shirley, of which a region less a static background has no need."""
    if stated is not None:
        return stated
    return "none" if backgrounds.was_subtracted(spectrum) else "shirley"


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
    text = f"{kind.approximate}: CasaXPS's scale is not public, so this is fitted and the number given is not used"
    remedy = f"give {option('shape_values')} in eV if you know them"
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
            name = satellite_name(line.name, number)
            made.append(image(name, kind.shape, 0.0))
            links += [
                f"{name}_area = {satellite.share:.6g}*{line.name}_area",
                f"{name}_center = {line.name}_center - {satellite.displacement:.6g}",
                *(f"{name}_{quantity} = {line.name}_{quantity}" for quantity in kind.shape.quantities[1:]),
            ]
    return made, tuple(links)
