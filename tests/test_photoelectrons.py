"""Photoelectron samples from files: the command line from a TOML file, and the reference of a recipe."""

import json
import re
from pathlib import Path

import numpy as np
import photoelectron_samples as samples
import pytest
from photoelectron_files import REGIONS, SATELLITES, described_in, write_vamas
from typed_commands import run

import shortrange
from shortrange.exports import peaks_table
from shortrange.photoelectrons import fit_samples
from shortrange_core import BadInput, load
from spectra import xps


@pytest.fixture
def described(tmp_path):
    """What the page of the documentation shows: a glass in two files, and after contact, charged, with 15 % of Na3P."""
    return described_in(tmp_path)


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    """The results of these samples as they are described."""
    return fit_samples(described_in(tmp_path_factory.mktemp("usual")))


def test_a_sample_of_several_files_leaves_as_tables_figures_and_limits(described, capsys):
    out = described.parent / "result"
    code, told, _ = run(capsys, "photoelectrons", described, "--out", out)
    assert (code, "warning" in told) == (0, False), told
    assert "glass: ok, shifted by -0.6" in told
    assert "after 5 h on Na: ok, shifted by -2.7" in told
    assert "formed" in next(line for line in told.splitlines() if "Na3P" in line)
    sulfide = next(line for line in told.splitlines() if "Na2S" in line)
    assert re.search(r"not detected, from 159\.60 to 160\.7\d eV$", sulfide.rstrip()), "above is the glass's own line"
    (glass,) = (path for path in out.glob("glass*.nc"))
    assert load(glass).percent.value.values.sum() == pytest.approx(100)
    assert glass.with_suffix(".png").stat().st_size > 10_000
    assert (out / "lines.csv").read_text().count("\n") == 1 + 9 + 13
    again, _, said = run(capsys, "photoelectrons", described, "--out", out)
    assert again == 2
    assert "lines.csv already exists" in said


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
    assert "give containing to select the blocks" in told


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
        (note,) = (line for line in told.splitlines() if f"glass -> after 5 h on Na, {level}: the whole region" in line)
        assert re.search(r"whole region shifted by \+(1\.9|2\.0)", note)
        assert f"a charge shift or a full conversion, which cannot be distinguished from {product}" in note


def test_a_region_after_contact_keeps_the_product_off_the_line_of_the_glass(described, usual):
    """Both in one window they exchange their areas: the glass was known to 850 counts/s eV of 1520."""
    table = usual.samples["after 5 h on Na"].line_table().set_index("line")
    assert table.loc["terminal", "area_sd"] < 0.1 * table.loc["terminal", "area"]
    assert table.loc["terminal", "position"] - table.loc["na2s", "position"] >= 0.7 - 1e-6
    described.write_text(described.read_text().replace("162.5]}", "162.5], Na2S = [159.6, 160.2]}"))
    found = fit_samples(described).contacts["glass -> after 5 h on Na"]["S 2p"]
    assert found.searched == (159.6, 160.2)
    assert found.upper_limit < 0.02


def test_what_the_fit_of_a_region_says_is_said_of_the_sample(described, capsys):
    """Before, warnings of regions stood in their records alone. Zn 3s lies in P 2p; a satellite has no such source."""
    zinc = described.read_text().replace("[130.5, 133.0]}", '[130.5, 133.0]}\nelements = ["Zn"]')
    described.write_text(zinc.replace("[[contacts]]", f"{SATELLITES}\n[[contacts]]"))
    _, answer, told = run(capsys, "photoelectrons", described, "--verbose", "--json")
    warnings = [line for line in told.splitlines() if line.startswith("warning")]
    assert any(
        "glass, P 2p" in line and "there may be Zn 3s satellite near 131.4 eV, Zn 3s near 139.8 eV" in line
        for line in warnings
    ), told
    assert any("[source-contradicted]" in line and "further regions" in line for line in warnings), told
    glass = json.loads(answer)["samples"]["glass"]
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


def test_every_position_carries_the_doubt_of_the_reference(described, usual):
    """P 2p is fitted to 0.01 eV on an axis that C 1s places to 0.2 eV: 0.2 eV it is, and 0.02 eV where stated so."""
    table = usual.samples["glass"].line_table().set_index("line")
    assert table.loc["p_s4", "position"] == pytest.approx(131.7, abs=0.06)
    assert (table["position_sd"] >= 0.2).all()
    described.write_text(f"reference_sd = 0.02\n{described.read_text()}")
    sharp = fit_samples(described).samples["glass"]
    assert sharp.line_table().set_index("line").loc["p_s4", "position_sd"] < 0.04
    places = sharp.fits["P 2p"].positions
    apart = places.propagate(lambda v: v[1:] - v[:1], ["partner minus line"])
    assert apart.sd.values.max() < 1e-3


