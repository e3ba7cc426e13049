"""Photoelectron samples from files: the command line from a TOML file, and the reference of a recipe."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import test_spectra_xps_samples as samples

import shortrange
from shortrange.cli import main
from shortrange.exports import peaks_table
from shortrange.photoelectrons import fit_samples
from shortrange_core import BadInput, load
from shortrange_core.shown_numbers import with_sd
from spectra import xps
from studies import xps_oxygen

REGIONS = """
[regions."C 1s"]
lines = ["carbon"]
[regions."O 1s"]
lines = ["BO", "NBO"]
[regions."P 2p"]
lines = ["P:S4"]
windows = {"P:S4" = [130.5, 133.0]}
[regions."S 2p"]
lines = ["terminal"]
windows = {terminal = [160.3, 162.5]}
[regions."Na 1s"]
lines = ["Na"]
windows = {Na = [1070.0, 1073.0]}
"""
HEAD = 'factors = "factors.csv"\nmonochromatic = true\ncation = "Na"\n'


def write_vamas(path, regions, angle=None):
    """Simulated regions as one VAMAS file, over kinetic energy; an angle is its experimental variable."""
    variables = "0" if angle is None else "1|Angle|degree"
    first = (
        "VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4|lab|simulated|op|exp|0|NORM|REGULAR"
    )
    lines = f"{first}|1|{variables}|0|0|0|0|{len(regions)}".split("|")
    for level, region in regions.items():
        counts, (element, orbital) = region.counts.values[::-1], level.split()
        kinetic = 1486.6 - float(region.binding_energy.values[-1])
        place = "" if angle is None else f"{angle}|"
        head = f"{level}|simulated|2026|1|1|0|0|0|0|0|XPS|{place}Al|1486.6|0|0|0|0|0|FAT|20|1e+37|1e+37|0|0|1e+37|1e+37"
        head += f"|1e+37|{element}|{orbital}|-1|kinetic energy|eV|{kinetic:.4f}|0.1|1|counts|d|pulse counting|0.1|"
        head += f"{float(region.scans):.0f}|0|1e+37|1e+37|1e+37|0|{len(counts)}|{counts.min():.0f}|{counts.max():.0f}"
        lines += [*head.split("|"), *(f"{count:.0f}" for count in counts)]
    path.write_text("\n".join([*lines, "end of experiment"]) + "\n")


def factors(folder):
    rows = [f"{level},{one.value},{one.relative_sd},{one.source}" for level, one in samples.FACTORS.items()]
    (folder / "factors.csv").write_text("\n".join(["level,value,relative_sd,source", *rows]) + "\n")


@pytest.fixture
def described(tmp_path):
    """What the page of the documentation shows: a glass in two files, and after contact, charged, with 15 % of Na3P."""
    glass, after = samples.glass(6), samples.glass(7, shift=2.7, product=0.15)
    sodium = {"Na 1s": glass.pop("Na 1s")}
    write_vamas(tmp_path / "glass.vms", glass)
    write_vamas(tmp_path / "glass_sodium.vms", sodium)
    write_vamas(tmp_path / "after.vms", after)
    factors(tmp_path)
    page = Path(__file__).parents[1] / "docs" / "howto" / "photoelectrons.md"
    (text,) = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "samples.toml").write_text(text)
    return tmp_path / "samples.toml"


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main([str(one) for one in arguments])
    told = capsys.readouterr()
    return left.value.code, told.out, told.err


def test_a_sample_of_several_files_leaves_as_tables_figures_and_limits(described, capsys):
    out = described.parent / "result"
    code, told, _ = run(capsys, "photoelectrons", described, "--out", out)
    assert code == 0
    assert "glass: ok, moved by -0.6" in told
    assert "after 5 h on Na: ok, moved by -2.7" in told
    assert "formed" in next(line for line in told.splitlines() if "Na3P" in line)
    sulfide = next(line for line in told.splitlines() if "Na2S" in line)
    assert re.search(r"not shown, from 159\.60 to 160\.7\d eV$", sulfide.rstrip()), "above is the glass's own line"
    (glass,) = (path for path in out.glob("glass*.nc"))
    assert load(glass).percent.value.values.sum() == pytest.approx(100)
    assert glass.with_suffix(".png").stat().st_size > 10_000
    assert (out / "lines.csv").read_text().count("\n") == 1 + 9 + 13
    again, _, said = run(capsys, "photoelectrons", described, "--out", out)
    assert again == 2
    assert "lines.csv exists already" in said


def with_stale_limits(path, level):
    """The file with a largest count that its region of the level does not keep to."""
    lines = path.read_text().split("\n")
    way = lines.index("pulse counting", lines.index(level))
    least = way + 9  # behind dwell time, scans and their kin, and the number of counts; the largest stands below it
    lines[least + 1] = str(int(lines[least]) + 1)
    path.write_text("\n".join(lines))


def test_files_about_which_there_is_a_warning_are_refused_together_where_that_is_asked(described, capsys):
    folder, out = described.parent, described.parent / "result"
    with_stale_limits(folder / "glass.vms", "O 1s")
    with_stale_limits(folder / "after.vms", "P 2p")
    code, _, told = run(capsys, "photoelectrons", described, "--out", out, "--strict")
    assert code == 2
    assert told.count("or read it without strict") == 2
    assert "glass.vms" in told
    assert "after.vms" in told
    assert not out.exists()
    described.write_text("strict = true\n" + described.read_text())
    with pytest.raises(BadInput, match=r"glass\.vms"):
        fit_samples(described)


def test_a_level_that_is_there_twice_is_told_apart_by_the_key_of_the_file(described, capsys):
    described.write_text(described.read_text().replace('"glass_sodium.vms"', '"glass_sodium.vms", "after.vms"'))
    code, _, told = run(capsys, "photoelectrons", described)
    assert code == 2
    assert "say by containing which blocks" in told


def test_a_warning_about_the_reference_line_in_the_same_file_counts(described, capsys):
    file = described.parent / "glass.vms"
    asks = ("fit", file, "--technique", "O 1s XPS", "--species", "NBO", "--reference", "C 1s 284.8")
    assert run(capsys, *asks, "--strict")[0] != 2
    with_stale_limits(file, "C 1s")
    assert run(capsys, *asks)[0] != 2
    code, _, told = run(capsys, *asks, "--strict")
    assert code == 2
    assert "or read it without --strict" in told


def test_what_cannot_be_told_of_a_contact_names_the_pair_and_the_level(described, capsys):
    """The stated shift of the second sample is 2 eV off: a moved pair is undetermined, in words, never formed."""
    write_vamas(described.parent / "after.vms", samples.glass(7, shift=2.7))
    text = described.read_text().replace('reference = "C 1s 284.8"', "reference = -0.7")
    described.write_text(text)
    code, told, _ = run(capsys, "photoelectrons", described, "--verbose")
    assert code == 1, "regions that lie outside of their windows are misfits"
    for level, product in (("P 2p", "Na3P"), ("S 2p", "Na2S")):
        row = next(line for line in told.splitlines() if line.split()[:3] == [*level.split(), product])
        assert row.split()[3:] == ["100.0", "%", "100.0", "%", "undetermined"]
        (note,) = (line for line in told.splitlines() if f"glass -> after 5 h on Na, {level}: the region" in line)
        assert re.search(r"moved as a whole by \+(1\.9|2\.0)", note)
        assert f"a charge shift or a full conversion, which {product} cannot be told from" in note


def test_a_region_after_contact_keeps_the_product_off_the_line_of_the_glass(described):
    """Both in one window they exchange their areas: the glass was known to 850 counts/s eV of 1520."""
    text = described.read_text()
    table = fit_samples(described).samples["after 5 h on Na"].line_table().set_index("line")
    assert table.loc["terminal", "area_sd"] < 0.1 * table.loc["terminal", "area"]
    assert table.loc["terminal", "position"] - table.loc["na2s", "position"] >= 0.7 - 1e-6
    described.write_text(text.replace("162.5]}", "162.5], Na2S = [159.6, 160.2]}"))
    found = fit_samples(described).contacts["glass -> after 5 h on Na"]["S 2p"]
    assert found.searched == (159.6, 160.2)
    assert found.upper_limit < 0.02


def test_what_the_fit_of_a_region_says_is_said_of_the_sample(described, capsys):
    """Before, warnings of regions stood in their records alone. Zn 3s lies in P 2p; a satellite has no such source."""
    text = described.read_text()
    code, told, _ = run(capsys, "photoelectrons", described)
    assert (code, "warning" in told) == (0, False), told
    zinc = text.replace("[130.5, 133.0]}", '[130.5, 133.0]}\nelements = ["Zn"]')
    described.write_text(zinc.replace("[[contacts]]", f"{SATELLITES}\n[[contacts]]"))
    _, told, _ = run(capsys, "photoelectrons", described, "--verbose")
    warnings = [line for line in told.splitlines() if line.startswith("warning")]
    assert any(
        "glass, P 2p" in line and "may lie Zn 3s satellite near 131.4 eV, Zn 3s near 139.8 eV" in line
        for line in warnings
    ), told
    assert any("[source-contradicted]" in line and "further regions" in line for line in warnings), told
    _, told, _ = run(capsys, "photoelectrons", described, "--json")
    glass = json.loads(told)["samples"]["glass"]
    assert 0 <= glass["bridging"]["lower"] <= glass["bridging"]["share"]["entries"][0]["value"] <= 1  # was a text
    notes = glass["regions"]["P 2p"]["notes"]
    assert {"levels-overlap", "source-contradicted"} <= {note["code"] for note in notes}


def test_a_core_level_without_a_claim_is_fitted_where_its_windows_say(tmp_path, capsys):
    """The library knows nothing of Pt 4f: it was refused, windows or not, by every command."""
    platinum = samples.counted("Pt 4f", [(900.0, 71.1, 1.1), (675.0, 74.43, 1.1)], 64.0, 82.0, 1, scans=40)
    write_vamas(tmp_path / "metal.vms", {"Pt 4f": platinum, "C 1s": samples.glass(1, shift=0.0)["C 1s"]})
    stated = '[regions."Pt 4f"]\nlines = ["metal"]\nWINDOWS\n[[samples]]\nname = "metal"\nfiles = ["metal.vms"]\n'
    (tmp_path / "metal.toml").write_text(
        "monochromatic = true\n" + stated.replace("WINDOWS", "windows = {metal = [70.0, 73.0]}")
    )
    code, told, said = run(capsys, "photoelectrons", tmp_path / "metal.toml")
    assert code == 0, said
    assert re.search(r"Pt 4f\s+metal\s+71\.\d+\(\d+\)", told), told
    options = ["--technique", "Pt 4f XPS", "--block", "Pt 4f", "--species", "metal", "--monochromatic"]
    code, told, said = run(capsys, "fit", tmp_path / "metal.vms", *options, "--windows", "metal = 70..73")
    assert code == 0, said
    assert re.search(r"metal\s+metal\s", told), told
    (tmp_path / "metal.toml").write_text(stated.replace("WINDOWS", ""))
    for command in (["photoelectrons", tmp_path / "metal.toml"], ["fit", tmp_path / "metal.vms", *options]):
        code, _, said = run(capsys, *command)
        assert (code, "has no position and no window in the peak library" in said) == (2, True), said


def test_a_line_of_the_surface_is_named_with_the_nearest_and_takes_a_window(described, capsys):
    """A window of it was dropped, so that the error asked for it again."""
    options = ["--technique", "O 1s XPS", "--species", "BO, NBO", "--reference", "C 1s 284.8", "--surface", "carbonat"]
    code, _, told = run(capsys, "fit", described.parent / "glass.vms", *options)
    assert code == 2
    assert "carbonat: has no position and no window in the peak library; did you mean 'carbonate'?; give --win" in told
    code, told, _ = run(capsys, "fit", described.parent / "glass.vms", *options, "--windows", "carbonat = 533.5..535")
    assert code == 0
    assert re.search(r"^carbonat\s", told, re.MULTILINE)


def test_areas_have_their_range_over_backgrounds_in_tables_and_json(described, capsys):
    code, told, _ = run(capsys, "photoelectrons", described, "--json")
    assert code == 0
    data = json.loads(told)["samples"]["after 5 h on Na"]
    ranges = data["area_ranges"]
    sample = fit_samples(described).samples["after 5 h on Na"]
    assert data["percent_ranges"] == {level: list(ends) for level, ends in sample.percent_ranges().items()}
    table = sample.line_table().set_index("line")
    counted = table[table.assignment != ""]
    assert set(ranges) == {f"{row.level} {line}" for line, row in counted.iterrows()}
    assert np.all(counted.area_low <= np.maximum(counted.area - 1.9599 * counted.area_sd, 0) + 1e-9)
    assert np.all(counted.area_high >= counted.area + 1.9599 * counted.area_sd)
    assert ranges["P 2p na3p"] == pytest.approx([table.loc["na3p", "area_low"], table.loc["na3p", "area_high"]])
    assert np.all(np.isnan(table[table.assignment == ""].area_low))
    line = next(row for row in run(capsys, "photoelectrons", described)[1].splitlines() if " na3p " in row)
    assert re.search(r"55\.7\(44\)\s+\S+ %  \d\d\.\d to \d\d\.\d over backgrounds$", line)
    options = ["--technique", "C 1s XPS", "--species", "carbon", "--reference", "C 1s 284.8", "--json"]
    found = json.loads(run(capsys, "fit", described.parent / "glass.vms", *options)[1])
    low, high = found["area_ranges"]["carbon"]
    assert low < found["areas"]["entries"][0]["value"] < high


STATIC = 'static_background = "Shirley"\nends = [156.5, 170.0]\naveraged = 5\n'


def test_a_static_background_of_the_trade_is_stated_in_files_and_on_the_command_line(described, capsys):
    """What users of CasaXPS state: its name, its ends, the points that are averaged there; then none is fitted."""
    described.write_text(described.read_text().replace('lines = ["terminal"]', f'lines = ["terminal"]\n{STATIC}'))
    sample = fit_samples(described).samples["glass"]
    found = sample.fits["S 2p"]
    assert not found.model.background
    assert "static Shirley, ends 156.5" in found.spectrum.attrs["history"]
    region = xps.prepare(sample.measured["S 2p"], charge_shift=float(sample.shift.value.item()), monochromatic=True)
    flat = xps.subtract_background(region, "Shirley", ends=(156.5, 170.0), averaged=5)
    np.testing.assert_allclose(found.spectrum.intensity, flat.intensity)
    assert sample.fits["O 1s"].model.background, "regions without the key keep theirs"
    options = ["--technique", "S 2p XPS", "--species", "terminal", "--windows", "terminal = 160.3..162.5"]
    options += [
        "--reference",
        "C 1s 284.8",
        "--static-background",
        "Shirley",
        "--ends",
        "156.5..170",
        "--averaged",
        "5",
    ]
    code, told, _ = run(capsys, "fit", described.parent / "glass.vms", *options, "--json")
    entries = {one["entry"]: one["value"] for one in json.loads(told)["areas"]["entries"]}
    assert code == 0
    assert entries["terminal"] == pytest.approx(float(found.areas.value.sel(entry="terminal")), rel=0.01)


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ("ends = [156.5, 170.0]", "glass: S 2p: ends: of a static background, and none is asked for; give static_back"),
        (
            'static_background = "Linear"\nends = [150.0, 151.0]',
            r"glass: S 2p: ends \(150\.0, 151\.0\): does not overlap",
        ),
        ('static_background = "Shirly"', "static_background = 'Shirly': must be 'Shirley', 'Linear', 'Smart'"),
        ('static_background = "U 3 Tougaard"', r"of the material; give losses = \{c = \.\.\., c_prime = "),
        ('static_background = "U 3 Tougaard"\nlosses = {c = 551.0}', "losses: has c; give c, c_prime, d"),
    ],
)
def test_a_static_background_that_cannot_be_is_refused_in_the_words_of_the_file(described, stated, told):
    described.write_text(described.read_text().replace('lines = ["terminal"]', f'lines = ["terminal"]\n{stated}'))
    with pytest.raises(BadInput, match=told):
        fit_samples(described)


def test_every_position_carries_the_doubt_of_the_reference(described):
    """P 2p is fitted to 0.01 eV on an axis that C 1s places to 0.2 eV: 0.2 eV it is, and 0.02 eV where stated so."""
    text = described.read_text()
    table = fit_samples(described).samples["glass"].line_table().set_index("line")
    assert table.loc["p_s4", "position"] == pytest.approx(131.7, abs=0.06)
    assert (table["position_sd"] >= 0.2).all()
    described.write_text(f"reference_sd = 0.02\n{text}")
    sharp = fit_samples(described).samples["glass"]
    assert sharp.line_table().set_index("line").loc["p_s4", "position_sd"] < 0.04
    places = sharp.fits["P 2p"].positions
    apart = places.propagate(lambda v: v[1:] - v[:1], ["partner minus line"])
    assert apart.sd.values.max() < 1e-3


SATELLITES = """
[[satellites]]
displacement = 8.4
share = 0.08
source = "stated for this test"
"""


@pytest.mark.parametrize("images", [(), ((8.4, 0.08),)])
@pytest.mark.parametrize("stated", ["", SATELLITES])
def test_satellites_of_a_source_without_monochromator_stand_in_every_region(described, images, stated):
    """Where the file states what the source has, all is well; where it does not, it is said, and so is the misfit."""
    for name, seed, more in (("glass", 6, {}), ("after", 7, {"shift": 2.7, "product": 0.15})):
        write_vamas(described.parent / f"{name}.vms", samples.glass(seed, images=images, **more))
    text = described.read_text().replace("monochromatic = true", "monochromatic = false") + stated
    described.write_text(text.replace(', "glass_sodium.vms"', ""))
    found = fit_samples(described)
    glass = found.samples["glass"]
    said = [note for note in glass.fits["P 2p"].notes if note.code == "source-satellites"]
    assert bool(said) == (not stated)
    assert all("give satellites with published values: a file of" in note.remedy for note in said)
    excess = glass.fits["P 2p"].chi2 / glass.fits["P 2p"].dof
    assert (excess < 1.3) == (bool(images) == bool(stated)), excess
    if images and stated:
        product = found.contacts["glass -> after 5 h on Na"]["P 2p"].shares.select(["after"])
        assert abs(product.value.item() - 0.15) < 4 * product.sd.item()
        ratio = glass.amounts.propagate(lambda v: v[[3]] / v[[2]], ["S/P"])
        assert abs(ratio.value.item() - 3.4) < 3 * ratio.sd.item()
    described.write_text(described.read_text().replace("monochromatic = false", "monochromatic = true"))
    again = fit_samples(described).samples["glass"].fits["P 2p"].notes
    assert ("source-contradicted" in codes(again)) == bool(stated)


def test_satellites_without_a_source_or_a_share_are_refused(described):
    described.write_text(described.read_text() + SATELLITES.replace("0.08", "8").replace("stated for this test", ""))
    with pytest.raises(BadInput, match=r"share.*less than 1") as refused:
        fit_samples(described)
    assert "source" in str(refused.value)


def test_what_the_file_says_wrongly_is_said_at_once(described, capsys):
    text = described.read_text()
    wrong = text.replace('"after.vms"', '"afterr.vms"').replace('before = "glass"', 'before = "glas"')
    described.write_text(wrong)
    code, told, _ = run(capsys, "photoelectrons", described, "--json")
    problems = json.loads(told)["error"]["problems"]
    assert code == 2
    assert any("glas is none of the samples glass, after 5 h on Na" in one for one in problems)
    assert any("afterr.vms: there is no such file" in one for one in problems)
    described.write_text(f'refrence = "C 1s 284.8"\n{text}')
    with pytest.raises(BadInput, match="refrence: there is no such key; did you mean 'reference'"):
        fit_samples(described)
    described.write_text(text.replace('name = "after 5 h on Na"', 'name = "glass"'))
    with pytest.raises(BadInput, match="two samples are called 'glass'"):
        fit_samples(described)
    described.write_text("regions = [")
    with pytest.raises(BadInput, match="is not TOML"):
        fit_samples(described)


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
            "sample s1: .* depth; where the files do not name it, state x",
        ),
        ("", (1.0, 2.0), None, "s0: x = 1: of what. give along, such as along = 'depth'"),
        ('along = "variable_angle"\n', (0.0, 60.0), 0.0, r"s1: x = 60: the files say variable_angle 0.0 \(C 1s\), 0"),
        (
            'along = "binding_energy"\n',
            (0.0, 60.0),
            None,
            "s0: x = 0: along = 'binding_energy' is what",
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
        ('[regions."O 1s"]', '[regions."O1s"]', "regions: 'O1s' is no core level; did you mean 'O 1s'"),
        ('before = "glass"', 'before = "glas"', "contacts: glas is none of the samples .*did you mean 'glass'"),
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


def test_factors_of_theory(described):
    """Those of s levels and of whole doublets are Scofield's to 1 %: J. Electron Spectrosc. 8, 129 (1976)."""
    printed = {"C 1s": 1.0, "O 1s": 2.93, "F 1s": 4.43, "Na 1s": 8.52, "P 2p": 1.192, "S 2p": 1.677, "Ag 3d": 18.04}
    found = xps.theoretical_factors(1486.6, path_exponent=0.0, relative_sd=0.1)
    for level, value in printed.items():
        assert found[level].value == pytest.approx(value, rel=0.01), level
    deep = xps.theoretical_factors(1486.6, path_exponent=0.75, relative_sd=0.1)["Na 1s"].value
    assert deep == pytest.approx(8.52 * ((1486.6 - 1070.8) / (1486.6 - 284.2)) ** 0.75, rel=0.01)
    with pytest.raises(BadInput, match=r"cross sections ship for 1486\.6 "):
        xps.theoretical_factors(2984.3, path_exponent=0.75, relative_sd=0.1)
    with pytest.raises(BadInput, match="between 0 and 1"):
        xps.theoretical_factors(1486.6, path_exponent=7.5, relative_sd=0.1)
    theory = "factors = {path_exponent = 0.0, relative_sd = 0.1}"
    text = described.read_text().replace('factors = "factors.csv"', f"photon_energy = 1486.6\n{theory}")
    described.write_text(text)
    amounts = fit_samples(described).samples["glass"].amounts
    ratio = amounts.propagate(lambda v: v[[3]] / v[[2]], ["S/P"])
    assert abs(ratio.value.item() - 3.4) < 3 * ratio.sd.item()
    described.write_text(text.replace("photon_energy = 1486.6\n", ""))
    with pytest.raises(BadInput, match="hang on the source"):
        fit_samples(described)


