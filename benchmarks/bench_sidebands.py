"""Sideband manifolds: one evaluation with two derivatives against mrsimulator's without, and against a plain kernel.

The plain kernel is the floor: one complex exponential a phase and orientation and three FFTs, with nothing around it.
A line with all its derivatives is compared with a sum band by band, one line alone and the seven of a glass together;
every evaluation has other values, since the last ones are remembered. Processor time.
Run: ``python benchmarks/bench_sidebands.py``.
"""

import importlib
import importlib.util
import itertools
import time
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import wofz

from spectra.shapes import MAS, manifold
from spectra.shapes._sidebands import _phases

Array = npt.NDArray[np.float64]
CASES = {"PO3S, 20 kHz": (165.7, 0.43, 20e3, 202.4), "3 kHz": (88.5, 0.42, 3004.0, 161.98)}


def seconds(function: Callable[[], object], repeats: int = 30) -> float:
    function()
    taken = []
    for _ in range(5):
        start = time.process_time()
        for _ in range(repeats):
            function()
        taken.append((time.process_time() - start) / repeats)
    return min(taken)


def floor(depth: float, eta: float) -> Callable[[], object]:
    size = int(np.ceil(1.5 * abs(depth))) + 8
    phases = 1 << int(np.ceil(np.log2(2 * (int(np.ceil(1.3 * abs(depth))) + 12) + 2)))
    axial, biaxial, _ = _phases(size, phases)
    turn = axial + eta * biaxial

    def run() -> object:
        signal = np.exp(1j * depth * turn)
        return [np.fft.fft(signal, axis=1), np.fft.fft(turn * signal, axis=1), np.fft.fft(biaxial * signal, axis=1)]

    return run


def one_by_one(x: Array, zeta: float, eta: float, rate: float, larmor: float) -> Callable[[], object]:
    """A whole line with its derivatives as a sum over bands, each a Faddeeva function at every point."""
    root, height = 5.0 * np.sqrt(2) / 2.3548, 0.1 * 2.3548 / np.sqrt(2)

    def run() -> object:
        bands = manifold(zeta * larmor / rate, eta)
        keep = (bands.intensity > 1e-7) | (np.abs(bands.by_depth) > 1e-7)
        sums = np.zeros((6, x.size))
        for order, share, by_depth, by_eta in zip(
            bands.order[keep], bands.intensity[keep], bands.by_depth[keep], bands.by_eta[keep], strict=True
        ):
            z = (x - 30.0 - order * rate / larmor) / root + 1j * height
            w = wofz(z)
            slope = -2 * z * w + 2j / np.sqrt(np.pi)
            for row, value in enumerate((share * w.real, by_depth * w.real, by_eta * w.real)):
                sums[row] += value
            for row, value in enumerate((share * slope.real, share * slope.imag, share * (slope * z).real), 3):
                sums[row] += value
        return sums

    return run


def theirs(zeta: float, eta: float, rate: float, larmor: float) -> Callable[[], object] | None:
    if importlib.util.find_spec("mrsimulator") is None:
        return None
    peer = importlib.import_module("mrsimulator")
    methods = importlib.import_module("mrsimulator.method.lib")
    site = peer.Site(isotope="31P", isotropic_chemical_shift=0.0, shielding_symmetric={"zeta": -zeta, "eta": eta})
    dimension = {"count": 1024, "spectral_width": 32 * rate, "reference_offset": 0.0}
    method = methods.BlochDecaySpectrum(
        channels=["31P"], magnetic_flux_density=larmor / 17.235, rotor_frequency=rate, spectral_dimensions=[dimension]
    )
    simulation = peer.Simulator(spin_systems=[peer.SpinSystem(sites=[site])], methods=[method])
    simulation.config.number_of_sidebands = 64
    simulation.config.integration_density = 70
    run: Callable[[], object] = simulation.run
    return run


GLASS = (
    (82.0, 7.0, 20.0, 0.5),
    (88.0, 8.0, 80.0, 0.5),
    (62.0, 7.0, 100.0, 0.4),
    (33.0, 7.0, 165.0, 0.43),
    (5.0, 6.0, 20.0, 0.3),
    (75.0, 8.0, 90.0, 0.6),
    (108.0, 7.0, 60.0, 0.4),
)
"""Position and width (ppm), zeta (ppm) and eta of seven lines, as those of an oxysulfide glass."""


def together(x: Array, sites: Sequence[tuple[float, ...]], rate: float, larmor: float) -> Callable[[], object]:
    """Lines in one pass, a little elsewhere at every call."""
    center, gauss, zeta, eta = np.array(sites).T[:, :, None]
    calls = itertools.count()

    def run() -> object:
        return MAS.kernel(x, center + 1e-9 * next(calls), gauss, np.full_like(center, 1.0), zeta, eta, rate, larmor)

    return run


if __name__ == "__main__":
    print("| case | ours, 2 derivatives | / plain kernel | / mrsimulator, none |\n|---|---|---|---|")
    for name, (zeta, eta, rate, larmor) in CASES.items():
        depth = zeta * larmor / rate
        own = seconds(lambda depth=depth, eta=eta: manifold(depth, eta))
        base = seconds(floor(depth, eta))
        other = theirs(zeta, eta, rate, larmor)
        ratio = f"{own / seconds(other, 10):.2f}" if other else "not installed"
        print(f"| {name} | {1e3 * own:.2f} ms | {own / base:.2f} | {ratio} |")
    print("\n| lines with derivatives | in one pass | band by band / one pass |\n|---|---|---|")
    lines = {
        **{f"{name}, 3000 points": (3000, [(30.0, 5.0, z, e)], r, f) for name, (z, e, r, f) in CASES.items()},
        "seven of a glass, 20 kHz, 1037 points": (1037, GLASS, 20e3, 202.4),
    }
    for name, (points, sites, rate, larmor) in lines.items():
        x = np.linspace(-250.0, 350.0, points)
        once = seconds(together(x, sites, rate, larmor))
        each = sum(seconds(one_by_one(x, zeta, eta, rate, larmor), 10) for _, _, zeta, eta in sites)
        print(f"| {name} | {1e3 * once:.2f} ms | {each / once:.1f} |")
