"""Backgrounds inside the fit: sums of fixed functions with fitted coefficients; and methods that run before it.

A background of the fit is a :class:`Background` of a model: its coefficients are parameters with errors and
correlations of their own. :func:`subtract` runs a method of pybaselines before the fit; what it takes away has no
error, so the fit says so in a note.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.interpolate import BSpline

from shortrange_core.errors import BadInput
from shortrange_core.records import record
from shortrange_core.showing import Shown
from spectra.models._parameters import Parameter, Start, owned, parameter_from
from spectra.spectrum import axis_of, check, recorded

Array = npt.NDArray[np.float64]
Settings = Mapping[str, float | tuple[float, ...]]
MOST_DEGREE = 8
SUBTRACTED = "backgrounds_subtracted"
"""Scalar coordinate: how many baselines were taken away before a fit."""
ACTIVE_KINDS = ("exponential", "shirley", "tougaard")
"""Backgrounds with derivatives of their own, see :mod:`spectra.models`."""
QUANTITIES = {"exponential": ("amplitude", "length"), "shirley": ("k",), "tougaard": ("b", "c", "c_prime", "d")}
"""Parameters of a kind in their order; all others have the coefficients c0, c1 ..."""
TOUGAARD_C = 1643.0
"""C of the two-parameter loss function in eV^2, 10.1016/0038-1098(87)90166-9."""


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Background(Shown):
    """A part of the background inside the fit.

    Parameters
    ----------
    kind
        One of :data:`KINDS`.
    parameters
        Coefficients in the order of the kind; a start of NaN is found by a linear fit.
    settings
        Fixed numbers of the kind, such as the knots of a spline.

    Raises
    ------
    BadInput
        If the kind is not known.
    """

    kind: str
    parameters: tuple[Parameter, ...]
    settings: Settings = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in (*KINDS, *ACTIVE_KINDS):
            kinds = ", ".join((*KINDS, *ACTIVE_KINDS))
            raise BadInput(f"background {self.kind!r}: is not known; give one of {kinds}")
        names = QUANTITIES.get(self.kind, tuple(f"c{k}" for k in range(len(self.parameters))))
        owner = self.parameters[0].name.removesuffix(f"_{names[0]}") if self.parameters else ""
        object.__setattr__(self, "parameters", owned(self.parameters, owner, names))


Columns = Callable[[Array, Background], Array]


def _legendre(x: Array, background: Background) -> Array:
    """Legendre polynomials over the window: the first column is 1, the second runs from -1 to 1."""
    half = float(x[-1] - x[0]) / 2
    t = (x - (x[0] + half)) / half
    columns = np.ones((len(background.parameters), x.size))
    for degree in range(1, len(columns)):
        lower = columns[degree - 2] if degree > 1 else 0.0
        columns[degree] = ((2 * degree - 1) * t * columns[degree - 1] - (degree - 1) * lower) / degree
    return columns


def _splines(x: Array, background: Background) -> Array:
    """Cubic B-splines on the knots of the settings, clamped at the ends of the window."""
    inner = np.asarray(background.settings["knots"], dtype=float)
    if inner[0] <= x[0] or inner[-1] >= x[-1]:
        raise BadInput(f"knots {inner.tolist()}: must lie inside the window {x[0]:g} to {x[-1]:g}; move them")
    knots = np.concatenate([np.full(4, x[0]), inner, np.full(4, x[-1])])
    return np.asarray(BSpline.design_matrix(x, knots, 3).toarray().T)


KINDS: dict[str, Columns] = {"polynomial": _legendre, "spline": _splines}
"""Backgrounds that are linear in their coefficients: the fixed functions of every kind."""


def polynomial(degree: int, *, name: str = "background") -> Background:
    """Polynomial of a degree, as Legendre polynomials over the fitted window.

    Parameters
    ----------
    degree
        0 to 8; coefficient k multiplies the Legendre polynomial of degree k on [-1, 1], so coefficient 0 is the mean
        level and coefficient 1 half of the rise over the window, in the unit of the intensity.
    name
        Prefix of the parameters: ``name_c0``, ``name_c1`` ...

    Raises
    ------
    BadInput
        If the degree is not between 0 and 8.

    Examples
    --------
    >>> [parameter.name for parameter in polynomial(1).parameters]
    ['background_c0', 'background_c1']
    """
    if not isinstance(degree, int) or not 0 <= degree <= MOST_DEGREE:
        raise BadInput(f"degree = {degree}: must lie between 0 and {MOST_DEGREE}; take a spline for more freedom")
    return Background("polynomial", tuple(Parameter(f"{name}_c{k}") for k in range(degree + 1)))


def spline(knots: Sequence[float], *, name: str = "background") -> Background:
    """Cubic spline with the given inner knots: one coefficient more than knots + 3, each the height of a B-spline.

    Parameters
    ----------
    knots
        Ascending axis values inside the window, further apart than the widest line: a spline that can bend as much as
        a line takes its area.
    name
        Prefix of the parameters.

    Raises
    ------
    BadInput
        If there are no knots, or they do not ascend.

    Examples
    --------
    >>> len(spline([20.0, 60.0]).parameters)
    6
    """
    if isinstance(knots, (int, float)) or not len(knots) or any(b <= a for a, b in pairwise(knots)):
        raise BadInput(f"knots {knots}: give a list of axis values, at least one, ascending")
    count = len(knots) + 4
    return Background("spline", tuple(Parameter(f"{name}_c{k}") for k in range(count)), {"knots": tuple(knots)})


def exponential(*, decay: Start, name: str = "background_decay") -> Background:
    """Exponential ``amplitude * exp(-(x - first point) / decay)``, decay in the unit of the axis and positive.

    Examples
    --------
    >>> [parameter.name for parameter in exponential(decay=30.0).parameters]
    ['background_decay_amplitude', 'background_decay_length']
    """
    length = parameter_from(f"{name}_length", decay, (1e-12, math.inf))
    return Background("exponential", (Parameter(f"{name}_amplitude"), length))


def shirley(*, k: Start = 0.02, name: str = "shirley") -> Background:
    """Step k times the integral of the model's peaks from the end of low binding energy (1/eV).

    See :mod:`spectra.models`; add a polynomial for what lies under the whole window.

    Examples
    --------
    >>> shirley().parameters[0].name
    'shirley_k'
    """
    return Background("shirley", (parameter_from(f"{name}_k", k, (0.0, math.inf)),))


def tougaard(
    *,
    b: Start = 1000.0,
    c: Start = TOUGAARD_C,
    c_prime: Start = 1.0,
    d: Start = 0.0,
    free: Sequence[str] = ("b",),
    name: str = "tougaard",
) -> Background:
    """Inelastic losses of the model's peaks.

    Two parameters: B and C (C' = 1, D = 0). Three: C' = -1 and a published C and D of the material. Four: all given.
    Only those named in ``free`` vary; C, C' and D may vary only in a window that reaches 50 eV beyond the lines.

    Parameters
    ----------
    b, c, c_prime, d
        Start or value; eV^2, eV^2, 1, eV^2.
    free
        Which of ``"b"``, ``"c"``, ``"c_prime"``, ``"d"`` vary.
    name
        Prefix of the parameters.

    Examples
    --------
    >>> [parameter.vary for parameter in tougaard().parameters]
    [True, False, False, False]
    """
    starts: dict[str, Start] = {"b": b, "c": c, "c_prime": c_prime, "d": d}
    unknown = [one for one in free if one not in starts]
    if unknown:
        raise BadInput(f"free = {list(free)}: {', '.join(unknown)} is none of {', '.join(starts)}")
    parameters = []
    for quantity, start in starts.items():
        bounds = (-math.inf, math.inf) if quantity == "c_prime" else (0.0, math.inf)
        made = parameter_from(f"{name}_{quantity}", start, bounds)
        parameters.append(replace(made, vary=quantity in free))
    return Background("tougaard", tuple(parameters))


def linear(*, name: str = "background") -> Background:
    """Straight line: :func:`polynomial` of degree 1."""
    return polynomial(1, name=name)


def constant(*, name: str = "background") -> Background:
    """Constant: :func:`polynomial` of degree 0."""
    return polynomial(0, name=name)


def subtract(spectrum: xr.Dataset, method: str = "arpls", *, settings: Mapping[str, Any] | None = None) -> xr.Dataset:
    """Spectrum less a baseline of pybaselines, found before the fit.

    The noise stays as it is and the baseline is taken as exact: a fit of the result says so in a note
    (``background-subtracted-before``), and again where the model holds a background too.

    Parameters
    ----------
    spectrum
        A labelled spectrum.
    method
        Method of :class:`pybaselines.Baseline`, such as ``"arpls"``, ``"asls"``, ``"snip"``, ``"modpoly"``.
    settings
        Its options, such as ``{"lam": 1e6}``.

    Returns
    -------
    xr.Dataset
        New spectrum with the further variable ``baseline``, and the method in its history.

    Raises
    ------
    BadInput
        If pybaselines has no such method, or the method refuses its options.

    Examples
    --------
    >>> from spectra.spectrum import from_arrays
    >>> x = np.linspace(200.0, 700.0, 501)
    >>> peak = 40 * np.exp(-(((x - 420) / 8) ** 2))
    >>> spectrum = from_arrays(x, 5 + 0.01 * x + peak, axis="raman_shift", noise=0.5)
    >>> flat = subtract(spectrum, "arpls", settings={"lam": 1e6})
    >>> bool(abs(flat.intensity.sel(raman_shift=420.0) - 40) < 1)
    True
    """
    check(spectrum)
    axis = axis_of(spectrum)
    methods: Any = importlib.import_module("pybaselines")  # takes numba along, where that is there
    fitter = methods.Baseline(x_data=spectrum[axis].values)
    function = getattr(fitter, method, None) if not method.startswith("_") else None
    if not callable(function):
        raise BadInput(f"method {method!r}: pybaselines has none of this name; see pybaselines' list of algorithms")
    options = dict(settings or {})
    try:
        baseline, _ = function(spectrum["intensity"].values, **options)
    except (TypeError, ValueError, KeyError, np.linalg.LinAlgError) as error:
        raise BadInput(f"method {method!r} with {options}: {error}; correct the options") from error
    return taken_away(spectrum, np.asarray(baseline, dtype=float), f"{method} {options or ''}".strip())


def taken_away(spectrum: xr.Dataset, baseline: Array, method: str) -> xr.Dataset:
    """Spectrum less a baseline, which it carries, with the method in its history."""
    result = spectrum.copy()
    result["intensity"] = spectrum["intensity"].copy(data=spectrum["intensity"].values - baseline)
    result["baseline"] = spectrum["intensity"].copy(data=baseline)
    result = result.assign_coords({SUBTRACTED: was_subtracted(spectrum) + 1})
    return recorded(result, f"background subtracted: {method}")


def was_subtracted(spectrum: xr.Dataset) -> int:
    """How many times a baseline was taken away before, as the spectrum's coordinate says."""
    return int(spectrum.coords[SUBTRACTED].max()) if SUBTRACTED in spectrum.coords else 0
