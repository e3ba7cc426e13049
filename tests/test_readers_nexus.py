"""NeXus files in the layout of pynxtools, with made-up numbers: read exactly, refused where cut, asked where bare."""

import h5py
import numpy as np
import pytest

import spectra
from shortrange_core import BadInput

ENERGY = 540.0 - 0.1 * np.arange(120)
COUNTS = 400.0 + np.arange(120) % 7


def group(parent, name, kind, **attributes):
    made = parent.create_group(name)
    made.attrs["NX_class"] = kind
    made.attrs.update(attributes)
    return made


def entry(file, name, *, y=COUNTS, axes=("energy",), kind="binding", errors=None, definition="NXxps"):
    """An entry as a converter of XPS writes it."""
    made = group(file, name, "NXentry", default="data")
    made["definition"] = definition
    data = group(made, "data", "NXdata", signal="data", energy_indices=0)
    if axes:
        data.attrs["axes"] = list(axes)
    data["data"], data["energy"] = y, ENERGY
    data["data"].attrs["units"] = "counts_per_second"
    data["energy"].attrs.update({"type": kind, "units": "eV"})
    data["data_errors"] = np.zeros(y.shape) if errors is None else errors
    beam = group(group(made, "instrument", "NXinstrument"), "beam_probe", "NXbeam")
    beam["incident_energy"] = 1486.6
    beam["incident_energy"].attrs["units"] = "eV"
    group(made, "sample", "NXsample")["name"] = "glass"
    return made


def written(tmp_path, *names, **options):
    path = tmp_path / "glass.nxs"
    with h5py.File(path, "w") as file:
        file.attrs["default"] = names[0]
        for name in names:
            entry(file, name, **options)
    return path


@pytest.mark.parametrize("axes", [("energy",), ()])
def test_an_entry_of_xps_is_read_exactly(tmp_path, axes):
    found = spectra.read(written(tmp_path, "glass__O1s", axes=axes))
    np.testing.assert_array_equal(found["binding_energy"].values[::-1], ENERGY)
    np.testing.assert_array_equal(found["intensity"].values[::-1], COUNTS)
    assert found["intensity"].attrs["units"] == "counts/s"
    assert (str(found["technique"].item()), float(found["photon_energy"])) == ("O 1s XPS", 1486.6)
    assert (str(found["sample"].item()), str(found["noise_source"].item())) == ("glass", "estimated")


def test_every_entry_is_a_block_and_the_default_is_meant(tmp_path):
    path = written(tmp_path, "a__O1s", "a__C1s")
    assert [block.name for block in spectra.contents(path)] == ["a__C1s", "a__O1s"]
    assert str(spectra.read(path)["technique"].item()) == "O 1s XPS"


def test_kinetic_energies_become_binding_energies_and_stated_errors_are_the_noise(tmp_path):
    found = spectra.read(written(tmp_path, "glass__O1s", kind="kinetic", errors=np.full(120, 3.0)))
    np.testing.assert_allclose(found["binding_energy"].values, 1486.6 - ENERGY)
    np.testing.assert_array_equal(found["noise"].values, 3.0)


@pytest.mark.parametrize(("kind", "shown"), [("kinetic", ENERGY), ("binding", 1486.6 - ENERGY)])
def test_energies_named_the_wrong_way_round_are_noted(tmp_path, kind, shown):
    """Made up, in the layout of public files whose C 1s lay at 967 eV."""
    path = written(tmp_path, "glass__O1s", kind=kind)
    with h5py.File(path, "r+") as file:
        file["glass__O1s/data/energy"][...] = shown
    (note,) = spectra.notes_of_reading(spectra.read(path))
    assert note.code == "energy-contradicts-level"
    assert "do not hold O 1s (543.1 eV)" in note.text
    with pytest.raises(BadInput, match="with kinetic and binding exchanged"):
        spectra.read(path, strict=True)


@pytest.mark.parametrize(("name", "shift"), [("glass__O1s", 0.0), ("glass__O1s", 20.0), ("survey", 700.0)])
def test_energies_that_hold_their_level_or_name_none_carry_no_note(tmp_path, name, shift):
    path = written(tmp_path, name)
    with h5py.File(path, "r+") as file:
        file[f"{name}/data/energy"][...] = ENERGY - shift
    assert spectra.notes_of_reading(spectra.read(path)) == ()


def test_a_raman_entry_over_the_axis_that_it_names(tmp_path):
    path = tmp_path / "glass.nxs"
    with h5py.File(path, "w") as file:
        made = group(file, "entry", "NXentry")
        made["definition"] = "NXraman"
        data = group(made, "data", "NXdata", signal="y_values", axes="x_values_raman")
        data["x_values"], data["x_values_raman"] = np.linspace(540, 590, 50), np.linspace(200, 1400, 50)
        data["x_values_raman"].attrs.update({"long_name": "Raman Shift", "units": "1/cm"})
        data["y_values"] = np.arange(50.0)
        beam = group(group(made, "instrument", "NXinstrument"), "beam_incident", "NXbeam")
        beam["wavelength"] = 532.1
        beam["wavelength"].attrs["units"] = "nm"
    found = spectra.read(path)
    assert (str(found["technique"].item()), float(found["laser"])) == ("Raman", 532.1)
    np.testing.assert_allclose(found["raman_shift"].values[[0, -1]], [200, 1400])


