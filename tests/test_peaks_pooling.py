"""Pooling: by hand, a published comparison of nine laboratories, simulated coverage, pairs of papers."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

import reference_peaks
from reference_peaks import pooling
from reference_peaks.entries import Claim, Quantity
from reference_peaks.pooling import (
    NORMAL_95,
    SHRINKAGE_SOURCES,
    TechniqueSpread,
    paper_difference,
    pool_group,
    technique_spread,
)
from shortrange_core.errors import BadInput

# Nine laboratories in a key comparison: the first example of Kacker, Metrologia 41, 132 (2004), Table 1.
KACKER = np.array([61.00, 61.40, 62.21, 62.30, 62.34, 62.60, 62.70, 62.84, 65.90])
KACKER_VARIANCES = np.array([0.2025, 1.2100, 0.0900, 0.2025, 0.3844, 0.5625, 0.0676, 0.0225, 1.8225])


@pytest.fixture(scope="module")
def library() -> reference_peaks.Library:
    return reference_peaks.load()


def test_two_equal_sources_by_hand() -> None:
    pooled = pooling.random_effects([0.0, 2.0], [1.0, 1.0])
    assert pooled.mean == pytest.approx(1.0)
    assert pooled.q == pytest.approx(2.0)
    assert pooled.spread == pytest.approx(1.0)
    assert pooled.standard_error == pytest.approx(1.0)
    assert pooled.i_squared == pytest.approx(0.5)


def test_agreeing_sources_have_no_spread() -> None:
    pooled = pooling.random_effects([82.0, 82.1, 81.9], [1.0, 1.0, 1.0])
    assert pooled.spread == 0
    assert pooled.standard_error == pytest.approx(1 / np.sqrt(3))


def test_published_worked_example() -> None:
    assert np.sqrt(pooling.paule_mandel(KACKER, KACKER_VARIANCES)) == pytest.approx(0.8399, abs=6e-5)


def test_confidence_distribution_of_the_spread_is_exact_for_equal_variances() -> None:
    """With equal variances, Q is (1 + tau2 / v) times chi-squared: P(tau2 = 0) is its upper tail at Q."""
    y, v = np.array([0.0, 1.0, 3.0, 4.0]), np.full(4, 1.0)
    tau2 = pooling.spread_draws(y, v, np.random.default_rng(1), 200_000)
    q = float(((y - y.mean()) ** 2).sum())
    assert np.mean(tau2 == 0) == pytest.approx(chi2.sf(q, 3), abs=4e-3)
    for share in (0.3, 0.5, 0.8):
        assert np.quantile(tau2, share) == pytest.approx(q / chi2.isf(share, 3) - 1, rel=0.03)


def test_confidence_distribution_of_the_spread_is_that_of_cochrans_q_for_unequal_variances() -> None:
    """P(tau2 <= t) is the chance that data of the between-source variance t have no less than the Q of these."""
    y, v = np.array([0.0, 1.0, 3.0, 4.5]), np.array([0.1, 0.4, 1.6, 6.4])

    def q_of(values: np.ndarray) -> np.ndarray:
        mean = (values / v).sum(axis=-1, keepdims=True) / (1 / v).sum()
        return np.asarray(((values - mean) ** 2 / v).sum(axis=-1))

    tau2 = pooling.spread_draws(y, v, np.random.default_rng(1), 100_000)
    rng = np.random.default_rng(2)
    for between in (0.3, 1.0, 4.0):
        data = rng.standard_normal((100_000, 4)) * np.sqrt(v + between)
        assert np.mean(tau2 <= between) == pytest.approx(np.mean(q_of(data) >= q_of(y)), abs=0.009)


def test_a_prediction_interval_has_equal_tails() -> None:
    low, high = pooling.prediction_interval(
        [-1.0, 0.0, 1.0], [0.1, 0.1, 0.1], rng=np.random.default_rng(0), draws=100_000, level=0.8
    )
    assert low == pytest.approx(-high, rel=0.05)


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=8), st.floats(-1000, 1000), st.floats(0.01, 100))
def test_prediction_interval_moves_and_stretches_with_the_numbers(y: list[float], shift: float, factor: float) -> None:
    v = np.full(len(y), 0.3)
    low, high = pooling.prediction_interval(y, v, rng=np.random.default_rng(0), draws=400)
    again = pooling.prediction_interval(
        np.array(y) * factor + shift, v * factor**2, rng=np.random.default_rng(0), draws=400
    )
    assert again == pytest.approx(
        (low * factor + shift, high * factor + shift), rel=1e-6, abs=1e-6 * max(1, abs(shift))
    )


@pytest.mark.parametrize("sources", [3, 6])
@pytest.mark.parametrize("ratio", [0.3, 1.0, 3.0])
def test_prediction_intervals_cover(sources: int, ratio: float) -> None:
    """The small version of studies/peak_pooling.py: 400 data sets, so 95 % within 4 standard errors is 90.6 % on."""
    hits = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        y = ratio * rng.standard_normal(sources) + rng.standard_normal(sources)
        low, high = pooling.prediction_interval(y, np.ones(sources), rng=rng, draws=1000)
        hits += low <= ratio * rng.standard_normal() <= high
    assert 0.906 <= hits / 400 <= 0.99


def test_two_way_recovers_paper_offset_and_error() -> None:
    papers = [f"p{i}" for i in range(12)]
    found = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        offset = dict(zip(papers, 0.5 * rng.standard_normal(12), strict=True))
        rows = [(f"i{i}", p) for i in range(12) for p in papers if rng.random() < 0.5]
        y = [float(int(i[1:]) + offset[p] + 0.2 * rng.standard_normal()) for i, p in rows]
        fit = pooling.two_way([i for i, _ in rows], [p for _, p in rows], y, np.full(len(y), 1e-4), scale=0.4)
        found.append((fit.paper_sd, fit.error_sd))
    assert np.mean(found, axis=0) == pytest.approx([0.5, 0.2], rel=0.12)


def test_pelavin_lies_above_franke_by_what_nist_added(library: reference_peaks.Library) -> None:
    claims = library.select(technique="P 2p XPS")
    difference = paper_difference(claims, library.settings, "pelavin1970", "franke1991", as_printed=True)
    assert difference.size == 6
    assert difference.min() == pytest.approx(0.35)
    assert difference.max() == pytest.approx(1.30)
    assert difference.mean() == pytest.approx(0.8, abs=0.05)
    assert difference.std(ddof=1) == pytest.approx(0.4, abs=0.05)
    with pytest.raises(BadInput, match="pelavin1970 and franke1991 share no line of one material and scale"):
        paper_difference(claims, library.settings, "pelavin1970", "franke1991")


def test_a_step_of_the_database_is_told_and_sets_no_spread(library: reference_peaks.Library) -> None:
    moved = library.select(source="pelavin1970")
    assert len(moved) == 11 + 2  # of the first and the second raw table
    assert {claim.scale for claim in moved} == {"raised 0.8 eV by NIST"}
    assert all("increased by 0.8 eV" in claim.notes for claim in moved)
    assert library.get("P-2p-XPS/P.2p3-2.pelavin1970.1").quantity.value == 130.9
    assert "pelavin1970" not in library.spread("P 2p XPS").offsets
    for label in ("P:O4", "P:O3/O", "P:SO3"):
        pooled = library.pool("P 2p XPS", [label], cation="Na", phase="crystal")[label]
        assert "pelavin1970" not in {source.source for source in pooled.sources}
    with_step = [dataclasses.replace(claim, scale="adventitious C 1s") for claim in moved]
    rest = [claim for claim in library.claims if claim.source != "pelavin1970"]
    before = technique_spread((*rest, *with_step), "P 2p XPS", library.settings)
    assert library.spread("P 2p XPS").spread < before.spread


def test_spread_is_estimated_where_the_library_can_and_stated_where_not(library: reference_peaks.Library) -> None:
    for technique in library.techniques:
        fitted = library.spread(technique)
        assert fitted.spread > 0
        assert fitted.default == (technique not in ("O 1s XPS", "P 2p XPS", "S 2p XPS", "Na 1s XPS"))
    assert "default of the technique" in library.spread("31P NMR").reason
    assert "lines of this library" in library.spread("P 2p XPS").reason


def claim(source: str, value: float, scale: str = "adventitious C 1s", sd: float | None = None) -> Claim:
    quantity = Quantity("position", "eV", value, sd)
    base = Claim(
        "", "P 2p XPS", "P:O4", "unit", quantity, source, line="2p3/2", cation="Na", phase="crystal", scale=scale
    )
    return dataclasses.replace(base, key=f"{source}-{value}")


SPREAD = TechniqueSpread(0.4, "eV", 0.3, 0.27, 10, False, "stated", {})


def test_one_source_takes_the_spread_of_the_technique(library: reference_peaks.Library) -> None:
    pooled = pool_group([claim("a", 132.5, sd=0.1)], SPREAD, library.settings, target="adventitious C 1s")
    assert (pooled.mean, pooled.spread, pooled.default) == (132.5, 0.4, True)
    assert pooled.sd == pytest.approx(np.hypot(0.4, 0.1))
    assert pooled.upper - pooled.mean == pytest.approx(NORMAL_95 * pooled.sd)
    assert [note.code for note in pooled.notes] == ["technique-spread"]


def test_numbers_of_one_paper_count_once(library: reference_peaks.Library) -> None:
    many = [claim("a", 132.0)] + [claim("b", 133.0 + 0.01 * i) for i in range(9)]
    pooled = pool_group(many, SPREAD, library.settings, target="adventitious C 1s")
    assert len(pooled.sources) == 2
    assert pooled.mean == pytest.approx(132.52, abs=0.01)


def test_spread_is_shrunk_towards_the_technique(library: reference_peaks.Library) -> None:
    agreeing = [claim(name, 132.5) for name in "abcdef"]
    pooled = pool_group(agreeing, SPREAD, library.settings, target="adventitious C 1s")
    assert pooled.own_spread == 0
    assert pooled.spread == pytest.approx(0.4 * np.sqrt(SHRINKAGE_SOURCES / (SHRINKAGE_SOURCES + 5)))
    assert not pooled.default


def test_pulls_and_the_shrunk_spread_by_hand(library: reference_peaks.Library) -> None:
    """Two sources 2 eV apart, sd 0.1: their own variance is 2 - 0.01, and weighs one to the technique's four."""
    group = [claim("a", 132.0, sd=0.1), claim("b", 134.0, sd=0.1)]
    pooled = pool_group(group, SPREAD, library.settings, target="adventitious C 1s")
    assert pooled.own_spread == pytest.approx(np.sqrt(1.99))
    assert pooled.spread == pytest.approx(np.sqrt((4 * 0.4**2 + 1.99) / 5))
    assert pooled.standard_error == pytest.approx(np.sqrt((0.1**2 + pooled.spread**2) / 2))
    apart = np.sqrt(2 * (0.1**2 + 0.4**2))  # each against the other, whose spread is the technique's
    assert [source.pull for source in pooled.sources] == pytest.approx([-2 / apart, 2 / apart])


