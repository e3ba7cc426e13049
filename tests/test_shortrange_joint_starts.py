"""Where the joint route starts, what it puts right, and which ends it counts."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from joint_series import GLASS, SPECIES, TRUE, X, glasses, series

import spectra
import structure
from shortrange.joint import (
    Spectrum,
    fit_series,
    likelihood_of,
)
from shortrange.joint.search import exchanges, lowest
from shortrange_core import Estimates
from shortrange_core.notes import Status
from spectra.models import Model, peak


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
    x = np.array(found.minimum.x)
    (start, *_), places = exchanges(found.likelihood, x, kept=("fwhm",)), ["p_s4_center", "p_s3_s_center"]
    moved = np.flatnonzero(start != x)
    assert [found.likelihood.names[at] for at in moved] == [f"a, 31P NMR: {name}" for name in places]
    assert start[moved].tolist() == x[moved[::-1]].tolist()


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
