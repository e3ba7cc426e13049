"""Readers of impedance files: formats by hand, real files, damaged rows."""

import numpy as np
import pytest
from impedance_texts import ROWS, check_rows, write

import electrochemistry as ec
from electrochemistry.readers.formats import biologic_binary
from electrochemistry.readers.formats.biologic_text import cycles, parse, setting
from electrochemistry.readers.raw import Format, Table
from shortrange_core import AmbiguousFile, BadInput
from shortrange_core.readings import reading_of
from shortrange_core.spelling import spoken_in
from studies.damage import trials


def biologic(rows, *, decimal=".", newline="\n", names=None, header=8):
    names = names or ["freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm", "time/s", "<Ewe>/V", "<I>/mA", "cycle number"]
    middle = [f"Setting {n}           value {n}" for n in range(header - 6)]
    lines = [
        "EC-Lab ASCII FILE",
        f"Nb header lines : {header}                 ",
        "",
        "Potentio",
        *middle,
        "",
        "\t".join(names) + "\t",
    ]
    lines += ["\t".join(f"{value:.7E}".replace(".", decimal) for value in row) for row in rows]
    return (newline.join(lines) + newline).encode("cp1252")


def standard(scale=1.0, cycle=1):
    return [(f, scale * re, -scale * im, 0.1 * n, 0.5, 2.0, cycle) for n, (f, re, im) in enumerate(ROWS)]


TEXTS = {
    "a.z": "ZPLOT2 ASCII\n  Freq(Hz)\tAmpl\tBias\tTime(Sec)\tZ'(a)\tZ''(b)\tGD\tErr\tRange\nBegin Comments\nEnd Comments\n"  # noqa: E501
    + "".join(f"{f:E}\t0.01\t0\t1\t{a:E}\t{b:E}\t0\t0\t4\n" for f, a, b in ROWS),
    "z60.txt": '"Z60W Data File: Version 1.1"\n""\n3\n"  Freq (Hz)    Ampl     Bias   Time(Sec)   Z\'(a)    Z\'\'(b)    GD   Err   Range"\n'  # noqa: E501
    + "".join(f"{f},0,0,0,{a},{b},0,0,0\n" for f, a, b in ROWS),
    "a.z60": 'ZView Calculated Data File: Version 1.1\nRaw Data\nSweep Frequency: Control Voltage\n""\n""\n'
    "Freq(Hz),DCcurr(A),DCpot(V),Time(S),Zprime(Ohm),Zbis(Ohm),GD,X,Y\n"
    + "".join(f"{f},0,0.1,3,{a},{b},0,0,0\n" for f, a, b in ROWS),
    "a.DTA": "EXPLAIN\nTAG\tEISPOT\nOCVCURVE\tTABLE\t1\n\tPt\tT\n\t#\ts\n\t0\t0.2\nZCURVE\tTABLE\n\tPt\tTime\tFreq\tZreal\tZimag\tVdc\n"  # noqa: E501
    "\t#\ts\tHz\tohm\tohm\tV\n" + "".join(f"\t{n}\t{n}\t{f}\t{a}\t{b}\t0.1\n" for n, (f, a, b) in enumerate(ROWS)),
    "a.par": "<Application>\nName=VersaStudio\n</Application>\n<Segment1>\nType=2\nDefinition=Segment #, E(V), Frequency(Hz), Z Real, Z Imag, 0\n"  # noqa: E501
    + "".join(f"0,0.1,{f},{a},{b}\n" for f, a, b in ROWS)
    + "</Segment1>\n",
    "parstat.txt": "Potential (V)\tCurrent (A)\tElapsed Time (s)\tFrequency (Hz)\tZre (ohms)\tZim (ohms)\t\n3.4\t-0.1\t10\t0\t0\t0\t\n"  # noqa: E501
    + "".join(f"3.4\t0.1\t20\t{f}\t{a}\t{b}\t\n" for f, a, b in ROWS),
    "chi.txt": "A.C. Impedance\nInstrument Model:  CHI660E\n\nFreq/Hz, Z'/ohm, Z\"/ohm, Z/ohm, Phase/deg\n\n"
    + "".join(f"{f}, {a}, {b}, 1, 1\n" for f, a, b in ROWS),
    "power.txt": "Frequency\t Zre\t Zimg\r\n\r\n" + "".join(f"{f}\t {a}\t {b}\r\n\r\n" for f, a, b in ROWS),
    "nova.txt": "sample\n Freq. [Hz]\t Zs' [Ohms]\t Zs'' [Ohms]\n" + "".join(f"{f}\t{a}\t{b}\n" for f, a, b in ROWS),
    "bdf.csv": "Frequency / Hz,Real Impedance / ohm,Imaginary Impedance / ohm\n"
    + "".join(f"{f},{a},{b}\n" for f, a, b in ROWS),
    "bdf2.csv": "frequency_hertz,real_impedance_ohm,imaginary_impedance_ohm\n"
    + "".join(f"{f},{a},{b}\n" for f, a, b in ROWS),
    "kilo.csv": "Frequency / kHz;Real Impedance / kohm;Imaginary Impedance / kohm\n"
    + "".join(f"{f / 1e3:g};{a / 1e3:g};{b / 1e3:g}\n".replace(".", ",") for f, a, b in ROWS),
}


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_format_gives_the_same_spectrum(tmp_path, name):
    path = write(tmp_path, name, TEXTS[name])
    check_rows(ec.read_impedance(path))
    assert len(ec.impedance_contents(path)) == 1


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("header", [8, 30])
def test_biologic_text_with_any_header_length_decimal_mark_and_line_end(tmp_path, decimal, newline, header):
    path = write(tmp_path, "a.mpt", biologic(standard(), decimal=decimal, newline=newline, header=header))
    spectrum = ec.read_impedance(path, temperature=298.15, sample="x=0.6")
    check_rows(spectrum)
    assert spectrum.temperature.item() == 298.15
    assert spectrum["sample"].item() == "x=0.6"
    np.testing.assert_allclose(spectrum.current_ampere.values, 2e-3)
    np.testing.assert_allclose(spectrum.test_time_second.values, [0.2, 0.1, 0.0])
    assert "-Im(Z) in the file" in spectrum.attrs["history"]


