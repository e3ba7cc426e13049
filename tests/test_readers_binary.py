"""TopSpin folders, WiRE, OPUS and VAMAS files: small ones written here byte by byte, then measured ones."""

import struct
from pathlib import Path

import nmrglue
import numpy as np
import pytest
from renishawWiRE import WDFReader
from vamas import Vamas

import spectra
from shortrange_core import AmbiguousFile, BadInput
from spectra.noise import Decay
from spectra.readers.formats import bruker

RNG = np.random.default_rng(5)
CURVE = np.round(1000 * np.exp(-((np.arange(64) - 40) ** 2) / 30.0)) + RNG.integers(0, 9, 64)


def topspin(folder, *, order=0, kind=0, shift=-3, **changes):
    """A processed 31P spectrum of 64 points from 10 ppm down, 100 MHz, 1000 Hz wide, and its FID."""
    values = {"SI": 64, "SF": 100.0, "SW_p": 1000.0, "OFFSET": 10.0, "NC_proc": shift, "BYTORDP": order, "DTYPP": kind}
    values |= changes
    number = folder / "pdata" / "1"
    number.mkdir(parents=True)
    dtype = np.dtype("i4" if kind == 0 else "f8").newbyteorder("<" if order == 0 else ">")
    (number / "1r").write_bytes(CURVE.astype(dtype).tobytes())
    (number / "1i").write_bytes((CURVE[::-1]).astype(dtype).tobytes())
    (number / "procs").write_text("##TITLE= x\n" + "".join(f"##${k}= {v}\n" for k, v in values.items()) + "##END=\n")
    (number / "title").write_text("glass x = 0.3\nsecond line")
    acquisition = {"NUC1": "<31P>", "SFO1": 100.0005, "BF1": 100.0, "TD": 128, "SW_h": 1000.0, "AQ_mod": 3, "DTYPA": 0}
    acquisition |= {"BYTORDA": 0, "MASR": 20000, "TE": 298.0, "D": "(0..3)\n0 200 0 0", "GRPDLY": 0, "NC": 0}
    (folder / "acqus").write_text("".join(f"##${k}= {v}\n" for k, v in acquisition.items()) + "##END=\n")
    decay = 1e5 * np.exp(2j * np.pi * 100 * np.arange(64) / 1000 - np.arange(64) / 20)
    (folder / "fid").write_bytes(np.stack([decay.real, decay.imag], axis=1).astype("<i4").tobytes())
    return folder


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("kind", [0, 2])
def test_a_topspin_folder_by_hand(tmp_path, order, kind):
    folder = topspin(tmp_path / "7", order=order, kind=kind)
    spectrum = spectra.read(folder, technique="31P NMR")
    np.testing.assert_allclose(spectrum.chemical_shift[::-1], 10 - np.arange(64) * 10 / 64)
    np.testing.assert_allclose(spectrum.intensity[::-1], CURVE / 8)
    np.testing.assert_allclose(spectrum.imaginary, CURVE / 8)
    said = {name: spectrum[name].item() for name in ("sample", "spinning_rate", "recycle_delay", "larmor_frequency")}
    assert said == {
        "sample": "glass x = 0.3",
        "spinning_rate": 20000.0,
        "recycle_delay": 200.0,
        "larmor_frequency": 100,
    }
    for inside in ("pdata/1", "pdata/1/1r", "pdata/1/procs"):
        np.testing.assert_array_equal(spectra.read(folder / inside).intensity, spectrum.intensity)


def test_a_folder_of_experiments_names_them(tmp_path):
    topspin(tmp_path / "7")
    topspin(tmp_path / "8")
    with pytest.raises(BadInput, match="holds the experiments 7, 8; give one"):
        spectra.read(tmp_path)


def test_a_spinning_rate_of_the_metadata_can_be_overridden(tmp_path):
    spectrum = spectra.read(topspin(tmp_path / "7")).assign_coords(spinning_rate=40e3)
    assert spectra.check(spectrum).spinning_rate.item() == 40e3


