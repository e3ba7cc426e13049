"""Which arc is which: frequencies, capacitances, names along a series, fixtures taken out."""

import numpy as np
import pytest
from pellets import PELLET, F, codes, series, simulated

import electrochemistry as ec
from electrochemistry.conduction._arc_names import probabilities
from shortrange_core import BadInput


def test_bulk_frequencies_of_the_paper_and_the_verdicts():
    """sigma/(2 pi eps_r eps_0): 7 to 49 MHz at the two printed conductivities."""
    found = series([298.15, 333.15], [2.7e-4, 8.2e-5], 0.01)
    window = ec.bulk_window(found, highest_frequency=1e6, quantity="total")
    values = window.bulk_frequency.value.values
    assert values.max() == pytest.approx(49e6, rel=0.02)
    assert values.min() == pytest.approx(7.4e6, rel=0.01)
    assert [verdict for _, verdict in window.verdicts] == ["outside", "outside"]
    assert "bulk-outside-window" in codes(window)
    inside = ec.bulk_window(found, highest_frequency=1e9, quantity="total")
    assert [verdict for _, verdict in inside.verdicts] == ["inside", "inside"]
    assert not inside.notes
    assert ec.bulk_window(found, highest_frequency=3e7, quantity="total").verdicts[0][1] == "edge"
    with pytest.raises(BadInput, match="must be above 0"):
        ec.bulk_window(found, highest_frequency=0, quantity="total")


def test_bulk_frequencies_at_25_celsius_lie_above_the_window_of_1_mhz():
    """Carried down with 41.5 kJ/mol: x = 0.6 (8.2e-5 at 60 C), x = 0 (a sixth of 2.7e-4): about 1 to 2.5 MHz."""
    down = np.exp(-41.5 / 8.314462618e-3 * (1 / 298.15 - 1 / 333.15))
    for at_60, expected in ((8.2e-5, (1.27e6, 2.54e6)), (2.7e-4 / 6, (0.70e6, 1.39e6))):
        found = series([298.15, 333.15], [at_60 * down, at_60], 0.01)
        window = ec.bulk_window(found, highest_frequency=1e6, quantity="total")
        cold = window.bulk_frequency.where(temperature=298.15)
        assert sorted(cold.value.values) == pytest.approx(expected, rel=0.01)
        assert window.verdicts[0][1] == ("outside" if min(expected) > 1e6 else "edge")


def test_capacitances_by_hand_and_what_they_may_be():
    text, values = "R0-p(R1,CPE1)", {"R0": 50.0, "R1": 1000.0, "CPE1_Q": 1e-6, "CPE1_n": 0.8}
    fit = ec.fit_circuit(simulated(text, values), text)
    found = ec.arcs(fit, PELLET, series_resistance="R0").capacitances
    thick, brug = found.value.values
    assert thick == pytest.approx((1e-6 * 1000**0.2) ** 1.25, rel=1e-4)
    assert brug == pytest.approx(1e-6**1.25 * (1 / 50 + 1 / 1000) ** -0.25, rel=1e-4)
    assert found.facets["formula"] == ("through thickness", "Brug")
    assert probabilities(-6.0, 0.0, PELLET)["interface"] > 0.9
    assert probabilities(np.log10(5e-7), 0.0, ec.geometry(thickness=1e-6, diameter=1.0))["bulk"] < 1e-3
    unit = ec.geometry(thickness=1.0, diameter=1.128379)
    assert list(probabilities(np.log10(1.5e-8), 0.0, unit))[:2] == ["surface layer", "grain boundary"]
    assert next(iter(probabilities(0.0, 0.0, unit))) == "none of the known ranges"


def test_names_of_arcs_change_smoothly_and_are_those_of_the_whole_series():
    unit = ec.geometry(thickness=1.0, diameter=1.128379)
    at = np.arange(-13.0, -2.0, 0.02)
    found = [probabilities(x, 0.0, unit) for x in at]
    for name in found[0]:
        p = np.array([own[name] for own in found])
        assert np.abs(np.diff(p)).max() < 0.05
        assert p.max() > 0.5 or name == "none of the known ranges"
    spectra = []
    for n, capacitance in enumerate((0.6e-8, 1.6e-8, 3e-8, 2e-8, 0.9e-8)):  # on both sides of the edge at 1e-8
        values = {"R0": 10.0, "R1": 1e3, "C1": capacitance}
        spectra.append(simulated("R0-p(R1,C1)", values, noise=0.003, seed=n, temperature=300.0 + n))
    arcs = ec.arcs(ec.fit_circuit(spectra, "R0-p(R1,C1)", starts=4), unit)
    assert len(set(arcs.capacitances.facets["candidates"])) == 1
    assert sum(p for *_, p in arcs.names) == pytest.approx(1.0)


