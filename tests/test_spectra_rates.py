"""Spinning rate and field: missing, left over, contradicted, and sidebands that none of them explains."""

import re

import numpy as np
import pytest

pytest.importorskip("mrsimulator", reason="mrsimulator has no wheels for this Python")

import spectra
from spectra import nmr
from spectra.fits import minimum_near
from spectra.models import Default
from spectra.nmr import _rate_evidence
from spectra.shapes import manifold
from studies.second_simulator import settings, simulate

LARMOR = 202.4
PRIORS = {"P:S4": Default(82.0, 0.5, "a"), "P:SO3": Default(32.0, 0.5, "b")}
LINES = ["P:S4 + P:S3O", "P:S2O2", "P:SO3", "P:O4", "P:S3~P", "P:S3/S", "P:S3/O"]


def spun(rate, *, zeta=120.0, **coords):
    """PS4 and PSO3 spun at a rate, the file's coordinates as given; written apart from the kernel under test."""
    x = np.linspace(-250, 350, 3001)
    y = 0.3 * np.random.default_rng(8).normal(size=x.size)
    for area, center in ((700.0, 82.0), (300.0, 32.0)):
        bands = manifold(zeta * LARMOR / rate, 0.4)
        for order, share in zip(bands.order, bands.intensity, strict=True):
            at = center + order * rate / LARMOR
            y += area * share * np.exp(-4 * np.log(2) * ((x - at) / 6.0) ** 2) / 6.4
    return spectra.from_arrays(x, y, axis="chemical_shift", noise=0.3, technique="31P NMR", **coords)


def told(spectrum, **given):
    """Notes by code of preparation, model and fit."""
    prepared = nmr.prepare(spectrum, reference="85% H3PO4", recycle_delay=1e5, **given)
    model = nmr.model(prepared, ["P:S4", "P:SO3"], priors=PRIORS)
    return prepared, {note.code: note for note in (*spectra.notes_of_reading(prepared), *model.notes)}


def test_sidebands_of_another_rate_are_recognised_with_their_rate() -> None:
    data = spun(15e3, larmor_frequency=LARMOR)
    for given in ({"spinning_rate": 20e3}, {}):
        _, notes = told(data, **given)
        seen = float(notes["sidebands-unexplained"].text.partition("sidebands at ")[2].partition(" Hz")[0])
        assert seen == pytest.approx(15e3, rel=0.05)
        assert notes["sidebands-unexplained"].severity == "warning"
    _, notes = told(data, spinning_rate=15e3)
    assert "sidebands-unexplained" not in notes


def test_a_rate_that_topspin_left_over_is_taken_off_unless_it_shows() -> None:
    prepared, notes = told(spun(20e3, zeta=10.0, larmor_frequency=LARMOR, spinning_rate=4200.0))
    assert "spinning_rate" not in prepared.coords
    assert "TopSpin writes 4200 Hz" in notes["spinning-rate-left-over"].text
    assert "no-sidebands" in notes
    prepared, notes = told(spun(4200.0, larmor_frequency=LARMOR, spinning_rate=4200.0))
    assert float(prepared.coords["spinning_rate"]) == 4200.0
    assert not {"spinning-rate-left-over", "sidebands-unexplained"} & set(notes)
    prepared, notes = told(spun(20e3, larmor_frequency=LARMOR, spinning_rate=4200.0), spinning_rate=20e3)
    assert not {"spinning-rate-left-over", "measurement-contradicted"} & set(notes)  # nobody entered 4200


def test_what_file_and_user_say_differently_is_said_with_what_it_does() -> None:
    data = spun(20e3, larmor_frequency=LARMOR, spinning_rate=10e3)
    _, notes = told(data, spinning_rate=20e3)
    assert "10000 Hz in the file; 20000 Hz was given" in notes["measurement-contradicted"].text
    assert "% of its area in sidebands at the first" in notes["measurement-contradicted"].text
    fit = spectra.fit(*_model(data), check=False)
    assert "measurement-contradicted" in {note.code for note in fit.notes}  # it travels into the fit
    _, notes = told(data, larmor_frequency=121.5, spinning_rate=10e3)
    assert "larmor frequency is 202.4 MHz in the file; 121.5 MHz was given" in notes["measurement-contradicted"].text
    _, notes = told(data, spinning_rate=10.1e3)
    assert "measurement-contradicted" not in notes  # a rotor drifts


