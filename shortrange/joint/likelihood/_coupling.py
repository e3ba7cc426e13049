"""How line shapes go together along a series: theta(x) = theta_0 + a z + e, with priors on a and e.

z runs from -1/2 to 1/2 over the series, so that a is the whole change of a shape from its first glass to its last.
The sds are assumptions with their reason; every result is repeated with them halved and doubled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortrange.joint.likelihood._blocks import Data, quantities_of

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Coupling:
    """Sds of one quantity along a series: of its change over all glasses, and of each glass about that line."""

    change: float
    scatter: float
    reason: str


COUPLINGS: Mapping[str, Mapping[str, Coupling]] = {
    "NMR": {
        "center": Coupling(2.0, 0.3, "Q units move by 1 to 2.5 ppm over a phosphate series (10.1021/acs.jpcc.0c07792)"),
        "gauss_fwhm": Coupling(
            2.0, 2.5, "no published evidence that widths vary together: near the 3 ppm of a single one"
        ),
        "lorentz_fwhm": Coupling(0.3, 0.5, "depends on rate and decoupling of each measurement"),
        "zeta": Coupling(20.0, 5.0, "as large as the distortion assumed for a symmetric unit"),
        "eta": Coupling(0.2, 0.1, "of a quantity between 0 and 1"),
    },
    "Raman": {
        "center": Coupling(5.0, 2.0, "a few cm-1, as between compositions of one family; the scatter is a calibration"),
        "fwhm": Coupling(6.0, 6.0, "no published evidence that widths vary together"),
        "fraction": Coupling(0.2, 0.2, "of a quantity between 0 and 1"),
    },
    "FTIR": {
        "center": Coupling(10.0, 2.0, "as Raman, for bands twice as wide"),
        "fwhm": Coupling(12.0, 12.0, "as Raman, for bands twice as wide"),
        "fraction": Coupling(0.2, 0.2, "of a quantity between 0 and 1"),
    },
    "XPS": {
        "center": Coupling(0.3, 0.2, "separations of BO and NBO differ by some tenths of eV between compositions"),
        "fwhm": Coupling(0.3, 0.2, "between glasses of one measurement"),
        "fraction": Coupling(0.2, 0.2, "of a quantity between 0 and 1"),
    },
}
NO_CHANGE, NO_SCATTER = 1e-6, 1e-4
"""Factors on both sds that make a shape the same in all glasses."""
UNDER_ONE_LINE: Mapping[str, float] = {"center": 1.0, "gauss_fwhm": 0.5}
"""PS4 and PS3O, which recipes count in one line, have lines of their own here: sds of their differences (ppm), where no
stated position or window parts them by more than that of the center."""


def places(x: Mapping[str, float | None], order: tuple[str, ...]) -> Mapping[str, float]:
    """Place of every glass in the series, -1/2 to 1/2; by its rank where the recipe gives no x.

    Examples
    --------
    >>> places({"a": 0.0, "b": 0.15, "c": 0.6}, ("a", "b", "c"))
    {'a': -0.5, 'b': -0.25, 'c': 0.5}
    """
    values = [x[name] for name in order]
    at = np.array([float(v) for v in values if v is not None])
    if at.size < len(order) or np.ptp(at) == 0:
        at = np.arange(len(order), dtype=float)
    width = float(np.ptp(at)) or 1.0
    return dict(zip(order, ((at - at.min()) / width - 0.5).tolist(), strict=True))


def coupled(spectra: Sequence[Data]) -> dict[tuple[str, str], tuple[Coupling, str]]:
    """Parameters of counted lines that several spectra of one technique have, with how they go together."""
    seen: dict[tuple[str, str], list[tuple[Coupling, str]]] = {}
    for data in spectra:
        for peak in data.model.peaks:
            if not peak.assignment:
                continue
            for name, quantity in quantities_of(peak).items():
                coupling = COUPLINGS.get(data.kind, {}).get(quantity)
                if coupling is not None:
                    seen.setdefault((name, data.technique), []).append((coupling, quantity))
    return {key: places[0] for key, places in seen.items() if len(places) > 1}
