"""Three electrodes: Ewe, Ece and Ewe-Ece of one cell, as each format writes them, and formats that hold one voltage."""

import itertools

import numpy as np
import openpyxl
import pytest
from typer.testing import CliRunner

import electrochemistry as ec
from electrochemistry.readers.formats.biologic_cycling import cycling_from_biologic
from shortrange.cli import make_app
from shortrange_core import AmbiguousFile, BadInput
from shortrange_core.readings import reading_of

SECONDS = 60.0 * np.arange(40)
CURRENT = np.repeat([1.0, -1.0], 20)
WORKING = 0.2 + 0.001 * np.minimum(np.arange(40), 39 - np.arange(40))
COUNTER = -0.8 - 0.05 * CURRENT
VOLTS = {"Ewe": WORKING, "Ece": COUNTER, "Ewe-Ece": WORKING - COUNTER, None: WORKING - COUNTER}
TITLES = {
    "slash": ("time/s", "Ewe/V", "Ece/V", "", "I/mA"),
    "brackets": ("Time (s)", "<Ewe> (V)", "Ece (V)", "Ewe - Ece (V)", "I (mA)"),
    "words": ("Time [s]", "Working electrode potential [V]", "Counter electrode potential [V]", "", "Current [mA]"),
    "reference": ("Time (s)", "E_WE vs. Na/Na+ (V)", "E_CE vs. Na/Na+ (V)", "Cell voltage (V)", "I (mA)"),
    "difference": ("Time (s)", "Ewe (V)", "", "Ecell (V)", "I (mA)"),
    "counter": ("Time (s)", "", "Ece (V)", "Ecell (V)", "I (mA)"),
}


def rows(titles):
    columns = (SECONDS, WORKING, COUNTER, WORKING - COUNTER, CURRENT)
    kept = [(title, column) for title, column in zip(titles, columns, strict=True) if title]
    return [[title for title, _ in kept], *map(list, zip(*(column.tolist() for _, column in kept), strict=True))]


def text(table, separator, mark="."):
    return "\n".join(separator.join(str(cell).replace(".", mark) for cell in row) for row in table) + "\n"


def of(kind, separator):
    table = rows(TITLES[kind])
    return text(table[:1], separator) + text(table[1:], separator, "," if separator == ";" else ".")


@pytest.mark.parametrize(("kind", "separator"), list(itertools.product(TITLES, ",;\t")))
def test_voltages_of_a_table_are_those_of_its_titles(tmp_path, kind, separator):
    path = tmp_path / "cell.csv"
    path.write_text(of(kind, separator), encoding="utf-8")
    for voltage, volts in VOLTS.items():
        cell = ec.read_cycling(path, voltage=voltage, current_sign="+ = charging")
        assert cell.voltage_volt.values == pytest.approx(volts, abs=1e-9)
        assert cell.voltage_volt.attrs["electrodes"] == (voltage or "Ewe-Ece")
        told = [note.text for note in ec.half_cycles(cell, area=1.0).notes if note.code == "three-electrodes"]
        whose = "of one electrode" if voltage in ("Ewe", "Ece") else "that of the cell"
        assert whose in told[0]
        assert "(the cell has" in cell.attrs["history"]


def test_a_counter_electrode_under_the_name_that_galvani_gives_it_counts():
    """The .mpr and the .mpt of one run: <Ecv> there, <Ece> here, of the same numbers."""
    columns = {"time/s": SECONDS, "Ewe/V": WORKING, "<I>/mA": CURRENT, "<Ecv>/V": COUNTER}
    for voltage, volts in VOLTS.items():
        cell = cycling_from_biologic(columns, "a.mpr", voltage=voltage)
        assert cell.voltage_volt.values == pytest.approx(volts, abs=1e-9)
        assert cell.voltage_volt.attrs["electrodes"] == (voltage or "Ewe-Ece")