@pytest.mark.parametrize(("stated", "shift", "sd"), [('reference = "C 1s 284.8"', -0.7, 0.2), ("", 0.0, 1.0)])
def test_the_reference_of_a_recipe_moves_the_axis_and_stands_in_every_position(tmp_path, stated, shift, sd):
    write_vamas(tmp_path / "glass.vms", samples.glass(6))
    (tmp_path / "recipe.toml").write_text(f"""schema = 1
title = "Simulated: one glass"
simulated = true
units = ["P:S4", "P:S3O", "P:S3/O"]
[techniques."O 1s XPS"]
lines = ["BO", "NBO"]
monochromatic = true
{stated}
[[samples]]
name = "glass"
composition = "Na3PS3.4O0.6"
x = 0.6
[[samples.spectra]]
file = "glass.vms"
technique = "O 1s XPS"
block = "O 1s"
""")
    table = peaks_table(shortrange.analyse(shortrange.read_recipe(tmp_path / "recipe.toml")).fits).set_index("peak")
    measured = 530.9 + 0.7 + shift
    assert table.loc["nbo", "center"] == pytest.approx(measured, abs=0.15)
    assert (table.loc[["bo", "nbo"], "center sd"] >= sd).all()
    assert Path(table.loc["nbo", "file"]).name == "glass.vms"


