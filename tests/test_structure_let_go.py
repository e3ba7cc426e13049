"""Intervals beside a bound: what an amount that is held at 0 could take from the others, were it there."""

import numpy as np
import pytest
from scipy.optimize import minimize
from solved_glasses import LINES, TRUTH, areas_of, glass_of
from test_structure_exactness import random_glass

import structure
from structure.solving._let_go import LetGo

GLASS, SPECIES = structure.composition("70Na2S-30P2S5"), ("P:S4", "P:S3/S", "P:S2/S2", "Na2S")
EVIDENCE = (
    structure.statement("P:S4", value=-0.02, sd=0.03, name="31P NMR"),
    structure.statement("P:S2/S2", value=0.3, sd=0.005, name="Raman"),
)


def test_what_ps4_could_be_is_left_open_for_its_neighbours():
    """By hand: chi2 rises by 3.84 at P:S4 = a with (a + 0.02)^2/0.03^2 = (0.02/0.03)^2 + 3.84, so a = 0.0421.

    P:S3/S = 1 - a - P:S2/S2 ends at the least of 0.7 - a - 0.005 z on that ellipse, 0.6570; Na2S, whose charge is
    that of what the units leave, at 0.3167 - a/2 - 0.0025 z, 0.2952. Upwards nothing can be let go.
    """
    solution = structure.solve(GLASS, SPECIES, EVIDENCE)
    a = np.linspace(0, 0.0421, 100_001)
    z = np.sqrt(np.maximum(1.959964**2 + (0.02 / 0.03) ** 2 - ((a + 0.02) / 0.03) ** 2, 0))
    least = [0.0, 0.7 - (a + 0.005 * z).max(), 0.3 - 0.0098, 0.3166667 - (a / 2 + 0.0025 * z).max()]
    assert solution.lower == pytest.approx(least, abs=1e-5)
    assert solution.upper == pytest.approx([0.0421, 0.7098, 0.3098, 0.3166667 + 0.0049], abs=1e-5)


def test_samples_of_the_posterior_lie_in_the_intervals_as_often_as_they_say():
    solution = structure.solve(GLASS, SPECIES, EVIDENCE)
    drawn = structure.sample(GLASS, SPECIES, EVIDENCE, draws=20_000, rng=np.random.default_rng(0))
    for name, low, high in zip(solution.species, solution.lower, solution.upper, strict=True):
        values = drawn.values(name)
        assert np.mean((values >= low) & (values <= high)) > 0.9, name  # 0.62 of P:S3/S on the face alone


def test_no_interval_is_narrower_than_the_profile_of_chi2():
    """As `ranges` follows it by descents; an interval of the face alone was narrower in a quarter of these."""
    beside = 0
    for seed in range(60):
        glass, species, evidence = random_glass(seed)
        solution = structure.solve(glass, species, evidence, check=False)
        profile = structure.ranges(glass, species, evidence, level=0.95, quantities=species)
        slack = 1e-3 * (profile.upper - profile.lower) + 1e-6
        assert np.all(solution.lower <= profile.lower + slack), seed
        assert np.all(solution.upper >= profile.upper - slack), seed
        beside += sum(status == "ok" for status in solution.statuses) * ("at_bound" in solution.statuses)
    assert beside > 100


def test_limits_that_nobody_asks_for_change_nothing_else_to_the_bit():
    """In the last, Raman areas of unknown responses leave amounts open, whose limits are profiles: those take time."""
    raman = structure.from_areas(areas_of(LINES[:3], TRUTH, 0.01, technique="Raman"), response={"*": (1.0, 1.0)})
    last = (glass_of(TRUTH), tuple(TRUTH), [raman])
    for glass, species, evidence in (*(random_glass(seed) for seed in range(12)), last):
        whole = structure.solve(glass, species, evidence, check=False)
        bare = structure.solve(glass, species, evidence, check=False, intervals=False)
        for name in ("values", "covariance", "log_values", "log_covariance", "predicted", "pull"):
            np.testing.assert_array_equal(getattr(bare, name), getattr(whole, name), name)
        assert (bare.chi2, bare.status, bare.statuses) == (whole.chi2, whole.status, whole.statuses)
        assert [note.text for note in bare.notes] == [note.text for note in whole.notes]
        assert np.all(np.isnan([bare.lower, bare.upper]))
    assert set(whole.statuses) == {"undetermined"}
    assert np.all(whole.upper < 1)  # by profiles, for no sd is known


STRICT = {"ftol": 1e-13, "maxiter": 500}


@pytest.mark.parametrize("seed", range(30))
def test_the_farthest_of_several_walls_is_that_of_another_program(seed):
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 5))
    factor = rng.normal(size=(count, count + 1))
    stiffness, slope = factor @ factor.T, rng.exponential(size=count)
    gain, sd, reach = rng.normal(size=count), float(rng.choice([0.0, 0.5])), 1.96
    (ends,) = LetGo(slope, stiffness, gain[None, :]).ends(np.array([sd]), reach)
    for end, way in zip(ends, (-gain, gain), strict=True):
        room = {
            "type": "ineq",
            "fun": lambda p: reach**2 - p[0] ** 2 - p[1:] @ stiffness @ p[1:] - 2 * slope @ p[1:],
        }
        best = max(
            -minimize(
                lambda p, way=way: -(sd * p[0] + way @ p[1:]), np.r_[start, np.full(count, 0.1)], method="SLSQP",
                bounds=[(None, None)] + [(0, None)] * count, constraints=[room], options=STRICT,
            ).fun
            for start in (0.5, 1.5)
        )  # fmt: skip
        assert end == pytest.approx(best, rel=1e-4, abs=1e-5)
