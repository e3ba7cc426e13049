"""NMRPipe files, written by nmrglue with made-up numbers and read as nmrglue reads them; refused where damaged."""

import nmrglue
import numpy as np
import pytest

import spectra
from shortrange_core import BadInput

POINTS, WIDTH, LARMOR, CARRIER = 256, 40000.0, 161.9, -20.0
RNG = np.random.default_rng(5)
DECAY = (RNG.normal(size=POINTS) + 1j * RNG.normal(size=POINTS)).astype("complex64")


def pipe(path, y, *, transformed, label="31P", dimensions=1):
    """One dimension about a carrier at -20 ppm, as nmrglue writes it."""
    about = nmrglue.fileiobase.create_blank_udic(dimensions)
    for k in range(dimensions):
        about[k] |= {"size": y.shape[k], "sw": WIDTH, "obs": LARMOR, "car": CARRIER * LARMOR, "label": label}
        about[k] |= {"complex": bool(np.iscomplexobj(y)), "time": not transformed, "freq": transformed}
    nmrglue.pipe.write(str(path), nmrglue.pipe.create_dic(about), y, overwrite=True)
    return path


def test_a_spectrum_is_over_the_ppm_of_nmrglue(tmp_path):
    path = pipe(tmp_path / "glass.ft", DECAY.real.copy(), transformed=True)
    found = spectra.read(path)
    header, y = nmrglue.pipe.read(str(path))
    np.testing.assert_allclose(found["chemical_shift"].values[::-1], nmrglue.pipe.make_uc(header, y).ppm_scale())
    np.testing.assert_array_equal(found["intensity"].values[::-1], y)
    assert str(found["technique"].item()) == "31P NMR"


def test_a_decay_transforms_to_the_spectrum_of_nmrglue(tmp_path):
    path = pipe(tmp_path / "glass.fid", DECAY, transformed=False)
    decay = spectra.read(path)
    np.testing.assert_array_equal(decay["intensity"].values, DECAY)
    np.testing.assert_allclose(decay["time"].values, np.arange(POINTS) / WIDTH)
    np.testing.assert_allclose(float(decay["larmor_frequency"]), LARMOR, rtol=1e-6)
    np.testing.assert_allclose(float(decay["carrier"]), CARRIER, rtol=1e-5)
    header, y = nmrglue.pipe_proc.ft(*nmrglue.pipe.read(str(path)), auto=True)
    shifts = nmrglue.pipe.make_uc(header, y).ppm_scale()
    turned = np.exp(-2j * np.pi * np.outer(decay["time"].values, (shifts - CARRIER) * LARMOR))
    np.testing.assert_allclose(DECAY @ turned, y, atol=2e-2)


def test_two_dimensions_are_said_and_other_labels_name_no_nucleus(tmp_path):
    path = pipe(tmp_path / "glass.ft2", DECAY.real.reshape(16, 16).copy(), transformed=True, dimensions=2)
    assert "2 dimensions" in spectra.contents(path)[0].problem
    found = spectra.read(
        pipe(tmp_path / "glass.ft", DECAY.real.copy(), transformed=True, label="X"), technique="31P NMR"
    )
    assert found.sizes["chemical_shift"] == POINTS


def test_a_cut_file_is_refused(tmp_path):
    path = pipe(tmp_path / "glass.ft", DECAY.real.copy(), transformed=True)
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(BadInput, match=r"says 256 numbers and has 156; it is truncated"):
        spectra.contents(path)
