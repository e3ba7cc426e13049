"""A reference off by the distance of two lines: the fit describes its data, the balances tell, and who is at fault."""

from dataclasses import replace

import pytest

pytest.importorskip("mrsimulator", reason="mrsimulator has no wheels for this Python")

import shortrange
from shortrange_core.notes import Severity, Status
from studies import planted_faults, series_calibration


def analysed(seed: int, **faults: float) -> shortrange.Analysis:
    """One glass of the second simulator (simulated), as its recipe has it."""
    series = planted_faults.design("clean", seed, **faults)
    glasses = series.glasses[planted_faults.SECOND : planted_faults.SECOND + 1]
    return series_calibration.analysed(replace(series, glasses=glasses))


def asked(analysis: shortrange.Analysis) -> list:
    return [(where, note) for where, note in analysis.notes if note.code == "charge-shift-asked"]


@pytest.mark.parametrize(("seed", "moved"), [(4270, 2.09), (4274, 2.10)])
def test_the_balances_name_a_scale_that_the_lines_do_not(seed, moved):
    """The O 1s spectrum is described, with lines at each other's places; the glass is rejected, for that reason."""
    analysis = analysed(seed, charge=moved)
    (oxygen,) = (item.fit for item in analysis.fits if item.technique == "O 1s XPS")
    assert oxygen.status.trusted
    assert analysis.structures[0].solution.status is Status.REJECTED
    ((where, note),) = asked(analysis)
    assert where == "x = 0.40, O 1s XPS"
    assert note.severity is Severity.ERROR
    assert "above their published positions" in note.text
    assert float(note.text.split("lie ")[1].split("(")[0]) == pytest.approx(moved, abs=0.8)
    assert "reference" in note.remedy
    assert analysis.notes[0][1] == note  # a cause before what it does


def test_another_composition_is_no_scale():
    """What another oxygen content contradicts is told as that, though O 1s is the spectrum at odds."""
    analysis = analysed(4274, composition=0.19)
    assert any(note.code == "composition-asked" for _, note in analysis.notes)
    assert asked(analysis) == []