def _model(data):
    prepared = nmr.prepare(data, reference="85% H3PO4", recycle_delay=1e5, spinning_rate=20e3)
    return prepared, nmr.model(prepared, ["P:S4", "P:SO3"], priors=PRIORS)


def test_clean_series_raise_no_alarm() -> None:
    """Of 48 spectra at their true rate one at most is told to have strange sidebands; at a wrong one, some are."""
    alarms, wrong = 0, 0
    for seed in range(12):
        series = simulate(settings("clean"), seed)
        for glass in series.glasses:
            x, y = glass.spectra["31P NMR"]
            data = spectra.from_arrays(x, y, axis="chemical_shift", technique="31P NMR")
            for rate in (series.stated_rate, 0.6 * series.stated_rate):
                prepared = nmr.prepare(
                    data, reference="a", spinning_rate=rate, larmor_frequency=series.spectrometer.larmor
                )
                codes = {note.code for note in nmr.model(prepared, LINES).notes}
                alarms += rate == series.stated_rate and "sidebands-unexplained" in codes
                wrong += rate != series.stated_rate and "sidebands-unexplained" in codes
    assert alarms <= 1, (alarms, wrong)
    assert wrong >= 1, (alarms, wrong)


def asked(data, rate):
    """Codes and texts of a fit at a stated rate, as its technique remarks them."""
    prepared = nmr.prepare(data, reference="85% H3PO4", recycle_delay=1e5, spinning_rate=rate)
    fit = spectra.fit(prepared, nmr.model(prepared, ["P:S4", "P:SO3"], priors=PRIORS), check=False)
    return fit, {note.code: note for note in nmr.NMR.remarks(fit)}


def rate_in(text):
    """Hz that a note asks for."""
    return float(re.search(r"rate (?:of|near) ([\d.]+)", text).group(1))


def test_a_rate_that_is_a_little_off_is_told_with_the_right_one() -> None:
    data = spun(15e3, zeta=50.0, larmor_frequency=LARMOR)
    fit, notes = asked(data, 15.2e3)
    note = notes["spinning-rate-asked"]
    assert note.severity == "warning"
    assert rate_in(note.text) == pytest.approx(15e3, rel=0.003)
    assert "15200 Hz" in note.text
    assert "spinning-rate-asked" not in asked(data, 15e3)[1]
    assert fit.status.trusted  # chi2 alone says nothing of it


def test_a_rate_is_followed_to_where_it_ends() -> None:
    """To first order weak sidebands ask for 15059 Hz, four sds away, and five sixths of the fall that there is."""
    data = spun(15e3, zeta=30.0, larmor_frequency=LARMOR)
    fit, notes = asked(data, 15.3e3)
    text = notes["spinning-rate-asked"].text
    assert rate_in(text) == pytest.approx(15e3, abs=2 * 23.6)
    fall = float(text.partition("chi2 lower by ")[2].partition(")")[0])
    assert fall == pytest.approx(fit.chi2 - asked(data, 15e3)[0].chi2, abs=3.0)


@pytest.mark.parametrize("rate", [13e3, 16.8e3, 18e3, 20e3])
def test_a_rate_beside_which_no_slope_leads_is_told_with_the_right_one(rate) -> None:
    """Weak sidebands in the wrong places leave anisotropies near zero, which no sideband of another rate moves."""
    data = spun(15e3, zeta=14.0, larmor_frequency=LARMOR)
    fit, notes = asked(data, rate)
    note = notes["spinning-rate-asked"]
    assert fit.status.trusted
    assert note.severity == "warning"
    assert rate_in(note.text) == pytest.approx(15e3, abs=3 * 102)
    fall = float(note.text.partition("chi2 lower by ")[2].partition(")")[0])
    assert fall == pytest.approx(fit.chi2 - asked(data, 15e3)[0].chi2, abs=4.0)