def share_of(case, seed):
    """Whether the interval of BO holds the truth, its width, whether something is said, and remarks of the model."""
    found, share, told = xps_oxygen.drawn(seed, case)
    ratio = found.areas.where(assignment=["BO", "NBO"]).propagate(lambda v: v[0] / v.sum(), ["share"])
    low, high = ratio.interval(0.95).values[0]
    return low <= share <= high, high - low, bool(told) or not found.status.trusted, codes(found.model.notes)


def codes(notes):
    return {note.code for note in notes}


@pytest.mark.parametrize("case", ["clean", "auger"])
def test_oxygen_of_a_right_model_is_covered_tight_and_without_a_warning(case):
    covered, widths, said, _ = zip(*(share_of(case, seed) for seed in range(4)), strict=True)
    assert sum(covered) >= 3
    assert max(widths) < 0.12
    assert not any(said)


@pytest.mark.parametrize("case", ["auger left out", "separation"])
def test_oxygen_of_a_wrong_model_is_said(case):
    assert all(share_of(case, seed)[2] for seed in range(4))


@pytest.mark.parametrize(
    ("case", "way", "warns", "widest"),
    [
        ("clean", "with C 1s and O/P", set(), 0.4),
        ("carbonate", "with C 1s and O/P", {"surface-carbonate"}, 0.7),
        ("hydroxide", "with C 1s and O/P", set(), 0.8),
        ("clean", "O 1s alone, a fifth stated", set(), 0.5),
        ("hydroxide", "O 1s alone, a fifth stated", set(), 0.5),
    ],
)
def test_the_range_of_bridging_oxygen_holds_what_a_surface_hides(case, way, warns, widest):
    """O/P and what the user states limit everything; a clean glass has a narrow range and no warning."""
    for seed in range(3):
        found = xps_oxygen.answered(seed, case, way)
        assert found.trusted
        assert found.limited
        assert found.holds(found.first)
        assert found.first[1] - found.first[0] < widest
        assert warns <= found.told
        assert found.told or case != "carbonate"
        assert not found.told or case != "clean"


