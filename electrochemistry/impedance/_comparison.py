"""Several circuits on the same spectra, ranked by Akaike's criterion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from electrochemistry.impedance._circuits import Circuit
from electrochemistry.impedance._circuits import circuit as parse_circuit
from electrochemistry.impedance._fit import STARTS, fit_circuit
from electrochemistry.impedance._results import ImpedanceFit
from electrochemistry.impedance._spectra import Weighting
from shortrange_core import BadInput, Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown

CLEARLY_WORSE = 10.0


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class CircuitComparison(Shown):
    """Fits of several circuits, the best one first.

    Parameters
    ----------
    fits
        By ascending AICc, those that are not to be trusted last.
    notes
        What a user must know.
    """

    fits: tuple[ImpedanceFit, ...]
    notes: tuple[Note, ...]

    def table(self) -> pd.DataFrame:
        """One row a circuit: status, chi2, degrees of freedom, AICc above the lowest, Akaike weight."""
        aicc = np.array([fit.aicc() for fit in self.fits])
        above = aicc - aicc[0]
        weight = np.exp(-0.5 * np.clip(above, 0, 1400)) * np.array([fit.status.trusted for fit in self.fits])
        return pd.DataFrame(
            {
                "status": [str(fit.status) for fit in self.fits],
                "chi2": [fit.chi2 for fit in self.fits],
                "dof": [fit.dof for fit in self.fits],
                "aicc_above_lowest": above,
                "weight": weight / max(float(weight.sum()), 1e-300),
            },
            index=pd.Index([fit.circuit for fit in self.fits], name="circuit"),
        )


def compare_circuits(
    spectra: xr.Dataset | Sequence[xr.Dataset],
    circuits: Sequence[str | Circuit],
    *,
    weighting: Weighting = "modulus",
    starts: int = STARTS,
    rng: np.random.Generator | None = None,
) -> CircuitComparison:
    """Fit several circuits to the same spectra and rank them by AICc.

    The criterion counts parameters against residuals; it knows nothing of chemistry, and where residuals follow
    one another it favours too many elements.

    Parameters
    ----------
    spectra
        One spectrum or a series.
    circuits
        Two or more.
    weighting, starts, rng
        As for :func:`fit_circuit`.

    Raises
    ------
    BadInput
        If there are fewer than two circuits, or two are the same.
    """
    if isinstance(circuits, str):
        raise BadInput(f"circuits = {circuits!r}: give a list of two or more")
    names = [str(parse_circuit(item)) for item in circuits]
    if len(names) < 2 or len(set(names)) != len(names):
        raise BadInput(f"circuits {', '.join(names) or 'none'}: give two or more different ones")
    fits = [fit_circuit(spectra, item, weighting=weighting, starts=starts, rng=rng, check=False) for item in circuits]
    ranked = sorted(fits, key=lambda fit: (not fit.status.trusted, fit.aicc()))
    return CircuitComparison(tuple(ranked), _notes(ranked))


def _notes(ranked: Sequence[ImpedanceFit]) -> tuple[Note, ...]:
    best = ranked[0].aicc()
    near = [fit.circuit for fit in ranked if fit.status.trusted and fit.aicc() - best < CLEARLY_WORSE]
    if len(near) < 2:
        return ()
    return (
        Note(
            "circuits-indistinguishable",
            Severity.INFO,
            f"AICc does not decide between {', '.join(near)} (less than {CLEARLY_WORSE:g} units)",
            "choose from what is known about the cell, or vary temperature, thickness or electrodes",
        ),
    )
