"""Where results come from: the record of the files travels through every step, and a result says where it is lost."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import electrochemistry as ec
import reference_peaks
import spectra
import structure
from reference_peaks.curation import propose
from shortrange.exports import lines_of
from shortrange_core import BadInput, Estimates, Note, Severity, load, save
from shortrange_core.files import sha256
from shortrange_core.readings import NAME, Reading, carried, joined, reading_of, recalled

X = np.linspace(60.0, 110.0, 201)


def written(folder: Path, name: str, *, center: float = 82.0, seed: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    y = 100 * np.exp(-4 * np.log(2) * ((X - center) / 8.0) ** 2) + np.random.default_rng(seed).normal(0, 1.0, X.size)
    path = folder / name
    path.write_text("ppm,intensity\n" + "\n".join(f"{a:.3f},{b:.4f}" for a, b in zip(X, y, strict=True)) + "\n")
    return path


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return written(tmp_path, "a.csv"), written(tmp_path, "b.csv", seed=1)


def read(path: Path, sample: str = "") -> xr.Dataset:
    spectrum = spectra.read(path, technique="31P NMR")
    return spectrum.assign_coords(sample=sample) if sample else spectrum


def fitted(spectrum: xr.Dataset) -> spectra.Fit:
    ready = spectra.nmr.prepare(spectrum, reference="85% H3PO4")
    return spectra.fit(ready, spectra.nmr.model(ready, ["P:S4"]), check=False)


def hashes(*paths: Path) -> dict[str, str]:
    return {path.name: sha256(path) for path in paths}


def test_a_spectrum_carries_the_hash_of_the_record_of_its_file(files: tuple[Path, Path]) -> None:
    spectrum = read(files[0])
    record = reading_of(spectrum)
    assert record.files == hashes(files[0])
    assert json.loads(str(spectrum.coords[NAME].item()))["key"] == record.key
    again = reading_of(xr.Dataset.from_dict(spectrum.to_dict()))
    assert again == record, "another process knows it from the coordinate alone"


def test_a_record_that_was_changed_by_hand_is_not_believed(files: tuple[Path, Path]) -> None:
    spectrum = read(files[0])
    body = json.loads(str(spectrum.coords[NAME].item()))
    body["inputs"][0][0] = "another.csv"
    forged = spectrum.assign_coords({NAME: json.dumps(body)})
    assert reading_of(forged).inputs == ()
    assert "source-unknown" in {note.code for note in fitted(forged).notes}


def test_records_are_united_without_repeats_and_names_stay_apart() -> None:
    odd = Note("axis-unsorted", Severity.INFO, "seen")
    one, other = Reading((("a.csv", "1" * 64),), (odd,)), Reading((("a.csv", "2" * 64),), (odd,))
    both = joined([one, other, one])
    assert both.files == {"a.csv": "1" * 64, "a.csv (2)": "2" * 64}
    assert both.notes == (odd,)
    assert len({one.key, other.key, both.key}) == 3
    assert recalled(["0" * 16]).files == {f"reading {'0' * 16}": "not at hand"}


@pytest.mark.parametrize("keep", [True, False])
def test_own_joins_unite_files_whatever_xarray_does_with_attributes(files: tuple[Path, Path], keep: bool) -> None:
    one, other = read(files[0], "first"), read(files[1], "second")
    with xr.set_options(keep_attrs=keep):
        side = spectra.concat([one, other], dim="sample", labels=["first", "second"])
        less = spectra.subtract(one, other, factor=0.5)
        middle = spectra.mean([one, other])
    for made in (side, less, middle):
        assert reading_of(made).files == hashes(*files)
        assert "a.csv" in made.attrs["history"]
        assert "b.csv" in made.attrs["history"]
        assert made["chemical_shift"].attrs["units"] == "ppm"
    assert reading_of(side.isel(sample=0)).files == hashes(files[0]), "one that is selected has its own file"
    assert reading_of(side.sel(sample="second")).files == hashes(files[1])
    for name in ("chemical_shift", "intensity", "noise"):
        np.testing.assert_array_equal(side.isel(sample=1)[name].values, other[name].values)
    np.testing.assert_allclose(less.intensity.values, one.intensity.values - 0.5 * other.intensity.values)
    np.testing.assert_allclose(less.noise.values, np.hypot(one.noise.values, 0.5 * other.noise.values))
    np.testing.assert_allclose(middle.intensity.values, (one.intensity.values + other.intensity.values) / 2)
    np.testing.assert_allclose(middle.noise.values, np.hypot(one.noise.values, other.noise.values) / 2)
    assert fitted(middle).provenance.inputs == hashes(*files)


@pytest.mark.parametrize("combine", ["override", "drop_conflicts"])
def test_a_concat_of_xarray_keeps_both_files_too(files: tuple[Path, Path], combine: str) -> None:
    pair = [read(path) for path in files]
    side = xr.concat(pair, dim="scan", combine_attrs=combine)
    assert reading_of(side).files == hashes(*files)
    assert reading_of(side.isel(scan=1)).files == hashes(files[1])


@pytest.mark.parametrize("keep", [True, False])
def test_a_difference_of_xarray_loses_its_files_and_its_fit_says_so(files: tuple[Path, Path], keep: bool) -> None:
    one, other = read(files[0]), read(files[1])
    with xr.set_options(keep_attrs=keep):
        bare = one.assign(intensity=(one - 0.1 * other)["intensity"].drop_vars(NAME, errors="ignore"))
        difference = bare.drop_vars(NAME)
        assert NAME not in (one - other).coords
    found = fitted(difference)
    assert found.provenance.inputs == {}
    assert "source-unknown" in {note.code for note in found.notes}
    assert "reading" not in found.areas.facets
    stated = fitted(spectra.with_source(difference, *files))
    assert stated.provenance.inputs == hashes(*files)
    assert "source-unknown" not in {note.code for note in stated.notes}


def test_joins_refuse_what_does_not_belong_together(files: tuple[Path, Path]) -> None:
    one = read(files[0])
    cut = one.isel(chemical_shift=slice(5, None))
    steps: list[Callable[[], xr.Dataset]] = [
        lambda: spectra.concat([one, cut]),
        lambda: spectra.subtract(one, cut),
        lambda: spectra.mean([one, cut]),
    ]
    for step in steps:
        with pytest.raises(BadInput, match="axes of the spectra are not equal"):
            step()
    with pytest.raises(BadInput, match="spectra is empty"):
        spectra.mean([])
    with pytest.raises(BadInput, match="there are 1 for 2 spectra"):
        spectra.concat([one, one], labels=["a"])


def test_coordinates_that_differ_stand_along_the_new_dimension(files: tuple[Path, Path]) -> None:
    one = read(files[0], "first").assign_coords(temperature=300.0, spinning_rate=2e4)
    other = read(files[1], "second").assign_coords(temperature=310.0)
    side = spectra.concat([one, other])
    assert side.coords["temperature"].values.tolist() == [300.0, 310.0]
    assert side.coords["technique"].item() == "31P NMR"
    assert "spinning_rate" not in side.coords, "what one of them does not say holds for neither"


def test_fits_and_solves_carry_the_record_on(files: tuple[Path, Path], tmp_path: Path) -> None:
    fit = fitted(read(files[0]))
    assert fit.provenance.inputs == hashes(files[0])
    assert "source-unknown" not in {note.code for note in fit.notes}
    glass = structure.composition("Na3PS4")
    evidence = [structure.from_areas(fit.areas)]
    assert structure.solve(glass, ["P:S4"], evidence, check=False).provenance.inputs == hashes(files[0])
    save(fit, tmp_path / "fit.nc")
    back = load(tmp_path / "fit.nc")
    assert back.provenance.inputs == hashes(files[0])
    assert back.areas.facets["reading"] == fit.areas.facets["reading"]
    minimiser, _ = spectra.to_lmfit(fit)
    assert spectra.from_lmfit(fit, minimiser.minimize()).provenance.inputs == hashes(files[0])


def test_a_global_fit_names_the_files_of_all(files: tuple[Path, Path]) -> None:
    ready = {
        name: spectra.nmr.prepare(read(path), reference="85% H3PO4") for name, path in zip("ab", files, strict=True)
    }
    models = {name: spectra.nmr.model(spectrum, ["P:S4"]) for name, spectrum in ready.items()}
    found = spectra.fit_together(ready, models, shared=["p_s4_center"])
    assert found.provenance.inputs == hashes(*files)
    assert found.fits["b"].provenance.inputs == hashes(files[1])
    solved = structure.solve(
        structure.composition("Na3PS4"), ["P:S4"],
        [structure.from_areas(found.areas.where(spectrum=name), name=name) for name in "ab"], check=False,
    )  # fmt: skip
    assert solved.provenance.inputs == hashes(*files)


def test_a_map_carries_the_record_on(files: tuple[Path, Path], tmp_path: Path) -> None:
    side = spectra.concat([spectra.nmr.prepare(read(path), reference="85% H3PO4") for path in files])
    model = spectra.nmr.model(side.isel(spectrum=0), ["P:S4"])
    found = spectra.fit_map(side, model, store=tmp_path / "map")
    assert reading_of(found).files == hashes(*files)


def test_areas_without_a_record_leave_a_solve_without_files() -> None:
    areas = Estimates.build(["a"], [80.0], [4.0], assignment=["P:S4"])
    found = structure.solve(structure.composition("Na3PS4"), ["P:S4"], [structure.from_areas(areas)])
    assert found.provenance.inputs == {}


def test_a_finished_peak_table_names_its_file(tmp_path: Path) -> None:
    path = tmp_path / "peaks.csv"
    path.write_text("name,position,area,area_sd,fwhm\nmain,82.0,80.0,2.0,8.0\n")
    table = spectra.read_peak_table(path, assignments={"main": "P:S4"}, technique="31P NMR")
    assert table.provenance.inputs == hashes(path)
    assert recalled(table.areas.facets["reading"]).files == hashes(path)


def test_a_circuit_fit_carries_the_record_on(tmp_path: Path) -> None:
    frequency = np.logspace(0, 5, 30)
    impedance = ec.circuit("R0-p(R1,C1)").impedance(frequency, {"R0": 10.0, "R1": 90.0, "C1": 1e-6})
    path = tmp_path / "cell.csv"
    rows = "\n".join(f"{f:.6g},{z.real:.8g},{z.imag:.8g}" for f, z in zip(frequency, impedance, strict=True))
    path.write_text(f"Freq/Hz, Z'/ohm, Z\"/ohm\n{rows}\n")
    fit = ec.fit_circuit(ec.read_impedance(path), "R0-p(R1,C1)", starts=4)
    assert fit.provenance.inputs == hashes(path)
    assert "source-unknown" not in {note.code for note in fit.notes}
    bare = ec.fit_circuit(ec.read_impedance(path).drop_vars(NAME), "R0-p(R1,C1)", starts=4)
    assert "source-unknown" in {note.code for note in bare.notes}


def test_a_claim_proposed_from_a_stored_fit_names_file_and_hash(files: tuple[Path, Path], tmp_path: Path) -> None:
    library = reference_peaks.load()
    for spectrum, used in (
        (read(files[0], "glass"), files[:1]),
        (spectra.mean([read(f, "glass") for f in files]), files),
    ):
        save(fitted(spectrum), tmp_path / "fit.nc")
        lines = lines_of(tmp_path / "fit.nc")
        (claim,) = propose(lines, library, source="chi2021", cation="Na", phase="glass").claims
        assert claim.provenance["file"] == "; ".join(hashes(*used))
        assert claim.provenance["sha256"] == "; ".join(hashes(*used).values())


def test_notes_of_a_file_that_was_stored_before_the_record_still_speak() -> None:
    old = xr.Dataset(coords={"reading_notes": '[["axis-unsorted", "info", "seen", ""]]'})
    assert [note.code for note in spectra.notes_of_reading(old)] == ["axis-unsorted"]
    assert carried(Reading()) == {}
