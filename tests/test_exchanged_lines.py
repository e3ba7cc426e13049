"""Two lines of one spectrum that only their priors tell apart: the fit tries either name."""

from dataclasses import replace

import numpy as np
import pytest

import spectra
from spectra import nmr
from spectra.models import Default

X = np.linspace(-100.0, 320.0, 841)
PRIORS = {
    "P:S4": Default(84.0, 3.5, "made up"),
    "P:S3/S": Default(91.0, 3.5, "made up"),
    "P:S3~P": Default(107.0, 3.5, "made up"),
    "P:S2/S2": Default(119.0, 3.0, "made up"),
}
TRUTH = {
    "p_s4": (88.2, 6.9, 16.0, 22.3),
    "p_s3_s": (91.8, 12.0, -110.0, 11.9),
    "p_s3_p": (106.7, 5.85, 30.0, 34.5),
    "p_s2_s2": (118.0, 8.2, 87.0, 31.3),
}
"""Center, width, anisotropy (ppm), area."""


def fitted(seed):
    """A simulated 31P spectrum, the two first lines within their widths, and its fit."""
    empty = spectra.from_arrays(
        X, np.ones(X.size) + 1e-3 * X, axis="chemical_shift", noise=0.004, technique="31P NMR", spinning_rate=12e3,
        larmor_frequency=161.97, reference="85% H3PO4", recycle_delay=np.inf,
    )  # fmt: skip
    model = replace(nmr.model(empty, list(PRIORS), priors=PRIORS, background_degree=1), notes=())
    linked = model.linked()
    values = {p.name: p.prior.mean for p in model.all_parameters if p.prior is not None and p.name not in linked}
    values |= {"offset": 0.0, "background_c0": 0.0, "background_c1": 0.0}
    for name, numbers in TRUTH.items():
        values |= dict(zip((f"{name}_{q}" for q in ("center", "gauss_fwhm", "zeta", "area")), numbers, strict=True))
    drawn = spectra.simulate(model, X, values, noise=0.004, rng=np.random.default_rng(seed))
    return spectra.fit(drawn, model, check=False)


@pytest.mark.parametrize("seed", [2, 5, 13, 17])
def test_a_line_is_not_left_under_the_name_of_its_neighbour(seed):
    """In these draws the descent alone ends 17 higher in chi2, the areas 22.2 and 12.0 exchanged, sds of 0.2."""
    areas = fitted(seed).areas
    wanted = np.array([area for *_, area in TRUTH.values()])
    assert np.all(np.abs(areas.value.values - wanted) < 4 * areas.sd.values)
