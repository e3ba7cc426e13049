"""What a user must know of a photoelectron model: levels under it, Auger lines, satellites, references."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import xarray as xr

from shortrange_core import BadInput, Note, Severity
from shortrange_core.chemistry import SYMBOLS
from shortrange_core.spelling import option, spelled
from spectra.spectrum import scalar, text_of
from spectra.xps import _defaults as xps_defaults
from spectra.xps._auger_lines import auger_binding_energy, auger_cut
from spectra.xps._prepared import OXYGEN
from spectra.xps._sources import source_notes


def notes_of_model(
    spectrum: xr.Dataset,
    level: str,
    energy: float | None,
    under_auger: tuple[float, float] | None,
    *,
    satellites: bool,
    elements: Collection[str],
) -> tuple[Note, ...]:
    """Notes of the levels under the lines, the Auger line, the source and the reference."""
    notes = []
    reference, moved = scalar(spectrum, "charge_found", None), scalar(spectrum, "charge_shift", None)
    if reference is not None and reference == moved:
        doubt = scalar(spectrum, "charge_sd", None)
        text = (
            f"binding energies were shifted by {reference:+.2f} +- {doubt:.2f} eV to the reference line of the sample"
        )
        notes.append(Note("charge-from-line", Severity.INFO, text, f"state {option('charge_shift')} for another shift"))
    if "charge_shift" not in spectrum.coords and not text_of(spectrum, "reference"):
        text = "binding energies are not charge-referenced; C 1s shifts by up to 1 eV and more"
        notes.append(
            Note(
                "charge-unreferenced",
                Severity.WARNING,
                text,
                f"give {option('charge_shift')} (eV), or {option('reference')} if they already are",
            )
        )
    if energy is not None and under_auger is not None:
        text = (
            f"the sodium KL1L23 Auger line lies under O 1s, near {auger_binding_energy(energy):.1f} eV; its area is "
            "free and is taken from that of BO"
        )
        remedy = "tie it to Na KL23L23 by the ratio measured on the oxygen-free glass" + spelled(
            " (spectra.xps.tied_to_partner)", command_line="", recipe=""
        )
        notes.append(Note("auger-under-o1s", Severity.INFO, text, remedy))
        if auger_cut(energy, under_auger):
            text = (
                f"the range ends at {under_auger[1]:.1f} eV on the sodium Auger line near "
                f"{auger_binding_energy(energy):.1f} eV: the remaining flank hardly determines its area under BO"
            )
            remedy = f"measure up to {auger_binding_energy(energy) + xps_defaults.AUGER_FWHM.mean:.0f} eV and more"
            notes.append(Note("auger-cut-off", Severity.WARNING, text, remedy))
    if energy is not None and _straddles_carbon(energy) and level == "C 1s":
        text = f"with photons of {energy:g} eV sodium Auger lines straddle C 1s: the charge reference may be wrong"
        notes.append(Note("auger-near-c1s", Severity.WARNING, text, "reference to another line"))
    notes += source_notes(spectrum, energy, modelled=satellites)
    if level == OXYGEN:
        text = (
            "carbonate, hydroxide and sulfate of the surface overlap with BO and NBO; they matter most if oxygen is a "
            "minor component, as in an oxysulfide with 2 to 8 at% of it"
        )
        formers = formers_among(elements)
        remedy = f"compare {oxygen_over(formers)} with the composition before using O 1s"
        notes.append(Note("surface-oxygen", Severity.INFO, text, remedy))
    return tuple(notes)


def symbols(elements: str | Sequence[str]) -> tuple[str, ...]:
    """Symbols of the elements of a sample, as they are given.

    Raises
    ------
    BadInput
        If one is no symbol: what lies under the lines, and whose range counts, would depend on a slip.

    Examples
    --------
    >>> symbols(["Na", "Si", "O"])
    ('Na', 'Si', 'O')
    """
    given = (elements,) if isinstance(elements, str) else tuple(elements)
    wrong = [repr(name) for name in given if name not in SYMBOLS]
    if wrong:
        raise BadInput(f"elements: {', '.join(wrong)}: no symbol of an element, such as Na, Si or O")
    return given


def formers_among(elements: Collection[str]) -> tuple[str, ...]:
    """Network formers of a sample; empty where nobody says what it holds."""
    return tuple(former for former in xps_defaults.FORMERS if former in elements)


def oxygen_over(formers: Sequence[str]) -> str:
    """The ratio of oxygen to the network formers of a sample, in words.

    Examples
    --------
    >>> oxygen_over(["Si"]), oxygen_over(["P", "B"]), oxygen_over([])
    ('O/Si', 'O/(P + B)', 'O per network former')
    """
    if not formers:
        return "O per network former"
    return f"O/{formers[0]}" if len(formers) == 1 else f"O/({' + '.join(formers)})"


def _straddles_carbon(energy: float) -> bool:
    lines = [energy - kinetic for kinetic in xps_defaults.AUGER_KINETIC.values()]
    return min(lines) < xps_defaults.C_1S_REFERENCE < max(lines) and min(abs(b - 284.8) for b in lines) < 25