@pytest.mark.parametrize("definition", ["NXxas", "NXxas_new"])
def test_energies_of_x_ray_absorption_are_those_of_photons(tmp_path, definition):
    """An absorption edge was an XPS spectrum in binding energies."""
    path = written(tmp_path, "glass__O1s", kind="", definition=definition)
    block = spectra.contents(path)[0]
    assert (block.axis, block.technique) == ("photon_energy", "")


@pytest.mark.parametrize("axes", [{"axes": "energy"}, {"axes": "[energy]"}, {}])
def test_a_signal_marked_as_before_2014_is_read(tmp_path, axes):
    path = tmp_path / "old.nxs"
    with h5py.File(path, "w") as file:
        data = group(group(file, "glass_O1s", "NXentry"), "data", "NXdata")
        data["counts"], data["energy"] = COUNTS, ENERGY
        data["counts"].attrs.update({"signal": 1, **axes})
        data["energy"].attrs.update({"units": "eV", "long_name": "Binding energy"} | ({} if axes else {"axis": "1"}))
    found = spectra.read(path)
    np.testing.assert_array_equal(found["binding_energy"].values[::-1], ENERGY)
    np.testing.assert_array_equal(found["intensity"].values[::-1], COUNTS)


def test_what_is_no_spectrum_is_said(tmp_path):
    maps = written(tmp_path, "map", y=np.ones((120, 4)))
    assert "over more or fewer than one axis" in spectra.contents(maps)[0].problem
    bare = tmp_path / "cell.h5"
    with h5py.File(bare, "w") as file:
        file["voltage"] = np.arange(9.0)
    with pytest.raises(BadInput, match="HDF5 file without NeXus entries, which is not read; save axis and intensities"):
        spectra.contents(bare)


def test_links_to_other_files_are_not_followed(tmp_path):
    path = tmp_path / "links.nxs"
    with h5py.File(path, "w") as file:
        file["entry"] = h5py.ExternalLink(written(tmp_path, "glass__O1s").name, "/glass__O1s")
    with pytest.raises(BadInput, match="without NeXus entries"):
        spectra.contents(path)


def test_a_cut_file_is_refused(tmp_path):
    path = written(tmp_path, "glass__O1s")
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(BadInput, match="is not a complete HDF5 file"):
        spectra.contents(path)


def test_text_in_arrays_of_one_is_read_as_text(tmp_path):
    """As MATLAB and Igor write it: kinetic energies were taken for binding energies, and the source was lost."""
    path = written(tmp_path, "glass__O1s")
    with h5py.File(path, "a") as file:
        made = file["glass__O1s"]
        made.attrs["NX_class"], made["data"].attrs["signal"] = np.array([b"NXentry"]), np.array([b"data"])
        made["data/energy"].attrs.update({"type": np.array([b"Kinetic"]), "units": np.array([b"eV"])})
        beam = made["instrument/beam_probe"]
        del beam["incident_energy"]
        beam["incident_energy"] = np.array([1486.6])
        beam["incident_energy"].attrs["units"] = np.array([b"eV"])
    np.testing.assert_allclose(spectra.read(path)["binding_energy"].values, 1486.6 - ENERGY)


def test_an_axis_in_another_unit_is_not_taken_for_ours(tmp_path):
    """keV were eV, without a word."""
    path = written(tmp_path, "glass__O1s")
    with h5py.File(path, "a") as file:
        file["glass__O1s/data/energy"].attrs["units"] = "keV"
    with pytest.raises(BadInput, match="the axis binding_energy is in keV; eV is needed"):
        spectra.read(path)


@pytest.mark.parametrize("values", [np.full(120, b"a"), COUNTS + 1j, np.zeros(120, [("a", "f4")])])
@pytest.mark.parametrize("place", ["data", "energy"])
def test_what_is_no_real_number_is_named(tmp_path, values, place):
    """Texts were a cut file, and of complex numbers the imaginary part was lost."""
    path = written(tmp_path, "glass__O1s")
    with h5py.File(path, "a") as file:
        del file[f"glass__O1s/data/{place}"]
        file[f"glass__O1s/data/{place}"] = values
    assert "are not real numbers" in spectra.contents(path)[0].problem


@pytest.mark.parametrize("axes", [".", "", "group", "nowhere"])
def test_an_axis_that_is_none_is_said(tmp_path, axes):
    path = written(tmp_path, "glass__O1s")
    with h5py.File(path, "a") as file:
        data = file["glass__O1s/data"]
        data.create_group("group")
        data["nowhere"] = h5py.SoftLink("/other")
        data.attrs["axes"] = axes
    assert "over more or fewer than one axis" in spectra.contents(path)[0].problem


def test_images_are_not_read_to_be_refused(tmp_path):
    path = written(tmp_path, "glass__O1s")
    with h5py.File(path, "a") as file:
        del file["glass__O1s/data/data"]
        file["glass__O1s/data"].create_dataset("data", shape=(10**7, 10**6), chunks=(1000, 1000), dtype="f8")
    assert "over more or fewer than one axis" in spectra.contents(path)[0].problem


def test_the_default_of_an_entry_is_meant(tmp_path):
    path = written(tmp_path, "glass__O1s")
    with h5py.File(path, "a") as file:
        other = group(file["glass__O1s"], "fit", "NXdata", signal="data", axes="energy")
        other["data"], other["energy"] = 2 * COUNTS, ENERGY
    np.testing.assert_array_equal(spectra.read(path)["intensity"].values[::-1], COUNTS)
