"""Small series without end: three glasses of Na3PS4, two lines in each of three techniques, made by numpy alone.

Their shapes are drawn from the laws that the likelihood couples them by, so that the null is what it claims to be;
amounts are uniform, and in one glass of four P2S7 is absent. The response of Raman to P2S7 is known within 30 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

import spectra
import structure
from shortrange.joint import Joint, Pieces, Spectrum, Tensions, fit_series, tensions
from shortrange.results import Tension
from spectra.models import Model, peak
from studies.joint_tension._detectability import UNSEEN, Linear

Array = npt.NDArray[np.float64]
X = np.linspace(-50.0, 150.0, 201)
NOISE = 4e-4
GLASSES = {"a": -0.5, "b": 0.0, "c": 0.5}
AXES = {"31P NMR": "chemical_shift", "Raman": "raman_shift", "P 2p XPS": "binding_energy"}
LAWS = {
    "31P NMR": {"center": (2.0, 0.3), "fwhm": (2.0, 2.5), "width": 14.0},
    "Raman": {"center": (5.0, 2.0), "fwhm": (6.0, 6.0), "width": 25.0},
    "P 2p XPS": {"center": (0.3, 0.2), "fwhm": (0.3, 0.2), "width": 14.0},
}
"""sds of the change over the series and about it, as the coupling states them (not of NMR widths); the middle width."""
NARROWEST = 3.0
LINES = {"P:S4": 30.0, "P:S3/S": 70.0}
RESPONSE = 0.3
ABSENT = 0.25
REACH, STEP = 20.0, 1e-3
SPECIES = ("P:S4", "P:S3/S", "Na2S", "S")
FAULTS = {"spectrum": "b, Raman", "reference": "b, 31P NMR", "technique": "P 2p XPS"}
"""Planted fault and what is wrong: Raman of b shows another structure; the shifts of b are moved; P 2p counts P2S7
wrongly in all glasses."""
FARTHEST = {"spectrum": 1.0, "reference": 20.0, "technique": 1.0}


def gaussian(center: float, fwhm: float) -> Array:
    """Of area 1."""
    sigma = fwhm / (2 * math.sqrt(2 * math.log(2)))
    return np.exp(-(((X - center) / sigma) ** 2) / 2) / (sigma * math.sqrt(2 * math.pi))


class Truth:
    """Amounts, shapes and response of one series."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.amounts = {name: 0.0 if rng.random() < ABSENT else float(rng.uniform()) for name in GLASSES}
        self.response = math.exp(rng.normal(0.0, RESPONSE))
        self.shapes: dict[tuple[str, str, str], tuple[float, float]] = {}
        for technique, law in LAWS.items():
            for line, middle in LINES.items():
                drift = {name: rng.normal(0.0, law[name][0]) for name in ("center", "fwhm")}
                for glass, place in GLASSES.items():
                    center = middle + drift["center"] * place + rng.normal(0.0, law["center"][1])
                    fwhm = law["width"] + drift["fwhm"] * place + rng.normal(0.0, law["fwhm"][1])
                    self.shapes[glass, technique, line] = (center, max(fwhm, NARROWEST))

    def expected(self, fault: str = "", size: float = 0.0) -> dict[tuple[str, str], Array]:
        """Spectra without noise."""
        made = {}
        for glass, pairs in self.amounts.items():
            for technique in AXES:
                part, moved, counted = pairs, 0.0, self.response if technique == "Raman" else 1.0
                if fault == "spectrum" and (glass, technique) == ("b", "Raman"):
                    part = pairs + size * self.way
                if fault == "reference" and (glass, technique) == ("b", "31P NMR"):
                    moved = size
                if fault == "technique" and technique == "P 2p XPS":
                    counted *= 1 + size
                own = {line: self.shapes[glass, technique, line] for line in LINES}
                one, other = (gaussian(center + moved, fwhm) for center, fwhm in own.values())
                made[glass, technique] = (1 - part) * one + part * counted * other
        return made

    @property
    def way(self) -> float:
        """The direction in which the amounts of glass b have the longer way to a wall."""
        return 1.0 if self.amounts["b"] < 0.5 else -1.0

    def farthest(self, fault: str) -> float:
        """Amplitude above which a fault cannot be."""
        return max(self.amounts["b"], 1 - self.amounts["b"]) if fault == "spectrum" else FARTHEST[fault]


def model(technique: str, _lines: object = None) -> Model:
    """Two Gaussians with windows."""
    width = (LAWS[technique]["width"], NARROWEST / 2, 60.0)
    lines = [
        peak(
            text.lower().replace(":", "_").replace("/", "_"),
            {"area": 1.0, "center": (center, center - REACH, center + REACH), "fwhm": width},
            assignment=text,
            shape="gaussian",
        )
        for text, center in LINES.items()
    ]
    return Model(technique, AXES[technique], tuple(lines))


def fitted(measured: Mapping[tuple[str, str], Array]) -> Joint:
    """The most probable series, its spectra fitted alone first."""
    series = []
    for (glass, technique), y in measured.items():
        data = spectra.from_arrays(X, y, axis=AXES[technique], noise=NOISE, technique=technique)
        fit = spectra.fit(data, model(technique))
        known = (("P:S3/S", 1.0, RESPONSE), ("*", 1.0, 0.0)) if technique == "Raman" else ()
        series.append(Spectrum(glass, technique, tuple(LINES), fit, partial(model, technique), known))
    glasses = [(name, structure.composition("Na3PS4"), SPECIES, None) for name in GLASSES]
    return fit_series(glasses, series, {})


def judged(measured: Mapping[tuple[str, str], Array], seed: int) -> tuple[Joint, dict[str, object]]:
    """The joint minimum, and what the tension of it says."""
    found = fitted(measured)
    one = tensions(Pieces(found.likelihood, found.minimum.x), rng=np.random.default_rng(seed))
    return found, told(one, str(found.minimum.status))


def told(one: Tensions, status: str) -> dict[str, object]:
    """A verdict as a record."""
    return {"status": status, "groups": compared(one.groups), "suspects": list(one.suspects)}


def compared(groups: Sequence[Tension]) -> list[list[object]]:
    """Comparisons as rows of a record."""
    return [[g.kind, g.group, round(g.q, 3), g.dof, round(g.expected, 3), g.p, g.rejected] for g in groups]


def records(seed: int, faults: Mapping[str, Sequence[float]], *, arm: str) -> Iterator[dict[str, object]]:
    """A series without a fault, then the same noise with every fault at the amplitude of every lambda."""
    rng = np.random.default_rng(seed)
    truth = Truth(rng)
    clean = truth.expected()
    noise = {key: rng.normal(0.0, NOISE, X.size) for key in clean}
    found, record = judged({key: clean[key] + noise[key] for key in clean}, seed)
    yield {"arm": arm, "seed": seed, "fault": "", "lambda": 0.0, **record}
    linear = Linear(found.likelihood, found.minimum.x)
    for fault, sizes in faults.items():
        step = STEP * FARTHEST[fault]
        moved = truth.expected(fault, step)
        changes = {f"{g}, {t}": (moved[g, t] - clean[g, t]) / step for g, t in clean}
        unit = linear.of_spectra(changes)
        for size in sizes:
            amplitude = math.sqrt(size / max(unit, UNSEEN))
            row: dict[str, object] = {"arm": arm, "seed": seed, "fault": fault, "lambda": size, "amplitude": amplitude}
            if amplitude <= truth.farthest(fault):
                wrong = truth.expected(fault, amplitude)
                row |= judged({key: wrong[key] + noise[key] for key in wrong}, seed)[1]
            yield row
