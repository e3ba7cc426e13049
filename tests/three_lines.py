"""A spectrum of three 31P lines with a known truth, and its model."""

import dataclasses

import numpy as np

import spectra
from spectra import backgrounds, shapes
from spectra.models import Model, peak

X = np.linspace(-40.0, 140.0, 1024)
CENTERS = (3.0, 32.0, 82.0)


def model(**changes):
    peaks = tuple(
        peak(f"p{n}", {"center": (c + 1.0, c - 6, c + 6), "fwhm": (10.0, 2.0, 30.0)}, assignment=f"P:{n}")
        for n, c in enumerate(CENTERS)
    )
    base = Model("31P NMR", "chemical_shift", peaks, (backgrounds.linear(),))
    return dataclasses.replace(base, **changes)


TRUTH = {"area": (30.0, 15.0, 120.0), "fwhm": (8.0, 9.0, 11.0), "fraction": (0.3, 0.6, 0.4)}


def clean(x=X, areas=TRUTH["area"], shift=0.0):
    lines = zip(areas, CENTERS, TRUTH["fwhm"], TRUTH["fraction"], strict=True)
    return 0.5 + 0.002 * x + sum(shapes.pseudo_voigt(x, a, c + shift, w, f) for a, c, w, f in lines)


def noisy(seed=0, sd=0.05, **more):
    data = clean(**more) + np.random.default_rng(seed).normal(0, sd, X.size)
    return spectra.from_arrays(X, data, axis="chemical_shift", noise=sd, technique="31P NMR", sample="x = 0.3")
