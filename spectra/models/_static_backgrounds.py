r"""Static backgrounds of the trade: computed once from the data between two ends, taken away before the fit.

The data I run from E_1, the end of low binding energy, to E_2, with the levels I_1 and I_2 there.

=========== ================================================================ =========================================
name        B(E)                                                             called so by
=========== ================================================================ =========================================
Linear      straight line from I_1 to I_2                                    CasaXPS, XPSPEAK, KherveFitting
Shirley     I_1 + (I_2 - I_1) int_E1^E (I - B) dE' / int_E1^E2 (I - B) dE'   CasaXPS, XPSPEAK (its slope at 0)
Smart       Shirley where I_2 > I_1, else Linear; nowhere above the data     CasaXPS and KherveFitting, each its own
U 2, 3, 4   I_1 + int_E1^E K(E - E') (I(E') - I_1) dE', K the loss function  CasaXPS ("U 2 Tougaard"), XPSPEAK
Tougaard    B T / ((C + C' T^2)^2 + D T^2), B such that B(E_2) = I_2         ("Tougaard", two parameters)
=========== ================================================================ =========================================

The integral equation of Shirley is iterated from a straight line. CasaXPS's Smart adjusts the step until the data are
nowhere below; here and in KherveFitting the background is cut to the data.

They repeat published fits. What they take away has no error of its own, their ends are pinned to noisy points, and a
step takes from the lines what their wings hold: :mod:`spectra.backgrounds`, inside the fit, has none of this.

References: D. A. Shirley, Phys. Rev. B 5, 4709 (1972), 10.1103/PhysRevB.5.4709; iterated as by A. Proctor and P. M. A.
Sherwood, Anal. Chem. 54, 13 (1982). S. Tougaard, 10.1016/0038-1098(87)90166-9 (two parameters),
10.1002/(SICI)1096-9918(199703)25:3<137::AID-SIA230>3.0.CO;2-L (three, C' = -1), 10.1002/sia.3746 (four).
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import xarray as xr

from shortrange_core.errors import BadInput
from shortrange_core.spelling import spelled
from spectra.models.backgrounds import TOUGAARD_C, taken_away
from spectra.spectrum import axis_of, check, measured_range

Array = npt.NDArray[np.float64]
Losses = tuple[float, float, float]
ROUNDS = 200
CLOSE = 1e-7
"""Change of the background in a round, relative to its step, at which the iteration ends."""
LEAST_POINTS = 5
ENERGIES = ("binding_energy", "kinetic_energy")
TWO_PARAMETERS: Losses = (TOUGAARD_C, 1.0, 0.0)


def subtract_background(
    spectrum: xr.Dataset,
    kind: str = "Shirley",
    *,
    ends: tuple[float, float] | None = None,
    averaged: int = 1,
    losses: Losses | None = None,
) -> xr.Dataset:
    """Spectrum between two ends minus a static background, by its name in CasaXPS and XPSPEAK.

    Parameters
    ----------
    spectrum
        A region over binding or kinetic energy.
    kind
        ``"Shirley"``, ``"Linear"``, ``"Smart"``, ``"U 2 Tougaard"`` (or ``"Tougaard"``), ``"U 3 Tougaard"``,
        ``"U 4 Tougaard"``; see :mod:`spectra.models` for their equations.
    ends
        eV; the first and last point of the region where absent. Points outside are left out.
    averaged
        Number of points at each end whose mean pins it: 1 pins it to the data, more to their average.
    losses
        C (eV^2), C' and D (eV^2) of the loss function: of the material for U 3 and U 4, (1643, 1, 0) for U 2.

    Returns
    -------
    xr.Dataset
        New spectrum with the further variable ``baseline``, and the method in its history: a fit says so in a note.

    Raises
    ------
    BadInput
        If it is no photoelectron region, the name is not known, losses are missing or of no use, the ends hold too few
        points, or no line lies above the background.

    Examples
    --------
    >>> from spectra.spectrum import from_arrays
    >>> x = np.linspace(520.0, 540.0, 401)
    >>> line = 100 * np.exp(-(((x - 530) / 0.8) ** 2))
    >>> step = np.cumsum(line) / line.sum()
    >>> region = from_arrays(x, 50 + 30 * step + line, axis="binding_energy", noise=1.0)
    >>> flat = subtract_background(region)
    >>> bool(abs(flat.baseline - 50 - 30 * step).max() < 1)
    True
    """
    check(spectrum)
    axis = axis_of(spectrum)
    if axis not in ENERGIES:
        raise BadInput(f"axis {axis!r}: a {kind} background is for photoelectron spectra on an energy axis")
    named, method = _method(kind, losses)
    low, high = measured_range(spectrum, ends, "ends")
    part = spectrum.sel({axis: slice(low, high)})
    y = np.asarray(part["intensity"].values, dtype=float)
    baseline = _between_ends(np.asarray(part[axis].values, dtype=float), y, axis, averaged, method)
    return taken_away(part, baseline, f"static {named}, ends {low:g} to {high:g} eV, {averaged} points averaged")


Method = Callable[[Array, Array, tuple[float, float]], Array]


def static_background(
    x: Array, y: Array, kind: str = "Shirley", *, axis: str, averaged: int = 1, losses: Losses | None = None
) -> Array:
    """A static background of a whole region as an array, as :func:`subtract_background` takes it away.

    Parameters
    ----------
    x, y
        (m,) energies in eV, ascending, and intensities.
    kind, averaged, losses
        As of :func:`subtract_background`.
    axis
        ``"binding_energy"`` or ``"kinetic_energy"``.

    Raises
    ------
    BadInput
        As :func:`subtract_background` does.
    """
    return _between_ends(x, y, axis, averaged, _method(kind, losses)[1])


def _between_ends(x: Array, y: Array, axis: str, averaged: int, method: Method) -> Array:
    """A background from the end of low binding energy to the other one."""
    if averaged < 1 or y.size < max(LEAST_POINTS, 3 * averaged):
        raise BadInput(
            f"averaged = {averaged}, {y.size} points from {x[0]:g} to {x[-1]:g} eV: take at least {LEAST_POINTS} "
            "points and three times as many as are averaged at an end"
        )
    rising = slice(None, None, -1) if axis == "kinetic_energy" else slice(None)
    at = np.abs(x - x[rising][0])[rising]
    levels = float(y[rising][:averaged].mean()), float(y[rising][-averaged:].mean())
    return method(at, y[rising], levels)[rising]


def _method(kind: str, losses: Losses | None) -> tuple[str, Method]:
    """A background by its name, and its method over the distance (eV) from the end of low binding energy."""
    methods = {"shirley": _shirley, "linear": _linear, "smart": _smart}
    word = re.sub(r"[\s_-]+", "", kind).lower()
    match = re.fullmatch(r"(?:u([234]))?tougaard", word)
    if match is None:
        if word not in methods:
            names = "Shirley, Linear, Smart, U 2 Tougaard, U 3 Tougaard, U 4 Tougaard"
            raise BadInput(f"background {kind!r}: is not known; give one of {names}")
        if losses is not None:
            raise BadInput(f"losses = {losses}: only Tougaard backgrounds have losses; leave them out for {kind}")
        return word.capitalize(), methods[word]
    count = int(match[1] or 2)
    if losses is None and count > 2:
        keys = "losses = {c = ..., c_prime = ..., d = ...}"
        way = spelled("losses=(C, C', D)", command_line=f"--set '{keys}'", recipe=keys)
        raise BadInput(f"background {kind!r}: its losses depend on the material; give {way}")
    used = TWO_PARAMETERS if losses is None else losses
    wrong = (count == 2 and used[2] != 0) or (count == 3 and used[1] != -1)
    if wrong or not (used[0] > 0 and used[2] >= 0):
        raise BadInput(
            f"losses = {used}: need C > 0, C' and D >= 0; D = 0 for U 2, C' = -1 for U 3, all are free for U 4 Tougaard"
        )

    def method(at: Array, y: Array, levels: tuple[float, float]) -> Array:
        return _tougaard(at, y, levels, used)

    return f"U {count} Tougaard, C, C', D = {used[0]:g}, {used[1]:g}, {used[2]:g}", method


def _linear(at: Array, y: Array, levels: tuple[float, float]) -> Array:  # noqa: ARG001
    return np.asarray(levels[0] + (levels[1] - levels[0]) * at / at[-1])


def _smart(at: Array, y: Array, levels: tuple[float, float]) -> Array:
    method = _shirley if levels[1] > levels[0] else _linear
    return np.minimum(method(at, y, levels), y)


def _shirley(at: Array, y: Array, levels: tuple[float, float]) -> Array:
    first, last = levels
    background, steps = np.linspace(first, last, y.size), np.diff(at)
    for _ in range(ROUNDS):
        above = y - background
        area = np.concatenate([[0.0], np.cumsum((above[1:] + above[:-1]) / 2 * steps)])
        if not area[-1] > 0:
            raise BadInput(
                "no area lies above the Shirley background; ends= must enclose a line, with a flat level on both sides"
            )
        new = first + (last - first) * area / area[-1]
        moved = float(np.abs(new - background).max())
        background = new
        if moved <= CLOSE * max(abs(last - first), 1e-12):
            break
    return background


def _tougaard(at: Array, y: Array, levels: tuple[float, float], losses: Losses) -> Array:
    """Losses of the data above their first level; B, which is linear, brings the last point to the last level."""
    c, c_prime, d = losses
    loss = np.tril(at[:, None] - at[None, :])
    weight = np.gradient(at)
    shape = loss / ((c + c_prime * loss**2) ** 2 + d * loss**2)
    lost = shape @ (weight * (y - levels[0]))
    if not lost[-1] > 0:
        raise BadInput("no area lies above the Tougaard background; ends= must enclose a line and its losses")
    return np.asarray(levels[0] + (levels[1] - levels[0]) * lost / lost[-1])
