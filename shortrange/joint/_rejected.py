"""Why all spectra together are no evidence for one glass: what would have to go for the rest to agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import structure
from shortrange.joint._marginals import Marginals
from shortrange.joint._route import Joint
from shortrange_core.errors import Infeasible

STRAINED, MISSED = 50.0, 4.0
"""Rise of the chi2 of a spectrum, from its fit alone to the joint minimum, from which its glass is in doubt, and chi2 a
point above which it is no result: residuals of twice the noise."""


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
        rest = Marginals(likelihood, replace(joint.minimum, parts=parts), joint.marginals.walls).statements(glass)
        tried.append((f"the spectrum {key}", rest, kept))
    made = likelihood.glasses[glass]
    remedies = []
    for name, spectra, others in tried:
        try:
            solution = structure.solve(
                made.composition, made.species, [*spectra, *others], check=False, intervals=False
            )
        except Infeasible:
            continue
        if solution.status.trusted:
            remedies.append(structure.Remedy("drop", name, structure.Agreement(solution.chi2, solution.dof)))
    return tuple(sorted(remedies, key=lambda one: -one.agreement.p_value if one.agreement.dof > 0 else 0.0))


def strains(spectra_of: Mapping[str, tuple[float, float, float]]) -> Iterator[tuple[str, str, bool]]:
    """Spectra that the joint minimum strains: key, in words, and whether it misses them.

    Examples
    --------
    >>> list(strains({"a, Raman": (210.0, 214.0, 200.0), "b, Raman": (210.0, 900.0, 200.0)}))
    [('b, Raman', 'chi2 of its 200 points rises from 210 alone to 900 with all others', True)]
    """
    for key, (alone, together, points) in spectra_of.items():
        if together - max(alone, points) > STRAINED:
            text = f"chi2 of its {points:.0f} points rises from {alone:.0f} alone to {together:.0f} with all others"
            yield key, text, together > MISSED * max(alone, points)