@pytest.mark.parametrize("title", ["Potential (V)", "Voltage (V)", "U (V)"])
def test_a_voltage_that_may_be_of_the_cell_or_of_an_electrode_is_asked_for(tmp_path, title):
    """Potentiostats write Potential for that of the working electrode, cyclers Voltage for that of the cell."""
    path = tmp_path / "cell.csv"
    path.write_text(text(rows(("Time (s)", title, "Ece (V)", "", "I (mA)")), ","), encoding="utf-8")
    with pytest.raises(BadInput, match=r"may be the voltage of the cell or of its working electrode; give voltage="):
        ec.read_cycling(path, current_sign="+ = charging")
    of_electrode = ec.read_cycling(path, current_sign="+ = charging", voltage="Ewe")
    assert of_electrode.voltage_volt.values == pytest.approx(WORKING)
    of_cell = ec.read_cycling(path, current_sign="+ = charging", voltage="Ewe-Ece")
    assert of_cell.voltage_volt.values == pytest.approx(WORKING)  # the user says that this column is that
    path.write_text(text(rows(("Time (s)", title, "", "", "I (mA)")), ","), encoding="utf-8")
    assert ec.read_cycling(path, current_sign="+ = charging").voltage_volt.values == pytest.approx(WORKING)


def test_a_counter_electrode_alone_is_no_cell(tmp_path):
    path = tmp_path / "cell.csv"
    path.write_text(text(rows(("Time (s)", "", "Ece (V)", "", "I (mA)")), ","), encoding="utf-8")
    with pytest.raises(BadInput, match=r"contains Ece \(Ece \(V\) \[V\]\) only.*give voltage='Ece' to use it"):
        ec.read_cycling(path, current_sign="+ = charging")
    assert ec.read_cycling(path, current_sign="+ = charging", voltage="Ece").voltage_volt.values == pytest.approx(
        COUNTER
    )


