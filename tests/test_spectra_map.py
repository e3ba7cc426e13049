"""Maps: the same as single fits, no pixel dropped, resumed after a stop, compiled pass equal to numpy, Poisson."""

import dask
import numpy as np
import pytest
import xarray as xr

import spectra
from reference_peaks import Prior
from shortrange_core import BadInput, Status
from spectra import backgrounds, shapes
from spectra.fits import STATUSES, Compiled, Pixel, PixelFitter, fit_pixels, usable
from spectra.fits import _map as batch
from spectra.fits import _pixel_fitter as pixels
from spectra.models import Model, peak
from studies import search_agreement

X = np.linspace(-40.0, 140.0, 400)
CENTERS = (3.0, 32.0, 82.0)


def model(shape="pseudo_voigt", **changes):
    peaks = tuple(
        peak(f"p{n}", {"center": (c + 1, c - 8, c + 8), "fwhm": (10.0, 2.0, 40.0)}, shape=shape)
        for n, c in enumerate(CENTERS)
    )
    return Model("31P NMR", "chemical_shift", peaks, (backgrounds.linear(),), **changes)


def stack(shape=(3, 4), sd=0.05, seed=0):
    rng = np.random.default_rng(seed)
    data = np.zeros((*shape, X.size))
    for index in np.ndindex(*shape):
        data[index] = 0.5 + 0.002 * X + rng.normal(0, sd, X.size)
        for c in CENTERS:
            data[index] += shapes.pseudo_voigt(X, rng.uniform(10, 90), c + rng.normal(0, 0.5), rng.uniform(7, 12), 0.4)
    like = spectra.from_arrays(X, data[(0,) * len(shape)], axis="chemical_shift", noise=sd, technique="31P NMR")
    dims = ("row", "column")[: len(shape)]
    result = like.assign(intensity=((*dims, "chemical_shift"), data), noise=("chemical_shift", np.full(X.size, sd)))
    return result.assign_coords(row=np.arange(shape[0]) * 2.0)


@pytest.mark.parametrize("use_fast", [False, True])
def test_map_equals_single_fits(tmp_path, use_fast):
    cube = stack()
    found = spectra.fit_map(cube, model(), store=tmp_path / "m", chunk=5, use_fast=use_fast).compute()
    assert found["value"].dims == ("row", "column", "entry")
    assert found["row"].values.tolist() == [0, 2, 4]
    for row in range(3):
        for column in range(4):
            alone = spectra.fit(cube.isel(row=row, column=column), model())
            picked = found.isel(row=row, column=column)
            assert picked["chi2"].item() == pytest.approx(alone.chi2, rel=1e-7)
            np.testing.assert_allclose(picked["value"], alone.values, rtol=2e-4, atol=1e-4)
            np.testing.assert_allclose(picked["sd"], alone.parameters.sd, rtol=1e-3)
            np.testing.assert_allclose(picked["area_covariance"], alone.areas.covariance, rtol=5e-3, atol=1e-5)
            assert STATUSES[int(picked["status"].item())] is Status.OK
    assert found["status"].attrs["names"].split()[0] == "ok"


def same_sums(found, expected):
    chi2, hessian, gradient = expected
    scale = np.sqrt(np.diagonal(hessian))
    assert found[0] == pytest.approx(chi2, rel=1e-12)
    np.testing.assert_allclose(found[1] / np.outer(scale, scale), hessian / np.outer(scale, scale), atol=1e-12)
    np.testing.assert_allclose(found[2] / scale, gradient / scale, atol=1e-12 * np.sqrt(chi2))