def test_biologic_settings_and_cycles():
    table = parse(biologic(standard()).decode(), "a.mpt")
    assert setting(table, "Setting 0") == "value 0"
    assert setting(table, "none") is None
    assert cycles(table).tolist() == [1, 1, 1]
    assert cycles(Table({})) is None


def test_several_spectra_are_split_by_cycle_and_by_a_new_start_of_the_frequency(tmp_path):
    by_cycle = write(tmp_path, "a.mpt", biologic(standard() + standard(2.0, cycle=2)))
    with pytest.raises(AmbiguousFile, match="cycle 1, cycle 2; choose one with block="):
        ec.read_impedance(by_cycle)
    np.testing.assert_allclose(ec.read_impedance(by_cycle, block="cycle 2").impedance.values[0], 80 - 4j)
    names = ["freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm"]
    rows = [row[:3] for row in standard() + standard(3.0)]
    restarted = write(tmp_path, "b.mpt", biologic(rows, names=names))
    assert ec.impedance_contents(restarted) == ("sweep 1", "sweep 2")
    series = ec.read_impedance_series(restarted)
    assert [s["block"].item() for s in series] == ["sweep 1", "sweep 2"]
    np.testing.assert_allclose(series[1].impedance.values, 3 * series[0].impedance.values)
    with pytest.raises(BadInput, match="no spectrum 'x'; there are sweep 1, sweep 2"):
        ec.read_impedance(restarted, block="x")


def test_rows_of_frequency_zero_are_left_out_and_said(tmp_path):
    path = write(tmp_path, "a.mpt", biologic([(0.0, 0.0, 0.0, 0.0, 0.5, 1.0, 1), *standard()]))
    spectrum = ec.read_impedance(path)
    check_rows(spectrum)
    assert "left out 1 row without an impedance" in spectrum.attrs["history"]


def test_voltages_that_were_not_averaged_are_no_0_volt(tmp_path):
    names = ["freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm", "<Ewe>/V"]
    rows = [(*row[:3], volts) for row, volts in zip(standard(), (0.0, 0.5, 0.0), strict=True)]
    spectrum = ec.read_impedance(write(tmp_path, "a.mpt", biologic(rows, names=names)))
    check_rows(spectrum)
    np.testing.assert_array_equal(spectrum.voltage_volt.values, [np.nan, 0.5, np.nan])
    assert "NaN for 2 values of <Ewe>/V that are 0 in the file (not averaged)" in spectrum.attrs["history"]
    assert [note.code for note in reading_of(spectrum).notes] == ["voltage-not-averaged"]


