"""The sub-commands symmetric and cell: exit codes, JSON, tables and figures; and every figure of cells draws."""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import electrochemistry as ec
from shortrange.cli import main
from shortrange_core import BadInput


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return int(left.value.code or 0)


@pytest.fixture
def symmetric_file(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    cycling = ec.simulate_symmetric_cell(
        np.arange(1, 31) * 0.05, area=1.327, resistance=385, event=ec.CellEvent(20, 1.6), noise_volt=1e-3, rng=rng
    )
    cycling.to_dataframe().to_csv(tmp_path / "symmetric.csv", index=False)
    return tmp_path / "symmetric.csv"


@pytest.fixture
def full_cell():
    return ec.simulate_full_cell(
        [0.256, 0.22, 0.2],
        charge_capacities=[0.2355, 0.22, 0.2],
        current=0.1,
        order="discharge-first",
        plateaus=[(1.9, 0.3), (1.25, 0.7)],
        hysteresis=0.2,
    )


@pytest.fixture
def cell_file(tmp_path: Path, full_cell) -> Path:
    full_cell.to_dataframe().to_csv(tmp_path / "cell.csv", index=False)
    return tmp_path / "cell.csv"


def test_symmetric_answers_in_json_tables_and_figures(symmetric_file: Path, tmp_path: Path, capsys) -> None:
    folder = str(tmp_path)
    stack = ("--stack-resistance", "385", "--stack-sd", "10", "--temperature", "333.15", "--pressure", "5")
    given = (str(symmetric_file), "--area", "1.327", "--event", "rise", *stack)
    assert run("symmetric", *given, "--tables", folder, "--figures", folder, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["schema"] == "shortrange.symmetric"
    assert answer["critical_current"]["value"] == pytest.approx(0.95)
    assert answer["critical_current"]["upper"] == pytest.approx(1.0)
    assert answer["critical_current"]["temperature"] == 333.15
    assert answer["short"] == {"verdict": "none", "recovered": False}
    assert len(pd.read_csv(tmp_path / "half_cycles.csv")) == 60
    for name in ("voltage", "critical_current"):
        with Image.open(tmp_path / f"{name}.png") as picture:
            assert picture.info["dpi"] == pytest.approx((300, 300), abs=1)
        assert "<text" in (tmp_path / f"{name}.svg").read_text(encoding="utf-8")
        assert (tmp_path / f"{name}.pdf").read_bytes().startswith(b"%PDF")


def test_symmetric_says_more_than_where_there_is_no_event(symmetric_file: Path, capsys) -> None:
    assert run("symmetric", str(symmetric_file), "--area", "1.327", "--event", "drop", "--json") == 0
    answer = json.loads(capsys.readouterr().out)["critical_current"]
    assert (answer["value"], answer["upper"], answer["event"]) == (None, None, "none")
    assert answer["lower"] == pytest.approx(1.5)


def test_cell_answers_in_json_tables_and_figures(cell_file: Path, tmp_path: Path, capsys) -> None:
    stated = ("--mass", "0.2mg", "--basis", "S", "--order", "discharge-first", "--reference", "1", "--area", "2")
    folder = str(tmp_path)
    assert run("cell", str(cell_file), *stated, "--tables", folder, "--figures", folder, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["basis"] == "S"
    assert answer["cycles"]["discharge_capacity"] == pytest.approx([1280, 1100, 1000])
    assert answer["cycles"]["discharge_over_last_charge"][0] is None
    assert answer["retention"]["values"][2] == pytest.approx(0.78125)
    assert answer["rate"]["current_density"] == pytest.approx([0.05])
    assert len(pd.read_csv(tmp_path / "cycles.csv")) == 3
    assert (tmp_path / "profiles.png").read_bytes().startswith(b"\x89PNG")
    assert run("cell", str(cell_file), *stated) == 0
    assert "mAh per g of S, discharge-first" in capsys.readouterr().out


def test_several_files_are_the_runs_of_one_cell(full_cell, symmetric_file: Path, tmp_path: Path, capsys) -> None:
    """A test that was stopped in the middle of a discharge: two files give what one gives."""
    stated = ("--mass", "0.2mg", "--basis", "S", "--order", "discharge-first", "--json")
    rows = full_cell.sizes["row"]
    parts = [tmp_path / "first.csv", tmp_path / "second.csv"]
    for path, cut in zip(parts, (slice(0, rows // 3), slice(rows // 3, rows)), strict=True):
        full_cell.isel(row=cut).to_dataframe().to_csv(path, index=False)
    step = float(np.median(np.diff(full_cell.test_time_second.values)))
    assert run("cell", *map(str, parts), *stated, "--pause", f"{step} s") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["cycles"]["discharge_capacity"] == pytest.approx([1280, 1100, 1000], rel=2e-3)
    assert answer["history"][-1] == "joined 2 runs"
    symmetric = ("--area", "1.327", "--event", "rise", "--json")
    assert run("symmetric", str(symmetric_file), str(symmetric_file), *symmetric) == 0
    assert len(json.loads(capsys.readouterr().out)["half_cycles"]["step"]) == 120
    assert run("cell", str(parts[0]), *stated, "--pause", "1") == 2
    assert "--pause 1: is between the runs of several files" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("symmetric", "FILE", "--area", "-1", "--event", "rise"), "area = -1.0 cm2"),
        (("symmetric", "FILE", "--area", "1", "--event", "short"), "give rise, drop or either"),
        (("symmetric", "FILE", "--area", "1", "--event", "rise", "--stack-sd", "1"), "or neither"),
        (("symmetric", "FILE", "--area", "1", "--event", "rise", "--column", "x"), "write quantity=name"),
        (("symmetric", "FILE", "--area", "1", "--event", "rise", "--tables", "nowhere"), "is not a folder"),
        (("symmetric", "none.csv", "--area", "1", "--event", "rise"), "no such file"),
        (("cell", "FILE", "--mass", "0 mg", "--basis", "S", "--order", "discharge-first"), "mass = 0.0 g"),
        (("cell", "FILE", "--mass", "1mg", "--basis", "S", "--order", "auto"), "order = 'auto'"),
        (
            ("cell", "FILE", "--mass", "1mg", "--basis", "S", "--order", "charge-first", "--reference", "99"),
            "no discharge",
        ),
    ],
)
def test_bad_input_leaves_with_2_and_one_json_object(symmetric_file: Path, capsys, arguments, problem) -> None:
    given = [str(symmetric_file) if item == "FILE" else item for item in arguments]
    assert run(*given, "--json") == 2
    answer = json.loads(capsys.readouterr().out)
    assert problem in " ".join(answer["error"]["problems"])


def test_mass_basis_and_order_are_required(cell_file: Path) -> None:
    assert run("cell", str(cell_file), "--mass", "1mg", "--basis", "S") == 2
    assert run("cell", str(cell_file), "--mass", "1mg", "--order", "charge-first") == 2
    assert run("cell", str(cell_file), "--basis", "S", "--order", "charge-first") == 2
    assert run("symmetric", str(cell_file), "--area", "1") == 2


def test_cell_shows_people_the_retention_with_its_reference(cell_file: Path, capsys) -> None:
    given = (str(cell_file), "--mass", "0.2mg", "--basis", "S", "--order", "discharge-first")
    assert run("cell", *given, "--reference", "2") == 0
    said = capsys.readouterr().out
    assert "retention (cycle 2)" in said
    assert "energy eff. / %" in said
    assert run("cell", *given) == 0
    assert "retention" not in capsys.readouterr().out


def test_plain_tables_are_declared_on_the_command_line(tmp_path: Path, capsys) -> None:
    path = tmp_path / "plain.csv"
    path.write_text("t,E,I\n0,1900,-1\n1,1200,-1\n1,1300,1\n2,2000,1\n")
    names = ("test_time_second=t [h]", "voltage_volt=E [mV]", "current_ampere=I [mA]")
    declared = [item for name in names for item in ("--column", name)]
    stated = ("--mass", "1mg", "--basis", "S", "--order", "discharge-first", "--json")
    assert run("cell", str(path), *stated, *declared, "--current-sign", "+ = charging") == 0
    assert json.loads(capsys.readouterr().out)["cycles"]["discharge_capacity"] == pytest.approx([1000])
    assert run("cell", str(path), *stated, *declared) == 2


def test_no_efficiency_stands_on_the_legend_of_the_capacities(full_cell) -> None:
    ax = ec.plot_capacities(ec.cycles(full_cell, mass=2e-4, basis="S", order="discharge-first"))
    ax.figure.canvas.draw()
    box, other = ax.get_legend().get_window_extent(), ax.figure.axes[1]
    points = other.transData.transform(other.lines[0].get_xydata())
    assert not any(box.contains(*point) for point in points)
    assert box.y0 >= ax.get_window_extent().y1 - 1


def test_every_figure_draws_what_it_is_given(symmetric_file: Path, full_cell) -> None:
    half = ec.half_cycles(ec.read_cycling(symmetric_file), area=1.327)
    found = ec.critical_current(half, criterion=ec.Criterion("rise"), stack_resistance=None)
    axes = ec.plot_critical_current(half, found)
    points = [np.size(line.get_xdata()) for line in axes.lines[:2]]
    assert sum(points) == 60
    assert "0.95" in axes.get_title()
    assert ec.plot_voltage(half.cycling, area=1.327).get_ylabel() == "voltage / V"
    assert len(ec.plot_cell_comparison({"a": half, "b": half}).collections) == 2
    summary = ec.cycles(full_cell, mass=2e-4, basis="S", order="discharge-first")
    assert len(ec.plot_profiles(summary, [1, 3]).lines) == 4
    assert "per g of S" in ec.plot_capacities(summary).get_ylabel()
    rate = ec.plot_rate(summary)
    assert (rate.texts[0].get_text(), rate.get_title()) == ("0.1", "above each block: current / mA")
    peaks = ec.differential_capacity(summary, cycle=1, half_cycle="discharge")
    assert len(ec.plot_differential_capacity(peaks).texts) == 2
    energies = ec.specific_energies(1280, 1.42, active="S", active_fraction=0.2, metal="Na")
    assert ec.plot_specific_energies(energies).texts[-1].get_text() == "1818"


def test_titles_labels_and_names_lie_inside_the_figures(symmetric_file: Path, full_cell) -> None:
    half = ec.half_cycles(ec.read_cycling(symmetric_file), area=1.327)
    calm = ec.half_cycles(ec.simulate_symmetric_cell(np.arange(1, 11) * 0.1, area=1.0, resistance=100.0), area=1.0)
    energies = ec.specific_energies(
        1280, 1.42, active="S", active_fraction=0.2, metal="Na", composite_mass=1e-3, separator_mass=0.175
    )
    summary = ec.cycles(full_cell, mass=2e-4, basis="NaxCoO2 and carbon", order="discharge-first")
    drawn = [ec.plot_specific_energies(energies), ec.plot_capacities(summary), ec.plot_rate(summary)]
    for cell in (half, calm):
        found = ec.critical_current(cell, criterion=ec.Criterion("either"), stack_resistance=None)
        drawn.append(ec.plot_critical_current(cell, found))
        assert found.criterion.text in drawn[-1].get_title().replace("\n", " ")
    for axes in drawn:
        figure = axes.figure
        figure.canvas.draw()
        for text in (axes.title, axes.xaxis.label, axes.yaxis.label, *axes.get_yticklabels()):
            box = text.get_window_extent()
            assert box.x0 >= 0, text.get_text()
            assert box.x1 <= figure.bbox.x1, text.get_text()


def test_names_of_narrow_blocks_do_not_run_into_each_other_and_no_marker_is_cut(full_cell) -> None:
    """Blocks of one cycle between blocks of many: their names stand upright; the largest capacity has room above."""
    each = [
        ec.simulate_full_cell([0.2] * n, charge_capacities=[0.2] * n, current=amperes, order="discharge-first",
                              plateaus=[(1.9, 0.3), (1.25, 0.7)])
        for n, amperes in ((8, 0.1234), (1, 0.2345), (8, 0.3456), (1, 0.4567))
    ]  # fmt: skip
    summary = ec.cycles(ec.join_runs(each), mass=2e-4, basis="S", order="discharge-first")
    rate = ec.plot_rate(summary, area=2.0)
    rate.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in rate.texts]
    assert len(boxes) == 4
    assert all(one.x1 <= other.x0 for one, other in itertools.pairwise(boxes))
    assert max(box.y1 for box in boxes) <= rate.bbox.y1
    for axes in (rate, ec.plot_capacities(ec.cycles(full_cell, mass=2e-4, basis="S", order="discharge-first"))):
        assert axes.get_ylim()[1] > 1.05 * max(np.nanmax(line.get_ydata()) for line in axes.lines[:2])


def test_a_record_of_one_direction_has_no_axis_of_efficiencies() -> None:
    record = ec.cycling_table(60.0 * np.arange(60), np.linspace(2.0, 1.8, 60), np.full(60, -1e-3))
    axes = ec.plot_capacities(ec.cycles(record, mass=1e-3, basis="S", order="charge-first"))
    axes.figure.canvas.draw()
    assert axes.figure.axes == [axes]
    low, high = axes.get_xlim()
    assert [tick for tick in axes.get_xticks() if low <= tick <= high] == [1.0], "there is no cycle 1.005"


def test_figures_refuse_what_they_cannot_draw(full_cell) -> None:
    with pytest.raises(BadInput, match="area = 0"):
        ec.plot_voltage(full_cell, area=0)
    with pytest.raises(BadInput, match="no cell to compare"):
        ec.plot_cell_comparison({})
    summary = ec.cycles(full_cell, mass=2e-4, basis="S", order="discharge-first")
    with pytest.raises(BadInput, match="no cycle 9; there are 1 to 3"):
        ec.plot_profiles(summary, [9])
    nothing = ec.cycles(ec.cycling_table([], [], []), mass=1.0, basis="S", order="charge-first")
    with pytest.raises(BadInput, match="there are none"):
        ec.plot_profiles(nothing, [1])
