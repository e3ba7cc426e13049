"""Impedance tables that say by their titles what they hold: PSTrace, EC-Lab as text, quoted cells."""

from pathlib import Path

import numpy as np
import pytest
from cycling_files import write_mpt
from impedance_texts import write

import electrochemistry as ec
from electrochemistry.readers.formats import biologic_text
from shortrange_core.readings import reading_of

FREQUENCY = np.geomspace(1e5, 0.1, 61)
IMPEDANCE = 20 + 1 / (1 / 1200 + 2j * np.pi * FREQUENCY * 1e-5)
PSTRACE = "freq / Hz,neg. Phase / °,Idc / uA,Z / Ohm,Z' / Ohm,Z'' / Ohm,Cs / F,"


def shown(value: float) -> str:
    """A number as PSTrace writes it: three decimals below a thousand, four digits above."""
    return f"{value:.3f}" if abs(value) < 1000 else f"{value:.3E}"


def pstrace(impedance: np.ndarray = IMPEDANCE, *, phase: float = -1.0, imaginary: float = -1.0) -> str:
    """A simulated spectrum in the layout of PSTrace, with the signs that its two columns have."""
    head = ["File date:,2024-01-01", "Measurement:,Impedance Spectroscopy", "Notes:,", "Fixed at 61 freqs", PSTRACE]
    rows = [
        f"{f:.4g},{shown(phase * np.degrees(np.angle(z)))},-7.751,{shown(abs(z))},{shown(z.real)},"
        f"{shown(imaginary * z.imag)},1.085E-06,"
        for f, z in zip(FREQUENCY, impedance, strict=True)
    ]
    return "\r\n".join([*head, *rows, "", ""])


@pytest.mark.parametrize("inductive", [False, True])
@pytest.mark.parametrize("imaginary", [-1.0, 1.0])
def test_the_negative_phase_beside_an_imaginary_part_says_its_sign(
    tmp_path: Path, imaginary: float, inductive: bool
) -> None:
    impedance = IMPEDANCE.conj() if inductive else IMPEDANCE
    spectrum = ec.read_impedance(write(tmp_path, "a.csv", pstrace(impedance, imaginary=imaginary)))
    assert spectrum["impedance"].values == pytest.approx(impedance[::-1], rel=1e-3)
    here = "-Im(Z) in the file, whose Z'' / Ohm has the sign of its neg. Phase / °; Im(Z) here"
    assert (here if imaginary < 0 else "Im(Z) in the file and here") in spectrum.attrs["history"].split("\n")


def test_a_negative_phase_beside_a_modulus_is_turned(tmp_path: Path) -> None:
    lines = pstrace().split("\r\n")[4:]
    text = "\n".join(",".join(line.split(",")[:4]) for line in lines if line)
    spectrum = ec.read_impedance(write(tmp_path, "a.csv", text))
    assert spectrum["impedance"].values == pytest.approx(IMPEDANCE[::-1], rel=1e-3)


def test_short_numbers_and_a_byte_order_mark_at_the_end_are_no_damage(tmp_path: Path) -> None:
    for impedance in (IMPEDANCE, IMPEDANCE * 0.83, IMPEDANCE * 40):  # one, none, most of the moduli above a thousand
        path = write(tmp_path, "a.csv", (pstrace(impedance) + "\ufeff").encode("utf-16"))
        assert not reading_of(ec.read_impedance(path)).notes


def test_a_phase_that_contradicts_the_parts_in_one_row_is_said(tmp_path: Path) -> None:
    lines = pstrace().split("\r\n")
    cells = lines[30].split(",")
    lines[30] = ",".join([cells[0], "12.345", *cells[2:]])
    notes = reading_of(ec.read_impedance(write(tmp_path, "a.csv", "\r\n".join(lines)))).notes
    assert [note.text for note in notes] == [
        "a.csv: row 26: neg. Phase / ° does not follow from Re(Z) and Im(Z), unlike in the other rows"
    ]