def test_conductivity_columns_of_the_instrument_are_not_read(tmp_path):
    names = ["freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm", "sigma/S.cm-1"]
    path = write(tmp_path, "a.mpt", biologic([(*row[:3], 7.0) for row in standard()], names=names))
    spectrum = ec.read_impedance(path)
    assert set(spectrum.data_vars) == {"impedance"}


def test_an_aborted_run_and_an_empty_table_read_as_what_they_hold(tmp_path):
    aborted = TEXTS["a.DTA"] + "EXPERIMENTABORTED\tTOGGLE\tT\tExperiment Aborted\n"
    spectrum = ec.read_impedance(write(tmp_path, "a.DTA", aborted))
    check_rows(spectrum)
    assert "aborted" in spectrum.attrs["history"]
    empty = write(tmp_path, "b.DTA", aborted[: aborted.index("\t0\t0\t100000")])
    assert ec.impedance_contents(empty) == ()
    with pytest.raises(BadInput, match="has no row with an impedance"):
        ec.read_impedance(empty)
    cut = write(tmp_path, "c.mpt", biologic(standard())[:-60])
    spectrum = ec.read_impedance(cut)
    assert spectrum.sizes["frequency"] == 2
    assert "a truncated file" in spectrum.attrs["history"]


def test_plain_tables_need_their_columns_declared(tmp_path):
    body = "".join(f"{f},{a},{-b}\n" for f, a, b in ROWS)
    path = write(tmp_path, "a.csv", body)
    with pytest.raises(BadInput, match="declare the columns"):
        ec.read_impedance(path)
    check_rows(ec.read_impedance(path, columns=ec.Columns(0, 1, 2, negative_imaginary=True)))
    named = write(tmp_path, "b.csv", "# nu; Re; X\n" + body.replace(",", ";"))
    check_rows(ec.read_impedance(named, columns=ec.Columns("nu", "Re", "X", negative_imaginary=True)))
    with pytest.raises(BadInput, match=r"column 7 does not exist"):
        ec.read_impedance(path, columns=ec.Columns(0, 1, 7, negative_imaginary=True))
    with pytest.raises(BadInput, match="declares one column twice"):
        ec.read_impedance(path, columns=ec.Columns(0, 1, 1, negative_imaginary=True))
    with pytest.raises(BadInput, match="has no column 'Y'; its header names 'nu', 'Re', 'X'"):
        ec.read_impedance(named, columns=ec.Columns("nu", "Re", "Y", negative_imaginary=True))


def test_a_file_that_nothing_reads_names_ways_out_that_the_place_has(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("words\n")
    with pytest.raises(BadInput, match=r"name one with format=, or declare the columns of a plain table with columns="):
        ec.read_impedance(path)
    with spoken_in("command line"), pytest.raises(BadInput, match=r"; declare the columns .* with --columns") as told:
        ec.read_impedance(path)
    assert "--format" not in str(told.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("words\n", "no reader recognises it"),
        ("EC-Lab ASCII FILE\nNb header lines : 900\n", "names 900 header lines"),
        ("EC-Lab ASCII FILE\n", "not a complete EC-Lab export"),
        (biologic([(1.0, 2.0)], names=["time/s", "Ewe/V"]), "without impedance; read it with read_cycling"),
        (biologic([(1.0, 2.0)], names=["freq/Hz", "Re(Z)/Ohm"]), "no column of imaginary"),
        (biologic([(1.0, 2.0, 3.0)], names=["freq/Hz", "Re(Z)/S", "-Im(Z)/Ohm"]), "has the unit 'S'"),
        (biologic([(1.0, 2.0, 3.0, 4.0)], names=["freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm"]), "4 columns where 3 are named"),
        ("EXPLAIN\nTAG\tCV\nCURVE\tTABLE\n", "without a ZCURVE table"),
        ("ZPLOT2 ASCII\nData\n", "no line of column names"),
        (
            "<Application>\nName=VersaStudio\n<Segment1>\nDefinition=E(V)\n</Segment1>\n",
            "no segment contains an impedance",
        ),
    ],
)
def test_bad_files_are_named_with_the_way_out(tmp_path, content, message):
    with pytest.raises(BadInput, match=message):
        ec.read_impedance(write(tmp_path, "x.mpt", content))


