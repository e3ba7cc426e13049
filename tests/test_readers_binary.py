"""TopSpin folders, WiRE, OPUS and VAMAS files: small ones written here byte by byte, then measured ones."""

import struct

import nmrglue
import numpy as np
import pytest
from binary_files import near
from renishawWiRE import WDFReader

import spectra
from shortrange_core import BadInput
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


def test_reverse_of_topspin_turns_the_decay_and_leaves_what_is_processed(tmp_path):
    straight, mirrored = topspin(tmp_path / "7", REVERSE="no"), topspin(tmp_path / "8", REVERSE="yes")
    decays = [spectra.read(folder, block="fid").intensity.values for folder in (straight, mirrored)]
    np.testing.assert_array_equal(decays[1], np.conj(decays[0]))
    np.testing.assert_array_equal(spectra.read(mirrored).intensity, spectra.read(straight).intensity)


def test_a_folder_of_experiments_names_them(tmp_path):
    topspin(tmp_path / "7")
    topspin(tmp_path / "8")
    with pytest.raises(BadInput, match="contains the experiments 7, 8; give one"):
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
        ({"SI": 65}, "65 points of 4 bytes; it is truncated"),
        ({"SI": 32}, "but SI = 32; it is truncated or damaged"),
        ({"SF": "nothing"}, "parameter SF is 'nothing', not a number"),
        ({"SW_p": -1}, "both must be above 0"),
        ({"DTYPP": 7}, "data of type 7"),
        ({"SI": 10**12}, "truncated or damaged"),
    ],
)
def test_damaged_topspin_parameters_are_named(tmp_path, change, rule):
    with pytest.raises(BadInput, match=rule):
        spectra.read(topspin(tmp_path / "7", **change))


@pytest.mark.parametrize("strip", [{"SW_p": 500.0, "SF": 100.0}, {"SW_p": 250.0, "SF": 100.0}])
def test_a_strip_from_point_zero_is_no_damage(tmp_path, strip):
    whole = {"STSI": 64, "STSR": 0, "WDW": 0, "ME_mod": 0, "FT_mod": 6, "PHC1": 0, "FCOR": 1}
    spectrum = spectra.read(topspin(tmp_path / "7", **whole, **strip))
    width = strip["SW_p"] / 100.0
    np.testing.assert_allclose(spectrum.chemical_shift[::-1], 10 - np.arange(64) * width / 64)
    assert "noise_processing" not in spectrum.coords
    assert "noise_processing" in spectra.read(topspin(tmp_path / "8", **whole)).coords


@pytest.mark.parametrize("change", [{"SW_p": 600.0}, {"SW_p": 2000.0}, {"SW_p": 500.0, "OFFSET": 7.5}, {"OFFSET": 12}])
def test_widths_and_offsets_that_no_strip_has_are_refused(tmp_path, change):
    with pytest.raises(BadInput, match=r"which begins at 1[05] ppm; it is damaged: copy"):
        spectra.read(topspin(tmp_path / "7", STSI=64, STSR=0, **change))


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


def test_real_wire_files(real_data):
    graphene = spectra.read(real_data / "raman/renishaw/cheminfo_sp.wdf", technique="Raman")
    assert near(graphene, "raman_shift", 1500, 1700) == pytest.approx(1587.0, abs=1.0)
    assert near(graphene, "raman_shift", 2600, 2750) == pytest.approx(2672.0, abs=1.0)
    binary = spectra.read(real_data / "raman/datalab_raman_example.wdf")
    text = spectra.read(real_data / "raman/datalab_raman_example.txt", technique="Raman")
    np.testing.assert_allclose(binary.raman_shift, text.raman_shift, atol=1e-5)
    np.testing.assert_allclose(binary.intensity, text.intensity, rtol=1e-6)
    assert near(binary, "raman_shift", 1300, 1400) == pytest.approx(1327.0, abs=1.0)


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


def test_a_folder_of_data_sets_names_their_experiments(tmp_path):
    topspin(tmp_path / "glass" / "10")
    topspin(tmp_path / "glass" / "2")
    for look in (spectra.read, spectra.contents):
        with pytest.raises(BadInput, match="contains the experiments 2, 10; give one of the folders, such as glass/2"):
            look(tmp_path / "glass")
        with pytest.raises(BadInput, match="contains the experiments glass/2, glass/10; give one"):
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
