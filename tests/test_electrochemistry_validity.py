"""Kramers-Kronig test and relaxation times: known truths, published numbers, bad data."""

import numpy as np
import pytest

import electrochemistry as ec
from electrochemistry.impedance._rc_elements import ratio, time_constants
from electrochemistry.impedance._stability import drift
from shortrange_core import BadInput, load, save

F = np.logspace(-1, 6, 71)


def simulated(text, values, noise=0.0, seed=0, f=F):
    z = ec.circuit(text).impedance(f, values)
    rng = np.random.default_rng(seed)
    return ec.spectrum_from_arrays(f, z + noise * np.abs(z) * (rng.normal(size=f.size) + 1j * rng.normal(size=f.size)))


BLOCKING = ("R0-p(R1,CPE1)-C3", {"R0": 10.0, "R1": 1000.0, "CPE1_Q": 1e-9, "CPE1_n": 0.9, "C3": 1e-6})


def codes(result):
    return {note.code for note in result.notes}


def test_the_published_number_of_elements_and_mu_are_reproduced(real_data):
    spectrum = ec.read_impedance(real_data / "eis/impedancepy/Circuit3_EIS_1.z")
    result = ec.validate(spectrum, cutoff=0.69, extend=False, series_capacitance=False)
    assert result.elements == 10
    assert result.mu == pytest.approx(0.6843821117885378, abs=1e-12)
    better = ec.validate(spectrum, cutoff=0.69, series_capacitance=False)
    assert better.largest_residual < result.largest_residual / 5


def test_time_constants_and_mu_by_hand():
    np.testing.assert_allclose(time_constants(np.array([1.0, 100.0]), 3), [0.01, 0.1, 1.0])
    assert time_constants(np.array([1.0, 100.0]), 1).tolist() == [1.0]
    assert ratio(np.array([1.0, 2.0, -1.5])) == 0.5
    assert ratio(np.array([-1.0])) == -np.inf


def test_a_sum_of_the_tests_own_elements_leaves_no_residual():
    omega = 2 * np.pi * F
    taus = time_constants(omega, 12)
    resistances = np.linspace(1.0, 20.0, 12)
    z = 5.0 + (resistances / (1 + 1j * omega[:, None] * taus)).sum(axis=1)
    result = ec.validate(ec.spectrum_from_arrays(F, z), elements=12, part="complex", series_capacitance=False)
    assert result.largest_residual < 1e-10
    np.testing.assert_allclose(result.resistances, resistances, rtol=1e-6)
    assert result.mu == pytest.approx(1.0)


def test_blocking_cells_need_the_series_capacitance_and_get_it():
    spectrum = simulated(*BLOCKING)
    without = ec.validate(spectrum, series_capacitance=False)
    chosen = ec.validate(spectrum)
    assert without.largest_residual > 0.2
    assert chosen.largest_residual < 0.006
    assert chosen.series_capacitance
    assert "kk-series-capacitance" in codes(chosen)
    assert "kk-residuals-large" in codes(without)


def test_real_blocking_cells_fall_from_a_quarter_to_a_percent(real_data):
    for celsius in (140, 170, 200):
        path = real_data / f"eis/EISFitpython_temperature_series/Example-3-4__s04147-{celsius}deg.txt"
        spectrum = ec.read_impedance(path)
        assert ec.validate(spectrum, series_capacitance=False).largest_residual > 0.2
        assert ec.validate(spectrum, part="complex").largest_residual < 0.0085


@pytest.mark.parametrize("part", ["real", "imaginary", "complex"])
def test_a_drift_during_the_sweep_is_found_and_a_stable_cell_passes(part):
    text, values = "R0-p(R1,CPE1)", {"R0": 10.0, "R1": 100.0, "CPE1_Q": 1e-6, "CPE1_n": 0.9}
    good = simulated(text, values, noise=0.001)
    assert "kk-residuals-large" not in codes(ec.validate(good, part=part))
    drift = 1 + 0.3 * np.exp(-((np.log10(F) - 1.0) ** 2) / 0.02)
    drifting = good.assign(
        impedance=("frequency", good.impedance.values.real * drift + 1j * good.impedance.values.imag)
    )
    result = ec.validate(drifting, part=part)
    assert "kk-residuals-large" in codes(result)


