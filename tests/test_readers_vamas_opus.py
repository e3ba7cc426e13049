"""VAMAS and OPUS files: by hand first, then measured ones."""

import struct
from pathlib import Path

import numpy as np
import pytest
from binary_files import near
from vamas import Vamas

import spectra
from shortrange_core import AmbiguousFile, BadInput

REGION = """{name}
glass
2026
1
1
0
0
0
0
1
a comment
XPS
Al
{photon}
100
1E+37
1E+37
1E+37
1E+37
FAT
20
1E+37
4.5
1E+37
1E+37
1E+37
1E+37
1E+37
O
1s
-1
{axis}{columns}pulse counting
{dwell}
{scans}
0
1E+37
1E+37
1E+37
0
"""


def vamas(
    path, regions=1, *, label="Binding Energy", start=540.0, step=-0.5, unit="d", scan="REGULAR", blank=0, **more
):
    """A VAMAS file with regions of 21 points, counts 100 + 7 k % 30."""
    fields = {"photon": 1486.6, "dwell": 0.5, "scans": 4} | more
    head = (
        "\n" * blank
        + "VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4\nlab\nXPS\nme\nglass\n0\n"
    )
    head += f"NORM\n{scan}\n1\n0\n0\n0\n0\n0\n{regions}\n"
    counts = np.array([100.0 + (7 * k) % 30 for k in range(21)])
    written = counts / (fields["dwell"] * fields["scans"]) if unit == "c/s" else counts
    energy = start + step * np.arange(21)
    text = head
    for index in range(regions):
        if scan == "REGULAR":
            axis, columns = f"{label}\neV\n{start}\n{step}\n", f"1\nIntensity\n{unit}\n"
            values, limits = written, [written.min(), written.max()]
        else:
            axis, columns = "", f"2\n{label}\neV\nIntensity\n{unit}\n"
            values = np.stack([energy, written], axis=1).ravel()
            limits = [energy.min(), energy.max(), written.min(), written.max()]
        text += REGION.format(name=f"region {index}", axis=axis, columns=columns, **fields)
        text += f"{values.size}\n" + "".join(f"{value:.6f}\n" for value in [*limits, *values])
    path.write_text(text + "end of experiment\n")
    return path, energy, counts, written


@pytest.mark.parametrize("scan", ["REGULAR", "IRREGULAR"])
@pytest.mark.parametrize("blank", [0, 2])
@pytest.mark.parametrize("unit", ["d", "c/s"])
def test_a_vamas_file_by_hand(tmp_path, scan, blank, unit):
    path, energy, counts, written = vamas(tmp_path / "one.vms", scan=scan, blank=blank, unit=unit)
    spectrum = spectra.read(path, technique="O 1s XPS")
    np.testing.assert_allclose(spectrum.binding_energy, energy[::-1])
    np.testing.assert_allclose(spectrum.intensity, written[::-1], atol=1e-6)
    np.testing.assert_allclose(spectrum.counts, counts[::-1])
    assert spectrum.noise_source.item() == "counts"
    np.testing.assert_allclose(spectrum.noise, (written / np.sqrt(counts))[::-1], rtol=1e-6)


@pytest.mark.parametrize(("broken", "codes"), [(1.5, []), (91.5, ["limits-contradicted"])])
def test_limits_of_a_transmission_are_held_to_it(tmp_path, broken, codes):
    """A damaged transmission went into the amounts in silence."""
    path, _, _, written = vamas(tmp_path / "a.vms")
    transmission = np.linspace(1, 2, 21)
    transmission[10] = broken
    numbers = [written.min(), written.max(), 1.0, 2.0, *np.stack([written, transmission], axis=1).ravel()]
    text = path.read_text()
    begins = text.index("21\n" + "".join(f"{value:.6f}\n" for value in (written.min(), written.max())))
    head = text[:begins].replace("1\nIntensity\nd\n", "2\nIntensity\nd\nTransmission\nd\n")
    path.write_text(f"{head}42\n" + "".join(f"{number:.6f}\n" for number in numbers) + "end of experiment\n")
    spectrum = spectra.read(path, technique="O 1s XPS")
    assert spectrum["transmission"].item() == pytest.approx(transmission.mean())
    assert [note.code for note in spectra.notes_of_reading(spectrum)] == codes


def test_kinetic_energy_becomes_binding_energy(tmp_path):
    path, energy, counts, _ = vamas(tmp_path / "ke.vms", label="Kinetic Energy", start=940.0, step=0.5)
    spectrum = spectra.read(path)
    np.testing.assert_allclose(spectrum.binding_energy, (1486.6 - energy)[::-1])
    np.testing.assert_allclose(spectrum.intensity, counts[::-1])
    path, energy, _, _ = vamas(tmp_path / "ask.vms", label="Kinetic Energy", start=940.0, step=0.5, photon="1E+37")
    assert "kinetic_energy" in spectra.read(path).dims
    assert "photon_energy" not in spectra.read(path).coords
    given = spectra.read(path, photon_energy=1253.6)
    np.testing.assert_allclose(given.binding_energy, (1253.6 - energy)[::-1])