def test_readings_without_an_sd_have_a_tenth_of_the_spread_of_the_technique(library: reference_peaks.Library) -> None:
    """Two papers, twelve lines, every other one 0.3 eV off in one of them: what reading them makes is no error."""
    group = tuple(
        dataclasses.replace(claim(paper, 130.0 + line + 0.3 * (paper == "b" and line % 2)), sample=f"s{line}")
        for paper in "ab"
        for line in range(12)
    )
    spread = technique_spread(group, "P 2p XPS", library.settings)
    assert not spread.default
    reading = 0.1 * library.settings.spread("P 2p XPS").spread
    scatter = 12 * 0.15**2 / 11 / 2  # of the differences, over the two papers
    assert spread.error_sd == pytest.approx(np.sqrt(scatter - reading**2), rel=0.03)


def test_an_outlying_source_is_named(library: reference_peaks.Library) -> None:
    group = [claim(name, 132.5 + 0.05 * i) for i, name in enumerate("abcde")] + [claim("far", 136.0)]
    pooled = pool_group(group, SPREAD, library.settings, target="adventitious C 1s")
    assert pooled.outliers == ("far",)
    assert "outlying-source" in [note.code for note in pooled.notes]


def test_a_moved_scale_is_noted_and_doubted(library: reference_peaks.Library) -> None:
    group = [claim("a", 132.5), claim("b", 132.7, scale="Au 4f")]
    pooled = pool_group(group, SPREAD, library.settings, target="adventitious C 1s")
    assert "scale-moved" in [note.code for note in pooled.notes]
    assert pooled.sources[1].sd > 0.7
    assert pooled.mean == pytest.approx(132.5 + 0.2 * 0.161 / (0.161 + 0.755), abs=0.02)


def test_disputed_outlier_of_the_library_is_not_pooled(library: reference_peaks.Library) -> None:
    pooled = library.pool("P 2p XPS", ["P:O4"], cation="Na", phase="crystal", line="2p")["P:O4"]
    assert max(source.value for source in pooled.sources) < 134


def test_pooling_refuses_what_it_cannot_use(library: reference_peaks.Library) -> None:
    with pytest.raises(BadInput, match="at least 2 finite values"):
        pooling.random_effects([1.0], [1.0])
    with pytest.raises(BadInput, match="positive variance"):
        pooling.paule_mandel([1.0, 2.0], [1.0, 0.0])
    with pytest.raises(BadInput, match="between 0 and 1"):
        pooling.prediction_interval([1, 2, 3], [1, 1, 1], rng=np.random.default_rng(0), level=95)
    with pytest.raises(BadInput, match="no line has two papers"):
        pooling.two_way(["a", "b"], ["p", "q"], [1.0, 2.0], [1.0, 1.0], scale=1.0)
    with pytest.raises(BadInput, match="share no line"):
        paper_difference(library.claims, library.settings, "chi2021", "pelavin1970")
    with pytest.raises(BadInput, match="no claim to pool"):
        pool_group([], SPREAD, library.settings, target="")
