"""A whole simulated series: truths, parameters, spectra."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studies.second_simulator import coupled, ftir, nmr, raman, truths, xps
from studies.second_simulator.settings import Settings

Vector = npt.NDArray[np.float64]
TECHNIQUES = ("31P NMR", "Raman", "FTIR", "O 1s XPS")


@dataclass(frozen=True)
class Glass:
    """One glass: stated oxygen a formula unit, true amounts per P, spectra (axis, intensity), their parameters."""

    x: float
    amounts: Mapping[str, float]
    spectra: Mapping[str, tuple[Vector, Vector]]
    parameters: Mapping[str, Mapping[str, float]]
    formula: str


@dataclass(frozen=True)
class Series:
    """A simulated series; the spinning rate is what a recipe would state, true unless that fault is planted."""

    seed: int
    glasses: tuple[Glass, ...]
    spectrometer: nmr.Spectrometer
    stated_rate: float
    settings: Settings


def formula(x: float, settings: Settings) -> str:
    """Formula of the glass with oxygen content ``x``.

    Examples
    --------
    >>> from studies.second_simulator import settings
    >>> formula(0.0, settings("clean")), formula(0.15, settings("lithium")), formula(0.6, settings("pyrosulfide"))
    ('Na3PS4', 'Li3PS3.85O0.15', 'Na4P2S6.4O0.6')
    """
    (modifier, phosphorus, sulfur), cation = (settings.tables["series"][name] for name in ("formula", "modifier"))
    former = "P" if phosphorus == 1 else f"P{phosphorus}"
    return f"{cation}{modifier}{former}S{sulfur - x:g}" + (f"O{x:g}" if x else "")


def simulate(settings: Settings, seed: int) -> Series:
    """One series from a seed."""
    rng = np.random.default_rng(seed)
    stated = settings.tables["series"]["x"]
    more = settings.fault("composition")
    amounts = truths.draw_series(settings, [x + more if x else x for x in stated], rng)
    spectrometer = nmr.draw_spectrometer(settings, rng)
    common = {"31P NMR": nmr.draw_series(settings, rng), "Raman": raman.draw_series(settings, rng)}
    common |= {"FTIR": ftir.draw_series(settings, rng), "O 1s XPS": xps.draw_series(settings, rng)}
    own_lorentz = bool(seed % 2)
    along = coupled.shapes(settings, nmr.lines(settings), np.array(stated), rng, own_lorentz=own_lorentz)
    places = np.linspace(-0.5, 0.5, len(stated)) if len(stated) > 1 else np.zeros(1)
    glasses = []
    for number, x in enumerate(stated):
        own = {
            "31P NMR": nmr.draw_glass(settings, common["31P NMR"], x, places[number], rng, own_lorentz=own_lorentz),
            "Raman": raman.draw_glass(settings, common["Raman"], places[number], rng),
            "FTIR": common["FTIR"],
            "O 1s XPS": xps.draw_glass(settings, common["O 1s XPS"], rng),
        }
        own |= {technique: {**own[technique], **shapes} for technique, shapes in along[number].items()}
        axis, intensity, processing = nmr.measure(settings, amounts[number], own["31P NMR"], spectrometer, rng)
        seen_by_raman = _swapped(amounts, number, settings.fault("raman_swapped"))
        made = {
            "31P NMR": (axis, intensity),
            "Raman": raman.measure(settings, seen_by_raman, own["Raman"], rng),
            "FTIR": ftir.measure(settings, amounts[number], own["FTIR"], rng),
        }
        if x > 0:
            made["O 1s XPS"] = xps.measure(settings, amounts[number], own["O 1s XPS"], rng)
        own["31P NMR"] = own["31P NMR"] | processing
        glasses.append(Glass(x, amounts[number], made, own, formula(x, settings)))
    rate = spectrometer.rate * (1 + settings.fault("rate"))
    return Series(seed, tuple(glasses), spectrometer, rate, settings)


def _swapped(amounts: list[dict[str, float]], number: int, share: float) -> dict[str, float]:
    """Amounts that the Raman spectrum of a glass shows: for the second one partly those of the last."""
    if not share or number != 1:
        return amounts[number]
    return {
        label: (1 - share) * value + share * amounts[-1].get(label, 0.0) for label, value in amounts[number].items()
    }
