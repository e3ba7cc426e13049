"""A prior is one statement: where links, constraints or sharing make parameters one, it counts once in every route."""

import inspect

import numpy as np
import pytest

import spectra
from reference_peaks import Prior
from shortrange_core import BadInput
from spectra import backgrounds, nmr, shapes
from spectra.models import Default, Model, peak

X = np.linspace(-40.0, 140.0, 601)
PLACES = (0.0, 45.0, 90.0)
WIDTH, SD, NOISE = 9.0, 0.1, 0.15
SAME = Prior(WIDTH, SD, "one paper")
LINKS = ("l1_fwhm = l0_fwhm", "l2_fwhm = l1_fwhm")


def lines(*priors):
    return tuple(
        peak(f"l{n}", {"center": (p, p - 5, p + 5), "fwhm": prior}, shape="gaussian")
        for n, (p, prior) in enumerate(zip(PLACES, priors, strict=True))
    )


def model(*priors, links=LINKS, **more):
    made = lines(*(priors or (SAME,) * 3))
    return Model("", "chemical_shift", made, (backgrounds.constant(),), links=links, **more)


def spectrum(**more):
    y = 1 + sum(shapes.gaussian(X, 20.0, p, WIDTH) for p in PLACES)
    return spectra.from_arrays(X, y, axis="chemical_shift", noise=NOISE, **more)


def width_sd(found, name="l0_fwhm"):
    return float(found.parameters.sd.sel(entry=name).item())


FREE = (WIDTH, 1.0, 30.0)


def by_hand(*sds):
    """Sd of the width from the data alone (its covariance at the truth) and from independent statements."""
    data = width_sd(spectra.fit(spectrum(), model(FREE, FREE, FREE)))
    return (data**-2 + sum(sd**-2 for sd in sds)) ** -0.5


def test_linked_lines_have_one_prior():
    found = spectra.fit(spectrum(), model())
    assert found.pulls.entries == ("l0_fwhm",)
    assert found.dof == X.size + 1 - len(found.compiled().free)
    assert width_sd(found) == pytest.approx(by_hand(SD), rel=1e-6)
    assert by_hand(SD) > 1.3 * by_hand(SD, SD, SD)  # the case can tell once from three times


def test_a_prior_off_the_data_pulls_once():
    off = Prior(WIDTH + 3 * SD, SD, "one paper")
    data, prior = by_hand() ** -2, SD**-2
    found = spectra.fit(spectrum(), model(off, off, off))
    value = float(found.parameters.value.sel(entry="l2_fwhm").item())
    assert value == pytest.approx((data * WIDTH + prior * (WIDTH + 3 * SD)) / (data + prior), abs=0.01)
    assert found.chi2 == pytest.approx(9 / (1 + prior / data), rel=0.05)


def test_affine_links_and_constraints_are_seen_through():
    doubled = Prior(2 * WIDTH, 2 * SD, "one paper")
    affine = model(SAME, SAME, doubled, links=("l1_fwhm = l0_fwhm", "l2_fwhm = 2*l0_fwhm"))
    assert spectra.fit(spectrum(), affine, check=False).pulls.entries == ("l0_fwhm",)
    equal = model(links=(), constraints=("l0_fwhm - l1_fwhm = 0", "l2_fwhm = l1_fwhm"))
    found = spectra.fit(spectrum(), equal)
    assert found.pulls.entries == ("l0_fwhm",)
    assert width_sd(found) == pytest.approx(by_hand(SD), rel=1e-6)
    centers = tuple(
        peak(f"c{n}", {"center": Prior(10.0 + 0.85 * n, 0.3, "a doublet"), "fwhm": 4.0}, shape="gaussian")
        for n in range(2)
    )
    doublet = Model("", "chemical_shift", centers, links=("c1_center = c0_center + 0.85",), offset_sd=0.5)
    assert spectra.fit(spectrum(), doublet, check=False).pulls.entries == ("c0_center", "offset")


def test_different_statements_all_count():
    other = Prior(WIDTH, SD, "another paper")
    wide = Prior(WIDTH, 2 * SD, "one paper")
    found = spectra.fit(spectrum(), model(SAME, other, wide))
    assert found.pulls.entries == ("l0_fwhm", "l1_fwhm", "l2_fwhm")
    assert width_sd(found) == pytest.approx(by_hand(SD, SD, 2 * SD), rel=1e-6)
    apart = spectra.fit(spectrum(), model(links=()))
    assert apart.pulls.entries == ("l0_fwhm", "l1_fwhm", "l2_fwhm")


def test_edited_parameters_and_lmfit_count_once():
    unlinked = model(links=())
    edited = unlinked.parameters()
    for name in ("l1_fwhm", "l2_fwhm"):
        edited[name].set(expr="l0_fwhm")
    assert width_sd(spectra.fit(spectrum(), unlinked, parameters=edited)) == pytest.approx(by_hand(SD), rel=1e-6)
    edited["l2_area"].set(expr="l0_area*l1_area/20")
    bent = spectra.fit(spectrum(), unlinked, parameters=edited)
    assert bent.pulls.entries == ("l0_fwhm",)
    assert width_sd(bent) == pytest.approx(by_hand(SD), rel=0.05)
    found = spectra.fit(spectrum(), model())
    minimiser, start = spectra.to_lmfit(found)
    assert minimiser.minimize(params=start.params).params["l0_fwhm"].stderr == pytest.approx(by_hand(SD), rel=0.01)


