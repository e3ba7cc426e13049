"""Layouts of files as other programs write them, with simulated numbers."""

import json
import struct

import nmrglue
import numpy as np
import pytest

import spectra
from shortrange_core import BadInput

RNG = np.random.default_rng(11)
ENERGY = 540.0 - 0.1 * np.arange(31)
RATE = np.round(2000 + 900 * np.exp(-(((ENERGY - 538.5) / 0.7) ** 2)) + RNG.normal(0, 20, ENERGY.size), 1)
SHORTER = 12


def casa_rows(separator, *, header=True, cut=None):
    """CasaXPS "rows of tables": two regions side by side, the second one shorter, numbers as C writes them."""
    q = '"' if separator == "," else ""
    rows = [["Characteristic Energy eV", "1.486690e+003", "Acquisition Time s", "0.6"]] if header else []
    rows += [
        ["Name", "", f"{q}O 1s, bridging{q}" if q else "O 1s", "", "", "", "Name"],
        *([title, "", "532.5", "", "", "", title] for title in ("Position", "FWHM", "Area")),
        ["Lineshape", "", f"{q}LF(0.54,10,80,100,6){q}", "", "", "", "Lineshape"],
        ["B.E.", f"{q}Cycle 0:glass:O1s Scan:CPS{q}", "O1s Scan:a", "Background", "Envelope", "", "B.E."],
    ]
    rows[-1].append(f"{q}Cycle 1:glass:P2p:CPS{q}")
    for k, (energy, rate) in enumerate(zip(ENERGY, RATE, strict=True)):
        first = [f"{energy:.6e}", f"{rate:.6e}", "1", "1", "1", ""]
        rows.append([*first, *([f"{energy - 400:.6e}", f"{rate / 2:.6e}"] if k < SHORTER else ["", ""])])
    if cut is not None:
        rows[-3] = rows[-3][:cut]
    return "\n".join(separator.join(row) for row in rows) + "\n"


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("separator", ["\t", ","])
def test_regions_side_by_side_of_casaxps(tmp_path, separator, header):
    path = tmp_path / "rows.csv"
    path.write_text(casa_rows(separator, header=header))
    assert [block.name for block in spectra.contents(path)] == ["O 1s", "P 2p"]
    oxygen = spectra.read(path, technique="O 1s XPS")
    np.testing.assert_allclose(oxygen.binding_energy, ENERGY[::-1])
    np.testing.assert_allclose(oxygen.intensity, RATE[::-1])
    assert (oxygen.intensity.attrs["units"], oxygen.sample.item()) == ("counts/s", "glass")
    assert oxygen.noise_source.item() == "estimated"
    assert ("photon_energy" in oxygen.coords) == header
    phosphorus = spectra.read(path, technique="P 2p XPS")
    np.testing.assert_allclose(phosphorus.binding_energy, ENERGY[:SHORTER][::-1] - 400)
    path.write_text(casa_rows(separator, header=header, cut=1))
    with pytest.raises(BadInput, match="rows, some cut"):
        spectra.read(path, technique="O 1s XPS")


def test_a_casaxps_component_may_have_a_comma_in_its_name(tmp_path):
    rows = "".join(
        f"{1486.69 - e:.6e},{r:.6e},1,1,1,1,,{e:.6e},{r / 2:.6e},1,1,1,1\n" for e, r in zip(ENERGY, RATE, strict=True)
    )
    text = (
        '"Cycle 0:glass:O1s Scan"\n,Characteristic Energy eV,1.486690e+003,Acquisition Time s,2.000000e+000\n'
        'Name,,"BO, P-O-P","NBO"\nPosition,,"532.5","531"\nFWHM,,"1.4","1.3"\nArea,,"1200","800"\n'
        'Lineshape,,"LF(0.54,10,80,100,6)","GL(30)"\n'
        'K.E.,Counts,"BO, P-O-P","NBO",Background,Envelope,,B.E.,CPS,"BO, P-O-P","NBO",Background CPS,Envelope CPS\n'
    )
    path = tmp_path / "columns.csv"
    path.write_text(text + rows)
    spectrum = spectra.read(path)
    np.testing.assert_allclose(spectrum.intensity, RATE[::-1] / 2)
    assert spectrum.technique.item() == "O 1s XPS"
    assert spectrum.noise_source.item() == "estimated"  # tenths of counts are no counts
    table = spectra.read_peak_table(path, relative_sd=0.1)
    assert table.areas.entries == ("BO, P-O-P", "NBO")


