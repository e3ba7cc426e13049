"""Bridging oxygen of photoelectron samples: its range, what limits it, and what is told."""

import json
import re

import numpy as np
import pytest
from photoelectron_files import codes, described_in
from typed_commands import run

from shortrange_core import BadInput
from shortrange_core.shown_numbers import with_sd
from spectra import xps
from studies import xps_oxygen


@pytest.fixture
def described(tmp_path):
    """What the page of the documentation shows: a glass in two files, and after contact, charged, with 15 % of Na3P."""
    return described_in(tmp_path)


def share_of(case, seed):
    """Whether the interval of BO holds the truth, its width, whether something is said, and remarks of the model."""
    found, share, told = xps_oxygen.drawn(seed, case)
    ratio = found.areas.where(assignment=["BO", "NBO"]).propagate(lambda v: v[0] / v.sum(), ["share"])
    low, high = ratio.interval(0.95).values[0]
    return low <= share <= high, high - low, bool(told) or not found.status.trusted, codes(found.model.notes)


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
    with pytest.raises(BadInput, match=r"surface_oxygen=.*from the surface, 0 to below 1"):
        xps.bridging_range(xps_oxygen.drawn(0, "clean")[0], surface_oxygen=share)


def test_what_nothing_limits_is_said_by_the_numbers(described, capsys):
    """O 1s alone: undetermined, and what a tenth of it from a surface does; lines of the surface: their fit."""
    found = xps_oxygen.drawn(0, "clean")[0]
    alone = xps.bridging_range(found)
    assert (alone.lower, alone.upper, alone.surface_limit, alone.limited_by) == (0.0, 1.0, 1.0, "")
    value, sd = alone.share.value.item(), alone.share.sd.item()
    ends = f"{(value - 1.96 * sd - 0.1) / 0.9:.2f} to {(value + 1.96 * sd) / 0.9:.2f}"
    told = alone.notes[0].text
    assert told.startswith("BO/(BO + NBO) is undetermined (0.00 to 1.00): nothing limits the surface oxygen")
    assert f"{ends} if 10 % of it is from the surface, unseen" in told
    assert told.index("undetermined") < told.index(f"{with_sd(value, sd)} if all of O 1s is from the glass")
    stated = xps.bridging_range(xps_oxygen.drawn(0, "clean")[0], surface_oxygen=0.1)
    assert (stated.limited_by, stated.surface_limit) == ("the share stated", 0.1)
    assert stated.answer().startswith(f"{ends} (95 %), limited by the share stated; ")
    let_in = xps.bridging_range(xps_oxygen.drawn(0, "clean, carbonate let in")[0])
    assert (let_in.limited_by, let_in.notes) == ("lines of the model", ())
    assert let_in.upper - let_in.lower > 0.3
    _, told, _ = run(capsys, "photoelectrons", described)
    second = r"0\.\d+\(\d+\) if all of O 1s is from the glass"
    assert re.search(rf"BO/\(BO \+ NBO\) 0\.\d+ to 0\.\d+ \(95 %\), limited by O/P; {second}", told), told
    assert re.search(rf"BO/\(BO \+ NBO\) undetermined \(0\.00 to 1\.00\): .*; {second}", told), "no O/P is stated"
    text = described.read_text().replace("oxygen_per_phosphorus = 0.6 ", "surface_oxygen = 0.1")
    described.write_text(text)
    assert re.search(r"to 0\.\d+ \(95 %\), limited by the share stated; ", run(capsys, "photoelectrons", described)[1])
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
