"""False alarms and detections of the rule of misfit; ``python studies/misfit.py N [FIRST]`` prints misfit.md's table.

Perfect spectra of four axes with noise that is white, smoothed (Savitzky-Golay, 9 points), zero-filled to twice its
length, apodised (Gaussian of 4 points) or Poisson, at signal-to-noise ratios of 10 to 1000; the same with a line of
10 % of the highest that the model leaves out, and with a spike of twice the highest in one point. The noise of all is
estimated. The spectra are those of tests/test_spectra_misfit.py.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import test_spectra_misfit as cases

import spectra
from shortrange_core import Status


def row(axis: str, kind: str, count: int, first: int) -> str:
    """Shares of said and of failed fits: perfect, line left out, spike."""
    told = {"perfect": [0, 0], "line": [0, 0], "spike": [0, 0]}
    for seed in range(first, first + count):
        perfect, model = cases.simulated(axis, kind, seed)
        spiked = perfect.copy(deep=True)
        spiked["intensity"][spiked.sizes[axis] // 3] += 2 * float(perfect["intensity"].max())
        data = {"perfect": perfect, "line": cases.simulated(axis, kind, seed, extra=0.1)[0], "spike": spiked}
        for name, spectrum in data.items():
            found = spectra.fit(spectrum, model, check=False)
            told[name][0] += any(note.code == "misfit" for note in found.notes)
            told[name][1] += found.status is Status.MISFIT
    return " | ".join([axis, kind, *(f"{said} / {failed}" for said, failed in told.values())])


if __name__ == "__main__":
    count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    for axis, kind in cases.CASES + cases.COUNTED:
        print("|", row(axis, kind, count, first), "|", flush=True)
