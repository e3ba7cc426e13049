"""The bound of van Trees by hand, the laws of the design against those of the joint route, and a few series."""

import ast
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import null_space

pytest.importorskip("mrsimulator", reason="mrsimulator has no wheels for this Python")

import spectra
from shortrange.joint import COUPLINGS
from studies import joint_design, joint_ratios, joint_series, van_trees
from studies.joint_series import CELLS, CONTENTS, Cell
from studies.second_simulator import settings, truths

ROOT = Path(__file__).resolve().parents[1]
KNOWN = next(cell for cell in CELLS if (cell.separation, cell.signal_to_noise, cell.factor) == (0.6, 30.0, 0.1))


def test_bound_of_a_gaussian_law_by_hand_is_the_error_of_its_posterior_mean():
    """y = a u + noise of sd s, u of sd t: 1/(a^2/s^2 + 1/t^2), which the posterior mean has in simulated data."""
    a, s, t = 2.0, 0.6, 0.5
    information, prior = np.array([[a**2 / s**2]]), np.array([[1 / t**2]])
    by_hand = (a**2 / s**2 + 1 / t**2) ** -0.5
    (found,) = van_trees.bound([information], prior, np.eye(1))
    assert found == pytest.approx(by_hand)
    rng = np.random.default_rng(0)
    u = rng.normal(0, t, 20000)
    y = a * u + rng.normal(0, s, u.size)
    error = y * a / s**2 * by_hand**2 - u
    assert np.sqrt(np.mean(error**2)) == pytest.approx(found, rel=4 / np.sqrt(2 * u.size))


def test_bound_inside_a_balance_by_hand():
    """u + v = 1, both measured with sds 1 and 2, no prior: one way, information (1 + 1/4)/2 along (1, -1)/sqrt 2."""
    inside = null_space(np.ones((1, 2)))
    information = inside.T @ np.diag([1.0, 0.25]) @ inside
    found = van_trees.bound([information], np.zeros((1, 1)), np.eye(2) @ inside)
    assert found == pytest.approx([(1 / 1.25) ** 0.5] * 2)


def test_bound_averages_information_before_it_is_inverted():
    """Draws of information 1 and 9, prior 1: 1/6 is the bound, (1/2 + 1/10)/2 what estimates reach, squared."""
    rows = np.array([[1.0, 0.0]])
    drawn = [np.diag([one, 1e12]) for one in (1.0, 9.0)]
    prior = np.diag([1.0, 0.0])
    assert van_trees.bound(drawn, prior, rows) == pytest.approx([6**-0.5])
    assert van_trees.expected(drawn, prior, rows) == pytest.approx([0.3**0.5])


def test_laws_of_the_design_are_those_that_the_joint_route_declares():
    names = {"center": "center", "gauss": "gauss_fwhm", "lorentz": "lorentz_fwhm"}
    for quantity, name in names.items():
        coupling = COUPLINGS["NMR"][name]
        assert joint_series.CHANGE_SDS[quantity] == coupling.change
        assert joint_series.SCATTER_SDS[quantity] == coupling.scatter
    for quantity, default in (("gauss", spectra.nmr.GLASS_FWHM), ("lorentz", spectra.nmr.LORENTZ_FWHM)):
        assert (joint_series.MEANS[quantity], joint_series.LEVEL_SDS[quantity]) == (default.mean, default.sd)
    assert joint_series.BOUNDS["gauss"] == spectra.nmr.GLASS_FWHM_BOUNDS
    assert joint_series.BOUNDS["lorentz"] == spectra.nmr.LORENTZ_BOUNDS


