"""What a user must know about a circuit fit: which parameters the data determine, and which solutions compete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from electrochemistry.impedance._descent import BestMinimum, serial_correlation
from electrochemistry.impedance._elements import Real
from electrochemistry.impedance._misses import CircuitMiss, miss_notes
from electrochemistry.impedance._models import Matrix, ResidualModel, Space
from shortrange_core import Note, Severity
from shortrange_core.spelling import option, spelled

RELATIVE_SD_LIMIT = 0.5
FACTOR_LIMIT = 3.0
RARE_STARTS = 8
CORRELATION_SD = 3.0
AT_BOUND = 1e-6
SMALLEST_EXPONENT = 1e-12


def statuses(
    place: Space,
    index: npt.NDArray[np.intp],
    owner: npt.NDArray[np.intp],
    *,
    x: Real,
    covariance: Matrix,
    equals: Sequence[Sequence[tuple[float, Real]]],
) -> list[str]:
    """``determined``, ``undetermined``, ``at_bound`` or ``fixed`` for every entry.

    Undetermined: the relative standard deviation exceeds :data:`RELATIVE_SD_LIMIT`, or solutions of equal quality
    differ by more than :data:`FACTOR_LIMIT`.
    """
    sd = np.sqrt(np.maximum(np.nan_to_num(np.diagonal(covariance), nan=np.inf), 0.0))
    lower, upper, log = place.lower[index], place.upper[index], place.log[index]
    near = AT_BOUND * (upper - lower)
    told = []
    for entry, number in enumerate(index):
        others = [other[number] for n, end in enumerate(equals) if owner[entry] in (-1, n) for _, other in end]
        relative = sd[entry] if log[entry] else sd[entry] / max(abs(x[entry]), SMALLEST_EXPONENT)
        apart = any(_factor(other, x[entry], bool(log[entry])) > FACTOR_LIMIT for other in others)
        if lower[entry] == upper[entry]:
            told.append("fixed")
        elif x[entry] <= lower[entry] + near[entry] or x[entry] >= upper[entry] - near[entry]:
            told.append("at_bound")
        elif relative > RELATIVE_SD_LIMIT or apart:
            told.append("undetermined")
        else:
            told.append("determined")
    return told


def _factor(a: float, b: float, log: bool) -> float:
    if log:
        return float(np.exp(min(abs(a - b), 700.0)))
    small, large = sorted((abs(a), abs(b)))
    return large / max(small, 1e-300)


def fit_notes(
    statuses: Mapping[str, str],
    models: Sequence[ResidualModel],
    own: Sequence[Real],
    *,
    labels: Sequence[str],
    misses: Sequence[CircuitMiss | None],
    solutions: Sequence[BestMinimum],
    alternatives: int,
    message: str,
    trusted: bool,
) -> tuple[Note, ...]:
    """Notes of a fit whose entries have these statuses, the gravest first."""
    names = [label or "the spectrum" for label in labels]
    notes = []
    if not trusted:
        remedy = f"give {option('start')} near the solution, or more starts"
        notes.append(Note("impedance-not-converged", Severity.ERROR, message, remedy))
    notes += [*miss_notes(names, misses), *_parameter_notes(statuses)]
    if alternatives:
        where = spelled("fit.alternatives", command_line="the alternatives of --json", recipe="the report")
        text = f"{alternatives} other solutions fit about as well; see {where}"
        remedy = "use a simpler circuit, fix what is known, or measure a wider window"
        notes.append(Note("impedance-alternatives", Severity.WARNING, text, remedy))
    return (*notes, *_rare_notes(names, solutions), *_correlation_notes(names, models, own))


def _rare_notes(names: Sequence[str], solutions: Sequence[BestMinimum]) -> list[Note]:
    """Where one start of many met the best minimum."""
    rare = [name for name, s in zip(names, solutions, strict=True) if s.met < 2 <= s.tried >= RARE_STARTS]
    text = f"only one start of many reached the best minimum of {', '.join(rare)}"
    remedy = f"raise {option('starts')} to see whether there is a better one"
    return [Note("impedance-minimum-rare", Severity.INFO, text, remedy)] if rare else []


def _correlation_notes(names: Sequence[str], models: Sequence[ResidualModel], own: Sequence[Real]) -> list[Note]:
    """The worst of the spectra whose neighbouring residuals correlate beyond noise."""
    correlated = [
        (rho, name)
        for name, model, x in zip(names, models, own, strict=True)
        if (rho := serial_correlation(model, x)) > CORRELATION_SD / np.sqrt(2 * model.size)
    ]
    if not correlated:
        return []
    rho, name = max(correlated, key=lambda pair: pair[0])
    text = (
        f"neighbouring residuals of {name} correlate ({rho:.2f}): the circuit is incomplete, "
        "and standard deviations are too small"
    )
    remedy = "look at the residuals; add an element, or narrow the window"
    return [Note("impedance-residuals-correlated", Severity.WARNING, text, remedy)]


def _parameter_notes(statuses: Mapping[str, str]) -> list[Note]:
    notes = []
    by_status = {
        status: [name for name, own in statuses.items() if own == status] for status in ("undetermined", "at_bound")
    }
    if by_status["undetermined"]:
        notes.append(
            Note(
                "impedance-undetermined",
                Severity.WARNING,
                f"the data do not determine {', '.join(by_status['undetermined'])}",
                "remove the element, fix it, or tie it to another; report a limit of these at most",
            )
        )
    if by_status["at_bound"]:
        notes.append(
            Note(
                "impedance-at-bound",
                Severity.WARNING,
                f"at a bound: {', '.join(by_status['at_bound'])}",
                "an element at its lower bound is absent: leave it out; an arc whose resistance is at its upper bound "
                "does not close in the window; an exponent of 1 is a capacitor",
            )
        )
    return notes
