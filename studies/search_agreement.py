"""Do the routes to a fit end in the same minimum: `fit`, `fit_map` from cold and warm starts, `fit_together` of one,
an affine link and the same as an expression that is not affine, and does lmfit go lower from where a fit ends.

OMP_NUM_THREADS=1 python -m studies.search_agreement [--first 0] [--number 2000]

Spectra are simulated: six pseudo-Voigts on a line, 512 points, areas over a factor of twenty, positions up to
6 from the start of the fit, widths from half to twice that of the start, so that lines cover one another and stray.
Printed are the spectra whose chi2 differ by more than 1e-6 of it, none left out.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace

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
LMFIT_EVALUATIONS = 4000
COMPARED = {
    "fit": "map, cold",
    "fit_together": "map, cold",
    "map, warm": "map, cold",
    "expression": "link",
    "lmfit": "fit",
}
"""What each route is compared with."""


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


Routes = dict[str, tuple[np.ndarray, np.ndarray]]


def ends(seeds: range) -> Routes:
    """chi2 of every route and of what it is compared with, one value a seed."""
    data = np.array([simulated(seed) for seed in seeds])
    used = model()
    found: dict[str, list[float]] = {name: [] for name in ("fit", "fit_together", "link", "expression", "lmfit")}
    linked = replace(used, links=(*used.links, "p0_fwhm = p1_fwhm"))
    edited = used.parameters()
    edited["p0_fwhm"].set(expr="sqrt(p1_fwhm**2)")
    for row in data:
        spectrum = spectra.from_arrays(X, row, axis="chemical_shift", noise=NOISE, technique="31P NMR")
        alone = spectra.fit(spectrum, used, check=False)
        minimiser, _ = spectra.to_lmfit(alone)
        found["fit"].append(alone.chi2)
        found["lmfit"].append(minimiser.minimize(max_nfev=LMFIT_EVALUATIONS).chisqr)
        found["fit_together"].append(spectra.fit_together({"a": spectrum}, used, shared=["*_fwhm"], check=False).chi2)
        found["link"].append(spectra.fit(spectrum, linked, check=False).chi2)
        found["expression"].append(spectra.fit(spectrum, used, parameters=edited, check=False).chi2)
    cube: xr.Dataset = spectrum.assign(intensity=(("pixel", "chemical_shift"), data))
    for name, warm in (("map, cold", False), ("map, warm", True)):
        with tempfile.TemporaryDirectory() as store:
            found[name] = spectra.fit_map(cube, used, store=store, warm_start=warm)["chi2"].values.tolist()
    values = {name: np.array(chi2) for name, chi2 in found.items()}
    return {name: (values[name], values[of]) for name, of in COMPARED.items()}


def main() -> None:
    """Print the disagreements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--number", type=int, default=2000)
    given = parser.parse_args()
    last = given.first + given.number
    parts = [ends(range(low, min(low + GROUP, last))) for low in range(given.first, last, GROUP)]
    for name, of in COMPARED.items():
        chi2, reference = (np.concatenate([part[name][side] for part in parts]) for side in (0, 1))
        apart = chi2 / reference - 1
        higher, lower = int(np.sum(apart > SAME)), int(np.sum(apart < -SAME))
        print(f"{name:<13} higher than {of + ':':<11} {higher:>4}   lower: {lower:>4}", flush=True)
        for seed in np.flatnonzero(np.abs(apart) > SAME):
            print(f"    seed {given.first + seed}: {chi2[seed]:.6f}, {of} {reference[seed]:.6f}")


if __name__ == "__main__":
    main()