def test_series_are_drawn_without_the_packages():
    allowed = {"__future__", "collections", "dataclasses", "math", "numpy", "scipy", "studies"}
    for path in ("joint_series.py", "van_trees.py"):
        for node in ast.walk(ast.parse((ROOT / "studies" / path).read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= allowed, path


@pytest.mark.parametrize("cell", [CELLS[0], CELLS[-1]])
def test_a_spectrum_is_its_expectation_and_white_noise(cell):
    """chi2 of the noise that a draw adds, and the lag of one point."""
    series = joint_series.draw(cell, 5)
    for glass in series.glasses:
        _, intensity = glass.spectra["31P NMR"]
        place = joint_series.names(glass.x).index(f"x = {glass.x}: scale")
        expected = joint_series.derivatives(series.settings, glass)[:, place]
        noise = (intensity / 1000 - expected) * cell.signal_to_noise
        assert expected.max() == pytest.approx(1.0)
        assert np.mean(noise**2) == pytest.approx(1.0, abs=4 * np.sqrt(2 / noise.size))
        assert abs(np.mean(noise[1:] * noise[:-1])) < 4 / np.sqrt(noise.size)


def test_shapes_scatter_as_one_glass_of_the_series_is_said_to():
    cell, rng = Cell(0.6, 30.0, 1.0), np.random.default_rng(0)
    drawn = np.array([joint_series._along(82.0, "center", cell, rng) for _ in range(4000)])
    pooled = np.sqrt(np.mean((drawn - 82.0) ** 2))
    assert pooled == pytest.approx(cell.marginal_sd("center"), rel=0.05)
    about_the_line = drawn[:, 1] - (2 * drawn[:, 0] + drawn[:, 3]) / 3  # of x = 0 and 0.75, at 0.25
    assert about_the_line.std() == pytest.approx(0.3 * np.sqrt(1 + 5 / 9), rel=0.05)


def test_truths_balance_and_rows_are_their_quantities():
    series = joint_series.draw(KNOWN, 3)
    order, rows = joint_series.all_names(), joint_series.rows()
    for glass in series.glasses[1:]:
        labels, matrix, right = truths.balances(series.settings, glass.x)
        amounts = np.array([glass.amounts[label] for label in labels])
        np.testing.assert_allclose(matrix @ amounts, right, atol=1e-9)
        _, ways = joint_series.inside(series.settings, glass.x)
        step = np.array([0.01, -0.02])
        moved = dict(zip(labels, amounts + ways @ step, strict=True))
        vector = np.zeros(len(order))
        vector[[order.index(name) for name in joint_series.names(glass.x) if " way " in name]] = step
        for quantity in (*joint_series.QUANTITIES, "P:S4"):
            before, after = (joint_ratios.value_in(one, quantity, glass.x) for one in (glass.amounts, moved))
            assert rows[glass.x, quantity] @ vector == pytest.approx(after - before)
        sites = truths.oxygen(settings("clean"), dict(glass.amounts))
        assert joint_ratios.value_in(glass.amounts, joint_series.SHARE, glass.x) == pytest.approx(
            sites[joint_series.SHARE]
        )


def test_sds_fall_with_the_noise_and_with_what_is_known_of_shapes():
    noisy, better = (joint_series.Bounds(Cell(0.6, ratio, 0.1), [0, 1]) for ratio in (10.0, 30.0))
    information = joint_series.information(joint_series.draw(KNOWN, 0), KNOWN)
    table = np.array(list(joint_series.rows().values()))
    tight, loose = (van_trees.sds(information + joint_series.prior_information(one), table) for one in (0.1, 1.0))
    assert np.all(tight < loose)
    for key, bound in better.bound.items():
        assert bound < noisy.bound[key]
        assert bound <= better.expected[key]
    assert better.interior == CONTENTS[1:]
    assert joint_series.Bounds(CELLS[0], [0, 1]).interior == (0.5, 0.75)  # PS3O of x = 0.25 is 0.08(3)


def test_shapes_that_are_not_shared_cost_what_their_laws_lose():
    """By hand, one shape of one glass: level, change and scatter 1, 2 z and 0.3 are its law; sharing only helps."""
    known = joint_series.prior_information(1.0, apart=("center",))
    order = joint_series.all_names()
    at = order.index("x = 0.75: P:S3O center")
    assert known[at, at] == pytest.approx(1 / (1.0 + 1.0 + 0.09))
    assert np.count_nonzero(known[at]) == 1
    found = joint_series.gains(CELLS[-2], [0, 1], "P:S3O")
    assert list(found) == ["center", "gauss", "lorentz", "all"]
    assert 1.0 <= min(found.values()) < found["all"] < 1.5


def test_ratios_are_paired_and_missing_answers_are_guesses():
    rng = np.random.default_rng(0)
    squares = rng.chisquare(1, 50)
    assert joint_ratios.ratio(4 * squares, squares, rng) == pytest.approx((2.0, 2.0, 2.0))
    middle, low, high = joint_ratios.ratio(squares, 1.0, rng)
    assert low < middle < high
    row = {"x": 0.5, "quantity": "P:S3O", "truth": 0.2, "joint": float("nan")}
    assert joint_ratios.errors([{"rows": [row]}], "joint", 0.5, "P:S3O").tolist() == pytest.approx([1 / 6 - 0.2])


def test_the_joint_route_is_near_its_bound_in_a_few_series(tmp_path, monkeypatch):
    """The small version of the study: 8 series of one cell, so that a ratio of 1 is 0.55 to 1.5 within 3 sds."""
    monkeypatch.setattr(joint_series, "CELLS", (KNOWN,))
    store = tmp_path / "store.jsonl"
    joint_design.run(store, 0, 8)
    records = joint_design.read(store)
    bounds = joint_series.Bounds(KNOWN, range(8))
    for quantity in joint_series.QUANTITIES:
        squares = joint_ratios.pooled(records, bounds, quantity, bounds.interior)
        over, _, _ = joint_ratios.ratio(squares["joint"], 1.0, np.random.default_rng(0))
        against, _, _ = joint_ratios.ratio(squares["joint"], squares["stepwise"], np.random.default_rng(0))
        assert 0.55 < over < 1.5
        assert against < 1.3
    text = joint_ratios.summary(records)
    assert text.count("| 0.1 | 0.6 | 30 |") == 2
    assert "joint: ok 24" in text
    joint_design.run(store, 0, 8)
    assert len(joint_design.read(store)) == 8


def test_means_of_samples_stand_beside_the_joint_route(tmp_path, monkeypatch):
    """One series of one cell whose shapes are declared; other cells have no samples."""
    declared = joint_series.Cell(1.0, 100.0, 1.0)
    monkeypatch.setattr(joint_series, "CELLS", (KNOWN, declared))
    store = tmp_path / "store.jsonl"
    joint_design.run(store, 0, 1, samples=200)
    (record,) = joint_design.read(store)
    assert record["cell"] == 1
    assert all(abs(row["mean"] - row["joint"]) < 3 * row["joint sd"] for row in record["rows"])
    assert any(row["mean"] != row["joint"] for row in record["rows"])
    text = joint_ratios.means_beside([record | {"settled": True}], np.random.default_rng(0))
    assert [line.split(" | ")[1:4] for line in text if line.startswith("| all")] == [
        ["all", quantity, "1"] for quantity in joint_series.QUANTITIES
    ]
    assert text[-1] == "samples of 1 series, in 1 of which all chains agree"
    assert joint_ratios.means_beside([record | {"settled": False}], np.random.default_rng(0)) == []
