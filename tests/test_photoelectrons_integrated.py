"""Levels that count by their area over a background, without lines: of surveys, and beside fitted regions."""

import json
import re

import numpy as np
import photoelectron_samples as samples
import pytest
import xps_regions_by_hand as cases
from photoelectron_files import described_in, factors
from typed_commands import run

from shortrange.photoelectrons import fit_samples
from shortrange_core import BadInput, load
from spectra import xps

AMOUNTS = {"Na 1s": 3.0, "O 1s": 0.6, "C 1s": 0.8, "S 2p": 3.4, "P 2p": 1.0}
PLACES = {"Na 1s": 1071.5, "O 1s": 531.8, "C 1s": 284.8, "S 2p": 161.4, "P 2p": 131.7}
TABLES = "".join(f'[integrated."{level}"]\nends = [{at - 7}, {at + 7}]\n' for level, at in PLACES.items())
SURVEY = 'survey = {file = "survey.csv", energy = "binding", intensity_unit = "counts", dwell_time = 0.1, scans = 50}\n'


def written_survey(folder, seed):
    """A survey of Na3PS3.4O0.6 under 0.8 carbon a P, on a level of 30 counts/s, as a table that says nothing else."""
    x = np.arange(100.0, 1100.0, 0.5)
    rate = 30 + sum(
        cases.gauss(x, 400.0 * amount * samples.FACTORS[level].value, PLACES[level] + 0.7, 1.8)
        for level, amount in AMOUNTS.items()
    )
    counts = np.random.default_rng(seed).poisson(rate * 0.1 * 50)
    rows = [f"{energy:.1f},{count}" for energy, count in zip(x, counts, strict=True)]
    (folder / "survey.csv").write_text("\n".join(["binding energy (eV),counts", *rows]) + "\n")
    factors(folder)


def described_survey(folder, seed=1):
    written_survey(folder, seed)
    head = 'factors = "factors.csv"\nphoton_energy = 1486.6\nmonochromatic = true\nreference = -0.7\n'
    (folder / "survey.toml").write_text(f'{head}{TABLES}[[samples]]\nname = "glass"\n{SURVEY}')
    return folder / "survey.toml"


def test_a_survey_is_quantified_without_lines_from_the_command_line(tmp_path, capsys):
    out = tmp_path / "result"
    code, told, said = run(capsys, "photoelectrons", described_survey(tmp_path), "--out", out)
    assert code == 0, said
    assert len(re.findall(r"\S+ +at%", told)) == 5
    assert re.search(r"O 1s +above background +\d", told)
    rows = (out / "lines.csv").read_text().splitlines()
    assert [row.split(",")[:2] for row in rows[1:]] == [[level, "above background"] for level in AMOUNTS]
    assert (out / "glass.png").stat().st_size > 10_000
    kept = load(out / "glass.nc")
    assert list(kept.integrals) == list(AMOUNTS)
    assert float(kept.integrated["O 1s"].binding_energy[0]) == pytest.approx(525.0, abs=0.6), "ends after the shift"
    code, told, _ = run(capsys, "photoelectrons", tmp_path / "survey.toml", "--json")
    data = json.loads(told)["samples"]["glass"]
    assert code == 0
    assert set(data["integrals"]) == set(AMOUNTS)
    assert set(data["percent_ranges"]) == set(AMOUNTS)


def test_amounts_of_surveys_are_as_wide_as_they_are_wrong(tmp_path):
    """Factors without doubt: what is left is the noise of counts and of the ends that pin the backgrounds."""
    exact = {level: xps.Sensitivity(one.value, 1e-6, "stated for this test") for level, one in samples.FACTORS.items()}
    whole, pulls = sum(AMOUNTS.values()), []
    for seed in range(20):
        (survey,) = fit_samples(described_survey(tmp_path, seed)).samples.values()
        found = xps.atomic_amounts(survey.integrals, exact)
        shares = found.propagate(lambda v: v / v.sum(), found.entries)
        truth = np.array([AMOUNTS[level] for level in found.entries]) / whole
        pulls.append((shares.value.values - truth) / shares.sd.values)
    spread = np.array(pulls)
    assert abs(spread.mean()) < 0.3
    assert 0.8 < np.sqrt((spread**2).mean()) < 1.2