@pytest.mark.parametrize(
    ("frequency", "resistance", "hertz", "ohm"),
    [
        ("mHz", "mOhm", 1e-3, 1e-3),
        ("MHz", "MOhm", 1e6, 1e6),
        ("kHz", "kΩ", 1e3, 1e3),
        ("GHz", "MΩ", 1e9, 1e6),
        ("KHZ", "mΩ", 1e3, 1e-3),
        ("hz", "OHM", 1.0, 1.0),
    ],
)
def test_case_tells_the_prefix_of_a_unit(tmp_path, frequency, resistance, hertz, ohm):
    """By the names of a table, by declared columns, and by the row of units of a Gamry file."""
    body = "".join(f"{f:g},{a},{b}\n" for f, a, b in ROWS)
    header = f"frequency [{frequency}],real impedance [{resistance}],imaginary impedance [{resistance}]\n"
    named = ec.read_impedance(write(tmp_path, "a.csv", header + body))
    declared = ec.read_impedance(
        write(tmp_path, "b.csv", f"nu [{frequency}],R [{resistance}],X [{resistance}]\n" + body),
        columns=ec.Columns(0, "R [" + resistance + "]", 2, negative_imaginary=False),
    )
    dta = TEXTS["a.DTA"].replace("\tHz\tohm\tohm\t", f"\t{frequency}\t{resistance}\t{resistance}\t")
    gamry = ec.read_impedance(write(tmp_path, "a.DTA", dta))
    for spectrum in (named, declared, gamry):
        np.testing.assert_allclose(spectrum.frequency.values, hertz * np.array([1e1, 1e3, 1e5]))
        np.testing.assert_allclose(spectrum.impedance.values, ohm * np.array([40 - 2j, 20 - 5j, 10 - 1j]))


def test_a_unit_whose_case_leaves_its_prefix_open_is_asked_for(tmp_path):
    body = "".join(f"{f:g},{a},{b},2\n" for f, a, b in ROWS)
    header = "frequency [{}],real impedance [{}],imaginary impedance [ohm],voltage [{}]\n"
    with pytest.raises(BadInput, match=r"'frequency \[mhz\]' has the unit 'mhz'; 'mhz' may be mHz or MHz"):
        ec.read_impedance(write(tmp_path, "a.csv", header.format("mhz", "ohm", "V") + body))
    with pytest.raises(BadInput, match="'MOHM' may be mOhm or MOhm;"):
        ec.read_impedance(write(tmp_path, "b.csv", header.format("Hz", "MOHM", "V") + body))
    path = write(tmp_path, "c.csv", "nu [mhz],R,X,E\n" + body)
    with pytest.raises(BadInput, match="'mhz' may be mHz or MHz"):
        ec.read_impedance(path, columns=ec.Columns(0, 1, 2, negative_imaginary=False))
    beside = ec.read_impedance(write(tmp_path, "d.csv", header.format("Hz", "ohm", "mv") + body))
    assert "voltage_volt" not in beside
    assert "left out: the column 'voltage [mv]'" in beside.attrs["history"]
    for written, volts in (("mV", 2e-3), ("MV", 2e6)):
        kept = ec.read_impedance(write(tmp_path, "e.csv", header.format("Hz", "ohm", written) + body))
        np.testing.assert_allclose(kept.voltage_volt.values, volts)


def test_a_field_file_in_millihertz(real_data):
    spectrum = ec.read_impedance(real_data / "field" / "eis" / "mHz.csv")
    assert spectrum.frequency.values.max() == pytest.approx(1000.0)


def test_a_binary_bio_logic_file_gives_the_same_spectrum_through_its_adapter(tmp_path, monkeypatch):
    """The adapter of the optional package is replaced: what is tested is what is made of its columns."""
    rows = np.array(standard())
    names = ["freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm", "time/s", "<Ewe>/V", "<I>/mA", "cycle number"]
    columns = {name: rows[:, n].astype(float) for n, name in enumerate(names)}
    monkeypatch.setattr(biologic_binary, "table", lambda path: Table(columns, "EC-Lab binary"))
    path = write(tmp_path, "a.mpr", b"BIO-LOGIC MODULAR FILE\x1a" + bytes(40))
    check_rows(ec.read_impedance(path))
    assert "biologic .mpr" in ec.read_impedance(path).attrs["history"]


