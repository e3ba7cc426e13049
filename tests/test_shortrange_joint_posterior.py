"""Samples of a series: a Gaussian where the likelihood is one, shared parameters among them, and weights that tell."""

import numpy as np
import pytest
from test_shortrange_joint_tension import GLASSES, series

from shortrange.joint import fit_series, pareto_k, posterior


def test_samples_have_the_sds_of_the_minimum_and_name_what_is_shared():
    found = fit_series(GLASSES, series(0, techniques=("31P NMR",)), {})
    drawn = posterior(found.likelihood, found.minimum, np.random.default_rng(0), draws=2048)
    assert drawn.entries[:4] == ("a: P:S4", "a: P:S3/S", "a: Na2S", "a: S")
    assert "31P NMR: p_s4_center" in drawn.entries
    assert not any("log scale" in name for name in drawn.entries)  # of a spectrum: marginalised
    at = [found.likelihood.names.index(name) for name in drawn.entries]
    mean, sd = drawn.moments(weighted=False)
    expected = found.minimum.sd[at]
    known = expected > 1e-6
    np.testing.assert_allclose(sd[known], expected[known], rtol=0.1)
    assert np.max(np.abs(mean - found.minimum.x[at])[known] / expected[known]) < 0.15
    assert np.nanmax(drawn.r_hat[known]) < 1.05
    assert np.nanmin(drawn.effective[known]) > 400


def test_weights_lead_from_the_quadratic_form_to_the_exact_posterior():
    """Good spectra: nearly a Gaussian, weights nearly even."""
    good = fit_series(GLASSES[:1], series(0, techniques=("31P NMR",))[:1], {})
    drawn = posterior(good.likelihood, good.minimum, np.random.default_rng(0))
    assert drawn.exact
    assert np.exp(drawn.log_weight).sum() == pytest.approx(1.0)
    even = 1 / np.sum(np.exp(2 * drawn.log_weight)) / drawn.log_weight.size
    assert 0.5 < even <= 1.0


@pytest.mark.parametrize("shape", [0.3, 0.7, 1.2])
def test_the_tail_of_a_pareto_law_has_its_shape(shape):
    k = [pareto_k(np.log1p(np.random.default_rng(seed).pareto(1 / shape, 4000))) for seed in range(40)]
    assert np.mean(k) == pytest.approx(shape, abs=0.1)


def test_even_weights_and_one_that_counts_alone():
    assert pareto_k(np.zeros(100)) == -np.inf
    assert pareto_k(np.append(np.full(999, -np.inf), 0.0)) == np.inf
