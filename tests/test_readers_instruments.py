"""PHI, CasaXPS, Galactic, LabSpec, BWTek, ROD, OMNIC and Agilent files: by hand first, then measured ones."""

import struct

import numpy as np
import pytest
from binary_files import near

import spectra
from shortrange_core import BadInput

COUNTS = np.array([300, 310, 305, 340, 420, 610, 900, 640, 430, 350, 320], dtype=float)
ENERGY = 537.0 - 0.5 * np.arange(11)


def spe(path, *, dwell=0.5, width=8, cut=0, points=11, step=-0.5, counts=COUNTS, short=0.0):
    """A PHI multiplex file with the regions O 1s and C 1s, ranges ``short`` of a step: counts over the dwell time."""
    regions = [("O1s", 537.0, ENERGY), ("C1s", 290.0, 290.0 - 0.5 * np.arange(11))]
    text = "SOFH\nTechnique: XPS\nFileType: SPECTRUM\nXraySource: Al 1486.6 mono\nAnalyserWorkFcn: 4.2 eV\n"
    text += "NoSpectralReg: 2\n"
    for index, (name, first, axis) in enumerate(regions, start=1):
        last = axis[-1] - short * step
        span = f"{first} {last} {first} {last}"
        text += f"SpectralRegDef: {index} {index} {name} 111 {points} {step} {span} {dwell} 23.5 X\n"
    head = struct.pack("<4I", 1, 2, 192, 16)
    offset = 16 + 2 * 96
    for index in range(2):
        block = bytearray(96)
        struct.pack_into("<I", block, 20, points)
        struct.pack_into("<II", block, 76, width * 11, offset + index * width * 11)
        head += bytes(block)
    data = (counts / dwell).astype(f"<f{width}").tobytes() * 2
    content = text.encode() + b"EOFH\n" + head + data
    path.write_bytes(content[: len(content) - cut])
    return path


def multipak(path, *, cut=False):
    lines = ["Cycles 8; Regions 2; Anode Al; Photon Energy 1486.6; XPS;", "O 1s\tC 1s\t", "900\t900\t"]
    for index, (name, start) in enumerate((("O 1s", 537.0), ("C 1s", 290.0)), start=1):
        lines.append(
            f"Element {name}; Region {index} of 2; Depth Cycle 1 of 1; Time Per Step 50; Sweeps 8; Anode Al; "
            "Photon Energy 1486.6; XPS;"
        )
        lines += [f"{start - 0.5 * i:g}\t{value:g}" for i, value in enumerate(COUNTS)]
    path.write_text("\r\n".join(lines[:-5] if cut == "rows" else lines[:14] if cut else lines) + "\r\n")
    return path


@pytest.mark.parametrize("width", [4, 8])
def test_rates_and_counts_of_phi_are_never_confused(tmp_path, width):
    binary = spectra.read(spe(tmp_path / "glass.spe", width=width), technique="O 1s XPS")
    text = spectra.read(multipak(tmp_path / "glass.txt"), technique="O 1s XPS")
    np.testing.assert_allclose(binary.intensity, COUNTS[::-1] / 0.5)
    assert (binary.intensity.attrs["units"], text.intensity.attrs["units"]) == ("counts/s", "counts")
    for spectrum in (binary, text):
        np.testing.assert_allclose(spectrum.binding_energy, ENERGY[::-1])
        np.testing.assert_allclose(spectrum.counts, COUNTS[::-1])
        assert spectrum.photon_energy.item() == 1486.6
    np.testing.assert_allclose(binary.noise, 2 * text.noise)
    np.testing.assert_allclose(text.noise, np.sqrt(COUNTS[::-1]))


@pytest.mark.parametrize("short", [0.25, -0.75])
def test_a_phi_range_of_no_whole_number_of_steps_goes_in_steps(tmp_path, short):
    spectrum = spectra.read(spe(tmp_path / "survey.spe", short=short), technique="O 1s XPS")
    np.testing.assert_allclose(spectrum.binding_energy, ENERGY[::-1], rtol=0, atol=1e-9)
    ends = spectra.read(spe(tmp_path / "rounded.spe", step=-0.500004, short=0), technique="O 1s XPS")
    np.testing.assert_allclose(ends.binding_energy, ENERGY[::-1], rtol=0, atol=1e-9)


