"""A simulated sample of five regions, and its fit."""

import numpy as np
import xps_regions_by_hand as cases

import spectra
from spectra.xps import Region, Sensitivity

FACTORS = {
    level: Sensitivity(value, 0.05, "stated for this test")
    for level, value in {"C 1s": 1.0, "O 1s": 2.93, "P 2p": 1.192, "S 2p": 1.677, "Na 1s": 8.52}.items()
}


LINES = {
    "C 1s": ["carbon"],
    "O 1s": ["BO", "NBO"],
    "P 2p": Region(["P:S4"], windows={"P:S4": (130.5, 133.0)}),
    "S 2p": Region(["terminal"], windows={"terminal": (160.0, 163.0)}),
    "Na 1s": Region(["Na"], windows={"Na": (1070.0, 1073.0)}),
}


def counted(level, lines, low, high, seed, *, scans, shift=0.0):
    """A region whose lines are rates: counted for 0.1 s a point and scan."""
    x = np.arange(low, high, 0.1)
    y = 30 + sum(cases.gauss(x, area, center + shift, fwhm) for area, center, fwhm in lines)
    counts = np.random.default_rng(seed).poisson(y * 0.1 * scans).astype(float)
    made = spectra.from_arrays(
        x, counts, axis="binding_energy", counts=counts, technique=f"{level} XPS", intensity_unit="counts",
        dwell_time=0.1, scans=float(scans), photon_energy=1486.6, sample="glass",
    )  # fmt: skip
    return made.assign_coords(monochromatic=True)


def glass(
    seed, *, shift=0.7, phosphorus=(1.0, 131.7), product=0.0, phosphorus_moves=0.0, scans=(10, 40, 60, 20, 5), images=()
):
    """Regions of Na3PS3.4O0.6 under 0.8 carbon a P: areas are amounts times factors times 400 counts/s eV.

    ``images`` are satellites of every line: eV below it, and share of it.
    """
    unit = 400.0
    area = {"C": 0.8 * unit, "O": 0.6 * unit * 2.93, "P": unit * 1.192, "S": 3.4 * unit * 1.677, "Na": 3 * unit * 8.52}
    share, place = phosphorus
    p = cases.doublet(share * (1 - product) * area["P"] / 1.5, place + phosphorus_moves)
    p += cases.doublet(product * area["P"] / 1.5, place - 4.2) if product else []
    made = (
        ("C 1s", [(area["C"], 284.8, 1.3)], 279.0, 293.0),
        ("O 1s", [(0.5 * area["O"], 532.6, 1.6), (0.5 * area["O"], 530.9, 1.6)], 525.0, 542.0),
        ("P 2p", p, 122.0, 142.0),
        ("S 2p", cases.doublet(area["S"] / 1.5, 161.4, split=1.18), 154.0, 172.0),
        ("Na 1s", [(area["Na"], 1071.5, 1.5)], 1064.0, 1079.0),
    )
    return {
        level: counted(
            level,
            [
                *lines,
                *((share * area, center - below, width) for area, center, width in lines for below, share in images),
            ],
            low,
            high,
            10 * seed + number,
            scans=scans[number],
            shift=shift,
        )
        for number, (level, lines, low, high) in enumerate(made)
    }