def test_a_free_induction_decay_turns_the_right_way(tmp_path):
    decay = spectra.read(topspin(tmp_path / "7"), block="fid")
    step = float(decay.time[1] - decay.time[0])
    frequency = np.fft.fftfreq(1024, step)[int(np.argmax(np.abs(np.fft.fft(decay.intensity.values, 1024))))]
    assert frequency == pytest.approx(100, abs=1)
    assert decay.carrier.item() == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"SI": 65}, "65 points of 4 bytes; it is cut"),
        ({"SI": 32}, "but SI = 32; it is cut or damaged"),
        ({"SF": "nothing"}, "parameter SF is 'nothing', no number"),
        ({"SW_p": -1}, "both must be above 0"),
        ({"DTYPP": 7}, "data of type 7"),
        ({"SI": 10**12}, "cut or damaged"),
    ],
)
def test_damaged_topspin_parameters_are_named(tmp_path, change, rule):
    with pytest.raises(BadInput, match=rule):
        spectra.read(topspin(tmp_path / "7", **change))


def test_a_plane_is_a_stack_only_with_its_delays(tmp_path):
    folder = topspin(tmp_path / "7", XDIM=32)
    number = folder / "pdata/1"
    rows = np.stack([CURVE * k for k in (1, 2, 3, 4)])
    tiles = rows.reshape(2, 2, 2, 32).swapaxes(1, 2)  # tiles of 2 x 32, row after row
    (number / "2rr").write_bytes(tiles.astype("<i4").tobytes())
    (number / "proc2s").write_text("##$SI= 4\n##$XDIM= 2\n##END=\n")
    with pytest.raises(BadInput, match="2D spectrum without a list of delays"):
        spectra.read(folder, block="pdata/1")
    (folder / "vdlist").write_text("1\n500m\n2.5s\n")
    stack = spectra.read(folder)
    assert stack.sizes == {"delay": 3, "chemical_shift": 64}
    np.testing.assert_allclose(stack.delay, [1, 0.5, 2.5])
    np.testing.assert_allclose(stack.intensity[1, ::-1], 2 * CURVE / 8)


def test_real_topspin_folders(real_data):
    reference = spectra.read(real_data / "nmr/bruker_31P_H3PO4_reference/1", technique="31P NMR")
    top = int(np.argmax(reference.intensity.values))
    assert float(reference.chemical_shift[top]) == pytest.approx(0.002, abs=0.001)
    half = reference.chemical_shift.values[reference.intensity.values > reference.intensity.values[top] / 2]
    assert (half[-1] - half[0]) * reference.larmor_frequency.item() == pytest.approx(57, abs=5)
    assert reference.sample.item() == "31P reference, 85% H3PO4"
    lithium = spectra.read(real_data / "nmr/bruker_7Li_MAS40k_Li2MnFeP2S6/71")
    assert lithium.spinning_rate.item() == 7000.0  # what the metadata say; the title says 40 kHz
    assert float(lithium.chemical_shift[int(np.argmax(lithium.intensity.values))]) == pytest.approx(-26.4, abs=0.1)
    for low, high, truth in ((100, 200, 143.9), (-420, -330, -369.3), (-590, -500, -538.8)):
        window = lithium.sel(chemical_shift=slice(low, high))
        found = float(window.chemical_shift[int(np.argmax(window.intensity.values))])
        assert found == pytest.approx(truth, abs=1.0)
    with pytest.raises(BadInput, match="no block is 31P NMR"):
        spectra.read(real_data / "nmr/bruker_7Li_MAS40k_Li2MnFeP2S6/71", technique="31P NMR")


