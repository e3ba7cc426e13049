"""Compositions as chemists write them: formulas with decimals, mixtures, and mixtures that vary with x.

A full stop between two digits is a decimal point; elsewhere it joins the components of a mixture, as ``-``, ``+``
and a raised dot do. Lower-case letters are amounts that the caller gives, each as a number or as (number, sd).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from shortrange_core.chemistry._elements import ATOMIC_WEIGHTS, SYMBOLS
from shortrange_core.errors import BadInput
from shortrange_core.spelling import spelled

_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉–−·•", "0123456789--••")
_SERIES = re.compile(r"([A-Z][a-z]?)([0-9]+(?:\.[0-9]+)?)-((?:[0-9.]*)([a-z]))([A-Z][a-z]?)\3(?![a-z])")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+")
_DOTTED = re.compile(r"[A-Za-z)][0-9]+\.[0-9]+[A-Z(]")
_SPACE = re.compile(r"\s+")


class FormulaReader:
    """Reads one composition text with the amounts of its letters, or one formula, in which no letter is an amount."""

    def __init__(self, text: str, amounts: Mapping[str, float] | None) -> None:
        self.whole = text
        self.amounts = amounts
        plain = _SPACE.sub("", text.translate(_SUBSCRIPTS))
        self.text = _SERIES.sub(r"\1(\2-\3)\5(\3)", plain)
        self.position = 0
        if re.match(r"[0-9.a-z(]", self.text) and _DOTTED.search(self.text) and not re.search(r"[-+•]", self.text):
            raise self.fail("a full stop between two digits could be a decimal or join two components (use -)")
        self.used: set[str] = set()

    def fail(self, why: str) -> BadInput:
        """Error that shows where reading stopped."""
        rest = self.text[self.position :]
        at = f" at {rest[:12]!r}" if rest else ""
        like = "Na3PS3.4O0.6" if self.amounts is None else "Na3PS3.4O0.6 or 70Li2S-(30-x)P2S5-xP2O5"
        return BadInput(f"{self.whole!r}: {why}{at}; write it like {like}")

    def peek(self) -> str:
        """Next character, empty at the end."""
        return self.text[self.position : self.position + 1]

    def read(self) -> dict[str, float]:
        """Atoms of the whole text."""
        total: dict[str, float] = {}
        while True:
            factor = self._coefficient()
            for element, number in self._formula().items():
                total[element] = total.get(element, 0.0) + factor * number
            if self.position == len(self.text):
                return total
            if self.peek() not in "-+•.*":
                raise self.fail("cannot be read")
            self.position += 1

    def read_formula(self) -> dict[str, float]:
        """Atoms of a text that is one formula: no mixture, no number in front."""
        total = self._formula()
        if self.position < len(self.text):
            raise self.fail("cannot be read")
        return total

    def _coefficient(self) -> float:
        """Number, letter, number times letter, or bracket in front of a component; 1 where there is none."""
        if self.peek() == "(" and self._bracket_is_arithmetic():
            return self._bracket()
        value, written = self._amount()
        return value if written else 1.0

    def _amount(self) -> tuple[float, bool]:
        """Number and letter at the position: 0.5, x, 2x, (30-x)."""
        value, written = 1.0, False
        match = _NUMBER.match(self.text, self.position)
        if match:
            value, written = float(match[0]), True
            self.position = match.end()
        if self.peek().islower():
            value, written = value * self._letter(), True
        elif self.peek() == "(" and not written and self._bracket_is_arithmetic():
            value, written = self._bracket(), True
        return value, written

    def _letter(self) -> float:
        name = self.peek()
        if self.amounts is None:
            raise self.fail("a formula contains only elements, numbers and brackets")
        if name not in self.amounts:
            given = ", ".join(self.amounts) or "none"
            if not any(map(str.isupper, self.text)):
                raise self.fail("contains no symbol of an element (they begin with a capital letter)")
            way = spelled(f"; pass {name}=...", command_line="", recipe="; write the formula with its value")
            raise self.fail(f"the amount {name} is not given (given: {given}{way})")
        self.position += 1
        self.used.add(name)
        return self.amounts[name]

    def _bracket_is_arithmetic(self) -> bool:
        inside = self.text[self.position + 1 : self.text.find(")", self.position)]
        return re.search(r"[A-Z]", inside) is None

    def _bracket(self) -> float:
        """Affine arithmetic in a bracket: (30-x), (1-x)/2."""
        self.position += 1
        total, sign = 0.0, 1.0
        if self.peek() in "+-" and self.peek():
            sign = -1.0 if self.peek() == "-" else 1.0
            self.position += 1
        while True:
            value, written = self._amount()
            if not written:
                raise self.fail("a bracket cannot be read")
            total += sign * value
            mark = self.peek()
            self.position += 1
            if mark == ")":
                break
            if mark not in "+-" or not mark:
                raise self.fail("a bracket cannot be read")
            sign = -1.0 if mark == "-" else 1.0
        if self.peek() == "/":
            self.position += 1
            match = _NUMBER.match(self.text, self.position)
            if match is None or float(match[0]) == 0:
                raise self.fail("a division needs a number other than 0")
            self.position = match.end()
            total /= float(match[0])
        return total

    def _formula(self) -> dict[str, float]:
        """Atoms of one component: elements and groups with their amounts."""
        total: dict[str, float] = {}
        while self.peek() and (self.peek().isupper() or self.peek() == "("):
            part = self._group() if self.peek() == "(" else {self._element(): 1.0}
            number, written = self._amount()
            for element, count in part.items():
                total[element] = total.get(element, 0.0) + count * (number if written else 1.0)
        if not total:
            raise self.fail("a component has no formula")
        return total

    def _element(self) -> str:
        for length in (2, 1):
            symbol = self.text[self.position : self.position + length]
            if symbol in SYMBOLS and len(symbol) == length:
                self.position += length
                return symbol
        match = re.match(r"[A-Z][a-z]?", self.text[self.position :])
        raise self.fail(f"{match[0] if match else self.peek()} is not an element")

    def _group(self) -> dict[str, float]:
        self.position += 1
        inside = self._formula()
        if self.peek() != ")":
            raise self.fail("a bracket is not closed")
        self.position += 1
        return inside


def read_atoms(text: str, amounts: Mapping[str, float]) -> tuple[dict[str, float], set[str]]:
    """Atoms of a composition text and the letters that it uses.

    Raises
    ------
    BadInput
        If the text cannot be read, names an unknown element, or a letter has no amount.

    Examples
    --------
    >>> atoms, _ = read_atoms("70Li2S.(30-x)P2S5.xP2O5", {"x": 10.0})
    >>> atoms
    {'Li': 140.0, 'S': 170.0, 'P': 60.0, 'O': 50.0}
    >>> read_atoms("Na3PS4-xOx", {"x": 0.5})[0]
    {'Na': 3.0, 'P': 1.0, 'S': 3.5, 'O': 0.5}
    """
    if not text.strip():
        raise BadInput("the composition is empty; write it like Na3PS3.4O0.6")
    reader = FormulaReader(text, amounts)
    return reader.read(), reader.used


def formula_atoms(formula: str) -> dict[str, float]:
    """Atoms of one formula.

    Raises
    ------
    BadInput
        If the text is no formula of elements, numbers and brackets.

    Examples
    --------
    >>> formula_atoms("Na3PS3.4O0.6")
    {'Na': 3.0, 'P': 1.0, 'S': 3.4, 'O': 0.6}
    >>> formula_atoms("Ca(OH)2")
    {'Ca': 1.0, 'O': 2.0, 'H': 2.0}
    """
    return FormulaReader(formula, None).read_formula()


def molar_mass(formula: str) -> float:
    """Molar mass in g/mol.

    Raises
    ------
    BadInput
        If the formula is none, holds an element without a standard atomic weight here, or weighs nothing.

    Examples
    --------
    >>> round(molar_mass("Na2S"), 2)
    78.04
    """
    atoms = formula_atoms(formula)
    strange = [element for element in atoms if element not in ATOMIC_WEIGHTS]
    if strange:
        raise BadInput(f"{formula!r}: no atomic weight for {', '.join(strange)}; there are {', '.join(ATOMIC_WEIGHTS)}")
    mass = sum(ATOMIC_WEIGHTS[element] * count for element, count in atoms.items())
    if not 0 < mass < math.inf:
        raise BadInput(f"{formula!r}: weighs {mass:g} g/mol; give counts above 0")
    return mass
