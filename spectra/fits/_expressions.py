"""Parameters that hang on others by expressions of lmfit that are not affine: fitted through their tangents.

A fit knows affine links. An expression is one at every point: its tangent there. Fits with the tangent as a link follow
one another until the point where the tangent was taken is where the fit ends; there the value is that of the
expression, and no lower chi2 lies along it.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Container, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from shortrange_core.affine import Affine, parse
from shortrange_core.errors import BadInput
from spectra.models import OFFSET, Model, with_parameters

if TYPE_CHECKING:
    import lmfit

Values = Mapping[str, float]
STEP = 1e-6
"""Of a parameter, relative to its value, over which a slope is taken."""
SMALLEST = 1e-3
SAME = 1e-9
"""Relative change of a value below which it has ended."""
ROUNDS = 40
UNDAMPED = 8
"""Rounds after which the tangent is taken half way: where the whole way leads from one side to the other."""


def is_affine(text: str, names: Container[str]) -> bool:
    """True where ``text`` is a sum of number*name with names that are known."""
    try:
        return all(name in names for name in parse(text).names)
    except BadInput:
        return False


def expressions(model: Model, parameters: lmfit.Parameters | None) -> dict[str, str]:
    """Parameters whose expression is not affine, with it."""
    names = {parameter.name for parameter in model.all_parameters}
    texts = {name: p.expr for name, p in (parameters or {}).items() if p.expr and name in names}
    return {name: text for name, text in texts.items() if not is_affine(text, names)}


def values_with(model: Model, texts: Mapping[str, str], values: Values) -> dict[str, float]:
    """Values of the expressions where the other parameters have the values given.

    Raises
    ------
    BadInput
        If one is not finite there.
    """
    import lmfit

    inside = lmfit.Parameters()
    for parameter in model.all_parameters:
        inside.add(parameter.name, value=values[parameter.name])
    results = {}
    with np.errstate(all="ignore"):
        for name, text in texts.items():
            try:
                inside[name].set(expr=text)
                results[name] = float(inside[name].value)
            except (ArithmeticError, ValueError, TypeError, NameError):
                results[name] = math.nan
    wrong = [name for name, value in results.items() if not math.isfinite(value)]
    if wrong:
        raise BadInput(
            *(
                f"{name} = {texts[name]}: becomes {results[name]} during the fit; give other starts or bounds"
                for name in wrong
            )
        )
    return results


def tangents(model: Model, texts: Mapping[str, str], values: Values) -> dict[str, Affine]:
    """Affine links that have the value and the slopes of the expressions at ``values``."""
    at = values_with(model, texts, values)
    slopes: dict[str, dict[str, float]] = {name: {} for name in texts}
    for name in sorted(_named(texts) & (set(values) - set(texts))):
        # Central differences: the error is of second order, 1e-12 of the value, below what ends a fit (SAME).
        step = STEP * max(abs(values[name]), SMALLEST)
        # Without derivatives of the text: an expression may hold any function that lmfit knows, also one of the user.
        ends = [values_with(model, texts, {**values, name: values[name] + sign * step}) for sign in (-1, 1)]
        for text in texts:
            slope = (ends[1][text] - ends[0][text]) / (2 * step)
            if slope:
                slopes[text][name] = slope
    return {
        name: Affine(slope_of, at[name] - sum(slope * values[other] for other, slope in slope_of.items()))
        for name, slope_of in slopes.items()
    }


def _named(texts: Mapping[str, str]) -> set[str]:
    return {node.id for text in texts.values() for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


def through(model: Model, links: Mapping[str, Affine], values: Values) -> Model:
    """Model that starts at ``values`` and has the tangents as links."""
    # Where the last fit ended: from the first starts every round would do the whole search again.
    starts = {
        parameter.name: replace(
            parameter, value=float(np.clip(values[parameter.name], parameter.lower, parameter.upper))
        )
        for parameter in model.all_parameters
        if parameter.name != OFFSET
    }
    texts = tuple(f"{name} = {link}" for name, link in links.items())
    return with_parameters(model, starts, links=(*model.links, *texts))
