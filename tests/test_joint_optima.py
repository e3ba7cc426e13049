"""Random starts of the joint route: where they are drawn, where they end, and how their ends are listed."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from joint_series import GLASS, SPECIES, TRUE, X, glasses, series

import structure
from reference_peaks import Prior
from shortrange.exports import optima_table
from shortrange.joint import Likelihood, far_ends, fit_series, lowest_end, optima
from shortrange.joint.likelihood import Data, JointGlass
from shortrange.joint.search import _optima
from shortrange.joint.search._optima import random_start
from shortrange_core.least_squares import grouped
from shortrange_core.notes import Status
from spectra.models import Model, peak


def test_random_starts_end_in_one_minimum_and_another_is_listed_with_its_structure():
    found = fit_series(glasses(), series(), {})
    ends = far_ends(found.likelihood, 20, np.random.default_rng(0))
    (one,) = optima(found.likelihood, found.minimum, ends)
    assert (one.starts, one.above, one.result) == (21, 0.0, True)
    assert one.amounts["a: P:S4"] == pytest.approx(TRUE["a"][0], abs=0.02)
    drawn = [random_start(found.likelihood, {}, np.random.default_rng(seed)) for seed in range(2)]
    assert np.ptp([x[found.likelihood.amounts["a"][1]] for x in drawn]) > 0.01
    worse = replace(found.minimum, chi2=found.minimum.chi2 + 50)
    best, other = optima(found.likelihood, worse, ends[:1])
    assert (best.result, other.result) == (False, True)
    assert other.above == pytest.approx(50.0, abs=1e-3)
    assert lowest_end(found.minimum, ends) is found.minimum
    assert lowest_end(worse, ends) in ends
    assert lowest_end(worse, [replace(ends[0], status=Status.NOT_CONVERGED)]) is worse


def test_starts_are_drawn_from_what_is_known_of_a_shape_not_from_walls_that_are_six_sds_off():
    lines = [
        peak(
            name,
            {"area": 1.0, "center": Prior(c, 1.5, "stated"), "fwhm": Prior(8.0, 0.5, "stated")},
            assignment=text,
            shape="gaussian",
        )
        for name, text, c in (("p_s4", "P:S4", 30.0), ("p_s3_s", "P:S3/S", 70.0))
    ]
    model = Model("31P NMR", "chemical_shift", tuple(lines))
    data = [Data(n, n, "31P NMR", "NMR", model, X, np.ones(X.size), np.ones(X.size), 1.0, (), {}) for n in TRUE]
    made = [
        JointGlass(n, structure.composition(GLASS), SPECIES, np.full(4, 0.1), p) for n, p in (("a", -0.5), ("b", 0.5))
    ]
    likelihood, rng = Likelihood(made, data), np.random.default_rng(0)
    laws = _optima._laws(likelihood)
    starts = np.array([random_start(likelihood, laws, rng) for _ in range(50)])
    assert set(laws) == {
        likelihood._own(n, f"{line}_{q}") for n in TRUE for line in ("p_s4", "p_s3_s") for q in ("center", "fwhm")
    }
    for quantity, mean, sd in (("center", 70.0, 1.5), ("fwhm", 8.0, 0.5)):  # the first coupled along the series
        values = starts[:, [likelihood._own(name, f"p_s3_s_{quantity}") for name in TRUE]]
        assert values.mean() == pytest.approx(mean, abs=4 * sd / math.sqrt(values.size))
        assert values.std() == pytest.approx(sd, rel=0.3)  # of the whole window: 3.5 times as much


def test_a_descent_that_was_ended_is_no_minimum(monkeypatch):
    monkeypatch.setattr(_optima, "HEATS", ())
    monkeypatch.setattr(_optima, "LONGEST", 2)
    monkeypatch.setattr(_optima, "settled", lambda _likelihood, end, **_more: end)
    found = fit_series(glasses(), series(), {})
    best, *others = optima(found.likelihood, found.minimum, far_ends(found.likelihood, 3, np.random.default_rng(0)))
    assert (best.starts, best.minimum, best.result) == (1, True, True)
    assert [row.minimum for row in others] == [False] * len(others) != []
    told = optima_table(SimpleNamespace(optima=(best, *others)))
    assert list(told["a minimum"]) == ["yes", *["no: not converged"] * len(others)]


def test_an_end_that_is_no_minimum_is_not_counted_in_one_above_it():
    ends = [SimpleNamespace(chi2=chi2, status=status) for chi2, status in
            ((10.0, Status.OK), (50.0, Status.OK), (20.0, Status.NOT_CONVERGED), (50.0, Status.AT_BOUND))]  # fmt: skip
    kept, counts = grouped(ends, same=1e-6)
    assert ([end.chi2 for end in kept], counts) == ([10.0, 50.0, 20.0], [1, 2, 1])


def test_hot_spectra_weigh_less_and_priors_as_much():
    found = fit_series(glasses(), series(), {})
    likelihood, x = found.likelihood, np.array(found.minimum.x) * 1.01
    own = sum(float(np.sum(part.residual**2)) for part in likelihood.parts(x))
    hot = sum(float(np.sum(part.residual**2)) for part in likelihood.parts(x, heat=4.0))
    measured = sum(block.chi2(x[likelihood.local[key]]) for key, block in likelihood.blocks.items())
    assert own - hot == pytest.approx(0.75 * measured, rel=1e-9)