def test_corrected_rates_are_no_counts(tmp_path):
    corrected = spectra.read(spe(tmp_path / "glass.spe", counts=COUNTS * 1.0371), technique="O 1s XPS")
    assert "counts" not in corrected
    assert corrected.noise_source.item() == "estimated"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"cut": 20}, "truncated or damaged"),
        ({"points": 12}, "damaged"),
        ({"points": 10**9}, "damaged"),
        ({"step": 0}, "damaged"),
    ],
)
def test_damaged_phi_binaries_are_refused(tmp_path, change, rule):
    with pytest.raises(BadInput, match=rule):
        spectra.read(spe(tmp_path / "bad.spe", **change), technique="O 1s XPS")


def test_a_cut_multipak_text_is_refused(tmp_path):
    with pytest.raises(BadInput, match="says 2 regions, but has 1; it is truncated"):
        spectra.read(multipak(tmp_path / "cut.txt", cut=True))
    path = multipak(tmp_path / "inside.txt")
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(BadInput, match="ends inside a line"):
        spectra.read(path)


PAIRS = ("BN-BS-1_multiplex", "BN-BS-2_MULTIPLEX", "BN-BS-3_MULTIPLEX", "BN-BS-4_multiplex")
SURVEYS = ("BN-BS-1_SURVEY", "BN-BS-2_SURVEY", "BN-BS-3_SURVEY", "BN-BS-4_survey")
MAXIMA = {
    "BN-BS-1_multiplex": {"Bi 4f": 163.00, "Na 1s": 1075.15, "O 1s": 533.20, "C 1s": 288.75},
    "BN-BS-2_MULTIPLEX": {"Bi 4f": 162.60, "Na 1s": 1074.25, "O 1s": 532.50, "C 1s": 285.75},
    "BN-BS-3_MULTIPLEX": {"Bi 4f": 162.35, "O 1s": 532.60, "C 1s": 288.20},
    "BN-BS-4_multiplex": {"Bi 4f": 162.25, "Na 1s": 1074.10, "O 1s": 532.40, "C 1s": 288.35},
}


@pytest.mark.parametrize("name", [*PAIRS, *SURVEYS])
def test_real_phi_pairs_agree(real_data, name):
    folder = real_data / "xps/phi_spe_txt_pairs_BNT"
    blocks = [block.name for block in spectra.contents(folder / f"{name}.spe")]
    assert blocks == [block.name for block in spectra.contents(folder / f"{name}.txt")]
    for block in blocks:
        binary = spectra.read(folder / f"{name}.spe", block=block)
        text = spectra.read(folder / f"{name}.txt", block=block)
        assert (binary.intensity.attrs["units"], text.intensity.attrs["units"]) == ("counts/s", "counts")
        np.testing.assert_allclose(binary.binding_energy, text.binding_energy, atol=1e-9)
        np.testing.assert_allclose(binary.intensity * binary.dwell_time.item(), text.intensity, rtol=1e-6)
        np.testing.assert_array_equal(binary.counts, text.counts)
        truth = MAXIMA.get(name, {}).get(block)
        if truth:
            top = text.binding_energy.values[int(np.argmax(text.intensity.values))]
            assert top == pytest.approx(truth, abs=0.001)


CASA = """"Cycle 0:glass:O 1s Scan"
,Characteristic Energy eV,1486.69,Acquisition Time s,0.5
Name,,BO,NBO
Position,,532.5,531.0
FWHM,,1.4,1.3
Area,,1200,800
Lineshape,,GL(30),GL(30)
K.E.,Counts,BO,NBO,Background,Envelope,,B.E.,CPS,BO,NBO,Background CPS,Envelope CPS
"""


