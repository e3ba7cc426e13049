"""Damage that any table of numbers shows: axes, rows and texts that are noted or refused; and what is left alone."""

from functools import partial

import numpy as np
import pytest
from damage import X, Y, assert_noted, write

import spectra
from shortrange_core import BadInput
from spectra.readers.formats.whole_counts import look_at_counts
from spectra.readers.raw import Raw, Source, with_axis

RNG = np.random.default_rng(12)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("x")
    return Source(path)


def checked(source, x, y=None):
    """Codes and texts of what an axis and its intensities show."""
    raw = with_axis(source, Raw("spectrum", np.asarray(x), Y[: len(x)] if y is None else y))
    return [str(note) for note in raw.notes]


def table(x=X, y=Y, separator="\t"):
    return [f"{a:.3f}{separator}{b:.4f}" for a, b in zip(x, y, strict=True)]


# ---- any spectrum


@pytest.mark.parametrize("place", [2, 40, 118])
@pytest.mark.parametrize("size", [0.01, 0.3, -0.4])
def test_one_displaced_point_of_a_smooth_axis_is_noted(source, place, size):
    x = X.copy()
    x[place] += size * 5
    (note,) = checked(source, x)
    assert f"at point {place + 1}, but its neighbours" in note
    assert "axis-displaced" in note


def test_a_step_rounded_to_the_next_digit_is_no_displacement(source):
    """Six digits of a sum of steps: single points lie one unit of the last digit off, far below a step."""
    x = np.round(0.1 + 0.000231 * np.arange(X.size), 6)
    x[40] += 1e-6
    assert checked(source, x) == []
    x[40] += 2e-6
    assert len(checked(source, x)) == 1


def test_seams_gaps_bent_axes_and_rounded_ones_are_left_alone(source):
    assert checked(source, np.delete(X, slice(30, 60))) == []
    assert checked(source, np.concatenate([X[:50], X[50:] + 2.5])) == []
    assert checked(source, np.concatenate([X[:50], X[49] + 0.3 * (X[50:] - X[49])])) == []
    assert checked(source, 1e7 / np.linspace(530, 560, 121)[::-1]) == []
    assert checked(source, np.round(X / 7, 1) + 1e-4 * np.arange(121)) == []
    assert checked(source, np.sort(RNG.uniform(0, 100, 121))) == []
    assert checked(source, np.concatenate([[0.0], X]), np.concatenate([[1.0], Y])) == []


@pytest.mark.parametrize("seed", range(30))
def test_axes_of_real_instruments_with_jitter_are_left_alone(source, seed):
    rng = np.random.default_rng(seed)
    step = rng.uniform(0.1, 5)
    steps = step * (1 + 0.2 * np.linspace(-1, 1, 200)) + rng.normal(0, 0.02 * step, 200) * (seed % 3)
    assert (
        checked(
            source, np.round(np.cumsum(np.abs(steps) + 1e-6), seed % 5 + 2) + 1e-7 * np.arange(200), rng.random(200)
        )
        == []
    )


def test_a_value_beyond_any_detector_is_noted(source):
    y = Y.copy()
    y[7] = 1e15
    assert checked(source, X, y) == []
    assert checked(source, X, np.where(np.arange(X.size) == 60, 1.0, 0.0)) == []
    y[7] = 1e30
    assert "the intensity 1e+30 of 'spectrum' is more than 1e+18 times the next" in checked(source, X, y)[0]


def test_rows_are_sorted_and_equal_ones_averaged_and_both_are_said(tmp_path):
    order = np.r_[0:40, 60:121, 40:60]
    path = write(tmp_path, table(X[order], Y[order]))
    spectrum = spectra.read(path, technique="Raman")
    assert np.allclose(spectrum.raman_shift, X)
    assert np.allclose(spectrum.intensity, Y, atol=1e-4)
    assert_noted(path, "axis-unsorted", "change direction at 1 place; they were sorted")
    twice = write(tmp_path, [f"{round(a)}\t{b:.4f}" for a, b in zip(X / 7, Y, strict=True)], "b.txt")
    assert_noted(twice, "axis-repeats", "axis values of 'column 2' repeat (first 29)")
    spectrum = spectra.read(twice, technique="Raman")
    assert spectrum.intensity.values[0] == pytest.approx(np.mean(Y[np.round(X / 7) == 29]), abs=1e-3)


def test_scans_below_one_another_are_blocks_and_never_mixed(tmp_path):
    path = write(tmp_path, [*table(), *table(X, Y + 5)])
    assert [(b.name, b.shape) for b in spectra.contents(path)] == [
        ("column 2 (part 1)", (121,)),
        ("column 2 (part 2)", (121,)),
    ]
    second = spectra.read(path, technique="Raman", block="column 2 (part 2)")
    assert np.allclose(second.intensity, Y + 5, atol=1e-4)
    assert [note.code for note in spectra.notes_of_reading(second)] == ["axis-starts-anew"]


# ---- delimited text


def test_lines_of_a_text_that_lost_or_gained_letters_are_noted(tmp_path):
    for number, (old, new, code, text) in enumerate(
        [
            (".", "3", "decimals-differ", "do not have the decimals of their column"),
            ("\t", "\t8.0000\t", "row-too-wide", "row 41 of 121 has 3 numbers, the others 2; the first 2 were taken"),
            ("\t", "\x02", "line-left-out", "line 41 "),
            ("4", "\x014", "line-left-out", "line 41 "),
        ]
    ):
        lines = table()
        lines[40] = lines[40].replace(old, new, 1)
        path = write(tmp_path, lines, f"{number}.txt")
        assert_noted(path, code, text)
        assert spectra.read(path, technique="Raman").sizes["raman_shift"] == (120 if code == "line-left-out" else 121)
        with pytest.raises(BadInput, match=f"{number}.txt: .* without strict"):
            spectra.read(path, technique="Raman", strict=True)