@pytest.mark.parametrize(
    ("case", "way"), [("clean", 0), ("hydroxide", 0), ("clean", 1), ("hydroxide", 1), ("carbonate", 1)]
)
def test_what_no_region_limits_is_undetermined_before_it_is_a_number(case, way):
    """C 1s limits carbonate and nothing else: its range, and the value without a surface, come second."""
    for seed in range(3):
        found = xps_oxygen.answered(seed, case, xps_oxygen.WAYS[way])
        assert (found.first, found.limited) == ((0.0, 1.0), False)
        assert found.plain[1] - found.plain[0] < 0.12
        assert bool(found.alone) == (way == 1)
        if case == "clean":
            assert not found.told
            assert found.holds(found.plain)
        if case == "carbonate":
            assert "surface-carbonate" in found.told
            assert found.holds(found.alone)


@pytest.mark.parametrize("share", [-0.1, 1.0, np.nan])
def test_a_stated_share_of_the_surface_is_a_share(share):
    with pytest.raises(BadInput, match=r"surface_oxygen=.*from 0 to below 1"):
        xps.bridging_range(xps_oxygen.drawn(0, "clean")[0], surface_oxygen=share)


def test_what_nothing_limits_is_said_by_the_numbers(described, capsys):
    """O 1s alone: undetermined, and what a tenth of it from a surface does; lines of the surface: their fit."""
    found = xps_oxygen.drawn(0, "clean")[0]
    alone = xps.bridging_range(found)
    assert (alone.lower, alone.upper, alone.surface_limit, alone.limited_by) == (0.0, 1.0, 1.0, "")
    value, sd = alone.share.value.item(), alone.share.sd.item()
    ends = f"{(value - 1.96 * sd - 0.1) / 0.9:.2f} to {(value + 1.96 * sd) / 0.9:.2f}"
    told = alone.notes[0].text
    assert told.startswith("BO/(BO + NBO) is undetermined (0.00 to 1.00): nothing limits the oxygen of a surface")
    assert f"{ends} if 10 % of it is a surface's, unseen" in told
    assert told.index("undetermined") < told.index(f"{with_sd(value, sd)} if all of O 1s is the glass's")
    stated = xps.bridging_range(xps_oxygen.drawn(0, "clean")[0], surface_oxygen=0.1)
    assert (stated.limited_by, stated.surface_limit) == ("the share stated", 0.1)
    assert stated.answer().startswith(f"{ends} (95 %) by the share stated; ")
    let_in = xps.bridging_range(xps_oxygen.drawn(0, "clean, carbonate let in")[0])
    assert (let_in.limited_by, let_in.notes) == ("lines of the model", ())
    assert let_in.upper - let_in.lower > 0.3
    _, told, _ = run(capsys, "photoelectrons", described)
    second = r"0\.\d+\(\d+\) if all of O 1s is the glass's"
    assert re.search(rf"BO/\(BO \+ NBO\) 0\.\d+ to 0\.\d+ \(95 %\) by O/P; {second}", told), told
    assert re.search(rf"BO/\(BO \+ NBO\) undetermined \(0\.00 to 1\.00\): .*; {second}", told), "no O/P is stated"
    text = described.read_text().replace("oxygen_per_phosphorus = 0.6 ", "surface_oxygen = 0.1")
    described.write_text(text)
    assert re.search(r"to 0\.\d+ \(95 %\) by the share stated; ", run(capsys, "photoelectrons", described)[1])
    described.write_text(text.replace("surface_oxygen = 0.1", "surface_oxygen = 1.0"))
    code, _, error = run(capsys, "photoelectrons", described)
    assert (code, "surface_oxygen" in error) == (2, True)
    file = described.parent / "glass.vms"
    options = ["--technique", "O 1s XPS", "--species", "BO, NBO", "--cation", "Na", "--phase", "glass"]
    _, shown, _ = run(capsys, "fit", file, *options, "--reference", "C 1s 284.8")
    assert re.search(rf"\nBO/\(BO \+ NBO\) is undetermined .*; {second}", shown), shown
    _, out, _ = run(capsys, "fit", file, *options, "--reference", "C 1s 284.8", "--json")
    notes = {note["code"]: note for note in json.loads(out)["notes"]}
    assert "unseen in O 1s" in notes["bridging-range"]["text"]


