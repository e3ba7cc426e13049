"""O 1s of a glass whose model is wrong in one thing: covered or said. ``python studies/xps_oxygen.py N [FIRST]``.

Simulated O 1s regions of BO (532.5 eV) and NBO (530.8 eV), the share of BO drawn from 0.2 to 0.8, 9000 counts eV in
all on 300 counts a point, the axis off by a draw of its charge reference (0.2 eV). The fit knows BO and NBO as
published and nothing else. Cases: ``clean``; ``carbonate`` (531.9 eV) or ``hydroxide`` (531.3 eV) of a quarter of the
glass's oxygen; ``auger``, a sodium Auger line of half of it that the model has, and ``auger left out`` that it has not;
``separation``, BO and NBO 1.2 eV apart in place of 1.7. A case with ``let in`` gives the model a line of that surface
species. Counted are draws whose 95 % interval of BO/(BO + NBO) holds the truth, draws where the fit is no result or a
warning says that something is wrong, draws that are neither, and the median width of the interval where nothing is
said.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import test_spectra_xps_evidence as cases

import reference_peaks
import spectra
from spectra import xps

BO, NBO, APART, AREA, CHARGE_SD = 530.8 + 1.7, 530.8, 1.7, 9000.0, 0.2
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


def rows(count: int, first: int) -> Iterator[str]:
    """One row a case."""
    for case in (*CASES, *LET_IN):
        inside, said, widths = [], [], []
        codes: dict[str, int] = {}
        for seed in range(first, first + count):
            found, share, told = drawn(seed, case)
            ratio = found.areas.where(assignment=["BO", "NBO"]).propagate(lambda v: v[0] / v.sum(), ["share"])
            low, high = ratio.interval(0.95).values[0]
            inside.append(low <= share <= high)
            said.append(not found.status.trusted or bool(told))
            widths += [] if said[-1] else [high - low]
            for code in told:
                codes[code] = codes.get(code, 0) + 1
        neither = sum(not a and not b for a, b in zip(inside, said, strict=True))
        width = f"{np.median(widths):.2f}" if widths else "-"
        often = ", ".join(f"{code} {number}" for code, number in sorted(codes.items(), key=lambda one: -one[1])[:3])
        yield f"| {case} | {count} | {sum(inside)} | {sum(said)} | {neither} | {width} | {often} |"


if __name__ == "__main__":
    for line in rows(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0):
        print(line, flush=True)