@pytest.mark.parametrize("links", [(), ("p1_fwhm = p0_fwhm",)])
@pytest.mark.parametrize("shape", ["gaussian", "lorentzian", "pseudo_voigt", "mixed"])
def test_sums_without_derivatives_are_those_of_the_derivatives(shape, links):
    used = model("gaussian" if shape == "mixed" else shape, links=links)
    if shape == "mixed":
        others = [line for kind in ("pseudo_voigt", "lorentzian") for line in model(kind).peaks[1:]]
        names = iter("abcd")
        renamed = tuple(
            peak(next(names), {p.name.split("_", 1)[1]: (p.value, p.lower, p.upper) for p in line.parameters[1:]},
                 shape=line.shape)
            for line in others
        )  # fmt: skip
        used = Model(used.technique, used.axis, (renamed[0], *used.peaks, *renamed[1:]), used.background, links)
    compiled = Compiled(used, X)
    rng = np.random.default_rng(0)
    for even in (True, False):
        noise = np.full(X.size, 0.7) if even else rng.uniform(0.5, 2, X.size)
        data = stack((1,))["intensity"].values[0]
        passes = [Pixel(compiled, False)]
        passes += [Pixel(compiled, True)] if usable(compiled) else []
        for one in passes:
            one.load(data, noise)
        phi = passes[0].start() * rng.uniform(0.9, 1.1, len(compiled.free))
        residual, jacobian = (np.array(part) for part in passes[0](phi))
        for one in passes:
            found = one.normal_equations(phi)
            same_sums(found, (float(residual @ residual), jacobian.T @ jacobian, jacobian.T @ residual))
            np.testing.assert_allclose(one.misfit(phi), residual, atol=1e-12 * np.abs(residual).max())


def test_no_pixel_is_dropped(tmp_path):
    cube = stack((6,))
    data = cube["intensity"].values.copy()
    data[1] = 0.0
    data[2, 7] = np.nan
    data[3] += 40 * shapes.gaussian(X, 1, 110, 4)
    lazy = cube.assign(intensity=(("row", "chemical_shift"), dask.array.from_array(data, chunks=(2, -1))))
    found = spectra.fit_map(lazy, model(), store=tmp_path, chunk=4).compute()
    status = [STATUSES[int(code)] for code in found["status"].values]
    assert status[0] is Status.OK
    assert status[1] is Status.REJECTED
    assert found["reason"].values[1] == "the intensity is zero everywhere"
    assert found["reason"].values[2] == "the data are not finite"
    assert str(found["reason"].values[3]).startswith("misfit")
    assert np.isfinite(found["value"].values[[0, 3, 4, 5]]).all()


def test_a_stopped_run_goes_on(tmp_path, monkeypatch):
    cube = stack((6,))
    calls = []
    whole = fit_pixels

    def counted(fitter, data, noise, **more):
        calls.append(len(data))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return whole(fitter, data, noise, **more)

    monkeypatch.setattr(batch, "fit_pixels", counted)
    with dask.config.set(scheduler="synchronous"):
        with pytest.raises(KeyboardInterrupt):
            spectra.fit_map(cube, model(), store=tmp_path, chunk=2)
        assert len(list(tmp_path.glob("*.nc"))) == 2
        found = spectra.fit_map(cube, model(), store=tmp_path, chunk=2)
        assert len(calls) == 4
        changed = cube.assign(intensity=cube["intensity"] * np.where(np.arange(6) == 5, 1.01, 1.0)[:, None])
        spectra.fit_map(changed, model(), store=tmp_path, chunk=2)
        assert len(calls) == 5  # only the chunk whose data changed
        (tmp_path / "chunk-00000000.nc").write_bytes(b"half a file")
        again = spectra.fit_map(changed, model(), store=tmp_path, chunk=2)
        assert len(calls) == 6
    assert again["chi2"].shape == found["chi2"].shape


def test_one_result_on_any_scheduler(tmp_path):
    cube = stack((6,))
    with dask.config.set(scheduler="synchronous"):
        one = spectra.fit_map(cube, model(), store=tmp_path / "a", chunk=3, progress=True).compute()
    with dask.config.set(scheduler="threads"):
        two = spectra.fit_map(cube, model(), store=tmp_path / "b", chunk=3).compute()
    np.testing.assert_array_equal(one["value"], two["value"])


