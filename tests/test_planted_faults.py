"""Detectability of planted faults: the projection by hand, and what one series gives."""

import numpy as np
import pytest

pytest.importorskip("mrsimulator", reason="mrsimulator has no wheels for this Python")

from studies import planted_faults
from studies.second_simulator import oracle, settings, simulate


def test_what_a_law_takes_up_is_left_out():
    """One nuisance column j with sd p: lambda of s is s.s - (s.j)^2/(j.j + 1/p^2)."""
    jacobian, sd = np.array([[2.0], [0.0]]), 3.0
    information = jacobian.T @ jacobian + 1 / sd**2
    found = oracle.left(np.array([[2.0, 1.0], [0.0, 5.0]]), jacobian, information)
    assert found[0, 0] == pytest.approx(5.0 - 16.0 / (4.0 + 1 / 9))
    assert found[1].tolist() == pytest.approx([5.0, 25.0])  # not along the column: all is left


@pytest.fixture(scope="module")
def series():
    return simulate(settings("clean"), 3)


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
    moved = (planted_faults.seen(series, glass, "charge", 0.05) - planted_faults.seen(series, glass)) / 0.05
    at = list(planted_faults.STEPS).index("charge")
    assert planted_faults.products(series)[at, at] < 0.5 * float(moved @ moved)


def test_power_counts_what_clean_series_do_not_say():
    def record(*codes, **faults):
        return {"faults": faults, "rows": [{"inside": True}], "notes": [["warning", code, ""] for code in codes]}

    clean = [record("three-ppm-line"), record("three-ppm-line")]
    planted = [
        record("three-ppm-line", "misfit", phase=3.0),
        record("three-ppm-line", phase=3.0),
    ]
    row = planted_faults.power(clean, planted).splitlines()[2]
    assert row.startswith("| phase | 2 | 1 | 1.00 | {'misfit': 1}")