def test_what_the_file_says_wrongly_is_said_at_once(described, capsys):
    text = described.read_text()
    wrong = text.replace('"after.vms"', '"afterr.vms"').replace('before = "glass"', 'before = "glas"')
    described.write_text(wrong)
    code, told, _ = run(capsys, "photoelectrons", described, "--json")
    problems = json.loads(told)["error"]["problems"]
    assert code == 2
    assert any("glas is not among the samples glass, after 5 h on Na" in one for one in problems)
    assert any("afterr.vms: there is no such file" in one for one in problems)
    described.write_text(f'refrence = "C 1s 284.8"\n{text}')
    with pytest.raises(BadInput, match="refrence: there is no such key; did you mean 'reference'"):
        fit_samples(described)
    described.write_text(text.replace('name = "after 5 h on Na"', 'name = "glass"'))
    with pytest.raises(BadInput, match="two samples are called 'glass'"):
        fit_samples(described)
    described.write_text("regions = [")
    with pytest.raises(BadInput, match="is not valid TOML"):
        fit_samples(described)


def test_factors_of_theory(described):
    """Those of s levels and of whole doublets are Scofield's to 1 %: J. Electron Spectrosc. 8, 129 (1976)."""
    printed = {"C 1s": 1.0, "O 1s": 2.93, "F 1s": 4.43, "Na 1s": 8.52, "P 2p": 1.192, "S 2p": 1.677, "Ag 3d": 18.04}
    found = xps.theoretical_factors(1486.6, path_exponent=0.0, relative_sd=0.1)
    for level, value in printed.items():
        assert found[level].value == pytest.approx(value, rel=0.01), level
    deep = xps.theoretical_factors(1486.6, path_exponent=0.75, relative_sd=0.1)["Na 1s"].value
    assert deep == pytest.approx(8.52 * ((1486.6 - 1070.8) / (1486.6 - 284.2)) ** 0.75, rel=0.01)
    with pytest.raises(BadInput, match=r"cross sections are included for 1486\.6 "):
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
    with pytest.raises(BadInput, match="depend on the source"):
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


def test_notes_of_several_samples_name_their_sample(usual):
    """Two samples whose O 1s nothing limits, or O/P does: each remark says of which it is."""
    told = [note.text for note in usual.notes if note.code == "bridging-range"]
    assert [text.split(": ")[0] for text in told] == ["glass", "after 5 h on Na"]


def test_a_sample_without_sodium_has_no_sodium_line(described, usual, capsys):
    assert "na_kl1l23" in set(usual.samples["glass"].line_table()["line"])
    described.write_text(
        described.read_text().replace('lines = ["BO", "NBO"]', 'lines = ["BO", "NBO"]\nsodium = false')
    )
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
    assert "2 regions lie above all windows of their lines: P 2p 0.9 eV, S 2p" in told
    assert "check the highest line of C 1s" in told
    write_vamas(tmp_path / "glass.vms", samples.glass(9, shift=-2.0))
    code, told, _ = run(capsys, "photoelectrons", tmp_path / "samples.toml", "--verbose")
    assert (code, "regions-disagree" in told) == (0, False)


def test_a_source_that_a_file_contradicts_or_lacks_is_used_for_the_reference_line_too(tmp_path, capsys):
    """Stated photons moved the axis of a file over kinetic energies by 233 eV; recipes did not use them for C 1s."""
    write_vamas(tmp_path / "glass.vms", samples.glass(6))
    options = ["--technique", "O 1s XPS", "--species", "BO, NBO", "--reference", "C 1s 284.8", "--photon-energy"]
    code, told, _ = run(capsys, "fit", tmp_path / "glass.vms", *options, "1253.6 eV")
    assert (code, "photon energy in the file is 1486.6 eV; 1253.6 was given" in told) == (0, True)
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


def test_a_fit_takes_the_level_that_its_file_states_and_says_so(described, capsys):
    """A block that says C 1s is C 1s, where nothing is said or a technique has no level; a table says nothing."""
    options = ["fit", described.parent / "glass.vms", "--species", "adventitious", "--block", "C 1s"]
    options += ["--reference", "C 1s 284.8", "--windows", "adventitious = 284..286"]
    told = [run(capsys, *options, *more)[1] for more in (("--technique", "C 1s XPS"), (), ("--technique", "XPS"))]
    line = "the technique stated in the file is used: C 1s XPS\n"
    assert [text.replace(line, "") for text in told] == [told[0]] * 3
    assert [line in text for text in told] == [False, True, True]
    table = described.parent / "table.csv"
    table.write_text("binding energy (eV),counts\n" + "\n".join(f"{280 + i / 10:.1f},{100 + i % 7}" for i in range(99)))
    code, _, refused = run(capsys, "fit", table, "--species", "carbon")
    assert code == 2
    assert "and the file states none; give it, such as --technique 'O 1s XPS'" in refused


