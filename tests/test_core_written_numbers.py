"""Decimals of a column and columns that follow from one another: what is refused, and what no writer may suffer."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from shortrange_core.written_numbers import contradictions, odd_cells
from studies.damage import ABSURD_TEXT, OUTCOMES, Reading, copied, damaged, extent, judged, table, trials

WRITERS = {
    "fixed 1": lambda v: f"{v:.1f}",
    "fixed 2": lambda v: f"{v:.2f}",
    "fixed 6": lambda v: f"{v:.6f}",
    "science": lambda v: f"{v:.5e}",
    "shortest": repr,
    "six digits": lambda v: f"{v:g}",
    "nine digits": lambda v: f"{v:.9g}",
    "six digits, padded": lambda v: f"{v:#.6g}",
    "rounded to 3": lambda v: repr(round(v, 3)),
    "rounded to 2 by JSON": lambda v: json.dumps(round(v, 2)),
    "halves": lambda v: repr(round(2 * v) / 2),
    "mean of four": lambda v: repr(round(4 * v) / 4),
    "mean of four, padded to 1": lambda v: f"{round(4 * v) / 4:#.4g}",
    "whole where whole": lambda v: f"{round(v):d}" if abs(v) > 300 else f"{v:.2f}",
}
DATA = {
    "ramp": lambda rng, n: np.linspace(400.0, 4000.0, n),
    "even ramp": lambda rng, n: 100.0 + 0.5 * np.arange(n),
    "decades": lambda rng, n: 10 ** rng.uniform(-2, 5, n),
    "counts": lambda rng, n: rng.poisson(200, n).astype(float),
    "noise": lambda rng, n: rng.normal(0, 1, n),
    "peak": lambda rng, n: 95 + 900 * np.exp(-(((np.arange(n) - n / 2) / (n / 40)) ** 2)),
    "transmittance": lambda rng, n: 100 - 99 * rng.random(n) ** 4,
    "crossing 1000": lambda rng, n: rng.normal(960, 20, n),
    "dark": lambda rng, n: np.where(rng.random(n) < 0.02, rng.normal(5, 1, n), rng.integers(0, 20, n)).astype(float),
}


@pytest.mark.parametrize("size", [16, 40, 300, 2000])
@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("writer", WRITERS)
def test_no_writer_is_refused(writer, data, size):
    for seed in range(4):
        values = DATA[data](np.random.default_rng([seed, size]), size)
        cells = [WRITERS[writer](float(v)) for v in values]
        assert odd_cells([cells]) == [], [cells[row] for row, _ in odd_cells([cells])][:3]


@pytest.mark.parametrize("damage", [lambda c: c[:-1], lambda c: c + "7"])
@pytest.mark.parametrize("writer", ["fixed 2", "fixed 6", "science"])
@pytest.mark.parametrize("data", ["ramp", "decades", "noise", "peak"])
def test_a_lost_point_or_digit_is_found(writer, data, damage):
    values = DATA[data](np.random.default_rng(1), 300)
    cells = [WRITERS[writer](float(v)) for v in values]
    cells[120] = damage(cells[120])
    if any(letter.isdigit() for letter in cells[120]):
        assert odd_cells([["1"] * 300, cells]) == [(120, 1)]


@pytest.mark.parametrize("writer", ["fixed 2", "fixed 6", "science"])
@pytest.mark.parametrize("data", ["ramp", "noise", "peak", "dark"])
def test_a_point_that_became_a_digit_is_found(writer, data):
    cells = [WRITERS[writer](float(v)) for v in DATA[data](np.random.default_rng(1), 300)]
    cells[33] = cells[33].replace(".", "3")
    assert odd_cells([cells]) == [(33, 0)]


def test_a_decimal_comma_and_empty_cells_and_words_are_passed_over():
    cells = [f"{v:.3f}".replace(".", ",") for v in np.random.default_rng(0).normal(0, 9, 60)]
    cells[3], cells[7] = "", "overload"
    assert odd_cells([cells], mark=",") == []
    cells[9] = cells[9][:-1]
    assert odd_cells([cells], mark=",") == [(9, 0)]


def test_large_numbers_with_the_same_decimals_before_an_exponent_are_no_damage():
    cells = [f"{v:.3f}" for v in np.geomspace(10, 999, 60)]
    assert odd_cells([[*cells, "1.055E+03"]]) == []
    assert odd_cells([[*cells, "1.05E+03"]]) == [(60, 0)]


def test_a_number_of_four_digits_contradicts_nothing_within_its_last():
    exact = np.append(np.round(np.geomspace(10, 999, 60), 3), 1055.18)
    rounded = np.append(exact[:-1], 1055.0)
    assert contradictions(rounded, exact, scale=exact).size == 0
    rounded[-1] = 1056.0
    assert contradictions(rounded, exact, scale=exact).tolist() == [60]


def test_few_rows_and_unpadded_columns_say_nothing():
    assert odd_cells([["1.25"] * 10 + ["1.2"]]) == []
    assert odd_cells([["1.25"] * 40 + ["1.2"]]) == []
    assert odd_cells([["1.25"] * 37 + ["1.50"] * 3 + ["12.25"] * 5 + ["1.2"]]) == [(45, 0)]


def test_a_contradiction_is_found_above_the_rounding_of_its_file_and_unrelated_columns_are_left_alone():
    rng = np.random.default_rng(3)
    x = rng.uniform(1, 2, 400)
    rounded = np.round(x * x, 3)
    assert contradictions(rounded, x * x, scale=x).size == 0
    rounded[17] += 0.1
    assert contradictions(rounded, x * x, scale=x).tolist() == [17]
    assert contradictions(rng.uniform(1, 2, 400), x, scale=x).size == 0
    assert contradictions(np.full(20, np.nan), np.ones(20), scale=1.0).size == 0
    assert contradictions(rounded[:10] + 5, x[:10], scale=1.0).size == 0


X, Y = np.arange(8.0), np.arange(8.0) ** 2
WHOLE = (Reading({"axis": X, "y": Y}),)


def changed(**columns):
    return (Reading({"axis": X, "y": Y, **columns}),)


def moved(values, *places):
    found = values.copy()
    found[list(places)] += 0.5
    return found


@pytest.mark.parametrize(
    ("copy", "kind", "damage", "outcome"),
    [
        (WHOLE, "flip", 1, "equal"),
        (changed(y=moved(Y, 3)), "flip", 1, "confined"),
        (changed(y=moved(Y, 3, 4)), "flip", 1, "changed"),
        (changed(y=moved(Y, 3, 4)), "flip", 2, "confined"),
        (changed(axis=moved(X, 3), y=moved(Y, 3)), "flip", 1, "confined"),
        (changed(axis=2 * X + 1), "flip", 2, "header"),
        (changed(y=7 * Y), "absurd", 2, "header"),
        (changed(y=7 * Y + 1), "absurd", 2, "changed"),
        ((Reading({"axis": X[:5], "y": Y[:5]}),), "cut", 9, "beginning"),
        ((Reading({"axis": X[:5], "y": moved(Y[:5], 4)}),), "cut", 9, "beginning"),
        ((Reading({"axis": X[:5], "y": moved(Y[:5], 2)}),), "cut", 9, "changed"),
        ((Reading({"axis": np.delete(X, [3, 4]), "y": np.delete(Y, [3, 4])}),), "scramble", 9, "part"),
        ((Reading({"axis": X[::-1], "y": Y}),), "flip", 1, "header"),
        ((Reading({"axis": X, "z": Y}),), "flip", 1, "changed"),
        ((Reading({"y": Y}),), "flip", 1, "changed"),
        ((Reading(problem="bad"),), "flip", 1, "refused"),
        ((*WHOLE, Reading(problem="bad")), "scramble", 9, "equal"),
        ((Reading(problem="bad"), Reading(problem="bad")), "flip", 1, "refused"),
        ((*WHOLE, *WHOLE), "scramble", 9, "changed"),
        ((Reading({"axis": np.arange(9.0), "y": np.arange(9.0)}),), "scramble", 9, "changed"),
        ((), "scramble", 9, "beginning"),
    ],
)
def test_a_copy_is_judged_by_what_its_damage_may_reach(copy, kind, damage, outcome):
    found, _ = judged(WHOLE, copy, kind=kind, damaged_bytes=damage)
    assert found == outcome
    assert found in OUTCOMES


def test_a_number_of_the_header_that_moves_a_decay_is_named():
    whole = (Reading({"axis": X, "stored": Y}, header={"delay": 3.0}),)
    late = (Reading({"axis": X, "stored": Y}, header={"delay": 4.0}),)
    assert judged(whole, late, kind="flip", damaged_bytes=1) == ("header", "delay: 0 points, 1 bytes damaged")
    assert judged(whole, whole, kind="flip", damaged_bytes=1)[0] == "equal"


def test_columns_of_one_table_share_an_axis():
    whole = tuple(Reading({"axis": X, "y": (k + 1) * Y}) for k in range(3))
    copy = tuple(Reading({"axis": moved(X, 2), "y": block.arrays["y"]}) for block in whole)
    assert judged(whole, copy, kind="flip", damaged_bytes=1)[0] == "confined"


def test_every_kind_of_damage_is_made_and_measured(tmp_path):
    content = bytes(range(256)) * 8
    for seed in range(40):
        kind, copy = damaged(content, seed)
        if kind == "flip":
            assert 0 < extent(content, copy) <= 8
        if kind == "absurd":
            assert extent(content, copy) <= max(map(len, ABSURD_TEXT))
        if kind == "cut":
            assert content.startswith(copy)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for name in ("1r", "procs"):
        (tmp_path / "a" / name).write_bytes(content)
    _, target, _ = copied(tmp_path / "a", tmp_path / "b", 1, listed=True)
    assert sum((target / name).read_bytes() != content for name in ("1r", "procs")) == 1
    assert len((target / "SHA256SUMS").read_text().splitlines()) == 2  # beside the files: readers look no further


def test_a_reader_that_fails_every_way_is_told(tmp_path, monkeypatch):
    (tmp_path / "bad_reader.py").write_text(
        "import numpy as np, os, time\n"
        "from shortrange_core import BadInput\n"
        "from studies.damage import Reading\n"
        "def read(path):\n"
        "    word = path.stem\n"
        "    if path.parent.name != 'originals':\n"
        "        if word == 'flood': np.ones(1 << 31)\n"
        "        if word == 'print': print('hello')\n"
        "        if word == 'crash': raise KeyError(word)\n"
        "        if word == 'die': os._exit(3)\n"
        "        if word == 'hang': time.sleep(60)\n"
        "        if word == 'nameless': raise BadInput('it is bad')\n"
        "        if word == 'refuse': raise BadInput(f'{path.name}: is bad')\n"
        "    return (Reading({'axis': np.arange(3.0)}, format='bad'),)\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{Path(__file__).resolve().parents[1]}")
    (tmp_path / "originals").mkdir()
    files = []
    for word in ("flood", "print", "crash", "die", "hang", "nameless", "refuse", "fine"):
        files.append(tmp_path / "originals" / f"{word}.txt")
        files[-1].write_text("something to damage")
    found = {t.file.split("/")[-1][:-4]: t for t in trials(files, [1], reader="bad_reader:read", seconds=0.5)}
    assert {word: trial.outcome for word, trial in found.items()} == {
        "flood": "memory",
        **dict.fromkeys(("print", "crash", "die", "nameless"), "crash"),
        "hang": "hang",
        "refuse": "refused",
        "fine": "equal",
    }
    assert "prints 'hello" in found["print"].detail
    assert "does not name the file" in found["nameless"].detail
    assert table(list(found.values())).splitlines()[-1] == "| all | 8 | 8 | 1 | 1 | 4 | 1 | 1 |"
