"""Areas as shares: lines that count the same taken together, unassigned lines shown but kept out of closure."""

from __future__ import annotations

import numpy as np

from shortrange_core import BadInput, Estimates, Note, Severity

TOLD_SHARE = 0.01
"""An unassigned share below 1 % moves no fraction by more than its uncertainty."""


def merged(areas: Estimates) -> Estimates:
    """Areas with lines of the same assignment added up, covariance included.

    A sharp and a broad line of one species, or two bands of it, count the species once.

    Parameters
    ----------
    areas
        Areas with the facet ``assignment``; lines without an assignment stay as they are.

    Examples
    --------
    >>> areas = Estimates.build(
    ...     ["a", "b", "c"], [6.0, 1.0, 3.0], [[0.04, -0.01, 0], [-0.01, 0.01, 0], [0, 0, 0.09]],
    ...     assignment=["P:S4", "P:S4", ""],
    ... )
    >>> found = merged(areas)
    >>> found.entries, found.value.values.tolist(), found.sd.values.round(3).tolist()
    (('a', 'c'), [7.0, 3.0], [0.173, 0.3])
    """
    texts = _assignments(areas)
    first: dict[str, int] = {}
    rows: list[list[int]] = []
    for index, text in enumerate(texts):
        if text and text in first:
            rows[first[text]].append(index)
            continue
        if text:
            first[text] = len(rows)
        rows.append([index])
    operator = np.zeros((len(rows), len(areas)))
    for row, members in enumerate(rows):
        operator[row, members] = 1.0
    heads = [members[0] for members in rows]
    facets = {name: [labels[i] for i in heads] for name, labels in areas.facets.items()}
    return areas.linear(operator, [areas.entries[i] for i in heads], **facets)


def assigned_shares(areas: Estimates) -> tuple[Estimates, tuple[Note, ...]]:
    """Shares of the assigned area, with covariance; what is not assigned is left out of closure and told.

    Parameters
    ----------
    areas
        Areas with the facet ``assignment``.

    Returns
    -------
    tuple
        One entry an assignment (named by it), summing to 1, and notes.

    Raises
    ------
    BadInput
        If nothing is assigned or the assigned area is not positive.

    Examples
    --------
    >>> areas = Estimates.build(["a", "b", "c"], [6.0, 2.0, 2.0], [0.01, 0.01, 0.01], assignment=["P:S4", "P:O4", ""])
    >>> found, notes = assigned_shares(areas)
    >>> found.value.values.tolist(), notes[0].code
    ([0.75, 0.25], 'unassigned-area')
    """
    together = merged(areas)
    texts = _assignments(together)
    assigned = [i for i, text in enumerate(texts) if text]
    total = float(together.value.values[assigned].sum()) if assigned else 0.0
    if not total > 0:
        raise BadInput(f"areas: the assigned area is {total:g}; assign lines to species, with areas above 0")

    def function(values: np.ndarray) -> np.ndarray:
        return np.asarray(values[assigned] / values[assigned].sum())

    names = [texts[i] for i in assigned]
    result = together.propagate(function, names, assignment=names)
    outside = float(together.value.values.sum()) - total
    share = outside / (outside + total)
    if share < TOLD_SHARE:
        return result, ()
    text = f"{100 * share:.1f} % of the total area is not assigned and is left out of closure"
    return result, (Note("unassigned-area", Severity.WARNING, text, "assign the line, or check how much it changes"),)


def _assignments(areas: Estimates) -> list[str]:
    if "assignment" not in areas.facets:
        raise BadInput("the areas have no facet 'assignment'; give the areas of a fit")
    return [str(text) for text in areas.facets["assignment"]]
