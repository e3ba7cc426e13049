"""Circuit elements: equation, units, bounds, derivatives and source of each, one small record an element.

Every element is a function of the scale parameters through their logarithms (a resistance can then be fitted over
decades and never becomes negative) and of its exponents as they are. Derivatives are analytic. All
functions take parameters of shape ``(..., 1)`` and frequencies of shape ``(n,)`` and broadcast, so that many
starts are evaluated at once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata

import numpy as np
import numpy.typing as npt

from shortrange_core import BadInput

Real = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]
Response = tuple[Complex, list[Complex]]
ENTRY_POINTS = "shortrange.circuit_elements"
EXPONENT_BOUNDS = (0.0, 1.0)


class Frequencies:
    """Angular frequencies, with the powers that the elements need.

    Parameters
    ----------
    frequency
        n frequencies in Hz.
    """

    __slots__ = ("j_omega", "log_j_omega", "omega", "zero")

    def __init__(self, frequency: npt.ArrayLike) -> None:
        self.omega: Real = 2 * np.pi * np.asarray(frequency, dtype=float)
        self.j_omega: Complex = np.asarray(1j * self.omega, dtype=np.complex128)
        self.zero: Complex = np.zeros(self.omega.shape, dtype=np.complex128)
        self.log_j_omega: Complex = np.log(self.omega) + 0.5j * np.pi


@dataclass(frozen=True, slots=True)
class Quantity:
    """One parameter of an element.

    Parameters
    ----------
    symbol, unit
        As shown.
    lower, upper
        Bounds.
    log
        True where it is fitted by its logarithm.
    scaling
        Power of s by which it changes when the element's impedance is multiplied by s.
    dimension
        Power of time in it, for a first guess: C = tau/R, A = R/sqrt(tau).
    """

    symbol: str
    unit: str
    lower: float
    upper: float
    log: bool = True
    scaling: int = 0
    dimension: float = 0.0


@dataclass(frozen=True, slots=True)
class Element:
    """One kind of circuit element.

    Parameters
    ----------
    name
        As written in a circuit, before its number.
    equation
        Impedance in the symbols of the quantities.
    quantities
        Parameters in order.
    response
        Takes the parameters (each of shape ``(..., 1)``) and :class:`Frequencies`; gives Z and, for each parameter,
        dZ/d ln p (dZ/dp where the parameter is not fitted by its logarithm).
    source
        DOI or text of the reference.
    """

    name: str
    equation: str
    quantities: tuple[Quantity, ...]
    response: Callable[[Sequence[Real], Frequencies], Response]
    source: str


def _complex(values: npt.ArrayLike) -> Complex:
    return np.asarray(values, dtype=np.complex128)


def _resistance(p: Sequence[Real], w: Frequencies) -> Response:
    z = p[0] + w.zero
    return z, [z]


def _capacitance(p: Sequence[Real], w: Frequencies) -> Response:
    z = 1 / (p[0] * w.j_omega)
    return z, [-z]


def _inductance(p: Sequence[Real], w: Frequencies) -> Response:
    z = p[0] * w.j_omega
    return z, [z]


def _constant_phase(p: Sequence[Real], w: Frequencies) -> Response:
    z = _complex(np.exp(-p[1] * w.log_j_omega) / p[0])
    slope = -z
    return z, [slope, slope * w.log_j_omega]


def _zarc(p: Sequence[Real], w: Frequencies) -> Response:
    logarithm = w.log_j_omega + np.log(p[1])
    power = np.exp(p[2] * logarithm)
    z = p[0] / (1 + power)
    slope = -z * power / (1 + power)
    return z, [z, slope * p[2], slope * logarithm]


def _warburg(p: Sequence[Real], w: Frequencies) -> Response:
    z = _complex(p[0] * np.sqrt(2.0) / np.sqrt(w.j_omega))
    return z, [z]


def _tanh(x: Complex) -> Complex:
    """Hyperbolic tangent without overflow for a large real part."""
    e = np.expm1(-2 * x)
    return np.asarray(-e / (2 + e))


def _short(p: Sequence[Real], w: Frequencies) -> Response:
    x = np.sqrt(w.j_omega * p[1])
    t = _tanh(x)
    z = p[0] * t / x
    # d(tanh x / x)/d ln tau = (x/2) d/dx (tanh x / x)
    return z, [z, 0.5 * p[0] * (1 - t**2) - 0.5 * z]


def _open(p: Sequence[Real], w: Frequencies) -> Response:
    x = np.sqrt(w.j_omega * p[1])
    t = _tanh(x)
    z = p[0] / (x * t)
    return z, [z, -0.5 * z - 0.5 * p[0] * (1 - t**2) / t**2]


def _gerischer(p: Sequence[Real], w: Frequencies) -> Response:
    below = 1 + w.j_omega * p[1]
    z = _complex(p[0] / np.sqrt(below))
    return z, [z, -0.5 * z * w.j_omega * p[1] / below]


def _transmission_line(p: Sequence[Real], w: Frequencies) -> Response:
    x = np.sqrt(p[0] * p[1]) * np.exp(0.5 * p[2] * w.log_j_omega)
    t = _tanh(x)
    z = p[0] / (x * t)
    slope = -0.5 * z - 0.5 * p[0] * (1 - t**2) / t**2  # dz / d ln x^2 at constant R
    return z, [z + slope, slope, slope * w.log_j_omega]


_R = Quantity("R", "ohm", 1e-6, 1e14, scaling=1)
_Q = Quantity("Q", "S s^n", 1e-15, 1e4, scaling=-1)
_TAU = Quantity("tau", "s", 1e-12, 1e8, dimension=1.0)
_N = Quantity("n", "", *EXPONENT_BOUNDS, log=False)
_COMPARED = "same equation as impedance.py 1.7.1, compared in the tests"
_LANDESFEIND = "Landesfeind et al., J. Electrochem. Soc. 163 (2016) A1373, doi:10.1149/2.1141607jes"

BUILT_IN: tuple[Element, ...] = (
    Element("R", "R", (_R,), _resistance, "Ohm"),
    Element(
        "C", "1/(j w C)", (Quantity("C", "F", 1e-15, 1e4, scaling=-1, dimension=1.0),), _capacitance, "ideal capacitor"
    ),
    Element("L", "j w L", (Quantity("L", "H", 1e-12, 1e3, scaling=1, dimension=1.0),), _inductance, "ideal inductor"),
    Element("CPE", "1/(Q (j w)^n)", (_Q, _N), _constant_phase, _COMPARED),
    Element("ZARC", "R/(1 + (j w tau)^n)", (_R, _TAU, _N), _zarc, _COMPARED),
    Element(
        "W",
        "A (1 - j)/sqrt(w)",
        (Quantity("A", "ohm s^-0.5", 1e-6, 1e14, scaling=1, dimension=-0.5),),
        _warburg,
        _COMPARED,
    ),
    Element("Ws", "R tanh(sqrt(j w tau))/sqrt(j w tau)", (_R, _TAU), _short, _COMPARED),
    Element("Wo", "R coth(sqrt(j w tau))/sqrt(j w tau)", (_R, _TAU), _open, _COMPARED),
    Element(
        "G",
        "R/sqrt(1 + j w tau)",
        (_R, _TAU),
        _gerischer,
        "Lu, Kreller and Adler, J. Electrochem. Soc. 156 (2009) B513, doi:10.1149/1.3079337",
    ),
    Element(
        "TL",
        "sqrt(R Zs) coth(sqrt(R/Zs)), Zs = 1/(Q (j w)^n)",
        (_R, _Q, _N),
        _transmission_line,
        _LANDESFEIND,
    ),
)


@functools.cache
def _foreign() -> tuple[tuple[str, object], ...]:
    return tuple((point.name, point.load()) for point in metadata.entry_points(group=ENTRY_POINTS))


def circuit_elements() -> dict[str, Element]:
    """Every known element by name: ours, and those of other packages (entry points ``shortrange.circuit_elements``).

    Examples
    --------
    >>> sorted(circuit_elements())
    ['C', 'CPE', 'G', 'L', 'R', 'TL', 'W', 'Wo', 'Ws', 'ZARC']
    """
    elements = {element.name: element for element in BUILT_IN}
    for name, element in _foreign():
        if not isinstance(element, Element) or element.name in elements:
            raise BadInput(f"the entry point {name!r} adds no new circuit element; remove that package")
        elements[element.name] = element
    return elements