def test_too_few_elements_are_noted():
    result = ec.validate(
        simulated("R0-ZARC1", {"R0": 10.0, "ZARC1_R": 90.0, "ZARC1_tau": 1e-3, "ZARC1_n": 0.9}), max_elements=3
    )
    assert "kk-underfitted" in codes(result)
    assert result.elements == 3


def test_good_spectra_are_not_called_underfitted():
    """Too few elements leave residuals; mu of a test that was extended may lie above the cutoff."""
    good = simulated("R0-p(R1,CPE1)", {"R0": 10.0, "R1": 90.0, "CPE1_Q": 1e-6, "CPE1_n": 0.9})
    for options in ({}, {"elements": 30}, {"cutoff": 0.01}):
        result = ec.validate(good, **options)
        assert result.mu > result.cutoff
        assert not codes(result)


@pytest.mark.parametrize("part", ["real", "imaginary", "complex"])
@pytest.mark.parametrize("count", [3, 5, 9, 15])
def test_unknowns_that_reach_the_equations_are_no_test(part, count):
    f = np.logspace(0, 6, count)
    few = simulated("R0-p(R1,CPE1)", {"R0": 10.0, "R1": 90.0, "CPE1_Q": 1e-6, "CPE1_n": 0.9}, noise=0.05, f=f)
    result = ec.validate(few, part=part)
    if count < 7:
        assert (result.verdict, np.isnan(result.largest_residual)) == ("no test", True)
        assert codes(result) == {"kk-no-test"}
    else:
        assert result.dof >= 10
        assert result.largest_residual > 0.005  # residuals of noise do not vanish
    forced = ec.validate(few, part=part, elements=2 * count)
    assert forced.verdict == "no test"


def test_sweeps_of_nine_points_have_a_test_with_ten_degrees_of_freedom_or_none(real_data):
    pytest.importorskip("galvani")
    first = ec.read_impedance(real_data / "field/eis/GEIS_45_sweeps_9_points.mpr", block="cycle 1")
    for part in ("real", "imaginary", "complex"):
        result = ec.validate(first, part=part)
        assert result.dof >= 10
        assert result.largest_residual > 1e-3
    assert result.drift is None


@pytest.mark.parametrize(("text", "values"), [BLOCKING, ("R0-p(R1,CPE1)", {"R0": 10.0, "R1": 90.0, "CPE1_Q": 1e-6, "CPE1_n": 0.8})])  # noqa: E501  # fmt: skip
def test_the_smallest_drift_is_found_in_four_of_five_sweeps_at_one_per_cent_false_alarms(text, values):
    time = np.cumsum((1 / F)[::-1])[::-1]
    share, found = (time - time.min()) / np.ptp(time), {0.0: 0, 1.0: 0}
    smallest = ec.validate(simulated(text, values, noise=0.01)).drift.smallest
    for times in found:
        for seed in range(150):
            stable = simulated(text, values, noise=0.0)
            rng = np.random.default_rng(seed)
            noise = 1 + 0.01 * (rng.normal(size=F.size) + 1j * rng.normal(size=F.size))
            moved = stable.assign(impedance=("frequency", stable["impedance"].values * (1 + times * smallest * share) * noise))  # noqa: E501  # fmt: skip
            found[times] += drift(moved, capacitance=text == BLOCKING[0]).significant
    assert found[0.0] <= 5  # 1.5 expected
    assert 100 <= found[1.0] <= 140  # 120 expected, and the smallest drift is itself known to some per cent