def test_noise_of_a_map(tmp_path):
    cube = stack((3,))
    plain = spectra.fit_map(cube, model(), store=tmp_path / "a").compute()
    scaled = spectra.fit_map(cube.assign_coords(noise_source="estimated"), model(), store=tmp_path / "b").compute()
    factor = np.sqrt(plain["chi2"] / plain["dof"])
    np.testing.assert_allclose(scaled["sd"], plain["sd"] * factor, rtol=1e-6)
    correlated = spectra.fit_map(cube.assign_coords(noise_correlation=2.0), model(), store=tmp_path / "c").compute()
    np.testing.assert_allclose(correlated["sd"], plain["sd"] * np.sqrt(2), rtol=1e-4)
    truth = 20.0 + 30 * cube["intensity"].values.clip(0)
    counts = np.random.default_rng(0).poisson(truth).astype(float)
    poisson = cube.assign(
        intensity=(("row", "chemical_shift"), counts), counts=(("row", "chemical_shift"), counts),
        noise=(("row", "chemical_shift"), np.sqrt(np.maximum(counts, 1))),
    ).assign_coords(noise_source="counts")  # fmt: skip
    found = spectra.fit_map(poisson, model(), store=tmp_path / "d").compute()
    alone = spectra.fit(poisson.isel(row=1), model())
    np.testing.assert_allclose(found["value"].isel(row=1), alone.values, rtol=2e-3, atol=2e-3)


def test_hard_starts_are_rescued():
    start = model()
    fitter = PixelFitter(start, X)
    cube = stack((8,), seed=3)
    truth = fit_pixels(fitter, cube["intensity"].values, np.full((1, X.size), 0.05), warm_start=False)
    wide = tuple(
        peak(
            f"p{n}", {"center": (c + 6.0 * (-1) ** n, c - 8, c + 8), "fwhm": (38.0, 2.0, 40.0), "area": (40.0, 0, 1e4)}
        )
        for n, c in enumerate(CENTERS)
    )
    hard = PixelFitter(Model("31P NMR", "chemical_shift", wide, (backgrounds.linear(),)), X)
    found = fit_pixels(hard, cube["intensity"].values, np.full((1, X.size), 0.05), warm_start=False)
    np.testing.assert_allclose(found.chi2, truth.chi2, rtol=1e-6)


@pytest.mark.parametrize("seed", [562, 661, 738, 837])
def test_a_weak_line_displaced_between_others_is_put_back(seed):
    # one descent from here ends with a line of 24 to 33 ppm beside lines of 7 to 12, and its residuals show little
    x, centers = np.linspace(-60.0, 170.0, 2048), np.array([3.0, 32.0, 63.0, 82.0, 95.0, 108.0])
    rng = np.random.default_rng(seed)
    true = [rng.uniform(5, 100, 6), centers + rng.normal(0, 0.7, 6), rng.uniform(7, 12, 6), rng.uniform(0.1, 0.9, 6)]
    data = sum(shapes.pseudo_voigt(x, *row) for row in zip(*true, strict=True)) + 0.6 + 0.2 * np.linspace(-1, 1, 2048)
    data += np.random.default_rng(10**6 + seed).normal(0, 0.05, x.size)

    def chi2_from(area, center, fwhm, fraction):
        rows = zip(area, center, fwhm, fraction, strict=True)
        peaks = tuple(
            peak(f"p{k}", {"area": (a, 0, 1e4), "center": (c, centers[k] - 8, centers[k] + 8), "fwhm": (w, 1, 40),
                           "fraction": (e, 0, 1)})
            for k, (a, c, w, e) in enumerate(rows)
        )  # fmt: skip
        fitter = PixelFitter(Model("", "chemical_shift", peaks, (backgrounds.linear(),)), x)
        return float(fit_pixels(fitter, data[None], np.full((1, x.size), 0.05), warm_start=False).chi2[0])

    hard = chi2_from([50.0] * 6, centers + 3 * np.array([1, -1, 1, -1, 1, -1]), [16.0] * 6, [0.5] * 6)
    assert hard == pytest.approx(chi2_from(*true), rel=1e-6)


def test_bad_input(tmp_path):
    with pytest.raises(BadInput, match="only one spectrum"):
        spectra.fit_map(stack((2,)).isel(row=0), model(), store=tmp_path)
    with pytest.raises(BadInput, match="'Raman'"):
        spectra.fit_map(stack((2,)).assign_coords(technique="Raman"), model(), store=tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="name a folder"):
        spectra.fit_map(stack((2,)), model(), store=tmp_path / "file")


