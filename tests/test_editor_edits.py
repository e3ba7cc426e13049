"""What an edit does to a model and its spectrum."""

import numpy as np
import pytest
from edited_spectrum import X, fitted, line, model, simulated, value

import shortrange
import spectra
from shortrange import stepwise
from shortrange.edits import Edit, HandPeak, cleared, edited
from shortrange_core.errors import BadInput


def test_an_empty_edit_changes_nothing():
    made = model()
    assert edited(made, Edit()) is made


def test_a_line_by_hand_finds_what_was_missed():
    edit = Edit(peaks=(HandPeak(name="c", center=68.0, fwhm=8.0, shape="gaussian"),), counts={"c": "P:O4"})
    fit = fitted(edit)
    assert value(fit, "c_center") == pytest.approx(70.0, abs=0.2)
    assert value(fit, "c_area") == pytest.approx(10 * 6 * np.sqrt(np.pi / (4 * np.log(2))), rel=0.05)
    assert fit.areas.facets["assignment"] == ("P:S4", "", "P:O4")
    assert fit.chi2 < fitted().chi2 / 10


def test_what_is_held_stays_where_it_is_held_even_outside_its_window():
    fit = fitted(Edit(fixed={"b_center": 55.0, "background_c1": 0.0}))
    assert value(fit, "b_center") == 55.0
    assert value(fit, "background_c1") == 0.0
    assert fit.dof == fitted().dof + 2


def test_a_start_outside_its_window_stretches_it():
    lines = (*model().peaks, line("c", 55.0, shape="gaussian"))
    astray = spectra.Model("", "raman_shift", lines, model().background)
    moved = edited(astray, Edit(start={"c_center": 67.0}))
    center = moved.peaks[2].parameters[1]
    assert (center.value, center.lower, center.upper) == (67.0, 47.0, 67.0 + 8.0)
    assert value(spectra.fit(simulated(), astray, check=False), "c_center") <= 63.0
    assert value(spectra.fit(simulated(), moved), "c_center") == pytest.approx(70.0, abs=0.2)


def test_ties_replace_links_of_the_model():
    edit = Edit(ties=("b_center = a_center + 15.5",))
    fit = fitted(edit, links=("b_center = a_center + 10", "b_fwhm = a_fwhm"))
    assert value(fit, "b_center") - value(fit, "a_center") == pytest.approx(15.5)
    assert value(fit, "b_fwhm") == value(fit, "a_fwhm")


def test_a_line_that_is_off_takes_its_partner_and_frees_nothing():
    lines = (*model().peaks, line("c", 70.0, shape="gaussian"), line("a_partner", 20.0, shape="gaussian"))
    links = ("a_partner_area = 0.5*a_area", "b_fwhm = a_fwhm", "c_fwhm = a_fwhm")
    whole = spectra.Model("", "raman_shift", lines, (), links, ("b_area <= 0.9*a_area", "c_area <= b_area"))
    rest = edited(whole, Edit(off=("a",), fixed={"a_center": 31.0}, ties=("a_fwhm = b_fwhm",), start={"c_fwhm": 5.0}))
    assert [peak.name for peak in rest.peaks] == ["b", "c"]
    assert rest.links == ("c_fwhm = b_fwhm",)  # they had one width by way of the line that went
    assert rest.constraints == ("c_area <= b_area",)
    with pytest.raises(BadInput, match="every line is switched off; leave one on"):
        edited(whole, Edit(off=("a", "b", "c")))


def test_excluded_points_are_not_fitted():
    fit = fitted(Edit(exclude=[[60.0, 80.0]]))
    x = fit.spectrum["raman_shift"].values
    assert not np.any((x >= 60.0) & (x <= 80.0))
    assert x.size == X.size - 81
    with pytest.raises(BadInput, match="no point lies in 200 to 210; the axis runs from 0 to 100"):
        cleared(simulated(), Edit(exclude=[[200.0, 210.0]]))


def test_window_and_degree():
    fit = fitted(Edit(window=[10.0, 60.0], background_degree=3))
    assert (float(fit.spectrum["raman_shift"][0]), float(fit.spectrum["raman_shift"][-1])) == (10.0, 60.0)
    assert [p.name for part in fit.model.background for p in part.parameters][-1] == "background_c3"


def test_what_no_model_can_be_is_refused_all_together():
    with pytest.raises(BadInput, match="peaks d, e: are not in the model; it has a, b"):
        edited(model(), Edit(off=("d",), counts={"e": "P:S4"}))
    wrong = Edit(start={"a_fwhm": -1.0, "b_centre": 3.0}, fixed={"b_area": -2.0})
    with pytest.raises(BadInput) as error:
        edited(model(), wrong)
    assert [text.split(",")[0] for text in error.value.problems] == [
        "start: a_fwhm = -1 lies outside 1e-12 to inf",
        "start: 'b_centre' is not a parameter of the model (did you mean 'b_center'?); it has a_area",
        "fixed: b_area = -2 lies outside 0 to inf",
    ]


def test_the_phase_of_an_edit_is_turned_before_the_spectrum_is_prepared():
    t = np.arange(1024) * 1e-4
    decay = np.exp(2j * np.pi * 1000.0 * t - t / 2e-3)
    fid = spectra.from_arrays(t, decay, axis="time", noise=1e-3, larmor_frequency=202.4, technique="31P NMR")
    spectrum = spectra.nmr.transform(fid, phase0=40.0)
    options = shortrange.recipe.Options()
    turned = stepwise.prepared(spectrum, "31P NMR", options, Edit(phase=[-40.0, 0.0]))
    wanted = stepwise.prepared(spectra.nmr.transform(fid, phase0=0.0), "31P NMR", options)
    np.testing.assert_allclose(turned["intensity"], wanted["intensity"], atol=1e-9)
