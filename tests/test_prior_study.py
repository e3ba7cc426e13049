"""Every prior of an analysis is shown, and what the fractions owe to its width is told."""

from dataclasses import replace

import numpy as np
import pytest
from small_series import write_series

import shortrange
import spectra
from reference_peaks import Prior
from shortrange.recipe import Options
from shortrange.results import Fitted
from shortrange.stepwise import OTHER, kinds_of, moved, prior_rows, scaled, varied
from spectra.models import Default

X = np.linspace(-100.0, 250.0, 701)


def gauss(center, width):
    return np.exp(-4 * np.log(2) * ((X - center) / width) ** 2)


def fitted(spectrum, model):
    fit = spectra.fit(spectrum, model, check=False)
    return Fitted("a", model.technique, "a.txt", ("P:S4",), (), fit)


def by_hand(factor):
    """One line of known place and width: its area is the mean of data and prior, weighted by 1/sd^2."""
    shape = gauss(80.0, 10.0) / (np.sum(gauss(80.0, 10.0)) * (X[1] - X[0]))
    noise, prior = 0.02, (3.0, 0.05 * factor)
    data = 2.9 * shape + noise * np.random.default_rng(1).normal(size=X.size)
    weight, best = float(shape @ shape) / noise**2, float(shape @ data) / float(shape @ shape)
    mean = (best * weight + prior[0] / prior[1] ** 2) / (weight + 1 / prior[1] ** 2)
    return data, noise, mean, (weight + 1 / prior[1] ** 2) ** -0.5


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_linear_model_moves_as_the_weighted_mean_does(factor) -> None:
    data, noise, mean, _ = by_hand(1.0)
    spectrum = spectra.from_arrays(X, data, axis="chemical_shift", noise=noise, technique="31P NMR")
    line = spectra.peak(
        "a", {"center": 80.0, "fwhm": 10.0, "area": Default(3.0, 0.05, "a")}, assignment="P:S4", shape="gaussian"
    )
    fixed = replace(line, parameters=tuple(p if p.prior else replace(p, vary=False) for p in line.parameters))
    item = fitted(spectrum, spectra.Model("31P NMR", "chemical_shift", (fixed,)))
    assert kinds_of(item.fit) == (OTHER,)
    assert item.fit.areas.value.item() == pytest.approx(mean, rel=1e-6)
    again = moved(item, OTHER, factor)
    _, _, wanted, sd = by_hand(factor)
    assert again.fit.areas.value.item() == pytest.approx(wanted, rel=1e-6)
    assert again.fit.areas.sd.item() == pytest.approx(sd, rel=1e-3)
    assert moved(item, "tensor", factor) is item  # there is none


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_covariance_that_is_wider_than_a_prior_stays_one(factor) -> None:
    spectrum, model = nmr()
    item = fitted(spectrum, model)
    spread = np.full(len(item.fit.values), 1.0)
    names = list(item.fit.parameters.entries)
    spread[[names.index("p_s4_center"), names.index("p_s4_gauss_fwhm")]] = 40.0  # as a flat profile makes it
    wide = replace(item, fit=replace(item.fit, covariance=item.fit.covariance * np.outer(spread, spread)))
    for kind in ("position", "width"):
        again = moved(wide, kind, factor).fit.covariance
        known = np.isfinite(np.diagonal(again))
        block = again[np.ix_(known, known)]
        scale = np.sqrt(np.abs(np.diagonal(block)))
        scale[scale == 0] = 1.0
        assert np.linalg.eigvalsh(block / np.outer(scale, scale)).min() > -1e-9
        grown = np.diagonal(again)[known] / np.diagonal(wide.fit.covariance)[known].clip(1e-300)
        assert np.nanmax(grown) <= max(factor, 1.0) ** 2 * (1 + 1e-9)


def nmr(**options):
    rng = np.random.default_rng(5)
    y = 100 * gauss(82.0, 9.0) + 20 * gauss(92.0, 8.0) + rng.normal(size=X.size)
    spectrum = spectra.from_arrays(X, y, axis="chemical_shift", noise=1.0, technique="31P NMR")
    spectrum = spectra.nmr.prepare(
        spectrum, reference="85% H3PO4", spinning_rate=20e3, larmor_frequency=162.0, recycle_delay=1e5
    )
    priors = {"P:S4": Prior(82.0, 1.0, source="s")}
    return spectrum, spectra.nmr.model(spectrum, ["P:S4", "P:S3/S"], priors=priors, **options)


def test_first_order_moves_are_those_of_a_new_fit() -> None:
    spectrum, model = nmr()
    item = fitted(spectrum, model)
    kinds = sorted(set(kinds_of(item.fit)))
    assert kinds == ["Lorentzian part", "phase", "position", "referencing", "tensor", "width"]
    sd = item.fit.areas.sd.values
    told = sum(moved(item, kind, 0.5).fit.areas.value.values - item.fit.areas.value.values for kind in kinds)
    new = fitted(spectrum, scaled(model, 0.5)).fit.areas.value.values - item.fit.areas.value.values
    assert np.abs(new / sd).max() > 0.05
    assert np.abs((told - new) / sd).max() < max(0.5 * np.abs(new / sd).max(), 0.1)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_descent_with_other_priors_ends_where_a_new_fit_does(factor) -> None:
    spectrum, model = nmr()
    item = fitted(spectrum, model)
    again, new = varied(item, factor).fit, fitted(spectrum, scaled(model, factor)).fit
    sd = item.fit.areas.sd.values
    assert np.abs(new.areas.value.values - item.fit.areas.value.values).max() > 0.02 * sd.max()
    assert np.abs((again.areas.value.values - new.areas.value.values) / sd).max() < 1e-3
    assert again.areas.sd.values == pytest.approx(new.areas.sd.values, rel=0.3)
    assert again.areas.sd.values != pytest.approx(sd, rel=1e-6)