def test_a_real_binary_file_of_cycling_holds_no_impedance(real_data):
    pytest.importorskip("galvani")
    with pytest.raises(BadInput, match="no column of frequency, real, imaginary"):
        ec.read_impedance(real_data / "cycling/cheminfo_biologic/jdb11-4.mpr")


def test_options_are_checked(tmp_path):
    path = write(tmp_path, "nova.txt", TEXTS["nova.txt"])
    with pytest.raises(BadInput, match="format = 'nope': is unknown"):
        ec.read_impedance(path, format="nope")
    with pytest.raises(BadInput, match=r"temperature = 25: must be kelvin.*add 273.15 to Celsius"):
        ec.read_impedance(path, temperature=25)
    check_rows(ec.read_impedance(path, format="novocontrol"))
    assert all(isinstance(item, Format) for item in ec.impedance_formats())


REAL = {
    "PyEIS/ex1.mpt": (2, 59, 200019.48, 428.90558 - 372.31183j, "cycle 1"),
    "cheminfo_biologic/peis.mpt": (1, 32, 199998.14, 10.512296 - 0.73047662j, None),
    "cheminfo_biologic/zir.mpt": (1, 1, 10019.531, 104070.59 - 93853.563j, None),
    "impedancepy/exampleDataBioLogic.mpt": (1, 43, 1000.3201, 65.470886 - 0.38998979j, None),
    "impedancepy/exampleDataZPlot.z": (1, 21, 3e5, 147.77 - 11.335j, None),
    "impedancepy/exampleDataZPlot_noComments.z": (1, 31, 3e5, 642.62 - 85.821j, None),
    "impedancepy/exampleDataAutolab.txt": (1, 41, 1e4, 0.013785863964281 + 0.007191946305823j, None),
    "impedancepy/exampleDataCHInstruments.txt": (1, 73, 99610.0, 98.91 - 2.748j, None),
    "impedancepy/exampleDataParstat.txt": (1, 31, 1e4, -0.00049816280376104 + 0.0175143479976367j, None),
    "impedancepy/exampleDataPowersuite.txt": (1, 30, 2e6, -470.54113 - 1397.7358j, None),
    "impedancepy/exampleDataVersaStudio.par": (1, 61, 1e5, 55.31571 + 4.575431j, None),
    "EISFitpython_temperature_series/Example-3-4__s04147-140deg.txt": (1, 42, 1e6, 22142.3 - 54311.5j, None),
    "EISFitpython_temperature_series/Example-2__Example2a.txt": (1, 51, 1e6, 3805.5903 - 6318.0615j, None),
    "EISFitpython_temperature_series/Example_header.txt": (1, 50, 1e7, 30323.58 + 38291.88j, None),
}


@pytest.mark.parametrize("name", REAL)
def test_real_files_of_every_maker(real_data, name):
    blocks, size, frequency, impedance, block = REAL[name]
    path = real_data / "eis" / name
    assert len(ec.impedance_contents(path)) == blocks
    spectrum = ec.read_impedance(path, block=block)
    assert spectrum.sizes["frequency"] == size
    assert spectrum.frequency.values[-1] == pytest.approx(frequency, rel=1e-9)
    assert spectrum.impedance.values[-1] == pytest.approx(impedance, rel=1e-9)


def test_real_bio_logic_files_of_two_headers_hold_the_same_spectrum_and_a_missing_column_is_named(real_data):
    second = ec.read_impedance(real_data / "eis/PyEIS/ex1.mpt", block="cycle 2")
    assert second.impedance.values[-1].real == pytest.approx(418.349, abs=5e-4)
    with pytest.raises(BadInput, match="line 62 has 18 columns where 17 are named, like 43 of 43 rows; name every"):
        ec.read_impedance(real_data / "eis/impedancepy/exampleDataBioLogic_MissingFreq.mpt")


@pytest.mark.parametrize("name", ["a.DTA", "a.z", "kilo.csv"])
def test_damaged_copies_of_simulated_files_give_named_errors_or_the_rows_they_hold(tmp_path, name):
    path = write(tmp_path, name, TEXTS[name])
    found = trials([path], range(10), reader="studies.damage.electrochemistry_files:impedance")
    assert len(found) == 10
    assert {trial.outcome for trial in found} <= {"refused", "equal", "noted", "beginning", "part", "confined"}, found
