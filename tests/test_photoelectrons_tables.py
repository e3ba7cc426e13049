"""Photoelectron samples along a series, and from tables that state less than VAMAS does."""

import json

import numpy as np
import photoelectron_samples as samples
import pytest
from photoelectron_files import REGIONS, described_in, factors, write_vamas
from typed_commands import run

from shortrange.photoelectrons import fit_samples
from shortrange_core import BadInput
from spectra import xps


@pytest.fixture
def described(tmp_path):
    """What the page of the documentation shows: a glass in two files, and after contact, charged, with 15 % of Na3P."""
    return described_in(tmp_path)


HEAD = 'factors = "factors.csv"\nmonochromatic = true\ncation = "Na"\n'


def test_an_angle_series_of_files(tmp_path):
    for angle in (0, 60):
        write_vamas(tmp_path / f"{angle}.vms", samples.glass(20 + angle), angle)
    factors(tmp_path)
    each = "\n".join(f'[[samples]]\nname = "tilted {angle}"\nfiles = ["{angle}.vms"]' for angle in (0, 60))
    (tmp_path / "series.toml").write_text(f'along = "variable_angle"\n{HEAD}{REGIONS}{each}\n')
    found = fit_samples(tmp_path / "series.toml").series
    assert found.facets["variable_angle"] == (0.0,) * 5 + (60.0,) * 5
    phosphorus = found.where(element="P")
    assert len(phosphorus) == 2
    assert abs(float(phosphorus.value.values @ [1, -1])) < 5


def series_of(folder, *, along, places, angle=None):
    """Two samples of a series, each with its stated place; an angle is what their files say."""
    for number in range(2):
        write_vamas(folder / f"s{number}.vms", samples.glass(20 + number), angle)
    factors(folder)
    told = "".join(
        f'[[samples]]\nname = "s{number}"\nfiles = ["s{number}.vms"]\n{"" if x is None else f"x = {x}"}\n'
        for number, x in enumerate(places)
    )
    (folder / "series.toml").write_text(f"{along}{HEAD}{REGIONS}{told}")
    return folder / "series.toml"


def test_a_depth_series_of_files_that_do_not_say_the_depth(tmp_path, capsys):
    path = series_of(tmp_path, along='along = "depth_nm"\n', places=(0, 12.5))
    code, _, said = run(capsys, "photoelectrons", path, "--out", tmp_path / "out")
    assert code == 0, said
    rows = [row.split(",") for row in (tmp_path / "out" / "series.csv").read_text().splitlines()]
    assert rows[0][:4] == ["entry", "sample", "element", "depth_nm"]
    assert [row[3] for row in rows[1:]] == ["0.0"] * 5 + ["12.5"] * 5
    found = fit_samples(path)
    assert float(found.samples["s1"].measured["O 1s"].coords["depth_nm"]) == 12.5


@pytest.mark.parametrize(
    ("along", "places", "angle", "message"),
    [
        (
            'along = "depth"\n',
            (1.0, None),
            None,
            "sample s1: .* depth; if the files do not name it, state x",
        ),
        ("", (1.0, 2.0), None, "s0: x = 1: the quantity is missing; give along, such as along = 'depth'"),
        (
            'along = "variable_angle"\n',
            (0.0, 60.0),
            0.0,
            r"s1: x = 60: in the files, variable_angle is 0.0 \(C 1s\), 0",
        ),
        (
            'along = "binding_energy"\n',
            (0.0, 60.0),
            None,
            "s0: x = 0: along = 'binding_energy' is the axis",
        ),
    ],
)
def test_a_place_in_a_series_that_the_files_deny_is_refused(tmp_path, along, places, angle, message):
    with pytest.raises(BadInput, match=message):
        fit_samples(series_of(tmp_path, along=along, places=places, angle=angle))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('lines = ["carbon"]', 'lines = ["carbon"]\nshpe = "GL"', "regions.C 1s.shpe: .* did you mean 'shape'"),
        ('[regions."O 1s"]', '[regions."O1s"]', "regions: 'O1s' is not a core level; did you mean 'O 1s'"),
        ('before = "glass"', 'before = "glas"', "contacts: glas is not among the samples .*did you mean 'glass'"),
        (
            'lines = ["BO", "NBO"]',
            'lines = ["BO"]\nsurface = ["carbonat"]',
            "glass: O 1s: carbonat: .*mean 'carb",
        ),
    ],
)
def test_words_of_the_file_are_named_with_the_nearest(described, old, new, told):
    described.write_text(described.read_text().replace(old, new, 1))
    with pytest.raises(BadInput, match=told):
        fit_samples(described)


def write_tables(folder, regions):
    """Every region as a table of two columns that names neither level nor unit nor time."""
    for level, region in regions.items():
        rows = zip(region.binding_energy.values, region.counts.values, strict=True)
        lines = ["BE/eV,intensity", *(f"{x:.1f},{count:.0f}" for x, count in rows)]
        (folder / f"{level.replace(' ', '')}.csv").write_text("\n".join(lines) + "\n")


