"""The model of a spectrum: peaks, background, links, constraints, referencing offset.

A model is a frozen record; what differs from it in a fit is given to the fit. Its numbers are parameters named
``peak_quantity`` (``ps4_area``, ``ps4_center``, ``ps4_fwhm``, ``background_c0``, ``offset``).

**Links** express one parameter by others, affinely: ``"b_fwhm = a_fwhm"``, ``"p12_area = 0.5*p32_area"``,
``"p12_center = p32_center + 0.85"``. The left side no longer varies; its bounds and its prior still count, but a prior
that both sides state counts once (:mod:`spectra.models`).

**Constraints** relate parameters without removing one: ``"a_area + b_area = 1"``, ``"b_area <= 0.1*a_area"``,
``"b_center - a_center >= 1.5"``. They are obeyed inside the fit, at every step.

**Offset.** A referencing error is common to all lines of a spectrum: with ``offset_sd > 0`` the model has one more
parameter ``offset`` with the prior 0 +- offset_sd, and the prior of every position p acts on ``p - offset``. Positions
are always given on the axis of the spectrum as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import lmfit

from shortrange_core.affine import Affine, Relationship, parse, parse_relation
from shortrange_core.errors import BadInput, Offenders
from shortrange_core.notes import Note
from shortrange_core.records import record
from shortrange_core.showing import Shown
from spectra.models._parameters import FROM_DATA, Parameter, PriorLike, Start, owned, parameter_from, values_of
from spectra.models.backgrounds import Background
from spectra.shapes import ANY, shape_named
from spectra.spectrum import AXES

__all__ = ["OFFSET", "Model", "Parameter", "Peak", "PriorLike", "Start", "peak", "with_parameters"]
OFFSET = "offset"
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

    Raises
    ------
    BadInput
        If the shape is not known or the parameters are not those of the shape.
    """

    name: str
    assignment: str
    shape: str
    parameters: tuple[Parameter, ...]

    def __post_init__(self) -> None:
        wanted = tuple(f"{self.name}_{quantity}" for quantity in ("area", *shape_named(self.shape).quantities))
        found = tuple(parameter.name for parameter in self.parameters)
        if found != wanted:
            raise BadInput(
                f"peak {self.name!r}: a {self.shape} has the parameters {', '.join(wanted)}, not {', '.join(found)}; "
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
    """Peak from its quantities, each a start, ``(start, lower, upper)`` or a prior.

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
    known = ("area", *kind.quantities)
    for quantity in quantities:
        if quantity not in known:
            problems.add(f"peak {name!r}: a {shape} has no {quantity!r}; it has {', '.join(known)}")
    parameters = []
    for quantity in known:
        start = quantities.get(quantity, FROM_DATA if quantity == "area" else kind.defaults.get(quantity))
        free_area = ANY if isinstance(start, tuple) else AREA_BOUNDS
        bounds = free_area if quantity == "area" else kind.bounds[quantity]
        if start is None:
            problems.add(f"peak {name!r}: the {quantity} is not given; give a start, (start, lower, upper) or a prior")
            continue
        try:
            parameters.append(parameter_from(f"{name}_{quantity}", start, bounds))
        except BadInput as error:
            said = "" if quantity == "area" or _allowed(start, bounds) else f"; {shape} is {kind.equation}"
            problems.add(*(f"{text}{said}" for text in error.problems))
    problems.raise_if_any()
    return Peak(name, assignment, shape, tuple(parameters))


def _allowed(start: Start, bounds: tuple[float, float]) -> bool:
    """True where the start is one that the shape allows at all, or none."""
    value = start[0] if isinstance(start, (tuple, list)) and start else getattr(start, "mean", start)
    return not isinstance(value, Real) or bounds[0] <= float(value) <= bounds[1]


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Model(Shown):
    """Everything that a fit needs to know beside the spectrum.

    Parameters
    ----------
    technique
        Such as ``"31P NMR"``; a spectrum of another technique is refused. Empty: any.
    axis
        Name of the axis, such as ``"chemical_shift"``; positions and widths are in its unit.
    peaks
        Lines, with unique names.
    background
        Parts of the background inside the fit, added up; empty for none.
    links, constraints
        Affine text, see the module.
    offset_sd
        Standard deviation of the referencing offset, unit of the axis; 0 for a spectrum whose scale is exact.
    window
        Lower and upper end of the fitted part of the axis; None for all of it.
    notes
        What the maker of the model has to say; handed on to the fit.

    Raises
    ------
    BadInput
        If names repeat or are unknown, a link or constraint is not affine, or links run in a circle; all together.

    Examples
    --------
    >>> from spectra import backgrounds
    >>> model = Model(
    ...     "31P NMR",
    ...     "chemical_shift",
    ...     (
    ...         peak("ps4", {"center": (82.0, 79.0, 85.0), "fwhm": 8.0}, assignment="P:S4"),
    ...         peak("po4", {"center": (3.0, 0.0, 6.0), "fwhm": 8.0}, assignment="P:O4"),
    ...     ),
    ...     background=(backgrounds.linear(),),
    ...     links=("po4_fwhm = ps4_fwhm",),
    ... )
    >>> len(model.all_parameters), model.parameters()["po4_fwhm"].expr
    (10, 'ps4_fwhm')
    """

    technique: str
    axis: str
    peaks: tuple[Peak, ...]
    background: tuple[Background, ...] = ()
    links: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    offset_sd: float = 0.0
    window: tuple[float, float] | None = None
    notes: tuple[Note, ...] = ()

    def __post_init__(self) -> None:
        problems = Offenders()
        for field in ("links", "constraints"):
            if isinstance(getattr(self, field), str):
                raise BadInput(f"{field}: is one text, {getattr(self, field)!r}; give a tuple of texts")
        if self.axis not in AXES:
            problems.add(f"axis {self.axis!r}: is not known; give one of {', '.join(AXES)}")
        if not self.peaks:
            problems.add("peaks: there are none; give at least one, made with spectra.peak")
        if not self.offset_sd >= 0:
            problems.add(f"offset_sd = {self.offset_sd}: must not be negative; 0 means an exact scale")
        if self.window is not None and not self.window[0] < self.window[1]:
            problems.add(f"window {self.window}: give (lower, upper) with lower < upper")
        names = [parameter.name for parameter in self.all_parameters]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            problems.add(f"parameters {', '.join(repeated)}: occur more than once; give every peak a name of its own")
        problems.add(*_problems_of_text(self, set(names)))
        problems.raise_if_any()

    @property
    def all_parameters(self) -> tuple[Parameter, ...]:
        """Every parameter: of the peaks, of the background, and the offset where there is one."""
        found = [parameter for line in self.peaks for parameter in line.parameters]
        found += [parameter for part in self.background for parameter in part.parameters]
        if self.offset_sd > 0:
            found.append(Parameter(OFFSET, 0.0, peak=OFFSET, quantity=OFFSET))
        return tuple(found)

    def linked(self) -> dict[str, Affine]:
        """What every linked parameter is, in parameters that are not linked."""
        return resolved(self.links)

    def relations(self) -> tuple[Relationship, ...]:
        """Constraints as affine relations to zero."""
        return tuple(parse_relation(text) for text in self.constraints)

    def parameters(self) -> lmfit.Parameters:
        """Parameters to look at and to edit as lmfit's; give them back with ``fit(..., parameters=)``.

        Values that a linear fit will find are 0 here and stay to be found unless edited. Priors, constraints and the
        offset's prior stay in the model.
        """
        found = lmfit.Parameters()
        for parameter in self.all_parameters:
            start = 0.0 if math.isnan(parameter.value) else parameter.value
            start = min(max(start, parameter.lower), parameter.upper)
            found.add(parameter.name, start, parameter.vary, parameter.lower, parameter.upper)
        for name, expression in self.linked().items():
            found[name].set(expr=str(expression))
        return found


def _problems_of_text(model: Model, names: set[str]) -> list[str]:
    problems: list[str] = []
    for text in model.links:
        try:
            left, right = split_link(text)
        except BadInput as error:
            problems.extend(error.problems)
            continue
        problems += [f"link {text!r}: {n!r} is no parameter" for n in (left, *right.names) if n not in names]
    for text in model.constraints:
        try:
            relation = parse_relation(text)
        except BadInput as error:
            problems.extend(error.problems)
            continue
        problems += [f"constraint {text!r}: {n!r} is no parameter" for n in relation.left.names if n not in names]
    if not problems:
        try:
            resolved(model.links)
        except BadInput as error:
            problems.extend(error.problems)
    return problems


def split_link(text: str) -> tuple[str, Affine]:
    """Left name and right side of a link.

    Raises
    ------
    BadInput
        If the left side is not one name, or the right side is not affine.
    """
    left, sign, right = text.partition("=")
    if not sign or not left.strip().isidentifier() or left.rstrip()[-1] in "<>":
        raise BadInput(f"link {text!r}: write 'parameter = affine expression'; inequalities go to constraints")
    return left.strip(), parse(right)


def resolved(links: tuple[str, ...]) -> dict[str, Affine]:
    """Every linked parameter in parameters that are not linked.

    Raises
    ------
    BadInput
        If a parameter is linked twice, or links run in a circle.

    Examples
    --------
    >>> {name: str(right) for name, right in resolved(("c = 2*b", "b = a + 1")).items()}
    {'c': '2*a + 2', 'b': 'a + 1'}
    """
    found: dict[str, Affine] = {}
    for text in links:
        name, right = split_link(text)
        if name in found:
            raise BadInput(f"link {text!r}: {name} is linked twice; keep one link")
        found[name] = right
    for _ in range(len(found)):
        found = {name: _substituted(right, found) for name, right in found.items()}
    circular = [name for name, right in found.items() if any(other in found for other in right.names)]
    if circular:
        raise BadInput(f"links of {', '.join(circular)}: run in a circle; leave one of them out")
    return found


def _substituted(expression: Affine, known: Mapping[str, Affine]) -> Affine:
    merged: dict[str, float] = {}
    constant = expression.constant
    for name, coefficient in expression.coefficients.items():
        inner = known.get(name, Affine({name: 1.0}))
        constant += coefficient * inner.constant
        for other, factor in inner.coefficients.items():
            merged[other] = merged.get(other, 0.0) + coefficient * factor
    return Affine(merged, constant)


def with_parameters(model: Model, parameters: Mapping[str, Parameter], **changes: Any) -> Model:
    """Model with some of its parameters replaced, by name, and other fields changed as for ``dataclasses.replace``."""
    unknown = sorted(set(parameters) - set(values_of(model.all_parameters)))
    if unknown:
        raise BadInput(f"parameters {', '.join(unknown)}: are not in the model")
    peaks = tuple(
        replace(line, parameters=tuple(parameters.get(p.name, p) for p in line.parameters)) for line in model.peaks
    )
    background = tuple(
        replace(part, parameters=tuple(parameters.get(p.name, p) for p in part.parameters)) for part in model.background
    )
    return replace(model, peaks=peaks, background=background, **changes)


def with_peaks(model: Model, peaks: Sequence[Peak]) -> Model:
    """The model with other peaks; links and constraints on parameters that are gone are left out."""
    names = {parameter.name for line in peaks for parameter in line.parameters} | {OFFSET}
    names |= {parameter.name for part in model.background for parameter in part.parameters}
    links = tuple(t for t in model.links if {split_link(t)[0], *split_link(t)[1].names} <= names)
    constraints = tuple(t for t in model.constraints if set(parse_relation(t).left.names) <= names)
    return replace(model, peaks=tuple(peaks), links=links, constraints=constraints)
