"""False alarms and detections of the rule of misfit; ``python studies/misfit.py N [FIRST]`` prints misfit.md's table.

Perfect spectra of four axes with noise that is white, smoothed (Savitzky-Golay, 9 points), zero-filled to twice its
length, apodised (Gaussian of 4 points) or Poisson, at signal-to-noise ratios of 10 to 1000; the same with a line of
10 % of the highest that the model leaves out, and with a spike of twice the highest in one point. The noise of all is
estimated. The spectra are those of tests/test_spectra_misfit.py. Detections of the line are counted by lambda, the
squared residual that is left after the fit in units of the noise, points that are alike counted as one: the same draw
of noise without the line is taken away.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import test_spectra_misfit as cases

import spectra
from shortrange_core import Status

TOGETHER = {"white": 1.0, "smoothed": 4.0, "filled": 2.0, "apodised": 14.2}
"""Points that count as one: from the filters themselves."""
BANDS = (0.0, 25.0, 50.0, 100.0, 400.0, np.inf)


def judged(spectrum, model):
    """If the fit says misfit, if it has its status, and its residuals."""
    found = spectra.fit(spectrum, model, check=False)
    return any(note.code == "misfit" for note in found.notes), found.status is Status.MISFIT, residual(found)


def residual(found):
    """Data less model."""
    return found.spectrum["intensity"].values - found.compiled().evaluate(np.asarray(found.values))


def row(axis: str, kind: str, count: int, first: int) -> str:
    """Said and failed fits: perfect, spike; detections of the line by its lambda."""
    told = {"perfect": [0, 0], "spike": [0, 0]}
    bands = [[0, 0] for _ in BANDS[1:]]
    for seed in range(first, first + count):
        perfect, model = cases.simulated(axis, kind, seed)
        spiked = perfect.copy(deep=True)
        spiked["intensity"][spiked.sizes[axis] // 3] += 2 * float(perfect["intensity"].max())
        left = {}
        for name, spectrum in {"perfect": perfect, "spike": spiked}.items():
            said, failed, left[name] = judged(spectrum, model)
            told[name][0] += said
            told[name][1] += failed
        said, _, missed = judged(*cases.simulated(axis, kind, seed, extra=0.1))
        size = _lambda(kind, missed, left["perfect"])
        band = int(np.searchsorted(BANDS, size, side="right")) - 1
        bands[band][0] += said
        bands[band][1] += 1
    shares = [f"{said} of {total}" if total else "" for said, total in bands]
    return " | ".join([axis, kind, *(f"{said} / {failed}" for said, failed in told.values()), *shares])


def _lambda(kind, missed, perfect) -> float:
    if kind == "poisson":  # two draws: the noise of both is taken away
        return max(float(np.var(missed) / np.var(perfect) - 1) * perfect.size, 0.0)
    return float(np.sum((missed - perfect) ** 2) / np.var(perfect) / TOGETHER[kind])


if __name__ == "__main__":
    count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    for axis, kind in cases.CASES + cases.COUNTED:
        print("|", row(axis, kind, count, first), "|", flush=True)