def test_a_stretch_of_control_characters_in_a_text_is_noted(tmp_path):
    content = write(tmp_path, table()).read_bytes()
    path = tmp_path / "b.txt"
    path.write_bytes(content[:400] + b"\2" * 800 + content[1200:])
    block = spectra.contents(path)[0].name
    assert_noted(
        path,
        "control-character",
        "contains the control character",
        lambda p: spectra.read(p, block=block, technique="Raman"),
    )
    path.write_bytes(content + b"\x1a")
    assert spectra.notes_of_reading(spectra.read(path, technique="Raman")) == ()


def test_a_line_that_breaks_a_table_in_two_is_noted_and_two_tables_are_left_alone(tmp_path):
    lines = table()
    lines[40] = "x" + lines[40]
    path = write(tmp_path, lines)
    assert_noted(path, "line-left-out", "line 41 ('x400.000")
    assert spectra.read(path, technique="Raman").sizes["raman_shift"] == 120
    two = [*table()[:60], "", "second sample", *table()[:60]]
    assert len(spectra.contents(write(tmp_path, two, "b.txt"))) == 2
    windows = [*table()[:60], "Window 2 of 2", *table()[60:]]  # the second goes on where the first ends
    assert len(spectra.contents(write(tmp_path, windows, "c.txt"))) == 2
    beside = [f"{line}\t532.0000" if row in (1, 3) else line for row, line in enumerate(table())]
    assert spectra.contents(write(tmp_path, beside, "d.txt"))[0].shape == (121,)


def test_a_row_that_a_reversed_stretch_broke_is_noted_of_both_tables_and_numbers_between_them_are_left_alone(
    tmp_path,
):
    lines = "\r\n".join(table())
    begin, end = lines.index("\t", lines.index("\n400")) + 3, lines.index("\n600") + 6
    path = tmp_path / "a.txt"
    path.write_bytes((lines[:begin] + lines[begin:end][::-1] + lines[lines.index("\n", end) :] + "\r\n").encode())
    assert len(spectra.contents(path)) == 2
    for block in spectra.contents(path):
        read = partial(spectra.read, technique="Raman", block=block.name)
        assert_noted(path, "line-left-out", "between two tables", read)
    times = write(tmp_path, [*table()[:60], "", "12.5", *table()[:60]], "b.txt")  # a time, say, above each table
    for block in spectra.contents(times):
        assert spectra.notes_of_reading(spectra.read(times, technique="Raman", block=block.name)) == ()


def test_a_damaged_first_row_is_noted_and_a_header_of_numbers_is_left_alone(tmp_path):
    lines = table()
    assert_noted(write(tmp_path, ["2.0.0\t5.1", *lines]), "line-left-out", "above the table looks like a damaged row")
    for number, header in enumerate(["121", "Raman shift\t532"]):
        path = write(tmp_path, [header, *lines], f"{number}.txt")
        assert spectra.contents(path)[0].shape == (121,)
        assert spectra.notes_of_reading(spectra.read(path, technique="Raman")) == ()


def test_a_footer_and_a_cut_last_row_are_left_out_and_said(tmp_path):
    path = write(tmp_path, [*table(), "3 scans, 2024"])
    assert_noted(path, "line-left-out", "line 122 ('3 scans, 2024') is not a row of numbers; it was left out")
    assert spectra.contents(path)[0].shape == (121,)
    three = [f"{line}\t1.0000" for line in table()]
    cut = write(tmp_path, [*three[:-1], table()[-1]], "b.txt")
    assert_noted(
        cut,
        "line-left-out",
        "the last row has 2 columns, the others 3",
        lambda p: spectra.read(p, technique="Raman", block="column 2"),
    )
    shorter = write(tmp_path, [*three[:-1], table()[-1] + "\t"], "c.txt")  # a column that ends one row earlier
    assert spectra.contents(shorter)[0].shape == (121,)


def test_a_text_cut_inside_its_last_number_is_noted(tmp_path):
    path = write(tmp_path, table())
    path.write_bytes(path.read_bytes()[:-3])
    assert_noted(path, "decimals-differ", "do not have the decimals of their column")
    plain = write(tmp_path, [f"{a:g}\t{b:.6g}" for a, b in zip(X, Y, strict=True)], "b.txt")
    plain.write_bytes(plain.read_bytes()[:-6])
    assert_noted(plain, "last-line-short", "has no line end and fewer digits than the others")


# ---- instruments with texts of their own


def test_counts_that_are_not_whole_between_whole_ones_are_noted(source):
    counts = RNG.poisson(300, 200).astype(float)
    look_at_counts(source, "O 1s", counts)
    look_at_counts(source, "O 1s", counts * 1.0371)
    look_at_counts(source, "O 1s", np.where(np.arange(200) < 4, counts * 1.01, counts))  # a run: a correction
    assert source.notes == []
    counts[60] += 0.3
    look_at_counts(source, "O 1s", counts)
    (note,) = source.notes
    assert "point 61 of O 1s holds" in note.text
