"""Where the joint route starts, what it puts right, and which ends it counts."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from joint_series import GLASS, SPECIES, TRUE, X, glasses, series

import spectra
import structure
from reference_peaks import Prior
from shortrange.exports import optima_table
from shortrange.joint import (
    Likelihood,
    Spectrum,
    _optima,
    fit_series,
    likelihood_of,
    optima,
)
from shortrange.joint._blocks import Data
from shortrange.joint._exchanged import lowest
from shortrange.joint._glasses import JointGlass
from shortrange.joint._optima import random_start
from shortrange_core import Estimates
from shortrange_core.least_squares import grouped
from shortrange_core.notes import Status
from spectra.models import Model, peak


def test_random_starts_end_in_one_minimum_and_another_is_listed_with_its_structure():
    found = fit_series(glasses(), series(), {})
    (one,) = optima(found.likelihood, found.minimum, 20, np.random.default_rng(0))
    assert (one.starts, one.above, one.result) == (21, 0.0, True)
    assert one.amounts["a: P:S4"] == pytest.approx(TRUE["a"][0], abs=0.02)
    drawn = [random_start(found.likelihood, {}, np.random.default_rng(seed)) for seed in range(2)]
    assert np.ptp([x[found.likelihood.amounts["a"][1]] for x in drawn]) > 0.01
    worse = replace(found.minimum, chi2=found.minimum.chi2 + 50)
    best, other = optima(found.likelihood, worse, 1, np.random.default_rng(0))
    assert (best.result, other.result) == (False, True)
    assert other.above == pytest.approx(50.0, abs=1e-3)


def near(one=47.0, other=53.0):
    """The two lines 6 apart, which may change places."""
    places = {"p_s4": one, "p_s3_s": other}
    lines = [
        peak(
            name,
            {"area": 1.0, "center": (places[name], 35.0, 65.0), "fwhm": (8.0, 3.0, 20.0)},
            assignment=text,
            shape="gaussian",
        )
        for name, text in (("p_s4", "P:S4"), ("p_s3_s", "P:S3/S"))
    ]
    return Model("31P NMR", "chemical_shift", tuple(lines))


def test_lines_that_changed_names_in_one_spectrum_are_put_right_by_the_series():
    """Alone the spectrum of glass b fits as well with its lines exchanged; a descent from there keeps that naming."""
    true = {"a": (0.8, 0.2), "b": (0.7, 0.3), "c": (0.6, 0.4)}
    rng, made = np.random.default_rng(0), []
    for name, (one, other) in true.items():
        y = one * spectra.shapes.gaussian(X, 1.0, 47.0, 8.0) + other * spectra.shapes.gaussian(X, 1.0, 53.0, 8.0)
        data = spectra.from_arrays(
            X, y + rng.normal(0, 2e-4, X.size), axis="chemical_shift", noise=2e-4, technique="31P NMR"
        )
        fit = spectra.fit(data, near(53.0, 47.0) if name == "b" else near())
        made.append(Spectrum(name, "31P NMR", ("P:S4", "P:S3/S"), fit, lambda _lines: near()))
    stated = [(name, structure.composition(GLASS), SPECIES, None) for name in true]
    found = fit_series(stated, made, {})
    at = found.likelihood.amounts["b"][0]
    mistaken = found.likelihood.minimum()
    assert mistaken.x[at] == pytest.approx(0.3, abs=0.05)
    assert found.minimum.chi2 < mistaken.chi2 - 5
    for name, (one, _) in true.items():
        assert found.minimum.x[found.likelihood.amounts[name][0]] == pytest.approx(one, abs=0.05)


def test_a_series_leaves_shapes_that_a_spectrum_alone_had_wrong() -> None:
    """A start with all lines narrow at the ends of their windows, where a descent finds no way: stated shapes do."""
    likelihood = fit_series(glasses(), series(), {}).likelihood
    right = likelihood.minimum()
    for n, name in enumerate(likelihood.names):
        if name.endswith("_center"):
            likelihood.first[n] = likelihood.lower[n] if "p_s4" in name else likelihood.upper[n]
        if name.endswith("_fwhm"):
            likelihood.first[n] = likelihood.lower[n]
    with np.errstate(invalid="ignore"):
        assert likelihood.minimum().status is Status.REJECTED
        assert lowest(likelihood).chi2 == pytest.approx(right.chi2, rel=1e-6)


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
    monkeypatch.setattr(_optima, "LONGEST", 2)
    found = fit_series(glasses(), series(), {})
    best, *others = optima(found.likelihood, found.minimum, 3, np.random.default_rng(0))
    assert (best.starts, best.minimum, best.result) == (1, True, True)
    assert [row.minimum for row in others] == [False] * len(others) != []
    told = optima_table(SimpleNamespace(optima=(best, *others)))
    assert list(told["a minimum"]) == ["yes", *["no: not converged"] * len(others)]


def test_an_end_that_is_no_minimum_is_not_counted_in_one_above_it():
    ends = [SimpleNamespace(chi2=chi2, status=status) for chi2, status in
            ((10.0, Status.OK), (50.0, Status.OK), (20.0, Status.NOT_CONVERGED), (50.0, Status.AT_BOUND))]  # fmt: skip
    kept, counts = grouped(ends, same=1e-6)
    assert ([end.chi2 for end in kept], counts) == ([10.0, 50.0, 20.0], [1, 2, 1])


def test_a_line_that_hardly_shows_starts_where_the_series_has_it():
    """In b noise put the line of a unit that is not there at a wall, three sds of its area high."""
    found = [series(true=TRUE)[0], series(true={**TRUE, "b": (1.0, 0.0, 0.0, 0.0)})[1]]
    fit = found[1].fit
    names = fit.parameters.entries
    value = fit.parameters.value.values.copy()
    value[names.index("p_s3_s_area")] = 3 * fit.parameters.sd.values[names.index("p_s3_s_area")]
    value[names.index("p_s3_s_center")] = 79.9
    known = Estimates.build(names, value, np.diag(fit.parameters.sd.values**2))
    moved = SimpleNamespace(
        parameters=known, model=fit.model, spectrum=fit.spectrum, status=fit.status, noise=fit.noise,
        points_per_independent=1.0, widening=1.0,
    )  # fmt: skip
    likelihood = likelihood_of(glasses(), [found[0], replace(found[1], fit=moved)], {})
    level, _ = likelihood.common["31P NMR", "p_s3_s_center"]
    first = {key: likelihood.first[likelihood._own(f"{key}, 31P NMR", "p_s3_s_center")] for key in TRUE}
    assert first["b"] == likelihood.first[level] == first["a"] == pytest.approx(70.0, abs=0.5)