@pytest.mark.parametrize("label", ["Photon Energy", "excitation energy", "hv"])
def test_a_scan_of_the_photon_energy_is_no_photoelectron_spectrum(tmp_path, label):
    path, *_ = vamas(tmp_path / "absorption.vms", label=label, start=525.0, step=0.1)
    with pytest.raises(BadInput, match="scanned over the photon energy"):
        spectra.read(path)


def test_rates_that_are_no_whole_counts_are_no_counts(tmp_path):
    path, *_ = vamas(tmp_path / "rate.vms", unit="c/s", dwell=0.3, scans=1)
    text = path.read_text().replace("\n0.3\n", "\n0.077\n")
    path.write_text(text)
    assert "counts" not in spectra.read(path)


def test_two_regions_of_one_name_are_asked_for(tmp_path):
    path, *_ = vamas(tmp_path / "two.vms", 2)
    with pytest.raises(AmbiguousFile, match=r"'O 1s \(region 0\)', 'O 1s \(region 1\)'"):
        spectra.read(path, technique="O 1s XPS")
    with pytest.raises(BadInput, match="no block is P 2p XPS"):
        spectra.read(path, technique="P 2p XPS")


def test_regions_without_names_are_numbered(tmp_path):
    path, *_ = vamas(tmp_path / "two.vms", 2)
    text = (
        path.read_text().replace("\nO\n1s\n", "\n\n\n").replace("\nregion 0\n", "\n\n").replace("\nregion 1\n", "\n\n")
    )
    path.write_text(text.replace("\n1486.6\n", "\n0\n"))
    assert [block.name for block in spectra.contents(path)] == ["region 1", "region 2"]
    assert "photon_energy" not in spectra.read(path, block="region 2").coords


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("\n0.5\n4\n", "\nhalf\n4\n", "'half' where the format needs a number"),
        ("\n21\n", "\n999999999\n", "announces 1e\\+09 entries"),
        ("NORM", "NURM", "experiment mode 'NURM'"),
        ("end of experiment", "", ""),
    ],
)
def test_damage_in_a_vamas_file_is_named(tmp_path, old, new, rule):
    path, *_ = vamas(tmp_path / "bad.vms")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    if rule:
        with pytest.raises(BadInput, match=rule):
            spectra.read(path)
    path.write_text(text[: len(text) // 2])
    with pytest.raises(BadInput, match=r"truncated|number|entries"):
        spectra.read(path)


@pytest.mark.parametrize(
    ("region", "truth"), [("C 1s", 284.85), ("O 1s", 531.60), ("S 2p", 161.40), ("N 1s", 399.25), ("Mo 3d", 228.45)]
)
def test_real_multipak_vamas(real_data, region, truth):
    spectrum = spectra.read(real_data / "xps/phi_kratos_LG4X/Mutlipak_vms.npl", technique=f"{region} XPS")
    assert near(spectrum, "binding_energy", 0, 2000) == pytest.approx(truth, abs=0.001)
    assert spectrum.noise_source.item() == "counts"
    assert spectrum.photon_energy.item() == 1486.6


def test_real_kratos_vamas_is_its_text_export(real_data):
    folder = real_data / "xps/phi_kratos_LG4X"
    spectrum = spectra.read(folder / "0-150W.vms", technique="O 1s XPS")
    text = spectra.read(folder / "0-150W_NiWO1s_O1s.txt", technique="O 1s XPS")
    np.testing.assert_allclose(spectrum.binding_energy, text.binding_energy, atol=1e-6)
    np.testing.assert_allclose(spectrum.intensity, text.intensity)
    assert near(spectrum, "binding_energy", 520, 545) == pytest.approx(528.4)
    assert len(spectra.contents(folder / "0-150W.vms")) == 5


def test_vamas_numbers_are_those_of_the_vamas_package(tmp_path):
    """The package refuses both measured files (blank first lines, NUL bytes), so it is asked on a file made here."""
    path, *_ = vamas(tmp_path / "two.vms", 2)
    other = Vamas(str(path))
    for index, block in enumerate(other.blocks):
        ours = spectra.read(path, block=f"O 1s (region {index})")
        np.testing.assert_allclose(ours.intensity[::-1], block.corresponding_variables[0].y_values)
        assert float(ours.binding_energy[-1]) == block.x_start


def opus(path, blocks=("a",), points=40):
    """An OPUS file with a status and a data block for each result: absorbance (a), sample (sm) or reference (rf)."""
    codes = {"a": 0x100F, "sm": 0x0407, "rf": 0x040B}
    x = np.linspace(2000.0, 400.0, points)
    bodies, curves = [], []
    for index, key in enumerate(blocks):
        y = (1.0 + index + np.sin(np.arange(points) / 5.0)).astype("<f4")
        curves.append(y)
        status = b""
        for name, kind, value in (
            ("DPF", 0, 1),
            ("NPT", 0, points),
            ("FXV", 1, x[0]),
            ("LXV", 1, x[-1]),
            ("CSF", 1, 1.0),
            ("MXY", 1, float(y.max())),
            ("MNY", 1, float(y.min())),
        ):
            size = 2 if kind == 0 else 4
            status += (
                name.encode() + b"\0" + struct.pack("<HH", kind, size) + struct.pack("<i" if kind == 0 else "<d", value)
            )
        status += b"DXU\0" + struct.pack("<HH", 3, 2) + b"WN\0\0" + b"DAT\0" + struct.pack("<HH", 2, 6)
        status += b"01/01/2026\0\0" + b"TIM\0" + struct.pack("<HH", 2, 4) + b"12:00:00" + b"END\0\0\0\0\0"
        bodies += [(codes[key] | 0x10, status), (codes[key], y.tobytes())]
    start = 24 + 12 * (len(bodies) + 1)
    entries, payload = [struct.pack("<Iii", 0x3400, 3 * (len(bodies) + 1), 24)], b""
    for code, unpadded in bodies:
        body = unpadded + b"\0" * (-len(unpadded) % 4)
        entries.append(struct.pack("<Iii", code, len(body) // 4, start + len(payload)))
        payload += body
    head = b"\n\n\xfe\xfe" + struct.pack("<diii", 920622.0, 24, 40, len(entries))
    path.write_bytes(head + b"".join(entries) + payload)
    return path, x, curves


def test_an_opus_file_by_hand(tmp_path):
    path, x, (sample, absorbance) = opus(tmp_path / "glass.0", ("sm", "a"))
    assert [block.name for block in spectra.contents(path)] == ["absorbance", "sample channel"]
    spectrum = spectra.read(path, technique="FTIR")
    np.testing.assert_allclose(spectrum.wavenumber, x[::-1])
    np.testing.assert_allclose(spectrum.intensity, absorbance[::-1])
    np.testing.assert_allclose(spectra.read(path, block="sample channel").intensity, sample[::-1])


def test_two_absorbances_ask_which(tmp_path):
    path, _, _ = opus(tmp_path / "glass.0", ("a", "a"))
    with pytest.raises(AmbiguousFile, match="'absorbance', 'absorbance 2'"):
        spectra.read(path)


@pytest.mark.parametrize("cut", [4, 200, 400])
def test_a_cut_opus_file_is_refused(tmp_path, cut):
    path, _, _ = opus(tmp_path / "glass.0", ("sm", "a"))
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(BadInput, match="truncated or damaged"):
        spectra.read(path)


def test_real_opus_absorbance_is_the_log_ratio_of_its_channels(real_data):
    path = real_data / "ftir/opus/brukeropus_file.0"
    absorbance = spectra.read(path, technique="FTIR")
    assert absorbance.sizes == {"wavenumber": 4927}
    np.testing.assert_allclose(absorbance.wavenumber[[0, -1]], [499.40, 9997.72], atol=0.005)
    sample, reference = (spectra.read(path, block=f"{name} channel") for name in ("sample", "reference"))
    assert reference.sizes == {"wavenumber": 4933}
    assert int(np.sum(reference.sel(wavenumber=slice(7500, None)).intensity <= 0)) == 6
    aligned = reference.reindex(wavenumber=absorbance.wavenumber, method="nearest", tolerance=0.01)
    window = slice(500, 7000)
    ratio = (sample.intensity.values / aligned.intensity).sel(wavenumber=window)
    difference = absorbance.intensity.sel(wavenumber=window) + np.log10(ratio)
    assert float(np.abs(difference).max()) < 1e-7


@pytest.mark.parametrize(
    ("file", "block", "points", "high", "low"),
    [
        ("617262_1TP_C-1_A5.0", "absorbance", 3578, 7497.70, 599.74),
        ("MMP_2107_Test1.001", "absorbance", 1899, 11540, 3948),
        ("issue82_Opus_test.0", "absorbance", 1112, 12488, 3600),
        ("issue94_RT_01_1_23-02-21_13-23-54.0", "absorbance", 6930, 7498.66, 399.57),
        ("test_spectra.0", "reflectance", 4819, 7498.29, 599.92),
    ],
)
def test_real_opus_files(real_data, file, block, points, high, low):
    spectrum = spectra.read(real_data / "ftir/opus" / file, technique="FTIR")
    assert spectrum.sizes == {"wavenumber": points}
    np.testing.assert_allclose(spectrum.wavenumber[[0, -1]], [low, high], atol=0.006)
    np.testing.assert_array_equal(
        spectrum.intensity, spectra.read(Path(real_data / "ftir/opus" / file), block=block).intensity
    )