@pytest.mark.parametrize("species", ["carbonate", "hydroxide"])
def test_a_surface_line_between_bo_and_nbo_is_a_remark_and_covered_once_let_in(species):
    """O 1s alone does not show it: the model says so of every O 1s, and with its line the interval says how little."""
    for seed in range(3):
        covered, width, _, remarks = share_of(f"{species}, {species} let in", seed)
        assert covered
        assert width > 0.3
        assert "surface-oxygen" in remarks
        assert "surface-oxygen" in share_of(species, seed)[3]


def test_notes_of_several_samples_name_their_sample(described):
    """Two samples whose O 1s nothing limits, or O/P does: each remark says of which it is."""
    told = [note.text for note in fit_samples(described).notes if note.code == "bridging-range"]
    assert [text.split(": ")[0] for text in told] == ["glass", "after 5 h on Na"]


def test_a_sample_without_sodium_has_no_sodium_line(described, capsys):
    text = described.read_text()
    assert "na_kl1l23" in run(capsys, "photoelectrons", described)[1]
    described.write_text(text.replace('lines = ["BO", "NBO"]', 'lines = ["BO", "NBO"]\nsodium = false'))
    assert "na_kl1l23" not in run(capsys, "photoelectrons", described)[1]


LITHIUM = 'monochromatic = true\ncation = "Li"\n'
LITHIUM_GLASS = '[[samples]]\nname = "glass"\nfiles = ["lithium.vms"]\n'


