"""Backgrounds inside and before the fit: by hand, exact derivatives, recovery."""

import math

import numpy as np
import pytest

import spectra
from shortrange_core import BadInput
from shortrange_core.notes import Status
from spectra import backgrounds, shapes
from spectra.fits import Compiled
from spectra.models import Model, peak

X = np.linspace(525.0, 545.0, 201)


def lines(kind="binding_energy", *parts, **changes):
    middle = float(X.mean())
    two = tuple(
        peak(n, {"center": (c, c - 1, c + 1), "fwhm": (1.6, 0.5, 4.0), "area": (50.0, 0.0, 1e6)})
        for n, c in (("nbo", middle - 4.0), ("bo", middle - 2.2))
    )
    return Model("", kind, two, parts, **changes)


def assert_gradient_matches(model, x):
    compiled = Compiled(model, x)
    start = np.array([p.value if not math.isnan(p.value) else 3.0 for p in model.all_parameters])
    compiled.evaluate(start)
    analytic = compiled.theta_jacobian[:, : x.size].copy()
    for index, parameter in enumerate(model.all_parameters):
        if not parameter.vary:
            continue
        step = 1e-5 if parameter.name.endswith("_center") else 1e-5 * max(1.0, abs(start[index]))
        up, down = start.copy(), start.copy()
        up[index] += step
        down[index] -= step
        numeric = (compiled.evaluate(up) - compiled.evaluate(down)) / (2 * step)
        scale = max(1e-3, np.abs(numeric).max())
        np.testing.assert_allclose(analytic[index], numeric, atol=1e-6 * scale, err_msg=parameter.name)


def all_parts():
    free_c = backgrounds.tougaard(b=500.0, c=1500.0, d=300.0, c_prime=-1.0, free=("b", "c", "c_prime", "d"))
    return {
        "linear": (backgrounds.linear(),),
        "cubic": (backgrounds.polynomial(3),),
        "spline": (backgrounds.spline([530.0, 540.0]),),
        "exponential": (backgrounds.exponential(decay=7.0), backgrounds.constant()),
        "shirley": (backgrounds.shirley(k=0.05), backgrounds.linear()),
        "tougaard": (backgrounds.tougaard(b=900.0), backgrounds.constant()),
        "both": (backgrounds.tougaard(b=900.0), backgrounds.shirley(k=0.03)),
        "four": (free_c,),
    }


@pytest.mark.parametrize("name", sorted(all_parts()))
def test_derivatives_are_exact(name):
    x = np.linspace(525.0, 600.0, 201) if name == "four" else X
    assert_gradient_matches(lines("binding_energy", *all_parts()[name]), x)
    if name in ("shirley", "tougaard"):
        assert_gradient_matches(lines("kinetic_energy", *all_parts()[name]), X)


def test_shirley_by_hand():
    # far above a line of area A the step is k * A, far below it is 0; half way through it is half
    x = np.linspace(0.0, 40.0, 4001)
    one = peak("a", {"center": 20.0, "fwhm": 1.0, "area": 30.0}, shape="gaussian")
    for axis, low, high in (("binding_energy", 0, -1), ("kinetic_energy", -1, 0)):
        compiled = Compiled(Model("", axis, (one,), (backgrounds.shirley(k=0.04),)), x)
        _, background = compiled.components(np.array([30.0, 20.0, 1.0, 0.04]))
        assert background[low] == pytest.approx(0, abs=1e-9)
        assert background[high] == pytest.approx(0.04 * 30, rel=1e-6)
        assert background[2000] == pytest.approx(0.02 * 30, rel=1e-6)


def test_tougaard_satisfies_its_integral_equation():
    # a narrow line of area A at E0: B(E) is A K(E - E0) plus the losses of losses; check B = K * (S + B) by quadrature
    x = np.linspace(0.0, 80.0, 1601)
    one = peak("a", {"center": 10.0, "fwhm": 1.0, "area": 30.0}, shape="gaussian")
    compiled = Compiled(Model("", "binding_energy", (one,), (backgrounds.tougaard(b=2866.0),)), x)
    peaks, background = compiled.components(np.array([30.0, 10.0, 1.0, 2866.0, 1643.0, 1.0, 0.0]))
    source = peaks[0] + background
    for index in (600, 1000, 1600):
        loss = x[index] - x[: index + 1]
        kernel = 2866.0 * loss / (1643.0 + loss**2) ** 2
        assert background[index] == pytest.approx(np.trapezoid(kernel * source[: index + 1], x[: index + 1]), rel=1e-9)
    single = 30 * 2866.0 * 20 / (1643.0 + 400) ** 2
    assert background[600] == pytest.approx(single, rel=0.35)
    assert background[600] > single


def data(model, values, seed=0, **noise):
    return spectra.simulate(model, X, values, rng=np.random.default_rng(seed), **noise)


