"""Of what a circuit is made: elements, in series and in parallel."""

from __future__ import annotations

import re
from dataclasses import dataclass

from electrochemistry.impedance._elements import Element, circuit_elements
from shortrange_core import BadInput


@dataclass(frozen=True, slots=True)
class Leaf:
    """An element with its name in the circuit, such as ``CPE1``."""

    name: str
    element: Element

    def __sub__(self, other: Node) -> Series:
        return series(self, other)


@dataclass(frozen=True, slots=True)
class Series:
    """Elements and groups one after the other."""

    parts: tuple[Node, ...]

    def __sub__(self, other: Node) -> Series:
        return series(self, other)


@dataclass(frozen=True, slots=True)
class Parallel:
    """Branches in parallel."""

    parts: tuple[Node, ...]

    def __sub__(self, other: Node) -> Series:
        return series(self, other)


Node = Leaf | Series | Parallel


def element(name: str) -> Leaf:
    """One element of a circuit built from objects.

    Raises
    ------
    BadInput
        If the name is not a known element with a number.

    Examples
    --------
    >>> from electrochemistry import circuit
    >>> str(circuit(element("R0") - parallel(element("R1"), element("CPE1"))))
    'R0-p(R1,CPE1)'
    """
    match = re.fullmatch(r"([A-Za-z]+)([0-9]*)", str(name))
    elements = circuit_elements()
    if match is None or match[1] not in elements:
        raise BadInput(
            f"{name!r} is not a circuit element; give one of {', '.join(elements)} with a number, such as R1"
        )
    return Leaf(name, elements[match[1]])


def series(*parts: Node) -> Series:
    """Elements and groups in series."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Series) else (part,))]
    return Series(tuple(flat))


def parallel(*parts: Node) -> Parallel:
    """Branches in parallel.

    Raises
    ------
    BadInput
        If there are fewer than two.
    """
    if len(parts) < 2:
        raise BadInput("a parallel group has one branch; give two or more, or leave the p() out")
    return Parallel(tuple(parts))