def test_line_ends_that_were_converted_twice_are_single_ones(tmp_path: Path) -> None:
    """CR CR LF: every other line of a header that counts its lines would be empty."""
    rows = [[f"{f:.6E}", f"{z.real:.6E}", f"{-z.imag:.6E}"] for f, z in zip(FREQUENCY, IMPEDANCE, strict=True)]
    path = write_mpt(tmp_path / "a.mpt", ["freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm"], rows)
    once = ec.read_impedance(path)["impedance"].values
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\r\r\n"))
    assert ec.read_impedance(path)["impedance"].values.tolist() == once.tolist()


def quoted(mark: str, decimals: int = 5) -> str:
    rows = [
        ",".join(f'"{v:.{decimals}f}"'.replace(".", mark) for v in (f, z.real, -z.imag))
        for f, z in zip(FREQUENCY, IMPEDANCE, strict=True)
    ]
    return "\n".join(['"Frequency (Hz)","Z\' (Ohm)","-Z\'\' (Ohm)"', *rows]) + "\n"


@pytest.mark.parametrize("mark", [",", "."])
def test_numbers_in_quotes_have_either_mark(tmp_path: Path, mark: str) -> None:
    spectrum = ec.read_impedance(write(tmp_path, "a.csv", quoted(mark)))
    assert spectrum["impedance"].values == pytest.approx(IMPEDANCE[::-1], abs=1e-5)
    assert not reading_of(spectrum).notes


def test_thousands_of_an_impedance_in_quotes_are_taken_together_and_said(tmp_path: Path) -> None:
    rows = [
        ",".join(f'"{v:,.4f}"' if abs(v) >= 1000 else f"{v:.4f}" for v in (f, z.real, -z.imag))
        for f, z in zip(FREQUENCY, IMPEDANCE, strict=True)
    ]
    spectrum = ec.read_impedance(write(tmp_path, "a.csv", "Frequency (Hz),Z' (Ohm),-Z'' (Ohm)\n" + "\n".join(rows)))
    assert spectrum["impedance"].values == pytest.approx(IMPEDANCE[::-1], abs=1e-4)
    assert [note.code for note in reading_of(spectrum).notes] == ["digits-grouped"]


def peis(*, gap: bool, cells_below: bool, tail: str = "") -> str:
    """A simulated PEIS whose titles have a gap before the last, with or without cells below the gap."""
    names = ["freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm", "<I>/mA", *([""] if gap else []), "Ewe-Ece/V"]
    lines = ["EC-Lab ASCII FILE", "Nb header lines : 5", "", "PEIS", "\t".join(names) + tail]
    lines.append("\t".join(["0.0000000E+000"] * (len(names) - 1 - (gap and not cells_below))) + tail)
    for f, z in zip(FREQUENCY, IMPEDANCE, strict=True):
        between = ["9.0000000E+000"] if gap and cells_below else []
        cells = [f"{v:.7E}".replace("E+", "E+0").replace("E-", "E-0") for v in (f, z.real, -z.imag, 0.1)]
        lines.append("\t".join([*cells, *between, "1.2500000E+000"]) + tail)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("tail", ["", "\t"])
@pytest.mark.parametrize("cells_below", [True, False])
def test_a_title_without_a_name_has_a_column_where_the_rows_have_cells_for_it(
    tmp_path: Path, cells_below: bool, tail: str
) -> None:
    path = write(tmp_path, "a.mpt", peis(gap=True, cells_below=cells_below, tail=tail))
    spectrum = ec.read_impedance(path)
    assert spectrum["impedance"].values == pytest.approx(IMPEDANCE[::-1], rel=1e-6)
    codes = [note.code for note in reading_of(spectrum).notes]
    assert codes == (["rows-odd"] if cells_below and not tail else ["rows-left-out"]), (
        "a tab at the end is an empty last cell"
    )
    table = biologic_text.parse(path.read_text(), path.name)
    assert set(table.columns["Ewe-Ece/V"][-FREQUENCY.size :]) == {1.25}


