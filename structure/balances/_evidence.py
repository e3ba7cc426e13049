"""Evidence: statements about a quantity, and areas of lines with the units that they count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from shortrange_core import BadInput, Estimates
from shortrange_core.errors import Offenders
from shortrange_core.showing import Shown
from shortrange_core.spelling import option
from structure.balances._quantities import read_expression, split_ratio
from structure.units import check_label

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
Relation = Literal["=", ">=", "<="]
RELATIONS: tuple[str, ...] = get_args(Relation)
Response = float | tuple[float, float]
ANY = "*"
DEFINITE = 1e-10


@dataclass(frozen=True, eq=False, slots=True)
class Statement(Shown):
    """A quantity, or its share ``of`` another, equal to, at least or at most ``bound``; sd 0 means exact.

    Raises
    ------
    BadInput
        If the relation is none, the bound not finite, the sd negative, or a quantity cannot be read; all together.
    """

    name: str
    quantity: str
    relation: Relation
    bound: float
    of: str = ""
    sd: float = 0.0
    source: str = ""

    def __post_init__(self) -> None:
        offenders = Offenders()
        if self.relation not in RELATIONS:
            offenders.add(f"relation {self.relation!r}: give {', '.join(RELATIONS)}")
        if not np.isfinite(self.bound):
            offenders.add(f"the bound {self.bound} is not finite; give a number")
        if not (np.isfinite(self.sd) and self.sd >= 0):
            offenders.add(f"sd = {self.sd} must be 0 (exact) or positive and finite")
        offenders.raise_if_any(self.quantity)
        for text in (self.quantity, self.of):
            if text:
                read_expression(text)

    def __str__(self) -> str:
        share = f" of {self.of}" if self.of else ""
        spread = f" (sd {self.sd:g})" if self.sd else ""
        return f"{self.quantity}{share} {self.relation} {self.bound:g}{spread}"


@dataclass(frozen=True, eq=False, slots=True)
class Areas(Shown):
    """Areas of the lines of one spectrum, and the species that each counts.

    Parameters
    ----------
    name
        Name of the evidence.
    technique, sample
        Where the areas come from.
    lines
        Names of the lines.
    assignments
        Affine text in species labels, BO, NBO, oxide or other linear quantities; a line that counts nothing is absent.
    value, covariance
        m areas and m x m covariances.
    scale
        (value, sd) of area per atom or unit; sd infinite where it is unknown, 0 where it is known.
    responses
        Triples (label or name or ``*``, median, sd of the logarithm); factors relative to the scale.
    readings
        Hashes of the records of the files that the areas go back to.

    Raises
    ------
    BadInput
        If the numbers of lines, assignments, areas and covariances differ, an area is not finite, or a covariance not
        positive definite; all offenders together.
    """

    name: str
    technique: str
    sample: str
    lines: tuple[str, ...]
    assignments: tuple[str, ...]
    value: Vector
    covariance: Matrix
    scale: tuple[float, float]
    responses: tuple[tuple[str, float, float], ...] = ()
    readings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        offenders = Offenders()
        count = len(self.lines)
        sizes = (len(self.assignments), np.shape(self.value), np.shape(self.covariance))
        if sizes != (count, (count,), (count, count)):
            offenders.add(f"{self.name}: {count} lines, but assignments, areas and covariances of sizes {sizes}")
        else:
            _check_numbers(self.name, self.lines, self.value, self.covariance, offenders)
        for text in self.assignments:
            counted = read_expression(text)
            if counted.constant or not counted.coefficients:
                offenders.add(
                    f"{self.name}: {text!r} contains a number ({counted.constant:g}); a line can count only units"
                )
        offenders.raise_if_any()

    def __str__(self) -> str:
        return f"areas of {', '.join(self.lines)}"


Evidence = Statement | Areas


def statement(
    quantity: str,
    *,
    of: str | None = None,
    value: float | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
    sd: float = 0.0,
    name: str | None = None,
    source: str = "",
) -> Statement:
    """A statement about a linear quantity or a ratio of two.

    Parameters
    ----------
    quantity
        ``BO``, ``P:S3O``, ``Na2S(cr)``, ``P1``, ``Na2S - Na2S(cr)``, ``BO/(BO + NBO)`` ... (see
        :func:`structure.check_quantity`).
    of
        Denominator: ``O`` for all oxygen, ``BO + NBO``.
    value, at_least, at_most
        Exactly one, per network former (without ``of``) or as a share of 1.
    sd
        Standard deviation; 0 for a statement that is taken as exact.
    name, source
        How it is called in results, and who says so.

    Raises
    ------
    BadInput
        If not exactly one of the three is given, or a number is not finite, or sd is negative.

    Examples
    --------
    >>> str(statement("BO", of="O", at_least=0.9, name="XPS"))
    'BO of O >= 0.9'
    """
    given: list[tuple[Relation, float]] = []
    for sign, bound in (("=", value), (">=", at_least), ("<=", at_most)):
        if bound is not None:
            given.append((sign, float(bound)))  # type: ignore[arg-type]
    offenders = Offenders()
    if len(given) != 1:
        offenders.add(f"{quantity}: {len(given)} of value, at_least and at_most are given; give exactly one")
    top, bottom = split_ratio(quantity)
    if of and bottom:
        offenders.add(f"{quantity} is already a ratio; leave out {option('of', of)}")
    offenders.raise_if_any()
    relation, bound = given[0]
    return Statement(name or quantity, top, relation, bound, of or bottom or "", float(sd), source)


def from_areas(
    areas: Estimates,
    *,
    response: Mapping[str, Response] | Estimates | None = None,
    scale: float | tuple[float, float] | None = None,
    name: str | None = None,
) -> Areas:
    """Evidence from the areas of one spectrum: area = scale x sum of (response x amount counted).

    Parameters
    ----------
    areas
        Areas with the facet ``assignment``; a line whose assignment is empty counts nothing and is left out. Facets
        ``technique`` and ``sample`` name the evidence, ``reading`` its files.
    response
        Factor by which a unit (or ``BO``, ``NBO``, ...) is seen; a number where it is known (T1 saturation, detection),
        (median, sd of its logarithm) where it is not; ``"*"`` stands for all that are not named. As Estimates: entries
        named by label, relative sd taken as the sd of the logarithm. Not named: 1.
    scale
        Area per unit or atom: None where unknown, a number, or (value, sd).
    name
        Name of the evidence; the technique where it is not given.

    Raises
    ------
    BadInput
        If there is no facet assignment, no line counts anything, several techniques or samples are mixed, a value is
        not finite, the covariance is unknown or not positive definite, or a response is not positive.

    Examples
    --------
    >>> from shortrange_core import Estimates
    >>> areas = Estimates.build(["a", "b"], [80.0, 20.0], [4.0, 4.0], assignment=["P:S4 + P:S3O", "P:S3~P"])
    >>> str(from_areas(areas))
    'areas of a, b'
    """
    facets = areas.facets
    if "assignment" not in facets:
        raise BadInput("the areas have no facet 'assignment'; assign every line, for example to 'P:S4 + P:S3O'")
    offenders = Offenders()
    texts = [str(text).strip() for text in facets["assignment"]]
    index = np.array([i for i, text in enumerate(texts) if text], dtype=np.intp)
    if index.size == 0:
        offenders.add("none of the areas is assigned; fill the facet 'assignment'")
    names: dict[str, str] = {}
    for facet in ("technique", "sample"):
        labels = sorted({str(facets[facet][i]) for i in index}) if facet in facets else [""]
        if len(labels) > 1:
            offenders.add(f"the areas mix {facet} {', '.join(labels)}; take one with areas.where({facet}=...)")
        names[facet] = labels[0] if labels else ""
    label = name or names["technique"] or "areas"
    values = np.array(areas.value.values[index], dtype=float)
    covariance = np.array(areas.covariance.values[np.ix_(index, index)], dtype=float)
    entries = [areas.entries[i] for i in index]
    responses = _responses(response, offenders)
    scaled = _scale(scale, offenders)
    chosen = tuple(texts[i] for i in index)
    keys = facets.get("reading", ())
    readings = tuple(dict.fromkeys(str(keys[i]) for i in index if keys and keys[i]))
    head = (label, names["technique"], names["sample"], tuple(entries), chosen)
    with offenders.of():
        made = Areas(*head, values, covariance, scaled, responses, readings)
    offenders.raise_if_any()
    return made


def _check_numbers(name: str, entries: Sequence[str], values: Vector, covariance: Matrix, offenders: Offenders) -> None:
    for entry, value, variance in zip(entries, values, np.diagonal(covariance), strict=True):
        if not np.isfinite(value):
            offenders.add(f"{name}: the area of {entry} is {value}; leave its assignment empty or give a number")
        if not np.isfinite(variance) or variance <= 0:
            offenders.add(f"{name}: the area of {entry} has no sd (variance {variance:g}); give one above 0")
    if offenders.problems or not len(entries):
        return
    sd = np.sqrt(np.diagonal(covariance))
    lowest = float(np.linalg.eigvalsh(covariance / np.outer(sd, sd))[0])
    if lowest < -DEFINITE * len(entries):
        offenders.add(
            f"{name}: the covariance of the areas is not positive definite (eigenvalue {lowest:.2g}); correct it"
        )


def _responses(
    response: Mapping[str, Response] | Estimates | None, offenders: Offenders
) -> tuple[tuple[str, float, float], ...]:
    if response is None:
        return ()
    if isinstance(response, Estimates):
        relative = response.sd.values / response.value.values
        pairs = dict(zip(response.entries, zip(response.value.values, relative, strict=True), strict=True))
    else:
        pairs = {key: r if isinstance(r, tuple) else (r, 0.0) for key, r in response.items()}
    medians = []
    for key, (median, spread) in pairs.items():
        if not all(isinstance(number, Real) for number in (median, spread)):
            offenders.add(
                f"response of {key}: {median!r} is not a factor; give a number, or (median, sd of its logarithm)"
            )
            continue
        if not (np.isfinite(median) and median > 0 and np.isfinite(spread) and spread >= 0):
            offenders.add(
                f"response of {key}: {median:g} (sd of its logarithm {spread:g}); give a factor above 0, sd >= 0"
            )
        medians.append((response_key(key), float(median), float(spread)))
    return tuple(medians)


def response_key(name: str) -> str:
    """Canonical form of what a response belongs to: a label where it is one, else the name itself."""
    return check_label(name) if ":" in name else name


def _scale(scale: float | tuple[float, float] | None, offenders: Offenders) -> tuple[float, float]:
    if scale is None:
        return 1.0, float("inf")
    value, sd = scale if isinstance(scale, tuple) else (scale, 0.0)
    if not (np.isfinite(value) and value > 0 and sd >= 0):
        offenders.add(f"scale = {scale}: give an area per unit above 0, or (value, sd)")
    return float(value), float(sd)
