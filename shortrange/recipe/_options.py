"""The tables ``techniques.NAME`` of a recipe, made from the signatures of the technique's functions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import AfterValidator, Field, create_model

import spectra
from shortrange.edits import Strict
from shortrange_core.options import Stated, alternatives

ANY_TECHNIQUE = ""
"""Stands for lines at stated positions, which no technique's model is made for."""


def _ascending(ends: list[float]) -> list[float]:
    if not ends[0] < ends[1]:
        raise ValueError("must be two numbers, the lower one first")
    return ends


Pair = Annotated[list[float], Field(min_length=2, max_length=2), AfterValidator(_ascending)]
Response = Annotated[float, Field(gt=0)] | Annotated[list[float], Field(min_length=2, max_length=2)]
Measured = tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(ge=0)]]
"""A value with its standard deviation."""


class Options(Strict):
    """How the spectra of one technique are prepared, fitted and used; a technique adds the options of its functions.

    ``lines`` are affine texts of what each line counts; ``constraints`` are affine relations of parameters
    (``"bo_center - nbo_center >= 1.5"``), applied if a glass has the lines; ``excluded`` are ranges of the axis that
    are left out; ``evidence`` is how areas enter the balances: as relative amounts (``"fractions"``), with an unknown
    response per unit (``"responses"``), or not at all (``"none"``); ``response`` states known ones (median,
    sd of the logarithm) by unit; ``t1`` (s, with sd, by line), delay and flip angle correct for saturation.
    """

    lines: Annotated[tuple[str, ...], Field(description="What each line counts.")] = ()
    constraints: Annotated[tuple[str, ...], Field(description="Affine relations of parameters.")] = ()
    excluded: Annotated[tuple[Pair, ...], Field(description="Ranges of the axis to leave out.")] = ()
    restarts: Annotated[int, Field(ge=0, le=100, description="Additional starts of the fit.")] = 0
    evidence: Annotated[
        Literal["fractions", "responses", "none"], Field(description="How areas enter the balances.")
    ] = "fractions"
    response: Annotated[
        Mapping[str, Response], Field(description="Known responses by unit: a number, or median and sd of its log.")
    ] = Field(default_factory=dict)
    t1: Annotated[Mapping[str, Measured], Field(description="Relaxation times by line (NMR): value and sd in s.")] = (
        Field(default_factory=dict)
    )

    @property
    def given(self) -> dict[str, Any]:
        """What was stated for the functions of the technique, as they take it."""
        names = self.model_fields_set - set(Options.model_fields)
        return {name: _as_argument(getattr(self, name)) for name in sorted(names)}

    def get(self, name: str) -> Any:
        """Value of an option; None where the technique has no such option or it was not stated."""
        return getattr(self, name, None)


def _as_argument(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _as_argument(item) for name, item in value.items()}
    return tuple(value) if isinstance(value, list) else value


def kinds_with(key: str) -> tuple[str, ...]:
    """Kinds of techniques that take an option of this name.

    Examples
    --------
    >>> kinds_with("spinning_rate"), kinds_with("colour")
    (('NMR',), ())
    """
    return tuple(one.kind for one in spectra.TECHNIQUES if any(stated.name == key for stated in one.options))


@cache
def options_class(technique: str) -> type[Options]:
    """Table of a technique such as ``"31P NMR"``; of :data:`ANY_TECHNIQUE`, whatever one of them takes.

    Raises
    ------
    BadInput
        If the technique is not known.
    """
    techniques = spectra.TECHNIQUES if technique == ANY_TECHNIQUE else (spectra.technique_of(technique),)
    stated = {item.name: item for one in techniques for item in one.options}
    fields: dict[str, Any] = {name: (_field(item), None) for name, item in stated.items()}
    return create_model(f"{techniques[0].kind if technique else 'Any'}Options", __base__=Options, **fields)


def _field(stated: Stated) -> Any:
    """Type of an option in a recipe, with the limits that its signature states."""
    option = stated.option
    kind = recipe_type(stated)
    stated_limits = {"ge": option.at_least, "gt": option.above, "le": option.at_most}
    limits: dict[str, Any] = {
        key: limit for key, limit in stated_limits.items() if math.isfinite(limit) and kind in (int, float)
    }
    unit = f" ({option.unit})" if option.unit else ""
    absent = "" if stated.default in (None, ()) else f"; default {stated.default}"
    return Annotated[kind | None, Field(description=f"{option.text.rstrip('.')}{unit}{absent}.", **limits)]


def recipe_type(stated: Stated) -> Any:
    """What stands in TOML for a type of Python: pairs and mappings of pairs are arrays, words are chosen from a list.

    Raises
    ------
    TypeError
        If the signature holds a type that no recipe can state.
    """
    if stated.option.words:
        return Literal[stated.option.words]
    (hint,) = alternatives(stated.type)
    if hint in (bool, int, float, str):
        return hint
    origin = get_origin(hint)
    if origin is tuple:
        return Pair
    if origin is not None and issubclass(origin, Mapping) and get_origin(get_args(hint)[1]) is tuple:
        return Mapping[str, Pair]
    if origin is not None and issubclass(origin, Mapping) and get_args(hint) == (str, float):
        return Mapping[str, float]
    if origin is not None and issubclass(origin, Sequence) and get_args(hint) == (str,):
        return tuple[str, ...]
    raise TypeError(f"{stated.name}: a recipe cannot contain a {hint}")