@pytest.mark.parametrize("tail", ["", "\t"])
def test_titles_behind_one_without_a_name_have_no_cells_where_the_rows_end_before_it(tmp_path: Path, tail: str) -> None:
    """EC-Lab with all columns of a cell with three electrodes: the rows end, the titles go on."""
    lines = peis(gap=True, cells_below=False, tail=tail).split("\n")
    lines[5:-1] = ["\t".join(line.split("\t")[:4]) + tail for line in lines[5:-1]]
    path = write(tmp_path, "a.mpt", "\n".join(lines))
    spectrum = ec.read_impedance(path)
    assert spectrum["impedance"].values == pytest.approx(IMPEDANCE[::-1], rel=1e-6)
    assert [note.code for note in reading_of(spectrum).notes] == ["rows-left-out", "columns-passed-over"]
    assert list(biologic_text.parse(path.read_text(), path.name).columns)[-1] == "<I>/mA"


def test_a_first_row_that_is_short_below_whole_titles_is_damage(tmp_path: Path) -> None:
    spectrum = ec.read_impedance(write(tmp_path, "a.mpt", peis(gap=False, cells_below=False)))
    assert [note.code for note in reading_of(spectrum).notes] == ["rows-odd"]


@pytest.mark.parametrize("row_tail", ["", "\t", "\t7"])
@pytest.mark.parametrize("tail", ["", "\t", "\t\t\t"])
def test_separators_behind_the_last_title_name_no_column(tmp_path: Path, tail: str, row_tail: str) -> None:
    """What EC-Lab writes as text without a header ends its titles with a tab, its rows not."""
    if row_tail.strip() and tail != "\t":
        return
    lines = [f"{f:.7E}\t{z.real:.7E}\t{-z.imag:.7E}{row_tail}" for f, z in zip(FREQUENCY, IMPEDANCE, strict=True)]
    text = "\n".join(["freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm" + tail, *lines]) + "\n"
    spectrum = ec.read_impedance(write(tmp_path, "a.txt", text))
    assert spectrum["impedance"].values == pytest.approx(IMPEDANCE[::-1], rel=1e-6)
    assert not reading_of(spectrum).notes


@pytest.mark.parametrize("tail", ["", "\t", "\t\t"])
def test_separators_behind_the_last_title_of_a_cycling_table_name_no_column(tmp_path: Path, tail: str) -> None:
    rows = [f"{60 * k}\t{3 + k * 1e-3:.3f}\t0.5" for k in range(20)]
    path = write(tmp_path, "a.txt", "\n".join(["Time/s\tVoltage/V\tCurrent/mA" + tail, *rows]) + "\n")
    record = ec.read_cycling(path, current_sign="+ = charging")
    assert record.sizes["row"] == 20
    assert not reading_of(record).notes


@pytest.mark.parametrize(("lost", "code"), [(1, "rows-left-out"), (9, "rows-odd")])
def test_many_frequencies_without_an_impedance_are_a_warning(tmp_path: Path, lost: int, code: str) -> None:
    """Rows at the frequency 0 are those of a direct current, however many."""
    pairs = zip(FREQUENCY, IMPEDANCE, strict=True)
    rows = [["0.0000", "0.0000", "0.0000"]] * 30 + [[f"{f:.4f}", f"{z.real:.4f}", f"{-z.imag:.4f}"] for f, z in pairs]
    rows += [[f"{0.09 - k / 100:.4f}", "nan", "nan"] for k in range(lost)]
    text = "\n".join(["Frequency (Hz),Z' (Ohm),-Z'' (Ohm)", *(",".join(row) for row in rows)]) + "\n"
    (note,) = reading_of(ec.read_impedance(write(tmp_path, "a.csv", text))).notes
    assert note.code == code
    assert f"left out {30 + lost} rows without an impedance" in note.text