def test_a_casaxps_export(tmp_path):
    rows = ""
    for energy, count in zip(ENERGY, COUNTS, strict=True):
        rows += f"{1486.69 - energy},{count},1,1,300,302,,{energy},{count / 0.5},2,2,600,604\n"
    path = tmp_path / "fit.csv"
    path.write_text(CASA + rows)
    spectrum = spectra.read(path, technique="O 1s XPS")
    np.testing.assert_allclose(spectrum.binding_energy, ENERGY[::-1])
    np.testing.assert_allclose(spectrum.intensity, COUNTS[::-1] / 0.5)
    np.testing.assert_allclose(spectrum.counts, COUNTS[::-1])
    assert spectrum.photon_energy.item() == 1486.69
    path.write_text(CASA + rows + "1,2\n")
    with pytest.raises(BadInput, match="some cut"):
        spectra.read(path)


def test_an_xpspeak_text_gives_the_measured_column(tmp_path):
    path = tmp_path / "glass.txt"
    header = "Binding Energy\tRaw Intensity\tPeak Sum\tBackground\tPeak 1\n"
    rows = "".join(f"{e}\t{c}\t{c + 1}\t300\t{c - 300}\n" for e, c in zip(ENERGY, COUNTS, strict=True))
    path.write_text(header + rows)
    np.testing.assert_allclose(spectra.read(path, technique="O 1s XPS").intensity, COUNTS[::-1])


def lsx(rows, places=(), unit="1/cm", extra=""):
    def axis(kind, unit, values):
        text = " ".join(f"{v:g}" for v in values)
        return (
            f'<LSX Format="9" ID="0x1"><LSX Format="7" ID="0x6D707974">{kind}</LSX>'
            f'<LSX Format="7" ID="0x7C696E75">{unit}</LSX><LSX Format="8" ID="0x7D6CD4DB">{text}</LSX></LSX>'
        )

    axes = axis("Intens", "Cnt", []) + axis("Spectr", unit, [300, 200, 100, 50]) + "".join(axis(*p) for p in places)
    laser = (
        '<LSX ID="0x6D7361DE"><LSX ID="0x6D6D616E">Laser (nm)</LSX><LSX ID="0x7D6C61DB">633 </LSX>'
        '<LSX ID="0x8736F70">632.817</LSX></LSX>'
    )
    matrix = "".join(f'<LSX_Row Format="5" Size="4">{" ".join(map(str, row))}</LSX_Row>' for row in rows)
    return (
        f'<?xml version="1.0"?>{extra}<LSX_Data><LSX_Tree>{laser}<LSX ID="0x7A74D9D6"><LSX ID="0x7B697861">{axes}</LSX>'
        f"</LSX></LSX_Tree><LSX_Matrix>{matrix}</LSX_Matrix></LSX_Data>"
    )


def test_labspec_xml_spectrum_and_map(tmp_path):
    path = tmp_path / "glass.xml"
    path.write_text(lsx([[1, 5, 2, 7]]))
    spectrum = spectra.read(path)
    np.testing.assert_array_equal(spectrum.intensity, [7, 2, 5, 1])
    assert spectrum.laser.item() == 632.817
    path.write_text(lsx([[1, 5, 2, k] for k in range(6)], [("X", "um", [0, 1, 2]), ("Y", "um", [0, 10])]))
    stack = spectra.read(path)
    np.testing.assert_array_equal(stack.x, [0, 1, 2, 0, 1, 2])
    np.testing.assert_array_equal(stack.y, [0, 0, 0, 10, 10, 10])
    path.write_text(lsx([[1, 5, 2, 7]], unit="nm"))
    assert spectra.read(path, technique="Raman").sizes == {"raman_shift": 4}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (lsx([[1, 5, 2]]), "rows do not have 4 values"),
        (lsx([[1, 5, 2, "x"]]), "not a number"),
        (lsx([[1, 5, 2, 7]])[:-30], "not complete XML"),
        (lsx([[1, 5, 2, 7]], extra='<!DOCTYPE a [<!ENTITY b "c">]>'), "defines XML entities"),
    ],
)
def test_damaged_labspec_xml_is_refused(tmp_path, text, rule):
    path = tmp_path / "bad.xml"
    path.write_text(text)
    with pytest.raises(BadInput, match=rule):
        spectra.read(path)


