"""Rows, constants, scales and responses of the balances by hand: what a small fault in their code would change."""

import numpy as np
import pytest
from solved_glasses import LINES, TRUTH, areas_of, glass_of

import structure
from shortrange_core import BadInput, Estimates
from structure.balances import balance_lines, quantity_row
from structure.units import unit_of

UNITS = [unit_of(label) for label in ("P:S4", "P:S3/O", "P:S2/O2", "P:S3~P", "B:/O4", "Na2O", "Na2S", "Na2S2", "S")]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("sulfide", [0, 0, 0, 0, 0, 0, 1, 0, 0]),  # no S in Na2O; that of Na2S2 and of sulfur is bound to S
        ("Q1", [0, 1, 0, 0, 0, 0, 0, 0, 0]),  # a P-P bond is no bridge, and its unit no group of Q
        ("P1", [0, 1, 0, 0, 0, 0, 0, 0, 0]),
        ("P0", [1, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("B4", [0, 0, 0, 0, 1, 0, 0, 0, 0]),
        ("P-O-P", [0, 1, 2, 0, 0, 0, 0, 0, 0]),
        ("P-S-P", [0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ],
)
def test_what_a_name_counts_of_every_unit(text, row):
    counted, constant = quantity_row(text, UNITS)
    assert counted.tolist() == row
    assert constant == 0


def test_the_crystalline_part_is_a_variable_of_its_own():
    counted, _ = quantity_row("Na2S(cr)", UNITS[-3:-1], ("Na2S2", "Na2S"))
    assert counted.tolist() == [0, 0, 0, 1]


def test_a_constant_of_a_quantity_moves_its_bound():
    """Na3PS3.4O0.6: what holds for BO at 0.05 holds for BO + 0.1 at 0.15, exactly, within an sd, and in a ratio."""
    glass, labels = glass_of(TRUTH), tuple(TRUTH)
    areas = structure.from_areas(areas_of(LINES, TRUTH, 0.01, rng=np.random.default_rng(3)), scale=1.0, name="NMR")
    for plain, moved in (
        ({"quantity": "BO", "value": 0.05}, {"quantity": "BO + 0.1", "value": 0.15}),
        ({"quantity": "BO", "value": 0.05, "sd": 0.001}, {"quantity": "BO + 0.1", "value": 0.15, "sd": 0.001}),
        ({"quantity": "BO/NBO", "value": 0.1}, {"quantity": "0.5*BO + 0.5*BO", "of": "NBO", "value": 0.1}),
        (
            {"quantity": "BO + 0.1*P", "of": "NBO", "value": 0.3, "sd": 0.001},  # P is 1: amounts are per P
            {"quantity": "BO + 0.1", "of": "NBO", "value": 0.3, "sd": 0.001},
        ),
        ({"quantity": "BO", "value": 0.1, "of": "NBO + 1"}, {"quantity": "BO - 0.1*NBO", "value": 0.1}),
    ):
        one, other = (
            structure.solve(glass, labels, [areas, structure.statement(**stated)], check=False)
            for stated in (plain, moved)
        )
        np.testing.assert_allclose(other.values, one.values, atol=1e-7)


def test_a_stated_scale_is_what_the_areas_are_divided_by():
    glass, labels = glass_of(TRUTH), tuple(TRUTH)
    plain = areas_of(LINES, TRUTH, 0.01, rng=np.random.default_rng(4))
    doubled = plain.propagate(lambda v: 2 * v, plain.entries, assignment=list(LINES))
    answers = [
        structure.solve(glass, labels, [structure.from_areas(areas, scale=scale, response=response, name="NMR")])
        for areas, scale, response in (
            (plain, 1.0, None),
            (doubled, 2.0, None),
            (plain, (1.0, 0.05), None),
            (doubled, (2.0, 0.1), None),
            (plain, 1.0, {"P:S4": (1.0, 0.1)}),
            (doubled, 2.0, {"P:S4": (1.0, 0.1)}),
        )
    ]
    for one, other in (answers[:2], answers[2:4], answers[4:]):
        np.testing.assert_allclose(other.values, one.values, atol=1e-6)
        assert other.chi2 == pytest.approx(one.chi2, abs=1e-6)


def test_measured_responses_carry_relative_sds():
    factors = Estimates.build(["P:S4", "P:O4"], [2.0, 0.5], [0.04, 0.0025])
    areas = areas_of(LINES, TRUTH, 0.01, rng=np.random.default_rng(5))
    made = structure.from_areas(areas, response=factors)
    assert {key: (median, sd) for key, median, sd in made.responses} == {
        "P:S4": pytest.approx((2.0, 0.1)),
        "P:O4": pytest.approx((0.5, 0.1)),
    }


def test_areas_of_two_samples_and_covariances_of_small_numbers_are_refused():
    with pytest.raises(BadInput, match="the areas mix sample one, two"):
        structure.from_areas(
            Estimates.build(["a", "b"], [1.0, 1.0], [1.0, 1.0], assignment=["BO", "NBO"], sample=["one", "two"])
        )
    small = 1e-12 * np.array([[1.0, 2.0], [2.0, 1.0]])
    with pytest.raises(BadInput, match="not positive"):
        structure.balances.Areas("a", "", "", ("a", "b"), ("BO", "NBO"), np.ones(2), small, (1.0, np.inf), (), ())


def test_lines_that_hold_exactly_leave_no_soft_ones():
    lines = balance_lines(structure.composition("Na3PS4"), [unit_of("P:S4"), unit_of("P:S3/S"), unit_of("Na2S")])
    (matrix, right), (soft, none) = lines.split()
    assert matrix.shape == (3, 3)
    assert right.size == 3
    assert soft.shape == (0, 3)
    assert none.size == 0
