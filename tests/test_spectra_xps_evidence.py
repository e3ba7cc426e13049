"""What photoelectron areas may be used for: charge, Auger ties, rates, surface checks, candidates, shares."""

import numpy as np
import pytest
import xarray as xr
from xps_regions_by_hand import OXYGEN, doublet, gauss, ready, region

import spectra
from shortrange_core import BadInput, Estimates, FitFailed
from shortrange_core.spelling import spoken_in
from spectra import fits, xps
from spectra.xps import Sensitivity
from studies import xps_oxygen


def test_charge_shift_from_carbon_with_its_uncertainty():
    carbon = region([(5000.0, 287.23, 1.5), (900.0, 288.8, 1.6)], 280.0, 296.0, "C 1s XPS", 0)
    found = xps.charge_shift(carbon)
    assert found.value.item() == pytest.approx(-2.43, abs=0.03)
    assert found.sd.item() == pytest.approx(0.2, abs=0.01)
    exact = xps.charge_shift(carbon, reference=285.0, reference_sd=0.01)
    assert abs(exact.value.item() + 2.23) < 4 * exact.sd.item()
    with pytest.raises(BadInput, match="at the end of the region"):
        xps.charge_shift(carbon.sel(binding_energy=slice(287.4, 296)))
    with pytest.raises(BadInput, match="already shifted"):
        xps.charge_shift(ready(carbon))


def test_carbon_that_a_charge_moved_is_said_and_fails():
    """C 1s at 282.8 eV is outside its window from 284.0: the model says so, the fit is no result; moved, it is one."""
    raw = region([(9000.0, 282.8, 1.3)], 276.0, 296.0, "C 1s XPS", 0)
    charged = xps.prepare(raw, photon_energy=1486.6)
    model = xps.model(charged, ["carbon"])
    note = next(note for note in model.notes if note.code == "highest-line-unplaced")
    assert "at 282.8 eV, lies 1.2 eV outside every window" in note.text
    with pytest.raises(FitFailed, match="does not describe the data"):
        spectra.fit(charged, model)
    shift = float(xps.charge_shift(raw).value.item())
    moved = xps.prepare(raw, photon_energy=1486.6, charge_shift=shift)
    right = xps.model(moved, ["carbon"])
    assert "highest-line-unplaced" not in [note.code for note in right.notes]
    assert spectra.fit(moved, right).status.trusted


@pytest.mark.parametrize("share", [0.0, 0.4])
def test_a_reference_line_beside_carboxyl_and_carbonate_is_a_reference(share):
    """O-C=O is a third of C 1s of PET: two lines were a misfit, and the sample had no reference."""
    lines = [(9000.0, 286.0, 1.3), (2000.0, 287.6, 1.3), *([(9000.0 * share, 290.1, 1.3)] if share else [])]
    found = xps.charge_shift(xps.prepare(region(lines, 278.0, 298.0, "C 1s XPS", 0), photon_energy=1486.6))
    assert float(found.value.item()) == pytest.approx(-1.2, abs=0.05)
    lines = [(9000.0, 286.0, 1.3), *((1500.0, 283.2 + 0.7 * number, 0.9) for number in range(4))]
    crowded = xps.prepare(region(lines, 278.0, 298.0, "C 1s XPS", 0), photon_energy=1486.6)
    with pytest.raises(BadInput, match=r"line, C 1s near 285\.9 eV, cannot be fitted \(rejected\); give charge_shift="):
        xps.charge_shift(crowded)


def rate(area: float, sd: float) -> Estimates:
    return Estimates.build(["line"], [area], [sd**2], unit=["counts/s eV"])