POINTS, WIDTH, LARMOR = 50, 5000.0, 200.0
DECAY = 100 * np.exp(2j * np.pi * 800.0 * np.arange(POINTS) / WIDTH - np.arange(POINTS) / 15.0)


def packed(values):
    """SIMPSON's binary: mantissa of 23 bits as a fraction, exponent from -127, sign; three bytes in four characters."""
    flat = np.stack([values.real, values.imag], axis=1).ravel()
    fraction, exponent = np.frexp(np.abs(flat))
    words = (fraction * (1 << 23)).astype(np.int64) | (np.where(flat == 0, 0, exponent + 127).astype(np.int64) << 23)
    words |= (flat < 0).astype(np.int64) << 31
    content = words.astype("<u4").tobytes()
    content += b"\0" * (-len(content) % 3)
    text = ""
    for k in range(0, len(content), 3):
        a, b, c = content[k : k + 3]
        text += "".join(chr(33 + v) for v in (a & 63, a >> 6 << 4 | b & 15, b >> 4 << 2 | c & 3, c >> 2))
    return "\n".join(text[k : k + 64] for k in range(0, len(text), 64))


@pytest.mark.parametrize("points", [50, 51, 52])
def test_simpson_binary_is_its_text(tmp_path, points):
    decay = np.resize(DECAY, points)
    decay[3] = 0.0
    path = tmp_path / "glass.fid"
    path.write_text(f"SIMP\nNP={points}\nSW={WIDTH}\nREF=0\nTYPE=FID\nFORMAT=BINARY\nDATA\n{packed(decay)}\nEND\n")
    found = spectra.read(path, technique="31P NMR", larmor_frequency=LARMOR)
    np.testing.assert_allclose(found.intensity, decay, rtol=1e-6, atol=1e-6)
    _, theirs = nmrglue.simpson.read(str(path), ftype="BINARY")
    np.testing.assert_allclose(found.intensity, np.ravel(theirs), rtol=1e-6)
    path.write_text(path.read_text().replace("END", "")[:-70] + "\nEND\n")
    with pytest.raises(BadInput, match="truncated or damaged"):
        spectra.read(path, technique="31P NMR", larmor_frequency=LARMOR)


@pytest.mark.parametrize("reference", [[float("nan")], [None], None])
@pytest.mark.parametrize("points", [50, 9000])
def test_an_ssnake_file_with_its_axis_first_and_no_reference(tmp_path, points, reference):
    """Early versions write the axis first, beyond what is looked at, and NaN where no reference is set."""
    decay = np.resize(DECAY, points)
    stored = {
        "wholeEcho": [False],
        "xaxArray": [(np.arange(points) / WIDTH).tolist()],
        "freq": [LARMOR * 1e6],
        "sw": [WIDTH],
        "spec": [False],
        "ref": reference,
        "history": ["SIMPSON data loaded"],
        "dataReal": decay.real.tolist(),
        "dataImag": decay.imag.tolist(),
    }
    path = tmp_path / "glass.json"
    path.write_text(json.dumps({key: value for key, value in stored.items() if value is not None}))
    found = spectra.read(path, technique="31P NMR")
    np.testing.assert_allclose(found.intensity, decay)
    assert (found.larmor_frequency.item(), found.carrier.item()) == (LARMOR, 0.0)


