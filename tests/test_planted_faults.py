"""Detectability of planted faults: the projection by hand, and what one series gives."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("mrsimulator", reason="mrsimulator has no wheels for this Python")

from studies import planted_faults
from studies.planted_lambda import lambda_in_the_fit
from studies.second_simulator import oracle, settings, simulate, truths
from studies.second_simulator.faulty import seen
from studies.second_simulator.remains import remains
from studies.series_calibration import analysed


def test_what_a_law_takes_up_is_left_out():
    """One nuisance column j with sd p: lambda of s is s.s - (s.j)^2/(j.j + 1/p^2)."""
    jacobian, sd = np.array([[2.0], [0.0]]), 3.0
    information = jacobian.T @ jacobian + 1 / sd**2
    found = oracle.left(np.array([[2.0, 1.0], [0.0, 5.0]]), jacobian, information)
    assert found[0, 0] == pytest.approx(5.0 - 16.0 / (4.0 + 1 / 9))
    assert found[1].tolist() == pytest.approx([5.0, 25.0])  # not along the column: all is left


@pytest.fixture(scope="module")
def series():
    return planted_faults.design("clean", 3)


def test_every_fault_leaves_something_and_cosines_are_cosines(series):
    found = planted_faults.products(series)
    sizes = np.sqrt(np.diag(found))
    assert np.all(sizes > 0)
    cosines = found / np.outer(sizes, sizes)
    assert np.abs(cosines).max() <= 1 + 1e-6
    assert np.linalg.eigvalsh(found / np.outer(sizes, sizes)).min() > -1e-6
    phase = planted_faults.amplitude_of(series, "phase")
    assert planted_faults.amplitude_of(series, "phase", 100.0) == pytest.approx(2 * phase)
    assert 0.05 < phase < 90.0  # degrees


def test_a_referencing_that_its_law_allows_is_no_fault(series):
    """The energy of C 1s has a law, so that what is left of it is far less than it moves the spectrum."""
    glass = series.glasses[planted_faults.SECOND]
    moved = (seen(series, glass, "charge", 0.05) - seen(series, glass)) / 0.05
    at = list(planted_faults.STEPS).index("charge")
    assert planted_faults.products(series)[at, at] < 0.5 * float(moved @ moved)


def test_power_counts_what_clean_glasses_do_not_say_and_what_names_a_fault(tmp_path):
    seeds = itertools.count()

    def record(*codes, fault="none", inside=True):
        told = {
            "notes": [["warning", code, ""] for code in codes],
            "texts": [[code, "without Raman the rest agrees"] for code in codes],
        }
        rows = [{"inside": inside, "lower": 0.1, "upper": 0.15}, {"inside": inside, "lower": 0.1, "upper": np.nan}]
        return {"seed": next(seeds), "fault": fault, "lambda": 25.0, "amplitude": 0.1, "rows": rows, **told}

    impossible = {"seed": 9, "fault": "raman_swapped", "lambda": 25.0, "amplitude": 3.0}
    clean = [record("three-ppm-line"), record("three-ppm-line")]
    rates = [record("three-ppm-line", "spinning-rate-asked", fault="rate"), record("three-ppm-line", fault="rate")]
    swapped = [record("evidence-disagrees", fault="raman_swapped", inside=False), impossible]
    store, table = tmp_path / "store.jsonl", tmp_path / "table.csv"
    store.write_text("".join(json.dumps(row) + "\n" for row in [*clean, *rates, *swapped]), encoding="utf-8")
    counted = planted_faults.power(planted_faults.counts(store)).splitlines()
    assert counted[2].startswith("| none |  | 2 | 0.1 | 0 | 0 | 0 | 1.000 | 0.050 |")
    assert counted[3].startswith("| raman_swapped | 25 and above | 1 | 0.1 | 1 | 1 | 1 | 0.000 |")
    assert counted[4].startswith("| raman_swapped | cannot be | 1 | 3 | 0 | 0 | 0 |  |")
    assert counted[5] == "| rate | 25 and above | 2 | 0.1 | 1 | 1 | 1 | 1.000 | 0.050 | {'spinning-rate-asked': 1} |"
    for _ in range(2):  # the second time adds nothing
        planted_faults.keep(planted_faults.counts(store), table)
        assert planted_faults.power(planted_faults.counts(table)).splitlines() == counted


def test_what_a_descent_leaves_is_what_slopes_leave_of_a_small_fault(series):
    small = 0.1 * planted_faults.amplitude_of(series, "phase")
    assert planted_faults.remaining("clean", 3, "phase", small) == pytest.approx(0.25, rel=0.05)


def test_amounts_that_the_model_makes_leave_nothing(series):
    """From another glass of the same composition a descent comes to the one that is shown."""
    glass = series.glasses[planted_faults.SECOND]
    other = truths.draw_series(series.settings, [glass.x], np.random.default_rng(5))[0]
    mixed = {u: 0.7 * a + 0.3 * other.get(u, 0.0) for u, a in glass.amounts.items()}
    target = seen(series, replace(glass, amounts=mixed), like=glass)
    (left,) = remains(series, glass, [target], lambda there: seen(series, there, like=glass))
    before = seen(series, glass) - target
    assert before @ before > 100.0
    assert left < 0.05


def test_a_law_stays_where_it_was_while_a_parameter_moves(series):
    """Two Raman responses that fall by e^1.2, of laws with an sd of 1 in the logarithm: at most 2 x 1.44 is left."""
    glass = series.glasses[planted_faults.SECOND]
    bands = dict(glass.parameters["Raman"])
    for band in ("P:S3~P", "P:S3/S"):
        bands[f"{band} response"] *= np.exp(-1.2)
    other = replace(glass, parameters=glass.parameters | {"Raman": bands})
    target = seen(series, other, like=glass)
    (left,) = remains(series, glass, [target], lambda there: seen(series, there, like=glass))
    assert left < 2 * 1.2**2 + 0.01


def test_the_area_of_a_bond_is_its_own(series):
    """A recipe lets S-S count nothing, so that another area of it contradicts nothing."""
    glass = series.glasses[planted_faults.SECOND]
    bands = dict(glass.parameters["Raman"])
    bands["S-S response"] *= np.exp(-1.2)
    target = seen(series, replace(glass, parameters=glass.parameters | {"Raman": bands}), like=glass)
    (left,) = remains(series, glass, [target], lambda there: seen(series, there, like=glass))
    assert left < 0.1


def test_the_glass_that_faults_touch_is_a_series_of_this_study():
    made = planted_faults.design("clean", 3, rate=0.1)
    assert [glass.x for glass in made.glasses] == planted_faults.CONTENTS
    assert made.stated_rate == pytest.approx(1.1 * made.spectrometer.rate)
    assert [glass.x for glass in simulate(settings("clean"), 3).glasses] == [0.0, 0.15, 0.3, 0.6]  # left as it is


def test_in_the_model_of_the_fit_a_phase_costs_what_a_descent_leaves_and_relaxation_nothing():
    """A phase has a law and a prior of 2 degrees; relaxation times that nobody states have a prior in fits alone."""
    found = {}
    for fault, amplitude in (("phase", 12.0), ("t1", 1.0)):
        made = planted_faults.design("clean", 4512, **{fault: amplitude})
        glasses = made.glasses[planted_faults.SECOND : planted_faults.SECOND + 1]
        analysis = analysed(replace(made, glasses=glasses))
        found[fault] = lambda_in_the_fit(analysis, made, planted_faults.SECOND, fault)
    left = planted_faults.remaining("clean", 4512, "phase", 12.0)
    assert found["phase"] == pytest.approx(left, rel=0.25)
    assert -0.5 < found["t1"] < 5.0
