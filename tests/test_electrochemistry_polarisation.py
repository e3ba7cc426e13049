"""Currents at held voltages: electrons in an ionic conductor, by hand, from noise, refused."""

import numpy as np
import pytest
import xarray as xr
from pellets import PELLET, codes, step

import electrochemistry as ec
from shortrange_core import BadInput, Estimates, Severity
from studies.polarisation import DISC, polarised


def test_two_blocking_electrodes_give_the_slope_through_zero():
    ends = [step(v, v * 2e-9, noise=1e-11, seed=n) for n, v in enumerate((0.1, 0.2, 0.3))]
    ionic = Estimates.build(["sigma"], [1e-4], [1e-12])
    found = ec.polarisation(ends, PELLET, electrodes="two blocking", ionic_conductivity=ionic, current_floor=1e-12)
    expected = PELLET.factor * 2e-9
    assert abs(found.sigma.value.item() - expected) < 3 * found.sigma.sd.item()
    assert found.sigma.sd.item() < 0.02 * expected
    assert found.sigma.facets["bound"] == ("value",)
    assert found.transference.value.item() == pytest.approx(expected / (expected + 1e-4), rel=0.02)
    assert codes(found) == {"polarisation-contacts"}


def test_intervals_and_bounds_hold_where_currents_slowly_go_up_and_down():
    """Simulated waves of 5 % over 6 h: the end of a step may stand at the crest, where it looks steady."""
    held, bounds = [], []
    for seed in range(2000, 2150):
        ends, truth = polarised(seed, "drift", 2)
        sigma = ec.polarisation(ends, DISC, electrodes="two blocking", current_floor=1e-14).sigma
        if sigma.facets["bound"] == ("value",):
            lower, upper = sigma.interval(0.95).values[0]
            held.append(lower <= truth <= upper)
        else:
            bounds.append(sigma.value.item() >= truth)
    assert len(held) > 80
    assert np.mean(held) > 0.9
    assert len(bounds) > 20
    assert np.mean(bounds) > 0.95


def test_a_factor_of_each_step_counts_for_precise_steps_too():
    """Simulated contacts of up to 5 % at each of four voltages; with errors subtracted from the scatter 0.85 held."""
    held = []
    for seed in range(2000, 2150):
        ends, truth = polarised(seed, "contact", 4)
        if sum(end.steady and end.significant for end in ends) > 1:
            lower, upper = ec.polarisation(ends, DISC, electrodes="two blocking").sigma.interval(0.95).values[0]
            held.append(lower <= truth <= upper)
    assert len(held) > 120
    assert np.mean(held) > 0.87


def test_a_slow_change_within_a_step_is_in_the_sd_of_its_end():
    """The crest of a wave stands at the end, under noise that hides it from the correlation of neighbours."""
    t = np.arange(1.0, 18000.0, 5.0)
    noise = 0.05 * np.random.default_rng(0).normal(size=t.size)
    wave = ec.steady_state(t, 1e-9 * (1 + 0.05 * np.cos(2 * np.pi * (t - 12000) / 21600) + noise), voltage=0.5)
    assert wave.steady
    assert wave.current > 1.03e-9
    assert abs(wave.current - 1e-9) < 2 * wave.current_sd < 0.15e-9


def test_steps_that_disagree_are_told_and_their_scatter_is_in_the_sd():
    def told(factors):
        ends = [step(v, v * 2e-9 * factor, noise=v * 2e-12, seed=n) for n, (v, factor) in enumerate(factors)]
        return ec.polarisation(ends, PELLET, electrodes="two blocking", current_floor=1e-13)

    apart = told([(0.1, 1.0), (0.2, 1.1), (0.3, 0.9), (0.4, 1.0)])
    note = next(note for note in apart.notes if note.code == "polarisation-steps-disagree")
    assert note.severity is Severity.WARNING
    assert "I/V of 4 steps scatters by 8.2 %" in note.text
    conductance = 2e-9 * np.array([1.0, 1.1, 0.9, 1.0])
    half = 3.182 * conductance.std(ddof=1) / 2  # Student's t of three degrees of freedom
    lower, upper = apart.sigma.interval(0.95).values[0] / PELLET.factor
    assert (upper - lower) / 2 == pytest.approx(half, rel=0.05)
    two = told([(0.2, 1.0), (0.4, 1.04)]).sigma
    assert two.sd.item() == pytest.approx(12.706 / 1.96 * 0.02 * 2e-9 * PELLET.factor, rel=0.1)
    assert "polarisation-steps-disagree" not in codes(told([(0.1, 1.0), (0.2, 1.0), (0.3, 1.0)]))


def test_one_step_alone_does_not_tell_whether_currents_follow_the_voltage():
    alone = ec.polarisation([step(0.5, 1e-9)], PELLET, electrodes="two blocking", current_floor=1e-13)
    assert codes(alone) == {"polarisation-contacts", "polarisation-one-step"}