def test_auger_tie_takes_the_auger_line_off_bridging_oxygen():
    """With the ratio of the oxygen-free glass BO is known far better; its value stays right."""
    lines = [(2000.0, 532.5, 1.6), (6000.0, 531.0, 1.6), (12000.0, 535.0, 3.4)]
    spectrum = ready(region(lines, 524.0, 541.0, "O 1s XPS", 1))
    free = xps.model(spectrum, ["BO", "NBO"], priors=OXYGEN, background="linear")
    ratio = xps.measured_ratio(rate(24000.0, 150.0), rate(8e4, 300.0))
    tied = xps.tied_to_partner(free, rate(4e4, 200.0), ratio, spectrum=spectrum, source="x = 0 glass")
    loose, tight = spectra.fit(spectrum, free, check=False), spectra.fit(spectrum, tied, check=False)
    bo = tight.areas.where(peak="bo")
    assert abs(bo.value.item() - 2000.0) < 4 * bo.sd.item()
    assert bo.sd.item() < 0.95 * loose.areas.where(peak="bo").sd.item()
    line = {"peak": xps.AUGER_PEAK}
    assert tight.areas.where(**line).sd.item() < 0.5 * loose.areas.where(**line).sd.item()
    assert abs(tight.areas.where(**line).value.item() - 12000.0) < 4 * tight.areas.where(**line).sd.item()
    assert "na_kl1l23_area" in tight.pulls.entries
    without = xps.model(spectrum, ["BO"], priors=OXYGEN, sodium=False)
    for place, way in (("python", r"with xps\.model"), ("recipe", "or leave auger_ratio out")):
        with spoken_in(place), pytest.raises(BadInput, match=f"no na_kl1l23; .*{way}"):
            xps.tied_to_partner(without, rate(1.0, 0.1), ratio, spectrum=spectrum, source="")


def test_the_auger_tie_brings_areas_to_one_rate_or_refuses():
    """KL23L23 of 40000 counts/s eV, counted in 8 scans, sits under O 1s of 20 scans with its rate, not its counts."""
    window = {"kll": (496.0, 499.0)}
    free_region = ready(region([(32000.0, 497.6, 3.0)], 488.0, 507.0, "XPS", 1)).assign_coords(scans=8.0)
    free_fit = spectra.fit(free_region, xps.model(free_region, ["kll"], windows=window, background="linear"))
    lines = [(3000.0, 532.5, 1.6), (6000.0, 531.0, 1.6), (24000.0, 535.0, 3.4)]
    oxygen = ready(region(lines, 524.0, 541.0, "O 1s XPS", 1)).assign_coords(scans=20.0)
    model = xps.model(oxygen, ["BO", "NBO"], priors=OXYGEN, background="linear")
    ratio = Estimates.build(["ratio"], [0.3], [0.003**2])
    free_line = xps.rates(free_fit)
    assert free_line.value.item() == pytest.approx(40000.0, rel=0.02)
    tied = xps.tied_to_partner(model, free_line, ratio, spectrum=oxygen, source="x = 0 glass")
    prior = next(p.prior for p in tied.all_parameters if p.name == f"{xps.AUGER_PEAK}_area")
    assert prior.mean == pytest.approx(24000.0, rel=0.02)
    with pytest.raises(BadInput, match="its counting time is not known"):
        xps.tied_to_partner(model, free_fit.areas, ratio, spectrum=oxygen, source="x = 0 glass")
    with pytest.raises(BadInput, match="its counting time is not known"):
        xps.measured_ratio(free_fit.areas, free_line)
    passed = spectra.fit(free_region.assign_coords(transmission=0.8), free_fit.model)
    with pytest.raises(BadInput, match="transmission is divided, that of the O 1s region is unknown"):
        xps.tied_to_partner(model, xps.rates(passed), ratio, spectrum=oxygen, source="x = 0 glass")
    with pytest.raises(BadInput, match="assign transmission= to both"):
        xps.measured_ratio(free_line, xps.rates(passed))
    with pytest.raises(BadInput, match="dwell_time and scans are None and 8"):
        xps.rates(spectra.fit(free_region.drop_vars("dwell_time"), free_fit.model))


