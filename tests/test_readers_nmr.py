"""NMR formats beside TopSpin and JCAMP-DX: SIMPSON, DMFIT, CSDM, JEOL, Tecmag, ssNake."""

import base64
import json
import struct

import nmrglue
import numpy as np
import pytest
from scipy.signal import find_peaks

import spectra
from shortrange_core import BadInput

POINTS = 64
WIDTH = 6400.0
LARMOR = 200.0
DECAY = 100 * np.exp(2j * np.pi * 1000.0 * np.arange(POINTS) / WIDTH - np.arange(POINTS) / 15.0)
SPECTRUM = np.fft.fftshift(np.fft.fft(DECAY)).real
HERTZ = np.fft.fftshift(np.fft.fftfreq(POINTS, 1 / WIDTH))


def lines(decay, number, *, zero_fill=8):
    """Shifts of the strongest lines of a decay by a plain magnitude transform."""
    step = float(decay.time[1] - decay.time[0])
    size = zero_fill * decay.time.size
    magnitude = np.abs(np.fft.fftshift(np.fft.fft(decay.intensity.values, size)))
    carrier = float(decay.carrier) if "carrier" in decay.coords else 0.0
    shift = np.fft.fftshift(np.fft.fftfreq(size, step)) / float(decay.larmor_frequency) + carrier
    found, _ = find_peaks(magnitude, height=0.02 * magnitude.max(), distance=4 * zero_fill)
    return shift[found[np.argsort(-magnitude[found])][:number]]


def simp(kind="SPE", values=SPECTRUM, more=""):
    rows = "".join(f"{v.real:.6f} {v.imag:.6f}\n" for v in values)
    return f"SIMP\nNP={POINTS}\nSW={WIDTH}\nTYPE={kind}\n{more}DATA\n{rows}END\n"


def test_a_simpson_spectrum_and_its_decay(tmp_path):
    path = tmp_path / "glass.spe"
    path.write_text(simp())
    with pytest.raises(BadInput, match="axis in Hz; give larmor_frequency="):
        spectra.read(path, technique="31P NMR")
    spectrum = spectra.read(path, technique="31P NMR", larmor_frequency=LARMOR)
    np.testing.assert_allclose(spectrum.chemical_shift, HERTZ / LARMOR)
    np.testing.assert_allclose(spectrum.intensity, SPECTRUM, atol=1e-6)
    path.write_text(simp("FID", DECAY, f"Sf={LARMOR}\n"))
    decay = spectra.read(path, technique="31P NMR")
    assert lines(decay, 1) == pytest.approx([5.0], abs=0.05)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("NP=64", "NP=65", "says NP = 65 complex points, but has 64"),
        ("END", "", "no DATA and END; it is truncated"),
        ("SW=6400.0", "SW=0", "must be above 0"),
        ("SW=6400.0", "FORMAT=BINARY\nSW=1", "684 characters, but has .* do not encode a number"),
        ("SW=6400.0", "FORMAT=XREIM\nSW=1", "has FORMAT=XREIM or is two-dimensional"),
        ("NP=64", "NP=many", "NP = 'many', which is not a number"),
    ],
)
def test_damage_in_simpson_text_is_named(tmp_path, old, new, rule):
    path = tmp_path / "bad.spe"
    path.write_text(simp().replace(old, new))
    with pytest.raises(BadInput, match=rule):
        spectra.read(path, technique="31P NMR", larmor_frequency=LARMOR)


