"""Coverage of NMR areas where a phase error was left in the spectrum, with and without a phase in the model.

Spectra come from the second simulator: one glass at x = 0.6, S/N 400, the fractions of the shipped example, shifts,
widths and tensors drawn from the priors of the fits, a phase error of zero order of 0, 1, 2, 3 or 5 degrees.
Counted is whether the 95 % interval of every relative area (area over the sum of all) holds the truth.

    python -m studies.phase_calibration --number 20
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator, Sequence

import numpy as np

import reference_peaks
import spectra
from studies.second_simulator import nmr
from studies.second_simulator.series import simulate
from studies.second_simulator.settings import Settings, numbers, settings

PHASES = (0.0, 1.0, 2.0, 3.0, 5.0)
REACH = 1.959964
SIGNAL_TO_NOISE = 400.0


def spectrum_of(made: Settings, seed: int, phase: float):
    """One spectrum ready for its model, and the true weight of every line."""
    series = simulate(made, seed)
    glass = series.glasses[-1]
    rng = np.random.default_rng((seed, 1))
    parameters = {**glass.parameters["31P NMR"], "phase": phase * rng.choice([-1.0, 1.0])}
    axis, intensity, _ = nmr.measure(made, glass.amounts, parameters, series.spectrometer, rng)
    raw = spectra.from_arrays(axis, intensity, axis="chemical_shift", technique="31P NMR")
    ready = spectra.nmr.prepare(
        raw,
        reference=numbers()["constants"]["shift_scale"],
        spinning_rate=float(series.spectrometer.rate),
        larmor_frequency=series.spectrometer.larmor,
        recycle_delay=np.inf,
    )
    return ready, nmr.weights(made, glass.amounts, parameters)


def compared(ready, truth: dict[str, float], phase_sd: float):
    """By line: estimate less truth, and sd, of the relative area; the phase that was found."""
    lines = numbers()["nmr"]["lines"]
    priors = reference_peaks.load().priors("31P NMR", lines, cation="Na", phase="glass", scale="NaH2PO4")
    windows = {line: tuple(ends) for line, ends in numbers()["windows"]["31P NMR"].items()}
    model = spectra.nmr.model(ready, lines, priors=priors, windows=windows, phase_sd=phase_sd)
    fit = spectra.fit(ready, model, restarts=0, rng=np.random.default_rng(1), check=False)
    areas = [entry for entry, text in zip(fit.areas.entries, fit.areas.facets["assignment"], strict=True) if text]
    texts = [text for text in fit.areas.facets["assignment"] if text]
    shares = fit.areas.select(areas).propagate(lambda values: list(values / np.sum(values)), texts)
    total = sum(truth.values())
    weight = [sum(truth.get(name, 0.0) for name in text.split(" + ")) / total for text in texts]
    return texts, shares.value.values - weight, shares.sd.values, fit


def rows_of(number: int, phases: Sequence[float] = PHASES, arm: str = "example") -> Iterator[str]:
    """Coverage and median sd of every line, by phase error, without and with a phase in the model: rows of a table."""
    made = settings(arm)
    numbers()["nmr"]["signal_to_noise"] = ["loguniform", SIGNAL_TO_NOISE, SIGNAL_TO_NOISE + 1]
    yield "| phase / degrees | phase in the model | coverage | 4 se | P:S4 + P:S3O | P:S3/O | chi2/dof | s a fit |"
    yield "|---|---|---|---|---|---|---|---|"
    for phase in phases:
        cases = [spectrum_of(made, seed, phase) for seed in range(number)]
        for sd in (0.0, 2.0):
            started = time.process_time()
            found = [compared(ready, truth, sd) for ready, truth in cases]
            seconds = (time.process_time() - started) / number
            yield _row(phase, sd, found, seconds)


def _row(phase: float, sd: float, found: list, seconds: float) -> str:
    inside = np.array([np.abs(off) <= REACH * sds for _, off, sds, _ in found])
    coverage = inside.mean()
    error = inside.mean(axis=1).std() / np.sqrt(len(found))
    texts = found[0][0]
    widths = []
    for name in ("P:S4 + P:S3O", "P:S3/O"):
        at = texts.index(name)
        off, sds = np.array([o[at] for _, o, _, _ in found]), np.array([s[at] for _, _, s, _ in found])
        hit = np.mean(np.abs(off) <= REACH * sds)
        widths.append(f"{off.mean():+.4f}, sd {np.nanmedian(sds):.4f}, {hit:.2f}")
    quality = np.median([fit.chi2 / fit.dof for *_, fit in found])
    model = "yes" if sd else "no"
    return (
        f"| {phase:g} | {model} | {coverage:.3f} | {4 * error:.3f} | {' | '.join(widths)} | {quality:.2f} | "
        f"{seconds:.1f} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=20)
    parser.add_argument("--phases", type=float, nargs="+", default=PHASES, help="degrees")
    given = parser.parse_args()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for row in rows_of(given.number, given.phases):
            print(row, flush=True)


if __name__ == "__main__":
    main()
