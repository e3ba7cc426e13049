"""Circuit fits: exact recovery, statuses, series, ties, alternatives, calibration, published fits."""

import numpy as np
import pytest
from circuit_sweeps import TWO, F, simulated

import electrochemistry as ec
from electrochemistry.impedance import _descent as impedance_descent
from electrochemistry.impedance import check_spectrum
from electrochemistry.impedance._batch import Batch, descend_alone
from electrochemistry.impedance._descent import BestMinimum
from electrochemistry.impedance._models import ResidualModel, space
from electrochemistry.impedance._notes import fit_notes
from shortrange_core import BadInput, FitFailed, Status, load, save


def codes(fit):
    return {note.code for note in fit.notes}


def test_exact_data_give_the_exact_circuit():
    fit = ec.fit_circuit(simulated("R0-p(R1,CPE1)-p(R2,CPE2)", TWO), "R0-p(R1,CPE1)-p(R2,CPE2)")
    assert fit.status is Status.OK
    for name, value in TWO.items():
        assert fit.value(name) == pytest.approx(value, rel=1e-6)
    assert fit.chi2 < 1e-15
    assert set(fit.parameters.facets["status"]) == {"determined"}
    assert [note.code for note in fit.notes] == ["source-unknown"], "made from arrays, and nothing else to say"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("R0-W1", {"R0": 10.0, "W1": 30.0}),
        ("R0-p(R1-Wo1,C1)", {"R0": 10.0, "R1": 50.0, "Wo1_R": 80.0, "Wo1_tau": 2.0, "C1": 1e-6}),
        ("R0-p(R1-Ws1,C1)", {"R0": 10.0, "R1": 50.0, "Ws1_R": 80.0, "Ws1_tau": 2.0, "C1": 1e-6}),
        ("R0-G1", {"R0": 10.0, "G1_R": 50.0, "G1_tau": 1e-2}),
        ("L1-R0-ZARC1-CPE1", {"L1": 1e-6, "R0": 5.0, "ZARC1_R": 40.0, "ZARC1_tau": 1e-4, "ZARC1_n": 0.8, "CPE1_Q": 1e-3, "CPE1_n": 0.7}),  # noqa: E501
        ("R0-TL1", {"R0": 10.0, "TL1_R": 50.0, "TL1_Q": 1e-2, "TL1_n": 0.9}),
    ],
)  # fmt: skip
def test_every_kind_of_element_is_recovered_without_a_first_guess(text, values):
    fit = ec.fit_circuit(simulated(text, values), text)
    for name, value in values.items():
        assert fit.value(name) == pytest.approx(value, rel=1e-5), name


def test_many_starts_find_what_one_sensible_start_misses():
    spectrum = simulated("R0-p(R1,CPE1)-p(R2,CPE2)", TWO, noise=0.003)
    poor = {"R0": 100.0, "R1": 100.0, "CPE1_Q": 1e-3, "CPE1_n": 0.7, "R2": 100.0, "CPE2_Q": 1.0, "CPE2_n": 0.7}
    single = ec.fit_circuit(spectrum, "R0-p(R1,CPE1)-p(R2,CPE2)", start=poor, starts=0, check=False)
    many = ec.fit_circuit(spectrum, "R0-p(R1,CPE1)-p(R2,CPE2)", start=poor)
    assert many.chi2 < 0.5 * single.chi2
    assert many.value("R2") == pytest.approx(900.0, rel=0.02)


def test_residuals_are_weighted_once_by_the_modulus():
    """A mistake that enters by its fourth power would give another optimum and another chi2."""
    f, z = np.array([1.0, 10.0, 100.0]), np.array([10.0 + 0j, 12.0 + 0j, 20.0 + 0j])
    fit = ec.fit_circuit(ec.spectrum_from_arrays(f, z), "R1", starts=2)
    w = 1 / np.abs(z) ** 2
    expected = float((w * z.real).sum() / w.sum())
    assert fit.value("R1") == pytest.approx(expected, rel=1e-9)
    assert fit.chi2 == pytest.approx(float((w * (z.real - expected) ** 2).sum()), rel=1e-9)
    assert fit.dof == 5
    assert fit.parameters.sd.item() == pytest.approx(np.sqrt(fit.chi2 / 5 / w.sum()), rel=1e-6)


