"""All regions of a sample on one reference: amounts, products, series, and what regions say against one another."""

from dataclasses import replace

import numpy as np
import pytest
import xps_regions_by_hand as cases
from photoelectron_samples import FACTORS, LINES, counted, glass

import spectra
from shortrange_core import BadInput, Estimates, Severity, Status, load, save
from spectra import plots, xps
from spectra.models import Default
from spectra.xps import Region, Sensitivity


def fitted(seed, **more):
    return xps.sample(glass(seed, **more), LINES, sensitivity=FACTORS, priors={"O 1s": cases.OXYGEN})


def test_all_regions_on_one_reference_give_the_composition():
    """Per P: C 0.8, O 0.6, S 3.4, Na 3.0, from regions of 5 to 60 scans, charged by +0.7 eV."""
    found = fitted(1)
    assert found.status.trusted, [str(note) for note in found.notes]
    assert found.shift.value.item() == pytest.approx(-0.7, abs=0.05)
    assert {float(one.spectrum.charge_sd) for one in found.fits.values()} == {float(found.shift.sd.item())}
    by_phosphorus = found.amounts.propagate(lambda v: np.delete(v, 2) / v[2], ["C", "O", "S", "Na"])
    assert np.all(np.abs(by_phosphorus.value.values - [0.8, 0.6, 3.4, 3.0]) < 3 * by_phosphorus.sd.values)
    assert found.percent.value.values.sum() == pytest.approx(100)
    assert found.percent.facets["element"] == ("C", "O", "P", "S", "Na")
    assert set(found.lines.facets["unit"]) == {"counts/s eV"}
    assert {note.code for note in found.notes} == {"bridging-range", "background-decides"}
    assert {note.severity for note in found.notes} == {Severity.INFO}, "remarks: nothing is wrong with a clean glass"
    assert (found.bridging.limited_by, len(found.bridging.carbonate_alone)) == ("", 2), "C 1s limits carbonate alone"


def test_a_sample_is_stored_shown_and_drawn(tmp_path):
    found = fitted(1)
    save(found, tmp_path / "glass.nc")
    again = load(tmp_path / "glass.nc")
    np.testing.assert_allclose(again.percent.value.values, found.percent.value.values)
    assert again.status is found.status
    assert "O 1s bo" in found.summary()
    figure = plots.plot_regions(found)
    assert [panel.get_title() for panel in figure.axes[:5]] == ["Na 1s", "O 1s", "C 1s", "S 2p", "P 2p"]
    assert "shifted by -0.7" in figure.get_suptitle()
    told = {
        panel.get_title(): [text.get_text() for text in panel.get_legend().get_texts()] for panel in figure.axes[:5]
    }
    assert all(any("100 %" in text for text in told[level]) for level in ("Na 1s", "C 1s", "S 2p", "P 2p"))


def test_a_region_that_contradicts_the_charge_of_another_is_said():
    """P 2p was assigned 1 eV off: O 1s and S 2p say that the axis is right, P 2p says that it is not."""
    places = {
        "O 1s": cases.OXYGEN,
        "P 2p": {"P:S4": Default(131.7, 0.1, "a")},
        "S 2p": {"terminal": Default(161.4, 0.1, "a")},
    }
    lines = {**LINES, "P 2p": ["P:S4"], "S 2p": ["terminal"]}

    def disagreements(seed, moved):
        regions = glass(seed, phosphorus_moves=moved)
        found = xps.sample(regions, lines, priors=places, reference_sd=0.3)
        return [note.text for note in found.notes if note.code == "regions-disagree"]

    told = disagreements(2, 1.2)
    assert any(text.startswith(("O 1s lies", "P 2p lies")) and "P 2p" in text for text in told)
    assert not [text for seed in range(3, 8) for text in disagreements(seed, 0.0)]


def test_levels_of_one_element_that_disagree_are_said():
    regions = glass(3)
    area = 2 * 400.0 * 1.2  # twice the phosphorus of P 2p
    regions["P 2s"] = counted("P 2s", [(area, 189.0, 2.0)], 180.0, 198.0, 99, scans=40, shift=0.7)
    lines = {**LINES, "P 2s": Region(["P"], windows={"P": (187.0, 191.0)})}
    factors = {**FACTORS, "P 2s": Sensitivity(1.2, 0.05, "stated for this test")}
    found = xps.sample(regions, lines, sensitivity=factors, priors={"O 1s": cases.OXYGEN})
    told = [note.text for note in found.notes if note.code == "levels-disagree"]
    assert len(told) == 1
    assert "times as much P as P 2s" in told[0]
    right = {**FACTORS, "P 2s": Sensitivity(2.4, 0.05, "stated for this test")}
    same = xps.sample(regions, lines, sensitivity=right, priors={"O 1s": cases.OXYGEN})
    assert "levels-disagree" not in {note.code for note in same.notes}


def test_a_region_without_its_lines_is_an_error_of_the_sample():
    lines = {**LINES, "O 1s": Region(["BO"], windows={"BO": (532.0, 533.2)})}
    found = xps.sample(glass(4), lines)
    told = [note.text for note in found.notes if note.code == "region-misfit"]
    assert len(told) == 1
    assert told[0].startswith("O 1s: the fit is not usable")
    assert found.status is Status.MISFIT
    assert found.amounts is None


