"""Simulated series of areas with a likelihood of their own."""

import numpy as np
from two_lines import two_lines

import spectra
import structure
from shortrange.joint import (
    Spectrum,
)

X = np.linspace(0.0, 100.0, 401)


SPECIES = ("P:S4", "P:S3/S", "Na2S", "S")


GLASS = "Na3PS4"


TRUE = {"a": (0.80, 0.20, 0.10, 0.0), "b": (0.60, 0.40, 0.20, 0.0)}
"""Two structures of Na3PS4: half a Na2S for every phosphorus of P2S7, by charge; no free sulfur."""


def series(scales=(1000.0, 30.0), sd=0.002, true=TRUE):
    rng = np.random.default_rng(0)
    found = []
    for (name, (one, other, *_)), scale in zip(true.items(), scales, strict=True):
        lines = one * spectra.shapes.gaussian(X, 1.0, 30.0, 8.0) + other * spectra.shapes.gaussian(X, 1.0, 70.0, 8.0)
        noise = sd * scale
        data = spectra.from_arrays(
            X, scale * lines + rng.normal(0, noise, X.size), axis="chemical_shift", noise=noise, technique="31P NMR"
        )
        fit = spectra.fit(data, two_lines())
        found.append(Spectrum(name, "31P NMR", ("P:S4", "P:S3/S"), fit, lambda _lines: two_lines()))
    return found


def glasses():
    return [(name, structure.composition(GLASS), SPECIES, None) for name in TRUE]