def test_every_prior_is_listed_with_its_reason_and_scaled_once() -> None:
    spectrum, model = nmr()
    item = fitted(spectrum, model)
    rows = prior_rows(item, Options(evidence="responses"))
    assert {row["kind"] for row in rows} == {
        "position", "width", "Lorentzian part", "tensor", "phase", "referencing", "response",
    }  # fmt: skip
    assert all(row["source"] for row in rows)
    assert [row["kind"] for row in rows].count("Lorentzian part") == 2
    shares = {row["kind"]: row["in common"] for row in rows}
    assert shares["width"] == spectra.nmr.GLASS_FWHM.common > 0
    assert shares["Lorentzian part"] == spectra.nmr.LORENTZ_COMMON
    assert {shares[kind] for kind in ("position", "tensor", "phase", "referencing", "response")} == {0.0}
    shared = prior_rows(fitted(*nmr(lorentz_common=1)), Options())
    assert [row["kind"] for row in shared].count("Lorentzian part") == 1  # of all lines: one statement
    wider = prior_rows(fitted(spectrum, scaled(model, 2.0)), Options())
    assert [row["sd"] for row in wider] == pytest.approx([2 * row["sd"] for row in rows[:-1]])


def test_no_sign_of_an_unknown_tensor_is_favoured() -> None:
    """Two lines that differ by the sign of zeta alone are fitted alike by their priors."""
    for zeta in (spectra.nmr.ZETA_MIXED, spectra.nmr.ZETA_SYMMETRIC):
        assert zeta.mean == 0
    _, model = nmr()
    start = {p.name: p.value for line in model.peaks for p in line.parameters}
    assert start["p_s3_s_zeta"] > 50  # at 0 sidebands do not change with it


def test_lines_that_are_wide_together_surprise_less_than_apart() -> None:
    """Two widths, both 1 sd over their prior, count chi2 = 2/(1 + rho); one over and one under, 2/(1 - rho)."""
    _, model = nmr()
    share = spectra.nmr.GLASS_FWHM.common
    assert 0 < share < 1
    compiled = spectra.fits.Compiled(model, X)
    names = [f"{line.name}_gauss_fwhm" for line in model.peaks]
    for signs, wanted in (((1, 1), 2 / (1 + share)), ((1, -1), 2 / (1 - share))):
        theta = np.array([p.prior.mean if p.prior else 0.0 for p in compiled.parameters])
        for name, sign in zip(names, signs, strict=True):
            theta[compiled.position[name]] += sign * spectra.nmr.GLASS_FWHM.sd
        chi2 = sum(t**2 for n, t in zip(compiled.priors[2], compiled.prior_residuals(theta), strict=True) if n in names)
        assert chi2 == pytest.approx(wanted)


def test_a_wide_spectrum_widens_a_hidden_line() -> None:
    """Where all lines that are seen are wide, a line that is hardly there is expected wide, and narrow among narrow."""
    found = []
    for width in (5.0, 14.0):
        y = 100 * gauss(82.0, width) + 90 * gauss(32.0, width) + np.random.default_rng(2).normal(size=X.size)
        spectrum = spectra.from_arrays(X, y, axis="chemical_shift", noise=1.0, technique="31P NMR")
        spectrum = spectra.nmr.prepare(spectrum, reference="85% H3PO4", spinning_rate=np.inf)
        model = spectra.nmr.model(spectrum, ["P:S4", "P:SO3", "P:S3~P"])
        fit = spectra.fit(spectrum, model, check=False)
        found.append(fit.parameters.value.sel(entry="p_s3_p_gauss_fwhm").item())
    assert found[0] < spectra.nmr.GLASS_FWHM.mean < found[1]


def test_what_the_phase_of_a_spectrum_costs_fractions_is_told(tmp_path) -> None:
    """Beside an analysis of the same files by a recipe that says that their phase is right; one width of all lines."""
    with_phase, without = (
        shortrange.analyse(shortrange.read_recipe(write_series(tmp_path / name, nmr=nmr)))
        for name, nmr in (("left", "lorentz_common = 1"), ("none", "phase_sd = 0\nlorentz_common = 1"))
    )
    told = {where: note.text for where, note in with_phase.notes if note.code == "phase-widens"}
    assert not [note for _, note in without.notes if note.code == "phase-widens"]
    for one, other in zip(with_phase.structures, without.structures, strict=True):
        text = told[f"{one.sample}, {one.reading}"]
        sds = [s.solution.fractions.select(["P:S4", "P:S3~P"]).sd.values for s in (one, other)]
        for name, wider in zip(("P:S4", "P:S3~P"), 100 * (sds[0] / sds[1] - 1), strict=True):
            stated = float(text.partition(f"{name} by ")[2].partition(" %")[0])
            assert stated == pytest.approx(wider, abs=20.0), name
        assert "P:S4 by" in text.partition(",")[0] or "Na2S by" in text.partition(",")[0]
