"""A broad line of unknown origin: what it may hold is bounded, what it holds is told."""

import numpy as np
import pytest

import spectra
from shortrange_core import BadInput
from spectra import shapes
from spectra.models import UNKNOWN, Model, identifier, peak, with_unknown

X = np.linspace(-60.0, 180.0, 600)
NOISE = 0.05
WINDOWS = {"P:S4": (78.0, 86.0), "P:S3~P": (104.0, 112.0)}


def fitted(stranger: float, unknown: float) -> spectra.Fit:
    """Fit of two lines of 70 and 30 beside a broad one that no unit explains."""
    rng = np.random.default_rng(4)
    data = rng.normal(0, NOISE, X.size) + shapes.gaussian(X, stranger, 65.0, 25.0)
    for area, center in ((70.0, 82.0), (30.0, 108.0)):
        data = data + shapes.gaussian(X, area, center, 8.0)
    raw = spectra.from_arrays(X, data, axis="chemical_shift", noise=NOISE, technique="31P NMR")
    ready = spectra.nmr.prepare(raw, spinning_rate=np.inf, reference="85% H3PO4", recycle_delay=np.inf)
    model = spectra.nmr.model(ready, list(WINDOWS), windows=WINDOWS, background_degree=0, unknown=unknown)
    return spectra.fit(ready, model, check=False)


def share(fit: spectra.Fit) -> float:
    areas = dict(zip(fit.areas.entries, fit.areas.value.values.tolist(), strict=True))
    return areas[UNKNOWN] / sum(areas.values())


def test_a_unit_that_nobody_listed_is_held_and_told():
    found = fitted(stranger=3.0, unknown=0.05)
    assert share(found) == pytest.approx(3 / 103, abs=0.01)
    notes = {note.code: note for note in found.notes}
    assert "up to 5 %" in notes["unknown-allowed"].text
    assert notes["unknown-component"].severity == "warning"
    assert found.areas.value.sel(entry=identifier("P:S4")).item() == pytest.approx(70.0, abs=1.5)


def test_its_share_is_bounded():
    assert share(fitted(stranger=12.0, unknown=0.05)) == pytest.approx(0.05, abs=1e-6)


def test_nothing_is_told_where_there_is_nothing():
    found = fitted(stranger=0.0, unknown=0.05)
    assert share(found) < 0.01
    assert "unknown-component" not in {note.code for note in found.notes}


def test_its_name_is_its_own():
    one = Model("", "chemical_shift", (peak(UNKNOWN, {"center": (82, 76, 88), "fwhm": 8.0}),))
    with pytest.raises(BadInput, match="give it another name"):
        with_unknown(one, 0.05, 8.0)


@pytest.mark.parametrize(
    ("room", "axis", "line", "window"),
    [("raman", "raman_shift", "P:S4", (410.0, 430.0)), ("ftir", "wavenumber", "P:S4", (530.0, 560.0))],
)
def test_vibrational_models_take_it_too(room, axis, line, window):
    x = np.linspace(250.0, 900.0, 400)
    middle = sum(window) / 2
    data = shapes.gaussian(x, 100.0, middle, 18.0) + np.random.default_rng(0).normal(0, 0.05, x.size)
    technique = {"raman": "Raman", "ftir": "FTIR"}[room]
    raw = spectra.from_arrays(x, data, axis=axis, noise=0.05, technique=technique)
    model = getattr(spectra, room).model(raw, [line], windows={line: window}, unknown=0.1)
    assert [p.name for p in model.peaks] == ["p_s4", UNKNOWN]
    assert model.constraints == ("unknown_area <= 0.1111111111*p_s4_area",)
