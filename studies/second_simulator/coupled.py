"""Shapes that go together along a series: theta(x) = level + change z + scatter, z from -1/2 to 1/2 over the series.

For arms whose tables have a ``coupling``: sds of change and scatter of every quantity, as the fits of whole series
declare them. One unit has one tensor, with the little that its quantities change; PS3O has its own under the line of
PS4. What a window, a bound or a separation forbids is drawn anew for the whole line, so that the law is the declared
one inside its limits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from studies.second_simulator.laws import Law, draw
from studies.second_simulator.settings import Settings

Vector = npt.NDArray[np.float64]
Parameters = dict[str, float]
TRIES = 100_000
TABLES = {"31P NMR": "nmr", "Raman": "raman"}
TIED = ("P:S4", "P:S3O")
"""Two units under one line, whose levels of ``tied`` quantities differ little."""
REFERENCING = 2.0
"""sds of the referencing by which windows on an axis are wider than what a position is drawn in."""
BEYOND = 3.0
"""sds of change and scatter by which a level without a prior may lie outside the limits of its glasses."""


def shapes(
    settings: Settings, units: Sequence[str], contents: Vector, rng: np.random.Generator, *, own_lorentz: bool = False
) -> list[dict[str, Parameters]]:
    """By glass and technique what the coupling draws, in place of what every glass would draw alone; else nothing.

    Parameters
    ----------
    settings
        Of the arm.
    units
        Units that have a line in 31P spectra.
    contents
        Oxygen content of every glass.
    rng
        Source of randomness.
    own_lorentz
        Whether every unit has a Lorentzian width of its own; else one of a glass.
    """
    if "coupling" not in settings.tables["nmr"]:
        return [{} for _ in contents]
    places = (contents - contents.min()) / (float(np.ptp(contents)) or 1.0) - 0.5
    oxides = contents > 0
    every = Along(settings, places, rng)
    xps = iter(Along(settings, places[oxides], rng).xps())
    return [
        {"31P NMR": one, "Raman": other, "O 1s XPS": next(xps) if held else {}}
        for one, other, held in zip(every.nmr(units, own_lorentz), every.raman(), oxides, strict=True)
    ]


def tied(means: Vector, covariance: Vector, doubt: float, rng: np.random.Generator) -> Vector:
    """Levels of a normal law of which the first two differ by a normal with sd ``doubt`` besides: all at once."""
    less = np.zeros(means.size)
    less[:2] = 1.0, -1.0
    information = np.linalg.inv(covariance)
    found = np.linalg.inv(information + np.outer(less, less) / doubt**2)
    return np.asarray(rng.multivariate_normal(found @ information @ means, found))


class Along:
    """Shapes of some glasses by technique.

    Parameters
    ----------
    settings, rng
        Of the arm; source of randomness.
    places
        Of the glasses in the series, -1/2 to 1/2.
    """

    def __init__(self, settings: Settings, places: Vector, rng: np.random.Generator) -> None:
        self.settings, self.places, self.rng = settings, places, rng

    def line(self, level: float, sds: Sequence[float]) -> Vector:
        """One quantity in every glass, with sds of its change and scatter."""
        change, scatter = sds
        own = scatter * self.rng.normal(size=self.places.size)
        return np.asarray(level + change * self.rng.normal() * self.places + own)

    def quantity(self, law: Law, sds: Sequence[float]) -> Vector:
        """A quantity whose level has a law, inside the limits of the law in every glass."""
        return _until(lambda: self.line(self._level(law, sds), sds), law[-2:])

    def _level(self, law: Law, sds: Sequence[float]) -> float:
        """Where nothing but limits is known, the level itself may lie beyond them."""
        if law[0] != "uniform":
            return float(self.rng.normal(*law[1:3]))
        reach = BEYOND * math.hypot(sds[0] / 2, sds[1])
        return float(self.rng.uniform(law[1] - reach, law[2] + reach))

    def position(self, technique: str, line: str, sds: Sequence[float], offsets: Vector) -> Vector:
        """True positions: from the library, or in a window that holds on the axis, whose referencing is off."""
        prior = self.settings.tables["priors"][technique].get(line)
        if prior is not None:
            return self.line(self.rng.normal(*prior), sds)
        low, high = self.settings.tables["windows"][technique][line]
        reach = REFERENCING * self.settings.tables[TABLES[technique]]["offset"][2]
        law: Law = ["uniform", low - reach, high + reach]
        return _until(lambda: self.line(self._level(law, sds), sds) + offsets, law[1:]) - offsets

    def nmr(self, units: Sequence[str], own_lorentz: bool) -> list[Parameters]:
        """31P: offsets, one Lorentzian part a glass or a unit, and of every unit position, width, tensor."""
        table = self.settings.tables["nmr"]
        coupling = table["coupling"]
        offsets = np.array([draw(table["offset"], self.rng) for _ in self.places])
        found = {"offset": offsets}
        for name in [f"{unit} lorentz" for unit in units] if own_lorentz else ["lorentz"]:
            found[name] = self.quantity(table["lorentz_fwhm"], coupling["lorentz"])
        for unit in units:
            kind = "symmetric" if unit in table["symmetric"] else "mixed"
            zeta = table["zeta_own"].get(unit, table[f"zeta_{kind}"])
            found[f"{unit} zeta"] = self.quantity(zeta, coupling["zeta"])
            found[f"{unit} eta"] = self.quantity(table["eta_own"].get(unit, table["eta_any"]), coupling["eta"])
            if unit not in TIED:
                found[f"{unit} center"] = self.position("31P NMR", unit, coupling["center"], offsets)
        _, width, sd, *ends = table["gauss_fwhm"]
        others = [unit for unit in units if unit not in TIED]
        found |= self._together("gauss", [*TIED, *others], (width, sd), table["gauss_common"], ends)
        published = self.settings.tables["priors"]["31P NMR"][TIED[0]]
        return _by_glass(found | self._together("center", TIED, published, 0.0, (-math.inf, math.inf)))

    def _together(
        self, name: str, units: Sequence[str], law: Sequence[float], share: float, ends: Sequence[float]
    ) -> dict[str, Vector]:
        """A quantity of units, a share of its variance in common; PS4 and PS3O, the first two, differ little."""
        table, size = self.settings.tables["nmr"], len(units)
        mean, sd = law
        covariance = sd**2 * ((1 - share) * np.eye(size) + share)

        def drawn() -> Vector:
            levels = tied(np.full(size, mean), covariance, table["tied"][name], self.rng)
            return np.concatenate([self.line(level, table["coupling"][name]) for level in levels])

        found = np.split(_until(drawn, ends), size)
        return {f"{unit} {name}": values for unit, values in zip(units, found, strict=True)}

    def raman(self) -> list[Parameters]:
        """Offsets, and of every band position, width, Lorentzian part; responses are the same along the series."""
        table = self.settings.tables["raman"]
        coupling = table["coupling"]
        found = {"offset": np.array([draw(table["offset"], self.rng) for _ in self.places])}
        for band in table["bands"]:
            found[f"{band} center"] = self.position("Raman", band, coupling["center"], found["offset"])
            found |= {f"{band} {name}": self.quantity(table[name], coupling[name]) for name in ("fwhm", "fraction")}
        return _by_glass(found)

    def xps(self) -> list[Parameters]:
        """O 1s: widths and shapes, and two positions until they are apart as the recipe states in every glass."""
        table, priors = self.settings.tables["xps"], self.settings.tables["priors"]["O 1s XPS"]
        coupling, found = table["coupling"], dict[str, Vector]()

        def apart() -> Vector:
            for line in ("BO", "NBO"):
                found[f"{line} center"] = self.line(self.rng.normal(*priors[line]), coupling["center"])
            return found["BO center"] - found["NBO center"]

        _until(apart, table["separation"])
        for line in ("BO", "NBO"):
            found |= {f"{line} {name}": self.quantity(table[name], coupling[name]) for name in ("fwhm", "fraction")}
        return _by_glass(found)


def _until(drawn: Callable[[], Vector], ends: Sequence[float]) -> Vector:
    """What is drawn, once all of it is inside its limits."""
    for _ in range(TRIES):
        found = drawn()
        if np.all((found >= ends[0]) & (found <= ends[1])):
            return found
    raise ValueError(f"no shapes inside {ends} in {TRIES} draws")


def _by_glass(found: Mapping[str, Vector]) -> list[Parameters]:
    return [dict(zip(found, map(float, values), strict=True)) for values in zip(*found.values(), strict=True)]