def counted(level: str, rate_per_scan: float, scans: int, rng: np.random.Generator) -> xr.Dataset:
    """A simulated region: an area of ``rate_per_scan`` counts eV a scan of 0.1 s at its level's place."""
    place = xps.levels()[level].binding_energy
    x = np.arange(place - 7, place + 9, 0.2)
    lines = [(rate_per_scan, place)]
    if xps.levels()[level].momentum:
        whole = 1 + xps.levels()[level].ratio
        lines = [(rate_per_scan / whole, place)]
        lines.append((rate_per_scan - lines[0][0], place + xps.levels()[level].splitting))
    y = scans * (4 + sum(gauss(x, area, center, 1.3) for area, center in lines))
    counts = rng.poisson(y).astype(float)
    made = spectra.from_arrays(x, counts, axis="binding_energy", counts=counts, technique=f"{level} XPS",
                               intensity_unit="counts", dwell_time=0.1, scans=float(scans))  # fmt: skip
    return xps.prepare(made, photon_energy=1486.6, charge_shift=0.0, charge_sd=0.1)


def test_regions_of_5_to_80_scans_give_atomic_ratios_within_their_intervals():
    """80 draws: S/P and Na/P of regions with different scans, 95 % intervals that hold in 95 % (4 standard errors)."""
    factors = {name: Sensitivity(value, 0.0, "Scofield 1976, 10.1016/0368-2048(76)80015-1, Al Ka")
               for name, value in (("P 2p", 1.19), ("S 2p", 1.68), ("Na 1s", 8.52))}  # fmt: skip
    truth = {"P 2p": 1.0, "S 2p": 3.4, "Na 1s": 3.0}
    inside = []
    for seed in range(80):
        rng, fits = np.random.default_rng(seed), {}
        for level, amount in truth.items():
            spectrum = counted(level, 40 * amount * factors[level].value, int(rng.integers(5, 81)), rng)
            place = xps.levels()[level].binding_energy
            model = xps.model(spectrum, ["line"], windows={"line": (place - 1, place + 1)}, background="linear")
            fits[level] = spectra.fit(spectrum, model, check=False)
        found = xps.atomic_amounts(fits, factors)
        for element, level in (("S", "S 2p"), ("Na", "Na 1s")):
            both = found.select(["P 2p", level]).propagate(lambda v: v[1] / v[0], [element])
            inside.append(abs(both.value.item() - truth[level]) < 1.96 * both.sd.item())
    assert np.mean(inside) > 0.95 - 4 * np.sqrt(0.95 * 0.05 / len(inside))


def test_areas_that_cannot_be_brought_to_one_rate_are_refused():
    rng = np.random.default_rng(0)
    spectra_of = {level: counted(level, 200.0, 20, rng) for level in ("P 2p", "S 2p")}
    fits = {}
    for level, spectrum in spectra_of.items():
        place = xps.levels()[level].binding_energy
        fits[level] = spectra.fit(spectrum, xps.model(spectrum, ["a"], windows={"a": (place - 1, place + 1)}))
    factors = {level: Sensitivity(1.0, 0.05, "typed in for this test") for level in fits}

    def with_coords(level: str, **coords: float) -> dict:
        found = fits[level]
        return {**fits, level: spectra.fit(found.spectrum.assign_coords(**coords), found.model)}

    amounts = xps.atomic_amounts(fits, factors)
    doubled = xps.atomic_amounts(fits, factors, exposures={"P 2p": 1.0})
    assert doubled.value.values[0] == pytest.approx(2 * amounts.value.values[0]), "a stated exposure overrules 2 s"
    with pytest.raises(BadInput, match="P 2p: the counting time of 120 is not known"):
        xps.atomic_amounts({**fits, "P 2p": (120.0, 3.0)}, factors)
    with pytest.raises(BadInput, match="S 2p: the transmission is not known, but that of others is"):
        xps.atomic_amounts(with_coords("P 2p", transmission=0.8), factors)
    halved = xps.atomic_amounts(with_coords("P 2p", transmission=0.5), factors, transmission={"S 2p": 1.0})
    assert halved.value.values[0] == pytest.approx(2 * amounts.value.values[0])
    mixed = {**with_coords("P 2p", pass_energy=20.0), "S 2p": with_coords("S 2p", pass_energy=50.0)["S 2p"]}
    with pytest.raises(BadInput, match="pass energies of 20, 50 eV"):
        xps.atomic_amounts(mixed, factors)
    with pytest.raises(BadInput, match="transmission 0 must be above 0"):
        xps.atomic_amounts(fits, factors, transmission={"P 2p": 0.0, "S 2p": 1.0})
    bare = fits["P 2p"].spectrum.drop_vars("scans")
    with pytest.raises(BadInput, match=r"P 2p: the intensity is in counts, dwell_time and scans are 0\.1 and None"):
        xps.atomic_amounts({**fits, "P 2p": spectra.fit(bare, fits["P 2p"].model)}, factors)


