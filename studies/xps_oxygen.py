"""O 1s of a glass whose model is wrong in one thing: covered or said. ``python studies/xps_oxygen.py N [FIRST]``.

``python studies/xps_oxygen.py N FIRST ranges`` prints how far O 1s alone lets the share go with a surface line let in.

Simulated O 1s regions of BO (532.5 eV) and NBO (530.8 eV), the share of BO drawn from 0.2 to 0.8, 9000 counts eV in
all on 300 counts a point, the axis off by a draw of its charge reference (0.2 eV). The fit knows BO and NBO as
published and nothing else. Cases: ``clean``; ``carbonate`` (531.9 eV) or ``hydroxide`` (531.3 eV) of a quarter of the
glass's oxygen; ``auger``, a sodium Auger line of half of it that the model has, and ``auger left out`` that it has not;
``separation``, BO and NBO 1.2 eV apart in place of 1.7. A case with ``let in`` gives the model a line of that surface
species. ``with C 1s`` and ``with C 1s and O/P`` are samples whose other regions were measured: C 1s with carbonate at
289.6 eV, one carbon for three of its oxygens, and P 2p of a glass with O/P = 0.6, whose composition is stated in the
latter. Sensitivity factors are wrong by draws of the 5 % that are stated of them. ``a fifth stated`` is O 1s alone with
``surface_oxygen`` = 0.2, what carbonate and hydroxide have.

Counted is what is shown first of BO/(BO + NBO), the 95 % range of ``xps.bridging_range``: draws where it is called
undetermined, draws where it is a number and holds the truth, draws where the fit is no result or a warning says that
something is wrong, draws that are none of these, and the median width of the range where it is a number and nothing is
said. Behind it stand how often the narrower ones that are shown second, on a condition, hold the truth: that of all
oxygen being the glass's, and that of carbonate being all of the surface, with their median widths.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import test_spectra_xps_evidence as cases

import reference_peaks
import spectra
from spectra import xps
from spectra.models import Parameter

BO, NBO, APART, AREA, CHARGE_SD = 530.8 + 1.7, 530.8, 1.7, 9000.0, 0.2
RATIO, FACTOR_SD, FACTORS = 0.6, 0.05, {"O 1s": 2.93, "C 1s": 1.0, "P 2p": 1.192}
WAYS = ("O 1s alone", "with C 1s", "with C 1s and O/P")
STATED_WAY, STATED = "O 1s alone, a fifth stated", 0.2
LET_IN_PLACE, SHARES = (530.3, 533.5), np.linspace(0, 0.999999, 21)
OUTCOMES = ("undetermined", "covered", "said", "none")
CASES = ("clean", "carbonate", "hydroxide", "auger", "auger left out", "separation")
LET_IN = ("clean, carbonate let in", "carbonate, carbonate let in", "hydroxide, hydroxide let in")
SURFACE = {"carbonate": 531.9, "hydroxide": 531.3}
PRIORS = reference_peaks.load().places("O 1s XPS", ["BO", "NBO"], cation="Na", phase="glass")


def drawn(seed: int, case: str) -> tuple[spectra.Fit, float, set[str]]:
    """The fit of one draw, the true share of BO, and the codes of what is said of it."""
    case, _, surface = case.partition(", ")
    rng = np.random.default_rng(seed)
    share, shift = float(rng.uniform(0.2, 0.8)), float(rng.normal(0, CHARGE_SD))
    apart = 1.2 if case == "separation" else APART
    lines = [(share * AREA, NBO + apart, 1.5), ((1 - share) * AREA, NBO, 1.5)]
    lines += [(AREA / 4, SURFACE[case], 1.5)] if case in SURFACE else []
    lines += [(AREA / 2, 535.6, 2.6)] if case.startswith("auger") else []
    region = cases.region(lines, 524.0, 542.0, "O 1s XPS", seed, shift).assign_coords(monochromatic=True)
    ready = xps.prepare(region, photon_energy=1486.6, charge_shift=0.0, charge_sd=CHARGE_SD)
    told = {"sodium": case != "auger left out", "surface": surface.split()[:1], "elements": ["P"]}
    model = xps.model(ready, ["BO", "NBO"], priors=PRIORS, **told)
    found = spectra.fit(ready, model, check=False)
    notes = [*found.notes, *xps.separation(found)[1]]
    return found, share, {note.code for note in notes if note.severity.value != "info"}


def sampled(seed: int, case: str, composition: float | None) -> tuple[xps.Sample, float, set[str]]:
    """The sample of one draw with all of its regions, the true share of BO, and the codes of what is said of it."""
    rng = np.random.default_rng((seed, 1))
    share, shift = float(rng.uniform(0.2, 0.8)), float(rng.normal(0, CHARGE_SD))
    off = {level: 1 + FACTOR_SD * float(rng.normal()) for level in FACTORS}
    foreign = AREA / 4 if case in SURFACE else 0.0
    oxygen = [(share * AREA, BO, 1.5), ((1 - share) * AREA, NBO, 1.5), (foreign, SURFACE.get(case, BO), 1.5)]
    per_oxygen = {level: FACTORS[level] / FACTORS["O 1s"] * off[level] / off["O 1s"] for level in FACTORS}
    carbonate = foreign / 3 * per_oxygen["C 1s"] if case == "carbonate" else 0.0
    lines = {
        "O 1s": (oxygen, 524.0, 542.0),
        "C 1s": ([(6000.0, 284.8, 1.3), (900.0, 286.3, 1.4), (carbonate, 289.6, 1.4)], 278.0, 294.0),
        "P 2p": (cases.doublet(AREA / RATIO * per_oxygen["P 2p"] / 1.5, 131.7), 124.0, 140.0),
    }
    regions = {
        level: cases.region(own, low, high, f"{level} XPS", 3 * seed + number, shift).assign_coords(monochromatic=True)
        for number, (level, (own, low, high)) in enumerate(lines.items())
    }
    asked = {"O 1s": ["BO", "NBO"], "P 2p": xps.Region(["P:S4"], windows={"P:S4": (130.5, 133.0)})}
    asked["C 1s"] = xps.Region(["carbon", "ether"], windows={"carbon": (284, 285.6), "ether": (285.8, 287.4)})
    asked["C 1s"] = replace(asked["C 1s"], window=(280.0, 288.0))
    found = xps.sample(
        regions, asked, reference=0.0, reference_sd=CHARGE_SD, photon_energy=1486.6, priors={"O 1s": PRIORS},
        sensitivity={level: xps.Sensitivity(one, FACTOR_SD, "stated here") for level, one in FACTORS.items()},
        oxygen_per_phosphorus=composition,
    )  # fmt: skip
    notes = [*found.fits["O 1s"].notes, *found.notes]
    return found, share, {note.code for note in notes if note.severity.value != "info"}


@dataclass(frozen=True)
class Answer:
    """What is given for the share of BO in one draw.

    ``first`` is the range that is shown first, ``plain`` the interval if all oxygen is the glass's, ``alone`` the range
    if carbonate is all of the surface; empty where there is none.
    """

    truth: float
    first: tuple[float, float]
    plain: tuple[float, float]
    alone: tuple[float, ...]
    limited: bool
    trusted: bool
    told: set[str]

    def holds(self, ends: tuple[float, ...]) -> bool:
        """Whether a range holds the truth."""
        return bool(ends) and ends[0] <= self.truth <= ends[1]

    @property
    def outcome(self) -> str:
        """The first of what can be counted of it that it is."""
        if not self.trusted or self.told:
            return "said"
        if not self.limited:
            return "undetermined"
        return "covered" if self.holds(self.first) else "none"


def answered(seed: int, case: str, way: str) -> Answer:
    """What is given for the share of BO in one draw."""
    if way in (WAYS[0], STATED_WAY):
        oxygen, share, told = drawn(seed, case)
        found = xps.bridging_range(oxygen, surface_oxygen=STATED if way == STATED_WAY else None)
    else:
        whole, share, told = sampled(seed, case, RATIO if way == WAYS[2] else None)
        oxygen, found = whole.fits["O 1s"], whole.bridging
    (low, high), trusted = found.share.interval(0.95).values[0], oxygen.status.trusted
    first, alone = (found.lower, found.upper), found.carbonate_alone
    return Answer(share, first, (low, high), alone, bool(found.limited_by), trusted, told)


def let_in_range(oxygen: spectra.Fit) -> tuple[float, float]:
    """Least and greatest of 21 shares of BO at which a fit with one line of a surface, as wide as it likes, is as good.

    As good: chi2 rises by less than 3.84 above the best of them. The line lies where the library has hydroxide.
    """
    place = Parameter("surface_center", np.mean(LET_IN_PLACE), *LET_IN_PLACE, peak="surface", quantity="center")
    bo = next(line for line in oxygen.model.peaks if line.name == "bo")
    own = [replace(one, name=f"surface_{one.quantity}", peak="surface") for one in bo.parameters]
    own = [place if one.quantity == "center" else one for one in own]
    line = replace(bo, name="surface", assignment="", parameters=tuple(own))
    model = replace(oxygen.model, peaks=(*oxygen.model.peaks[:2], line, *oxygen.model.peaks[2:]))
    region = oxygen.spectrum.drop_vars("counts").assign(noise=("binding_energy", oxygen.noise))
    region = region.assign_coords(noise_source="given")
    chi2 = []
    for share in SHARES:
        link = f"bo_area = {share / (1 - share):.6g}*nbo_area"
        link = link if share <= 0.5 else f"nbo_area = {(1 - share) / share:.6g}*bo_area"
        chi2.append(spectra.fit(region, replace(model, links=(*model.links, link)), check=False).chi2)
    good = SHARES[np.array(chi2) - min(chi2) < 3.84]
    return float(good.min()), float(good.max())


def rows(count: int, first: int) -> Iterator[str]:
    """One row a case."""
    asked = [(case, WAYS[0]) for case in (*CASES, *LET_IN)] + [(case, STATED_WAY) for case in CASES[:3]]
    for case, way in (*asked, *((case, way) for way in WAYS[1:] for case in CASES[:3])):
        found = [answered(seed, case, way) for seed in range(first, first + count)]
        outcomes = [one.outcome for one in found]
        counts = " | ".join(str(outcomes.count(one)) for one in OUTCOMES)
        codes = Counter(code for one in found for code in one.told)
        often = ", ".join(f"{code} {number}" for code, number in codes.most_common(3))
        numbers = [one for one in found if one.outcome in ("covered", "none")]
        width = f"{np.median([one.first[1] - one.first[0] for one in numbers]):.2f}" if numbers else "-"
        second = " | ".join(_second(found, [getattr(one, name) for one in found]) for name in ("plain", "alone"))
        yield f"| {case} | {way} | {counts} | {width} | {second} | {often} |"


def _second(found: list[Answer], ends: list[tuple[float, ...]]) -> str:
    """How often ranges hold the truth, and their median width."""
    there = [(one, pair) for one, pair in zip(found, ends, strict=True) if pair]
    if not there:
        return "-"
    return f"{sum(one.holds(pair) for one, pair in there)}, {np.median([pair[1] - pair[0] for _, pair in there]):.2f}"


def ranges(count: int, first: int) -> Iterator[str]:
    """How far O 1s alone lets the share go, for one case a row."""
    for case in CASES[:3]:
        found = [let_in_range(drawn(seed, case)[0]) for seed in range(first, first + count)]
        yield f"| {case} | " + ", ".join(f"{low:.2f} to {high:.2f}" for low, high in found) + " |"


if __name__ == "__main__":
    how = ranges if sys.argv[3:] == ["ranges"] else rows
    for line in how(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0):
        print(line, flush=True)
