"""To lmfit's parameters and results, and back."""

from __future__ import annotations

import math
from collections.abc import Container

import lmfit

from shortrange_core.affine import parse
from shortrange_core.errors import BadInput, Offenders
from spectra.model import Model, with_parameters
from spectra.parameters import Parameter


def edited(model: Model, parameters: lmfit.Parameters) -> Model:
    """Model with the values, bounds, ``vary`` and affine expressions of edited lmfit parameters.

    Parameters
    ----------
    model
        The model that ``parameters`` came from, by :meth:`Model.parameters`.
    parameters
        lmfit's, edited; parameters that are left out stay as they are.

    Raises
    ------
    BadInput
        If a name is not in the model, or an expression is not affine; all together.
    """
    problems = Offenders()
    known = {parameter.name: parameter for parameter in model.all_parameters}
    given = model.parameters()
    changed: dict[str, Parameter] = {}
    links: list[str] = [text for text in model.links if text.split("=")[0].strip() not in parameters]
    for name, theirs in parameters.items():
        if name not in known:
            problems.add(f"parameters: {name!r} is not in the model; edit the ones of model.parameters()")
            continue
        if theirs.expr:
            if not is_affine(theirs.expr, known):
                problems.add(f"{name}: expr = {theirs.expr!r} is not affine; write sums of number*name")
            links.append(f"{name} = {theirs.expr}")
            continue
        ours = known[name]
        same = math.isnan(ours.value) and theirs.value == given[name].value and theirs.vary
        value = math.nan if same else float(theirs.value)
        changed[name] = Parameter(name, value, float(theirs.min), float(theirs.max), ours.prior, bool(theirs.vary))
    problems.raise_if_any()
    changed.pop("offset", None)
    return with_parameters(model, changed, links=tuple(links))


def is_affine(text: str, names: Container[str]) -> bool:
    """True where ``text`` is a sum of number*name with names that are known."""
    try:
        return all(name in names for name in parse(text).names)
    except BadInput:
        return False