def test_amounts_need_published_factors():
    areas = {"O 1s": (1.0, 0.1), "P 2p": (1.0, 0.1), "S 2p": (1.0, 0.1)}
    with pytest.raises(BadInput, match=r"^P 2p: has no sensitivity factor[^\n]*\nS 2p: has no sensitivity factor"):
        xps.atomic_amounts(areas, {"O 1s": Sensitivity(2.0, 0.1, "a handbook")}, exposures=1.0)


def test_surface_oxygen_is_not_used_above_three_sds():
    factors = {"O 1s": Sensitivity(2.9, 0.05, "a handbook"), "P 2p": Sensitivity(1.2, 0.05, "a handbook")}
    amounts = xps.atomic_amounts({"O 1s": (2900.0, 30.0), "P 2p": (1200.0, 20.0)}, factors, exposures=1.0)
    used, ratio, notes = xps.surface_check(amounts, 0.6)
    assert ratio.value.item() == pytest.approx(1.0)
    assert ratio.sd.item() == pytest.approx(np.sqrt(2 * 0.05**2 + 0.0103448**2 + 0.0166667**2), rel=1e-3)
    assert not used
    assert notes[0].code == "surface-not-used"
    assert xps.surface_check(amounts, 0.6, override=True)[0]
    assert xps.surface_check(amounts, 0.9)[0], "within 3 sd of the composition"


def test_surface_candidates_are_told_apart_by_bic():
    clean = ready(region([(3000.0, 532.5, 1.5), (9000.0, 531.0, 1.5)], 526.0, 534.6, "O 1s XPS", 2))
    dirty = ready(
        region([(3000.0, 532.5, 1.5), (9000.0, 531.0, 1.5), (2500.0, 529.7, 1.3)], 526.0, 534.6, "O 1s XPS", 3)
    )
    windows = {"oxide": (529.0, 530.2)}
    _, (absent,) = xps.candidates(clean, ["BO", "NBO"], ["oxide"], priors=OXYGEN, windows=windows)
    _, (present,) = xps.candidates(dirty, ["BO", "NBO"], ["oxide"], priors=OXYGEN, windows=windows)
    assert not absent.supported
    assert not absent.notes
    assert present.supported
    assert present.notes[0].code == "surface-species"


def test_separations_inside_one_spectrum():
    good = ready(region([(3000.0, 532.7, 1.5), (9000.0, 531.0, 1.5)], 526.0, 534.6, "O 1s XPS", 6))
    fit = spectra.fit(good, xps.model(good, ["BO", "NBO"], priors=OXYGEN), check=False)
    found, notes = xps.separation(fit)
    assert abs(found.value.item() - 1.7) < 4 * found.sd.item()
    assert notes == ()
    wide = ready(region([(3000.0, 533.6, 1.3), (9000.0, 530.6, 1.3)], 526.0, 536.0, "O 1s XPS", 7))
    windows = {"BO": (533.0, 534.0), "NBO": (530.0, 531.5)}
    odd = spectra.fit(wide, xps.model(wide, ["BO", "NBO"], windows=windows, sodium=False), check=False)
    assert xps.separation(odd)[1][0].code == "bo-nbo-separation"