def test_a_reversible_electrode_gives_a_slope_at_each_voltage():
    volts = np.linspace(0.5, 1.5, 6)
    ends = [step(v, 1e-9 * v**2) for v in volts]
    found = ec.polarisation(ends, PELLET, electrodes="one reversible", current_floor=1e-13)
    inner = found.sigma.value.values[1:-1]
    np.testing.assert_allclose(inner, PELLET.factor * 2e-9 * volts[1:-1], rtol=0.01)
    assert found.sigma.facets["voltage"] == tuple(volts.tolist())
    assert codes(found) == {"polarisation-contacts"}
    with pytest.raises(BadInput, match="three or more different ones"):
        ec.polarisation(ends[:2], PELLET, electrodes="one reversible")


def test_a_current_that_still_falls_or_drowns_in_noise_gives_an_upper_bound():
    falling = ec.polarisation([step(0.5, 1e-10, tail=1e-6)], PELLET, electrodes="two blocking")
    assert falling.sigma.facets["bound"] == ("at most",)
    assert falling.sigma.value.item() > PELLET.factor * 1e-10 / 0.5
    assert np.isnan(falling.sigma.sd.item())
    assert {"polarisation-not-steady", "polarisation-floor-unknown"} <= codes(falling)
    for seed in range(20):
        noisy = ec.polarisation([step(0.5, 1e-12, noise=1e-10, seed=seed)], PELLET, electrodes="two blocking")
        assert noisy.sigma.facets["bound"] == ("at most",)
        assert noisy.sigma.value.item() > PELLET.factor * 1e-12 / 0.5
    floored = ec.polarisation(
        [ec.steady_state(np.geomspace(1, 1e5, 100), np.full(100, 1e-12), voltage=0.5, current_floor=1e-11)],
        PELLET, electrodes="two blocking", current_floor=1e-11,
    )  # fmt: skip
    assert floored.sigma.value.item() == pytest.approx(PELLET.factor * 1e-11 / 0.5)
    assert "polarisation-not-significant" in codes(floored)


def test_slopes_beside_untrusted_steps_are_bounds_that_hold():
    """The true slope is 1e-9 S everywhere; the first step still falls, and must not make a slope negative."""
    volts = np.array([0.1, 0.2, 0.3, 0.4])
    ends = [step(v, v * 1e-9, tail=3e-6 if n == 0 else 0.0) for n, v in enumerate(volts)]
    assert not ends[0].steady
    assert ends[0].current > ends[1].current
    ionic = Estimates.build(["sigma"], [1e-4], [1e-12])
    found = ec.polarisation(ends, PELLET, electrodes="one reversible", current_floor=1e-13, ionic_conductivity=ionic)
    assert found.sigma.facets["bound"] == ("at most", "at most", "value", "value")
    true = PELLET.factor * 1e-9
    assert np.all(found.sigma.value.values[:2] >= true)
    np.testing.assert_allclose(found.sigma.value.values[2:], true, rtol=0.01)
    assert np.isfinite(found.sigma.sd.values).tolist() == [False, False, True, True]
    assert np.isfinite(found.transference.sd.values).tolist() == [False, False, True, True]
    mirrored = [step(-v, -v * 1e-9, tail=-3e-6 if n == 0 else 0.0) for n, v in enumerate(volts)]
    other = ec.polarisation(mirrored, PELLET, electrodes="one reversible", current_floor=1e-13)
    np.testing.assert_allclose(other.sigma.value.values[::-1], found.sigma.value.values)


def test_a_current_that_falls_with_the_voltage_is_told():
    ends = [step(v, i) for v, i in ((0.1, 3e-9), (0.2, 2e-9), (0.3, 1e-9))]
    found = ec.polarisation(ends, PELLET, electrodes="one reversible", current_floor=1e-13)
    assert "polarisation-negative" in codes(found)


def test_the_floor_counts_for_steps_that_were_made_before():
    end = step(0.5, 1e-9)
    assert end.significant
    found = ec.polarisation([end], PELLET, electrodes="two blocking", current_floor=1e-6)
    assert found.sigma.facets["bound"] == ("at most",)
    assert found.sigma.value.item() == pytest.approx(PELLET.factor * 1e-6 / 0.5)


def test_a_held_current_or_a_drifting_voltage_is_no_polarisation():
    """At constant current the current is steady, and means nothing."""
    t = np.geomspace(1, 1e5, 300)

    def record(voltage, current):
        return xr.Dataset({name: ("row", np.broadcast_to(values, t.shape)) for name, values in (("test_time_second", t), ("voltage_volt", voltage), ("current_ampere", current))})  # noqa: E501  # fmt: skip

    noise = np.random.default_rng(0).normal(size=(2, t.size))
    good = record(0.5 + 1e-3 * noise[0], 1e-9 + 1e-6 * np.exp(-t / 20) + 1e-12 * noise[1])
    assert ec.polarisation([good], PELLET, electrodes="two blocking").sigma.facets["bound"] == ("value",)
    held = record(0.5 * (1 + 1e-3 * np.log(t)), 1e-3)
    drifting = record(0.5 * (1 + 5e-3 * np.log(t)), 1e-9 + 1e-6 * np.exp(-t / 20))
    for wrong in (held, drifting):
        with pytest.raises(BadInput, match="the voltage was not held"):
            ec.polarisation([wrong], PELLET, electrodes="two blocking")


