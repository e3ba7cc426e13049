"""Spectra and conductivities of a pellet, simulated: what the tests of conduction share."""

import numpy as np

import electrochemistry as ec
from electrochemistry.conduction import Conductivity
from shortrange_core import Estimates

F = np.logspace(0, 7, 50)
PELLET = ec.geometry(thickness=0.1, diameter=1.3)


def simulated(text, values, noise=0.0, seed=0, f=F, **scalars):
    z = ec.circuit(text).impedance(f, values)
    rng = np.random.default_rng(seed)
    z = z + noise * np.abs(z) * (rng.normal(size=f.size) + 1j * rng.normal(size=f.size))
    return ec.spectrum_from_arrays(f, z, **scalars)


def series(temperatures, sigma, relative_sd, shape=PELLET, common=0.0):
    value = np.asarray(sigma)
    covariance = np.diag((relative_sd * value) ** 2) + (common + shape.log_variance) * np.outer(value, value)
    names = [f"total[{t:g}]" for t in temperatures]
    estimates = Estimates.build(
        names, value, covariance, quantity=["total"] * len(names), temperature=list(temperatures), label=names
    )
    return Conductivity(estimates, estimates, shape, ())


def codes(result):
    return {note.code for note in result.notes}


def step(voltage, current, *, tail=0.0, noise=0.0, seed=0, points=200):
    t = np.geomspace(1.0, 1e5, points)
    rng = np.random.default_rng(seed)
    return ec.steady_state(t, current * (1 + 100 * np.exp(-t / 50)) + tail / np.sqrt(t) + noise * rng.normal(size=t.size), voltage=voltage)  # noqa: E501  # fmt: skip
