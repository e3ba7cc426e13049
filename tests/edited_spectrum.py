"""A simulated spectrum of three lines, its model of two, and fits of it under an edit."""

import numpy as np

import spectra
from shortrange.edits import NO_EDIT, cleared, edited

X = np.linspace(0.0, 100.0, 401)


def line(name, center, **more):
    return spectra.peak(name, {"center": (center, center - 8, center + 8), "fwhm": (6.0, 1.0, 20.0)}, **more)


def simulated(*, fwhm=6.0):
    y = 1.0 + sum(a * np.exp(-4 * np.log(2) * ((X - c) / fwhm) ** 2) for a, c in ((50, 30.0), (25, 45.0), (10, 70.0)))
    rng = np.random.default_rng(3)
    return spectra.from_arrays(X, y + rng.normal(0, 0.3, X.size), axis="raman_shift", noise=0.3)


def model(**more):
    lines = (line("a", 30.0, assignment="P:S4", shape="gaussian"), line("b", 45.0, shape="gaussian"))
    return spectra.Model("", "raman_shift", lines, (spectra.backgrounds.polynomial(1),), **more)


def fitted(edit=NO_EDIT, **more):
    return spectra.fit(cleared(simulated(), edit), edited(model(**more), edit), check=False)


def value(fit, name):
    return float(fit.parameters.select([name]).value.item())
