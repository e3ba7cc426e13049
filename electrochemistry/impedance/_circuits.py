"""Equivalent circuits, from a text or from objects: impedance and analytic derivatives.

The text is parsed, never evaluated: ``R0-p(R1,CPE1)-p(R2,CPE2)`` is a series of elements and of parallel groups.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from electrochemistry.impedance._circuit_nodes import Leaf, Node, Parallel, Series, parallel, series
from electrochemistry.impedance._elements import Complex, Frequencies, Quantity, Real, circuit_elements
from shortrange_core import BadInput
from shortrange_core.labels import named_twice

_TOKEN = re.compile(
    r"\s*(?:(?P<open>p\()|(?P<close>\))|(?P<comma>,)|(?P<dash>-)|(?P<name>[A-Za-z]+)(?P<number>[0-9]*))"
)
MAX_DEPTH = 12
MAX_LEVELS = 2 * MAX_DEPTH + 2  # of a tree: a series and a group for every nested bracket
EXCERPT = 30  # characters of a circuit shown on each side of what is wrong with it


@dataclass(frozen=True, slots=True)
class CircuitParameter:
    """One parameter of a circuit: ``name`` is ``R1`` for one-parameter elements, else ``CPE1_Q``."""

    name: str
    element: str
    quantity: Quantity


@dataclass(frozen=True, eq=False, slots=True)
class Circuit:
    """An equivalent circuit.

    Parameters
    ----------
    root
        Tree of elements.

    Attributes
    ----------
    parameters, names
        Parameters in the order of the text, with units and bounds; their names.

    Examples
    --------
    >>> cell = circuit("R0-p(R1,C1)")
    >>> cell.names
    ('R0', 'R1', 'C1')
    >>> cell.impedance([1e-3, 1e9], {"R0": 10.0, "R1": 90.0, "C1": 1e-6}).real.round(3).tolist()
    [100.0, 10.0]
    """

    root: Node
    parameters: tuple[CircuitParameter, ...] = field(init=False)
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        parameters = _parameters(self.root)
        object.__setattr__(self, "parameters", parameters)
        object.__setattr__(self, "names", tuple(parameter.name for parameter in parameters))

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """Elements in the order of the text."""
        return _leaves(self.root)

    def __str__(self) -> str:
        return _text(self.root)

    def impedance(self, frequency: npt.ArrayLike, values: Mapping[str, float]) -> Complex:
        """Impedance (ohm) at frequencies (Hz) for parameter values by name.

        Raises
        ------
        BadInput
            If a value is missing, unknown, not finite or not positive where it must be, or a frequency is not above 0.
        """
        at = np.asarray(frequency, dtype=float)
        if not np.all(np.isfinite(at) & (at > 0)):
            raise BadInput("frequencies must be finite and above 0 Hz; leave the others out")
        vector = [_value(parameter, values) for parameter in self.parameters]
        unknown = sorted(set(values) - set(self.names))
        if unknown:
            raise BadInput(f"the circuit {self} has no parameter {', '.join(unknown)}; it has {', '.join(self.names)}")
        return self.response([np.array([v]) for v in vector], Frequencies(at))[0]

    def response(self, values: list[Real], w: Frequencies) -> tuple[Complex, list[Complex]]:
        """Impedance and its derivatives by every parameter (by ln p where the quantity is logarithmic).

        Parameters
        ----------
        values
            One array of shape ``(..., 1)`` a parameter.
        w
            Frequencies.
        """
        return _response(self.root, iter(values), w)


def _value(parameter: CircuitParameter, values: Mapping[str, float]) -> float:
    if parameter.name not in values:
        raise BadInput(f"no value for {parameter.name} ({parameter.quantity.unit or 'no unit'}); give one")
    quantity = parameter.quantity
    try:
        value = float(values[parameter.name])
    except (TypeError, ValueError):
        value = float("nan")
    if not np.isfinite(value) or (quantity.log and value <= 0):
        raise BadInput(f"{parameter.name} = {values[parameter.name]!r}: must be finite and, but for exponents, above 0")
    if not quantity.log and not quantity.lower <= value <= quantity.upper:
        raise BadInput(f"{parameter.name} = {value}: must lie between {quantity.lower:g} and {quantity.upper:g}")
    return value


def _parameters(root: Node) -> tuple[CircuitParameter, ...]:
    parameters = []
    for leaf in _leaves(root):
        single = len(leaf.element.quantities) == 1
        for quantity in leaf.element.quantities:
            name = leaf.name if single else f"{leaf.name}_{quantity.symbol}"
            parameters.append(CircuitParameter(name, leaf.name, quantity))
    return tuple(parameters)


def _leaves(node: Node) -> tuple[Leaf, ...]:
    if isinstance(node, Leaf):
        return (node,)
    return tuple(leaf for part in node.parts for leaf in _leaves(part))


def _text(node: Node) -> str:
    if isinstance(node, Leaf):
        return node.name
    if isinstance(node, Series):
        return "-".join(_text(part) for part in node.parts)
    return f"p({','.join(_text(part) for part in node.parts)})"


def _response(node: Node, values: Iterator[Real], w: Frequencies) -> tuple[Complex, list[Complex]]:
    if isinstance(node, Leaf):
        own = [next(values) for _ in node.element.quantities]
        return node.element.response(own, w)
    parts = [_response(part, values, w) for part in node.parts]
    if isinstance(node, Series):
        z = parts[0][0]
        for other, _ in parts[1:]:
            z = z + other
        return z, [slope for _, slopes in parts for slope in slopes]
    admittances = [1 / z for z, _ in parts]
    total = admittances[0]
    for admittance in admittances[1:]:
        total = total + admittance
    z = 1 / total
    slopes = []
    for (_, inner), admittance in zip(parts, admittances, strict=True):
        factor = (z * admittance) ** 2
        slopes += [factor * slope for slope in inner]
    return z, slopes


def circuit(description: str | Node | Circuit) -> Circuit:
    """Circuit from a text such as ``R0-p(R1,CPE1)``, or from objects.

    Parameters
    ----------
    description
        ``-`` joins in series, ``p(a,b)`` in parallel; every element carries a number of its own.

    Raises
    ------
    BadInput
        If the text has an unknown element, an unclosed group, an empty branch or a repeated name, or it is neither a
        text nor made of elements.
    """
    if isinstance(description, Circuit):
        return description
    root = _Parser(description).parse() if isinstance(description, str) else _checked(description)
    names = [leaf.name for leaf in _leaves(root)]
    repeated = named_twice(names)
    if repeated:
        shown = _text(root) if len(names) <= EXCERPT else f"{_text(root)[: 2 * EXCERPT]}..."
        raise BadInput(f"the circuit {shown!r} names {', '.join(repeated)} twice; number each element")
    return Circuit(root)


def _checked(root: object) -> Node:
    """A tree of elements that is no deeper than texts may be."""
    waiting = [(root, 1)]
    while waiting:
        node, level = waiting.pop()
        if level > MAX_LEVELS:
            raise BadInput(f"the circuit is nested deeper than {MAX_DEPTH} groups; write it with fewer levels")
        if isinstance(node, (Series, Parallel)) and node.parts:
            waiting += [(part, level + 1) for part in node.parts]
        elif not isinstance(node, Leaf):
            raise BadInput(
                f"{node!r} is not a circuit; give a text such as 'R0-p(R1,CPE1)', or element('R0') and the like"
            )
    assert isinstance(root, (Leaf, Series, Parallel))
    return root


class _Parser:
    """Recursive descent over series and parallel groups."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.elements = text, 0, circuit_elements()

    def fail(self, what: str) -> BadInput:
        start, stop = max(self.at - EXCERPT, 0), self.at + EXCERPT
        shown = self.text if len(self.text) <= 2 * EXCERPT else f"...{self.text[start:stop]}..."
        return BadInput(
            f"circuit {shown!r}, position {self.at + 1}: {what}; write elements joined by '-' and groups p(a,b), "
            "such as R0-p(R1,CPE1)"
        )

    def parse(self) -> Node:
        node = self.series(0)
        if self.at < len(self.text.rstrip()):
            raise self.fail(f"{self.text[self.at]!r} is not expected here")
        return node

    def take(self, kind: str) -> re.Match[str] | None:
        match = _TOKEN.match(self.text, self.at)
        if match is None or match.lastgroup is None or match[kind] is None:
            return None
        self.at = match.end()
        return match

    def series(self, depth: int) -> Node:
        parts = [self.part(depth)]
        while self.take("dash"):
            parts.append(self.part(depth))
        return parts[0] if len(parts) == 1 else series(*parts)

    def part(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self.fail(f"groups are nested deeper than {MAX_DEPTH}")
        if self.take("open"):
            branches = [self.series(depth + 1)]
            while self.take("comma"):
                branches.append(self.series(depth + 1))
            if self.take("close") is None:
                raise self.fail("a group p( is not closed")
            if len(branches) < 2:
                raise self.fail("a group p() has one branch")
            return parallel(*branches)
        match = self.take("name")
        if match is None:
            raise self.fail("an element is missing")
        if match["name"] not in self.elements:
            raise self.fail(f"{match['name']!r} is not an element; known are {', '.join(self.elements)}")
        return Leaf(match["name"] + match["number"], self.elements[match["name"]])
