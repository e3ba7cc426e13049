"""An sd that does not tell the interval is not printed: beside an amount that is held at 0 it says too little."""

import re

import numpy as np
import pytest
from typed_commands import run

import structure
from shortrange import balance as balances
from shortrange.commands.analyse import _said
from shortrange.editor._views import _with_doubts
from shortrange.exports import fractions_table
from shortrange.exports._latex import printed
from shortrange.reports._answer import answer_text
from shortrange.reports._joint import in_short
from shortrange.results import Structure
from shortrange_core.shown_numbers import told_by_sd

HELD = {"verdict": "determined", "value": 0.46274, "sd": 0.00095, "lower": 0.4503, "upper": 0.4645}
FREE = {"verdict": "determined", "value": 0.30012, "sd": 0.01, "lower": 0.2804, "upper": 0.3196}


@pytest.mark.parametrize("text", [answer_text, in_short])
def test_where_one_text_is_all_the_interval_stands_in_for_the_sd(text):
    assert text(FREE) == "0.300(10)"
    assert text(HELD) == "0.4627 (0.4503 to 0.4645)"


def test_beside_its_interval_the_value_stands_alone():
    assert _said(FREE) == "0.300(10)   0.2804 to 0.3196 (95 %)"
    assert _said(HELD) == "0.4627   0.4503 to 0.4645 (95 %)"
    assert printed(FREE) == r"\num{0.300(10)}"
    assert printed(HELD) == r"$\num{0.4627}^{+\num{0.0018}}_{-\num{0.0124}}$"


def test_a_limit_is_rounded_outward_wherever_it_is_printed():
    most = {"verdict": "at most", "value": 0.0002, "sd": 0.0004, "lower": 0.0, "upper": 0.00113}
    least = {"verdict": "at least", "value": 0.98, "sd": 0.01, "lower": 0.9689, "upper": 1.0}
    assert answer_text(most) == "≤ 0.0012"
    assert _said(most) == "at most 0.0012   0.0000 to 0.0012 (95 %)"
    assert answer_text(least) == "≥ 0.96"
    assert _said(least) == "at least 0.96   0.96 to 1.0000 (95 %)"


def test_the_sd_of_a_face_is_widened_where_the_interval_leaves_it():
    """Evidence would have PS4 below 0: on the face without it the rest is known better than it is."""
    evidence = [
        structure.statement("P:S4", value=-0.02, sd=0.03, name="31P NMR"),
        structure.statement("P:S2/S2", value=0.3, sd=0.005, name="Raman"),
    ]
    species = ("P:S4", "P:S3/S", "P:S2/S2", "Na2S")
    fractions = structure.solve(structure.composition("70Na2S-30P2S5"), species, evidence).fractions
    shown = _with_doubts(fractions)
    ends = [fractions.facets[f"interval_{end}"] for end in ("lower", "upper")]
    rows = list(zip(fractions.entries, fractions.value.values, fractions.sd.values, *ends, strict=True))
    told = {name: told_by_sd(sd, low, high) for name, _, sd, low, high in rows}
    assert told == {"P:S4": False, "P:S3/S": False, "P:S2/S2": True, "Na2S": False}
    for name, value, sd, low, high in rows:
        assert shown[name] == pytest.approx((value, sd if told[name] else (high - low) / 3.92))


WALLED = {"verdict": "determined", "value": 0.49, "sd": 0.57, "lower": 0.2551, "upper": 0.6952}


def test_an_sd_far_wider_than_the_interval_is_not_printed():
    """Walls are near on both sides, which an sd does not know."""
    assert answer_text(WALLED) == "0.49 (0.26 to 0.70)"
    assert _said(WALLED) == "0.49   0.2551 to 0.6952 (95 %)"


def test_one_of_many_values_that_agree_as_well_is_no_result():
    """Nothing parts PS4 from the dimer but a limit: its row is a range, in words, in LaTeX and as a bar."""
    evidence = [structure.statement("P:S4", at_least=0.3, name="one"), structure.statement("P:S4", at_most=0.7)]
    species = ("P:S4", "P:S3/S", "P:S3~P", "Na2S", "S")
    glass = structure.composition("Na3PS4")
    solution = structure.solve(glass, species, evidence)
    ranges = [structure.ranges(glass, species, given, quantities=species, level=0.95) for given in ((), evidence)]
    item = Structure("a", "as in the recipe", 0.0, "Na3PS4", solution, *ranges)
    row = next(row for row in fractions_table([item]).to_dict("records") if row["quantity"] == "P:S4")
    assert np.isnan(row["sd"])
    assert row["verdict"] == "undetermined"
    assert (row["lower"], row["upper"]) == pytest.approx((0.3, 0.7), abs=1e-6)
    assert answer_text(row) == "0.3 to 0.7 (undetermined)"
    assert printed(row) == r"\numrange{0.30}{0.70}"


def test_no_quantity_of_a_balance_has_two_intervals(tmp_path, capsys):
    (tmp_path / "bound.toml").write_text(
        """schema = 1
composition = "70Na2S-30P2S5"
quantities = ["P:S4", "P:S3/S"]
[species]
units = ["P:S4", "P:S3/S", "P:S2/S2"]
free = ["Na2S"]
[[statement]]
name = "31P NMR"
quantity = "P:S4"
value = -0.02
sd = 0.03
[[statement]]
name = "Raman"
quantity = "P:S2/S2"
value = 0.3
sd = 0.005
""",
        encoding="utf-8",
    )
    _, text, _ = run(capsys, "balance", tmp_path / "bound.toml")
    ranged = dict(re.findall(r"^  (P:\S+) .*?(\d\.\d{4} \.\. \d\.\d{4})$", text, re.MULTILINE))
    told = dict(re.findall(r"^(P:\S+) .*?(\d\.\d{4} to \d\.\d{4})$", text, re.MULTILINE))
    assert set(ranged) == {"P:S4", "P:S3/S"}
    assert all(told[name] == span.replace("..", "to") for name, span in ranged.items())
    found = balances.balance(tmp_path / "bound.toml")
    fractions = found.solution.fractions.table()
    for name in found.ranges.quantities:  # and none has two in what machines read
        assert tuple(fractions.loc[name, ["interval_lower", "interval_upper"]]) == found.ranges.of(name)
