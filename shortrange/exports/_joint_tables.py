"""Tables of the joint route: both routes side by side, tension, what determines what, sets of units, starts, plans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import pandas as pd

from shortrange.exports._tables import REJECTED, network_table, values_of
from shortrange.joint import Plan
from shortrange.results import BASE, Averaged, Carried, JointFit, JointPosterior, Structure, UnitSet

OfGlass = TypeVar("OfGlass", Carried, UnitSet, Averaged)
NORMAL_95 = 1.959964  # half of a central 95 % interval of a Gaussian, in standard deviations


def routes_table(joint: JointFit, stepwise: Sequence[Structure]) -> pd.DataFrame:
    """Both routes side by side: value and sd of every quantity, and the joint one with looser and tighter coupling."""
    first = {item.sample: dict(_known(item)) for item in stepwise if item.reading == BASE}
    others = [{item.sample: dict(_known(item)) for item in part} for part in (joint.tighter, joint.looser)]
    nothing = (np.nan, np.nan)
    rows = []
    for item in joint.structures:
        if not item.believed or not joint.status.trusted:
            reason = item.problem or f"the status of the joint minimum is {joint.status}: its numbers are not a result"
            rows.append({"sample": item.sample, "x": item.x, "quantity": "-", "verdict": f"{REJECTED}: {reason}"})
            continue
        for quantity, (value, sd) in _known(item):
            before, before_sd = first.get(item.sample, {}).get(quantity, nothing)
            row = {"sample": item.sample, "x": item.x, "quantity": quantity, "verdict": ""}
            row |= {"stepwise": before, "stepwise sd": before_sd, "joint": value, "joint sd": sd}
            tight, loose = (part.get(item.sample, {}).get(quantity, nothing)[0] for part in others)
            rows.append({**row, "coupling x 0.5": tight, "coupling x 2": loose})
    return pd.DataFrame(rows)


def _results(joint: JointFit, rows: Sequence[OfGlass]) -> list[OfGlass]:
    """Rows of glasses whose numbers are results of the joint route."""
    rejected = {item.sample for item in joint.structures if not item.believed}
    return [row for row in rows if joint.status.trusted and row.sample not in rejected]


def _known(item: Structure) -> list[tuple[str, tuple[float, float]]]:
    if item.solution is None or not item.believed:
        return []
    values = values_of(item.solution.fractions)
    return values + (values_of(item.solution.sites) if item.solution.sites is not None else [])


def joint_spectra_table(joint: JointFit) -> pd.DataFrame:
    """chi2 of every spectrum fitted alone and with all others: where the joint route strains."""
    return pd.DataFrame(
        [
            {"spectrum": key, "chi2 alone": alone, "chi2 together": both, "independent points": points}
            for key, (alone, both, points) in joint.spectra.items()
        ]
    )


def joint_network_table(joint: JointFit) -> pd.DataFrame:
    """What all spectra together tell of the network, as :func:`network_table` does step by step."""
    return network_table(joint.structures if joint.status.trusted else ())


def tension_table(joint: JointFit) -> pd.DataFrame:
    """Every technique and every glass against all other spectra."""
    return pd.DataFrame(
        [
            {"group": row.group, "kind": row.kind, "chi2 falls by": row.q, "degrees of freedom": row.dof,
             "expected": row.expected, "p": row.p, "draws": row.draws,
             "verdict": "contradicts the rest" if row.rejected else "agrees"}
            for row in joint.tensions
        ]
    )  # fmt: skip


def carried_table(joint: JointFit) -> pd.DataFrame:
    """Which data determine which quantity: its sd by all spectra, and without each technique or the priors."""
    return pd.DataFrame(
        [
            {"sample": row.sample, "quantity": row.quantity, "sd": row.sd}
            | {f"sd without {name}": sd for name, sd in row.without.items()}
            | {"depends on": ", ".join(row.by)}
            for row in _results(joint, joint.carried)
        ]
    )


def optima_table(joint: JointFit) -> pd.DataFrame:
    """Distinct minima from random starts, best first: how many starts ended there, and the amounts of every glass.

    Descents that had not come to a minimum when they were ended stand below.
    """
    return pd.DataFrame(
        [
            {
                "starts": row.starts,
                "chi2 above the best": row.above,
                "the result": "yes" if row.result else "no",
                "a minimum": "yes" if row.minimum else "no: not converged",
            }
            | dict(row.amounts)
            for row in joint.optima
        ]
    )


def responses_table(joint: JointFit) -> pd.DataFrame:
    """How strongly every unit is seen in every spectrum, where that is not known before, with 95 % intervals."""
    return pd.DataFrame(
        [
            {"spectrum": row.spectrum, "of": row.name, "response": row.factor, "lower": low, "upper": high}
            for row in joint.seen
            for low, high in [row.factor * np.exp(NORMAL_95 * row.log_sd * np.array([-1.0, 1.0]))]
        ]
    )  # fmt: skip


def sets_table(joint: JointFit) -> pd.DataFrame:
    """Sets of units that each glass may hold, with their probabilities, and what these owe to the coupling."""
    return pd.DataFrame(
        [
            {"sample": row.sample, "units left out": ", ".join(row.without) or "none", "probability": row.probability,
             "odds change, coupling x 0.5": row.tighter, "odds change, coupling x 2": row.looser}
            for row in _results(joint, joint.sets)
        ]
    )  # fmt: skip


def averaged_table(joint: JointFit) -> pd.DataFrame:
    """Fractions averaged over the sets of units that a glass may hold, with how good the draws are."""
    return pd.DataFrame(
        [
            {"sample": row.sample, "species": row.species, "lower": row.lower, "median": row.median, "upper": row.upper,
             "probability of none": row.zero, "interval": "over all couplings" if row.united else "as coupled",
             "R-hat": row.r_hat, "effective draws": row.effective}
            for row in _results(joint, joint.averaged)
        ]
    )  # fmt: skip


def posterior_table(posterior: JointPosterior) -> pd.DataFrame:
    """What samples of the posterior say of every amount and shared parameter, and how good they are."""
    (mean, sd), (lower, median, upper) = posterior.moments(), posterior.quantiles(0.025, 0.5, 0.975)
    return pd.DataFrame(
        {"of": posterior.entries, "mean": mean, "sd": sd, "lower": lower, "median": median, "upper": upper,
         "R-hat": posterior.r_hat, "effective draws": posterior.effective,
         "samples": "chains agree" if posterior.settled else "chains do not agree yet",
         "Pareto k, quadratic": posterior.pareto_k}
    )  # fmt: skip


def samples_table(posterior: JointPosterior) -> pd.DataFrame:
    """The samples themselves, a row each: chain, weight, amounts and shared parameters."""
    chains, draws, _ = posterior.samples.shape
    head = pd.DataFrame({"chain": np.repeat(np.arange(chains), draws), "weight": np.exp(posterior.log_weight.ravel())})
    flat = posterior.samples.reshape(-1, len(posterior.entries))
    return pd.concat([head, pd.DataFrame(flat, columns=list(posterior.entries))], axis=1)


def plans_table(plans: Sequence[Plan]) -> pd.DataFrame:
    """Expected standard deviation of every quantity of every glass under every plan."""
    return pd.DataFrame(
        [
            {"plan": item.plan, "sample": item.sample, "quantity": item.quantity, "sd": item.sd, "spread": item.spread}
            for item in plans
        ]
    )


def joint_tables(joint: JointFit, stepwise: Sequence[Structure]) -> dict[str, pd.DataFrame]:
    """Every table of the joint route by the name of its CSV file."""
    drawn = {}
    if joint.posterior is not None:
        drawn = {"joint_posterior": posterior_table(joint.posterior), "joint_samples": samples_table(joint.posterior)}
    return {
        "routes": routes_table(joint, stepwise),
        "joint_network": joint_network_table(joint),
        "joint_spectra": joint_spectra_table(joint),
        "joint_tension": tension_table(joint),
        "joint_carried": carried_table(joint),
        "joint_averaged": averaged_table(joint),
        "joint_sets": sets_table(joint),
        "joint_optima": optima_table(joint),
        "joint_responses": responses_table(joint),
        **drawn,
    }