@pytest.mark.filterwarnings("ignore::UserWarning")  # nmrglue warns of the missing pulse program
def test_real_topspin_numbers_are_those_of_nmrglue(real_data):
    folder = real_data / "nmr/bruker_31P_H3PO4_reference/1"
    _, processed = nmrglue.bruker.read_pdata(str(folder / "pdata/1"), scale_data=True)
    ours = spectra.read(folder)
    np.testing.assert_allclose(ours.intensity[::-1], processed, rtol=1e-12)
    dictionary, fid = nmrglue.bruker.read(str(folder))
    raw = nmrglue.bruker.remove_digital_filter(dictionary, fid)
    decay = spectra.read(folder, block="fid").intensity.values
    scale = np.abs(raw[:500]).max()
    ratio = (np.vdot(raw[10:500], decay[10:500]) / np.vdot(raw[10:500], raw[10:500])).real
    np.testing.assert_allclose(decay[10:500], ratio * raw[10:500], atol=0.02 * ratio * scale)


def wdf(path, spectra_count=1, *, capacity=None, unit=1, points=32, cut=0, laser=1e7 / 532.0):
    """A WiRE file: header, DATA, XLST, YLST and ORGN with x and y of the stage."""
    capacity = capacity or spectra_count
    head = bytearray(512)
    head[:4] = b"WDF1"
    struct.pack_into("<IQ", head, 4, 1, 512)
    struct.pack_into("<IQQIIII", head, 0x3C, points, capacity, spectra_count, 5, 1, points, 2)
    struct.pack_into("<If", head, 0x98, 6, laser)
    head[0xF0:0xF5] = b"glass"
    data = np.zeros((capacity, points), "<f4")
    data[:spectra_count] = RNG.normal(100, 1, (spectra_count, points))
    axis = np.linspace(700, 200, points).astype("<f4") if unit == 1 else np.linspace(560, 540, points).astype("<f4")

    def block(name, body):
        return name + struct.pack("<IQ", 0, 16 + len(body)) + body

    places = b""
    for kind, values in ((3, np.arange(capacity) * 2.0), (4, np.arange(capacity) * -1.0)):
        places += struct.pack("<II16s", kind, 5, b"stage") + values.astype("<f8").tobytes()
    content = bytes(head) + block(b"DATA", data.tobytes())
    content += block(b"XLST", struct.pack("<II", 1, unit) + axis.tobytes())
    content += block(b"ORGN", struct.pack("<I", capacity) + places)
    path.write_bytes(content[: len(content) - cut])
    return path, axis, data[:spectra_count]


def test_a_single_wire_spectrum_by_hand(tmp_path):
    path, axis, data = wdf(tmp_path / "one.wdf")
    spectrum = spectra.read(path)
    np.testing.assert_allclose(spectrum.raman_shift, axis[::-1])
    np.testing.assert_allclose(spectrum.intensity, data[0, ::-1])
    assert spectrum.technique.item() == "Raman"
    assert spectrum.laser.item() == pytest.approx(532.0, abs=1e-3)


def test_a_wire_map_keeps_the_places(tmp_path):
    path, _, data = wdf(tmp_path / "map.wdf", 6, capacity=9)
    stack = spectra.read(path)
    assert stack.sizes == {"pixel": 6, "raman_shift": 32}
    np.testing.assert_allclose(stack.intensity[:, ::-1], data)
    np.testing.assert_allclose(stack.x, np.arange(6) * 2.0)
    assert "interrupted: 6 of 9 spectra" in stack.attrs["history"]
    one = spectra.check(stack.isel(pixel=2))
    assert one.intensity.dims == ("raman_shift",)


def test_a_wire_axis_in_nm_uses_the_laser_line_of_the_file(tmp_path):
    path, axis, _ = wdf(tmp_path / "nm.wdf", unit=3)
    spectrum = spectra.read(path, technique="Raman")
    laser = spectrum.laser.item()
    np.testing.assert_allclose(spectrum.raman_shift, np.sort(1e7 / laser - 1e7 / axis.astype(float)), rtol=1e-5)
    assert "wavelength" in spectra.read(path).dims


@pytest.mark.parametrize("cut", [1, 100, 600])
def test_a_cut_wire_file_is_refused(tmp_path, cut):
    path, _, _ = wdf(tmp_path / "cut.wdf", 3, cut=cut)
    with pytest.raises(BadInput, match="cut"):
        spectra.read(path)