def test_pixels_without_numbers_are_marked_with_the_whole_reason(tmp_path):
    """Held in memory or lazy, a pixel never stops a map; reasons of other chunks keep their length."""
    cube = stack((7,))
    values = cube["intensity"].values.copy()
    values[1, 4], values[3], values[5] = np.nan, 0.0, -values[5]
    cube = cube.assign(intensity=(cube["intensity"].dims, values))
    for name, data in (("eager", cube), ("lazy", cube.chunk({cube["intensity"].dims[0]: 3}))):
        found = spectra.fit_map(data, model(), store=tmp_path / name, chunk=2).compute()
        statuses = [str(STATUSES[i]) for i in found["status"].values]
        assert statuses == ["ok", "rejected", "ok", "rejected", "ok", "rejected", "ok"]
        reasons = found["reason"].values
        assert reasons[1] == "the data are not finite"
        assert reasons[3] == "the intensity is zero everywhere"
        assert reasons[5].endswith("times the noise of the spectrum")


def test_bad_maps_are_told(tmp_path):
    cube = stack((3,))
    for chunk in (0, -2, 2.5):
        with pytest.raises(BadInput, match="number of spectra per chunk"):
            spectra.fit_map(cube, model(), store=tmp_path / "a", chunk=chunk)
    with pytest.raises(BadInput, match="there are no spectra"):
        spectra.fit_map(cube.isel({cube["intensity"].dims[0]: slice(0, 0)}), model(), store=tmp_path / "a")
    with pytest.raises(BadInput, match="is 'magic'; it must be one of given, counts, estimated"):
        spectra.fit_map(cube.assign_coords(noise_source="magic"), model(), store=tmp_path / "a")
    with pytest.raises(BadInput, match="the spectrum has none"):
        spectra.fit_map(cube.assign_coords(noise_source="counts"), model(), store=tmp_path / "a")
    few = model(window=(0.0, 4.0))
    with pytest.raises(BadInput, match="widen the window"):
        spectra.fit_map(cube, few, store=tmp_path / "a")


def statuses(found):
    return [STATUSES[int(code)] for code in np.atleast_1d(found["status"].values)]


def test_every_status_of_a_pixel_is_reached(tmp_path, monkeypatch):
    """Each from data or a model that ask for it."""
    cube = stack((2,))
    assert statuses(spectra.fit_map(cube, model(), store=tmp_path / "ok").compute()) == [Status.OK] * 2
    three = model().peaks
    held = peak("p2", {"center": (79.0, 78.0, 80.0), "fwhm": (10.0, 2.0, 40.0)})
    bounded = Model("31P NMR", "chemical_shift", (*three[:2], held), (backgrounds.linear(),))
    found = spectra.fit_map(cube, bounded, store=tmp_path / "missed").compute()
    assert statuses(found) == [Status.MISFIT] * 2  # the window is 1.5 ppm off, at a noise of a thousandth
    assert all("misfit: chi2/dof" in reason and "ppm" in reason for reason in found["reason"].values)
    coarse = stack((2,), sd=1.2)
    assert statuses(spectra.fit_map(coarse, bounded, store=tmp_path / "bound").compute()) == [Status.AT_BOUND] * 2
    twins = tuple(
        peak(name, {"center": (82.0, 82.0, 82.0), "fwhm": (11.0, 11.0, 11.0)}, shape="gaussian") for name in "ab"
    )
    some = Model("31P NMR", "chemical_shift", (*twins, *three), (backgrounds.linear(),))
    found = spectra.fit_map(cube, some, store=tmp_path / "some").compute()
    assert statuses(found) == [Status.UNDETERMINED] * 2
    assert np.isnan(found["sd"].sel(entry="a_area")).all()
    assert np.isfinite(found["sd"].sel(entry="p0_area")).all()
    none = Model("31P NMR", "chemical_shift", twins, (backgrounds.linear(),))
    found = spectra.fit_map(cube, none, store=tmp_path / "none").compute()
    assert statuses(found) == [Status.NO_COVARIANCE] * 2
    assert set(found["reason"].values) == {"no area has a standard deviation"}
    found = spectra.fit_map(cube.assign(intensity=-cube["intensity"]), model(), store=tmp_path / "dips").compute()
    assert statuses(found) == [Status.REJECTED] * 2
    assert "no line is found" in found["reason"].values[0]
    monkeypatch.setattr(pixels, "MOST_EVALUATIONS", 2)
    found = spectra.fit_map(cube, model(), store=tmp_path / "stopped", warm_start=False).compute()
    assert statuses(found) == [Status.NOT_CONVERGED] * 2
    assert "not converged after" in found["reason"].values[0]


