"""A region too short to have quiet parts says when its fit misses it; smoothed noise is not called a miss."""

import json

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d, uniform_filter1d
from scipy.signal import savgol_filter

import spectra
from shortrange.cli import main
from shortrange_core import Status
from spectra import backgrounds, shapes
from spectra.models import Model, peak

FILTERS = {
    "none": np.asarray,
    "polynomial": lambda y: savgol_filter(y, 9, 2),
    "mean": lambda y: uniform_filter1d(y, 5, mode="nearest"),
    "gaussian": lambda y: gaussian_filter1d(y, 2),
    "long mean": lambda y: uniform_filter1d(y, 25, mode="nearest"),
}


def fitted(kind: str, seed: int, second: float, points: int = 101) -> spectra.Fit:
    """A fit of one line to points of one or two simulated lines."""
    rng = np.random.default_rng(seed)
    x = np.linspace(526.0, 538.0, points)
    y = 100 + 1000 * sum(
        share * shapes.pseudo_voigt(x, 1.9, place, 1.7, 0.3) for share, place in ((1.0, 531.2), (second, 532.8))
    )
    data = spectra.from_arrays(x, FILTERS[kind](y + rng.normal(0, 5, x.size)), axis="binding_energy")
    lines = (peak("a", {"center": (531.5, 529.0, 534.0), "fwhm": (1.8, 0.4, 4.0)}),)
    return spectra.fit(data, Model("", "binding_energy", lines, (backgrounds.polynomial(1),)), check=False)


@pytest.mark.parametrize("kind", list(FILTERS)[:-1])
def test_one_line_of_one_is_no_misfit_however_it_was_smoothed(kind):
    """Five regions of each filter."""
    for seed in range(5):
        assert "misfit" not in {note.code for note in fitted(kind, seed, 0.0).notes}, seed


def test_one_line_for_two_is_a_misfit():
    """At no place of the region is the noise seen without what is missed."""
    for seed in range(5):
        fit = fitted("none", seed, 0.6)
        assert (fit.status, fit.notes[0].code) == (Status.MISFIT, "misfit"), seed
        assert fit.missed[0] < 534, seed


def test_lines_that_fill_a_range_of_many_points_are_judged_by_means_of_neighbours():
    """Nor do parts of 600 smoothed points tell the noise, where lines fill them all."""
    for seed in range(5):
        assert fitted("long mean", seed, 0.6, 600).status is Status.MISFIT, seed
        assert "misfit" not in {note.code for note in fitted("long mean", seed, 0.0, 600).notes}, seed


@pytest.mark.parametrize("block", ["O1s spectra / Area1 - O V", "O1s spectra / Area1 - 3.4 V"])
def test_a_measured_region_fails(real_data, capsys, block):
    """101 points of a battery electrode, one line for several: fits ended as results with chi2/dof 115 and 68."""
    path = real_data / "xps" / "phi5400_battery" / "Multiplex_Data_O1s.xlsx"
    with pytest.raises(SystemExit) as ended:
        main(
            [
                "fit",
                str(path),
                "--block",
                block,
                "--technique",
                "O 1s XPS",
                "--peaks",
                "532.3",
                "--json",
            ]
        )
    result = json.loads(capsys.readouterr().out)
    assert ended.value.code == 1
    assert "misfit" in {note["code"] for note in result["notes"]}
