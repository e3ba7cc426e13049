"""Why all spectra together are no evidence for one glass: what would have to go for the rest to agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structure
from shortrange.joint._marginals import Marginals
from shortrange.joint._route import Joint
from shortrange_core.errors import Infeasible


def suspects(joint: Joint, glass: str, stated: Sequence[structure.Statement]) -> tuple[structure.Remedy, ...]:
    """Spectra of a glass, and what is stated of it, without which the rest agrees; the best agreement first.

    Parameters
    ----------
    joint
        The most probable series, in which this glass is rejected.
    glass
        Its name.
    stated
        What the recipe says of it besides.
    """
    likelihood, kept = joint.likelihood, list(stated)
    tried = [(f"the statement {one.name}", joint.statements[glass], [s for s in kept if s is not one]) for one in kept]
    for key in likelihood.keys[glass]:
        parts = likelihood.parts(joint.minimum.x, without=key)
        rest = Marginals(likelihood, replace(joint.minimum, parts=parts)).statements(glass)
        tried.append((f"the spectrum {key}", rest, kept))
    made = likelihood.glasses[glass]
    remedies = []
    for name, spectra, others in tried:
        try:
            solution = structure.solve(made.composition, made.species, [*spectra, *others], check=False)
        except Infeasible:
            continue
        if solution.status.trusted:
            remedies.append(structure.Remedy("drop", name, structure.Agreement(solution.chi2, solution.dof)))
    return tuple(sorted(remedies, key=lambda one: -one.agreement.p_value if one.agreement.dof > 0 else 0.0))
