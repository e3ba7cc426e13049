"""What photoelectron areas may be used for: charge, Auger ties, surface checks, candidates, interfaces, shares."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import spectra
from shortrange_core import BadInput, Estimates, FitFailed, Status, load, save
from shortrange_core.spelling import spoken_in
from spectra import fits, xps
from spectra.models import Default
from spectra.xps import Sensitivity, _asymmetry
from studies import xps_doublets, xps_oxygen, xps_reactions
from studies.fit_doublets import CENTER, X

OXYGEN = {"BO": Default(532.5, 0.2, "a"), "NBO": Default(531.0, 0.2, "a")}


def gauss(x: np.ndarray, area: float, center: float, fwhm: float) -> np.ndarray:
    return area * 2 * np.sqrt(np.log(2) / np.pi) / fwhm * np.exp(-4 * np.log(2) * ((x - center) / fwhm) ** 2)


def region(
    lines: list[tuple[float, float, float]], low: float, high: float, technique: str, seed: int, shift: float = 0.0
) -> xr.Dataset:
    x = np.arange(low, high, 0.1)
    y = 300 + 3 * (x - low) + sum(gauss(x, area, center + shift, fwhm) for area, center, fwhm in lines)
    counts = np.random.default_rng(seed).poisson(y).astype(float)
    return spectra.from_arrays(x, counts, axis="binding_energy", counts=counts, technique=technique,
                               intensity_unit="counts", dwell_time=0.1, scans=10.0)  # fmt: skip


def ready(dataset: xr.Dataset, **more: float) -> xr.Dataset:
    return xps.prepare(dataset, photon_energy=1486.6, charge_shift=0.0, charge_sd=0.1, **more)


def doublet(area: float, center: float, fwhm: float = 1.3, split: float = 0.85) -> list[tuple[float, float, float]]:
    return [(area, center, fwhm), (area / 2, center + split, fwhm)]


def test_charge_shift_from_carbon_with_its_uncertainty():
    carbon = region([(5000.0, 287.23, 1.5), (900.0, 288.8, 1.6)], 280.0, 296.0, "C 1s XPS", 0)
    found = xps.charge_shift(carbon)
    assert found.value.item() == pytest.approx(-2.43, abs=0.03)
    assert found.sd.item() == pytest.approx(0.2, abs=0.01)
    exact = xps.charge_shift(carbon, reference=285.0, reference_sd=0.01)
    assert abs(exact.value.item() + 2.23) < 4 * exact.sd.item()
    with pytest.raises(BadInput, match="at the end of the region"):
        xps.charge_shift(carbon.sel(binding_energy=slice(287.4, 296)))
    with pytest.raises(BadInput, match="shifted before"):
        xps.charge_shift(ready(carbon))


def test_carbon_that_a_charge_moved_is_said_and_fails():
    """C 1s at 282.8 eV is outside its window from 284.0: the model says so, the fit is no result; moved, it is one."""
    raw = region([(9000.0, 282.8, 1.3)], 276.0, 296.0, "C 1s XPS", 0)
    charged = xps.prepare(raw, photon_energy=1486.6)
    model = xps.model(charged, ["carbon"])
    note = next(note for note in model.notes if note.code == "highest-line-unplaced")
    assert "at 282.8 eV, lies 1.2 eV outside every window" in note.text
    with pytest.raises(FitFailed, match="misses"):
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
    with pytest.raises(BadInput, match="nothing says how long it was counted"):
        xps.tied_to_partner(model, free_fit.areas, ratio, spectrum=oxygen, source="x = 0 glass")
    with pytest.raises(BadInput, match="nothing says how long it was counted"):
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
    with pytest.raises(BadInput, match="P 2p: nothing says how long 120 was counted for"):
        xps.atomic_amounts({**fits, "P 2p": (120.0, 3.0)}, factors)
    with pytest.raises(BadInput, match="S 2p: no transmission is known, others have one"):
        xps.atomic_amounts(with_coords("P 2p", transmission=0.8), factors)
    halved = xps.atomic_amounts(with_coords("P 2p", transmission=0.5), factors, transmission={"S 2p": 1.0})
    assert halved.value.values[0] == pytest.approx(2 * amounts.value.values[0])
    mixed = {**with_coords("P 2p", pass_energy=20.0), "S 2p": with_coords("S 2p", pass_energy=50.0)["S 2p"]}
    with pytest.raises(BadInput, match="pass energies of 20, 50 eV"):
        xps.atomic_amounts(mixed, factors)
    with pytest.raises(BadInput, match="transmission 0 is above 0"):
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


def test_reduced_phosphorus_after_contact():
    before = ready(region(doublet(3000.0, 132.0), 125.0, 138.0, "P 2p XPS", 4))
    contact = ready(region(doublet(3000.0, 132.0) + doublet(450.0, 127.8), 125.0, 138.0, "P 2p XPS", 5))
    found = xps.reaction(before, contact, ["P:S4"], "Na3P")
    share = found.shares.where(species="Na3P").value.sel(entry="after").item()
    sd = found.shares.sd.sel(entry="after").item()
    assert found.formed
    assert abs(share - 450 / 3450) < 4 * sd
    assert found.notes[0].code == "reduced-species"
    none = xps.reaction(before, before, ["P:S4"], "Na3P")
    assert not none.formed
    assert 0 < none.upper_limit < 0.05
    assert none.notes[0].code == "reduced-species-limit"
    with pytest.raises(BadInput, match="one level"):
        xps.reaction(before, contact.assign_coords(technique="S 2p XPS"), ["P:S4"], "Na3P")


def test_reduced_sulfur_under_the_terminal_line():
    """Na2S at 160.4 eV beside PS4 at 161.5 eV: the doublets overlap, the share is right all the same."""
    glass = doublet(4000.0, 161.5, split=1.18)
    before = ready(region(glass, 156.0, 168.0, "S 2p XPS", 10))
    contact = ready(region(glass + doublet(900.0, 160.2, split=1.18), 156.0, 168.0, "S 2p XPS", 11))
    windows = {"Na2S": (159.6, 160.8)}
    found = xps.reaction(before, contact, ["P:S4"], "Na2S", windows=windows)
    share, sd = (getattr(found.shares, q).sel(entry="after").item() for q in ("value", "sd"))
    assert found.formed
    assert abs(share - 900 / 4900) < 4 * sd


def carbon_of(seed: int, shift: float) -> tuple[xr.Dataset, xr.Dataset]:
    """C 1s before and after, measured on the same two samples as a pair of regions."""
    return tuple(
        region([(6000.0, 284.8, 1.3)], 278.0, 294.0, "C 1s XPS", seed + number, moved)
        for number, moved in enumerate((0.0, shift))
    )  # type: ignore[return-value]


NA2S = {"Na2S": (159.6, 161.9)}


def sulfur(seed: int, shift: float = 0.0, product: float = 0.0) -> xr.Dataset:
    lines = doublet(6000.0 * (1 - product), 161.5, split=1.18)
    lines += doublet(6000.0 * product, 160.2, split=1.18) if product else []
    return region(lines, 152.0, 172.0, "S 2p XPS", seed, shift)


def test_a_rigid_shift_is_never_called_a_product():
    """S 2p that moved by 1 eV is no sulfide: undetermined by stated references, excluded by a line that moved too."""
    before, after = ready(sulfur(20)), ready(sulfur(21, shift=-1.0))
    stated = xps.reaction(before, after, ["P:S4"], "Na2S", windows=NA2S)
    assert (stated.formed, stated.status, stated.alignment) == (False, Status.UNDETERMINED, "stated")
    assert stated.upper_limit == 1.0
    assert [note.code for note in stated.notes] == ["reaction-shifted"]
    assert "moved as a whole by -1.0" in stated.notes[0].text
    aligned = xps.reaction(before, after, ["P:S4"], "Na2S", windows=NA2S, common=carbon_of(30, -1.0))
    assert (aligned.formed, aligned.status, aligned.alignment) == (False, Status.OK, "common line")
    assert aligned.shift == pytest.approx(-1.0, abs=0.05)
    assert aligned.upper_limit < 0.1, "a product is looked for below the glass, though its window holds that line"
    with pytest.raises(BadInput, match=r"windows: Na2S is looked for from 161\.20 eV, the glass has a line at 161.5"):
        xps.reaction(before, after, ["P:S4"], "Na2S", windows={"Na2S": (161.2, 161.9)}, common=carbon_of(30, -1.0))
    moved_back = xps.prepare(sulfur(21, shift=-1.0), photon_energy=1486.6, charge_shift=1.0, charge_sd=0.1)
    again = xps.reaction(before, moved_back, ["P:S4"], "Na2S", windows=NA2S, common=carbon_of(30, -1.0))
    assert not again.formed
    assert again.shift == pytest.approx(0.0, abs=0.05), "the stated shifts count where a common line aligns"


def test_a_product_that_may_lie_on_the_line_of_the_glass_is_told_so():
    """Na2S was seen from 159.6 to 161.9 eV, the glass is at 161.5: a limit is of its part below, none where none is."""
    carbon = carbon_of(30, 0.0)
    found = xps.reaction(ready(sulfur(20)), ready(sulfur(21)), ["P:S4"], "Na2S", windows=NA2S, common=carbon)
    assert found.searched == pytest.approx((159.6, 160.8), abs=0.03)
    told = {note.code: note.text for note in found.notes}
    assert set(told) == {"reduced-species-limit", "product-under-glass"}
    assert "from 159.60 to 161.90 eV, where the glass has its line" in told["product-under-glass"]
    narrow = xps.reaction(
        ready(sulfur(20)), ready(sulfur(21)), ["P:S4"], "Na2S", windows={"Na2S": (159.6, 160.5)}, common=carbon
    )
    assert narrow.searched == (159.6, 160.5)
    assert [note.code for note in narrow.notes] == ["reduced-species-limit"]
    low = [ready(region(doublet(6000.0, 160.2, split=1.18), 152.0, 172.0, "S 2p XPS", seed)) for seed in (20, 21)]
    windows = {"P:S4": (159.8, 160.8)}
    hidden = xps.reaction(low[0], low[1], ["P:S4"], "Na2S", windows=windows, common=carbon)
    assert (hidden.status, hidden.formed, hidden.upper_limit) == (Status.UNDETERMINED, False, 1.0)
    assert [note.code for note in hidden.notes] == ["product-under-glass"]
    assert "no region tells the two apart" in hidden.notes[0].text


def test_full_conversion_needs_a_line_to_align_by():
    before, after = ready(sulfur(22)), ready(sulfur(23, product=1.0))
    assert xps.reaction(before, after, ["P:S4"], "Na2S", windows=NA2S).status is Status.UNDETERMINED
    found = xps.reaction(before, after, ["P:S4"], "Na2S", windows=NA2S, common=carbon_of(32, 0.0))
    assert found.formed
    assert found.shares.value.sel(entry="after").item() > 0.9
    part = xps.reaction(before, ready(sulfur(24, product=0.1)), ["P:S4"], "Na2S", windows=NA2S)
    assert part.formed, "two doublets are no shifted one"


def test_regions_that_nothing_aligns_are_undetermined():
    bare = [xps.prepare(sulfur(seed), photon_energy=1486.6) for seed in (25, 26)]
    found = xps.reaction(bare[0], bare[1], ["P:S4"], "Na2S", windows=NA2S)
    assert (found.status, found.upper_limit, found.alignment) == (Status.UNDETERMINED, 1.0, "nothing")
    assert [note.code for note in found.notes] == ["reaction-unaligned"]
    named = [one.assign_coords(reference=name) for one, name in zip(bare, ("C 1s 284.8", "Au 4f 84.0"), strict=True)]
    with pytest.raises(BadInput, match="bring both to one reference"):
        xps.reaction(named[0], named[1], ["P:S4"], "Na2S", windows=NA2S)


def test_a_region_that_its_lines_miss_says_nothing_of_a_product():
    strange = region([*doublet(6000.0, 161.5, split=1.18), (9000.0, 168.5, 1.4)], 152.0, 172.0, "S 2p XPS", 27)
    found = xps.reaction(ready(sulfur(20)), ready(strange), ["P:S4"], "Na2S", windows=NA2S, common=carbon_of(34, 0.0))
    assert (found.formed, found.status, found.upper_limit) == (False, Status.UNDETERMINED, 1.0)
    assert [note.code for note in found.notes] == ["reaction-misfit"]


@pytest.mark.parametrize(("share", "most", "held"), [(0.0, 0.009, 8), (0.03, 0.048, 6)])
def test_limits_lie_above_the_truth_by_what_the_data_leave_open_and_no_more(share, most, held):
    """P 2p with 6000 counts eV, where 3 % have an sd of 0.35 %.

    Limits from the covariance, which knows no bounds of a mixing, stood at 1.5 % of nothing and at 4.9 % of 3 %.
    """
    found = []
    for seed in range(8):
        before, after, carbon = xps_reactions.pair(seed, "P 2p", share, 0.0)
        found.append(xps.reaction(before, after, ["P:S4"], "Na3P", common=carbon))
    limits = [one.upper_limit for one in found]
    assert np.median(limits) < most
    assert sum(limit >= share for limit in limits) >= held
    assert [one.formed for one in found] == [share > 0] * len(found)
    assert all(0 < one.pristine_limit < 0.01 for one in found)


def test_a_reaction_survives_saving(tmp_path):
    before = ready(region(doublet(3000.0, 132.0), 125.0, 138.0, "P 2p XPS", 4))
    found = xps.reaction(before, before, ["P:S4"], "Na3P")
    save(found, tmp_path / "reaction.nc")
    again = load(tmp_path / "reaction.nc")
    assert (again.upper_limit, again.pristine_limit) == (found.upper_limit, found.pristine_limit)
    xr.testing.assert_identical(again.shares.value, found.shares.value)


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


def carbon_of_polymer(separation: float, ratio: float, counts: float, seed: int) -> xr.Dataset:
    """C 1s of a polymer, or of two: each has a shoulder of vibrations 0.68 eV above, of 0.11 of its height."""
    shape, x = xps_doublets._reference(), X - CENTER
    curve = shape(x) + (ratio * shape(x - separation) if ratio else 0.0)
    drawn = np.random.default_rng(seed).poisson(counts * (np.maximum(curve, 0) / shape(0.0) + 0.1)).astype(float)
    made = spectra.from_arrays(
        X, drawn, axis="binding_energy", counts=drawn, technique="C 1s XPS", photon_energy=1486.6
    )
    return xps.prepare(made, charge_shift=0.0, monochromatic=True)


@pytest.mark.parametrize(
    ("separation", "ratio", "counts", "told"),
    [
        (0.0, 0.0, 1e3, True),
        (0.0, 0.0, 1e4, True),
        (0.8, 0.5, 1e3, False),
        (0.8, 0.5, 1e4, False),
        (1.5, 0.2, 1e3, False),
    ],
)
def test_an_asymmetric_singlet_is_not_called_two_in_silence(separation, ratio, counts, told):
    """One polymer fitted with two symmetric lines: one line with a tail is as good, and said; two polymers are two."""
    windows = {"carbon": (284.0, 286.0), "more": (284.8, 288.0)}
    for seed in range(2):
        region = carbon_of_polymer(separation, ratio, counts, seed)
        fit = spectra.fit(region, xps.model(region, list(windows), windows=windows, background="linear"), check=False)
        assert ("tail-or-line" in [note.code for note in xps.XPS.remarks(fit)]) == told
    one = xps.model(region, ["carbon"], windows={"carbon": (284.0, 286.0)}, shape="asymmetric_voigt")
    assert "tail-or-line" not in [note.code for note in xps.XPS.remarks(spectra.fit(region, one, check=False))]


def test_two_lines_whose_distance_is_stated_are_two():
    """A recipe of a lithium glass states how far BO lies above NBO, of which nothing is published: that is no doubt."""
    windows = {"carbon": (284.0, 286.0), "more": (284.8, 288.0)}
    region = carbon_of_polymer(0.0, 0.0, 1e3, 0)
    for stated, told in (
        ((), True),
        (("more_center - carbon_center >= 0.1",), True),  # their order, which says nothing of how far
        (("more_fwhm <= 3",), True),
        (("more_center - carbon_center <= 1.9",), False),
        (("carbon_center >= more_center - 1.9",), False),
    ):
        model = xps.model(region, list(windows), windows=windows, background="linear")
        model = replace(model, constraints=(*model.constraints, *stated))
        fit = spectra.fit(region, model, check=False)
        assert ("tail-or-line" in [note.code for note in xps.XPS.remarks(fit)]) == told


def test_two_clear_lines_cost_no_search_for_one(monkeypatch):
    """A whole fit of what misses the data searches on, some hundred times as long as the fit of two lines."""
    windows = {"carbon": (284.0, 286.0), "more": (285.8, 288.0)}
    clear = ready(region([(4e4, 284.8, 1.2), (2e4, 286.4, 1.2)], 280.0, 292.0, "C 1s XPS", 1))
    fit = spectra.fit(clear, xps.model(clear, list(windows), windows=windows, background="linear"), check=False)
    monkeypatch.setattr("spectra.xps._asymmetry.REACH", 10.0)  # whatever lies how far apart
    monkeypatch.setattr("spectra.xps._asymmetry.fit", None)
    assert "tail-or-line" not in [note.code for note in xps.XPS.remarks(fit)]


def test_one_line_in_place_of_two_has_no_satellites_of_theirs():
    windows = {"carbon": (284.0, 286.0), "more": (284.8, 288.0)}
    ghost = xps.Satellite(8.4, 0.08, "stated for this test")
    clear = ready(region([(4e4, 284.8, 1.2)], 270.0, 292.0, "C 1s XPS", 1))
    fit = spectra.fit(clear, xps.model(clear, list(windows), windows=windows, satellites=[ghost]), check=False)
    low, high = (line for line in fit.model.peaks if line.name in windows)
    names = [line.name for line in _asymmetry._as_one(fit, low, high).peaks]
    assert names == ["carbon"]


def test_a_reaction_stored_before_its_pristine_limit_has_that_of_its_covariance():
    before, after, carbon = xps_reactions.pair(0, "P 2p", 0.03, 0.0)
    found = xps.reaction(before, after, ["P:S4"], "Na3P", common=carbon)
    old = replace(found, pristine_limit=np.nan)  # what a record without the field is read as
    share = found.shares.select(["pristine"])
    wanted = max(float(share.value.item()), 0.0) + 1.6448536 * float(share.sd.item())
    assert old.pristine_limit == pytest.approx(wanted, rel=1e-6)
    assert replace(old, status=Status.UNDETERMINED, pristine_limit=np.nan).pristine_limit == 1.0


def test_a_surface_without_carbon_is_no_division_by_nothing():
    factors = {"C 1s": Sensitivity(1.0, 0.05, "test"), "O 1s": Sensitivity(2.9, 0.05, "test")}
    oxygen = xps_oxygen.drawn(0, "clean")[0]
    for seed in range(4):
        empty = ready(region([], 280.0, 296.0, "C 1s XPS", seed))
        found = xps.bridging_range(oxygen, carbon=empty, sensitivity=factors)
        assert 0 <= found.lower < found.upper <= 1


def oxygen_counts(seed: int, *, bridging: float, top: float = 545.0) -> xr.Dataset:
    """O 1s with a sodium Auger line of its own width above it; counts."""
    rng = np.random.default_rng(seed)
    x = np.arange(525.0, top + 0.01, 0.1)
    y = np.full_like(x, 400.0)
    for area, center, width in ((bridging, 533.2, 1.7), (3000.0, 531.5, 1.7), (3000.0, 535.6, 2.6)):
        y += area * np.exp(-4 * np.log(2) * ((x - center) / width) ** 2) / (1.0645 * width)
    counts = rng.poisson(y).astype(float)
    made = spectra.from_arrays(x, counts, axis="binding_energy", counts=counts, technique="O 1s XPS")
    return xps.prepare(made, photon_energy=1486.6, reference="C 1s 284.8")


def test_an_absent_line_ends_at_its_bound_with_a_limit() -> None:
    """BO that is not there: every fit ends, at the bound or with an area of noise, and 3 sd is a limit that holds."""
    windows = {"BO": (531.5, 534.0), "NBO": (530.0, 532.2)}  # the limit of an absent line hangs on where it may lie
    for seed in range(6):
        data = oxygen_counts(seed, bridging=0.0)
        fit = spectra.fit(data, xps.model(data, ["BO", "NBO"], windows=windows), check=False)
        assert fit.status in ("ok", "at_bound")
        area, sd = fit.areas.value.sel(entry="bo").item(), fit.areas.sd.sel(entry="bo").item()
        assert 0 <= area < 4 * sd + 1e-9
        assert sd < 600  # at 1 eV from NBO, at widths of 1.7 eV, some hundred may pass from one to the other
        assert np.nanmax(fit.parameters.sd.values) < 1e6


@pytest.mark.parametrize("top", [535.0, 536.0, 545.0])
def test_a_range_that_ends_on_the_auger_line_keeps_it(top: float) -> None:
    pulls = []
    for seed in range(4):
        data = oxygen_counts(seed, bridging=500.0, top=top)
        model = xps.model(data, ["BO", "NBO"])
        assert "na_kl1l23" in [peak.name for peak in model.peaks]
        assert ("auger-cut-off" in [note.code for note in model.notes]) == (top < 538)
        fit = spectra.fit(data, model, check=False)
        assert fit.status in ("ok", "at_bound", "undetermined")
        area, sd = fit.areas.value.sel(entry="bo").item(), fit.areas.sd.sel(entry="bo").item()
        pulls.append((area - 500.0) / sd)
    assert max(map(abs, pulls)) < 4
    low = xps.model(oxygen_counts(0, bridging=500.0, top=531.6), ["NBO"])
    assert "na_kl1l23" not in [peak.name for peak in low.peaks]