def test_fixed_values_bounds_and_ties_hold():
    text = "R0-p(R1,CPE1)-p(R2,CPE2)"
    spectrum = simulated(text, {**TWO, "CPE2_n": 0.9, "R2": 600.0}, noise=0.002)
    fit = ec.fit_circuit(spectrum, text, fixed={"R0": 20.0}, ties=("CPE1_n = CPE2_n", "R2 = 2*R1"), starts=16)
    assert fit.value("R0") == pytest.approx(20.0, rel=1e-12)
    assert fit.value("CPE1_n") == pytest.approx(fit.value("CPE2_n"), rel=1e-9)
    assert fit.value("R2") == pytest.approx(2 * fit.value("R1"), rel=1e-9)
    assert fit.value("R1") == pytest.approx(300.0, rel=0.02)
    assert fit.dof == 2 * F.size - 4
    assert fit.parameters.sd.values[0] == 0.0
    summed = ec.fit_circuit(spectrum, text, ties=("R1 + R2 = 900",), starts=16)
    assert summed.value("R1") + summed.value("R2") == pytest.approx(900.0, rel=1e-9)
    bounded = ec.fit_circuit(spectrum, text, bounds={"CPE1_n": (0.5, 0.8)}, starts=16)
    assert bounded.value("CPE1_n") == pytest.approx(0.8)
    assert bounded.status is Status.AT_BOUND
    assert "impedance-at-bound" in codes(bounded)


def test_an_absent_arc_is_told_from_a_present_one():
    present = {"R0": 20.0, "R1": 300.0, "C1": 1e-8, "R2": 50.0, "C2": 1e-5}
    there = ec.fit_circuit(simulated("R0-p(R1,C1)-p(R2,C2)", present, noise=0.002), "R0-p(R1,C1)-p(R2,C2)")
    assert there.status is Status.OK
    spectrum = simulated("R0-p(R1,C1)", {k: present[k] for k in ("R0", "R1", "C1")}, noise=0.002)
    absent = ec.fit_circuit(spectrum, "R0-p(R1,C1)-p(R2,C2)")
    facets = absent.parameters.facets
    states = dict(zip(facets["parameter"], facets["status"], strict=True))
    assert states["C2"] in ("undetermined", "at_bound") or states["R2"] in ("undetermined", "at_bound")
    assert codes(absent) & {"impedance-undetermined", "impedance-at-bound"}
    one = ec.fit_circuit(spectrum, "R0-p(R1,C1)")
    assert one.aicc() < absent.aicc()


def test_circuits_are_ranked_by_what_the_data_support():
    spectrum = simulated("R0-p(R1,CPE1)-p(R2,CPE2)", TWO, noise=0.002)
    names = ["R0-p(R1,CPE1)", "R0-p(R1,CPE1)-p(R2,CPE2)", "R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)"]
    found = ec.compare_circuits(spectrum, names, starts=12)
    table = found.table()
    assert table.index[0] == names[1]
    assert table.index[-1] == names[0]
    assert table["weight"].iloc[0] > 0.5
    assert table["weight"].sum() == pytest.approx(1.0)
    assert [note.code for note in found.notes] == ["circuits-indistinguishable"]
    assert not ec.compare_circuits(spectrum, names[:2], starts=8).notes
    with pytest.raises(BadInput, match="two or more different ones"):
        ec.compare_circuits(spectrum, ["R0", "R0"])


def test_solutions_of_equal_quality_are_listed_and_make_parameters_undetermined():
    """Three resistances in series are one: their sum is determined, they are not."""
    spectrum = simulated("R0-p(R1,C1)", {"R0": 20.0, "R1": 300.0, "C1": 1e-8}, noise=0.002)
    fit = ec.fit_circuit(spectrum, "R0-R9-p(R1,C1)", check=False)
    facets = fit.parameters.facets
    states = dict(zip(facets["parameter"], facets["status"], strict=True))
    assert states["R1"] == "determined"
    assert "undetermined" in (states["R0"], states["R9"])
    assert fit.status is Status.UNDETERMINED
    assert fit.value("R0") + fit.value("R9") == pytest.approx(20.0, rel=0.01)
    assert "impedance-alternatives" in codes(fit)
    assert fit.alternatives


