"""Backgrounds and satellites of photoelectron samples, as files and the command line state them."""

import json
import re

import numpy as np
import photoelectron_samples as samples
import pytest
from photoelectron_files import SATELLITES, codes, described_in, write_vamas
from typed_commands import run

from shortrange.photoelectrons import fit_samples
from shortrange_core import BadInput
from spectra import xps


@pytest.fixture
def described(tmp_path):
    """What the page of the documentation shows: a glass in two files, and after contact, charged, with 15 % of Na3P."""
    return described_in(tmp_path)


def test_areas_have_their_range_over_backgrounds_in_tables_and_json(described, capsys):
    code, answer, told = run(capsys, "photoelectrons", described, "--json")
    assert code == 0
    data = json.loads(answer)["samples"]["after 5 h on Na"]
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
    line = next(row for row in told.splitlines() if " na3p " in row)
    assert re.search(r"55\.7\(44\)\s+\S+ %  \d\d\.\d to \d\d\.\d over backgrounds and shapes$", line)
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
        (
            "ends = [156.5, 170.0]",
            "glass: S 2p: ends: only for a static background, and none is selected; give static_back",
        ),
        (
            'static_background = "Linear"\nends = [150.0, 151.0]',
            r"glass: S 2p: ends \(150\.0, 151\.0\): does not overlap",
        ),
        ('static_background = "Shirly"', "static_background = 'Shirly': must be 'Shirley', 'Linear', 'Smart'"),
        ('static_background = "U 3 Tougaard"', r"depend on the material; give losses = \{c = \.\.\., c_prime = "),
        ('static_background = "U 3 Tougaard"\nlosses = {c = 551.0}', "losses: has c; give c, c_prime, d"),
    ],
)
def test_a_static_background_that_cannot_be_is_refused_in_the_words_of_the_file(described, stated, told):
    described.write_text(described.read_text().replace('lines = ["terminal"]', f'lines = ["terminal"]\n{stated}'))
    with pytest.raises(BadInput, match=told):
        fit_samples(described)


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
    assert all("give satellites with published values in a file of" in note.remedy for note in said)
    excess = glass.fits["P 2p"].chi2 / glass.fits["P 2p"].dof
    assert (excess < 1.3) == (bool(images) == bool(stated)), excess
    if images and stated:
        product = found.contacts["glass -> after 5 h on Na"]["P 2p"].shares.select(["after"])
        assert abs(product.value.item() - 0.15) < 4 * product.sd.item()
        ratio = glass.amounts.propagate(lambda v: v[[3]] / v[[2]], ["S/P"])
        assert abs(ratio.value.item() - 3.4) < 3 * ratio.sd.item()
    alone, _ = described.read_text().split('[[samples]]\nname = "after')  # the second sample tells nothing of the first
    described.write_text(alone.replace("monochromatic = false", "monochromatic = true") + stated)
    again = fit_samples(described).samples["glass"].fits["P 2p"].notes
    assert ("source-contradicted" in codes(again)) == bool(stated)


def test_satellites_without_a_source_or_a_share_are_refused(described):
    described.write_text(described.read_text() + SATELLITES.replace("0.08", "8").replace("stated for this test", ""))
    with pytest.raises(BadInput, match=r"share.*less than 1") as refused:
        fit_samples(described)
    assert "source" in str(refused.value)
