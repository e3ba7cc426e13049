"""Where fits of simulated 31P spectra ended above the minimum that the truth leads to (studies/truth_starts.md)."""

from dataclasses import replace

import pytest

pytest.importorskip("mrsimulator", reason="mrsimulator has no wheels for this Python")
from studies.second_simulator import settings, simulate
from studies.series_calibration import analysed
from studies.truth_starts import LOWER, TECHNIQUE, from_the_truth


@pytest.mark.parametrize(
    ("seed", "at", "before"),
    [
        pytest.param(23522, 0, 45.5, id="a tensor by another name, at the end of the window of its asymmetry"),
        pytest.param(22285, 2, 650.0, id="a misfit, from a start of least chi2 in too little noise"),
    ],
)
def test_the_truth_leads_no_lower_than_the_fit(seed: int, at: int, before: float) -> None:
    series = simulate(settings("clean"), seed)
    glass = series.glasses[at]
    alone = replace(glass, spectra={TECHNIQUE: glass.spectra[TECHNIQUE]})
    (item,) = analysed(replace(series, glasses=(alone,))).fits
    own, truth = from_the_truth(item.fit, glass)
    assert own - truth < LOWER < before
    assert item.fit.status.trusted
    assert not item.fit.missed
