"""Evidence that a solution refuses, and what normalised areas carry."""

import numpy as np
import pytest
from solved_glasses import LINES, TRUTH, areas_of, glass_of

import structure
from shortrange_core import BadInput, Estimates


def one_area(counts, *, area=1.0, variance=1.0):
    return Estimates.build(["a"], [area], [variance], assignment=[counts])


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: structure.statement("BO"), "0 of value, at_least and at_most"),
        (lambda: structure.statement("BO", value=1, at_most=2), "2 of value"),
        (lambda: structure.statement("BO", value=float("nan")), "not finite"),
        (lambda: structure.statement("BO", value=1, sd=-1), "sd = -1"),
        (lambda: structure.statement("BO * NBO", value=1), "not affine"),
        (lambda: structure.from_areas(Estimates.build(["a"], [1.0], [1.0])), "no facet 'assignment'"),
        (lambda: structure.from_areas(one_area("")), "none of the areas is assigned"),
        (lambda: structure.from_areas(one_area("BO", variance=0.0)), "has no sd"),
        (lambda: structure.from_areas(one_area("BO", area=np.nan)), "is nan"),
        (lambda: structure.from_areas(one_area("BO"), scale=-1), "scale = -1"),
        (lambda: structure.from_areas(one_area("BO"), response={"BO": 0}), "response of BO"),
    ],
)  # fmt: skip
def test_bad_evidence(make, match):
    with pytest.raises(BadInput, match=match):
        make()


def test_areas_whose_covariance_is_no_covariance():
    with pytest.raises(BadInput, match="not positive semi-definite"):
        structure.from_areas(
            Estimates.build(["a", "b"], [1.0, 1.0], [[1.0, 2.0], [2.0, 1.0]], assignment=["BO", "NBO"])
        )


def test_areas_normalised_to_their_sum_carry_no_more_than_their_ratios():
    """Fractions that sum to 1 have a singular covariance; with the scale unknown nothing is lost or gained."""
    glass = glass_of(TRUTH)
    areas = areas_of(LINES, TRUTH, 0.01, rng=np.random.default_rng(1))
    total = float(areas.value.values.sum())
    shares = areas.propagate(lambda v: v / v.sum(), areas.entries, assignment=list(LINES))
    one = structure.solve(glass, tuple(TRUTH), [structure.from_areas(areas, name="NMR")])
    other = structure.solve(glass, tuple(TRUTH), [structure.from_areas(shares, name="NMR")])
    assert total != 1
    assert other.fractions.value.values == pytest.approx(one.fractions.value.values, abs=1e-5)
    assert other.fractions.sd.values == pytest.approx(one.fractions.sd.values, rel=0.01, abs=1e-6)
    assert other.dof == one.dof


def test_evidence_must_be_about_the_species():
    glass = structure.composition("Na3PS4")
    with pytest.raises(BadInput, match="P:S3/S is not among the species"):
        structure.solve(glass, ("P:S4",), [structure.statement("P:S3/S", value=0.1, sd=0.1)])
    with pytest.raises(BadInput, match="2 pieces of evidence have this name"):
        structure.solve(glass, ("P:S4",), [structure.statement("P:S4", value=1, sd=1)] * 2)
    with pytest.raises(BadInput, match="per anion"):
        structure.solve(glass, ("P:S4", "P:S3~P", "Na2S", "S"), [structure.statement("P2S6(4-)", value=0.1, sd=1)])
