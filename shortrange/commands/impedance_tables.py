"""How impedance fits are printed: numbers with standard deviations in brackets, units, and one-sided limits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shortrange.commands.common import Answer
from shortrange.commands.impedance_inputs import celsius
from shortrange_core.shown_numbers import UNKNOWN, limit, shown, with_sd

if TYPE_CHECKING:
    import electrochemistry as ec
    from shortrange_core import Estimates

LEVEL = 0.95
NO_RESULT = "no result"


def frame(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows of texts as a table; a column that is empty throughout is left out."""
    import pandas as pd

    names = [name for name in rows[0] if any(row[name] for row in rows)]
    table = pd.DataFrame([[row[name] for name in names] for row in rows], columns=names)
    return str(table.to_string(index=False, justify="left", max_colwidth=100))


def cell(value: float, sd: float, status: str, limits: tuple[float, float]) -> str:
    """A parameter as it may be quoted: with its sd, fixed, beyond a limit, undetermined, or none."""
    if status == "fixed":
        return f"{shown(value)} (fixed)"
    if status == "misfit":
        return NO_RESULT
    if status == "at_bound":
        lower, upper = limits
        if math.isfinite(upper):
            return f"below {limit(upper, 3, upper=True)}"
        return f"above {limit(lower, 3, upper=False)}" if math.isfinite(lower) else "undetermined"
    return "undetermined" if status == "undetermined" else with_sd(value, sd)


def _interval(status: str, limits: tuple[float, float]) -> str:
    lower, upper = limits
    finite = [math.isfinite(end) and 1e-200 < abs(end) < 1e200 for end in limits]
    if status in ("fixed", "at_bound", "misfit") or not any(finite):
        return ""
    if all(finite):
        return f"{lower:.4g} to {upper:.4g}"
    return f"above {limit(lower, 4, upper=False)}" if finite[0] else f"below {limit(upper, 4, upper=True)}"


def say_parameters(answer: Answer, fit: ec.ImpedanceFit) -> None:
    """Parameters: one row each with interval and status, or of a series one row per spectrum and one column each."""
    facets, sds = fit.facets, fit.parameters.sd.values
    limits = [(float(low), float(high)) for low, high in fit.interval(LEVEL).values]
    cells = [cell(*own) for own in zip(fit.values, sds, facets["status"], limits, strict=True)]
    if fit.labels == ("",):
        rows = [
            {
                "parameter": name,
                "value": text,
                "unit": unit,
                "95 % interval": _interval(status, own),
                "status": status.replace("_", " "),
            }
            for name, text, unit, status, own in zip(
                facets["parameter"], cells, facets["unit"], facets["status"], limits, strict=True
            )
        ]
        answer.say(frame(rows))
        return
    units = dict(zip(facets["parameter"], facets["unit"], strict=True))
    heads = {name: f"{name} / {unit}" if unit else name for name, unit in units.items()}
    table = [{"spectrum": label} | dict.fromkeys(heads.values(), "") for label in fit.labels]
    for name, label, text in zip(facets["parameter"], facets["label"], cells, strict=True):
        for row in table:
            if label in ("", row["spectrum"]):
                row[heads[name]] = text
    answer.say(frame(table))
    _say_profiles(answer, fit, units)


def _say_profiles(answer: Answer, fit: ec.ImpedanceFit, units: Mapping[str, str]) -> None:
    """Profile intervals of a series, whose table has no column for them."""
    rows = [
        {
            "spectrum": own.label,
            "parameter": own.parameter,
            "interval": _interval("", (own.lower, own.upper)) or "no limit on either side",
            "unit": units[own.parameter],
        }
        for own in fit.profiles
    ]
    if rows:
        answer.say(f"profile intervals ({LEVEL:.0%})")
        answer.say(frame(rows))


