"""Kinetic or binding: which of the two an axis in eV is, and how the one becomes the other.

Nothing is called a binding energy that was not measured as one or converted: E_B = hv - E_K, both from the Fermi level,
as spectrometers write their kinetic energies once their work function is set.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.notes import Note, Severity
from shortrange_core.spelling import option
from spectra.readers.raw import Raw, Source
from spectra.spectrum import Coordinate, kind

ENERGIES = ("kinetic", "binding")
CORE_LEVELS: dict[str, float] = {
    **{"Li 1s": 54.7, "Be 1s": 111.5, "B 1s": 188.0, "C 1s": 284.2, "N 1s": 409.9, "O 1s": 543.1, "F 1s": 696.7},
    **{"Na 1s": 1070.8, "Mg 1s": 1303.0, "Mg 2p": 49.5, "Al 2p": 72.5, "Si 2p": 99.2, "P 2p": 135.0, "S 2p": 162.5},
    **{"P 2s": 189.0, "S 2s": 230.9, "Cl 2p": 200.0, "K 2p": 294.6, "Ca 2p": 346.2, "Ti 2p": 453.8, "Ge 3d": 29.2},
}
"""Binding energies in eV, of doublets the line with the larger j; X-ray Data Booklet (LBNL/PUB-490), table 1-1."""
REACH_EV = 25.0
"""Free atoms and solids, charged samples and chemical shifts: a core line lies this near to the table."""


def with_energy(source: Source, raw: Raw, technique: str, energy: str | None) -> Raw:
    """The block with its axis named kinetic or binding energy, as the user says or its core level shows.

    Raises
    ------
    BadInput
        If ``energy`` is neither, contradicts the file, or is needed and not given.
    """
    if energy is not None and energy not in ENERGIES:
        raise BadInput(f"energy {energy!r}: is not known; give 'kinetic' or 'binding'")
    if energy is not None:
        if raw.unit not in ("", "eV") or raw.axis not in ("", "kinetic_energy", "binding_energy"):
            raise BadInput(
                f"{source.name}: has its axis in {raw.unit or raw.axis}, but {option('energy', energy)} is only for an "
                "axis in eV; leave it out"
            )
        if raw.axis and raw.axis != f"{energy}_energy":
            raise BadInput(
                f"{source.name}: says {raw.axis.replace('_', ' ')}, not {energy}; leave {option('energy')} out"
            )
        line = f"the axis is {energy} energy, as stated"
        return replace(raw, axis=f"{energy}_energy", unit="eV", history=(*raw.history, line))
    unsaid = raw.unit in ("", "eV") and not raw.axis and technique and kind(technique) == "XPS"
    return _taken_as_binding(source, raw, technique) if unsaid and raw.x.size else raw


def _taken_as_binding(source: Source, raw: Raw, technique: str) -> Raw:
    """An axis that is only in eV: binding energies where its core level lies inside, else asked for or said."""
    low, high = float(np.nanmin(raw.x)), float(np.nanmax(raw.x))
    level = technique.removesuffix("XPS").strip()
    expected = CORE_LEVELS.get(level)
    if expected is None:
        text = (
            f"the axis is in eV ({low:g} to {high:g}); the file does not state which energy: binding energy is assumed"
        )
        remedy = f"give {option('energy', 'kinetic')} or {option('energy', 'binding')}"
        note = Note("energy-assumed-binding", Severity.INFO, text, remedy)
        return replace(raw, axis="binding_energy", unit="eV", notes=(*raw.notes, note))
    if _holds(low, high, expected):
        return replace(raw, axis="binding_energy", unit="eV")
    raise BadInput(
        f"{source.name}: runs from {low:g} to {high:g} eV, where {level} ({expected:g} eV) is not a binding energy; "
        f"give {option('energy', 'kinetic')} with {option('photon_energy', 1486.6)}, or {option('energy', 'binding')}"
    )


def outside_level(raw: Raw, technique: str) -> tuple[Note, ...]:
    """A note on binding energies that miss the core level they are named after and that hv - E would hold.

    Converters write "kinetic" beside binding energies, and the reverse: a C 1s then lay at 967 eV, unsaid.
    """
    photon, level = raw.coords.get("photon_energy"), CORE_LEVELS.get(technique.removesuffix("XPS").strip())
    if level is None or raw.axis != "binding_energy" or not isinstance(photon, (int, float)) or not raw.x.size:
        return ()
    low, high = float(np.nanmin(raw.x)), float(np.nanmax(raw.x))
    turned = (photon - high, photon - low)
    if _holds(low, high, level) or not _holds(*turned, level):
        return ()
    text = (
        f"binding energies from {low:g} to {high:g} eV do not hold {technique.removesuffix('XPS').strip()} "
        f"({level:g} eV); with kinetic and binding exchanged they run from {turned[0]:g} to {turned[1]:g} eV"
    )
    remedy = "the file seems to name the wrong energy: correct its type, or export axis and intensities as text"
    return (Note("energy-contradicts-level", Severity.WARNING, text, remedy),)


def _holds(low: float, high: float, level: float) -> bool:
    return low - REACH_EV <= level <= high + REACH_EV


def _unsaid(raw: Raw) -> tuple[Note, ...]:
    """What is said of a file that gives kinetic energies and no photon energy: without one no line has its place."""
    if not raw.from_fermi_level:
        return ()
    text, remedy = "kinetic energies; the file states no photon energy", f"give {option('photon_energy', 1486.6)}"
    return (Note("kinetic-energy-kept", Severity.INFO, text, f"{remedy}, or that of the source, for binding energies"),)


def binding_energies(source: Source, raw: Raw, given: float | None) -> Raw:
    """Kinetic energies as binding energies, where the user gives the photon energy or the format says both; else as is.

    A table that says "kinetic" and "hv" does not say that its energies count from the Fermi level: of a gold foil at a
    synchrotron the difference missed the published line by the work function, 3.7 eV.

    Raises
    ------
    BadInput
        If the photon energy is below the kinetic energies.
    """
    recorded: Coordinate = raw.coords.get("photon_energy")
    photon = given if given is not None else recorded
    if not isinstance(photon, (int, float)):
        return replace(raw, unit="eV", notes=(*raw.notes, *_unsaid(raw)))
    if given is None and not raw.from_fermi_level:
        text = f"kinetic energies, with a photon energy of {photon:g} eV; the file does not state their reference level"
        remedy = (
            f"give {option('photon_energy')} if that is the Fermi level; otherwise binding energies are off by the "
            "work function"
        )
        note = Note("kinetic-energy-kept", Severity.INFO, text, remedy)
        return replace(raw, unit="eV", notes=(*raw.notes, note))
    highest = float(np.nanmax(raw.x)) if raw.x.size else 0.0
    if highest > photon + REACH_EV:
        raise BadInput(
            f"{source.name}: has kinetic energies up to {highest:g} eV, above the photon energy {photon:g} eV; "
            f"give the right {option('photon_energy')}"
        )
    who = "given" if given is not None else "of the file"
    step = f"kinetic energy converted to binding energy with the photon energy {photon:g} eV {who}"
    return replace(raw, x=photon - raw.x, axis="binding_energy", unit="eV", history=(*raw.history, step))