def test_arcs_keep_their_identity_along_a_series_in_which_their_sizes_cross():
    spectra = []
    for step in range(6):
        values = {**TWO, "R1": 1000.0 * 0.5**step, "R2": 150.0 * 0.8**step}
        values["CPE1_Q"], values["CPE2_Q"] = 2e-8, 3e-5
        spectra.append(
            simulated("R0-p(R1,CPE1)-p(R2,CPE2)", values, noise=0.002, seed=step, temperature=300.0 + 10 * step)
        )
    fit = ec.fit_circuit(spectra, "R0-p(R1,CPE1)-p(R2,CPE2)", starts=16)
    assert fit.labels == ("300", "310", "320", "330", "340", "350")
    for step, label in enumerate(fit.labels):
        assert fit.value("R1", label) == pytest.approx(1000.0 * 0.5**step, rel=0.05)
        assert fit.value("R2", label) == pytest.approx(150.0 * 0.8**step, rel=0.05)


def test_an_arc_that_is_absent_for_a_while_takes_no_other_arcs_name():
    """Charge transfer stays at 40 ohm; the interface is there from the third spectrum on, between it and the bulk."""
    spectra = []
    for step, interface in enumerate((0.0, 0.0, 30.0, 60.0, 90.0, 0.0)):
        text = "R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)"
        values = {
            **{"R0": 5.0, "R1": 300.0, "CPE1_Q": 1e-9, "CPE1_n": 0.9, "R3": 40.0, "CPE3_Q": 1e-4, "CPE3_n": 0.8},
            **{"R2": max(interface, 1e-6), "CPE2_Q": 1e-6, "CPE2_n": 0.85},
        }
        spectra.append(simulated(text, values, noise=0.002, seed=step, f=np.logspace(-1, 6, 60), time=float(step)))
    fit = ec.fit_circuit(spectra, text, starts=16, check=False)
    for step, interface in enumerate((0.0, 0.0, 30.0, 60.0, 90.0, 0.0), start=1):
        assert fit.value("R3", str(step)) == pytest.approx(40.0, abs=12.0)
        assert fit.value("R2", str(step)) == pytest.approx(interface, abs=12.0)


def test_an_arc_too_many_moves_no_other_arc():
    """Two arcs, three in the circuit: the one that is too many has any time constant, the others keep their names."""
    two = {"R0": 5.0, "R1": 300.0, "CPE1_Q": 1e-9, "CPE1_n": 0.9, "R3": 40.0, "CPE3_Q": 1e-4, "CPE3_n": 0.8}
    f = np.logspace(-1, 6, 60)
    spectra = [
        simulated("R0-p(R1,CPE1)-p(R3,CPE3)", two, noise=0.003, seed=seed, f=f, time=float(seed)) for seed in range(8)
    ]
    fit = ec.fit_circuit(spectra, "R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)", starts=16, check=False)

    def ordered(label: str) -> list[str]:
        return sorted(("R1", "R2", "R3"), key=lambda name: fit.value(name, label))

    largest, second = ([ordered(label)[place] for label in fit.labels] for place in (-1, 1))
    assert len(set(largest)) == len(set(second)) == 1


def test_shared_parameters_have_one_value_and_a_smaller_sd():
    spectra = [
        simulated("R0-p(R1,CPE1)-p(R2,CPE2)", {**TWO, "R2": 900.0 * 0.7**n}, noise=0.003, seed=n) for n in range(4)
    ]
    apart = ec.fit_circuit(spectra, "R0-p(R1,CPE1)-p(R2,CPE2)", starts=8)
    together = ec.fit_circuit(spectra, "R0-p(R1,CPE1)-p(R2,CPE2)", shared=("CPE1_n", "CPE1_Q"), starts=8)
    assert together.dof == apart.dof + 6
    own = float(apart.parameters.select(["CPE1_n[1]"]).sd.item())
    assert float(together.parameters.select(["CPE1_n"]).sd.item()) < 0.75 * own
    assert together.parameters.facets["label"].count("") == 2