def say_tests(answer: Answer, labels: Sequence[str], tests: Sequence[Mapping[str, ec.KramersKronig]]) -> None:
    """Kramers-Kronig: largest residual of each part, verdict, drift, and the smallest drift that the sweep shows."""
    rows = []
    for label, parts in zip(labels, tests, strict=True):
        both = parts["complex"]
        row = {"spectrum": label, "verdict": both.verdict}
        row |= {f"{name} / %": _residual(test) for name, test in parts.items()}
        row |= {"elements": str(both.elements), "dof": str(both.dof)}
        drift = both.drift
        row["drift / %"] = with_sd(100 * drift.value, 100 * drift.sd) if drift else UNKNOWN
        row["smallest shown / %"] = f"{100 * drift.smallest:.2g}" if drift else UNKNOWN
        rows.append(row)
    answer.say("lin-KK: largest residual if real, imaginary or both parts are fitted; drift during the sweep")
    answer.say(frame(rows))


def _residual(test: ec.KramersKronig) -> str:
    return f"{100 * test.largest_residual:.2g}" if math.isfinite(test.largest_residual) else "no test"


def test_payload(label: str, parts: Mapping[str, ec.KramersKronig]) -> dict[str, Any]:
    """Numbers of the tests of one spectrum."""
    both = parts["complex"]
    drift = both.drift
    return {
        "label": label,
        "verdict": both.verdict,
        "violation": both.violation,
        "violated": both.violated,
        "elements": both.elements,
        "mu": both.mu,
        "dof": both.dof,
        "largest_residual": {name: test.largest_residual for name, test in parts.items()},
        "drift": None if drift is None else {name: getattr(drift, name) for name in drift.__dataclass_fields__},
    }


def say_conductivity(answer: Answer, sigma: Estimates) -> None:
    """Conductivities with temperatures, or that they are not determined."""
    facets = sigma.facets
    rows = []
    for n, (value, sd) in enumerate(zip(sigma.value.values.tolist(), sigma.sd.values.tolist(), strict=True)):
        kelvin, kelvin_sd = facets["temperature"][n], facets["temperature_sd"][n]
        at = "" if math.isnan(kelvin) else celsius(kelvin) + (f" ± {kelvin_sd:g}" if kelvin_sd else "")
        rows.append(
            {
                "spectrum": facets["label"][n],
                "temperature": at,
                "quantity": facets["quantity"][n],
                "sigma / S cm-1": _conducted(value, sd, facets["status"][n]),
            }
        )
    answer.say("conductivity")
    answer.say(frame(rows))


def _conducted(value: float, sd: float, status: str) -> str:
    if status == "determined":
        return with_sd(value, sd)
    return NO_RESULT if status == "misfit" else "undetermined"


def say_bounded(answer: Answer, estimates: Estimates, head: str) -> None:
    """Numbers of which some are upper bounds (facet ``bound``), by entry."""
    pairs = zip(estimates.value.values.tolist(), estimates.sd.values.tolist(), estimates.facets["bound"], strict=True)
    texts = [
        f"at most {limit(value, upper=True)}" if own == "at most" else with_sd(value, sd) for value, sd, own in pairs
    ]
    answer.say(frame([{"": entry, head: text} for entry, text in zip(estimates.entries, texts, strict=True)]))


def say_capacitances(answer: Answer, capacitances: Estimates) -> None:
    """Effective capacitances of arcs, and what they may be."""
    facets = capacitances.facets
    rows = [
        {
            "spectrum": facets["label"][n],
            "arc": facets["element"][n],
            "formula": facets["formula"][n],
            "capacitance / F": with_sd(value, sd),
            "may be (probability, whole series)": facets["candidates"][n],
        }
        for n, (value, sd) in enumerate(
            zip(capacitances.value.values.tolist(), capacitances.sd.values.tolist(), strict=True)
        )
    ]
    answer.say("effective capacitances")
    answer.say(frame(rows))


def say_relaxation(answer: Answer, labels: Sequence[str], times: Sequence[ec.RelaxationTimes]) -> None:
    """Peaks of distributions of relaxation times."""
    rows = [
        {
            "spectrum": label,
            "tau / s": f"{tau:.3g}",
            "resistance / ohm": f"{ohm:.4g}",
            "lambda": f"{drt.regularisation:.2g}",
        }
        for label, drt in zip(labels, times, strict=True)
        for tau, ohm in zip(drt.peaks["time_constant"].values, drt.peaks["resistance"].values, strict=True)
    ]
    answer.say("relaxation times (exploratory)")
    answer.say(frame(rows) if rows else "no peak")