def test_a_dmfit_project_by_hand(tmp_path):
    body = simp(more="X0=3150\nSf=200\n").replace(f"NP={POINTS}", f"Comment= x\nNP={POINTS}")
    text = "<?xml version='1.0'?><NMRFit><FitParameters><Dimension>F2<nucleus>31P</nucleus>"
    text += "<spinrate Fix='*'>3000</spinrate></Dimension></FitParameters>"
    text += f"<ExpData><Data>\n{body}</Data></ExpData></NMRFit>"
    path = tmp_path / "glass.fxmla"
    path.write_text(text)
    spectrum = spectra.read(path)
    np.testing.assert_allclose(spectrum.chemical_shift[-1], 3150 / 200)
    np.testing.assert_allclose(np.diff(spectrum.chemical_shift), WIDTH / POINTS / 200)
    np.testing.assert_allclose(spectrum.intensity[::-1], SPECTRUM, atol=1e-6)
    assert (spectrum.technique.item(), spectrum.spinning_rate.item()) == ("31P NMR", 3000.0)


def csdm(encoding, folder, *, dimension=None, url="file:./data.dat"):
    values = DECAY.astype("<c8")
    variable = {"type": "internal", "numeric_type": "complex64", "quantity_type": "scalar", "encoding": encoding}
    if encoding == "base64":
        variable["components"] = [base64.b64encode(values.tobytes()).decode()]
    elif encoding == "none":
        variable["components"] = [np.stack([values.real, values.imag], axis=1).ravel().tolist()]
    else:
        variable = {"type": "external", "numeric_type": "complex64", "components_url": url}
        (folder / "data.dat").write_bytes(values.tobytes())
    dimension = dimension or {
        "type": "linear",
        "count": POINTS,
        "increment": f"{1e3 / WIDTH} ms",
        "coordinates_offset": "-0.3 ms",
        "reciprocal": {"origin_offset": "200 MHz", "coordinates_offset": "0 Hz", "label": "31P frequency"},
    }
    path = folder / f"{encoding}.csdf"
    path.write_text(
        json.dumps({"csdm": {"version": "1.0", "dimensions": [dimension], "dependent_variables": [variable]}})
    )
    return path


@pytest.mark.parametrize("encoding", ["base64", "none", "raw"])
def test_the_three_encodings_of_csdm_give_one_decay(tmp_path, encoding):
    decay = spectra.read(csdm(encoding, tmp_path))
    np.testing.assert_allclose(decay.time, np.arange(POINTS) / WIDTH - 0.3e-3)
    np.testing.assert_allclose(decay.intensity, DECAY, rtol=1e-6)
    assert decay.technique.item() == "31P NMR"
    assert lines(decay, 1) == pytest.approx([5.0], abs=0.05)