def test_a_level_without_lines_stands_beside_fitted_ones(tmp_path, capsys):
    """Sodium by its area: as much of it as its line has, in one table, one sum of atomic percent and one figure."""
    described = described_in(tmp_path)
    text = described.read_text()
    before = fit_samples(described).samples["glass"]
    table = re.search(r'\[regions\."Na 1s"\]\n.*?\n(?=# static)', text, re.DOTALL).group()
    described.write_text(text.replace(table, '[integrated."Na 1s"]\nbackground = "Linear"\n'))
    code, told, said = run(capsys, "photoelectrons", described)
    assert code == 0, said
    assert told.count("above background") == 2
    found = fit_samples(described).samples["glass"]
    values = [float(one.percent.value.sel(entry="Na 1s")) for one in (before, found)]
    sd = float(found.percent.sd.sel(entry="Na 1s"))
    assert values[1] == pytest.approx(values[0], abs=sd)
    assert found.percent_ranges()["Na 1s"][0] < values[1] < found.percent_ranges()["Na 1s"][1]
    row = found.line_table().set_index("line").loc["above background"]
    line = before.line_table().query("level == 'Na 1s'").iloc[0]
    assert row.area == pytest.approx(line.area, abs=3 * row.area_sd), "both in counts/s eV"
    assert "Na 1s" in [panel.get_title() for panel in found.plot().axes]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '[integrated."O 1s"]\nends = [524.8, 538.8]\n',
            '[integrated."O 1s"]\n',
            "O 1s: a survey contains all levels; g",
        ),
        ('[integrated."O 1s"]', '[integrated."O 1z"]', "integrated: 'O 1z' is not a core level"),
        ("scans = 50", "dwell_tim = 1", "dwell_tim"),
        (", scans = 50", "", "O 1s: the counting time of .* state intensity_unit, dwell_time"),
        (SURVEY, "", "glass: has no file; give files, or spectra with missing details, or survey"),
        (TABLES, "", "no level is given"),
        ('file = "survey.csv"', 'file = "s.csv"', "s.csv: there is no such file"),
    ],
)
def test_what_a_survey_cannot_give_is_told_in_the_words_of_its_file(tmp_path, old, new, message):
    path = described_survey(tmp_path)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(BadInput, match=message):
        fit_samples(path)


def test_a_level_counts_once(tmp_path):
    described = described_in(tmp_path)
    described.write_text(described.read_text().replace("[[samples]]", '[integrated."P 2p"]\n[[samples]]', 1))
    with pytest.raises(BadInput, match=r"integrated, P 2p: is also fitted with lines and would count twice"):
        fit_samples(described)
    glass = samples.glass(6)
    with pytest.raises(BadInput, match="integrated, Cl 2p: is none of the regions C 1s, O 1s"):
        xps.sample(glass, {"P 2p": samples.LINES["P 2p"]}, integrated={"Cl 2p": xps.Integration()})


def test_pass_energies_of_a_survey_and_of_regions_are_not_mixed():
    """A survey of 160 eV and regions of 20 eV have other transmissions: without these no ratio is made."""
    glass = {level: region.assign_coords(pass_energy=20.0) for level, region in samples.glass(6).items()}
    sodium = glass.pop("Na 1s").assign_coords(pass_energy=160.0)
    asked = {
        "integrated": {"Na 1s": xps.Integration(ends=(1065.0, 1078.0))}, "survey": sodium, "reference": -0.7,
        "sensitivity": samples.FACTORS,
    }  # fmt: skip
    with pytest.raises(BadInput, match="the regions have pass energies of 20, 160 eV"):
        xps.sample(glass, {"P 2p": samples.LINES["P 2p"]}, **asked)
    passed = {"Na 1s": 0.5, "P 2p": 1.0}
    known = {level: region.assign_coords(transmission=passed.get(level, 1.0)) for level, region in glass.items()}
    asked["survey"] = sodium.assign_coords(transmission=0.5)
    found = xps.sample(known, {"P 2p": samples.LINES["P 2p"]}, **asked)
    ratio = found.amounts.propagate(lambda v: v[1:] / v[:1], ["Na/P"])
    assert float(ratio.value[0]) == pytest.approx(6.0, abs=3 * float(ratio.sd[0])), "3 Na over half the transmission"
