"""A fit says when it misses the data, and where; perfect spectra of all four techniques raise no alarm."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d
from scipy.signal import savgol_filter

import spectra
from shortrange import stepwise
from shortrange_core import FitFailed, Status, load, save
from spectra import backgrounds, shapes
from spectra.fits import STATUSES, worst_run
from spectra.models import Model, peak

GRIDS = {
    "chemical_shift": (np.linspace(-60, 160, 2048), (3, 32, 82), 8, 57.0),
    "raman_shift": (np.linspace(300, 1200, 700), (400, 560, 700, 950), 25, 820.0),
    "wavenumber": (np.linspace(400, 1400, 1000), (500, 620, 900, 1050), 50, 760.0),
    "binding_energy": (np.linspace(525, 540, 301), (530.5, 532.3, 536), 1.4, 534.2),
}


def correlated(rng, size, kind):
    if kind == "filled":
        return np.fft.irfft(np.fft.rfft(rng.normal(size=size // 2)), size)
    return gaussian_filter1d(rng.normal(size=size), 4)


def simulated(axis, kind, seed, extra=0.0):
    """A perfect spectrum with its model; ``extra`` adds a line of that share of the highest."""
    rng, (x, places, width, free) = np.random.default_rng(seed), GRIDS[axis]
    y = np.full(x.size, 20.0)
    for place in places:
        y += shapes.pseudo_voigt(x, rng.uniform(30, 120) * width, place, width * rng.uniform(0.8, 1.2), 0.4)
    height = y.max()
    y += extra * (height - 20) * np.exp(-4 * np.log(2) * ((x - free) / width) ** 2)
    sd = height / 10 ** rng.uniform(1, 3)
    if kind == "poisson":
        y = rng.poisson(10 * y) / 10
    elif kind in ("filled", "apodised"):
        noise = correlated(rng, x.size, kind)
        y = y + sd * noise / noise.std()
    else:
        y = y + rng.normal(0, sd, x.size)
        y = savgol_filter(y, 9, 2) if kind == "smoothed" else y
    data = spectra.from_arrays(x, y, axis=axis)
    lines = tuple(
        peak(f"l{n}", {"center": (p, p - width, p + width), "fwhm": (width, width / 4, 4 * width)})
        for n, p in enumerate(places)
    )
    return spectra.nmr.prepare(data) if axis == "chemical_shift" else data, Model(
        "", axis, lines, (backgrounds.polynomial(2),)
    )


CASES = [(axis, kind) for axis in GRIDS for kind in ("white", "smoothed", "filled", "apodised")]
COUNTED = [("raman_shift", "poisson"), ("binding_energy", "poisson")]


@pytest.mark.parametrize(("axis", "kind"), CASES + COUNTED)
def test_perfect_spectra_raise_no_alarm(axis, kind):
    """Ten of each kind, none alarmed; studies/misfit.md counts more of them."""
    for seed in range(10):
        found = spectra.fit(*simulated(axis, kind, seed), check=False)
        assert "misfit" not in {note.code for note in found.notes}, (seed, found.notes[0])


def quiet(extra, sd=0.1, **more):
    x, rng = np.linspace(300.0, 1200.0, 900), np.random.default_rng(0)
    y = 5 + shapes.gaussian(x, 400.0, 420.0, 30.0) + extra * shapes.gaussian(x, 400.0, 800.0, 30.0)
    lines = (peak("a", {"center": (420.0, 400.0, 440.0), "fwhm": (30.0, 5.0, 90.0)}, shape="gaussian"),)
    data = spectra.from_arrays(x, y + rng.normal(0, sd, x.size), axis="raman_shift", **more)
    return data, Model("", "raman_shift", lines, (backgrounds.constant(),))


@pytest.mark.parametrize("given", [True, False])
def test_a_line_that_was_left_out_is_a_misfit_with_its_place(given, tmp_path):
    data, lines = quiet(0.2, sd=0.2, **({"noise": 0.2} if given else {}))
    with pytest.raises(FitFailed, match=r"most at [78]\d\d.* check=False returns the numbers") as caught:
        spectra.fit(data, lines)
    found = caught.value.record
    assert found.status is Status.MISFIT
    assert found.covariance_kind == ("widened" if given else "scaled")
    # in a map, in a global fit and in a stored record it is the same one
    stack = spectra.fit_map(data.expand_dims(pixel=2).copy(), lines, store=tmp_path / "m").compute()
    assert [STATUSES[int(s)] for s in stack["status"].values] == [Status.MISFIT] * 2
    np.testing.assert_allclose(stack["sd"].isel(pixel=0), found.parameters.sd, rtol=0.02)
    both = spectra.fit_together({"one": data, "two": quiet(0.0)[0]}, lines, shared=["a_fwhm"], check=False)
    assert both.status is Status.MISFIT
    assert both.notes[0].text.startswith("one: chi2/dof")
    save(found, tmp_path / "f.nc")
    assert load(tmp_path / "f.nc").widening == found.widening
    figure = spectra.plot_fit(found)
    main: Any = next(ax for ax in figure.axes if ax.get_label() == "main")
    places = [patch.get_x() for patch in main.patches]
    assert any(740 < place < 830 for place in places)
    plt.close(figure)


def test_a_small_misfit_widens_by_the_root_of_chi2_per_dof():
    data, lines = quiet(0.05, sd=0.1)
    given = data.assign(noise=("raman_shift", np.full(900, 0.1))).assign_coords(noise_source="given")
    found = spectra.fit(given, lines)
    without = spectra.fit(given.assign(noise=given["noise"] * 3), lines)
    assert found.status is Status.OK
    assert found.widening == pytest.approx(np.sqrt((found.chi2 - found.chi2_priors) / found.dof))
    assert 1 < found.widening < 2
    np.testing.assert_allclose(found.areas.sd, without.areas.sd / 3 * found.widening, rtol=1e-3)
    interval = spectra.profile(found, ["a_area"]).intervals
    assert float((interval.upper - interval.lower).item()) == pytest.approx(3.92 * found.areas.sd.item(), rel=0.05)
    assert "times those from the noise alone" in found.notes[0].text


def test_noise_scaled_alone_does_not_bear_what_sharing_misses():
    data, lines = quiet(0.0, sd=0.1)
    moved = data.assign_coords(raman_shift=data.raman_shift + 4.0)
    alone = spectra.fit(data, lines)
    both = spectra.fit_together({"one": data, "two": moved}, lines, shared=["a_center"], check=False)
    one = both.fits["one"]
    assert both.status is Status.MISFIT
    assert one.covariance_kind == "scaled"
    assert one.widening == pytest.approx(np.sqrt((one.chi2 - one.chi2_priors) / one.dof))
    assert one.areas.sd.item() > 2 * alone.areas.sd.item()
    # a shared parameter is as uncertain in the view of a spectrum that fits as in the whole
    mixed = spectra.fit_together({"one": quiet(0.2, noise=0.1)[0], "two": data}, lines, shared=["a_fwhm"], check=False)
    assert mixed.fits["two"].widening == 1
    assert mixed.fits["one"].widening > 2
    widths = [mixed.parameters, *(one.parameters for one in mixed.fits.values())]
    first, *views = [float(table.sd.sel(entry="a_fwhm")) for table in widths]
    np.testing.assert_allclose(views, first)


def test_counts_of_a_bootstrap_are_drawn_as_wide_as_the_fit_says():
    x, rng = np.linspace(525.0, 540.0, 300), np.random.default_rng(0)
    clean = 200 + shapes.gaussian(x, 4000.0, 531.0, 1.4) + shapes.gaussian(x, 600.0, 536.0, 1.0)
    counts = rng.poisson(clean).astype(float)
    data = spectra.from_arrays(x, counts, axis="binding_energy", counts=counts)
    lines = (peak("a", {"center": (531.0, 530.0, 532.0), "fwhm": (1.4, 0.5, 3.0)}, shape="gaussian"),)
    found = spectra.fit(data, Model("", "binding_energy", lines, (backgrounds.constant(),)), check=False)
    drawn = spectra.bootstrap(found, count=60, rng=np.random.default_rng(1))
    assert found.widening > 1.5
    np.testing.assert_allclose(drawn.parameters.sd.sel(entry="a_area"), found.areas.sd.item(), rtol=0.25)


@pytest.mark.parametrize(
    ("axis", "seeds"), [("raman_shift", (2002, 2006, 2013)), ("chemical_shift", (2000, 2001, 2033))]
)
def test_a_line_in_apodised_noise_is_seen_and_a_spike_where_it_is(axis, seeds):
    """Quiet parts cannot tell the size of noise that is alike over so many points; the residuals can."""
    for seed in seeds:  # signal-to-noise ratios at which the line is far above the noise
        data, lines = simulated(axis, "apodised", seed, extra=0.1)
        found = spectra.fit(data, lines, check=False)
        assert "misfit" in {note.code for note in found.notes}, seed
        spiked = simulated(axis, "apodised", seed)[0].copy(deep=True)
        spiked["intensity"][spiked.sizes[axis] // 3] += 2 * float(data["intensity"].max())
        found = spectra.fit(spiked, lines, check=False)
        assert found.status is Status.MISFIT, seed
        assert found.missed == (float(data[axis][data.sizes[axis] // 3]),) * 2


def test_what_is_missed_below_half_a_percent_of_the_lines_is_told_but_no_failure():
    data, lines = quiet(0.004, sd=0.003)
    found = spectra.fit(data, lines)
    assert found.status is Status.OK
    assert found.notes[0].code == "misfit"


def test_a_wide_range_does_not_dilute_a_line_that_was_left_out():
    x, rng = np.linspace(0.0, 9000.0, 9000), np.random.default_rng(0)
    y = shapes.gaussian(x, 3000.0, 420.0, 30.0) + shapes.gaussian(x, 300.0, 800.0, 30.0)
    lines = (peak("a", {"center": (420.0, 400.0, 440.0), "fwhm": (30.0, 5.0, 90.0)}, shape="gaussian"),)
    for given in (1.0, None):
        data = spectra.from_arrays(x, y + 5 + rng.normal(0, 1.0, x.size), axis="raman_shift", noise=given)
        found = spectra.fit(data, Model("", "raman_shift", lines, (backgrounds.constant(),)), check=False)
        assert found.chi2 < 4 * found.dof
        assert found.status is Status.MISFIT
        assert 775 < found.missed[0] < 800 < found.missed[1] < 825
        minor = data.assign(intensity=data["intensity"] - 0.9 * np.where(x > 700, y, 0.0))
        small = spectra.fit(minor, Model("", "raman_shift", lines, (backgrounds.constant(),)))
        assert small.status is Status.OK  # a line of 1 % is as small as its noise


def test_a_spike_is_found_where_it_is():
    data, lines = quiet(0.0)
    spiked = data.copy(deep=True)
    spiked["intensity"][300] += 200.0
    found = spectra.fit(spiked, lines, check=False)
    assert found.status is Status.MISFIT
    assert f"most at {float(data.raman_shift[300]):.5g} cm-1" in found.notes[0].text
    weighted = np.zeros(50)
    weighted[7] = -9.0
    assert worst_run(weighted) == (7, 7, 9.0)


def test_a_fit_in_a_false_minimum_starts_again():
    x, rng = np.linspace(0.0, 100.0, 500), np.random.default_rng(0)
    y = shapes.gaussian(x, 100.0, 80.0, 4.0) + rng.normal(0, 0.1, x.size)
    line = peak("a", {"center": (20.0, 5.0, 95.0), "fwhm": (4.0, 1.0, 8.0)}, shape="gaussian")
    found = spectra.fit(spectra.from_arrays(x, y, axis="raman_shift", noise=0.1), Model("", "raman_shift", (line,)))
    assert found.parameters.value.sel(entry="a_center").item() == pytest.approx(80.0, abs=0.05)


def test_how_far_a_line_may_move_does_not_depend_on_the_range():
    data, _ = quiet(0.0)
    rooms = []
    for low, high in ((300, 1200), (350, 500), (380, 470)):
        line = stepwise.model_at(data.sel(raman_shift=slice(low, high)), [422.0]).peaks[0].parameters[1]
        rooms.append(line.upper - line.value)
    assert max(rooms) == pytest.approx(min(rooms), rel=0.1)
    assert rooms[0] == pytest.approx(15.0, rel=0.15)