def test_a_csdm_frequency_axis_becomes_ppm(tmp_path):
    dimension = {"type": "linear", "count": POINTS, "increment": "100 Hz", "complex_fft": True}
    dimension |= {"coordinates_offset": "1 kHz", "origin_offset": "200.001 MHz"}
    spectrum = spectra.read(csdm("base64", tmp_path, dimension=dimension), technique="31P NMR")
    np.testing.assert_allclose(spectrum.chemical_shift, (1000 + 100 * (np.arange(POINTS) - POINTS // 2)) / 200)
    np.testing.assert_allclose(spectrum.imaginary, DECAY.imag, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("url", ["file:../secret.dat", "file:///etc/passwd", "http://example.org/x", "file:./.."])
def test_csdm_data_outside_the_folder_are_never_opened(tmp_path, url):
    with pytest.raises(BadInput, match="put them beside the file"):
        spectra.read(csdm("raw", tmp_path, url=url))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (f'"count": {POINTS}', '"count": 1000000000000', "states 1000000000000 points"),
        (f'"count": {POINTS}', '"count": 65', "has 64 values, but its dimensions need 65"),
        ("complex64", "complexity", "numbers of the type"),
        ("ms", "fortnights and more", "no unit of its axis|axis"),
        ('"csdm": {', '"csdm": {{', "not complete JSON"),
    ],
)
def test_damage_in_csdm_is_named(tmp_path, old, new, rule):
    path = csdm("base64", tmp_path)
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(BadInput, match=rule):
        spectra.read(path)


def jdf(path, *, kind=3, unit=28, points=POINTS, cut=0, digital=False, at=0.0):
    """A little-endian JEOL file: the fixed header, three to six parameters, two sections of float64."""
    head = bytearray(1360)
    head[:8] = b"JEOL.NMR"
    head[8], head[12], head[13], head[14], head[24], head[33] = 1, 1, 0x80, 0x01, kind, unit
    head[48:53] = b"glass"
    struct.pack_into(">8I", head, 176, points, 1, 1, 1, 1, 1, 1, 1)
    struct.pack_into(">I", head, 240, points - 1)
    struct.pack_into(">dd", head, 272, 15.0, 0.0)
    struct.pack_into(">d", head, 336, -15.0)
    settings = [
        ("x_freq", 2, LARMOR * 1e6),
        ("x_sweep", 2, WIDTH),
        ("x_offset", 2, at),
        ("x_domain", 0, "Phosphorus31"),
    ]
    if digital:
        settings += [("digital_filter", 0, "TRUE"), ("orders", 0, "1  9"), ("factors", 0, "2")]
    body = struct.pack("<4I", 64, 0, len(settings) - 1, 16 + 64 * len(settings))
    for name, code, value in settings:
        stored = value.encode().ljust(16, b"\0") if code == 0 else struct.pack("<d", value).ljust(16, b"\0")
        body += b"\0" * 16 + stored + struct.pack("<i", code) + name.encode().ljust(28)
    struct.pack_into(">II", head, 1212, 1360, len(body))
    struct.pack_into(">I", head, 1284, 1360 + len(body))
    signal = np.concatenate([[0, 0], DECAY[:-2]]) if digital else DECAY
    data = np.concatenate([signal.real, -signal.imag]) if kind == 3 else signal.real
    content = bytes(head) + body + data.astype("<f8").tobytes()
    path.write_bytes(content[: len(content) - cut])
    return path


def test_a_jeol_decay_by_hand(tmp_path):
    decay = spectra.read(jdf(tmp_path / "glass.jdf", at=3.0), technique="31P NMR")
    np.testing.assert_allclose(decay.intensity, DECAY)
    assert lines(decay, 1) == pytest.approx([8.0], abs=0.05)
    assert decay.sample.item() == "glass"


def test_the_delay_of_the_jeol_filter_is_taken_out(tmp_path):
    decay = spectra.read(jdf(tmp_path / "glass.jdf", digital=True))
    assert decay.sizes == {"time": POINTS - 2}
    np.testing.assert_allclose(decay.intensity, DECAY[:-2], atol=1e-9)
    assert "group delay of 2 points" in decay.attrs["history"]


def test_a_processed_jeol_spectrum(tmp_path):
    spectrum = spectra.read(jdf(tmp_path / "glass.jdf", kind=1, unit=26))
    np.testing.assert_allclose(spectrum.chemical_shift, np.linspace(-15, 15, POINTS))
    np.testing.assert_allclose(spectrum.intensity[::-1], DECAY.real)


def test_absurd_jeol_headers_are_refused(tmp_path):
    with pytest.raises(BadInput, match="truncated or damaged"):
        spectra.read(jdf(tmp_path / "cut.jdf", cut=9))
    with pytest.raises(BadInput, match="fewer than its header"):
        spectra.read(jdf(tmp_path / "cut.jdf", cut=1500))
    path = jdf(tmp_path / "many.jdf")
    content = bytearray(path.read_bytes())
    struct.pack_into(">I", content, 176, 2**31)
    path.write_bytes(bytes(content))
    with pytest.raises(BadInput, match="2147483648 points"):
        spectra.read(path)


def test_real_jeol_file_has_its_lines_with_sign_and_offset(real_data):
    decay = spectra.read(real_data / "nmr/jeol_ECA500_31P.jdf", technique="31P NMR")
    assert decay.larmor_frequency.item() == pytest.approx(202.35776576)
    assert 1 / float(decay.time[1]) == pytest.approx(100806.45, abs=0.01)
    found = lines(decay, 40, zero_fill=2)
    for truth in (32.59, 6.72, -12.54, -13.15, -25.15):
        assert np.min(np.abs(found - truth)) < 0.02
    assert found[0] == pytest.approx(-13.15, abs=0.01)


def test_real_jeol_numbers_are_those_of_nmrglue(real_data):
    path = real_data / "nmr/jeol_ECA500_31P.jdf"
    _, theirs = nmrglue.jeol.read(str(path))
    ours = spectra.read(path).intensity.values
    ramp = np.exp(2j * np.pi * np.fft.fftfreq(theirs.size) * 19.65625)
    np.testing.assert_allclose(ours, np.fft.ifft(np.fft.fft(theirs) * ramp)[: ours.size], rtol=1e-9, atol=1e-6)


def tnt(path, *, transformed=0, channel=2, points=POINTS, cut=0):
    settings = bytearray(1024)
    struct.pack_into("<4i", settings, 16, points, 1, 1, 1)
    struct.pack_into("<4d", settings, 84, 500.0, LARMOR, 0.0, 0.0)
    struct.pack_into("<h", settings, 196, channel)
    struct.pack_into("<d", settings, 272, 1 / WIDTH)
    more = bytearray(2048)
    struct.pack_into("<h", more, 828, transformed)
    data = (SPECTRUM[::-1] + 0j if transformed else np.conj(DECAY)).astype("<c8").tobytes()
    content = b"TNT1.002"
    for name, body in ((b"TMAG", bytes(settings)), (b"DATA", data), (b"TMG2", bytes(more))):
        content += name + struct.pack("<II", 1, len(body)) + body
    content += b"PSEQ" + struct.pack("<II", 1, 0x33313331) + b"sequence"
    path.write_bytes(content[: len(content) - cut])
    return path


def test_a_tecmag_decay_and_spectrum_by_hand(tmp_path):
    decay = spectra.read(tnt(tmp_path / "glass.tnt"), technique="31P NMR")
    np.testing.assert_allclose(decay.intensity, DECAY, rtol=1e-6)
    assert lines(decay, 1) == pytest.approx([5.0], abs=0.05)
    spectrum = spectra.read(tnt(tmp_path / "done.tnt", transformed=1), technique="31P NMR")
    top = float(spectrum.chemical_shift[int(np.argmax(spectrum.intensity.values))])
    assert top == pytest.approx(5.0, abs=WIDTH / POINTS / LARMOR)


@pytest.mark.parametrize("change", [{"points": 63}, {"cut": 2200}, {"points": -5}])
def test_damaged_tecmag_files_are_refused(tmp_path, change):
    with pytest.raises(BadInput, match="damaged"):
        spectra.read(tnt(tmp_path / "bad.tnt", **change))


def test_real_tecmag_lines_have_the_known_distances(real_data):
    """Hexamethylbenzene 132.3 - 17.4 ppm, adamantane 38.5 - 29.5 ppm; the spectra are not referenced."""
    for name in ("HMB_cp", "HMB_cp_rs4k", "HMB_cp_seltics_4k"):
        decay = spectra.read(real_data / f"nmr/tecmag_{name}.tnt", technique="13C NMR")
        found = lines(decay, 6)
        methyl = found[0]  # narrow and strongest; the ring lies 114.9 ppm above it
        if name == "HMB_cp":  # its window is too narrow: the ring is folded by 25 kHz
            found = np.concatenate([found, found + 25000.0 / float(decay.larmor_frequency)])
        assert np.min(np.abs(found - methyl - 114.9)) < 0.6
    adamantane = spectra.read(real_data / "nmr/tecmag_13c_adam_cp_dec85_15dB.tnt", technique="13C NMR")
    top = adamantane.chemical_shift.values[np.argsort(-adamantane.intensity.values)]
    second = next(x for x in top if abs(x - top[0]) > 2)
    assert top[0] - second == pytest.approx(9.0, abs=0.3)


def test_real_tecmag_numbers_are_those_of_nmrglue(real_data):
    path = real_data / "nmr/tecmag_HMB_cp_rs4k.tnt"
    _, theirs = nmrglue.tecmag.read(str(path))
    np.testing.assert_array_equal(spectra.read(path).intensity, np.conj(np.ravel(theirs)))


@pytest.mark.parametrize("domain", [0, 1])
def test_ssnake_files(tmp_path, domain):
    values = SPECTRUM + 0j if domain else DECAY
    stored = {"dataReal": [values.real.tolist()], "dataImag": [values.imag.tolist()], "freq": [LARMOR * 1e6 + 600]}
    stored |= {"sw": [WIDTH], "spec": [domain], "ref": [LARMOR * 1e6], "metaData": {"Sample": "31P glass"}}
    path = tmp_path / "glass.json"
    path.write_text(json.dumps(stored))
    spectrum = spectra.read(path)
    assert spectrum.technique.item() == "31P NMR"
    if domain:
        np.testing.assert_allclose(spectrum.chemical_shift, (HERTZ + 600) / LARMOR)
        np.testing.assert_allclose(spectrum.intensity, SPECTRUM)
    else:
        assert lines(spectrum, 1) == pytest.approx([8.0], abs=0.05)
    path.write_text(json.dumps(stored | {"dataImag": [[1.0]]}))
    with pytest.raises(BadInput, match="64 real and 1 imaginary"):
        spectra.read(path)
    path.write_text(json.dumps(stored)[:-20])
    with pytest.raises(BadInput, match="not complete JSON"):
        spectra.read(path)


def test_a_mestrenova_text_export_needs_only_the_technique(tmp_path):
    path = tmp_path / "glass.csv"
    path.write_text("".join(f"{x:.6f}\t{y:.4f}\n" for x, y in zip(HERTZ[::-1] / LARMOR, SPECTRUM, strict=True)))
    assert "chemical_shift" in spectra.read(path, technique="31P NMR").dims


def test_real_csdm_encodings_are_one_decay(real_data):
    folder = real_data / "nmr"
    one = spectra.read(folder / "csdm_13C_ethanol_time.csdf")
    for other in ("csdm_13C_ethanol_time_none.csdf", "blochDecay_raw.csdfe"):
        np.testing.assert_array_equal(spectra.read(folder / other).intensity, one.intensity)
    np.testing.assert_allclose([one.time[0], one.time[1] - one.time[0]], [-0.3e-3, 0.1e-3])
    frequency = spectra.read(folder / "csdm_13C_ethanol_frequency.csdf", technique="13C NMR")
    magnitude = np.hypot(frequency.intensity.values, frequency.imaginary.values)
    found = frequency.chemical_shift.values[find_peaks(magnitude, height=0.25 * magnitude.max(), distance=15)[0]]
    groups = np.split(found, np.flatnonzero(np.diff(found) > 10) + 1)
    assert [len(group) for group in groups] == [3, 4]  # two lines, split by hydrogen: CH2 and CH3
    stack = spectra.read(folder / "csdm_29Si_ZSM12_satrec.csdf")
    np.testing.assert_array_equal(stack.delay, [1, 5, 10, 20, 40, 80])
    assert stack.sizes == {"delay": 6, "time": 1024}
    infrared = spectra.read(real_data / "ftir/csdm_IR_caffeine.csdf", technique="FTIR")
    np.testing.assert_allclose(infrared.wavenumber[[0, -1]], [449.41, 449.41 + 1841 * 1.930548614883216])


def test_real_dmfit_project_has_its_line(real_data):
    spectrum = spectra.read(real_data / "nmr/dmfit_31P_MAS_CSA/P_3KHZ.fxmla", technique="31P NMR")
    assert spectrum.sizes == {"chemical_shift": 2048}
    assert spectrum.spinning_rate.item() == pytest.approx(3004.381263)
    window = spectrum.sel(chemical_shift=slice(2, 13))
    assert float(window.chemical_shift[int(np.argmax(window.intensity.values))]) == pytest.approx(7.5463, abs=0.4)
