"""Do the routes to a fit end in the same minimum: `fit`, `fit_map` from cold and warm starts, `fit_together` of one.

OMP_NUM_THREADS=1 python -m studies.search_agreement [--first 0] [--number 2000]

Spectra are simulated: six pseudo-Voigts on a line, 512 points, areas over a factor of twenty, positions up to
6 from the start of the fit, widths from half to twice that of the start, so that lines cover one another and stray.
Printed are the spectra whose chi2 differ by more than 1e-6 of it, none left out.
"""

from __future__ import annotations

import argparse
import tempfile

import numpy as np
import xarray as xr

import spectra
from spectra import backgrounds, shapes
from spectra.models import Model, peak

X = np.linspace(-40.0, 140.0, 512)
CENTERS = (3.0, 32.0, 63.0, 76.0, 92.0, 108.0)
NOISE = 0.05
SAME = 1e-6
GROUP = 50


def simulated(seed: int) -> np.ndarray:
    """Intensities of one spectrum."""
    rng = np.random.default_rng(seed)
    data = 0.5 + 0.002 * X + rng.normal(0, NOISE, X.size)
    for place in CENTERS:
        area, center = np.exp(rng.uniform(np.log(5), np.log(100))), place + rng.uniform(-6, 6)
        data += shapes.pseudo_voigt(X, area, center, rng.uniform(5, 20), rng.uniform(0.1, 0.9))
    return data


def model() -> Model:
    """The model of all."""
    lines = [peak(f"p{n}", {"center": (c, c - 8, c + 8), "fwhm": (10.0, 2.0, 40.0)}) for n, c in enumerate(CENTERS)]
    return Model("31P NMR", "chemical_shift", tuple(lines), (backgrounds.linear(),))


def ends(seeds: range) -> dict[str, np.ndarray]:
    """chi2 of every route, one value a seed."""
    data = np.array([simulated(seed) for seed in seeds])
    used, alone, together = model(), [], []
    for row in data:
        spectrum = spectra.from_arrays(X, row, axis="chemical_shift", noise=NOISE, technique="31P NMR")
        alone.append(spectra.fit(spectrum, used, check=False).chi2)
        together.append(spectra.fit_together({"a": spectrum}, used, shared=["*_fwhm"], check=False).chi2)
    cube: xr.Dataset = spectrum.assign(intensity=(("pixel", "chemical_shift"), data))
    found = {"fit": np.array(alone), "fit_together": np.array(together)}
    for name, warm in (("map, cold", False), ("map, warm", True)):
        with tempfile.TemporaryDirectory() as store:
            found[name] = spectra.fit_map(cube, used, store=store, warm_start=warm)["chi2"].values
    return found


def main() -> None:
    """Print the disagreements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--number", type=int, default=2000)
    given = parser.parse_args()
    last = given.first + given.number
    parts = [ends(range(low, min(low + GROUP, last))) for low in range(given.first, last, GROUP)]
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    reference = found["map, cold"]
    for name, chi2 in found.items():
        apart = chi2 / reference - 1
        print(f"{name:<14} higher than cold: {int(np.sum(apart > SAME)):>4}   lower: {int(np.sum(apart < -SAME)):>4}")
        for seed in np.flatnonzero(np.abs(apart) > SAME):
            print(f"    seed {given.first + seed}: {chi2[seed]:.6f}, cold {reference[seed]:.6f}")


if __name__ == "__main__":
    main()