TRUTH = {"nbo_area": 9000.0, "bo_area": 4000.0, "nbo_center": 531.0, "bo_center": 532.8, "background_c0": 300.0,
         "background_c1": -20.0}  # fmt: skip


def test_shirley_is_fitted_with_its_error_from_counts():
    model = lines("binding_energy", backgrounds.shirley(), backgrounds.linear())
    pulls = []
    for seed in range(20):
        found = spectra.fit(data(model, TRUTH | {"shirley_k": 0.03}, seed, counts=True), model)
        assert found.status is Status.OK
        wanted = ["nbo_area", "bo_area", "shirley_k"]
        picked = found.parameters.select(wanted)
        pulls.append((picked.value.values - [9000, 4000, 0.03]) / picked.sd.values)
    assert abs(np.mean(pulls)) < 4 / math.sqrt(np.size(pulls))
    assert 0.7 < np.std(pulls) < 1.35


def test_noise_does_not_enter_an_active_background():
    model = lines("binding_energy", backgrounds.shirley(), backgrounds.linear())
    found = spectra.fit(data(model, TRUTH | {"shirley_k": 0.03}, counts=True), model)
    second = np.diff(found.curves["background"].values, 3)
    assert np.abs(second).max() < 0.02 * np.abs(np.diff(found.curves["residual"].values, 3)).max()


def test_losses_that_run_away_are_no_number_and_no_error():
    """A descent tries a step too far, and is told so by what is not finite."""
    one = peak("a", {"center": 10.0, "fwhm": 1.0}, shape="gaussian")
    compiled = Compiled(Model("", "binding_energy", (one,), (backgrounds.tougaard(),)), np.linspace(0, 40, 201))
    with np.errstate(all="ignore"):
        assert not np.all(np.isfinite(compiled.evaluate(np.array([30.0, 10.0, 1.0, 1e300, 1643.0, 1.0, 0.0]))))


def test_tougaard_varies_only_what_the_window_allows():
    with pytest.raises(BadInput, match="be separated from B"):
        data(lines("binding_energy", backgrounds.tougaard(free=("b", "c"))), TRUTH, noise=1.0)
    model = lines("binding_energy", backgrounds.tougaard(), backgrounds.constant())
    values = {k: v for k, v in TRUTH.items() if k != "background_c1"} | {"tougaard_b": 2000.0}
    found = spectra.fit(data(model, values, counts=True), model)
    b = found.parameters.select(["tougaard_b"])
    assert abs(b.value.item() - 2000) < 4 * b.sd.item()
    # what a cached background of another program gets wrong: the background follows its parameter
    assert found.curves["background"].values[-1] > 1.1 * found.curves["background"].values[0]


def test_spline_and_exponential_recover():
    curved = 300 * np.exp(-(X - X[0]) / 6.0) + 50
    two = sum(shapes.pseudo_voigt(X, a, c, 1.6, 0.5) for a, c in ((900.0, 531.0), (400.0, 532.8)))
    spectrum = spectra.from_arrays(X, curved + two + np.random.default_rng(0).normal(0, 2, X.size),
                                   axis="binding_energy", noise=2.0)  # fmt: skip
    for part in all_parts()["exponential"], all_parts()["spline"]:
        found = spectra.fit(spectrum, lines("binding_energy", *part), check=False)
        assert found.areas.value.values[0] == pytest.approx(900, abs=max(4 * found.areas.sd.values[0], 40))
    exact = spectra.fit(spectrum, lines("binding_energy", *all_parts()["exponential"]))
    length = exact.parameters.select(["background_decay_length"])
    assert abs(length.value.item() - 6) < 4 * length.sd.item()


def test_bad_backgrounds():
    with pytest.raises(BadInput, match="between 0 and 8"):
        backgrounds.polynomial(9)
    with pytest.raises(BadInput, match="ascending"):
        backgrounds.spline([3.0, 2.0])
    with pytest.raises(BadInput, match="inside the window"):
        Compiled(lines("binding_energy", backgrounds.spline([10.0])), X)
    with pytest.raises(BadInput, match="is none of"):
        backgrounds.tougaard(free=("q",))
    with pytest.raises(BadInput, match="photoelectron"):
        Compiled(lines("raman_shift", backgrounds.shirley()), X)
    with pytest.raises(BadInput, match="not known"):
        backgrounds.Background("plasma", ())
    spectrum = spectra.from_arrays(X, 1 + 0 * X, axis="binding_energy", noise=1.0)
    with pytest.raises(BadInput, match="has none of this name"):
        backgrounds.subtract(spectrum, "magic")
    with pytest.raises(BadInput, match="correct the options"):
        backgrounds.subtract(spectrum, "arpls", settings={"lamda": 3})
