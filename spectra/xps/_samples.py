"""All regions of one sample on one charge reference: fits, amounts, and what the regions say against one another."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import pandas as pd
import xarray as xr

from shortrange_core import BadInput, Estimates, Note, Status
from shortrange_core.errors import Offenders
from shortrange_core.records import record
from shortrange_core.showing import Shown
from spectra.fits import Fit, fit
from spectra.models import Places
from spectra.xps import _defaults as xps_defaults
from spectra.xps import _engine as xps
from spectra.xps._asymmetry import remarks_of_tails
from spectra.xps._auger import tied_to_partner
from spectra.xps._auger_left_out import remarks_of_auger
from spectra.xps._background_choice import remarks_of_background, remarks_of_shape
from spectra.xps._charge import charge_shift, reference_line
from spectra.xps._exposures import rates
from spectra.xps._integrals import Integration
from spectra.xps._oxygen import CARBON, OXYGEN, BridgingRange
from spectra.xps._prepared import prepare
from spectra.xps._quantification import Area, Sensitivity, atomic_amounts
from spectra.xps._region_model import Region, region_model
from spectra.xps._regions import AUGER_LEVEL
from spectra.xps._sample_checks import between_levels, between_regions, of_level, of_oxygen, of_regions
from spectra.xps._sample_integrals import integrals_of
from spectra.xps._sample_tables import lines_of, percent_of, percent_ranges_of, table_of

WORST = (Status.REJECTED, Status.NOT_CONVERGED, Status.NO_COVARIANCE, Status.MISFIT, Status.UNDETERMINED)


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Sample(Shown):
    """All regions of one sample.

    Parameters
    ----------
    name
        Of the sample.
    measured, fits
        Regions as measured and their fits by level.
    shift
        Entry ``charge_shift`` (eV): what was added to every binding energy.
    reference
        What the shift comes from, and the level of its region; empty where it was stated.
    lines
        Areas of all lines in counts/s x eV, with the facets ``level`` and ``assignment``; counts x eV with the unit
        ``""`` where a region does not say how long it was counted for.
    amounts, percent
        Relative amounts of the elements and atomic per cent; None where no sensitivity factors were given.
    notes
        What a user must know of the sample; those of a region stand with its fit.
    bridging
        BO/(BO + NBO) with the oxygen that the regions leave to the surface; None where O 1s has not both lines.
    regions
        What every region was fitted with, by level.
    integrated, integrals
        Levels without lines: what is left of them over their background (which is the variable ``baseline``), and the
        area of it, as of :func:`integrated`.
    """

    name: str
    measured: Mapping[str, xr.Dataset]
    fits: Mapping[str, Fit]
    shift: Estimates
    reference: str
    lines: Estimates
    amounts: Estimates | None = None
    percent: Estimates | None = None
    notes: tuple[Note, ...] = field(default=())
    bridging: BridgingRange | None = None
    regions: Mapping[str, Region] = field(default_factory=dict)
    integrated: Mapping[str, xr.Dataset] = field(default_factory=dict)
    integrals: Mapping[str, Estimates] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        """The worst of its regions."""
        statuses = {one.status for one in self.fits.values()}
        return next((status for status in WORST if status in statuses), Status.OK)

    def line_table(self) -> pd.DataFrame:
        """One row per line.

        Columns ``level``, ``line``, ``assignment``; ``position`` (eV, its sd with the doubt of the reference),
        ``fwhm`` (eV), ``area`` (as of ``lines``) and their sds; ``area_low`` and ``area_high``, the 95 % range over
        all backgrounds that the data do not reject (:func:`area_ranges`); ``share`` of the assigned first lines. A
        level without lines has its area alone.
        """
        return table_of(self.fits, self.lines, self.integrals)

    def percent_ranges(self) -> dict[str, tuple[float, float]]:
        """95 % ranges of atomic percent by level over all backgrounds that the data of every region do not reject.

        As :func:`area_ranges` has them of areas; a level without lines has no other background. Empty where no level
        has a sensitivity factor.
        """
        return {} if self.amounts is None else percent_ranges_of(self.amounts, self.fits)


def sample(
    measured: Mapping[str, xr.Dataset],
    lines: Mapping[str, Region | Sequence[str]],
    *,
    reference: str | float = "C 1s 284.8",
    reference_sd: float = xps_defaults.REFERENCED_SD,
    photon_energy: float | None = None,
    monochromatic: bool | None = None,
    satellites: Sequence[xps.Satellite] = (),
    priors: Mapping[str, Places] | None = None,
    sensitivity: Mapping[str, Sensitivity] | None = None,
    auger_ratio: Estimates | None = None,
    oxygen_per_phosphorus: float | None = None,
    surface_oxygen: float | None = None,
    integrated: Mapping[str, Integration] | None = None,
    survey: xr.Dataset | None = None,
    name: str = "",
) -> Sample:
    """Fit all regions of one sample on one charge reference.

    Parameters
    ----------
    measured
        Regions by level, as :func:`spectra.xps.regions` gives them.
    lines
        What every region is fitted with, by level; a list of texts, or a :class:`Region`.
    reference
        Level and energy of the reference line, such as ``"C 1s 284.8"``, ``"Au 4f 83.96"`` or an internal one: the
        highest line of that region is brought there, and all regions with it. Or a stated shift in eV.
    reference_sd
        eV; what the reference itself is uncertain by, or the sd of a stated shift.
    photon_energy, monochromatic
        As for :func:`spectra.xps.prepare`, where the files do not say them.
    satellites
        Of an unmonochromated source, in every region, with who published them.
    priors
        Published positions by level.
    sensitivity
        Factors by level (:func:`spectra.xps.read_sensitivities`); amounts are of the levels that have one.
    auger_ratio
        As :func:`spectra.xps.measured_ratio` gives it: the Auger line under O 1s is tied to the region ``"Na KLL"``,
        whose one line is KL23L23.
    oxygen_per_phosphorus
        Of the composition: whether O 1s tells of the glass is said.
    surface_oxygen
        Largest share of O 1s that you hold to be of the surface, as for :func:`spectra.xps.bridging_range`.
    integrated
        Levels that count by their area over a static background, without lines, as "regions" of CasaXPS do.
    survey
        What levels that have no region of their own are cut out of.
    name
        Of the sample; the files' where absent.

    Raises
    ------
    BadInput
        If a region or its reference is missing, or a region has no model; all regions' faults together.

    Examples
    --------
    >>> import numpy as np
    >>> from spectra import from_arrays
    >>> def region(level, low, place):
    ...     x = np.arange(low, low + 14, 0.1)
    ...     y = 100 + 900 * np.exp(-(((x - place) / 0.8) ** 2))
    ...     return from_arrays(x, y, axis="binding_energy", noise=3.0, technique=f"{level} XPS", photon_energy=1486.6)
    >>> both = {"C 1s": region("C 1s", 280.0, 286.8), "Na 1s": region("Na 1s", 1066.0, 1074.0)}
    >>> found = sample(both, {"Na 1s": Region(["Na"], windows={"Na": (1071.0, 1073.0)})})
    >>> round(float(found.shift.value[0]), 2), str(found.status)
    (-2.0, 'ok')
    """
    asked = {level: one if isinstance(one, Region) else Region(tuple(one)) for level, one in lines.items()}
    absent = [level for level in asked if level not in measured]
    if absent:
        raise BadInput(f"lines: {', '.join(absent)} is not among the regions, which are {', '.join(measured)}")
    shift, told = _reference(measured, reference, reference_sd, photon_energy)
    value, sd = float(shift.value.item()), float(shift.sd.item())

    prepared = partial(
        prepare, photon_energy=photon_energy, monochromatic=monochromatic, charge_shift=value, charge_sd=sd
    )

    ready = _each(asked, lambda level: prepared(measured[level], **asked[level].static()))
    held = {level.split()[0] for level in measured}
    asked = {level: replace(one, elements=sorted({*one.elements, *held})) for level, one in asked.items()}
    fits = _fitted(ready, asked, priors or {}, auger_ratio, satellites)
    flat, integrals = integrals_of(integrated or {}, measured, survey, fits, prepared)
    areas: dict[str, Area] = {**fits, **integrals}
    factors = {level: sensitivity[level] for level in areas if level in (sensitivity or {})} if sensitivity else {}
    amounts = atomic_amounts({level: areas[level] for level in factors}, factors) if factors else None
    looks = (remarks_of_tails, remarks_of_background, remarks_of_shape, remarks_of_auger)
    notes = [
        *of_regions(fits),
        *(of_level(level, note) for level, one in fits.items() for look in looks for note in look(one)),
        *between_regions(fits, told),
        *(between_levels(amounts) if amounts is not None else ()),
    ]
    carbon = prepared(measured[CARBON]) if CARBON in measured else None
    bridging, told_of_oxygen = of_oxygen(
        fits,
        carbon,
        sensitivity or {},
        amounts,
        oxygen_per_phosphorus=oxygen_per_phosphorus,
        surface_oxygen=surface_oxygen,
    )
    notes += told_of_oxygen
    percent = None if amounts is None else percent_of(amounts)
    own = name or _name(measured)
    return Sample(
        own, dict(measured), fits, shift, told, lines_of(fits), amounts, percent, tuple(notes), bridging, asked,
        flat, integrals,
    )  # fmt: skip


def _each(levels: Iterable[str], made: Callable[[str], xr.Dataset]) -> dict[str, xr.Dataset]:
    """Regions by level; what stands against them comes together."""
    regions, offenders = {}, Offenders()
    for level in levels:
        with offenders.of(level):
            regions[level] = made(level)
    offenders.raise_if_any()
    return regions


def _reference(
    measured: Mapping[str, xr.Dataset], reference: str | float, sd: float, photon_energy: float | None
) -> tuple[Estimates, str]:
    """Shift of the sample, and the level that it comes from."""
    if not isinstance(reference, str):
        if not (math.isfinite(reference) and sd > 0):
            raise BadInput(f"reference = {reference}: a stated shift is finite, in eV, with reference_sd above 0")
        return Estimates.build(["charge_shift"], [reference], [sd**2], unit=["eV"]), ""
    line = reference_line(reference)
    if line is None:
        raise BadInput(f"reference = {reference!r}: write level and energy, such as 'C 1s 284.8', or a shift in eV")
    level, energy = line
    if level not in measured:
        raise BadInput(
            f"reference = {reference!r}: the sample has no region of {level}, it has {', '.join(measured)}; measure "
            "it, name another line, or give the shift in eV"
        )
    region = prepare(measured[level], photon_energy=photon_energy)
    return charge_shift(region, reference=energy, reference_sd=sd), level


def _fitted(
    ready: Mapping[str, xr.Dataset],
    asked: Mapping[str, Region],
    priors: Mapping[str, Places],
    auger_ratio: Estimates | None,
    satellites: Sequence[xps.Satellite],
) -> dict[str, Fit]:
    fits: dict[str, Fit] = {}
    offenders = Offenders()
    for level in sorted(asked, key=lambda one: one != AUGER_LEVEL):  # the free Auger line first: O 1s hangs on it
        try:
            fits[level] = _fit_of(ready[level], level, asked[level], priors.get(level), fits, auger_ratio, satellites)
        except BadInput as error:
            offenders.add(*(f"{level}: {problem}" for problem in error.problems))
    offenders.raise_if_any()
    return {level: fits[level] for level in asked}


def _fit_of(  # noqa: PLR0917
    region: xr.Dataset,
    level: str,
    one: Region,
    places: Places | None,
    before: Mapping[str, Fit],
    auger_ratio: Estimates | None,
    satellites: Sequence[xps.Satellite],
) -> Fit:
    model = region_model(region, one, priors=places, satellites=satellites)
    if level == OXYGEN and auger_ratio is not None:
        if AUGER_LEVEL not in before:
            raise BadInput(f"auger_ratio ties the Auger line to the region {AUGER_LEVEL!r}, which was not given")
        free = rates(before[AUGER_LEVEL])
        model = tied_to_partner(
            model, free.select(free.entries[:1]), auger_ratio, spectrum=region, source=f"{AUGER_LEVEL} of this sample"
        )
    return fit(region, model, check=False)


def _name(measured: Mapping[str, xr.Dataset]) -> str:
    names = {str(one.coords["sample"].item()) for one in measured.values() if "sample" in one.coords}
    return names.pop() if len(names) == 1 else ""