@pytest.mark.parametrize(("auger", "told"), [(0.0, False), (700.0, True)])
def test_sodium_in_a_lithium_glass_is_told_where_its_line_is_missed(tmp_path, capsys, auger, told):
    """A file of samples put the sodium line under O 1s whatever the cation; a recipe could not ask for it."""
    lines = [(350.0, 532.6, 1.6), (350.0, 530.9, 1.6), *([(auger, 535.6, 3.0)] if auger else [])]
    regions = {level: one for level, one in samples.glass(9).items() if level != "Na 1s"}
    regions["O 1s"] = samples.counted("O 1s", lines, 525.0, 542.0, 77, scans=40, shift=0.7)
    write_vamas(tmp_path / "lithium.vms", regions)
    (tmp_path / "samples.toml").write_text(LITHIUM + REGIONS + LITHIUM_GLASS)
    code, out, _ = run(capsys, "photoelectrons", tmp_path / "samples.toml")
    assert ("na_kl1l23" in out, "auger-left-out" in out, code) == (False, told, 1 if told else 0)
    options = ["--technique", "O 1s XPS", "--species", "BO, NBO", "--reference", "C 1s 284.8", "--cation", "Li"]
    assert ("(--sodium)" in run(capsys, "fit", tmp_path / "lithium.vms", *options)[1]) == told
    assert "na_kl1l23" in run(capsys, "fit", tmp_path / "lithium.vms", *options, "--sodium")[1]


