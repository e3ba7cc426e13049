"""A region ready for its model: binding energies, their charge reference, a source that is said."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Literal, get_args

import xarray as xr

from shortrange_core import BadInput
from shortrange_core.options import Option
from shortrange_core.spelling import option
from spectra.models import PointsAsOne, subtract_background
from spectra.spectrum import axis_of, check, recorded, scalar, text_of, with_correlation, within
from spectra.xps import _defaults as xps_defaults
from spectra.xps._sources import ENERGY_OF_FILE

StaticKind = Literal["Shirley", "Linear", "Smart", "U 2 Tougaard", "U 3 Tougaard", "U 4 Tougaard"]
STATIC = get_args(StaticKind)
LOSSES = ("c", "c_prime", "d")
AXIS = "binding_energy"
OXYGEN = "O 1s"


def prepare(
    spectrum: xr.Dataset,
    *,
    photon_energy: Annotated[float | None, Option("Photon energy of the source.", unit="eV", above=0)] = None,
    monochromatic: Annotated[bool | None, Option("Whether the source is monochromatic.")] = None,
    charge_shift: Annotated[float | None, Option("Energy to add to every binding energy.", unit="eV")] = None,
    charge_sd: Annotated[
        float | None, Option("Standard deviation of the charge reference.", unit="eV", above=0)
    ] = None,
    reference: Annotated[str | None, Option("Reference of the energy scale, such as C 1s 284.8.")] = None,
    window: Annotated[tuple[float, float] | None, Option("Range of the axis to keep and fit.", unit="eV")] = None,
    noise_correlation: PointsAsOne = None,
    static_background: Annotated[
        StaticKind | None, Option("Background to subtract before the fit, as CasaXPS and XPSPEAK do.", words=STATIC)
    ] = None,
    ends: Annotated[
        tuple[float, float] | None, Option("Range of the axis at whose ends it is pinned.", unit="eV")
    ] = None,
    averaged: Annotated[int | None, Option("Number of points averaged at each end to pin it.", at_least=1)] = None,
    losses: Annotated[
        Mapping[str, float] | None, Option("c (eV2), c_prime and d (eV2) of U 3 and U 4 Tougaard.")
    ] = None,
) -> xr.Dataset:
    """Prepare a region for its model: binding energies with their charge reference, and a known source.

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
    noise_correlation
        Number of points that count as one; measured in the residuals where absent.
    static_background, ends, averaged, losses
        A background that is taken away before the fit, over the referenced energies, as
        :func:`spectra.xps.subtract_background` does: its name, the ends that pin it (the region's where absent), the
        points averaged there (1 where absent), and the losses ``{"c": ..., "c_prime": ..., "d": ...}`` of the material.
        A model of such a region has no background of its own, unless one is asked for.

    Raises
    ------
    BadInput
        If it is not a photoelectron spectrum, the X-ray source is not known, it states another reference, fewer than
        one point counts as one, or a static background is not to be had.
    """
    spectrum = with_correlation(check(spectrum), noise_correlation)
    energy = scalar(spectrum, "photon_energy", photon_energy)
    if axis_of(spectrum) not in (AXIS, "kinetic_energy"):
        raise BadInput(f"the axis is {axis_of(spectrum)}, not {AXIS}; give a photoelectron spectrum")
    if energy is None:
        raise BadInput(
            "photon_energy: the X-ray source is not known, and the Auger lines depend on it; "
            f"give {option('photon_energy', 1486.6)} (Al Ka) or 1253.6 (Mg Ka)"
        )
    if photon_energy is not None and not photon_energy > float(abs(spectrum[axis_of(spectrum)]).max()):
        raise BadInput(
            f"photon_energy = {photon_energy:g}: must be in eV and above every energy of the axis; 1.4866 keV is 1486.6"
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
    result = _flat(result, static_background, ends, averaged, losses)
    return check(within(result, window))


def _flat(
    spectrum: xr.Dataset,
    kind: str | None,
    ends: tuple[float, float] | None,
    averaged: int | None,
    losses: Mapping[str, float] | None,
) -> xr.Dataset:
    """The region less a static background, where one is asked for."""
    if kind is None:
        stated = {"ends": ends, "averaged": averaged, "losses": losses}
        given = [option(name) for name, value in stated.items() if value is not None]
        if given:
            way = option("static_background", STATIC[0])
            raise BadInput(f"{', '.join(given)}: only for a static background, and none is selected; give {way}")
        return spectrum
    return subtract_background(spectrum, kind, ends=ends, averaged=averaged or 1, losses=in_order(losses))


def in_order(losses: Mapping[str, float] | None) -> tuple[float, float, float] | None:
    """C, C' and D as :func:`spectra.xps.subtract_background` takes them.

    Raises
    ------
    BadInput
        If one is missing, or another name is there.
    """
    if losses is None:
        return None
    if set(losses) != set(LOSSES):
        raise BadInput(f"losses: has {', '.join(losses) or 'nothing'}; give {', '.join(LOSSES)}")
    return losses["c"], losses["c_prime"], losses["d"]


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
            f"charge_shift = {shift:g}: is added to the binding energies, in eV; it is not the position of C 1s; "
            "spectra.xps.charge_shift finds it"
        )
    if "charge_shift" in spectrum.coords:
        raise BadInput("charge_shift: the region is already shifted; start from the measured one")
    moved = spectrum.assign_coords({AXIS: spectrum[AXIS] + shift}).assign_coords(charge_shift=shift, charge_sd=sd)
    moved[AXIS].attrs["units"] = "eV"
    return recorded(moved, f"binding energies shifted by {shift:+.3f} +- {sd:.3f} eV")


def _on_scale(spectrum: xr.Dataset, reference: str, sd: float | None) -> xr.Dataset:
    """The region with its scale stated, and what is uncertain of it where that is given."""
    before = text_of(spectrum, "reference")
    if not reference.strip() or (before and before != reference):
        problem = f"the region is on the scale {before!r}" if before else "no scale is named"
        raise BadInput(
            f"reference = {reference!r}: {problem}; name its present scale, such as 'C 1s 284.8', or shift it "
            f"there with {option('charge_shift')} first"
        )
    if sd is not None and not (math.isfinite(sd) and sd > 0):
        raise BadInput(f"charge_sd = {sd}: is the standard deviation of the scale in eV, above 0")
    stated = spectrum.assign_coords(reference=reference)
    return stated if sd is None else stated.assign_coords(charge_sd=sd)


def level_of(spectrum: xr.Dataset) -> str:
    """Core level that the technique names: ``"O 1s"`` of ``"O 1s XPS"``; empty where there is none."""
    return text_of(spectrum, "technique").removesuffix("XPS").strip()


def offset_sd_of(spectrum: xr.Dataset) -> float:
    """Uncertainty of the charge reference in eV that a region states, or 0.2 of a reference, or 1 without any."""
    stated = scalar(spectrum, "charge_sd", None)
    if stated is not None:
        return stated
    return xps_defaults.REFERENCED_SD if text_of(spectrum, "reference") else xps_defaults.UNREFERENCED_SD