def test_oxygen_minus_phosphorus_only_for_oxides():
    oxygen_region = ready(region([(9000.0, 531.0, 1.5)], 526.0, 536.0, "O 1s XPS", 8))
    oxygen = spectra.fit(oxygen_region, xps.model(oxygen_region, ["NBO"], priors=OXYGEN, sodium=False))
    phosphorus_region = ready(region(doublet(3000.0, 133.4), 126.0, 140.0, "P 2p XPS", 9))
    phosphorus = spectra.fit(
        phosphorus_region, xps.model(phosphorus_region, ["phosphate"], windows={"phosphate": (132.6, 134.2)})
    )
    names = {"oxygen_peak": "nbo", "phosphorus_peak": "phosphate"}
    found, notes = xps.oxygen_minus_phosphorus(oxygen, phosphorus, oxide_component=True, **names)
    assert found.value.item() == pytest.approx(397.6, abs=0.1)
    assert notes == ()
    _, notes = xps.oxygen_minus_phosphorus(oxygen, phosphorus, oxide_component=False, **names)
    assert notes[0].code == "difference-needs-oxide"


def test_oxygen_minus_phosphorus_can_contradict():
    oxygen_region = ready(region([(9000.0, 532.5, 1.5)], 526.0, 536.0, "O 1s XPS", 8))
    windows = {"NBO": (531.5, 533.5)}
    oxygen = spectra.fit(oxygen_region, xps.model(oxygen_region, ["NBO"], windows=windows, sodium=False))
    phosphorus_region = ready(region(doublet(3000.0, 133.4), 126.0, 140.0, "P 2p XPS", 9))
    phosphorus = spectra.fit(
        phosphorus_region, xps.model(phosphorus_region, ["phosphate"], windows={"phosphate": (132.6, 134.2)})
    )
    _, notes = xps.oxygen_minus_phosphorus(
        oxygen, phosphorus, oxygen_peak="nbo", phosphorus_peak="phosphate", oxide_component=True
    )
    assert notes[0].code == "difference-contradicts"


def test_shares_close_without_what_is_not_assigned():
    covariance = np.diag([0.09, 0.04, 0.01, 0.25])
    areas = Estimates.build(
        ["a", "b", "c", "d"], [60.0, 20.0, 10.0, 10.0], covariance, assignment=["P:S4", "P:O4", "P:S4", ""]
    )
    found, notes = fits.assigned_shares(areas)
    assert found.entries == ("P:S4", "P:O4")
    assert found.value.values.sum() == pytest.approx(1.0)
    assert found.covariance.values.sum() == pytest.approx(0.0, abs=1e-15)
    assert (notes[0].code, "10.0 %" in notes[0].text) == ("unassigned-area", True)
    by_hand = np.sqrt((20 / 90**2) ** 2 * 0.1 + (70 / 90**2) ** 2 * 0.04)
    assert found.sd.values[0] == pytest.approx(by_hand)
    with pytest.raises(BadInput, match="assign lines"):
        fits.assigned_shares(areas.where(assignment=""))


def test_a_surface_without_carbon_is_no_division_by_nothing():
    factors = {"C 1s": Sensitivity(1.0, 0.05, "test"), "O 1s": Sensitivity(2.9, 0.05, "test")}
    oxygen = xps_oxygen.drawn(0, "clean")[0]
    for seed in range(4):
        empty = ready(region([], 280.0, 296.0, "C 1s XPS", seed))
        found = xps.bridging_range(oxygen, carbon=empty, sensitivity=factors)
        assert 0 <= found.lower < found.upper <= 1
