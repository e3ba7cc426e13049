"""Whether the bulk relaxation of a sample can be seen at all in the measured window of frequencies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from electrochemistry.conduction._conductivity import Conductivity
from electrochemistry.impedance import Real
from shortrange_core import BadInput, Estimates, Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown

VACUUM_PERMITTIVITY = 8.8541878128e-14  # F/cm
PERMITTIVITY = (10.0, 20.0)
WINDOW_EDGE = 3.0


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class FrequencyWindow(Shown):
    """Whether the bulk relaxation lies in the measured window.

    Parameters
    ----------
    bulk_frequency
        Hz, facets temperature and permittivity: f = sigma/(2 pi eps_r eps_0).
    verdicts
        For each temperature (K): ``inside``, ``edge`` or ``outside``.
    notes
        What a user must know.
    """

    bulk_frequency: Estimates
    verdicts: tuple[tuple[float, str], ...]
    notes: tuple[Note, ...]


def bulk_window(
    conductivity: Conductivity,
    *,
    highest_frequency: float,
    quantity: str,
    permittivity: tuple[float, float] = PERMITTIVITY,
) -> FrequencyWindow:
    """Bulk relaxation frequency against the highest measured frequency, for each temperature.

    Inside: a third of the highest frequency is above the relaxation at both permittivities. Outside: the relaxation is
    above the highest frequency at both; the bulk resistance then sits in the intercept.

    Parameters
    ----------
    conductivity
        Of the sample.
    highest_frequency
        Of the measurement, Hz.
    quantity
        Which conductivity stands for the bulk.
    permittivity
        Lowest and highest relative permittivity assumed.

    Raises
    ------
    BadInput
        If a frequency or permittivity is not above 0, or the conductivity is not there.
    """
    low, high = permittivity
    if not (highest_frequency > 0 and 0 < low <= high):
        raise BadInput(
            f"highest_frequency = {highest_frequency}, permittivity = {permittivity}: must be above 0, and in order"
        )
    names = list(dict.fromkeys(conductivity.sigma.facets["quantity"]))
    if quantity not in names:
        raise BadInput(f"quantity = {quantity!r}: is unknown; there are {', '.join(names)}")
    sigma = conductivity.sigma.where(quantity=quantity)
    temperatures = np.array(sigma.facets["temperature"], dtype=float)
    rows, entries, facet = [], [], []
    for value in (low, high):
        factor = 1 / (2 * np.pi * value * VACUUM_PERMITTIVITY)
        rows.append(np.eye(len(sigma)) * factor)
        entries += [f"{entry} eps {value:g}" for entry in sigma.entries]
        facet += [value] * len(sigma)
    frequency = sigma.linear(
        np.concatenate(rows), entries, temperature=[*temperatures, *temperatures], permittivity=facet
    )
    fast, slow = frequency.value.values[: len(sigma)], frequency.value.values[len(sigma) :]
    verdicts = [
        "outside" if s > highest_frequency else "inside" if f * WINDOW_EDGE < highest_frequency else "edge"
        for f, s in zip(fast, slow, strict=True)
    ]
    return FrequencyWindow(
        frequency, tuple(zip(temperatures.tolist(), verdicts, strict=True)), _window_notes(temperatures, verdicts)
    )


def _window_notes(temperatures: Real, verdicts: list[str]) -> tuple[Note, ...]:
    bad = [f"{t:g} K ({verdict})" for t, verdict in zip(temperatures, verdicts, strict=True) if verdict != "inside"]
    if not bad:
        return ()
    return (
        Note(
            "bulk-outside-window",
            Severity.WARNING,
            f"the bulk relaxation is not inside the measured window at {', '.join(bad)}: there the bulk resistance "
            "is in the high-frequency intercept, and no arc is the bulk",
            "take the intercept as the bulk, report the total, cool the sample, or measure to higher frequency",
        ),
    )