@pytest.mark.parametrize(("level", "area", "taken"), [(20.0, 500.0, 0.0), (0.3, 30.0, 0.0), (20.0, 500.0, 15.0)])
def test_counts_of_a_map_are_weighed_as_those_of_one_spectrum(tmp_path, level, area, taken):
    """Also where most points hold no count, and where a part of the counts was taken away before."""
    x, rng = np.linspace(-20.0, 20.0, 161), np.random.default_rng(0)
    line = peak("a", {"center": (0.0, -3.0, 3.0), "fwhm": (4.0, 1.0, 12.0)}, shape="gaussian")
    lines = Model("", "raman_shift", (line,), (backgrounds.constant(),))
    counts = rng.poisson(level + shapes.gaussian(x, area, 0.3, 5.0), (4, x.size)).astype(float)
    each = [
        spectra.from_arrays(
            x, row - taken, axis="raman_shift", counts=row, noise=np.sqrt(np.maximum(row, 1))
        ).assign_coords(noise_source="counts")
        for row in counts
    ]  # fmt: skip
    for name, cube in (("eager", xr.concat(each, "pixel")), ("lazy", xr.concat(each, "pixel").chunk(pixel=2))):
        found = spectra.fit_map(cube, lines, store=tmp_path / name, chunk=3).compute()
        for row, one in enumerate(each):
            alone = spectra.fit(one, lines)
            np.testing.assert_allclose(found["value"].isel(pixel=row), alone.values, rtol=1e-3, atol=1e-3)
            np.testing.assert_allclose(found["sd"].isel(pixel=row), alone.parameters.sd, rtol=2e-3)


@pytest.mark.parametrize("stated", [0.02, 0.1, 0.5])
def test_priors_keep_their_weight_beside_an_estimated_noise(tmp_path, stated):
    """Whatever the noise is first taken to be, a map gives what single fits give."""
    x, rng = np.linspace(-20.0, 20.0, 161), np.random.default_rng(0)
    line = peak("a", {"center": Prior(0.0, 0.05, "test"), "fwhm": (4.0, 1.0, 12.0)}, shape="gaussian")
    lines = Model("", "raman_shift", (line,), (backgrounds.constant(),))
    data = 5 + shapes.gaussian(x, 5, 0.3, 5.0) + rng.normal(0, 0.1, (3, x.size))
    each = [spectra.from_arrays(x, row, axis="raman_shift", noise=stated) for row in data]
    each = [one.assign_coords(noise_source="estimated") for one in each]
    found = spectra.fit_map(xr.concat(each, "pixel"), lines, store=tmp_path).compute()
    for row, one in enumerate(each):
        alone = spectra.fit(one, lines)
        np.testing.assert_allclose(found["value"].isel(pixel=row), alone.values, rtol=2e-3, atol=2e-4)
        np.testing.assert_allclose(found["sd"].isel(pixel=row), alone.parameters.sd, rtol=5e-3)
        assert found["chi2"].values[row] == pytest.approx(alone.chi2, rel=1e-2)


def test_a_pixel_follows_exchanged_areas_as_a_fit_does(tmp_path):
    """Six crowded lines, simulated: along an exchange of two areas lies a lower minimum, and chi2 hardly rises."""
    data = [search_agreement.simulated(seed) for seed in (2542, 2500)]
    spectra_of = [
        spectra.from_arrays(search_agreement.X, y, axis="chemical_shift", noise=search_agreement.NOISE) for y in data
    ]
    stack, model = xr.concat(spectra_of, dim="pixel"), search_agreement.model()
    found = spectra.fit_map(stack, model, store=tmp_path / "all", warm_start=False)
    plain = spectra.fit_map(stack, model, store=tmp_path / "plain", warm_start=False, exchanges=False)
    single = [spectra.fit(one, model, check=False) for one in spectra_of]
    assert found["chi2"].values == pytest.approx([fit.chi2 for fit in single], rel=1e-9)
    assert plain["chi2"].values[0] > found["chi2"].values[0] + 4
    areas = found["sd"].sel(entry=[f"p{n}_area" for n in range(6)]).values
    assert areas == pytest.approx(np.array([fit.areas.sd.values for fit in single]), rel=1e-3)
    assert (areas > 1.2 * plain["sd"].sel(entry=[f"p{n}_area" for n in range(6)]).values).any()