def test_residuals_that_follow_one_another_are_noted_and_a_lone_minimum_too():
    spectrum = simulated("R0-p(R1,CPE1)-p(R2,CPE2)", TWO, noise=0.001)
    fit = ec.fit_circuit(spectrum, "R0-p(R1,CPE1)", check=False)
    assert "impedance-residuals-correlated" in codes(fit)
    good = ec.fit_circuit(spectrum, "R0-p(R1,CPE1)-p(R2,CPE2)")
    assert "impedance-residuals-correlated" not in codes(good)


def test_a_minimum_met_by_one_start_of_many_is_noted():
    lone = BestMinimum(np.zeros(1), np.zeros((1, 1)), 1.0, 10, Status.OK, "", met=1, tried=32)
    cell = ec.circuit("R1")
    model = ResidualModel(cell, space(cell), simulated("R1", {"R1": 1.0}), "modulus")
    notes = fit_notes(
        {"R1": "determined"},
        [model],
        [np.zeros(1)],
        labels=("a",),
        misses=[None],
        solutions=[lone],
        alternatives=0,
        message="",
        trusted=True,
    )
    assert [note.code for note in notes] == ["impedance-minimum-rare"]


@pytest.mark.parametrize("options", [{}, {"fixed": {"R0": 20.0}}, {"bounds": {"R2": (1.0, 500.0)}}])
@pytest.mark.parametrize("seed", range(5))
def test_one_start_alone_goes_where_it_goes_among_others(options, seed):
    cell = ec.circuit("R0-p(R1,CPE1)-p(R2,CPE2)")
    place = space(cell, **options)
    model = ResidualModel(cell, place, simulated(str(cell), TWO, noise=0.002, seed=seed), "modulus")
    truth = place.fitted(np.array([TWO[name] for name in cell.names]))
    starts = truth + np.random.default_rng(seed).normal(size=(3, truth.size))
    ends, chi2 = Batch(model, starts).run(1e-4, 150)
    for start, end, least in zip(starts, ends, chi2, strict=True):
        alone, own = descend_alone(model, start, 1e-4, 150)
        assert own == pytest.approx(least, rel=1e-6)
        np.testing.assert_allclose(alone, end, rtol=1e-4)


def test_a_fit_without_end_raises_with_its_record(monkeypatch):
    monkeypatch.setattr(impedance_descent, "FINE_EVALUATIONS", 2)
    monkeypatch.setattr(impedance_descent, "COARSE_EVALUATIONS", 1)
    spectrum = simulated("R0-p(R1,C1)", {"R0": 20.0, "R1": 300.0, "C1": 1e-8})
    with pytest.raises(FitFailed, match="cannot be trusted") as caught:
        ec.fit_circuit(spectrum, "R0-p(R1,C1)", starts=1)
    assert caught.value.record.status in (Status.NOT_CONVERGED, Status.REJECTED)
    assert caught.value.record.notes[0].code == "impedance-not-converged"


def test_the_record_is_saved_and_loaded(tmp_path):
    fit = ec.fit_circuit(simulated("R0-p(R1,C1)", {"R0": 20.0, "R1": 300.0, "C1": 1e-8}, noise=0.01), "R0-p(R1,C1)")
    save(fit, tmp_path / "fit.nc")
    back = load(tmp_path / "fit.nc")
    assert back.circuit == fit.circuit
    np.testing.assert_array_equal(back.parameters.covariance.values, fit.parameters.covariance.values)
    assert back.parameters.facets == fit.parameters.facets
    assert back.parameters.entries == fit.parameters.entries == ("R0", "R1", "C1")
    np.testing.assert_array_equal(back.curves[0]["data"].values, fit.curves[0]["data"].values)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fixed": {"R9": 1.0}}, "R9 is not a parameter"),
        ({"bounds": {"R1": (5.0, 1.0)}}, "in order"),
        ({"bounds": {"R1": (-5.0, 1.0)}}, "above 0"),
        ({"ties": ("R1 = R9",)}, "give an equality of"),
        ({"ties": ("R1 <= R0",)}, "give an equality of"),
        ({"shared": ("R9",)}, "shared: R9 is not a parameter"),
        ({"starts": 0}, "starts = 0 without start="),
        ({"profiles": ("R9",)}, "profiles: R9 is not a parameter"),
        ({"start": {"R0": 1.0, "R1": 1.0, "C1": 1.0, "R9": 1.0}}, "R9 is not a parameter"),
        ({"weighting": "x"}, "weighting = 'x': is unknown"),
        ({"weighting": "noise"}, "the spectrum has no noise"),
        ({"labels": ["a", "b"]}, "give one for each"),
        ({"fixed": {"R1": 1e20}}, "is fixed outside"),
        ({"fixed": {"R1": float("nan")}}, "is fixed outside"),
        ({"bounds": {"R1": 5.0}}, "give a lower and an upper limit"),
        ({"ties": "R0 = R1"}, "give a list of texts"),
        ({"ties": ("R0 = 2*R1", "R0 = 3*R1")}, "no values satisfy them"),
        ({"fixed": {"R0": 1.0, "R1": 1.0}, "ties": ("R0 = 2*R1",)}, "no values satisfy them"),
        ({"shared": "R0"}, "give a list of names"),
    ],
)
def test_options_are_checked(options, message):
    spectrum = simulated("R0-p(R1,C1)", {"R0": 20.0, "R1": 300.0, "C1": 1e-8})
    with pytest.raises(BadInput, match=message):
        ec.fit_circuit(spectrum, "R0-p(R1,C1)", **options)