def test_a_drift_is_said_with_the_clock_of_the_file():
    stable = simulated("R0-p(R1,CPE1)", {"R0": 10.0, "R1": 90.0, "CPE1_Q": 1e-6, "CPE1_n": 0.8}, noise=1e-3)
    clock = np.linspace(700.0, 0.0, F.size)
    timed = stable.assign(
        impedance=("frequency", stable["impedance"].values * (1 + 0.05 * clock / 700)),
        test_time_second=("frequency", clock),
    )
    result = ec.validate(timed)
    assert result.drift.timed_by == "test_time_second"
    assert result.drift.value == pytest.approx(0.05, abs=4 * result.drift.sd)
    assert "kk-drift" in codes(result)
    assert "kk-drift" not in codes(ec.validate(stable))


def test_options_of_the_test_are_checked():
    spectrum = simulated(*BLOCKING)
    with pytest.raises(BadInput, match="part = 'x'"):
        ec.validate(spectrum, part="x")
    with pytest.raises(BadInput, match="0 < cutoff < 1"):
        ec.validate(spectrum, cutoff=1.5)
    for count in (0, 2.5, 10**9):
        with pytest.raises(BadInput, match="1 to 1000 elements"):
            ec.validate(spectrum, elements=count)


def test_the_distribution_of_a_zarc_is_the_one_in_closed_form():
    """g(ln tau) = R/(2 pi) sin((1 - n) pi) / (cosh(n ln(tau/tau0)) - cos((1 - n) pi))."""
    resistance, tau0, n = 90.0, 1e-3, 0.7
    found = ec.relaxation_times(simulated("R0-ZARC1", {"R0": 10.0, "ZARC1_R": resistance, "ZARC1_tau": tau0, "ZARC1_n": n}), regularisation=1e-4)  # noqa: E501  # fmt: skip
    tau = found.distribution["tau"].values
    exact = (
        resistance / (2 * np.pi) * np.sin((1 - n) * np.pi) / (np.cosh(n * np.log(tau / tau0)) - np.cos((1 - n) * np.pi))
    )
    inside = (tau > 1e-5) & (tau < 1e-1)
    assert np.max(np.abs(found.distribution.values - exact)[inside]) < 0.03 * exact.max()
    assert found.peaks.time_constant.values == pytest.approx([tau0], rel=0.02)
    assert found.peaks.resistance.values == pytest.approx([resistance], rel=0.01)
    assert found.series_resistance == pytest.approx(10.0, rel=0.02)


def test_two_noisy_arcs_give_two_peaks_with_their_resistances():
    values = {
        "R0": 10.0,
        "ZARC1_R": 100.0,
        "ZARC1_tau": 1e-4,
        "ZARC1_n": 0.9,
        "ZARC2_R": 50.0,
        "ZARC2_tau": 0.1,
        "ZARC2_n": 0.8,
    }
    for seed in range(5):
        found = ec.relaxation_times(simulated("R0-ZARC1-ZARC2", values, noise=0.003, seed=seed))
        assert found.peaks.sizes["peak"] == 2
        np.testing.assert_allclose(found.peaks.time_constant.values, [1e-4, 0.1], rtol=0.2)
        np.testing.assert_allclose(found.peaks.resistance.values, [100.0, 50.0], rtol=0.1)
        assert found.regularisation_chosen_by == "generalised cross-validation"


@pytest.mark.parametrize("noise", [0.0, 0.001])
@pytest.mark.parametrize("n", [0.6, 0.75, 0.9])
def test_one_arc_is_one_peak_with_its_resistance(n, noise):
    values = {"R0": 10.0, "ZARC1_R": 90.0, "ZARC1_tau": 1e-3, "ZARC1_n": n}
    found = ec.relaxation_times(simulated("R0-ZARC1", values, noise=noise))
    np.testing.assert_allclose(found.peaks.time_constant.values, [1e-3], rtol=0.02)
    np.testing.assert_allclose(found.peaks.resistance.values, [90.0], rtol=0.05)


def test_data_that_no_relaxations_give_are_noted():
    arc = simulated("R0-p(R1,C1)", {"R0": 10.0, "R1": 90.0, "C1": 1e-6})
    assert "drt-misfit" not in codes(ec.relaxation_times(arc))
    wrong_sign = arc.assign(impedance=arc["impedance"].conj())
    assert "drt-misfit" in codes(ec.relaxation_times(wrong_sign))


