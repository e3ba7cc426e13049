"""The second simulator by hand, its numbers against those of the fits, and one small series end to end."""

import ast
import gzip
import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("mrsimulator", reason="mrsimulator has no wheels for this Python")

import reference_peaks
import shortrange
import spectra
import structure
from shortrange.example import SHIPPED
from shortrange.joint.likelihood import COUPLINGS, UNDER_ONE_LINE
from spectra.shapes import manifold
from studies import series_calibration, series_summary
from studies.second_simulator import (
    ARMS,
    coupled,
    nmr,
    numbers,
    oracle,
    settings,
    shapes,
    sidebands,
    simulate,
    truths,
    write,
    xps,
)

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = {"numpy", "scipy", "mrsimulator", "studies"}


def test_it_imports_numpy_scipy_and_mrsimulator_alone():
    for path in sorted((ROOT / "studies/second_simulator").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                top = name.partition(".")[0]
                assert top in ALLOWED or top in sys.stdlib_module_names, f"{path.name} imports {name}"
                assert top != "studies" or name.startswith("studies.second_simulator"), f"{path.name} imports {name}"


def law(default, bounds):
    return ["normal", default.mean, default.sd, *bounds]


def test_numbers_are_those_that_the_fits_declare():
    stated = numbers()
    assert stated["nmr"]["gauss_fwhm"] == law(spectra.nmr.GLASS_FWHM, spectra.nmr.GLASS_FWHM_BOUNDS)
    assert stated["nmr"]["lorentz_fwhm"] == law(spectra.nmr.LORENTZ_FWHM, spectra.nmr.LORENTZ_BOUNDS)
    for name, default in (("zeta_symmetric", spectra.nmr.ZETA_SYMMETRIC), ("zeta_mixed", spectra.nmr.ZETA_MIXED)):
        kind, mean, sd, *bounds = stated["nmr"][name]  # sizes of one sign there; fits favour no sign, at the same size
        assert (kind, tuple(bounds), default.mean) == ("normal", spectra.nmr.ZETA_BOUNDS, 0.0)
        assert default.sd == pytest.approx(np.hypot(mean, sd), abs=0.5)
    assert stated["nmr"]["eta_any"] == law(spectra.nmr.ETA, spectra.nmr.ETA_BOUNDS)
    own = {unit: law(zeta, spectra.nmr.ZETA_BOUNDS) for unit, zeta in spectra.nmr.ZETA.items()}
    assert stated["nmr"]["zeta_own"] == own
    own = {unit: law(eta, spectra.nmr.ETA_BOUNDS) for unit, eta in spectra.nmr.ETA_BY_SPECIES.items()}
    assert stated["nmr"]["eta_own"] == own
    assert stated["nmr"]["symmetric"] == list(spectra.nmr.SYMMETRIC)
    assert stated["nmr"]["offset"][2] == spectra.nmr.OFFSET_SD
    for arm in ("clean", "world"):
        drawn = stated["arms"][arm]["nmr"]
        assert drawn["phase"] == ["normal", 0.0, spectra.nmr.PHASE_SD, *spectra.nmr.PHASE_BOUNDS]
        slope = spectra.nmr.PHASE_SD * spectra.nmr.PHASE_SLOPE_PER_PHASE
        assert drawn["phase_slope"] == ["normal", 0.0, slope, *spectra.nmr.PHASE_BOUNDS]
    assert stated["raman"]["fwhm"] == law(spectra.raman.FWHM, spectra.raman.FWHM_BOUNDS)
    assert stated["raman"]["offset"][2] == spectra.raman.OFFSET_SD
    assert stated["raman"]["response"][1] == importlib.import_module("shortrange.stepwise").RESPONSE_LOG_SD
    assert stated["xps"]["fwhm"] == law(spectra.xps.FWHM["O 1s"], spectra.xps.FWHM_BOUNDS)
    assert stated["xps"]["fraction"][1:] == list(spectra.xps.FRACTION_BOUNDS)
    assert stated["xps"]["auger_fwhm"] == law(spectra.xps.AUGER_FWHM, spectra.xps.AUGER_FWHM_BOUNDS)
    assert stated["xps"]["offset"][2] == spectra.xps.REFERENCED_SD
    assert stated["constants"]["sodium_KL1L23"] == spectra.xps.AUGER_KINETIC["KL1L23"]
    assert stated["constants"]["photon_energy"] == spectra.xps.SOURCES["Al Ka"]


@pytest.mark.parametrize("arm", ["clean", "lithium", "pyrosulfide"])
def test_positions_are_those_of_the_library(arm):
    library, tables = reference_peaks.load(), settings(arm).tables
    constants, series = tables["constants"], tables["series"]
    for technique, stated in tables["priors"].items():
        scale = {"31P NMR": constants["shift_scale"], "O 1s XPS": constants["energy_scale"]}.get(technique)
        at = {"cation": series["modifier"], "phase": series.get("phase", "glass"), "scale": scale}
        priors = library.priors(technique, list(stated), **at)
        assert set(priors) == set(stated)
        for line, prior in priors.items():
            # the shipped series keeps the spread that it was drawn with; more claims have widened that of O 1s since
            mean, sd = stated[line]
            assert mean == pytest.approx(prior.mean, abs=0.1 * prior.sd), (technique, line)
            assert 0.9 * prior.sd <= sd <= prior.sd * (1 + 1e-6), (technique, line)


def test_atoms_of_the_units_are_those_of_the_labels():
    stated = numbers()
    for label, unit in (stated["units"] | stated["unlisted"]).items():
        known = structure.unit_of(label)
        assert known.atoms.get("S", 0) == unit["S"]
        assert known.atoms.get("O", 0) == unit["O"]
        assert known.charge == -unit["charge"] or known.charge == unit["charge"]


@pytest.mark.parametrize("seed", range(4))
def test_balances_hold_and_nothing_is_negative(seed):
    series = simulate(settings("clean"), seed)
    for glass in series.glasses:
        labels, matrix, right = truths.balances(series.settings, glass.x)
        amounts = np.array([glass.amounts[label] for label in labels])
        np.testing.assert_allclose(matrix @ amounts, right, atol=1e-9)
        assert amounts.min() >= 0


def test_hit_and_run_is_uniform_on_a_simplex():
    """Means 1/3, variances 1/18 of Dirichlet(1, 1, 1), whose sides are stretched by 100 here."""
    rng = np.random.default_rng(1)
    scale = np.array([1.0, 10.0, 100.0])
    drawn = np.array([truths.hit_and_run(1 / scale[None], np.ones(1), rng) for _ in range(300)]) / scale
    np.testing.assert_allclose(drawn.mean(axis=0), 1 / 3, atol=4 * np.sqrt(1 / 18 / 300))
    np.testing.assert_allclose(drawn.var(axis=0), 1 / 18, rtol=0.35)


@pytest.mark.parametrize(("zeta", "eta"), [(8.0, 0.0), (-8.0, 0.7), (6.0, 1.0)])
def test_sidebands_of_fast_spinning_in_closed_form(zeta, eta):
    """Second moment M = zeta^2 (1 + eta^2/3)/5 in units of the rate: 2/3 M in the first pair, M/12 in the second."""
    orders, (shares,) = sidebands.manifolds([(zeta, eta)], larmor=202.4, rate=40e3)
    moment = (zeta * 202.4 / 40e3) ** 2 * (1 + eta**2 / 3) / 5
    assert shares[np.abs(orders) == 1].sum() == pytest.approx(2 / 3 * moment, rel=0.02)
    assert shares[np.abs(orders) == 2].sum() == pytest.approx(moment / 12, rel=0.02)
    assert shares[orders == 0].item() == pytest.approx(1 - 3 / 4 * moment, abs=2e-5)


def test_sidebands_lie_on_the_side_that_ours_do():
    orders, (shares,) = sidebands.manifolds([(165.7, 0.43)], larmor=202.4, rate=20e3)
    ours = manifold(165.7 * 202.4 / 20e3, 0.43)
    for order, share in zip(orders, shares, strict=True):
        assert share == pytest.approx(ours.intensity[ours.order == order].sum(), abs=3e-3)


def test_areas_are_amounts_and_the_axis_is_the_shift():
    spectrometer = nmr.Spectrometer(larmor=202.4, rate=60e3, centre=50.0, width=988.0, points=1024)
    parameters = {"scale": 1.0, "offset": 0.0, "lorentz": 0.5}
    for unit, center in (("P:S4", 82.0), ("P:SO3", 32.0)):
        parameters |= {f"{unit} {name}": 0.0 for name in ("zeta", "eta", "skew")}
        parameters |= {f"{unit} center": center, f"{unit} gauss": 6.0}
    signal = nmr.decay(parameters, {"P:S4": 0.75, "P:SO3": 0.25}, spectrometer)
    for zero_filling in (1, 4):
        axis, spectrum = nmr.transform(signal, spectrometer, zero_filling=zero_filling)
        step = axis[1] - axis[0]
        assert spectrum.sum() * step == pytest.approx(1.0, abs=1e-6)
        assert spectrum[axis < 57].sum() * step == pytest.approx(0.25, abs=3e-3)
        assert axis[np.argmax(spectrum)] == pytest.approx(82.0, abs=step)
    _, turned = nmr.transform(signal, spectrometer, phase=(60.0, 0.0, 0.0))
    assert turned.sum() / spectrum.sum() * 4 == pytest.approx(np.cos(np.deg2rad(60.0)), abs=1e-6)


def test_shirley_of_a_narrow_line_is_a_step():
    x = np.linspace(0.0, 20.0, 2001)
    step = shapes.shirley(x, 3.0 * shapes.gaussian(x, 10.0, 0.5), 0.04)
    assert step[0] == 0
    assert step[-1] == pytest.approx(0.12, rel=1e-6)
    assert step[1000] == pytest.approx(0.06, rel=1e-2)


def test_oxygen_lines_count_atoms():
    made = settings("clean")
    amounts = {"P:S4": 0.4, "P:S2O2": 0.2, "P:S3/O": 0.4}
    sites = truths.oxygen(made, amounts)
    assert sites["BO"] == pytest.approx(0.2)
    assert sites["NBO"] == pytest.approx(0.4)
    assert sites["BO/(BO + NBO)"] == pytest.approx(1 / 3)
    axis = np.arange(500.0, 570.0, 0.05)
    parameters = {"BO center": 532.5, "NBO center": 531.0, "offset": 0.0, "scans": 10.0, "shirley": 0.0, "slope": 0.0}
    parameters |= {
        f"{line} {name}": value for line in ("BO", "NBO") for name, value in (("fwhm", 1.7), ("fraction", 0.0))
    }
    parameters |= {"auger_shift": 0.0, "auger_fwhm": 2.6, "auger_fraction": 0.0, "auger_per_sodium": 0.5}
    parameters |= {f"{unit} energy": 0.0 for unit in numbers()["units"]}
    counts = xps.expected(made, amounts, parameters, axis) - 10 * numbers()["xps"]["level"]
    assert counts.sum() * 0.05 == pytest.approx(10 * 1500 * (0.6 + 3 * 0.5), rel=1e-3)


@pytest.mark.parametrize("fault", sorted(numbers()["faults"]))
def test_every_fault_changes_something(fault):
    one, other = simulate(settings("clean"), 3), simulate(settings("clean", **{fault: 0.3}), 3)
    changed = one.stated_rate != other.stated_rate or any(
        not np.array_equal(one.glasses[n].spectra[technique][1], other.glasses[n].spectra[technique][1])
        for n in (1, 3)
        for technique in one.glasses[n].spectra
    )
    assert changed


def test_arms_and_faults_are_checked():
    assert set(numbers()["arms"]) == set(ARMS)
    with pytest.raises(ValueError, match="arms are"):
        settings("tidy")
    with pytest.raises(ValueError, match="dirt"):
        settings("clean", dirt=1.0)


def test_one_series_end_to_end(tmp_path, monkeypatch):
    """Two glasses: every quantity comes back with an interval, most of which hold the truth."""
    monkeypatch.setitem(numbers()["series"], "x", [0.0, 0.3])
    store = tmp_path / "store.jsonl"
    series_calibration.run(store, "clean", range(4, 5), {}, jobs=1)
    (record,) = series_calibration.read(store)
    assert "error" not in record, record
    assert len(record["rows"]) == 18  # 5 quantities without oxygen, 13 with it
    assert sum(row["inside"] for row in record["rows"]) >= 12
    text = series_summary.summary([record])
    assert "interior" in text
    assert "31P NMR" in text
    series_calibration.run(store, "clean", range(4, 5), {}, jobs=1)
    kept = tmp_path / "kept.jsonl.gz"
    kept.write_bytes(gzip.compress(store.read_bytes()))
    assert series_calibration.read(store, kept) == [record, record]


def test_mean_errors_are_of_truths_that_the_oracle_chooses():
    """Of four rows one lies within two of the oracle's sds of nothing: its error, whatever sd it states, counts not."""
    rows = [
        {"seed": seed, "quantity": "P:O4", "truth": truth, "value": truth + 0.01, "oracle": 3.92 * 0.01}
        for seed, truth in ((0, 0.05), (0, 0.07), (1, 0.03), (1, 0.01))
    ]
    rows[3]["value"] = 1.0
    *_, line = series_summary._by_the_oracle(rows)
    assert line.split() == ["P:O4", "3", "+1.00", "(0.00)"]
    assert series_summary._by_the_oracle([{"seed": 0, "quantity": "P:O4"}]) == []


def test_clustered_errors_by_hand():
    """Two series, one all hits and one all misses: coverage 1/2, and the error of two observations, not of eight."""
    rows = [{"seed": seed, "inside": seed == 0} for seed in (0, 1) for _ in range(4)]
    coverage, error, number = series_summary.clustered(rows)
    assert (coverage, number) == (0.5, 8)
    assert error == pytest.approx(0.5)


def test_oracle_of_one_line_is_the_shot_noise():
    """Four times the counts halve what no prior limits; and no width is that of a quantity fixed by the balances."""
    series = simulate(settings("clean"), 3)
    widths = oracle.widths(series)
    assert all(width > 0 for width in widths.values())
    assert ("P:S4" not in {quantity for x, quantity in widths if x == 0}) is False
    assert (0.0, "P:O4") not in widths


def test_oracle_is_narrower_with_better_spectra(monkeypatch):
    wide = oracle.widths(simulate(settings("clean"), 3))
    monkeypatch.setitem(numbers()["nmr"], "signal_to_noise", ["loguniform", 4000.0, 4001.0])
    narrow = oracle.widths(simulate(settings("clean"), 3))
    assert all(narrow[key] < wide[key] for key in wide)


def test_the_shipped_example_is_what_the_simulator_makes(tmp_path):
    """Text by text; noise is drawn from means that another machine rounds otherwise, so a few numbers may differ."""
    write(simulate(settings("example"), 20), tmp_path)
    made = {path.name for path in tmp_path.iterdir()}
    assert {path.name for path in SHIPPED.iterdir()} == made | {"recipe.toml"}
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 2e6
    for name in made - {"truth.json"}:
        one, other = (folder.joinpath(name).read_text(encoding="ascii").split() for folder in (SHIPPED, tmp_path))
        assert len(one) == len(other), name
        assert np.mean([a == b for a, b in zip(one, other, strict=True)]) > 0.98, name


COUPLED_NAMES = {"gauss": "gauss_fwhm", "lorentz": "lorentz_fwhm"}


def test_the_coupled_arm_has_the_laws_that_the_joint_route_declares():
    stated, made = numbers()["arms"]["coupled"], settings("coupled").tables
    for kind, table in (("NMR", "nmr"), ("Raman", "raman"), ("XPS", "xps")):
        declared = {name: [law.change, law.scatter] for name, law in COUPLINGS[kind].items()}
        assert {COUPLED_NAMES.get(n, n): sds for n, sds in made[table]["coupling"].items()} == declared
    assert {COUPLED_NAMES.get(n, n): sd for n, sd in made["nmr"]["tied"].items()} == UNDER_ONE_LINE
    for name, default in (("zeta_symmetric", spectra.nmr.ZETA_SYMMETRIC), ("zeta_mixed", spectra.nmr.ZETA_MIXED)):
        assert stated["nmr"][name] == law(default, spectra.nmr.ZETA_BOUNDS)
    assert made["nmr"]["shared"] == {}
    assert made["nmr"]["gauss_common"] == spectra.nmr.GLASS_FWHM.common
    assert coupled.REFERENCING == series_calibration.REFERENCING


def test_shapes_of_the_coupled_arm_scatter_and_change_as_stated():
    """Of 400 series: sds of the change over the series, of a glass about it, of the level, and of tied differences."""
    made, places = settings("coupled"), np.array([0.0, 0.15, 0.30, 0.60])
    rng = np.random.default_rng(1)
    drawn = [coupled.shapes(made, nmr.lines(made), places, rng) for _ in range(400)]
    at = np.array([[[glass["31P NMR"][f"{u} center"] for glass in one] for u in ("P:S4", "P:S3O")] for one in drawn])
    z = places / 0.6 - 0.5
    slopes = (at - at.mean(axis=2, keepdims=True)) @ (z - z.mean()) / np.sum((z - z.mean()) ** 2)
    assert slopes.std() == pytest.approx(np.hypot(2.0, 0.3 / np.sqrt(np.sum((z - z.mean()) ** 2))), rel=0.08)
    left = at - at.mean(axis=2, keepdims=True) - slopes[..., None] * (z - z.mean())
    assert np.sqrt(np.sum(left**2) / (2 * left.shape[0] * left.shape[1])) == pytest.approx(0.3, rel=0.08)
    levels = at.mean(axis=2) - slopes * z.mean()
    spread = 1 / np.sqrt(1 / (2 * 2.01**2) + 1)  # of the difference: two priors and the tie
    # two slopes and scatters add to that of the difference of levels
    assert np.std(levels[:, 0] - levels[:, 1]) == pytest.approx(np.hypot(spread, 0.2), rel=0.12)
    zeta = np.array([[glass["31P NMR"]["P:S3O zeta"] for glass in one] for one in drawn])
    assert zeta.mean(axis=1).std() == pytest.approx(113.0, rel=0.1)
    assert np.median(np.abs(zeta - zeta.mean(axis=1, keepdims=True))) < 12.0  # one tensor along the series
    apart = [[g["O 1s XPS"]["BO center"] - g["O 1s XPS"]["NBO center"] for g in one[1:]] for one in drawn]
    assert np.min(apart) >= 1.5
    assert np.max(apart) <= 1.9


def test_other_arms_draw_every_glass_alone():
    made = settings("world")
    assert coupled.shapes(made, nmr.lines(made), np.array([0.0, 0.3]), np.random.default_rng(0)) == [{}, {}]


@pytest.mark.parametrize("arm", ["lithium", "pyrosulfide"])
def test_other_compositions_obey_balances_and_their_recipe_fits(arm, tmp_path):
    """Amounts add to the formula, and the recipe asks for every line, window and unit of its own glass."""
    series = simulate(settings(arm), 1)
    for glass in series.glasses:
        units = [structure.unit_of(label) for label in glass.amounts]
        lines, _ = structure.balance_lines(structure.composition(glass.formula), units).split()
        np.testing.assert_allclose(lines[0] @ list(glass.amounts.values()), lines[1], atol=1e-9)
        assert min(glass.amounts.values()) >= 0
    write(series, tmp_path)
    path = tmp_path / "recipe.toml"
    path.write_text(series_calibration.recipe_of(series), encoding="utf-8")
    recipe = shortrange.read_recipe(path)
    assert recipe.tables.cation == {"lithium": "Li", "pyrosulfide": "Na"}[arm]
    auger = series.glasses[3].parameters["O 1s XPS"]["auger_per_sodium"]
    assert (auger == 0.0) is (arm == "lithium")
    assert all(width > 0 for width in oracle.widths(series).values())


def site(**changed):
    """One site of a pair at 10 kHz, and its spectrum with changes of what couples it."""
    spectrometer = nmr.Spectrometer(larmor=202.4, rate=10e3, centre=50.0, width=988.0, points=1024)
    parameters = {"scale": 1.0, "offset": 0.0, "lorentz": 0.3}
    parameters |= {"P:S3~P zeta": 60.0, "P:S3~P eta": 0.0, "P:S3~P skew": 0.0}
    parameters |= {"P:S3~P center": 100.0, "P:S3~P gauss": 6.0}
    signal = nmr.decay(parameters, {"P:S3~P": 1.0}, spectrometer, nmr.Coupled(**changed))
    axis, spectrum = nmr.transform(signal, spectrometer)
    return axis, spectrum * (axis[1] - axis[0])


def test_a_dipolar_coupling_is_two_anisotropies():
    """Second moment of the sidebands: that of zeta + D and of zeta - D, in the middle; the area stays."""
    axis, alone = site()
    _, pair = site(dipolar={"P:S3~P": 2e3})
    assert pair.sum() == pytest.approx(1.0, abs=1e-6)
    far = 2e3 / 202.4
    moment = [spectrum @ (axis - 100.0) ** 2 for spectrum in (alone, pair)]
    # of a tensor (zeta, 0): zeta^2 / 5; the Lorentzian part and the Gaussian add the same to both
    assert moment[1] - moment[0] == pytest.approx(far**2 / 5, rel=0.05)
    assert nmr.added(settings("rough")).dipolar["P:S3~P"] == pytest.approx(1728, abs=1)
    assert nmr.added(settings("clean")).dipolar == {}


def test_a_shift_that_goes_with_the_anisotropy_widens_sidebands_unlike():
    """Where zeta goes up with the shift: the area stays, and so does the whole first moment; sidebands change."""
    axis, alone = site()
    _, none = site(slope=1e-9)
    np.testing.assert_allclose(none, alone, atol=2e-5)  # a distribution on a grid is that in closed form
    _, with_slope = site(slope=4.0)
    assert with_slope.sum() == pytest.approx(1.0, abs=1e-6)
    assert with_slope @ axis == pytest.approx(alone @ axis, abs=0.3)
    near = np.abs(axis - 100.0 - 10e3 / 202.4) < 10e3 / 202.4 / 2
    leans = [spectrum[near] @ axis[near] / spectrum[near].sum() for spectrum in (alone, with_slope)]
    assert leans[1] - leans[0] > 0.2  # a sideband that grows with zeta leans to the side of large shifts
