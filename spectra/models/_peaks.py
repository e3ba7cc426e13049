"""One peak of a model: its parameters with first values, bounds and statements."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real

from shortrange_core.errors import BadInput, Offenders
from shortrange_core.records import record
from shortrange_core.showing import Shown
from spectra.models._parameters import FROM_DATA, Parameter, Start, owned, parameter_from
from spectra.shapes import ANY, shape_named

AREA_BOUNDS = (0.0, math.inf)


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Peak(Shown):
    """One line of a model.

    Parameters
    ----------
    name
        Identifier of the peak in this model, such as ``ps4``.
    assignment
        What its area counts, in species labels: ``"P:S4 + P:S3O"``, ``"BO"``; empty for a sideband or an Auger line.
    shape
        Name of a line shape of :data:`spectra.shapes.SHAPES`.
    parameters
        ``name_area`` and then one for every quantity of the shape, in its order. :func:`peak` makes them.
    shape_assumed
        Nobody states the shape: it is what the technique takes, and others may be as good.

    Raises
    ------
    BadInput
        If the shape is not known or the parameters are not those of the shape.
    """

    name: str
    assignment: str
    shape: str
    parameters: tuple[Parameter, ...]
    shape_assumed: bool = False

    def __post_init__(self) -> None:
        wanted = tuple(f"{self.name}_{quantity}" for quantity in ("area", *shape_named(self.shape).quantities))
        given = tuple(parameter.name for parameter in self.parameters)
        if given != wanted:
            raise BadInput(
                f"peak {self.name!r}: a {self.shape} has the parameters {', '.join(wanted)}, not {', '.join(given)}; "
                "make it with spectra.peak"
            )
        quantities = ("area", *shape_named(self.shape).quantities)
        object.__setattr__(self, "parameters", owned(self.parameters, self.name, quantities))

    @property
    def quantities(self) -> dict[str, Parameter]:
        """The parameters by their quantity: ``area`` first."""
        return {parameter.quantity: parameter for parameter in self.parameters}


def peak(
    name: str,
    quantities: Mapping[str, Start],
    *,
    assignment: str = "",
    shape: str = "pseudo_voigt",
) -> Peak:
    """Make a peak from its quantities, each a start, ``(start, lower, upper)`` or a prior.

    Parameters
    ----------
    name
        Identifier of the peak.
    quantities
        Such as ``{"center": prior, "fwhm": (8.0, 2.0, 30.0)}``, in the unit of the axis. An area that is not given is
        found from the data; it is not negative unless bounds are given. A fraction that is not given starts at 0.5.
    assignment
        What the area counts, in species labels.
    shape
        Name of the line shape.

    Raises
    ------
    BadInput
        If a quantity is missing or does not belong to the shape, or a start is not usable; all together.

    Examples
    --------
    >>> ps4 = peak("ps4", {"center": (82.0, 79.0, 85.0), "fwhm": 8.0}, assignment="P:S4")
    >>> [parameter.name for parameter in ps4.parameters]
    ['ps4_area', 'ps4_center', 'ps4_fwhm', 'ps4_fraction']
    """
    kind = shape_named(shape)
    problems = Offenders()
    allowed = ("area", *kind.quantities)
    for quantity in quantities:
        if quantity not in allowed:
            problems.add(f"peak {name!r}: a {shape} has no {quantity!r}; it has {', '.join(allowed)}")
    parameters = []
    for quantity in allowed:
        start = quantities.get(quantity, FROM_DATA if quantity == "area" else kind.defaults.get(quantity))
        free_area = ANY if isinstance(start, tuple) else AREA_BOUNDS
        bounds = free_area if quantity == "area" else kind.bounds[quantity]
        if start is None:
            problems.add(f"peak {name!r}: the {quantity} is not given; give a start, (start, lower, upper) or a prior")
            continue
        try:
            parameters.append(parameter_from(f"{name}_{quantity}", start, bounds))
        except BadInput as error:
            equation = "" if quantity == "area" or _allowed(start, bounds) else f"; {shape} is {kind.equation}"
            problems.add(*(f"{text}{equation}" for text in error.problems))
    problems.raise_if_any()
    return Peak(name, assignment, shape, tuple(parameters))


def _allowed(start: Start, bounds: tuple[float, float]) -> bool:
    """True where the start is one that the shape allows at all, or none."""
    value = start[0] if isinstance(start, (tuple, list)) and start else getattr(start, "mean", start)
    return not isinstance(value, Real) or bounds[0] <= float(value) <= bounds[1]