@pytest.mark.parametrize(
    ("at", "value"), [(0x3C, 0xFFFFFFFF), (0x48, 2**62), (0x40, 0), (512 + 8, 0), (512 + 8, 2**63)]
)
def test_absurd_sizes_in_a_wire_header_are_refused(tmp_path, at, value):
    path, _, _ = wdf(tmp_path / "absurd.wdf", 3)
    content = bytearray(path.read_bytes())
    struct.pack_into("<I" if value < 2**32 and at == 0x3C else "<Q", content, at, value)
    path.write_bytes(bytes(content))
    with pytest.raises(BadInput, match="fit"):
        spectra.read(path)


def near(spectrum, low, high):
    axis = next(str(name) for name in spectrum.dims if name in spectra.AXES)
    window = spectrum.sel({axis: slice(low, high)})
    return float(window[axis].values[int(np.argmax(window.intensity.values))])


def test_real_wire_files(real_data):
    graphene = spectra.read(real_data / "raman/renishaw/cheminfo_sp.wdf", technique="Raman")
    assert near(graphene, 1500, 1700) == pytest.approx(1587.0, abs=1.0)
    assert near(graphene, 2600, 2750) == pytest.approx(2672.0, abs=1.0)
    binary = spectra.read(real_data / "raman/datalab_raman_example.wdf")
    text = spectra.read(real_data / "raman/datalab_raman_example.txt", technique="Raman")
    np.testing.assert_allclose(binary.raman_shift, text.raman_shift, atol=1e-5)
    np.testing.assert_allclose(binary.intensity, text.intensity, rtol=1e-6)
    assert near(binary, 1300, 1400) == pytest.approx(1327.0, abs=1.0)


@pytest.mark.parametrize("file", ["renishaw/cheminfo_sp.wdf", "renishaw/cheminfo_6x6.wdf", "datalab_raman_example.wdf"])
def test_real_wire_numbers_are_those_of_renishawwire(real_data, file):
    path = real_data / "raman" / file
    other = WDFReader(str(path))
    ours = spectra.read(path)
    order = np.argsort(other.xdata)
    np.testing.assert_array_equal(ours.raman_shift, np.asarray(other.xdata, float)[order])
    flat = np.reshape(other.spectra, (-1, other.xdata.size))[:, order]
    np.testing.assert_array_equal(np.atleast_2d(ours.intensity.values), flat)
    assert ours.laser.item() == pytest.approx(other.laser_length, rel=1e-6)
    if "6x6" in file:
        np.testing.assert_allclose(ours.x, other.xpos)
        np.testing.assert_allclose(ours.y, other.ypos)
        mean = ours.intensity.mean("pixel").sel(raman_shift=slice(2600, 2800))
        assert float(mean.raman_shift[int(np.argmax(mean.values))]) == pytest.approx(2707.8, abs=4)
    other.close()


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
        ("\n0.5\n4\n", "\nhalf\n4\n", "'half' where the format has a number"),
        ("\n21\n", "\n999999999\n", "counts 1e\\+09 entries"),
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
    with pytest.raises(BadInput, match=r"cut|number|entries"):
        spectra.read(path)


@pytest.mark.parametrize(
    ("region", "truth"), [("C 1s", 284.85), ("O 1s", 531.60), ("S 2p", 161.40), ("N 1s", 399.25), ("Mo 3d", 228.45)]
)
def test_real_multipak_vamas(real_data, region, truth):
    spectrum = spectra.read(real_data / "xps/phi_kratos_LG4X/Mutlipak_vms.npl", technique=f"{region} XPS")
    assert near(spectrum, 0, 2000) == pytest.approx(truth, abs=0.001)
    assert spectrum.noise_source.item() == "counts"
    assert spectrum.photon_energy.item() == 1486.6


