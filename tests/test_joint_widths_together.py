"""Levels of widths that have a share of their variance in common: correlated by it in the joint likelihood."""

import numpy as np
import pytest
from joint_series import GLASS, SPECIES, TRUE, X

import structure
from shortrange.joint import Likelihood
from shortrange.joint.likelihood import Data, JointGlass
from shortrange.joint.search._coupled_shapes import known_before
from spectra.models import Default, Model, peak


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_levels_of_widths_have_the_share_of_their_priors_in_common(share):
    known = Default(8.0, 3.0, "stated", common=share)
    lines = [
        peak(
            name,
            {"center": (place, place - 5, place + 5), "gauss_fwhm": known, "lorentz_fwhm": 0.5},
            assignment=text,
            shape="voigt",
        )
        for name, text, place in (("p_s4", "P:S4", 30.0), ("p_s3_s", "P:S3/S", 70.0))
    ]
    model = Model("31P NMR", "chemical_shift", tuple(lines))
    data = [Data(n, n, "31P NMR", "NMR", model, X, np.ones(X.size), np.ones(X.size), 1.0, (), {}) for n in TRUE]
    made = [
        JointGlass(n, structure.composition(GLASS), SPECIES, np.full(4, 0.1), p) for n, p in (("a", -0.5), ("b", 0.5))
    ]
    likelihood = Likelihood(made, data)
    levels = [likelihood.common["31P NMR", f"{line}_gauss_fwhm"][0] for line in ("p_s4", "p_s3_s")]
    stated = [number for number, row in enumerate(likelihood.rows) if set(row) <= set(levels)]
    table = likelihood.matrix.toarray()[np.ix_(stated, levels)]
    covariance = np.linalg.inv(table.T @ table)
    np.testing.assert_allclose(covariance, 9.0 * np.array([[1.0, share], [share, 1.0]]), atol=1e-9)
    np.testing.assert_allclose(table @ [8.0, 8.0] + likelihood.levels[stated], 0.0, atol=1e-12)
    assert {known_before(likelihood)[level] for level in levels} == {(8.0, 3.0)}
