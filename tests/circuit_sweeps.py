"""Simulated sweeps of two arcs."""

import numpy as np

import electrochemistry as ec

F = np.logspace(-2, 6, 65)


TWO = {"R0": 20.0, "R1": 300.0, "CPE1_Q": 2e-8, "CPE1_n": 0.9, "R2": 900.0, "CPE2_Q": 3e-6, "CPE2_n": 0.85}


def simulated(text, values, *, noise=0.0, seed=0, f=F, **scalars):
    z = ec.circuit(text).impedance(f, values)
    rng = np.random.default_rng(seed)
    z = z + noise * np.abs(z) * (rng.normal(size=f.size) + 1j * rng.normal(size=f.size))
    return ec.spectrum_from_arrays(f, z, noise=noise * np.abs(z) if noise else None, **scalars)