def test_what_spectra_do_not_determine_stays_undetermined():
    """Two resistances in series are one: each is undetermined, their sum is not; so in tables, ASR and growth laws."""
    hours = np.arange(8.0)
    spectra = []
    for n, t in enumerate(hours):
        values = {"R0": 20.0, "R1": 200.0, "C1": 1e-9, "R2": 50.0 + 4 * t, "C2": 2e-6}
        own = simulated("R0-p(R1,C1)-p(R2,C2)", values, noise=0.003, seed=n, time=t, temperature=300.0 + n)
        spectra.append(own if n not in (2, 3) else own.sel(frequency=slice(1e6, None)))  # the slow arc is outside
    fit = ec.fit_circuit(spectra, "R0-p(R1,C1)-p(R2,C2)", starts=6, check=False)
    sums = {"interface": "R2", "fast": "R1"}
    found = ec.conductivity(fit, PELLET, resistances=sums)
    status = found.sigma.where(quantity="interface").facets["status"]
    assert [s == "determined" for s in status] == [n not in (2, 3) for n in range(8)]
    assert "no conductivity: interface[" in found.notes[0].text
    asr = ec.area_specific_resistance(fit, PELLET, resistances=sums, basis="per interface")
    assert asr.where(quantity="interface").facets["status"] == status
    law = ec.growth_law(asr, quantity="interface")
    assert law.verdict == "linear"
    assert "growth-left-out" in codes(law)
    with pytest.raises(BadInput, match=r"are not determined: .*give 5 times or more"):
        ec.growth_law(asr.select(asr.entries[:5]), quantity="interface")
    line = ec.arrhenius(found, form="ln sigma", quantity="interface")
    assert len(line.left_out) == 2
    assert line.dof == 4
    twice = ec.fit_circuit(spectra[0], "R0-R9-p(R1,C1)-p(R2,C2)", starts=6, check=False)
    both = ec.conductivity(twice, PELLET, resistances={"a": "R9", "whole": "R1 + R2"})
    assert both.sigma.facets["status"] == ("undetermined", "determined")


def test_an_ambiguous_arc_is_noted_and_a_circuit_without_arcs_refused():
    text, values = "p(R1,C1)", {"R1": 1e4, "C1": 1.5e-8}
    fit = ec.fit_circuit(simulated(text, values), text)
    found = ec.arcs(fit, ec.geometry(thickness=1.0, diameter=1.128379))
    assert "arc-ambiguous" in codes(found)
    assert found.time_constants.value.item() == pytest.approx(1.5e-4, rel=1e-6)
    zarc = ec.fit_circuit(simulated("ZARC1", {"ZARC1_R": 100.0, "ZARC1_tau": 1e-4, "ZARC1_n": 0.9}), "ZARC1")
    assert ec.arcs(zarc, PELLET).capacitances.value.item() == pytest.approx(1e-6, rel=1e-4)
    plain = ec.fit_circuit(simulated("R0-C1", {"R0": 10.0, "C1": 1e-6}), "R0-C1")
    with pytest.raises(BadInput, match="contains no arc"):
        ec.arcs(plain, PELLET)
    with pytest.raises(BadInput, match="series_resistance = 'R9'"):
        ec.arcs(fit, PELLET, series_resistance="R9")


def test_arcs_and_windows_name_what_they_do_not_know():
    spectrum = simulated("R0-p(R1,CPE1)", {"R0": 10.0, "R1": 1e4, "CPE1_Q": 1e-9, "CPE1_n": 0.9}, temperature=300.0)
    fit = ec.fit_circuit(spectrum, "R0-p(R1,CPE1)", starts=4)
    for name in ("R9", "CPE1_Q"):
        with pytest.raises(BadInput, match="is not a resistance of"):
            ec.arcs(fit, PELLET, series_resistance=name)
    sigma = ec.conductivity(fit, PELLET, resistances={"total": "R1"})
    with pytest.raises(BadInput, match="quantity = 'bulk': is unknown; there are total"):
        ec.bulk_window(sigma, highest_frequency=1e6, quantity="bulk")
    flat = simulated("R1", {"R1": 1e4}, temperature=300.0)
    none = ec.arcs(
        ec.fit_circuit(flat, "p(R1,CPE1)", starts=4, fixed={"CPE1_n": 0.0}, check=False), PELLET
    ).capacitances
    assert np.isnan(none.value.item())
    assert none.facets["candidates"] == ("none of the known ranges 1.00",)


