"""Coverage of atomic ratios; ``python studies/xps_amounts.py N [FIRST]`` prints rows of the table.

Simulated Na3PS3.4O0.6: regions of O 1s (BO, NBO and the sodium Auger line), P 2p, S 2p and Na 1s on a Shirley step,
each of 5 to 80 scans of 0.1 s a point, drawn anew in every draw. True sensitivity factors are drawn about the given
ones with the 5 % that the fit is told of. Counted is how often the ratios O/P, S/P and Na/P lie inside their 95 %
intervals; the second number is the sd of their pulls. Seeds are FIRST to FIRST + N - 1, a sample that is not to be
trusted is a miss.
"""

import sys
from collections.abc import Iterator

import numpy as np

import spectra
from spectra import xps
from spectra.models import Default
from spectra.shapes import gaussian
from spectra.xps import Region, Sensitivity

SD = 0.05
TRUTH = {"O 1s": 0.6, "P 2p": 1.0, "S 2p": 3.4, "Na 1s": 3.0}
FACTORS = {"O 1s": 2.93, "P 2p": 1.192, "S 2p": 1.677, "Na 1s": 8.52}
PLACES = {  # share of the area, eV, FWHM
    "O 1s": ((0.5, 532.6, 1.6), (0.5, 530.9, 1.6)),
    "P 2p": ((2 / 3, 131.7, 1.3), (1 / 3, 132.55, 1.3)),
    "S 2p": ((2 / 3, 161.4, 1.3), (1 / 3, 162.58, 1.3)),
    "Na 1s": ((1.0, 1071.5, 1.5),),
}
AUGER = (150.0, 535.6, 2.6)
"""Area in counts/s x eV, place and width of Na KL1L23 under O 1s."""
ENDS = {"O 1s": (525.0, 545.0), "P 2p": (126.0, 138.0), "S 2p": (155.0, 168.0), "Na 1s": (1065.0, 1078.0)}
LINES = {
    "O 1s": Region(["BO", "NBO"]),
    "P 2p": Region(["P"], windows={"P": (130.5, 133.0)}),
    "S 2p": Region(["S"], windows={"S": (160.0, 163.0)}),
    "Na 1s": Region(["Na"], windows={"Na": (1070.0, 1073.0)}),
}
OXYGEN = {"O 1s": {"BO": Default(532.6, 0.2, "as drawn"), "NBO": Default(530.9, 0.2, "as drawn")}}
UNIT, LEVEL, DWELL = 400.0, 60.0, 0.1
STEP = 0.02
"""1/eV: Shirley's k."""


def drawn(seed: int):
    """Regions of one sample."""
    rng = np.random.default_rng(seed)
    made = {}
    for level, amount in TRUTH.items():
        scans = float(rng.integers(5, 81))
        area = UNIT * amount * FACTORS[level] * rng.normal(1.0, SD)
        x = np.arange(*ENDS[level], 0.1)
        lines = sum(gaussian(x, share * area, place, fwhm) for share, place, fwhm in PLACES[level])
        lines = lines + gaussian(x, *AUGER) if level == "O 1s" else lines
        rate = LEVEL + lines + STEP * 0.1 * np.cumsum(lines)
        counts = rng.poisson(rate * DWELL * scans).astype(float)
        region = spectra.from_arrays(
            x, counts, axis="binding_energy", counts=counts, technique=f"{level} XPS", intensity_unit="counts",
            dwell_time=DWELL, scans=scans, photon_energy=1486.6,
        )  # fmt: skip
        made[level] = region.assign_coords(monochromatic=True)
    return made


def rows(count: int, first: int) -> Iterator[str]:
    """A row after every hundred draws: a run that is stopped has counted as far as its last row says."""
    factors = {level: Sensitivity(value, SD, "as drawn") for level, value in FACTORS.items()}
    truth = np.array([TRUTH[level] for level in ("O 1s", "S 2p", "Na 1s")])
    inside, pulls, failed = [], [], 0
    for seed in range(first, first + count):
        found = xps.sample(drawn(seed), LINES, reference=0.0, priors=OXYGEN, sensitivity=factors)
        ratios = found.amounts.propagate(lambda v: v[[0, 2, 3]] / v[1], ["O", "S", "Na"])
        pull = (ratios.value.values - truth) / ratios.sd.values
        failed += not found.status.trusted
        ends = ratios.interval(0.95).values
        inside.append((ends[:, 0] <= truth) & (truth <= ends[:, 1]) & found.status.trusted)
        pulls.append(pull)
        if (seed + 1 - first) % 100 == 0 or seed + 1 == first + count:
            covered, spread = 100 * np.mean(inside, axis=0), np.std(pulls, axis=0)
            told = " | ".join(f"{one:.1f} %, {wide:.3f}" for one, wide in zip(covered, spread, strict=True))
            yield f"| {first} | {len(inside)} | {failed} | {told} | {np.mean(covered):.1f} % |"


if __name__ == "__main__":
    for line in rows(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0):
        print(line, flush=True)