def test_oxygen_of_the_surface_is_said_once_the_composition_is_known():
    rich = xps.sample(glass(5), LINES, sensitivity=FACTORS, priors={"O 1s": cases.OXYGEN}, oxygen_per_phosphorus=0.1)
    assert "surface-not-used" in {note.code for note in rich.notes}
    right = xps.sample(glass(5), LINES, sensitivity=FACTORS, priors={"O 1s": cases.OXYGEN}, oxygen_per_phosphorus=0.6)
    assert "surface-not-used" not in {note.code for note in right.notes}


def test_products_before_and_after_contact_with_limits():
    """15 % of Na3P in P 2p and nothing in S 2p; the sample charged by 2 eV more after contact."""
    before, after = fitted(6), fitted(7, shift=2.7, product=0.15)
    found = xps.products(before, after, {"P 2p": "Na3P", "S 2p": "Na2S"})
    assert found["P 2p"].formed
    share = found["P 2p"].shares.select(["after"])
    assert abs(share.value.item() - 0.15) < 4 * share.sd.item()
    assert found["P 2p"].alignment == "common line"
    assert not found["S 2p"].formed
    assert found["S 2p"].upper_limit < 0.1
    assert all(0 < one.pristine_limit < 0.1 for one in found.values())
    with pytest.raises(BadInput, match="Cl 2p is not a region of glass and glass"):
        xps.products(before, after, {"Cl 2p": "NaCl"})
    stated = xps.sample(glass(6), LINES, reference=-0.7)
    with pytest.raises(BadInput, match="to another; use one"):
        xps.products(before, stated, {"P 2p": "Na3P"})


def test_products_are_of_the_lines_shape_and_background_that_the_sample_states():
    """P 2p of another splitting, GL(30) and a line of the surface, over a straight line: 15 % of Na3P all the same."""
    split, oxide = 1.4, [(200.0, 136.5, 1.6), (100.0, 136.5 + 1.4, 1.6)]

    def measured(seed, product, shift):
        lines = cases.doublet(320.0 * (1 - product), 131.7, split=split) + oxide
        lines += cases.doublet(320.0 * product, 127.5, split=split) if product else []
        regions = glass(seed, shift=shift)
        return {"C 1s": regions["C 1s"], "P 2p": counted("P 2p", lines, 122.0, 145.0, seed, scans=60, shift=shift)}

    stated = Region(
        ["P:S4"], windows={"P:S4": (130.5, 133.0), "phosphate": (135.5, 137.5)}, surface=["phosphate"],
        background="linear", shape="GL(30)", splitting=split, free_doublet=["ratio"],
        constraints=["phosphate_fwhm - p_s4_fwhm >= 0.1"],
    )  # fmt: skip
    before, after = measured(40, 0.0, 0.7), measured(41, 0.15, 2.7)
    product = replace(stated, lines=["P:S4", "Na3P"])
    pair = [xps.sample(one, {"P 2p": region}) for one, region in zip((before, after), (stated, product), strict=True)]
    found = xps.products(*pair, {"P 2p": "Na3P"})["P 2p"]
    assert found.status is Status.OK, [str(note) for note in found.notes]
    assert found.formed
    share = found.shares.select(["after"])
    assert abs(share.value.item() - 0.15) < 4 * share.sd.item()
    for one in (found.pristine, found.after):
        assert {line.shape for line in one.model.peaks} == {"gl_product"}
        assert [part.kind for part in one.model.background] == ["polynomial"]
        assert "phosphate" in one.areas.entries
        value = dict(zip(one.parameters.entries, one.parameters.value.values.tolist(), strict=True))
        assert value["na3p_partner_center"] - value["na3p_center"] == pytest.approx(split)
        assert value["phosphate_fwhm"] - value["p_s4_fwhm"] >= 0.1 - 1e-6
        assert 0.4 - 1e-6 <= value["p_s4_partner_area"] / value["p_s4_area"] <= 0.6 + 1e-6


def test_a_level_of_another_region_of_the_sample_is_said_where_it_lies():
    """A sample with Zn 2p has Zn 3s beside P 2p; one without zinc hears nothing."""
    regions = glass(1)
    zinc = {**regions, "Zn 2p": counted("Zn 2p", [(500.0, 1022.0, 1.8)], 1012.0, 1032.0, 3, scans=10, shift=0.7)}
    for measured, told in ((regions, False), (zinc, True)):
        found = xps.sample(measured, {"P 2p": LINES["P 2p"]}).fits["P 2p"]
        assert ("levels-overlap" in {note.code for note in found.notes}) == told


def test_a_sample_keeps_what_its_regions_were_fitted_with(tmp_path):
    found = fitted(1)
    save(found, tmp_path / "glass.nc")
    again = load(tmp_path / "glass.nc")
    assert again.regions["P 2p"].windows == {"P:S4": (130.5, 133.0)}
    after = fitted(7, shift=2.7, product=0.15)
    assert xps.products(again, after, {"P 2p": "Na3P"})["P 2p"].formed