def labspec(unit, values, *, intensity="Cnt/sec", rows=1, places=""):
    """LabSpec 6 XML: settings in nested lists, ten numbers a line, values before the names of their axis."""
    numbers = "\n\t\t\t\t\t".join(" ".join(f"{v:g}" for v in values[k : k + 10]) for k in range(0, len(values), 10))
    counts = [" ".join(str(10 + k + i % 7) for i in range(len(values))) for k in range(rows)]
    data = "".join(
        f'\t\t<LSX_Row Format="6" Index="{k}" Size="{len(values)}">\n\t\t{row} \n\t\t</LSX_Row>\n'
        for k, row in enumerate(counts)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<LSX_Data>
\t<LSX_Tree Format="9" ID="0x69746164" Size="9">
\t\t<LSX Format="7" ID="0x6D707974">Spectrum</LSX>
\t\t<LSX Format="9" ID="0x7A74D9D6" Size="1">
\t\t\t<LSX Format="9" ID="0x7B697861" Size="2">
\t\t\t\t<LSX Format="9" ID="0x0" Size="5">
\t\t\t\t\t<LSX Format="7" ID="0x6D707974">Intens</LSX>
\t\t\t\t\t<LSX Format="7" ID="0x7C696E75">{intensity}</LSX>
\t\t\t\t\t<LSX Format="9" ID="0x6D6174E3" Size="1"><LSX Format="5" ID="0x0">83.3</LSX></LSX>
\t\t\t\t</LSX>
\t\t\t\t<LSX Format="9" ID="0x1" Size="5">
\t\t\t\t\t<LSX Format="6" ID="0x7D6CD4DB" Size="{len(values)}">
\t\t\t\t\t{numbers}
\t\t\t\t\t</LSX>
\t\t\t\t\t<LSX Format="7" ID="0x6D707974">Spectr</LSX>
\t\t\t\t\t<LSX Format="7" ID="0x7C696E75">{unit}</LSX>
\t\t\t\t</LSX>{places}
\t\t\t</LSX>
\t\t</LSX>
\t\t<LSX Format="9" ID="0x6C62D4D9" Size="3">
\t\t\t<LSX Format="9" ID="0x6D7361DE" Size="5">
\t\t\t\t<LSX Format="7" ID="0x6D6D616E">Laser (nm)</LSX>
\t\t\t\t<LSX Format="7" ID="0x7D6C61DB">633 </LSX>
\t\t\t\t<LSX Format="5" ID="0x8736F70">632.817</LSX>
\t\t\t</LSX>
\t\t\t<LSX Format="9" ID="0x786DC6DF" Size="2">
\t\t\t\t<LSX Format="7" ID="0x6D6D616E">Sample</LSX>
\t\t\t\t<LSX Format="8" ID="0x7D6C61DB">Märzglas</LSX>
\t\t\t</LSX>
\t\t</LSX>
\t</LSX_Tree>
\t<LSX_Matrix Format="6" ID="0x7D6CD4DB" Size="{len(values)}">
{data}\t</LSX_Matrix>
</LSX_Data>
"""


SHIFT = np.linspace(200.0, 700.0, 34)
LASER = 632.817
LIGHT = 1e7 / (1e7 / LASER - SHIFT)  # nm


@pytest.mark.parametrize(
    ("unit", "axis"),
    [("1/cm", SHIFT), ("nm", LIGHT), ("1/cm abs", 1e7 / LIGHT), ("eV", 1239.8419843 / LIGHT)],
)
def test_a_labspec_axis_in_every_unit_is_the_same_raman_shift(tmp_path, unit, axis):
    path = tmp_path / "glass.xml"
    path.write_text(labspec(unit, axis.round(9)), encoding="utf-8")
    spectrum = spectra.read(path, technique="Raman")
    tolerance = 0.2 if unit != "1/cm" else 0.01  # six digits in the file
    np.testing.assert_allclose(spectrum.raman_shift, SHIFT, atol=tolerance)
    assert spectrum.intensity.attrs["units"] == "counts/s"
    assert (spectrum.sample.item(), spectrum.laser.item()) == ("Märzglas", LASER)
    if unit != "1/cm":
        assert "with the laser line 632.817 nm" in spectrum.attrs["history"]


def test_units_of_the_places_of_a_labspec_map(tmp_path):
    places = "".join(
        f'<LSX Format="9" ID="0x{k}" Size="3"><LSX Format="7" ID="0x6D707974">{name}</LSX>'
        f'<LSX Format="7" ID="0x7C696E75">µm</LSX><LSX Format="6" ID="0x7D6CD4DB">{values}</LSX></LSX>'
        for k, name, values in ((2, "X", "-1.5 0 1.5"), (3, "Y", "0 2"))
    )
    path = tmp_path / "map.xml"
    path.write_text(labspec("1/cm", SHIFT, intensity="Cnt", rows=6, places=places), encoding="utf-8")
    stack = spectra.read(path)
    np.testing.assert_array_equal(stack.x, [-1.5, 0, 1.5] * 2)
    np.testing.assert_array_equal(stack.y, [0, 0, 0, 2, 2, 2])
    assert (stack.x.attrs["units"], stack.intensity.attrs["units"]) == ("um", "counts")


def test_an_absolute_wavenumber_is_never_taken_for_a_raman_shift(tmp_path):
    path = tmp_path / "light.txt"
    rows = "".join(f"{1e7 / x:.4f}\t{10 + k % 7}\n" for k, x in enumerate(LIGHT))
    path.write_text("Wavenumber (1/cm abs)\tcounts\n" + rows)
    with pytest.raises(BadInput, match="does not state the laser line; give laser="):
        spectra.read(path, technique="Raman")
    np.testing.assert_allclose(spectra.read(path, technique="Raman", laser=LASER).raman_shift, SHIFT, atol=0.01)


def test_a_text_of_bwram(tmp_path):
    """The same layout as BWSpec writes; pixels outside the calibration have no shift, the first ones a negative one."""
    head = "File Version;BWRam4.11_1\nunits;3\npixel_num;40\nlaser_wavelength;784,9\nlaser_powerlevel;0\n"
    head += "Pixel;Wavelength;Wavenumber;Raman Shift;Dark;Reference;Raw data #1;Dark Subtracted #1;%TR #1;\n"
    for k in range(40):
        place = f"{784.74 + 0.15 * k:.2f};{12743.01 - 2.4 * k:.2f};{-2.53 + 2.4 * k:.2f}" if k > 4 else "   ;   ;   "
        head += f"{k};{place};713,0000;65535,0000;{853 + k % 5},0000;{140 + k % 5},0000;0,0000;\n".replace(".", ",")
    path = tmp_path / "lamp.txt"
    path.write_text(head)
    spectrum = spectra.read(path)
    assert spectrum.sizes == {"raman_shift": 35}
    assert spectrum.laser.item() == 784.9
    np.testing.assert_allclose(spectrum.intensity[:3], [140, 141, 142])
    assert {block.format for block in spectra.contents(path)} == {"bwtek"}


ROD = """#------------------------------------------------------------------------------
#$Date: 2021-10-04 $
#------------------------------------------------------------------------------
#
# Simulated in the layout of the database.
#
data_1000999
loop_
_publ_author_name
'Author, A.'
"O'Author, B."
_publ_section_title
;
 A title with a _tag and
 loop_ in its text
;
_chemical_formula_sum            'Na3 P S4'
_chemical_name_mineral           ?
_chemical_name_systematic        'Trisodium tetrathiophosphate'
_raman_measurement_device.excitation_laser_wavelength 514
_raman_measurement_device.resolution 3
_raman_measurement.background_subtraction_details
;
 None.
;
_rod_database.code               1000999
loop_
_space_group_symop_id
_space_group_symop_operation_xyz
1 x,y,z
2 -y,x-y,z
#BEGIN Tags that were not found in dictionaries:
_cod_database_code 1000999
#END
loop_
_raman_spectrum.raman_shift
_raman_spectrum.raw_intensity
_raman_spectrum.intensity
"""


def test_a_raman_open_database_entry_with_text_blocks(tmp_path):
    rows = "".join(f"{100 + 1.5 * k:g} {50 + k % 7} {40 + k % 7}\n" for k in range(30))
    path = tmp_path / "1000999.rod"
    path.write_text(ROD + rows)
    spectrum = spectra.read(path)
    np.testing.assert_allclose(spectrum.raman_shift, 100 + 1.5 * np.arange(30))
    np.testing.assert_allclose(spectrum.intensity, 40 + np.arange(30) % 7)
    assert (spectrum.sample.item(), spectrum.laser.item()) == ("Na3 P S4", 514.0)


def test_words_of_a_raman_open_database_entry_in_a_remark_are_no_entry(tmp_path):
    """Made up: a table whose first line tells where its columns come from."""
    remark = "# loop_ of _raman_spectrum.raman_shift and _raman_spectrum.intensity in data_1000999\n"
    rows = "".join(f"{100 + 2 * k},{50 + k % 7}\n" for k in range(40))
    path = tmp_path / "glass.csv"
    path.write_text(remark + "Raman shift (cm-1),Intensity\n" + rows)
    spectrum = spectra.read(path)
    np.testing.assert_allclose(spectrum.raman_shift, 100 + 2.0 * np.arange(40))


def omnic(path, unit):
    """OMNIC .spa: a table of places at byte 304, history and comment among them, intensities last."""
    y = (0.5 + 0.1 * np.sin(np.arange(40) / 3.0)).astype("<f4")
    head = bytearray(304)
    head[:18] = b"Spectral Data File"
    head[30:36] = b"glass\0"
    axis = bytearray(224)
    struct.pack_into("<I", axis, 4, y.size)
    axis[8], axis[12] = 1, unit
    struct.pack_into("<ff", axis, 16, 4000.0, 400.0)
    history = b"Collect Sample\r\n" + b"\0" * 16
    start = 304 + 16 * 7
    entries = [(2, start, 224), (106, 0, 0), (107, 0, 0), (27, start + 224, len(history)), (130, 0, 0)]
    entries.append((3, start + 224 + len(history), 4 * y.size))
    table = b"".join(struct.pack("<BBII6x", key, 0, place, size) for key, place, size in entries) + b"\0" * 16
    path.write_bytes(bytes(head) + table + bytes(axis) + history + y.tobytes())
    return y


def test_omnic_says_what_its_intensities_are(tmp_path):
    path = tmp_path / "glass.spa"
    y = omnic(path, 17)
    spectrum = spectra.read(path)
    np.testing.assert_allclose(spectrum.intensity, y[::-1])
    assert spectra.ftir.prepare(spectrum).intensity.attrs["units"] == "absorbance"
    omnic(path, 15)
    assert spectra.read(path).intensity.attrs["units"] == "single beam"
    with pytest.raises(BadInput, match=r"is in 'single beam', neither absorbance nor transmittance; divide"):
        spectra.ftir.prepare(spectra.read(path))
    assert spectra.ftir.prepare(spectra.read(path), quantity="absorbance").sizes["wavenumber"] == 40


def test_per_cent_without_a_unit_are_no_absorbance():
    x = np.linspace(400.0, 1200.0, 60)
    percent = spectra.from_arrays(x, 90 - 20 * np.exp(-(((x - 700) / 50) ** 2)), axis="wavenumber", noise=0.1)
    with pytest.raises(BadInput, match=r"reaches 90 without a unit; no absorbance is above 10: give quantity="):
        spectra.ftir.prepare(percent)
    assert float(spectra.ftir.prepare(percent, quantity="percent transmittance").intensity.max()) < 0.2


def test_a_real_single_channel_or_reflectance_is_no_absorbance(real_data):
    path = real_data / "ftir/opus/issue94_RT_01_1_23-02-21_13-23-54.0"
    channel = spectra.read(path, block="sample channel")
    with pytest.raises(BadInput, match="is in 'single beam', neither absorbance nor transmittance"):
        spectra.ftir.prepare(channel)
    share = channel.intensity / spectra.read(path, block="reference channel").intensity.interp(
        wavenumber=channel.wavenumber
    )
    absorbance = spectra.read(path, technique="FTIR").intensity.interp(wavenumber=channel.wavenumber)
    assert float(abs(-np.log10(share) - absorbance).median()) < 1e-6
    with pytest.raises(BadInput, match="is in 'reflectance'"):
        spectra.ftir.prepare(spectra.read(real_data / "ftir/opus/test_spectra.0", technique="FTIR"))


def test_a_whole_spectrum_under_the_name_of_a_table_of_peaks_is_one(tmp_path):
    """cheminfo writes all points of an infrared spectrum as PEAK TABLE: refused as a list of lines before."""
    x, y = 600 + 3.857623 * np.arange(200), 98 - 40 * np.exp(-((np.arange(200) - 90) ** 2) / 50)
    rows = "".join(f"{a:.6f} {b:.6f}\n" for a, b in zip(x, y, strict=True))
    head = (
        "##TITLE=a\n##JCAMP-DX=5.00\n##DATA TYPE=IR spectrum\n##DATA CLASS=PEAK TABLE\n##XUNITS=Wavenumber\n"
        "##YUNITS=%Transmittance\n##NPOINTS=200\n##PEAK TABLE=(XY..XY)\n"
    )
    path = tmp_path / "a.jdx"
    path.write_text(f"{head}{rows}##END=\n")
    spectrum = spectra.read(path)
    assert spectrum["technique"].item() == "FTIR"
    assert spectrum["intensity"].attrs["units"] == "percent transmittance"
    np.testing.assert_allclose(spectrum["wavenumber"], x, atol=1e-6)
    np.testing.assert_allclose(spectrum["intensity"], y, atol=1e-6)
    lines = rows.splitlines(keepends=True)
    uneven = "".join(f"{a**2:.6f} {b:.6f}\n" for a, b in zip(x, y, strict=True))
    for text, rule in (
        (f"{head}{rows}##END=\n".replace("IR spectrum", "INFRARED PEAK TABLE"), "it is a table of peaks"),
        (f"{head}{uneven}##END=\n", "it is a table of peaks"),
        (f"{head}{''.join(lines[:90])}{lines[90][:-12]}", r"its header says NPOINTS = 200|do not form pairs"),
        (f"{head}{''.join(lines[:90] + lines[91:])}##END=\n", "has 199 points, but its header says NPOINTS = 200"),
    ):
        path.write_text(text)
        with pytest.raises(BadInput, match=rule):
            spectra.read(path)
    path.write_text(f"{head}{''.join([*lines[:90], '9' + lines[90], *lines[91:]])}##END=\n")
    assert [note.code for note in spectra.notes_of_reading(spectra.read(path))] == ["axis-unsorted"]