def test_a_labspec_text_map(tmp_path):
    path = tmp_path / "map.txt"
    lines = ["#Laser=\t532.04", "#AxisType[1]=Spectr", "#AxisUnit[1]=1/cm", "\t\t100\t200\t300\t400"]
    lines += [f"{y}\t{x}\t1\t2\t{x + y}\t4" for y in (0, 5) for x in (0, 1, 2)]
    path.write_text("\n".join(lines) + "\n")
    stack = spectra.read(path)
    assert stack.sizes == {"pixel": 6, "raman_shift": 4}
    np.testing.assert_array_equal(stack.y, [0, 0, 0, 5, 5, 5])
    np.testing.assert_array_equal(stack.intensity[:, 2], [0, 1, 2, 5, 6, 7])
    path.write_text("\n".join(lines)[:-3])
    with pytest.raises(BadInput, match="line 10 does not have 6 numbers"):
        spectra.read(path)


def bwtek(rows=12, said=12):
    head = f"File Version;BWSpec4.11_1\nlaser_wavelength;532,07\npixel_num;{said}\n"
    table = "Pixel;Wavelength;Wavenumber;Raman Shift;Dark;Raw data #1;Dark Subtracted #1;%TR #1;\n"
    for k in range(rows):
        shift = f"{530 + k},5;18800,1;{10 + 3 * k},25" if k > 1 else "   ;   ;   "
        table += f"{k};{shift};1000,0000;{1000 + (k * 5) % 7},0000;{(k * 5) % 7},0000;0,0000;\n"
    return head + table


def test_a_bwtek_text(tmp_path):
    path = tmp_path / "glass.txt"
    path.write_text(bwtek())
    spectrum = spectra.read(path)
    np.testing.assert_allclose(spectrum.raman_shift, 10.25 + 3 * np.arange(2, 12))
    np.testing.assert_allclose(spectrum.intensity, (np.arange(2, 12) * 5) % 7)
    assert spectrum.laser.item() == 532.07
    path.write_text(bwtek(rows=10))
    with pytest.raises(BadInput, match="has 10 pixels, but its settings say 12"):
        spectra.read(path)


ROD = """#HERE IS ROD
data_1000000
_chemical_name_mineral Magnetite
_raman_measurement_device.excitation_laser_wavelength 514
loop_
_publ_author_name
'A. Author'
loop_
_raman_spectrum.raman_shift
_raman_spectrum.intensity
91.5 1155
96.3 1139
101.1 1208
"""


def test_a_raman_open_database_file(tmp_path):
    path = tmp_path / "1000000.rod"
    path.write_text(ROD)
    spectrum = spectra.read(path)
    np.testing.assert_allclose(spectrum.raman_shift, [91.5, 96.3, 101.1])
    assert (spectrum.laser.item(), spectrum.sample.item()) == (514.0, "Magnetite")
    path.write_text(ROD + "105.9\n")
    with pytest.raises(BadInput, match="has 1 cells, the loop 2"):
        spectra.read(path)
    path.write_text(ROD.replace("_raman_spectrum.intensity\n", ""))
    with pytest.raises(BadInput, match="no loop with"):
        spectra.read(path)


@pytest.mark.parametrize(
    "head",
    [
        "# loop_ of _raman_ scans, data_ from the laboratory\nRaman shift (cm-1),Intensity\n",
        "# _raman_spectrum.raman_shift\n# loop_\nRaman shift (cm-1),Intensity\n",
    ],
)
def test_words_of_a_cif_do_not_make_a_table_a_raman_open_database_file(tmp_path, head):
    path = tmp_path / "simulated.csv"
    path.write_text(head + "".join(f"{100 + n},{10 + n % 7}\n" for n in range(30)))
    assert spectra.read(path).sizes["raman_shift"] == 30


def test_a_cif_may_begin_with_comments(tmp_path):
    path = tmp_path / "1000000.txt"
    path.write_text("#----\n# $Date$\n\n" + ROD)
    assert spectra.read(path).sizes["raman_shift"] == 3


