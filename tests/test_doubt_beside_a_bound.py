"""An sd that does not tell the interval is not printed: beside an amount that is held at 0 it says too little."""

import pytest

import structure
from shortrange.commands.analyse import _said
from shortrange.editor._views import _with_doubts
from shortrange.exports._latex import printed
from shortrange.reports._answer import answer_text
from shortrange.reports._joint import in_short
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
