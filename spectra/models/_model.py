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
from typing import TYPE_CHECKING, Any

from shortrange_core.affine import Affine, Relationship, parse_relation
from shortrange_core.errors import BadInput, Offenders
from shortrange_core.labels import named_twice
from shortrange_core.notes import Note
from shortrange_core.records import record
from shortrange_core.showing import Shown
from spectra.models._links import resolved, split_link
from spectra.models._parameters import Parameter, PriorLike, Start, values_of
from spectra.models._peaks import Peak
from spectra.models.backgrounds import Background
from spectra.spectrum import AXES

if TYPE_CHECKING:
    import lmfit

__all__ = ["OFFSET", "Model", "Parameter", "PriorLike", "Start", "with_parameters"]
OFFSET = "offset"


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Model(Shown):
    """Everything that a fit needs in addition to the spectrum.

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
        Remarks on the model; the fit carries them.
    elements
        Symbols of what the sample holds, as far as its maker was told; remarks on a fit speak of them.

    Raises
    ------
    BadInput
        If names repeat or are unknown, a link or constraint is not affine, or links run in a circle; all together.

    Examples
    --------
    >>> from spectra import backgrounds, peak
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
    elements: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        problems = Offenders()
        for field in ("links", "constraints"):
            if isinstance(getattr(self, field), str):
                raise BadInput(f"{field} is a single text, {getattr(self, field)!r}; give a tuple of texts")
        if self.axis not in AXES:
            problems.add(f"axis {self.axis!r}: is not known; give one of {', '.join(AXES)}")
        if not self.peaks:
            problems.add("peaks is empty; give at least one, made with spectra.peak")
        if not self.offset_sd >= 0:
            problems.add(f"offset_sd = {self.offset_sd}: must not be negative; 0 means an exact scale")
        if self.window is not None and not self.window[0] < self.window[1]:
            problems.add(f"window {self.window}: give (lower, upper) with lower < upper")
        names = [parameter.name for parameter in self.all_parameters]
        repeated = named_twice(names)
        if repeated:
            problems.add(f"parameters {', '.join(repeated)}: occur more than once; give every peak its own name")
        problems.add(*_problems_of_text(self, set(names)))
        problems.raise_if_any()

    @property
    def all_parameters(self) -> tuple[Parameter, ...]:
        """Every parameter: of the peaks, of the background, and the offset where there is one."""
        every = [parameter for line in self.peaks for parameter in line.parameters]
        every += [parameter for part in self.background for parameter in part.parameters]
        if self.offset_sd > 0:
            every.append(Parameter(OFFSET, 0.0, peak=OFFSET, quantity=OFFSET))
        return tuple(every)

    def linked(self) -> dict[str, Affine]:
        """Every linked parameter, expressed by parameters that are not linked."""
        return resolved(self.links)

    def relations(self) -> tuple[Relationship, ...]:
        """Constraints as affine relations to zero."""
        return tuple(parse_relation(text) for text in self.constraints)

    def parameters(self) -> lmfit.Parameters:
        """Parameters to look at and to edit as lmfit's; give them back with ``fit(..., parameters=)``.

        Values that a linear fit will find are 0 here and stay to be found unless edited. Priors, constraints and the
        offset's prior stay in the model.
        """
        import lmfit

        made = lmfit.Parameters()
        for parameter in self.all_parameters:
            start = 0.0 if math.isnan(parameter.value) else parameter.value
            start = min(max(start, parameter.lower), parameter.upper)
            made.add(parameter.name, start, parameter.vary, parameter.lower, parameter.upper)
        for name, expression in self.linked().items():
            made[name].set(expr=str(expression))
        return made


def _problems_of_text(model: Model, names: set[str]) -> list[str]:
    problems: list[str] = []
    for text in model.links:
        try:
            left, right = split_link(text)
        except BadInput as error:
            problems.extend(error.problems)
            continue
        problems += [f"link {text!r}: {n!r} is not a parameter" for n in (left, *right.names) if n not in names]
    for text in model.constraints:
        try:
            relation = parse_relation(text)
        except BadInput as error:
            problems.extend(error.problems)
            continue
        problems += [f"constraint {text!r}: {n!r} is not a parameter" for n in relation.left.names if n not in names]
    if not problems:
        try:
            resolved(model.links)
        except BadInput as error:
            problems.extend(error.problems)
    return problems


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
