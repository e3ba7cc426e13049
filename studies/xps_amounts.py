"""Coverage of atomic ratios; ``python studies/xps_amounts.py N [FIRST [drawn]]`` prints rows of the table.

Simulated Na3PS3.4O0.6: regions of O 1s (BO, NBO and the sodium Auger line), P 2p, S 2p and Na 1s on a Shirley step,
each of 5 to 80 scans of 0.1 s a point, drawn anew in every draw. True sensitivity factors are drawn about the given
ones with the 5 % that the fit is told of. Lines are Gaussian, which is an end of the mixing that the fit leaves free,
and lie and are wide as PLACES says; with ``drawn`` the charge, places of BO and NBO, widths and Lorentzian parts are
drawn from what the fit takes of them, its priors and its ends. Counted is how often the ratios O/P, S/P and Na/P lie
inside their 95 % intervals; the second number is the sd of their pulls. Seeds are FIRST to FIRST + N - 1, a sample that
is not to be trusted is a miss.
"""

import sys
from collections.abc import Iterator

import numpy as np

import spectra
from spectra import xps
from spectra.models import Default
from spectra.shapes import shape_named
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
CHARGE_SD = PLACE_SD = 0.2
"""eV: of the reference, and of BO and NBO on it, as the fit takes them."""
WIDTHS = {"O 1s": (1.7, 0.4), "P 2p": (1.3, 0.4), "S 2p": (1.3, 0.4), "Na 1s": (1.5, 0.5), "Auger": (2.6, 0.8)}
WIDTH_ENDS, AUGER_ENDS = (0.6, 3.2), (1.2, 6.0)
MOST_LORENTZ, MOST_OF_AUGER = 0.6, 1.0
"""FWHM in eV with its sd and its ends, greatest Lorentzian part: as the fit takes them."""


def width(rng: np.random.Generator, mean: float, sd: float, ends: tuple[float, float]) -> float:
    """A width between its ends."""
    while not ends[0] < (found := float(rng.normal(mean, sd))) < ends[1]:
        pass
    return found


def lines_of(seed: int, level: str, drawn_too: bool) -> list[tuple[float, float, float, float]]:
    """Share, eV, FWHM and Lorentzian part of every line; the second line of a doublet is as the first."""
    rng = np.random.default_rng((seed, 1 + list(TRUTH).index(level)))
    charge = float(np.random.default_rng((seed, 0)).normal(0, CHARGE_SD))
    if not drawn_too:
        return [(*line, 0.0) for line in PLACES[level]]
    own = []
    for share, place, _ in PLACES[level]:
        moved = charge + (float(rng.normal(0, PLACE_SD)) if level == "O 1s" else 0.0)
        own.append((share, place + moved, width(rng, *WIDTHS[level], WIDTH_ENDS), float(rng.uniform(0, MOST_LORENTZ))))
    return [(*one[:2], *own[0][2:]) for one in own] if level in ("P 2p", "S 2p") else own


def auger_of(seed: int, drawn_too: bool) -> tuple[float, float, float, float]:
    """Rate x eV, eV, FWHM and Lorentzian part of the sodium Auger line."""
    if not drawn_too:
        return *AUGER, 0.0
    rng = np.random.default_rng((seed, 9))
    charge = float(np.random.default_rng((seed, 0)).normal(0, CHARGE_SD))
    wide = width(rng, *WIDTHS["Auger"], AUGER_ENDS)
    return AUGER[0], AUGER[1] + charge, wide, float(rng.uniform(0, MOST_OF_AUGER))


def drawn(seed: int, drawn_too: bool):
    """Regions of one sample."""
    rng, line = np.random.default_rng(seed), shape_named("pseudo_voigt")
    made = {}
    for level, amount in TRUTH.items():
        scans = float(rng.integers(5, 81))
        area = UNIT * amount * FACTORS[level] * rng.normal(1.0, SD)
        x = np.arange(*ENDS[level], 0.1)
        lines = sum(line(x, share * area, *how) for share, *how in lines_of(seed, level, drawn_too))
        lines = lines + line(x, *auger_of(seed, drawn_too)) if level == "O 1s" else lines
        rate = LEVEL + lines + STEP * 0.1 * np.cumsum(lines)
        counts = rng.poisson(rate * DWELL * scans).astype(float)
        region = spectra.from_arrays(
            x, counts, axis="binding_energy", counts=counts, technique=f"{level} XPS", intensity_unit="counts",
            dwell_time=DWELL, scans=scans, photon_energy=1486.6,
        )  # fmt: skip
        made[level] = region.assign_coords(monochromatic=True)
    return made


def rows(count: int, first: int, drawn_too: bool) -> Iterator[str]:
    """A row after every hundred draws: a run that is stopped has counted as far as its last row says."""
    factors = {level: Sensitivity(value, SD, "as drawn") for level, value in FACTORS.items()}
    truth = np.array([TRUTH[level] for level in ("O 1s", "S 2p", "Na 1s")])
    inside, pulls, failed = [], [], 0
    for seed in range(first, first + count):
        found = xps.sample(drawn(seed, drawn_too), LINES, reference=0.0, priors=OXYGEN, sensitivity=factors)
        ratios = found.amounts.propagate(lambda v: v[[0, 2, 3]] / v[1], ["O", "S", "Na"])
        pull = (ratios.value.values - truth) / ratios.sd.values
        failed += not found.status.trusted
        ends = ratios.interval(0.95).values
        inside.append((ends[:, 0] <= truth) & (truth <= ends[:, 1]) & found.status.trusted)
        pulls.append(pull)
        if (seed + 1 - first) % 100 == 0 or seed + 1 == first + count:
            covered, spread = 100 * np.mean(inside, axis=0), np.std(pulls, axis=0)
            told = " | ".join(f"{one:.2f} %, {wide:.3f}" for one, wide in zip(covered, spread, strict=True))
            yield f"| {first} | {len(inside)} | {failed} | {told} | {np.mean(covered):.1f} % |"


if __name__ == "__main__":
    for line in rows(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0, sys.argv[3:] == ["drawn"]):
        print(line, flush=True)