def test_two_rates_that_are_as_good_are_both_named(monkeypatch) -> None:
    """Neighbouring sidebands of two lines can be exchanged: nothing tells which rate it is."""
    fit, _ = asked(spun(15e3, zeta=14.0, larmor_frequency=LARMOR), 18e3)
    own = minimum_near(fit, fit.model)[0]
    ends = {12e3: (own - 20.0, 12e3, 50.0), 15e3: (own - 18.0, 15.1e3, 50.0), 21e3: (own - 10.0, 21e3, 50.0)}
    monkeypatch.setattr(_rate_evidence, "_places", lambda tangent, rates: [(30.0, rate) for rate in ends])
    monkeypatch.setattr(_rate_evidence, "_ended", lambda fit, rate: ends[rate])
    (note,) = _rate_evidence.remarks_of_rate(fit)
    assert "12000(50) Hz, or near 15100 Hz (chi2 lower by 20)" in note.text


@pytest.mark.parametrize("ends", [(), ("stated",), ("stated", "other")])
def test_descents_that_do_not_end_leave_what_is_known_to_first_order(monkeypatch, ends) -> None:
    """A fall of chi2 is a number, whatever of the descents ends."""
    data = spun(15e3, zeta=30.0, larmor_frequency=LARMOR)
    prepared = nmr.prepare(data, reference="85% H3PO4", recycle_delay=1e5, spinning_rate=15.3e3)
    fit = spectra.fit(prepared, nmr.model(prepared, ["P:S4", "P:SO3"], priors=PRIORS), check=False)

    def near(one, model):
        chi2, values = minimum_near(one, model)
        return (chi2 if ("stated" if model is one.model else "other") in ends else np.inf), values

    monkeypatch.setattr(_rate_evidence, "minimum_near", near)
    (note,) = _rate_evidence.remarks_of_rate(fit)
    fall = float(note.text.partition("chi2 lower by ")[2].partition(")")[0])
    assert fall == pytest.approx(108.2 if len(ends) == 2 else 90.0, abs=0.5)


@pytest.mark.parametrize(("zeta", "rate"), [(30.0, 15.6e3), (40.0, 15.3e3)])
def test_a_misfit_that_is_hardly_one_is_explained_as_far_as_it_is_no_noise(zeta, rate) -> None:
    """Of chi2 = 3514 in 2990 degrees of freedom a part is noise, which the right rate does not explain."""
    fit, notes = asked(spun(15e3, zeta=zeta, larmor_frequency=LARMOR), rate)
    assert fit.missed
    assert rate_in(notes["spinning-rate-asked"].text) == pytest.approx(15e3, rel=0.005)


@pytest.mark.parametrize("rate", [9e3, 22e3, 50e3])
def test_a_rate_that_is_far_off_is_told_with_the_right_one(rate) -> None:
    _, notes = asked(spun(15e3, larmor_frequency=LARMOR), rate)
    assert rate_in(notes["spinning-rate-asked"].text) == pytest.approx(15e3, rel=0.003)


def test_a_line_that_is_left_out_is_no_other_rate() -> None:
    x = np.linspace(-250, 350, 3001)
    data = spun(15e3, larmor_frequency=LARMOR)
    stranger = 12.0 * np.exp(-4 * np.log(2) * ((x - 55.0) / 8.0) ** 2)
    more = data.assign(intensity=data["intensity"] + stranger)
    fit, notes = asked(more, 15e3)
    assert fit.missed
    assert "spinning-rate-asked" not in notes


def test_what_has_no_limit_is_written_as_numbers_of_a_report_are() -> None:
    """A rate or a delay that is stated as inf, beside another of the file: one word, not two."""
    data = spun(15e3, zeta=50.0, larmor_frequency=LARMOR).assign_coords(spinning_rate=15e3, recycle_delay=60.0)
    prepared = nmr.prepare(data, reference="85% H3PO4", recycle_delay=np.inf, spinning_rate=np.inf)
    (note,) = [n for n in spectra.notes_of_reading(prepared) if n.code == "measurement-contradicted"]
    told = f"{note.text} {note.remedy} {prepared.attrs['history']}"
    assert "15000 Hz in the file; unlimited Hz was given" in told
    assert "recycle_delay 60 of the file overridden by unlimited" in told
    assert not re.search(r"\binf(inite)?\b", told)
