"""Shares of the spinning sidebands, from mrsimulator."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from mrsimulator import Simulator, Site, SpinSystem
from mrsimulator.method import SpectralDimension
from mrsimulator.method.lib import BlochDecaySpectrum

Tensor = tuple[float, float]
DENSITY = 48
"""Orientations along an edge of the octant: shares agree with a finer grid to 1e-4."""
FEWEST_ORDERS = 16


def canonical(zeta: float, eta: float) -> Tensor:
    """The same tensor with 0 <= eta <= 1, axes sorted after Haeberlen.

    Examples
    --------
    >>> canonical(10.0, 0.5), tuple(round(v, 6) for v in canonical(10.0, 1.5))
    ((10.0, 0.5), (-12.5, 0.6))
    """
    principal = sorted((-zeta * (1 + eta) / 2, -zeta * (1 - eta) / 2, zeta), key=abs)
    if principal[2] == 0:
        return 0.0, 0.0
    return principal[2], (principal[0] - principal[1]) / principal[2]


def manifolds(tensors: Sequence[Tensor], *, larmor: float, rate: float) -> tuple[npt.NDArray[np.float64], ...]:
    """Orders (odd number, ascending with the shift) and for every tensor its shares, which add to 1.

    Parameters
    ----------
    tensors
        (zeta in ppm of the shift, eta) of every site, as drawn.
    larmor, rate
        MHz, Hz.
    """
    sorted_tensors = [canonical(*tensor) for tensor in tensors]
    depth = max(abs(zeta) for zeta, _ in sorted_tensors) * larmor / rate
    count = max(FEWEST_ORDERS, 1 << math.ceil(math.log2(2 * (1.5 * depth + 6))))
    gamma = abs(Site(isotope="31P").isotope.gyromagnetic_ratio)
    # mrsimulator counts shielding: its zeta has the other sign
    systems = [
        SpinSystem(
            sites=[
                Site(
                    isotope="31P",
                    isotropic_chemical_shift=0.0,
                    shielding_symmetric={"zeta": -zeta, "eta": min(eta, 1.0)},
                )
            ]
        )
        for zeta, eta in sorted_tensors
    ]
    method = BlochDecaySpectrum(
        channels=["31P"],
        magnetic_flux_density=larmor / gamma,
        rotor_frequency=rate,
        spectral_dimensions=[SpectralDimension(count=count, spectral_width=count * rate)],
    )
    simulator = Simulator(spin_systems=systems, methods=[method])
    simulator.config.number_of_sidebands = count
    simulator.config.integration_density = DENSITY
    simulator.config.decompose_spectrum = "spin_system"
    simulator.run(pack_as_csdm=False)
    found = np.array([np.real(part) for part in simulator.methods[0].simulation])
    found = found[:, 1:]  # -count/2 has no partner
    return np.arange(1 - count // 2, count // 2), found / found.sum(axis=1, keepdims=True)