def test_an_undetermined_part_of_a_circuit_leaves_the_rest_its_standard_deviations():
    """Two resistances in series are one: the arc beside them is determined all the same."""
    values = {"R0": 10.0, "R1": 1e3, "CPE1_Q": 1e-9, "CPE1_n": 0.9}
    spectrum = simulated("R0-p(R1,CPE1)", values, noise=1e-3, temperature=300.0)
    whole, twice = (ec.fit_circuit(spectrum, f"R0-p(R1,CPE1){more}", check=False) for more in ("", "-R5"))
    assert twice.facets["status"][0] == "undetermined"
    for fit in (whole, twice):
        sigma = ec.conductivity(fit, PELLET, resistances={"arc": "R1", "rest": "R0"}).sigma
        assert np.isfinite(sigma.sd.values).tolist() == [True, fit is whole]
        assert np.isfinite(ec.arcs(fit, PELLET).capacitances.sd.item())


def test_the_capacitance_of_a_fixed_element_has_the_standard_deviation_of_the_rest():
    values = {"R0": 10.0, "R1": 1e3, "CPE1_Q": 1e-9, "CPE1_n": 0.9}
    spectrum = simulated("R0-p(R1,CPE1)", values, noise=1e-3)
    fit = ec.fit_circuit(spectrum, "R0-p(R1,CPE1)", fixed={"CPE1_Q": 1e-9, "CPE1_n": 0.9})
    found = ec.arcs(fit, PELLET).capacitances
    resistance = fit.parameters.select(["R1"])
    relative = (0.1 / 0.9) * resistance.sd.item() / resistance.value.item()
    assert found.sd.item() / found.value.item() == pytest.approx(relative, rel=1e-4)


def test_sums_need_no_blanks_because_names_of_parameters_hold_no_signs():
    values = {"R0": 10.0, "R1": 1e3, "CPE1_Q": 1e-9, "CPE1_n": 0.9}
    spectrum = simulated("R0-p(R1,CPE1)", values, noise=1e-3)
    fit = ec.fit_circuit(spectrum, "R0-p(R1,CPE1)", starts=4)
    sums = {"a": "R0 + R1", "b": "R0+R1", "c": "2*R1-R0", "d": "2*R1 - R0"}
    value = ec.conductivity(fit, PELLET, resistances=sums).resistance.value.values
    assert value[0] == value[1] == pytest.approx(1010.0, rel=1e-2)
    assert value[2] == value[3] == pytest.approx(1990.0, rel=1e-2)
    tied = ec.fit_circuit(spectrum, "R0-p(R1,CPE1)", starts=4, ties=["R0+R1=1010"])
    assert tied.value("R0") + tied.value("R1") == pytest.approx(1010.0)


def test_a_fixture_of_leads_and_stray_capacitance_is_taken_out_exactly():
    sample = simulated("R0-p(R1,C1)", {"R0": 10.0, "R1": 500.0, "C1": 1e-9})
    omega = 2 * np.pi * F
    lead, stray = 0.5 + 1j * omega * 1e-6, 1j * omega * 3e-12
    measured = lead + 1 / (1 / sample.impedance.values + stray)
    short = ec.spectrum_from_arrays(F, lead)
    opened = ec.spectrum_from_arrays(F, lead + 1 / stray)
    fixed = ec.correct_fixture(ec.spectrum_from_arrays(F, measured), short=short, open_circuit=opened)
    np.testing.assert_allclose(fixed.impedance.values, sample.impedance.values, rtol=1e-9)
    assert "short circuit subtracted" in fixed.attrs["history"]
    spectrum = ec.spectrum_from_arrays(F, measured)
    for options, message in (
        ({}, "nothing to correct for"),
        ({"short": short, "inductance": 1e-6}, "already contains the inductance"),
        ({"inductance": -1.0}, "must be finite and not negative"),
        ({"short": short.isel(frequency=slice(5, None))}, "not measured at the frequencies"),
        ({"short": short, "open_circuit": short}, "give that of the empty fixture"),
        ({"open_circuit": spectrum}, "give that of the empty fixture"),
    ):
        with pytest.raises(BadInput, match=message):
            ec.correct_fixture(spectrum, **options)
