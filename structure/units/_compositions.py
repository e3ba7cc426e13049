"""What a glass is made of: amounts per network former with their covariance, and which elements are left open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from numbers import Real

import numpy as np
import numpy.typing as npt

from shortrange_core import BadInput
from shortrange_core.chemistry import read_atoms
from shortrange_core.errors import Offenders
from shortrange_core.showing import Shown
from shortrange_core.spelling import option
from structure.units._elements import ANION_VALENCE, MODIFIER_CHARGE, OTHER_OXIDATION, OXIDATION, PROTON, oxidation_of

Matrix = npt.NDArray[np.float64]
Amount = float | tuple[float, float]
_USUAL_CHARGE = {**{element: -valence for element, valence in ANION_VALENCE.items()}, **MODIFIER_CHARGE, PROTON: 1}


@dataclass(frozen=True, eq=False, slots=True)
class Composition(Shown):
    """Amounts of every element per network former.

    Parameters
    ----------
    text
        As it was written, with the amounts of its letters.
    elements, amounts
        Elements and their amounts per network former (all formers together make 1).
    covariance
        Covariance of the amounts; zeros where the composition is exact.
    formers
        Elements that form the network.
    open
        Elements whose balance is not kept (sulfur that left as H2S, oxygen taken up).
    """

    text: str
    elements: tuple[str, ...]
    amounts: npt.NDArray[np.float64]
    covariance: Matrix
    formers: tuple[str, ...]
    open: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.amounts.setflags(write=False)
        self.covariance.setflags(write=False)

    def amount(self, element: str) -> float:
        """Amount per network former; 0 where the element is absent."""
        return float(self.amounts[self.elements.index(element)]) if element in self.elements else 0.0

    @property
    def modifiers(self) -> tuple[str, ...]:
        """Elements that balance the charge of the network."""
        return modifiers_among(self.elements, self.formers)

    @property
    def anions(self) -> tuple[str, ...]:
        """Elements with a balance of atoms of their own: ligands and hydrogen."""
        return anions_among(self.elements)

    @property
    def modifier_charge(self) -> float:
        """Charge of all modifiers per network former."""
        return float(sum(self.amount(e) * MODIFIER_CHARGE[e] for e in self.modifiers))

    @property
    def imbalance(self) -> float:
        """Cation charge minus anion charge per network former, at usual oxidation states; 0 for a neutral glass.

        A positive value asks for homopolar bonds or reduced formers, a negative one for S-S bonds or free sulfur.
        """
        return float(_usual_charges(self.elements, self.formers) @ self.amounts)

    def opened(self, *elements: str) -> Composition:
        """Same composition with the balances of ``elements`` dropped.

        Raises
        ------
        BadInput
            If an element has no balance to drop.
        """
        strange = [e for e in elements if e not in self.anions and e not in self.modifiers]
        if strange:
            usable = ", ".join([*self.anions, *self.modifiers])
            raise BadInput(
                f"{', '.join(strange)}: has no balance in {self.text}; elements that can be left open: {usable}"
            )
        return replace(self, open=tuple(dict.fromkeys([*self.open, *elements])))

    def uncertain(self, **sd: float) -> Composition:
        """Same composition with independent standard deviations per network former added (an ICP error).

        Raises
        ------
        BadInput
            If an element is absent, a former, or an sd is negative; all offenders together.
        """
        offenders = Offenders()
        for element, value in sd.items():
            if element not in self.elements or element in self.formers:
                offenders.add(f"{element}: no amount in {self.text} beside the formers; there are {self.elements}")
            elif not (np.isfinite(value) and value >= 0):
                offenders.add(f"{element}: sd = {value} must be 0 or more and finite")
        offenders.raise_if_any()
        variance = np.array([sd.get(e, 0.0) ** 2 for e in self.elements])
        return replace(self, covariance=self.covariance + np.diag(variance))

    def __str__(self) -> str:
        return self.text


def modifiers_among(elements: Sequence[str], formers: Sequence[str]) -> tuple[str, ...]:
    """Elements that balance the charge of a network of ``formers``."""
    return tuple(e for e in elements if e in MODIFIER_CHARGE and e not in formers)


def anions_among(elements: Sequence[str]) -> tuple[str, ...]:
    """Elements with a balance of atoms of their own: ligands and hydrogen."""
    return tuple(e for e in elements if e in ANION_VALENCE or e == PROTON)


@lru_cache(maxsize=256)
def _usual_charges(elements: tuple[str, ...], formers: tuple[str, ...]) -> Matrix:
    """Charge of one atom of every element at its usual oxidation state."""
    usual = np.array([float(oxidation_of(e) if e in formers else _USUAL_CHARGE.get(e, 0)) for e in elements])
    usual.setflags(write=False)
    return usual


def composition(text: str, *, formers: Sequence[str] | None = None, **amounts: Amount) -> Composition:
    """Read a composition from text.

    Parameters
    ----------
    text
        ``Na3PS3.4O0.6``, ``0.75Na2S-0.25P2S5``, ``70Li2S.(30-x)P2S5.xP2O5``, ``Na3PS4-xOx``.
    formers
        Network formers, where they are not P, Si, Ge, B, As, Sb.
    **amounts
        What the letters stand for: a number, or (number, sd), which makes the composition uncertain.

    Returns
    -------
    Composition
        Amounts per network former.

    Raises
    ------
    BadInput
        If the text cannot be read; an element is unknown or has no place in the balances; an amount is negative; a
        letter has no amount, or an amount no letter; there is no network former. All offenders together.

    Examples
    --------
    >>> glass = composition("Na3PS4-xOx", x=0.6)
    >>> glass.elements, glass.amounts.tolist()
    (('Na', 'P', 'S', 'O'), [3.0, 1.0, 3.4, 0.6])
    >>> batch = composition("(100-m)P2O5-mNa2O", m=(50, 0.5))
    >>> round(float(batch.covariance[batch.elements.index("Na"), batch.elements.index("Na")] ** 0.5), 4)
    0.02
    """
    pairs = {name: a if isinstance(a, tuple) else (a, 0.0) for name, a in amounts.items()}
    strange = [name for name, pair in pairs.items() if len(pair) != 2 or not all(isinstance(n, Real) for n in pair)]
    if strange:
        raise BadInput(*(f"{text!r}: {name} = {amounts[name]!r}; give a number, or (number, sd)" for name in strange))
    values = {name: float(value) for name, (value, _) in pairs.items()}
    sds = {name: float(sd) for name, (_, sd) in pairs.items()}
    atoms, used = read_atoms(text, values)
    network = tuple(formers) if formers is not None else tuple(e for e in atoms if e in OXIDATION)
    offenders = Offenders()
    _check_atoms(text, atoms, network, offenders)
    _check_letters(text, amounts, used, offenders)
    offenders.raise_if_any()
    elements = tuple(atoms)
    normal = _normalised(atoms, elements, network)
    covariance = np.zeros((len(elements), len(elements)))
    for name, sd in sds.items():
        if sd > 0:
            slope = _slope(text, values, name, sd, lambda atoms: _normalised(atoms, elements, network))
            covariance += sd**2 * np.outer(slope, slope)
    shown = ", ".join(f"{name}={value:g}" for name, value in values.items())
    return Composition(f"{text} ({shown})" if shown else text, elements, normal, covariance, network)


def _normalised(atoms: Mapping[str, float], elements: Sequence[str], formers: Sequence[str]) -> Matrix:
    total = sum(atoms[e] for e in formers)
    return np.array([atoms.get(e, 0.0) / total for e in elements])


def _slope(
    text: str, values: Mapping[str, float], name: str, sd: float, normalised: Callable[[Mapping[str, float]], Matrix]
) -> Matrix:
    step = 1e-3 * sd
    up, down = (normalised(read_atoms(text, {**values, name: values[name] + h})[0]) for h in (step, -step))
    return np.asarray((up - down) / (2 * step))


def _check_atoms(text: str, atoms: Mapping[str, float], formers: Sequence[str], offenders: Offenders) -> None:
    tables = (ANION_VALENCE, MODIFIER_CHARGE, OXIDATION)
    for element, number in atoms.items():
        if not np.isfinite(number) or number < 0:
            offenders.add(f"{text!r}: {element} has the amount {number:g}; amounts are 0 or more")
        if element not in formers and element != PROTON and not any(element in table for table in tables):
            offenders.add(
                f"{text!r}: {element} has no role in the balances; name it in {option('formers')} if it is a former"
            )
        if element in OXIDATION and element not in formers:
            offenders.add(f"{text!r}: {element} forms networks but is not in {option('formers')}; add it")
    for element in formers:
        if atoms.get(element, 0.0) <= 0:
            offenders.add(f"{text!r}: the former {element} is absent; remove it from {option('formers')}")
        elif element not in OXIDATION and element not in OTHER_OXIDATION:
            offenders.add(f"{text!r}: {element} has no usual oxidation state as a former, so it cannot be one here")
    if not formers:
        offenders.add(f"{text!r}: has no network former ({', '.join(OXIDATION)}); name it in {option('formers')}")


def _check_letters(text: str, amounts: Mapping[str, Amount], used: set[str], offenders: Offenders) -> None:
    for name, amount in amounts.items():
        value, sd = amount if isinstance(amount, tuple) else (amount, 0.0)
        if name not in used:
            offenders.add(f"{text!r}: {name} = {value:g} is given, but the formula contains no letter {name}")
        if not np.isfinite(sd) or sd < 0:
            offenders.add(f"{text!r}: {name} has sd = {sd:g}; give 0 or more")