def test_an_auger_line_is_tied_to_the_free_one_of_the_same_sample():
    regions = glass(8)
    bare = regions["O 1s"]
    x = bare.binding_energy.values
    under = np.random.default_rng(5).poisson(cases.gauss(x, 200.0, 536.3, 2.6) * 4.0)
    regions["O 1s"] = spectra.from_arrays(
        x, bare.counts.values + under, axis="binding_energy", counts=bare.counts.values + under, technique="O 1s XPS",
        intensity_unit="counts", dwell_time=0.1, scans=40.0, photon_energy=1486.6,
    )  # fmt: skip
    regions["Na KLL"] = counted("Na KLL", [(1000.0, 497.6, 2.6)], 485.0, 510.0, 55, scans=20, shift=0.7)
    ratio = Estimates.build(["KL1L23/KL23L23"], [0.2], [0.01**2])
    lines = {**LINES, "Na KLL": Region(["KL23L23"], windows={"KL23L23": (496.0, 499.0)})}
    priors = {"O 1s": cases.OXYGEN}
    tied = xps.sample(regions, lines, priors=priors, auger_ratio=ratio)
    free = xps.sample(regions, lines, priors=priors)
    area, alone = (one.lines.select(["O 1s na_kl1l23"]) for one in (tied, free))
    assert abs(area.value.item() - 200.0) < 3 * area.sd.item()
    assert area.sd.item() < 0.7 * alone.sd.item()
    with pytest.raises(BadInput, match="region 'Na KLL', which was not given"):
        xps.sample(regions, LINES, priors=priors, auger_ratio=ratio)


def test_references_that_cannot_be_used_are_refused():
    regions = glass(9)
    for reference, rule in (
        ("C 1s", "write level and energy"),
        ("Au 4f7/2 83.96", "no region of Au 4f, it has C 1s"),
        (float("nan"), "a stated shift is finite"),
    ):
        with pytest.raises(BadInput, match=rule):
            xps.sample(regions, LINES, reference=reference)
    with pytest.raises(BadInput, match="Cl 2p is not among the regions"):
        xps.sample(regions, {"Cl 2p": ["Cl"]})
    internal = xps.sample(regions, LINES, reference="S 2p 161.4", reference_sd=0.05)
    assert internal.shift.value.item() == pytest.approx(-0.7, abs=0.05)
    gold = counted("Au 4f", [(900.0, 84.66, 0.9), (675.0, 88.33, 0.9)], 78.0, 96.0, 3, scans=10)
    found = xps.sample({**regions, "Au 4f": gold}, LINES, reference="Au 4f7/2 83.96", reference_sd=0.05)
    assert found.shift.value.item() == pytest.approx(-0.7, abs=0.03)


def test_a_series_has_the_place_of_every_sample():
    samples = []
    for number, angle in enumerate((0.0, 60.0)):
        regions = {level: one.assign_coords(angle=angle) for level, one in glass(20 + number).items()}
        samples.append(xps.sample(regions, LINES, sensitivity=FACTORS, priors={"O 1s": cases.OXYGEN}))
    found = xps.series(samples, "angle")
    assert found.facets["angle"] == (0.0,) * 5 + (60.0,) * 5
    assert found.where(element="P", angle=60.0).entries == ("glass 60 P 2p",)
    with pytest.raises(BadInput, match=r"do not have one common depth; region.assign_coords\(depth=...\)"):
        xps.series(samples, "depth")
    etched = {level: one.assign_coords(variable_etch_time=30.0) for level, one in samples[0].measured.items()}
    with pytest.raises(BadInput, match="do not have one common depth; they have variable_etch_time: name one of these"):
        xps.series([replace(samples[0], measured=etched)], "depth")
    with pytest.raises(BadInput, match="has no amounts"):
        xps.series([xps.sample(glass(20), LINES)], "angle")


def test_a_source_that_the_file_states_is_believed_and_contradicted_aloud():
    bare = counted("Na 1s", [(900.0, 1071.5, 1.5)], 1064.0, 1079.0, 1, scans=10).drop_vars("monochromatic")

    def told(source, **options):
        region = xps.prepare(bare.assign_coords(source=source), charge_shift=0.0, **options)
        model = xps.model(region, ["Na"], windows={"Na": (1070.0, 1073.0)})
        return {note.code: note.text for note in model.notes if note.code.startswith("source")}

    assert not told("Mono(Al (Mono))")
    assert "not monochromated" in told("Al, non-monochromated")["source-satellites"]
    assert "is not known" in told("Al")["source-satellites"]
    assert (
        "source in the file is 'Al mono', so monochromated"
        in told("Al mono", monochromatic=False)["source-contradicted"]
    )
    assert set(told("Al", monochromatic=True)) == set()
    assert (
        "photon energy in the file is 1486.6 eV; 1253.6 was given"
        in told("Al mono", photon_energy=1253.6)["source-contradicted"]
    )
    assert not told("Al mono", photon_energy=1486.69)