@pytest.mark.parametrize("use_fast", [True, False])
def test_maps_count_once(tmp_path, use_fast):
    cube = spectrum().expand_dims(pixel=3).copy()
    found = spectra.fit_map(cube, model(), store=tmp_path / "m", use_fast=use_fast).compute()
    np.testing.assert_allclose(found["sd"].sel(entry="l0_fwhm"), by_hand(SD), rtol=1e-5)
    assert int(found["dof"][0]) == X.size + 1 - len(spectra.fit(spectrum(), model()).compiled().free)


def test_members_of_a_global_fit_share_one_statement():
    members = {key: spectrum() for key in ("a", "b", "c")}
    free = spectra.fit_together(members, model(FREE, FREE, FREE), shared=["l0_fwhm"])
    both = spectra.fit_together(members, model(), shared=["l0_fwhm"])
    expected = (width_sd(free) ** -2 + SD**-2) ** -0.5
    assert width_sd(both) == pytest.approx(expected, rel=1e-5)
    assert both.dof == free.dof + 1
    # under another name of the linked width the statement is the same one
    later = {"a": model(), "b": model(FREE, SAME, FREE), "c": model(FREE, FREE, SAME)}
    assert width_sd(spectra.fit_together(members, later, shared=["l0_fwhm"])) == pytest.approx(expected, rel=1e-5)
    # another statement in one of the models is not dropped
    wide = Prior(WIDTH, 2 * SD, "another paper")
    mixed = {"a": model(), "b": model(), "c": model(wide, wide, wide)}
    found = spectra.fit_together(members, mixed, shared=["l0_fwhm"])
    assert width_sd(found) == pytest.approx((width_sd(free) ** -2 + SD**-2 + (2 * SD) ** -2) ** -0.5, rel=1e-5)


def test_profile_bootstrap_and_criteria_count_once():
    found = spectra.fit(spectrum(), model())
    ends = spectra.profile(found, names=["l0_fwhm"], level=0.6827).intervals
    half = float((ends["upper"] - ends["lower"]).item()) / 2
    assert half == pytest.approx(by_hand(SD), rel=0.02)
    drawn = spectra.bootstrap(found, count=200, rng=np.random.default_rng(0))
    assert width_sd(drawn) == pytest.approx(by_hand(SD), rel=0.15)
    off = Prior(WIDTH + 3 * SD, SD, "one paper")
    table = spectra.compare(spectrum(), {"linked": model(off, off, off)}).table
    assert float(table["chi2"].item()) == pytest.approx(spectra.fit(spectrum(), model(off, off, off)).chi2)


SITES = {"P:S4": 82.0, "P:S3/S": 92.0, "P:S3/O": 70.0, "P:S2O/O": 52.0, "P:O4": 3.0}


def glass(seed):
    """Simulated 31P spectrum: Gaussian widths of their own, one homogeneous width that is drawn from its prior."""
    rng = np.random.default_rng(seed)
    x = np.linspace(-40.0, 140.0, 1200)
    truth = rng.uniform(10.0, 60.0, len(SITES))
    lorentz = nmr.LORENTZ_FWHM
    broad = abs(rng.normal(lorentz.mean, lorentz.sd))
    y = np.zeros_like(x)
    for area, place in zip(truth, SITES.values(), strict=True):
        y += shapes.voigt(x, area, place + rng.normal(0, 0.3), rng.uniform(5.5, 8.0), broad)
    noise = 0.5
    data = spectra.from_arrays(
        x,
        y + rng.normal(0, noise, x.size),
        axis="chemical_shift",
        noise=noise,
        technique="31P NMR",
        spinning_rate=np.inf,
    )
    return data.assign_coords(noise_correlation=1.0), truth


def test_areas_of_sites_with_widths_of_their_own_and_one_homogeneous_width_lie_in_their_intervals():
    priors = {label: Prior(place, 0.5, "simulated") for label, place in SITES.items()}
    inside = []
    for seed in range(40):
        data, truth = glass(seed)
        found = spectra.fit(data, nmr.model(data, tuple(SITES), priors=priors, lorentz_common=1), check=False)
        assert sum(name.endswith("lorentz_fwhm") for name in found.pulls.entries) == 1
        inside += list(np.abs(found.areas.value.values - truth) < 1.96 * found.areas.sd.values)
    assert np.mean(inside) >= 0.88  # 200 areas of a nominal 0.95: four standard errors


def test_statements_that_have_all_in_common_are_links():
    with pytest.raises(BadInput, match=r"common = 1\.0: .*links"):
        Default(8.0, 3.0, "stated", common=1.0)


def test_the_share_that_lorentzian_widths_have_in_common_is_public():
    assert inspect.signature(nmr.model).parameters["lorentz_common"].default == nmr.LORENTZ_COMMON