def test_a_resistor_has_no_peak():
    flat = simulated("R0", {"R0": 5.0})
    found = ec.relaxation_times(flat)
    assert found.peaks.sizes["peak"] == 0
    assert found.series_resistance == pytest.approx(5.0)
    assert codes(found) == {"drt-exploratory"}


def test_it_is_marked_exploratory_and_says_what_lies_outside_of_the_window():
    plain = ec.relaxation_times(simulated(*BLOCKING))
    assert {"drt-exploratory", "drt-outside-window"} <= codes(plain)
    inside = (BLOCKING[0], {**BLOCKING[1], "CPE1_Q": 1e-7})
    blocked = ec.relaxation_times(simulated(*inside, noise=0.002), series_capacitance=True)
    assert "drt-outside-window" not in codes(blocked)
    assert blocked.capacitance == pytest.approx(1e-6, rel=0.05)
    assert "Tikhonov" in blocked.method
    with pytest.raises(BadInput, match="regularisation = -1"):
        ec.relaxation_times(simulated(*BLOCKING), regularisation=-1)


def test_both_records_are_saved_and_loaded(tmp_path):
    spectrum = simulated(*BLOCKING)
    for name, result in (("kk", ec.validate(spectrum)), ("drt", ec.relaxation_times(spectrum))):
        save(result, tmp_path / f"{name}.nc")
        assert [n.code for n in load(tmp_path / f"{name}.nc").notes] == [n.code for n in result.notes]


ARC = ("R0-p(R1,CPE1)", {"R0": 10.0, "R1": 90.0, "CPE1_Q": 1e-6, "CPE1_n": 0.85})


def with_change(change, noise, seed):
    """A simulated cell with white noise, whose impedance was multiplied by ``change``."""
    z = ec.circuit(ARC[0]).impedance(F, ARC[1]) * change
    rng = np.random.default_rng([11, seed])
    white = rng.normal(size=F.size) + 1j * rng.normal(size=F.size)
    return ec.validate(ec.spectrum_from_arrays(F, z + noise * np.abs(z) * white), part="complex")


@pytest.mark.parametrize("noise", [0.001, 0.003, 0.01, 0.02])
def test_white_noise_of_a_good_spectrum_passes_whatever_its_size(noise):
    tests = [with_change(1.0, noise, seed) for seed in range(100)]
    assert sum(test.verdict != "passed" for test in tests) <= 5  # 3 expected
    told = [test for test in tests if "kk-scatter" in codes(test)]
    assert len(told) >= (95 if noise >= 0.01 else 0)
    assert all("kk-residuals-large" not in codes(test) for test in told)


@pytest.mark.parametrize(
    "change",
    [1 + 0.2 * np.linspace(1, 0, F.size), np.where(F < 30, 1.05, 1.0), np.where(np.arange(F.size) == 35, 1.1, 1.0)],
    ids=["drift", "step", "single point"],
)
@pytest.mark.parametrize("noise", [0.001, 0.003, 0.01])
def test_what_is_no_noise_fails_under_noise(change, noise):
    tests = [with_change(change, noise, seed) for seed in range(20)]
    assert sum(test.verdict == "failed" for test in tests) >= 18


def test_a_blocking_cell_under_noise_has_its_series_capacitance():
    """Noise of 2 %, under which the capacitance lowers the largest residual by less than without noise."""
    text = "p(R1,CPE1)-p(R2,CPE2)-CPE3"
    values = {"R1": 1e4, "CPE1_Q": 1e-10, "CPE1_n": 0.95, "R2": 3e4, "CPE2_Q": 1e-8, "CPE2_n": 0.85}
    values |= {"CPE3_Q": 1e-5, "CPE3_n": 0.9}
    grids = [np.logspace(-1 + seed % 2, 6, 35 + seed) for seed in range(40)]
    made = [simulated(text, values, noise=0.02, seed=seed, f=f) for seed, f in enumerate(grids)]
    assert sum(ec.validate(one, part="complex").verdict != "passed" for one in made) <= 3