@pytest.mark.parametrize("spectra", [None, "abc", np.ones(5), 3.0])
def test_what_is_no_spectrum_is_not_fitted(spectra):
    with pytest.raises(BadInput, match="read_impedance"):
        ec.fit_circuit(spectra, "R0")


def test_exact_fits_are_compared_by_their_number_of_parameters():
    """A resistance of 5 ohm to the last digit: no residual is left, and the inductance is one parameter too many."""
    exact = ec.spectrum_from_arrays(F, np.full(F.size, 5.0 + 0j))
    found = ec.compare_circuits(exact, ["R0-L0", "R0"])
    assert [fit.circuit for fit in found.fits] == ["R0", "R0-L0"]
    assert np.all(np.isfinite(found.table()["aicc_above_lowest"]))


def test_circuits_that_are_written_differently_are_the_same():
    spectrum = simulated("R0-p(R1,C1)", {"R0": 20.0, "R1": 300.0, "C1": 1e-8})
    with pytest.raises(BadInput, match="two or more different ones"):
        ec.compare_circuits(spectrum, ["R0-C0", "R0 - C0"])
    with pytest.raises(BadInput, match="give a list"):
        ec.compare_circuits(spectrum, "R0")


def test_arrays_that_are_no_spectrum_are_named():
    with pytest.raises(BadInput, match="must be numbers"):
        ec.spectrum_from_arrays(["a"], [1])
    with pytest.raises(BadInput, match="3 values of noise"):
        ec.spectrum_from_arrays(np.arange(1, 6), np.ones(5), noise=[1, 2, 3])


def test_the_door_refuses_what_is_no_spectrum():
    good = simulated("R0-p(R1,C1)", {"R0": 20.0, "R1": 300.0, "C1": 1e-8})
    with pytest.raises(BadInput, match="make it with read_impedance"):
        check_spectrum(good.impedance)
    with pytest.raises(BadInput, match="ascending"):
        check_spectrum(good.isel(frequency=slice(None, None, -1)))
    with pytest.raises(BadInput, match="finite and not 0"):
        check_spectrum(good.assign(impedance=good.impedance * 0))
    with pytest.raises(BadInput, match=r"1 frequency; at least . are needed"):
        check_spectrum(good.isel(frequency=[0]))
    with pytest.raises(BadInput, match="no spectrum to fit"):
        ec.fit_circuit([], "R1")
    with pytest.raises(BadInput, match="2 frequencies and 1 impedance; give one impedance per frequency"):
        ec.spectrum_from_arrays([1.0, 2.0], [1.0])


def test_a_first_guess_may_name_some_parameters_only():
    spectrum = simulated("R0-p(R1,C1)", {"R0": 20.0, "R1": 300.0, "C1": 1e-8})
    fit = ec.fit_circuit(spectrum, "R0-p(R1,C1)", start={"R1": 250.0}, starts=0)
    assert fit.value("R1") == pytest.approx(300.0, rel=1e-4)
    with pytest.raises(BadInput, match="profiles: R0 is shared by the series"):
        ec.fit_circuit([spectrum] * 2, "R0-p(R1,C1)", shared=["R0"], profiles=["R0"], starts=2)