def test_a_current_of_exactly_0_bounds_nothing():
    t = np.geomspace(1, 1e5, 100)
    dead = ec.steady_state(t, np.zeros(100), voltage=0.5)
    with pytest.raises(BadInput, match="exactly 0"):
        ec.polarisation([dead], PELLET, electrodes="two blocking")
    floored = ec.polarisation([dead], PELLET, electrodes="two blocking", current_floor=1e-12)
    assert floored.sigma.value.item() == pytest.approx(PELLET.factor * 1e-12 / 0.5)


def test_the_electrodes_are_asked_for_and_bad_steps_refused():
    good = step(0.5, 1e-9)
    for steps, message in ((good, "in a list"), ([np.ones(3)], "is a ndarray"), ([None], "is a NoneType")):
        with pytest.raises(BadInput, match=message):
            ec.polarisation(steps, PELLET, electrodes="two blocking")
    with pytest.raises(BadInput, match=r"made for 0.5 V, not 5 V"):
        ec.polarisation([good], PELLET, electrodes="two blocking", voltages=[5])
    with pytest.raises(BadInput, match="current_floor = nan"):
        ec.polarisation([good], PELLET, electrodes="two blocking", current_floor=np.nan)
    with pytest.raises(BadInput, match="0 times and 0 currents"):
        ec.steady_state([], [], voltage=1.0)
    with pytest.raises(BadInput, match="give 'two blocking' or 'one reversible'"):
        ec.polarisation([good], PELLET, electrodes="unknown")
    with pytest.raises(TypeError):
        ec.polarisation([good], PELLET)
    with pytest.raises(BadInput, match="no voltage step"):
        ec.polarisation([], PELLET, electrodes="two blocking")
    with pytest.raises(BadInput, match="last decade of time"):
        ec.steady_state([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], voltage=1.0)
    with pytest.raises(BadInput, match=r"ascend.*\nvoltage = 0.*\ncurrent_floor = -1"):
        ec.steady_state([2.0, 1.0], [1.0, 1.0], voltage=0.0, current_floor=-1.0)
    with pytest.raises(BadInput, match="one current per time"):
        ec.steady_state([2.0, 1.0], [1.0], voltage=1.0)
    with pytest.raises(BadInput, match="give Estimates of one entry above 0"):
        ec.polarisation([good], PELLET, electrodes="two blocking", ionic_conductivity=1e-4)
    with pytest.raises(BadInput, match="of one entry above 0"):
        ec.polarisation([good], PELLET, electrodes="two blocking", ionic_conductivity=Estimates.build(["s"], [-1.0], [0.0]))  # noqa: E501  # fmt: skip


def test_a_step_that_was_applied_again_is_no_single_one():
    """Made up: four pulses of ten seconds with pauses; the slope over all of them is near 0, that of each is not."""
    own = np.arange(0.5, 10.1, 0.5)
    rising = 1e-6 * (0.7 + 0.3 * own / 10)
    time = np.concatenate([own + 200 * n for n in range(4)])
    pulses = ec.cycling_table(time, np.full(time.size, 0.5), np.tile(rising, 4))
    with pytest.raises(BadInput, match=r"step 1: after 190 s without rows, at 200.5 s, .* applied 4 times"):
        ec.polarisation([pulses], PELLET, electrodes="two blocking")
    sparse = np.concatenate([np.geomspace(0.1, 100, 60), np.linspace(600, 6000, 10)])  # rows where the current changes
    noise = 1 + 0.05 * np.random.default_rng(0).normal(size=sparse.size)
    once = ec.cycling_table(sparse, np.full(sparse.size, 0.5), (1e-9 + 1e-6 * np.exp(-sparse / 20)) * noise)
    assert ec.polarisation([once], PELLET, electrodes="two blocking").steps[0].current == pytest.approx(1e-9, rel=0.1)


@pytest.mark.parametrize("settling", [30.0, 100.0, 300.0])
def test_a_decay_whose_rows_become_rarer_is_one_step(settling):
    """Made up: a row every 10 ms for 10 s, then one a minute, between which the current falls by up to its half."""
    time = np.concatenate([np.arange(0.01, 10, 0.01), np.arange(70, 7000, 60.0)])
    current = 1e-7 + 9e-6 * np.exp(-time / settling)
    record = ec.cycling_table(time, np.full(time.size, 0.5), current)
    (step,) = ec.polarisation([record], PELLET, electrodes="two blocking").steps
    assert step.current == pytest.approx(1e-7, rel=0.01)