def test_regions_that_the_reference_moved_out_of_their_windows_contradict_it(tmp_path, capsys):
    """C 1s at 282.8 eV, all other regions where they belong: only misfits and windows were told."""
    regions = samples.glass(9, shift=0.0)
    regions["C 1s"] = samples.glass(9, shift=-2.0)["C 1s"]
    write_vamas(tmp_path / "glass.vms", regions)
    stated = '[[samples]]\nname = "glass"\nfiles = ["glass.vms"]\n'
    (tmp_path / "samples.toml").write_text('monochromatic = true\ncation = "Na"\n' + REGIONS + stated)
    code, told, _ = run(capsys, "photoelectrons", tmp_path / "samples.toml", "--verbose")
    assert code == 1
    assert "2 regions lie above every window of their lines: P 2p 0.9 eV, S 2p" in told
    assert "question the line of C 1s" in told
    write_vamas(tmp_path / "glass.vms", samples.glass(9, shift=-2.0))
    code, told, _ = run(capsys, "photoelectrons", tmp_path / "samples.toml", "--verbose")
    assert (code, "regions-disagree" in told) == (0, False)


def test_a_source_that_a_file_contradicts_or_lacks_is_used_for_the_reference_line_too(tmp_path, capsys):
    """Stated photons moved the axis of a file over kinetic energies by 233 eV; recipes did not use them for C 1s."""
    write_vamas(tmp_path / "glass.vms", samples.glass(6))
    options = ["--technique", "O 1s XPS", "--species", "BO, NBO", "--reference", "C 1s 284.8", "--photon-energy"]
    code, told, _ = run(capsys, "fit", tmp_path / "glass.vms", *options, "1253.6 eV")
    assert (code, "photons of 1486.6 eV, 1253.6 was given" in told) == (0, True)
    silent = (tmp_path / "glass.vms").read_text().replace("\n1486.6\n", "\n1e+37\n")
    (tmp_path / "silent.vms").write_text(silent)
    code, out, _ = run(capsys, "fit", tmp_path / "silent.vms", *options, "1486.6 eV")
    assert (code, bool(re.search(r"^bo .* 532\.6", out, re.MULTILINE))) == (0, True)
    (tmp_path / "recipe.toml").write_text("""schema = 1
title = "Simulated"
units = ["P:S4", "P:S3O", "P:S3/O"]
[techniques."O 1s XPS"]
lines = ["BO", "NBO"]
reference = "C 1s 284.8"
photon_energy = 1486.6
[[samples]]
name = "glass"
composition = "Na3PS3.4O0.6"
[[samples.spectra]]
file = "silent.vms"
technique = "O 1s XPS"
block = "O 1s"
""")
    code, out, said = run(capsys, "check", tmp_path / "recipe.toml")
    assert (code, "can be analysed: 1 spectrum" in out) == (0, True), said


def test_a_text_that_no_block_contains_names_the_blocks(described, capsys):
    after = 'files = ["after.vms"]'
    described.write_text(described.read_text().replace(after, f'{after}\ncontaining = "50"'))
    code, _, error = run(capsys, "photoelectrons", described)
    assert code == 2
    assert "whose block contains '50'; correct containing: the blocks are 'C 1s'" in error
    assert str(described.parent) not in error


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
        ({"technique": ""}, r"C1s\.csv: says no core level; give technique, such as 'O 1s XPS'"),
        ({"intensity_unit": ""}, r"P2p\.csv: dwell_time and scans: nothing says whether .*; give intensity_unit"),
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
        "glass.vms: dwell_time = 0.5: the file says 0.1; leave it out",
        "glass.vms: intensity_unit = 'counts/s': the file says counts; leave it out",
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
    with pytest.raises(BadInput, match=r"intensities are negative and counts are not"):
        xps.with_exposure(below, intensity_unit="counts", dwell_time=0.1, scans=60)
