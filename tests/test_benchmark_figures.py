"""Figures of benchmarks are kept with their commit, and two commits are compared."""

import csv
import sys
from pathlib import Path

import pytest
from file_modules import module_at

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "figures.py"


@pytest.fixture
def figures():
    return module_at(SCRIPT)


def test_a_table_prints_what_it_keeps(figures, tmp_path, capsys):
    table = figures.Table("bench_x", "solver", ms_a_fit=".2f", peer="", ratio=".1f")
    table.row("ours", 1.234, "lmfit", 3.0)
    table.row("alone", 2.5, "", None)
    assert capsys.readouterr().out.splitlines() == [
        "| solver | ms a fit | peer | ratio |",
        "|---|---|---|---|",
        "| ours | 1.23 | lmfit | 3.0 |",
        "| alone | 2.50 |  |  |",
    ]
    path = tmp_path / "kept.csv"
    table.keep(path)
    table.keep(path)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert len(rows) == 2 * 3, "added, under one line of titles"
    assert rows[0] | {"commit": ""} == {
        "commit": "", "benchmark": "bench_x", "what": "ours", "quantity": "ms a fit", "value": "1.234",
    }  # fmt: skip
    table.keep(None)


def test_two_commits_are_compared_by_their_last_figures(figures, tmp_path, capsys, monkeypatch):
    path = tmp_path / "kept.csv"
    lines = ["a1,b,fit,ms,9", "a1,b,fit,ms,2", "b2,b,fit,ms,4", "b2,b,map,ms,1"]
    path.write_text("\n".join([",".join(figures.FIELDS), *lines]) + "\n")
    monkeypatch.setattr(sys, "argv", ["figures.py", "a1", "b2", "--kept", str(path)])
    figures.main()
    assert capsys.readouterr().out.splitlines()[2:] == ["| b | fit | ms | 2 | 4 | 0.500 |"]
    monkeypatch.setattr(sys, "argv", ["figures.py", "a1", "c3", "--kept", str(path)])
    with pytest.raises(SystemExit, match="no figures of 'c3'; there are those of a1, b2"):
        figures.main()