def tables(regions, **changes):
    """The sample of those tables, with what is stated of each."""
    told = '[[samples]]\nname = "glass"\n'
    for level, region in regions.items():
        keys = {
            "file": json.dumps(f"{level.replace(' ', '')}.csv"),
            "technique": json.dumps(f"{level} XPS"),
            "intensity_unit": '"counts"',
            "dwell_time": "0.1",
            "scans": f"{float(region.scans):g}",
        }
        stated = {name: value for name, value in (keys | changes).items() if value}
        told += "[[samples.spectra]]\n" + "".join(f"{name} = {value}\n" for name, value in stated.items())
    return told


def described_by(folder, sample):
    path = folder / "tables.toml"
    path.write_text(f"photon_energy = 1486.6\n{HEAD}{REGIONS}{sample}")
    return path


def test_tables_with_a_stated_level_and_time_give_what_a_vamas_file_gives(tmp_path):
    """Regions of 5 to 60 scans: amounts are of rates, and weights of counts, as the file that says it all has them."""
    regions = samples.glass(31)
    factors(tmp_path)
    write_vamas(tmp_path / "glass.vms", regions)
    write_tables(tmp_path, regions)
    whole = fit_samples(described_by(tmp_path, '[[samples]]\nname = "glass"\nfiles = ["glass.vms"]\n')).samples["glass"]
    found = fit_samples(described_by(tmp_path, tables(regions))).samples["glass"]
    ways = {"rtol": 1e-3, "atol": 1e-3}
    np.testing.assert_allclose(found.percent.value.values, whole.percent.value.values, **ways)
    np.testing.assert_allclose(found.percent.sd.values, whole.percent.sd.values, **ways)
    assert set(found.lines.facets["unit"]) == {"counts/s eV"}
    assert str(found.measured["P 2p"].noise_source.item()) == "counts"
    assert "stated: counts, dwell_time 0.1, scans 60" in found.measured["P 2p"].attrs["history"]


def test_points_that_count_as_one_widen_what_a_table_gives(tmp_path):
    regions = samples.glass(31)
    factors(tmp_path)
    write_tables(tmp_path, regions)
    plain, smooth = (
        fit_samples(described_by(tmp_path, tables(regions, **more))).samples["glass"].fits["P 2p"]
        for more in ({}, {"noise_correlation": "4"})
    )
    assert (plain.points_per_independent, smooth.points_per_independent) == (1.0, 4.0)
    ratio = smooth.areas.sd.values / plain.areas.sd.values
    assert np.all(ratio > 1.3)
    assert np.all(ratio < 2.1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"technique": ""}, r"C1s\.csv: names no core level; give technique, such as 'O 1s XPS'"),
        ({"intensity_unit": ""}, r"P2p\.csv: dwell_time and scans: whether .* is not known; give intensity_unit"),
        ({"dwell_time": "", "scans": ""}, r"state intensity_unit, dwell_time \(s\) and scans of its file"),
        ({"scans": "0"}, r"samples\.0\.spectra\.0\.scans = 0: .*greater than 0"),
    ],
)
def test_what_a_table_leaves_open_is_asked_for(tmp_path, changes, message):
    regions = samples.glass(31)
    factors(tmp_path)
    write_tables(tmp_path, regions)
    with pytest.raises(BadInput, match=message):
        fit_samples(described_by(tmp_path, tables(regions, **changes)))


def test_what_a_file_says_is_not_overruled(tmp_path, capsys):
    regions = samples.glass(31)
    factors(tmp_path)
    write_vamas(tmp_path / "glass.vms", regions)
    stated = '[[samples]]\nname = "glass"\n[[samples.spectra]]\nfile = "glass.vms"\ntechnique = "P 2p XPS"\n'
    path = described_by(tmp_path, f'{stated}intensity_unit = "counts/s"\ndwell_time = 0.5\nscans = 60\n')
    code, told, _ = run(capsys, "photoelectrons", path, "--json")
    assert code == 2
    assert json.loads(told)["error"]["problems"] == [
        "glass.vms: dwell_time = 0.5: the file has 0.1; leave it out",
        "glass.vms: intensity_unit = 'counts/s': the file has counts; leave it out",
    ]
    path = described_by(tmp_path, '[[samples]]\nname = "glass"\n')
    with pytest.raises(BadInput, match=r"glass: has no file; give files, or spectra"):
        fit_samples(path)


def test_rates_of_a_known_time_have_the_noise_of_their_counts():
    region = samples.glass(31)["P 2p"]
    rate = region.assign(intensity=region.intensity / 6.0).drop_vars(["counts", "dwell_time", "scans"])
    rate.intensity.attrs["units"] = "arbitrary"
    stated = xps.with_exposure(rate, intensity_unit="counts/s", dwell_time=0.1, scans=60)
    np.testing.assert_allclose(stated.counts, region.counts)
    np.testing.assert_allclose(stated.noise, np.sqrt(np.maximum(region.counts, 1)) / 6.0)
    assert xps.exposure(stated) == 1.0
    unknown = xps.with_exposure(rate, intensity_unit="counts/s")
    assert "counts" not in unknown
    assert xps.exposure(unknown) == 1.0
    below = rate.assign(intensity=rate.intensity.copy(data=rate.intensity.values - 100))
    with pytest.raises(BadInput, match=r"intensities are negative, unlike counts"):
        xps.with_exposure(below, intensity_unit="counts", dwell_time=0.1, scans=60)