def test_real_kratos_vamas_is_its_text_export(real_data):
    folder = real_data / "xps/phi_kratos_LG4X"
    spectrum = spectra.read(folder / "0-150W.vms", technique="O 1s XPS")
    text = spectra.read(folder / "0-150W_NiWO1s_O1s.txt", technique="O 1s XPS")
    np.testing.assert_allclose(spectrum.binding_energy, text.binding_energy, atol=1e-6)
    np.testing.assert_allclose(spectrum.intensity, text.intensity)
    assert near(spectrum, 520, 545) == pytest.approx(528.4)
    assert len(spectra.contents(folder / "0-150W.vms")) == 5


def test_vamas_numbers_are_those_of_the_vamas_package(tmp_path):
    """The package refuses both measured files (blank first lines, NUL bytes), so it is asked on a file made here."""
    path, *_ = vamas(tmp_path / "two.vms", 2)
    other = Vamas(str(path))
    for index, block in enumerate(other.blocks):
        ours = spectra.read(path, block=f"O 1s (region {index})")
        np.testing.assert_allclose(ours.intensity[::-1], block.corresponding_variables[0].y_values)
        assert float(ours.binding_energy[-1]) == block.x_start


def opus(path, blocks=("a",), points=40, *, kinds=None):
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
    with pytest.raises(BadInput, match="cut or damaged"):
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


def test_a_folder_of_data_sets_names_their_experiments(tmp_path):
    topspin(tmp_path / "glass" / "10")
    topspin(tmp_path / "glass" / "2")
    for look in (spectra.read, spectra.contents):
        with pytest.raises(BadInput, match="holds the experiments 2, 10; give one of the folders, such as glass/2"):
            look(tmp_path / "glass")
        with pytest.raises(BadInput, match="holds the experiments glass/2, glass/10; give one"):
            look(tmp_path)


def test_topspin_says_what_was_done_to_the_decay(real_data):
    """Exponential broadening and zero filling, from the parameters; the measured noise is correlated like that."""
    folder = real_data / "nmr/bruker_31P_H3PO4_reference/1"
    spectrum = spectra.read(folder, block="pdata/1")
    decay = Decay.parse(spectrum["noise_processing"].item())
    assert (decay.points, decay.filled, decay.weight) == (4074 - 69, 16384, 0.5)
    assert decay.lorentzian * 40760.87 == pytest.approx(50.0, rel=1e-6)
    y = spectrum["intensity"].values[13000:16000].reshape(2, 1500)
    trend = np.linalg.qr(np.polynomial.legendre.legvander(np.linspace(-1, 1, 1500), 3))[0]
    rest = y - (y @ trend) @ trend.T
    seen = [np.mean(rest[:, : 1500 - k] * rest[:, k:]) for k in (0, 1, 2, 5, 10)]
    np.testing.assert_allclose(seen / seen[0], decay.autocorrelation()[[0, 1, 2, 5, 10]], atol=0.03)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "points 16, filled 64, lorentzian 0.005, weight 1.0"),
        ({"GRPDLY": 3.5}, "points 12, filled 64, lorentzian 0.005"),
        ({"FCOR": 0.5}, "points 16, filled 64, lorentzian 0.005"),
        ({"WDW": 0}, "points 16, filled 64, weight 1.0"),
        ({"TDeff": 20}, "points 10, filled 64, lorentzian 0.005, weight 1.0"),
        ({"WDW": 2}, None),
        ({"ME_mod": 1}, None),
        ({"PHC1": 90}, None),
        ({"STSI": 32}, None),
    ],
)
def test_only_processing_that_is_understood_is_said(change, said):
    acquisition = {"SW_h": 10000.0, "TD": 32, "GRPDLY": change.get("GRPDLY", 0)}
    values = {"WDW": 1, "LB": 50, "ME_mod": 0, "FT_mod": 6, "PHC1": 0, "FCOR": 1} | change
    texts = [{name: str(value) for name, value in each.items()} for each in (acquisition, values)]
    assert bruker._processing(*texts, 64).get("noise_processing") == said
