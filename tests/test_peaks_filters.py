"""What claims are asked for by a word that no claim has is refused, with what there is."""

import json

import numpy as np
import pytest
from typed_commands import run


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--technique", "Ramen"), "--technique 'Ramen': no claim of the library has it; did you mean 'Raman'?"),
        (("--species", "P:S3/x"), "did you mean 'P:S3/S'?"),
        (("--cation", "na"), "--cation 'na': no claim of the library has it; did you mean 'Na'?"),
        (("--phase", "glas"), "give one of amorphous, crystal, film, glass, solution"),
    ],
)
@pytest.mark.parametrize("command", [("list",), ("export", "csv")])
def test_a_filter_that_no_claim_has_is_named(capsys, command, options, said):
    ended, out, told = run(capsys, "peaks", *command, *options)
    assert ended == 2
    assert said in out + told


def test_every_wrong_filter_is_named_at_once(capsys):
    ended, out, told = run(capsys, "peaks", "list", "-t", "Ramen", "--status", "revieved", "--source", "nobody1900")
    assert ended == 2
    for said in ("did you mean 'Raman'?", "did you mean 'reviewed'?", "--source 'nobody1900'"):
        assert said in out + told


def test_words_that_are_known_are_answered_also_where_nothing_agrees(capsys):
    ended, out, _ = run(capsys, "peaks", "list", "--status", "reviewed", "--json")
    assert (ended, json.loads(out)["claims"]) == (0, [])
    both = len(json.loads(run(capsys, "peaks", "list", "-t", "P31 nmr", "--phase", "glass/amorphous", "--json")[1])["claims"])  # noqa: E501  # fmt: skip
    each = [
        len(json.loads(run(capsys, "peaks", "list", "-t", "31P NMR", "--phase", phase, "--json")[1])["claims"])
        for phase in ("glass", "amorphous")
    ]
    assert both == sum(each) > 0


@pytest.mark.parametrize("typed", [("peaks", "pool", "Raman"), ("species", "PS4")])
def test_a_phase_that_is_none_is_named(capsys, typed):
    ended, out, told = run(capsys, *typed, "--phase", "glas")
    assert ended == 2
    assert "did you mean 'glass'?" in out + told


def test_fits_and_their_lines_are_asked_for_by_words_that_exist(capsys, tmp_path):
    table, record = tmp_path / "p.csv", tmp_path / "p.nc"
    x = np.arange(60, 120, 0.2)
    y = 1000 * np.exp(-((x - 82) ** 2) / 8) + 10 * np.random.default_rng(0).normal(size=x.size)
    rows = "\n".join(f"{a:.2f},{b:.3f}" for a, b in zip(x, y, strict=True))
    table.write_text(f"Chemical shift (ppm),Intensity\n{rows}\n")
    fit = ["fit", table, "--technique", "31P NMR", "--species", "P:S4"]
    ended, out, told = run(capsys, *fit, "--phase", "glas")
    assert (ended, "did you mean 'glass'?" in out + told) == (2, True)
    assert run(capsys, *fit, "--phase", "glass", "--out", record)[0] in (0, 1)
    for technique, said in (("Ramen", "did you mean 'Raman'?"), ("Raman", "it has 31P NMR")):
        ended, out, told = run(capsys, "peaks", "compare", record, "--technique", technique)
        assert (ended, said in out + told) == (2, True)
