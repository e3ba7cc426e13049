"""Calibration of the joint route: one whole series from files to a record, and what is counted from records."""

import numpy as np
import pytest

pytest.importorskip("mrsimulator", reason="mrsimulator has no wheels for this Python")

from studies import joint_calibration
from studies.series_summary import summary

SEED = 10402


@pytest.fixture(scope="module")
def record():
    return joint_calibration.one_series("coupled", SEED)


def test_a_series_by_the_laws_of_the_joint_route_is_held_by_it(record):
    """Shapes go together as the route declares and PS3O has a tensor of its own, which one spectrum cannot tell."""
    inside = [np.mean([row["inside"] for row in record[route]]) for route in ("stepwise", "rows")]
    assert inside[1] > 0.9
    assert inside[1] > inside[0]
    assert not any(row[-1] for row in record["groups"])  # nothing contradicts


def test_both_routes_stand_side_by_side(record):
    text = joint_calibration.side_by_side([record])
    covered = np.mean([row["inside"] for row in record["rows"]])
    assert f"{covered:.3f}" in next(line for line in text.splitlines() if line.startswith("joint"))
    absent = sum(row["truth"] < 1e-6 for row in record["averaged"])
    found = next(line for line in joint_calibration.over_sets([record]).splitlines() if line.startswith("absent"))
    assert found.split()[1] == str(absent)
    assert "1 series, 0 raised" in summary([record])


def test_how_likely_an_absent_unit_was_before_moves_what_is_said_of_it_after():
    """A unit that the spectra make as likely absent as not, of which one in ten is absent before: 0.1."""
    rows = [{"truth": 0.1, "inside": True, "lower": 0.0, "upper": 0.2, "zero": 0.5, "united": False}]
    said = [
        joint_calibration.over_sets([{"seed": 1, "averaged": rows}], *absent).splitlines()[-1]
        for absent in ((), (0.1,))
    ]
    assert [line.split()[:5] for line in said] == [
        ["0.50", "to", "0.75", "1", "0.500"],
        ["0.05", "to", "0.25", "1", "0.100"],
    ]


def test_units_beside_one_near_zero_are_counted_apart():
    """In the first glass P:O4 lies 2 sds from zero, in the second 5: the unit beside it is told by that."""
    rows = [
        {"x": x, "quantity": quantity, "truth": truth, "value": truth - 0.005, "sd": 0.01, "bound": False}
        for x, small in ((0.3, 0.02), (0.6, 0.05))
        for quantity, truth in (("P:S4", 0.9), ("P:O4", small))
    ]
    *_, first, second = joint_calibration.beside_walls([{"rows": rows}]).splitlines()
    assert first.split() == ["P:S4", "1", "-0.50", "(0.00)", "-0.50", "(0.00)", "1"]
    assert second.split() == ["P:O4", "2", "-0.50", "(0.00)", "0"]
