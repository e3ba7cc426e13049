"""``shortrange info`` and files that hold no spectrum: it says what they are, and why a reader does not read them."""

import json
import sys

import numpy as np
import openpyxl
import pytest
from typed_commands import run

import electrochemistry as ec
from shortrange_core import BadInput
from spectra.readers.raw import Source

SECONDS = np.arange(12) * 60.0
SYMBOLS = "t,E,I\n" + "".join(f"{t!r},{1.5 + t / 1e4!r},{-0.25!r}\n" for t in SECONDS.tolist())
PEAKS = "\n9.752750673\t5581.127\t0.75\t47710.44\tImpurity\tWeak\t\t\n"
PEAKS += "9.255237164\t33693.21\t1.16\t457765.84\tCompound\tNone\t\t\n"


@pytest.fixture
def info(capsys, tmp_path):
    """Runs ``shortrange info`` on a file of the content given; gives exit code, standard output and error."""

    def told(name, content, *words, command="info"):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif content is not None:
            path.write_text(content, encoding="utf-8")
        return run(capsys, command, path, *words)

    return told


def test_a_record_without_units_shows_its_columns_and_their_declaration(info, tmp_path):
    code, out, _ = info("cell.csv", SYMBOLS)
    assert code == 0
    assert "cycling, from its column titles" in out
    assert "--technique" not in out
    assert "column 't' has no unit" in out
    assert "--column 'test_time_second=t [?]' --column 'voltage_volt=E [?]' --column 'current_ampere=I [?]'" in out
    assert "--current-sign" in out
    code, out, _ = info("cell.csv", SYMBOLS, "--json")
    assert json.loads(out)["kind"] == "cycling"
    assert "has no unit" in json.loads(out)["problem"]

    declared = {"test_time_second": "t [s]", "voltage_volt": "E [V]", "current_ampere": "I [mA]"}
    cell = ec.read_cycling(tmp_path / "cell.csv", columns=declared, current_sign="- = charging")
    np.testing.assert_array_equal(cell.current_ampere, 0.25e-3)
    with pytest.raises(BadInput, match=r"'\?' is not a unit"):  # a declaration that was only copied
        ec.read_cycling(
            tmp_path / "cell.csv", columns=declared | {"test_time_second": "t [?]"}, current_sign="- = charging"
        )


def test_symbols_with_units_are_a_record(info):
    code, out, _ = info("cell.csv", SYMBOLS.replace("t,E,I", "t/h,E/mV,I/mA"))
    assert code == 0
    assert "cycling, 12 rows" in out
    assert "test_time_second: 0 to 2.376e+06 s" in out
    assert "sign of charging not stated" in out


def test_unsigned_currents_beside_words_name_the_column_of_directions(info):
    text = SYMBOLS.replace("t,E,I\n", "TestTime,Volts,Amps,State\n").replace("-0.25\n", "0.25,D\n")
    code, out, _ = info("maccor.csv", text)
    assert code == 0
    assert "'voltage_volt=Volts [V]' --column 'current_ampere=Amps [A]' --column 'direction=State'" in out


@pytest.mark.parametrize(
    ("package", "name", "content"),
    [
        ("galvani.BioLogic", "datalab-org-galvani", b"BIO-LOGIC MODULAR FILE\x1a"),
        ("access_parser", "access-parser", b"\x00\x01\x00\x00Standard Jet DB\x00"),
    ],
)
def test_a_package_that_is_not_there_is_named(info, monkeypatch, package, name, content):
    monkeypatch.setitem(sys.modules, package, None)
    code, out, err = info("cell", content + bytes(200))
    assert code == 2
    assert f"reading it needs {name}; install it with pip install 'shortrange[" in err
    assert "no reader recognises it" not in out + err


def test_a_table_of_peaks_is_told_as_one(info):
    code, out, _ = info("peaks.csv", PEAKS)
    assert code == 0
    assert "a table of peaks, 2 peaks" in out
    assert "9.25524 to 9.75275" in out
    code, out, _ = info("peaks.csv", PEAKS, "--json")
    assert [row["area"] for row in json.loads(out)["peaks"]] == [47710.44, 457765.84]


def test_every_channel_of_a_workbook_is_told(info, tmp_path):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for channel in ("1", "2"):
        sheet = book.create_sheet(f"Channel_{channel}_1")
        sheet.append(["Test_Time(s)", "Voltage(V)", "Current(A)"])
        for t in SECONDS.tolist():
            sheet.append([t, 1.5, 0.1 * int(channel)])
    book.save(tmp_path / "two.xlsx")
    code, out, _ = info("two.xlsx", None)
    assert code == 0
    assert "two.xlsx [1]: cycling, 12 rows" in out
    assert "current_ampere: 0.2 to 0.2 A" in out
    code, out, _ = info("two.xlsx", None, "--json")
    assert [row["block"] for row in json.loads(out)["blocks"]] == ["1", "2"]
    code, _, err = info("two.xlsx", None, "--area", "1cm2", "--event", "drop", command="symmetric")
    assert code == 2
    assert "choose one with --block" in err


def test_a_text_of_no_kind_is_unknown(info):
    code, _, err = info("readme.txt", "Nothing is measured here.\n" * 5)
    assert code == 2
    assert "no reader recognises it" in err


def test_a_file_of_ec_lab_that_is_refused_is_shown_with_the_reason_of_its_reader(info):
    rows = "".join(f"{k}.5\t{100 + k}.25\t{3 + k}.125\t7.5\n" for k in range(40))
    code, out, _ = info("eis.mpt", "EC-Lab ASCII FILE\nNb header lines : 4\n\nfreq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\n" + rows)
    assert code == 0
    assert "not readable as impedance or cycling: line 5 has 4 columns where 3 are named" in out
    assert "40 points" in out


def test_a_column_of_equal_values_gives_no_advice_in_python(info):
    code, out, _ = info("flat.csv", "Raman shift/cm-1,I\n" + "".join(f"{400 + k},5.0\n" for k in range(50)))
    assert code == 0
    assert "all 50 values are equal" in out
    assert "noise=" not in out


def test_a_file_of_many_blocks_is_not_read_for_each_of_them(info, monkeypatch):
    """A file of a hundred regions took minutes."""
    reads: list[object] = []
    opened = Source.of

    def counted(path: object, **options: object) -> Source:
        reads.append(path)
        return opened(path, **options)

    monkeypatch.setattr(Source, "of", counted)
    rows = "".join(f"{500 + k},{k % 7},{k % 5},{k % 3},{k % 4},{k % 6}\n" for k in range(40))
    code, out, _ = info("a.csv", "Raman shift (cm-1),a,b,c,d,e\n" + rows, "--technique", "Raman")
    assert code == 0
    assert out.count("delimited, 40 points") == 5
    assert len(reads) == 2  # what it holds, and the spectra


def test_a_warning_that_no_line_of_the_history_says_is_shown(info):
    """Made up, in the layout of a public Maccor text with millivolts below a title of Volts."""
    titles = "Rec#\tCyc#\tStep\tTestTime\tmAmps\tVolts\tState\n"
    rows = "".join(f"{k + 1}\t0\t1\t  0d 00:{k:02d}:00.00\t0.5\t{1853.8 + k}\tC\n" for k in range(40))
    code, out, _ = info("cell.txt", titles + rows)
    assert code == 0
    assert "(+ = charging)" in out
    assert out.count("more than any battery") == 1
