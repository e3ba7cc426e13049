"""What further measurements would tell of a series that the joint route has been through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from shortrange import joint
from shortrange.results import Analysis
from shortrange.routes._joint import likelihood_of
from shortrange_core.errors import BadInput
from shortrange_core.spelling import spelled, spoken_in


def plan(
    analysis: Analysis,
    *,
    quantities: Sequence[str] = joint.PLANNED,
    rates: Mapping[str, float] | None = None,
    draws: int = 8,
) -> tuple[joint.Plan, ...]:
    """Expected standard deviations for more scans, another technique, another spinning rate.

    Parameters
    ----------
    analysis
        Of both routes.
    quantities
        Labels of units, linear quantities, ratios.
    rates
        Spinning rates to try (Hz) by name.
    draws
        Structures drawn from the posterior.

    Raises
    ------
    BadInput
        If the analysis has no joint route, or no glass can hold a quantity.
    """
    if analysis.joint is None:
        way = spelled("routes", command_line="--routes stepwise,joint", recipe='routes = ["stepwise", "joint"]')
        raise BadInput(f"plan: the analysis used only the stepwise route; analyse with both routes ({way})")
    with spoken_in("recipe"):  # what the series is, the recipe says
        likelihood = likelihood_of(analysis)
    parameters = analysis.joint.parameters
    values = dict(zip(parameters.entries, parameters.value.values.tolist(), strict=True))
    x = np.array([values[name] for name in likelihood.names])
    plans = joint.plans_of(likelihood, rates)
    rng = np.random.default_rng(analysis.recipe.tables.seed)
    return joint.plan(likelihood, x, plans, rng=rng, quantities=quantities, draws=draws)
