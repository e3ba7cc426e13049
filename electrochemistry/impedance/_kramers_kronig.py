"""Is a spectrum linear, causal and stable? The linear Kramers-Kronig test with its automatic number of elements.

The spectrum is fitted by a resistance, M RC elements of fixed time constants, an inductance and, for cells with
blocking electrodes, a series capacitance: all linear, all Kramers-Kronig compliant [1]_.

References
----------
.. [1] M. Schönleber, D. Klotz and E. Ivers-Tiffée, A Method for Improving the Robustness of linear Kramers-Kronig
   Validity Tests, Electrochimica Acta 131 (2014) 20, doi:10.1016/j.electacta.2014.01.034.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from electrochemistry.impedance._elements import Complex, Real
from electrochemistry.impedance._rc_elements import (
    Part,
    Scaled,
    fitted_elements,
    model_of,
    ratio,
    scaled_spectrum,
)
from electrochemistry.impedance._results import Curve
from electrochemistry.impedance._scatter import scatter
from electrochemistry.impedance._spectra import check_spectrum
from electrochemistry.impedance._stability import FEWEST_DOF, Drift, drift, drift_note
from shortrange_core import BadInput, Note, Severity
from shortrange_core.records import record
from shortrange_core.showing import Shown
from shortrange_core.shown_numbers import counted
from shortrange_core.spelling import spelled

DEFAULT_CUTOFF = 0.85
MOST_ELEMENTS = 50
LARGE_RESIDUAL = 0.01
GROSS = 0.2
"""Part of the impedance (root mean square) from which a spectrum, or what a circuit makes of it, is no result."""
BLOCKING_GAIN = 3.0
EXTENSION_GAIN, EXTENSION_REACH = 0.6, 4
LIMIT_OF_ELEMENTS = 1000


@record(3)
@dataclass(frozen=True, eq=False, slots=True)
class KramersKronig(Shown):
    """Outcome of the linear Kramers-Kronig test.

    Parameters
    ----------
    elements
        Number M of RC elements.
    mu
        1 - (sum of negative) / (sum of positive resistances): near 1 is underfitted, 0 is overfitted. Where M was
        extended, mu is that of the last M, and may lie above the cutoff again.
    cutoff
        M is the first with mu below it, or more where that lowers the residuals.
    fitted_part
        Part of the impedance that was fitted.
    series_capacitance
        True where a capacitance in series was part of the model.
    time_constants, resistances
        M values, s and ohm.
    curve
        Data, model (ohm) and relative residual (data - model)/abs(data); see :attr:`curves`.
    largest_residual
        Largest absolute value of a real or imaginary relative residual; NaN where there is no test.
    notes
        What a user must know.
    verdict
        ``passed`` (residuals of at most 1 %, or white noise: no runs, single points far off or drift, at 3 % false
        alarms), ``failed``, ``undecided`` (too few points for the elements that the spectrum needs) or ``no test``
        (fewer than ten residual degrees of freedom).
    dof
        Equations less unknowns.
    drift
        Change during the sweep, and the smallest one that it shows; None where too few points judge it.
    """

    elements: int
    mu: float
    cutoff: float
    fitted_part: str
    series_capacitance: bool
    time_constants: Real
    resistances: Real
    curve: Curve
    largest_residual: float
    notes: tuple[Note, ...]
    verdict: str = "passed"
    dof: int = 0
    drift: Drift | None = None

    @property
    def curves(self) -> xr.Dataset:
        """Data, model (ohm) and relative residual (data - model)/abs(data) over frequency."""
        return self.curve.dataset()

    @property
    def violation(self) -> float:
        """Root mean square of the relative residuals for as many degrees of freedom; NaN where there is no test."""
        return float("nan") if self.verdict == "no test" else _violation(self.curve, self.dof)

    @property
    def violated(self) -> bool:
        """Whether that is above a fifth of the impedance: no circuit follows such a spectrum."""
        return self.violation > GROSS


def validate(
    spectrum: xr.Dataset,
    *,
    cutoff: float = DEFAULT_CUTOFF,
    max_elements: int = MOST_ELEMENTS,
    part: Part = "real",
    series_capacitance: bool | None = None,
    elements: int | None = None,
    extend: bool = True,
) -> KramersKronig:
    """Linear Kramers-Kronig test, and the drift during the sweep with the smallest detectable drift.

    At least ten residual degrees of freedom must be left, and the part that is fitted must have more equations than
    unknowns: M ends there, and where no M does, there is no test.

    Parameters
    ----------
    spectrum
        Impedance over frequency.
    cutoff
        c of the reference: M grows, from one element a decade, until mu falls below it; fewer elements cannot follow
        a spectrum.
    max_elements
        Largest M.
    part
        Part of the impedance that is fitted: the other one is then predicted.
    series_capacitance
        Adds 1/(j w C), which cells with blocking electrodes need; None tries both and keeps it where it lowers
        the largest residual by more than a factor 3.

    elements
        Fixes M instead.
    extend
        Let M grow on while that lowers the residuals by 40 %: mu also falls below c where too few elements ring. False
        is the reference's rule.

    Raises
    ------
    BadInput
        If the spectrum or an option cannot be used.

    Examples
    --------
    >>> from electrochemistry.impedance import circuit
    >>> from electrochemistry.impedance import spectrum_from_arrays
    >>> f = np.logspace(0, 5, 40)
    >>> z = circuit("R0-p(R1,CPE1)").impedance(f, {"R0": 10.0, "R1": 90.0, "CPE1_Q": 1e-6, "CPE1_n": 0.9})
    >>> validate(spectrum_from_arrays(f, z)).largest_residual < 0.01
    True
    """
    check_spectrum(spectrum)
    if part not in ("real", "imaginary", "complex"):
        raise BadInput(f"part = {part!r}: is unknown; give 'real', 'imaginary' or 'complex'")
    asked = max_elements if elements is None else elements
    if not 0 < cutoff < 1 or not 1 <= asked <= LIMIT_OF_ELEMENTS or int(asked) != asked:
        raise BadInput(
            f"cutoff = {cutoff}, {asked} elements: give 0 < cutoff < 1 and 1 to {LIMIT_OF_ELEMENTS} elements"
        )
    omega = 2 * np.pi * np.asarray(spectrum.variables["frequency"].values, dtype=float)
    data = np.asarray(spectrum.variables["impedance"].values, dtype=np.complex128)
    decades = int(np.log10(omega[-1] / omega[0]))
    tried = (False, True) if series_capacitance is None else (series_capacitance,)
    outcomes = []
    for capacitance in tried:
        scaled = scaled_spectrum(omega, data, part, capacitance=capacitance)
        most = max(min(max_elements, scaled.most), 1)
        numbers = range(elements, elements + 1) if elements else range(min(max(decades, 1), most), most + 1)
        outcomes.append(_outcome(scaled, cutoff, numbers, extend))
    better = outcomes[-1].largest_residual * BLOCKING_GAIN < outcomes[0].largest_residual
    judged = [_judged(one, drift(spectrum, capacitance=one.series_capacitance)) for one in outcomes]
    without, last = judged[0], judged[-1]
    drifts = without.drift is not None and without.drift.significant  # which a capacitance may take for its own
    return last if better or (without.verdict == "failed" and last.verdict == "passed" and not drifts) else without


def _judged(test: KramersKronig, measured: Drift | None) -> KramersKronig:
    """The test with its drift; passed where residuals above the limit are noise without runs, outliers or a drift."""
    test = dataclasses.replace(test, drift=measured)
    if measured is not None and measured.significant:
        return dataclasses.replace(test, notes=(*test.notes, drift_note(measured, LARGE_RESIDUAL)))
    if test.verdict != "failed" or {note.code for note in test.notes} & {"kk-underfitted", "kk-violated"}:
        return test
    noise = scatter(test.curve.frequency, test.curve.data, capacitance=test.series_capacitance)
    if noise is None or not noise.bears(test.largest_residual):
        return test
    kept = (own for own in test.notes if own.code != "kk-residuals-large")
    return dataclasses.replace(test, verdict="passed", notes=(noise.note, *kept))


def _outcome(scaled: Scaled, cutoff: float, numbers: range, extend: bool) -> KramersKronig:
    for count in numbers:
        fitted = fitted_elements(scaled, count)
        mu = ratio(fitted.resistances)
        if mu <= cutoff:
            break
    reached = mu <= cutoff
    model = model_of(scaled, fitted)
    for larger in range(count + 1, numbers.stop if extend else 0):
        other = fitted_elements(scaled, larger)
        other_model = model_of(scaled, other)
        if _rms(scaled.target - other_model) < EXTENSION_GAIN * _rms(scaled.target - model):
            count, fitted, model = larger, other, other_model
            mu = ratio(fitted.resistances)
        elif larger >= count + EXTENSION_REACH:
            break
    residual = scaled.target - model
    largest = float(max(np.abs(residual.real).max(), np.abs(residual.imag).max()))
    curve = Curve(scaled.omega / (2 * np.pi), scaled.data, model * np.abs(scaled.data), residual, ())
    fitted.taus.setflags(write=False)
    fitted.resistances.setflags(write=False)
    verdict, notes = _verdict(scaled, curve, reached=reached, mu=(mu, cutoff), count=count)
    return KramersKronig(
        count, mu, cutoff, scaled.part, scaled.capacitance, fitted.taus, fitted.resistances, curve,
        float("nan") if verdict == "no test" else largest, notes, verdict, scaled.dof(count),
    )  # fmt: skip


def _verdict(
    scaled: Scaled, curve: Curve, *, reached: bool, mu: tuple[float, float], count: int
) -> tuple[str, tuple[Note, ...]]:
    """Verdict and notes of residuals; ``mu`` holds mu and its cutoff, ``reached`` whether it fell below."""
    if scaled.dof(count) < FEWEST_DOF:
        size, left = counted(scaled.omega.size, "frequency", "frequencies"), scaled.dof(count)
        text = (
            f"no Kramers-Kronig test: {size} and {counted(count, 'element')} ({scaled.part}) leave "
            f"{counted(left, 'residual degree')} of freedom; {FEWEST_DOF} are needed"
        )
        return "no test", (Note("kk-no-test", Severity.WARNING, text, "measure more frequencies, or fewer elements"),)
    largest = float(max(np.abs(curve.residual.real).max(), np.abs(curve.residual.imag).max()))
    if largest <= LARGE_RESIDUAL:
        return "passed", _notes(scaled, curve, None)
    notes = _notes(scaled, curve, None if reached else (*mu, count))
    if (violation := _violation(curve, scaled.dof(count))) > GROSS:
        text = f"the spectrum violates Kramers-Kronig by {100 * violation:.0f} % of the impedance (root mean square)"
        remedy = "no circuit can describe it: leave those frequencies out, or measure again"
        notes = (Note("kk-violated", Severity.ERROR, text, remedy), *notes)
    return ("undecided" if not reached and count >= scaled.most else "failed"), notes


def _violation(curve: Curve, dof: int) -> float:
    return float(np.linalg.norm(curve.residual)) * float(np.sqrt(2 / dof))


def _rms(residual: Complex) -> float:
    return float(np.sqrt(np.mean(np.abs(residual) ** 2)))


def _more() -> str:
    recipe = "leave the ends of the window out"
    return spelled("raise max_elements", command_line=f"{recipe} (--window)", recipe=recipe)


def _notes(scaled: Scaled, curve: Curve, underfitted: tuple[float, float, int] | None) -> tuple[Note, ...]:
    """Notes; ``underfitted`` holds mu, the cutoff that it never reached, and M."""
    notes = []
    if underfitted is not None:
        mu, cutoff, count = underfitted
        notes.append(
            Note(
                "kk-underfitted",
                Severity.WARNING,
                f"mu = {mu:.3f} is still above the cutoff {cutoff} with {counted(count, 'element')}: "
                "residuals may come from the test",
                _more() if count < scaled.most else "measure more frequencies",
            )
        )
    residual = curve.residual
    size: npt.NDArray[np.float64] = np.maximum(np.abs(residual.real), np.abs(residual.imag))
    bad = size > LARGE_RESIDUAL
    if bad.any():
        frequency = curve.frequency[bad]
        notes.append(
            Note(
                "kk-residuals-large",
                Severity.WARNING,
                f"residuals above {100 * LARGE_RESIDUAL:g} % at {int(bad.sum())} of {counted(bad.size, 'point')} "
                f"(largest {100 * size.max():.2g} %), between {frequency.min():.3g} and {frequency.max():.3g} Hz",
                "leave those frequencies out, or measure again: averaged for longer if residuals scatter, with a "
                "smaller amplitude or after a longer rest if they form runs",
            )
        )
    if scaled.capacitance:
        text = "the test includes a series capacitance, as needed for blocking electrodes"
        notes.append(Note("kk-series-capacitance", Severity.INFO, text, ""))
    return tuple(notes)
