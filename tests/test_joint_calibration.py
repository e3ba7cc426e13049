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