def spa(path, *, points=20, said=20, unit=1, cut=0):
    y = (50 + 10 * np.sin(np.arange(points) / 3.0)).astype("<f4")
    head = bytearray(304)
    head[:18] = b"Spectral Data File"
    head[30:35] = b"glass"
    axis = bytearray(64)
    struct.pack_into("<I", axis, 4, said)
    axis[8], axis[12] = unit, 17
    struct.pack_into("<ff", axis, 16, 4000.0, 400.0)
    start = 304 + 48
    table = struct.pack("<BBII6x", 2, 0, start, 64) + struct.pack("<BBII6x", 3, 0, start + 64, 4 * points) + b"\0" * 16
    content = bytes(head) + table + bytes(axis) + y.tobytes()
    path.write_bytes(content[: len(content) - cut])
    return path, y


def test_an_omnic_spectrum(tmp_path):
    path, y = spa(tmp_path / "glass.spa")
    spectrum = spectra.read(path, technique="FTIR")
    np.testing.assert_allclose(spectrum.wavenumber, np.linspace(400, 4000, 20))
    np.testing.assert_allclose(spectrum.intensity, y[::-1])
    assert (spectrum.sample.item(), spectrum.intensity.attrs["units"]) == ("glass", "absorbance")
    for change in ({"said": 21}, {"said": 2**31}, {"cut": 4}):
        path, _ = spa(tmp_path / "bad.spa", **change)
        with pytest.raises(BadInput, match="damaged"):
            spectra.read(path)


def test_an_agilent_text(tmp_path):
    path = tmp_path / "glass.asp"
    values = 0.1 + 0.01 * np.sin(np.arange(30))
    text = "30\n4000.0\n650.0\n1\n2\n4\n" + "".join(f"{v}\n" for v in values)
    path.write_text(text)
    spectrum = spectra.read(path)
    np.testing.assert_allclose(spectrum.intensity[::-1], values)
    assert spectrum.intensity.attrs["units"] == "absorbance"
    path.write_text(text[: -len(f"{values[-1]}\n")])
    with pytest.raises(BadInput, match="says 30 points, but has 29"):
        spectra.read(path)


def test_real_agilent_texts(real_data):
    for name, points in (("datalab_2024-10-10_FeSO4_ref.asp", 1932), ("openspecy_ftir_ldpe_soil.asp", 1798)):
        assert spectra.read(real_data / "ftir" / name).sizes == {"wavenumber": points}
    polyethylene = spectra.read(real_data / "ftir/openspecy_ftir_ldpe_soil.asp")
    assert near(polyethylene, "wavenumber", 2800, 3000) == pytest.approx(2915, abs=3)  # CH2 stretch


def test_real_raman_instruments(real_data):
    folder = real_data / "raman"
    labspec = spectra.read(folder / "datalab_labspec_raman_example.txt")
    assert labspec.technique.item() == "Raman"
    for truth in (247.1, 349.4, 406.3, 482.3, 517.4, 608.0, 668.5):
        assert near(labspec, "raman_shift", truth - 8, truth + 8) == pytest.approx(truth, abs=1.0)
    style = folder / "ramanchada2/ICV_BW532__PST02_iRPlus532_Z050_100_2500msx5.txt"
    with pytest.raises(BadInput, match="no block"):
        spectra.read(style, block="nothing")
    styrene = spectra.read(style)
    assert near(styrene, "raman_shift", 950, 1050) == pytest.approx(1001.4, abs=3)
    silicon = spectra.read(folder / "ramanchada2/ICV_BW532__S0B02_iRPlus532_Z050_100_30000ms.txt")
    assert near(silicon, "raman_shift", 480, 560) == pytest.approx(520.5, abs=3)
    witec = spectra.read(folder / "witec_Si_wafer.txt")
    assert near(witec, "wavelength", 540, 560) == pytest.approx(547.4, abs=0.1)
    shifted = spectra.read(folder / "witec_Si_wafer.txt", technique="Raman", laser=532.3)
    assert near(shifted, "raman_shift", 450, 600) == pytest.approx(520, abs=4)