def test_a_workbook_is_read_as_its_table(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [["cell 3"], [], *rows(TITLES["slash"])]:
        sheet.append(row)
    book.create_sheet("remarks").append(["nothing"])
    book.save(tmp_path / "one.xlsx")
    for voltage, volts in VOLTS.items():
        cell = ec.read_cycling(tmp_path / "one.xlsx", voltage=voltage, current_sign="+ = charging")
        assert cell.voltage_volt.values == pytest.approx(volts, abs=1e-9)
    again = book.create_sheet("again")
    for row in rows(TITLES["words"]):
        again.append(row)
    book.save(tmp_path / "two.xlsx")
    with pytest.raises(
        AmbiguousFile, match="contains records in sheets Sheet, again; choose one with block="
    ) as caught:
        ec.read_cycling(tmp_path / "two.xlsx", current_sign="+ = charging")
    assert caught.value.choices == ("Sheet", "again")
    assert ec.read_cycling(tmp_path / "two.xlsx", block="again", current_sign="+ = charging").sizes["row"] == 40
    with pytest.raises(BadInput, match="has no sheet 'third'; there are Sheet, remarks, again"):
        ec.read_cycling(tmp_path / "two.xlsx", block="third", current_sign="+ = charging")
    with pytest.raises(BadInput, match="no cycling reader recognises it"):
        ec.read_cycling(tmp_path / "two.xlsx", block="remarks")


def test_declared_columns_say_which_difference_is_the_voltage(tmp_path):
    path = tmp_path / "cell.csv"
    path.write_text(of("slash", ","), encoding="utf-8")
    names = {"test_time_second": "time/s [s]", "current_ampere": "I/mA [mA]"}
    for declared, volts in (
        ("Ewe/V [V] - Ece/V [V]", WORKING - COUNTER),
        ("Ewe/V [mV] + Ece/V [mV]", (WORKING + COUNTER) / 1e3),
    ):
        cell = ec.read_cycling(path, columns=names | {"voltage_volt": declared}, current_sign="+ = charging")
        assert cell.voltage_volt.values == pytest.approx(volts, abs=1e-9)
    with pytest.raises(BadInput, match=r"no column 'Eref/V' for voltage_volt; there are time/s, Ewe/V"):
        ec.read_cycling(path, columns=names | {"voltage_volt": "Ewe/V [V] - Eref/V [V]"}, current_sign="+ = charging")
    with pytest.raises(BadInput, match=r"voltage='Ewe': a declared table contains one voltage"):
        ec.read_cycling(path, columns=names | {"voltage_volt": "Ewe/V [V]"}, current_sign="+ = charging", voltage="Ewe")


def test_two_electrodes_are_not_taken_for_three(tmp_path):
    path = tmp_path / "cell.csv"
    for titles in (("Time (s)", "Ewe (V)", "", "", "I (mA)"), ("Time (s)", "", "", "Voltage (V)", "I (mA)")):
        path.write_text(text(rows(titles), ","), encoding="utf-8")
        cell = ec.read_cycling(path, current_sign="+ = charging")
        assert "electrodes" not in cell.voltage_volt.attrs
        with pytest.raises(BadInput, match=r"has no voltage 'Ece'; there is Ewe"):
            ec.read_cycling(path, current_sign="+ = charging", voltage="Ece")
    path.write_text("test_time_second,voltage_volt,current_ampere\n0,1,1\n1,1,1\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"voltage='Ewe': the battery data format contains one voltage"):
        ec.read_cycling(path, voltage="Ewe")


def test_the_command_prints_which_voltage_it_took_and_takes_another(tmp_path):
    path = tmp_path / "cell.csv"
    path.write_text(of("slash", ","), encoding="utf-8")
    asks = [
        "cell",
        str(path),
        "--mass",
        "1mg",
        "--basis",
        "S",
        "--order",
        "charge-first",
        "--current-sign",
        "+ = charging",
    ]
    for voltage, said in (
        (None, "Ewe-Ece, that of the cell"),
        ("Ewe", "Ewe, that of one electrode"),
        ("Ece", "Ece, that of one"),
    ):
        found = CliRunner().invoke(make_app(), asks + ([] if voltage is None else ["--voltage", voltage]))
        assert found.exit_code == 0, found.output
        assert f"the voltage is {said}" in " ".join(found.output.split())
    found = CliRunner().invoke(make_app(), [*asks, "--voltage", "Eref"])
    assert found.exit_code == 2
    assert "has no voltage 'Eref'; there is Ewe (Ewe/V [V]), Ece (Ece/V [V])" in " ".join(found.output.split())
    assert "voltage=" not in found.output


def test_a_column_without_a_title_leaves_the_others_theirs(tmp_path):
    path = tmp_path / "cell.csv"
    table = [["" if k == 0 else k - 1, *row] for k, row in enumerate(rows(TITLES["words"]))]
    path.write_text(text(table, ","), encoding="utf-8")
    cell = ec.read_cycling(path, current_sign="+ = charging")
    assert cell.test_time_second.values == pytest.approx(SECONDS)
    assert cell.current_ampere.values == pytest.approx(CURRENT / 1e3)
    assert reading_of(cell).notes == ()


def odd_record(folder, *, held=False):
    """EC-Lab's text with one row whose power is not that of its voltage and current."""
    volts, current = (np.ones(40), np.ones(40)) if held else (WORKING - COUNTER, CURRENT)
    power = np.where(np.arange(40) == 19, 9.0, volts * current / 1e3)
    table = [["time/s", "Ewe/V", "I/mA", "P/W"], *np.stack([SECONDS, volts, current, power], axis=1).tolist()]
    path = folder / "odd.txt"
    path.write_text(text(table, "\t"), encoding="utf-8")
    return path


def odd_spectrum(folder):
    frequency = np.geomspace(1e5, 1, 40)
    impedance = 100 + 1000 / (1 + 2j * np.pi * frequency * 0.01)
    modulus = np.abs(impedance) * np.where(np.arange(40) == 7, 3.0, 1.0)
    table = [["freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm", "|Z|/Ohm"]]
    table += np.stack([frequency, impedance.real, -impedance.imag, modulus], axis=1).tolist()
    path = folder / "odd.csv"
    path.write_text(text(table, ","), encoding="utf-8")
    return path


ASKS = {
    "cell": ("--mass", "1mg", "--basis", "S", "--order", "charge-first"),
    "symmetric": ("--area", "1", "--event", "rise"),
    "polarisation": ("--electrodes", "two blocking", "--thickness", "1mm", "--diameter", "1", "--voltage", "1"),
    "info": (),
    "impedance": (),
}


@pytest.mark.parametrize("command", ASKS)
def test_what_is_odd_about_a_file_is_said_in_the_answer_and_refused_where_that_is_asked(tmp_path, command):
    path = odd_spectrum(tmp_path) if command == "impedance" else odd_record(tmp_path, held=command == "polarisation")
    asks = [command, str(path), *ASKS[command]]
    found = CliRunner().invoke(make_app(), asks)
    odd = {"impedance": "row 8: |Z|/Ohm does not follow from"}.get(command, "row 20: P/W is 9, the other columns give")
    assert odd in " ".join(found.output.split())
    refused = CliRunner().invoke(make_app(), [*asks, "--strict"])
    assert refused.exit_code == 2
    assert "or read it without --strict" in " ".join(refused.output.split())


def test_a_current_that_the_counter_gave_is_not_held_to_it(real_data):
    pytest.importorskip("galvani")
    derived = ec.read_cycling(real_data / "field" / "cycling" / "gcpl.issue_226.I.mpr")
    assert "charge-counter-disagrees" not in [note.code for note in ec.half_cycles(derived, area=1.0).notes]
    measured = derived.drop_vars("reading")
    assert "charge-counter-disagrees" in [note.code for note in ec.half_cycles(measured, area=1.0).notes]


def test_a_fit_refuses_an_odd_file_where_that_is_asked(tmp_path):
    path = tmp_path / "bands.csv"
    shift = np.arange(300.0, 600.0)
    counts = 100 + 1000 * np.exp(-(((shift - 420) / 8) ** 2)) + np.random.default_rng(0).normal(0, 3, shift.size)
    cells = [f"{value:.2f}" for value in counts]
    cells[40] = f"{counts[40]:.7f}"
    path.write_text(
        "Raman shift (cm-1),counts\n" + text(zip(shift.tolist(), cells, strict=True), ","), encoding="utf-8"
    )
    asks = ["fit", str(path), "--technique", "Raman", "--peaks", "420"]
    assert CliRunner().invoke(make_app(), asks).exit_code == 0
    refused = CliRunner().invoke(make_app(), [*asks, "--strict"])
    assert refused.exit_code == 2
    assert "or read it without --strict" in " ".join(refused.output.split())


@pytest.mark.parametrize("titles", ["Vol(L),Time(s),Volt(V),Current(mA)", "Vol [mL],Time(s),U (V),Current(mA)"])
def test_a_volume_is_no_voltage_where_one_stands_beside_it(tmp_path, titles):
    """'L' is not a unit of voltage_volt, it said of an intact table."""
    path = tmp_path / "cell.csv"
    path.write_text(f"{titles}\n" + "".join(f"0.25,{10 * k},{3 + k / 100},0.5\n" for k in range(20)))
    record = ec.read_cycling(path, current_sign="+ = charging")
    np.testing.assert_allclose(record.voltage_volt, 3 + np.arange(20) / 100)
    path.write_text(path.read_text().replace("Volt(V)", "x").replace("U (V)", "x"))
    with pytest.raises(BadInput, match="L' is not a unit of voltage_volt"):
        ec.read_cycling(path, current_sign="+ = charging")
