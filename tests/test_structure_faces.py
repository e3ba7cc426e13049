"""Figures and the command line of the balances."""

import json
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from typed_commands import run

import structure
from shortrange import balance as balances
from shortrange_core import BadInput
from shortrange_core.colours import colour_of
from structure import plots

GLASS = structure.composition("50Na2O-50P2O5")
UNITS = ("P:O/O3", "P:O2/O2", "P:O3/O")


def series():
    glasses = [
        structure.Glass(f"m{m}", float(m), structure.composition("mNa2O-(100-m)P2O5", m=m), (
            structure.statement("P:O2/O2", value=0.85, sd=0.03, name="NMR"),
        ))
        for m in (45, 50, 55)
    ]  # fmt: skip
    return structure.solve_series(glasses, UNITS)


def test_stack_of_fractions_fills_to_one():
    found = series()
    axes: Any = plots.plot_fractions(found)
    tops = [patch.get_y() + patch.get_height() for patch in axes.patches]
    assert tops[2::3] == pytest.approx([1.0] * 3)
    assert [text.get_text() for text in axes.get_legend().get_texts()][-1] == "at most"
    colours = {to_hex(patch.get_facecolor()) for patch in axes.patches}
    assert colours == {colour_of(label) for label in UNITS}
    with pytest.raises(BadInput, match="at least two glasses"):
        plots.plot_fractions(structure.solve_series([structure.Glass("a", 0.0, GLASS)], UNITS))


def test_boundaries_of_a_stack_have_the_interval_of_the_sum_below():
    """Two units that trade against each other: each is known to 0.1, their sum exactly."""
    found = series()
    axes = plots.plot_stack(found.solutions, found.names, x=found.x, level=0.6827)
    bars = [bar for container in axes.containers for bar in getattr(container, "lines", ((), (), ()))[2] or ()]
    reach = sorted({round(float(np.ptp(bar.get_segments()[0][:, 1])), 9) for bar in bars})
    expected = []
    for solution in found.solutions:
        for count in (1, 2):
            lower, upper = np.clip(
                structure.value_of(solution, " + ".join(UNITS[:count])).interval(0.6827).values[0], 0, 1
            )
            expected.append(round(float(upper - lower), 9))
    assert reach == pytest.approx(sorted(set(expected)), abs=1e-6)
    gap = plots.plot_stack([None, found.solutions[0]], ["lost", "kept"])
    assert len(gap.patches) == 3
    assert [label.get_text() for label in gap.get_xticklabels()] == ["lost", "kept"]


def test_sites_against_x_agree_with_the_composition():
    axes = plots.plot_sites(series())
    share = axes.figure.axes[1].lines[0].get_ydata()
    ratio = np.array([45 / 55, 1.0, 55 / 45])
    assert share == pytest.approx((3 - ratio) / (5 + ratio))


def test_ranges_pulls_and_conflicts_are_drawn():
    evidence = [structure.statement("P:O2/O2", value=0.9, sd=0.02)]
    wide, narrow = structure.ranges(GLASS, UNITS), structure.ranges(GLASS, UNITS, evidence, level=0.95)
    axes = plots.plot_ranges(wide, narrow)
    assert len(axes.patches) == 2 * len(wide.quantities)
    with pytest.raises(BadInput, match="different quantities"):
        plots.plot_ranges(wide, structure.ranges(GLASS, UNITS, quantities=("BO",)))
    solution = structure.solve(GLASS, UNITS, [*evidence, structure.statement("P2", value=0.94, sd=0.02)])
    bars: Any = plots.plot_pulls(solution).patches
    assert [bar.get_width() for bar in bars] == pytest.approx([1.0, -1.0])
    clash = structure.conflicts(GLASS, UNITS, [*evidence, structure.statement("P2", value=0.2, sd=0.02)])
    assert "P2" in " ".join(t.get_text() for t in plots.plot_conflicts(clash).get_yticklabels())
    with pytest.raises(BadInput, match="no contradiction"):
        plots.plot_conflicts(structure.conflicts(GLASS, UNITS, evidence))


def test_balance_command_answers_with_the_paper_conflict(tmp_path, capsys):
    file = tmp_path / "paper.toml"
    file.write_text(balances.example_text(), encoding="utf-8")
    code, out, _ = run(capsys, "balance", str(file), "--json")
    answer = json.loads(out)
    assert code == 0
    assert len(answer["conflicts"]) == 1
    assert answer["conflicts"][0]["members"][-1] == "composition"
    least = {i["dropped"][0][:3]: i["ranges"]["Na2S"][0] for i in answer["implications"]}
    assert least["XRD"] == pytest.approx(0.54)
    code, out, _ = run(capsys, "balance", str(file))
    assert "these contradict one another" in out
    code, out, _ = run(capsys, "balance", "--example")
    assert out.strip() == balances.example_text().strip()


def test_balance_command_with_areas_gives_fractions(tmp_path, capsys):
    file = tmp_path / "glass.toml"
    file.write_text(
        """
schema = 1
composition = "mNa2O-(100-m)P2O5"
amounts = { m = [50.0, 0.2] }
[species]
units = ["P:O/O3", "P:O2/O2", "P:O3/O"]
[[areas]]
name = "31P NMR"
[areas.lines]
Q3 = { counts = "P:O/O3", area = 60.0, sd = 10.0 }
Q2 = { counts = "P:O2/O2", area = 880.0, sd = 10.0 }
Q1 = { counts = "P:O3/O", area = 60.0, sd = 10.0 }
""",
        encoding="utf-8",
    )
    code, out, _ = run(capsys, "balance", str(file), "--json")
    assert code == 0
    values = {e["entry"]: e["value"] for e in json.loads(out)["solution"]["fractions"]["entries"]}
    assert values["P:O2/O2"] == pytest.approx(0.88, abs=1e-4)
    code, out, _ = run(capsys, "balance", str(file))
    assert "P:O2/O2" in out


def test_every_mistake_of_a_file_is_reported_together(tmp_path, capsys):
    file = tmp_path / "bad.toml"
    file.write_text(
        """
schema = 1
composition = "Na3PS4"
quantities = ["nonsense"]
[species]
units = ["P:S4", "P:S3/S"]
free = ["Na2S"]
[[statement]]
quantity = "P:S3O"
value = 0.1
[[statement]]
quantity = "BO"
value = 0.1
at_least = 0.2
[[areas]]
name = "NMR"
lines = { a = { counts = "P:S4 *", area = 1.0, sd = 0.1 } }
""",
        encoding="utf-8",
    )
    code, _, err = run(capsys, "balance", str(file))
    assert code == 2
    for text in ("P:S3O", "2 of value, at_least and at_most", "not affine", "nonsense"):
        assert text in err
    assert err.count("error:") == 4


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("schema = 1\n", "composition"),
        ("schema = 2\ncomposition='x'\n", "schema"),
        ("=", "not valid TOML"),
        ("scheme=1", "scheme"),
    ],
)
def test_bad_files(text, match):
    with pytest.raises(BadInput, match=match):
        balances.balance_text(text)