def test_lines_at_positions_of_a_core_level_lie_on_the_reference_that_is_asked_for(described, capsys):
    """What the note of such a fit asks for is taken; of other spectra it is refused, as before."""
    file = described.parent / "glass.vms"
    options = ["fit", file, "--block", "S 2p", "--json"]
    raw = json.loads(run(capsys, *options, "--peaks", "162.0")[1])
    assert "charge-unreferenced" in {note["code"] for note in raw["notes"]}
    on_carbon = json.loads(run(capsys, *options, "--peaks", "161.4", "--reference", "C 1s 284.8")[1])
    assert "charge-unreferenced" not in {note["code"] for note in on_carbon["notes"]}
    before, after = (found["positions"]["entries"][0] for found in (raw, on_carbon))
    assert after["value"] - before["value"] == pytest.approx(-0.65, abs=0.1), "C 1s lies 0.6 eV and its own error off"
    assert after["sd"] == pytest.approx(0.2, abs=0.01)
    code, told, _ = run(capsys, *options[:-1], "--peaks", "162.0", "--static-background", "Shirley")
    assert (code, "background-subtracted-before" in told or "--verbose" in told) == (0, True)
    table = described.parent / "raman.csv"
    table.write_text("Raman shift (cm-1),counts\n" + "\n".join(f"{300 + i},{100 + i % 7}" for i in range(99)))
    code, _, told = run(capsys, "fit", table, "--peaks", "350", "--reference", "C 1s 284.8")
    assert (code, "applies only to species" in told) == (2, True)


def test_lines_at_positions_of_a_core_level_take_its_shape_and_background(tmp_path, capsys):
    """Simulated: two Gaussian lines; what was refused as of species alone is believed as it is there."""
    table, x = tmp_path / "o1s.csv", np.arange(525, 540, 0.05)
    y = 200 + 3000 * np.exp(-((x - 531) ** 2) / 0.72) + 1500 * np.exp(-((x - 533) ** 2) / 0.72)
    counts = np.random.default_rng(0).poisson(y)
    table.write_text("Binding energy (eV),Counts\n" + "\n".join(f"{a:.2f},{n}" for a, n in zip(x, counts, strict=True)))
    options = ["fit", table, "--peaks", "531,533", "--json"]
    named = [*options, "--technique", "O 1s XPS"]
    found = {
        given: json.loads(run(capsys, *named, *given)[1])
        for given in [(), ("--shape", "gaussian"), ("--background", "linear"), ("--no-sodium",)]
    }
    assert found[("--no-sodium",)]["chi2"] == found[()]["chi2"]
    parameters = {given: {one["entry"] for one in answer["parameters"]["entries"]} for given, answer in found.items()}
    assert parameters[()] - parameters[("--shape", "gaussian")] == {"line1_fraction", "line2_fraction"}
    assert parameters[()] - parameters[("--background", "linear")] == {"shirley_k"}
    code, _, told = run(capsys, *options, "--energy", "binding", "--shape", "voigt")
    assert (code, "give --technique 'O 1s XPS'" in told) == (2, True)


def test_lines_of_a_core_level_have_any_name_where_their_window_is_stated(described, capsys):
    """The library has claims of C 1s, none of which is called so; without a window that is no line."""
    options = ["fit", described.parent / "glass.vms", "--technique", "C 1s XPS", "--reference", "C 1s 284.8", "--json"]
    found = json.loads(run(capsys, *options, "--species", "carbon, adduct", "--windows", "adduct = 285.8..287.5")[1])
    assert [line["entry"] for line in found["areas"]["entries"]] == ["carbon", "adduct"]
    code, _, told = run(capsys, *options, "--species", "carbon, adduct")
    assert code == 2
    assert "adduct" in told


def test_lines_with_long_names_stand_in_their_columns(described, capsys):
    options = [
        "--technique",
        "S 2p XPS",
        "--species",
        "terminal",
        "--windows",
        "terminal = 160.3..162.5",
        "--charge-shift",
        "-0.6",
    ]
    told = run(capsys, "fit", described.parent / "glass.vms", *options)[1].splitlines()
    head = next(row for row in told if row.startswith("line"))
    rows = [row for row in told if row.startswith("terminal")]
    assert len(rows) == 2
    assert [row.index(")") for row in rows] == [head.index("area") + 3] * 2
