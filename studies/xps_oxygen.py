"""O 1s of a glass whose model is wrong in one thing: covered or said. ``python studies/xps_oxygen.py N [FIRST]``.

Simulated O 1s regions of BO (532.5 eV) and NBO (530.8 eV), the share of BO drawn from 0.2 to 0.8, 9000 counts eV in
all on 300 counts a point, the axis off by a draw of its charge reference (0.2 eV). The fit knows BO and NBO as
published and nothing else. Cases: ``clean``; ``carbonate`` (531.9 eV) or ``hydroxide`` (531.3 eV) of a quarter of the
glass's oxygen; ``auger``, a sodium Auger line of half of it that the model has, and ``auger left out`` that it has not;
``separation``, BO and NBO 1.2 eV apart in place of 1.7. A case with ``let in`` gives the model a line of that surface
species. Counted are draws whose 95 % interval of BO/(BO + NBO) holds the truth, draws where the fit is no result or a
warning says that something is wrong, draws that are neither, and the median width of the interval where nothing is
said.

``with C 1s`` and ``with C 1s and O/P`` ask the same of a sample whose other regions were measured: C 1s with carbonate
at 289.6 eV, one carbon for three of its oxygens, and P 2p of a glass with O/P = 0.6, whose composition is stated in the
latter. Sensitivity factors are wrong by draws of the 5 % that are stated of them. Counted then is the range
(``xps.bridging_range``) in place of the interval.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import test_spectra_xps_evidence as cases

import reference_peaks
import spectra
from spectra import xps

BO, NBO, APART, AREA, CHARGE_SD = 530.8 + 1.7, 530.8, 1.7, 9000.0, 0.2
RATIO, FACTOR_SD, FACTORS = 0.6, 0.05, {"O 1s": 2.93, "C 1s": 1.0, "P 2p": 1.192}
WAYS = ("O 1s alone", "with C 1s", "with C 1s and O/P")
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
    model = xps.model(ready, ["BO", "NBO"], priors=PRIORS, sodium=case != "auger left out", surface=surface.split()[:1])
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


def answered(seed: int, case: str, way: str) -> tuple[float, float, float, bool, set[str]]:
    """Ends of what is given for the share of BO, the share, whether the fit is a result, and codes of warnings."""
    if way != WAYS[0]:
        whole, share, told = sampled(seed, case, RATIO if way == WAYS[2] else None)
        trusted = whole.fits["O 1s"].status.trusted
        return whole.bridging.lower, whole.bridging.upper, share, trusted, told
    found, share, told = drawn(seed, case)
    ratio = found.areas.where(assignment=["BO", "NBO"]).propagate(lambda v: v[0] / v.sum(), ["share"])
    low, high = ratio.interval(0.95).values[0]
    return low, high, share, found.status.trusted, told


def rows(count: int, first: int) -> Iterator[str]:
    """One row a case."""
    asked = [(case, WAYS[0]) for case in (*CASES, *LET_IN)]
    for case, way in (*asked, *((case, way) for way in WAYS[1:] for case in CASES[:3])):
        inside, said, widths = [], [], []
        codes: dict[str, int] = {}
        for seed in range(first, first + count):
            low, high, share, trusted, told = answered(seed, case, way)
            inside.append(low <= share <= high)
            said.append(not trusted or bool(told))
            widths += [] if said[-1] else [high - low]
            for code in told:
                codes[code] = codes.get(code, 0) + 1
        neither = sum(not a and not b for a, b in zip(inside, said, strict=True))
        width = f"{np.median(widths):.2f}" if widths else "-"
        often = ", ".join(f"{code} {number}" for code, number in sorted(codes.items(), key=lambda one: -one[1])[:3])
        yield f"| {case} | {way} | {count} | {sum(inside)} | {sum(said)} | {neither} | {width} | {often} |"


if __name__ == "__main__":
    for line in rows(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0):
        print(line, flush=True)
