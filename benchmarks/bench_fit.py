"""Fits of six pseudo-Voigts on a line, 2048 points, 26 free parameters: one spectrum, and a thousand.

    OMP_NUM_THREADS=1 python benchmarks/bench_fit.py [--spectra 1000] [--peers 20] [--csv FILE]

Every solver has the same data, starts, bounds and tolerance (1e-10) and one core. Times are processor times, taken in
turns in one run. The floor of a fit is the number of evaluations that ours needed times one evaluation of shapes and
derivatives by the plain numpy kernel of this file. Needs the extras bench and fast.
"""

from __future__ import annotations

import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor

os.environ.setdefault("OMP_NUM_THREADS", "1")

import dask
import figures
import lmfit
import numpy as np
from iminuit import Minuit
from scipy.optimize import least_squares

import spectra
from spectra import Model, backgrounds, peak

CENTERS = np.array([3.0, 32.0, 63.0, 82.0, 95.0, 108.0])
X = np.linspace(-60.0, 170.0, 2048)
LINE = np.linspace(-1.0, 1.0, X.size)
NOISE = 0.05
GROUP = 25
LN2 = np.log(2)
SIGNS = np.array([1, -1, 1, -1, 1, -1])
LOWER = np.concatenate([np.column_stack([np.zeros(6), CENTERS - 8, np.ones(6), np.zeros(6)]).ravel(), [-np.inf] * 2])
UPPER = np.concatenate(
    [np.column_stack([np.full(6, 1e4), CENTERS + 8, np.full(6, 40.0), np.ones(6)]).ravel(), [np.inf] * 2]
)
EASY = np.concatenate(
    [np.column_stack([np.full(6, 50.0), CENTERS + 1, np.full(6, 10.0), np.full(6, 0.5)]).ravel(), [0.5, 0]]
)
HARD = np.concatenate(
    [np.column_stack([np.full(6, 50.0), CENTERS + 3 * SIGNS, np.full(6, 16.0), np.full(6, 0.5)]).ravel(), [0.5, 0]]
)


def plain(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The plain kernel: value and all 26 derivatives, peak by peak."""
    jacobian = np.empty((26, X.size))
    total = np.zeros(X.size)
    for k in range(6):
        a, c, w, e = p[4 * k : 4 * k + 4]
        u = (X - c) / w
        g = 2 * np.sqrt(LN2 / np.pi) / w * np.exp(-4 * LN2 * u**2)
        q = 1 / (1 + 4 * u**2)
        lorentz = 2 / np.pi / w * q
        profile = e * lorentz + (1 - e) * g
        total += a * profile
        jacobian[4 * k] = profile
        jacobian[4 * k + 1] = a * 8 * u / w * (e * lorentz * q + (1 - e) * g * LN2)
        jacobian[4 * k + 2] = a / w * (e * lorentz * (1 - 2 * q) + (1 - e) * g * (8 * LN2 * u**2 - 1))
        jacobian[4 * k + 3] = a * (lorentz - g)
    jacobian[24], jacobian[25] = 1, LINE
    return total + p[24] + p[25] * LINE, jacobian


def truth(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    columns = [rng.uniform(5, 100, 6), CENTERS + rng.normal(0, 0.7, 6), rng.uniform(7, 12, 6), rng.uniform(0.1, 0.9, 6)]
    return np.concatenate([np.column_stack(columns).ravel(), [0.6, 0.2]])


def data(seed: int) -> np.ndarray:
    return plain(truth(seed))[0] + np.random.default_rng(10**6 + seed).normal(0, NOISE, X.size)


def ours(start: np.ndarray) -> Model:
    lines = []
    for k in range(6):
        rows = zip(("area", "center", "fwhm", "fraction"), range(4 * k, 4 * k + 4), strict=True)
        lines.append(peak(f"p{k}", {q: (start[i], LOWER[i], UPPER[i]) for q, i in rows}))
    first, second = backgrounds.linear().parameters
    line = backgrounds.Background("polynomial", (
        spectra.Parameter(first.name, start[24]), spectra.Parameter(second.name, start[25])))  # fmt: skip
    return Model("", "chemical_shift", tuple(lines), (line,))


def lmfit_default(start: np.ndarray) -> tuple[lmfit.Model, lmfit.Parameters]:
    model = lmfit.models.LinearModel(prefix="b_")
    for k in range(6):
        model += lmfit.models.PseudoVoigtModel(prefix=f"p{k}_")
    half = (X[-1] - X[0]) / 2
    parameters = model.make_params(b_slope=start[25] / half, b_intercept=start[24] - start[25] / half * (X[0] + half))
    for k in range(6):
        for name, i, scale in (("amplitude", 0, 1), ("center", 1, 1), ("sigma", 2, 0.5), ("fraction", 3, 1)):
            j = 4 * k + i
            parameters[f"p{k}_{name}"].set(value=start[j] * scale, min=LOWER[j] * scale, max=UPPER[j] * scale)
    return model, parameters


def lmfit_bare(y: np.ndarray, start: np.ndarray) -> lmfit.minimizer.MinimizerResult:
    parameters = lmfit.Parameters()
    for i, value in enumerate(start):
        parameters.add(f"x{i}", value, min=LOWER[i], max=UPPER[i])

    def residual(p: lmfit.Parameters) -> np.ndarray:
        return (plain_value(np.array([one.value for one in p.values()])) - y) / NOISE

    return lmfit.minimize(residual, parameters, ftol=1e-10, xtol=1e-10, scale_covar=False)


def plain_value(p: np.ndarray) -> np.ndarray:
    a, c, w, e = p[:24].reshape(6, 4, 1).transpose(1, 0, 2)
    u2 = ((X - c) / w) ** 2
    g = 2 * np.sqrt(LN2 / np.pi) / w * np.exp(-4 * LN2 * u2)
    return (a * (e * 2 / np.pi / w / (1 + 4 * u2) + (1 - e) * g)).sum(axis=0) + p[24] + p[25] * LINE


def trf(y: np.ndarray, start: np.ndarray) -> float:
    def residual(p: np.ndarray) -> np.ndarray:
        return (plain(p)[0] - y) / NOISE

    def jacobian(p: np.ndarray) -> np.ndarray:
        return plain(p)[1].T / NOISE

    inside = np.clip(start, LOWER + 1e-9, UPPER - 1e-9)
    return 2 * float(least_squares(residual, inside, jacobian, (LOWER, UPPER), ftol=1e-10, xtol=1e-10, gtol=1e-10,
                                   x_scale="jac", max_nfev=400).cost)  # fmt: skip


def minuit(y: np.ndarray, start: np.ndarray) -> float:
    def cost(*p: float) -> float:
        return float(np.sum(((plain_value(np.array(p)) - y) / NOISE) ** 2))

    found = Minuit(cost, *start, name=[f"x{i}" for i in range(26)])
    found.errordef = Minuit.LEAST_SQUARES
    found.limits = list(zip(LOWER, UPPER, strict=True))
    found.strategy = 1
    found.migrad()
    found.hesse()
    return float(found.fval)


def cpu(function, repeat: int = 1) -> tuple[float, object]:
    begin = time.process_time()
    for _ in range(repeat):
        result = function()
    return (time.process_time() - begin) / repeat, result


def spectrum_of(y: np.ndarray):
    return spectra.from_arrays(X, y, axis="chemical_shift", noise=NOISE)


def single(peers: int) -> figures.Table:
    model = ours(EASY)
    rows: dict[str, list[float]] = {}
    worst = dict.fromkeys(("lmfit default", "lmfit bare", "iminuit", "scipy TRF"), 0.0)
    default, parameters = lmfit_default(EASY)
    for seed in range(peers):
        y = data(seed)
        labelled = spectrum_of(y)
        spectra.fit(labelled, model)
        kernel, _ = cpu(lambda: plain(EASY), 20)
        time_ours, fit = cpu(lambda one=labelled: spectra.fit(one, model), 5)
        times = {"floor": kernel * fit.evaluations, "ours": time_ours, "evaluations": fit.evaluations}
        times["lmfit default"], theirs = cpu(
            lambda y=y: default.fit(y, parameters, x=X, weights=1 / NOISE, scale_covar=False,
                                    fit_kws={"ftol": 1e-10, "xtol": 1e-10}))  # fmt: skip
        times["lmfit bare"], bare = cpu(lambda y=y: lmfit_bare(y, EASY))
        times["iminuit"], chi2_minuit = cpu(lambda y=y: minuit(y, EASY))
        times["scipy TRF"], chi2_trf = cpu(lambda y=y: trf(y, EASY))
        found = {
            "lmfit default": theirs.chisqr,
            "lmfit bare": bare.chisqr,
            "iminuit": chi2_minuit,
            "scipy TRF": chi2_trf,
        }
        for name, chi2 in found.items():
            worst[name] = max(worst[name], fit.chi2 / chi2 - 1)
        for name, value in times.items():
            rows.setdefault(name, []).append(value)
    medians = {name: float(np.median(values)) for name, values in rows.items()}
    print(f"\none spectrum, {peers} data sets, median processor time")
    table = figures.Table(
        "bench_fit, one spectrum", "solver", ms=".2f", times_ours=".2f", times_floor=".2f", chi2_less_1=".1e"
    )
    for name in ("floor", "ours", "scipy TRF", "lmfit bare", "iminuit", "lmfit default"):
        ratio, floor = medians[name] / medians["ours"], medians[name] / medians["floor"]
        table.row(name, 1e3 * medians[name], ratio, floor, worst.get(name))
    print(f"chi2 less 1: the largest of ours / theirs - 1; evaluations of ours: {medians['evaluations']:.0f}")
    single.lmfit_default = medians["lmfit default"]
    return table


def batch(count: int) -> figures.Table:
    from spectra import fits  # noqa: PLC0415 - pairs.py times trees that have no such room

    ys = np.array([data(seed) for seed in range(count)])
    best = np.array([min(trf(y, truth(seed)), trf(y, EASY), trf(y, HARD)) for seed, y in enumerate(ys)])
    subset = min(count, 20)
    for seed in range(subset):
        best[seed] = min(best[seed], lmfit_bare(ys[seed], EASY).chisqr, minuit(ys[seed], EASY))
    noise = np.full((1, X.size), NOISE)
    print(f"\n{count} spectra, one core, no warm start; best: of scipy TRF from both starts and from the truth on all, "
          f"and of lmfit and iminuit on {subset}")  # fmt: skip
    table = figures.Table("bench_fit, many spectra", "start and pass", ms_a_spectrum=".2f", evaluations=".1f",
                          times_floor=".2f", lmfit_default_by_ours=".0f", misses="d")  # fmt: skip
    for name, start in (("easy", EASY), ("hard", HARD)):
        for use_fast in (False, True):
            fitter = fits.PixelFitter(ours(start), X, use_fast=use_fast)
            fits.fit_pixels(fitter, ys[:2], noise, warm_start=False)
            groups, fitting, kernel = [], 0.0, 0.0
            for low in range(0, count, GROUP):  # the floor is timed in turns with the fits
                part = ys[low : low + GROUP]
                kernel += cpu(lambda: plain(EASY), GROUP)[0] * len(part)
                begin = time.process_time()
                groups.append(fits.fit_pixels(fitter, part, noise, warm_start=False))
                fitting += time.process_time() - begin
            each, kernel = fitting / count, kernel / count
            evaluations = float(np.mean(np.concatenate([group.evaluations for group in groups])))
            chi2 = np.concatenate([group.chi2 for group in groups])
            missed = np.flatnonzero(~(chi2 <= best * (1 + 1e-6)))
            label = "numba" if use_fast and fits.usable(fitter.compiled) else "numpy"
            of_floor = each / (kernel * evaluations)
            table.row(f"{name}, {label}", 1e3 * each, evaluations, of_floor, single.lmfit_default / each, missed.size)
            for seed in missed[:20]:
                print(f"    miss: seed {seed}, chi2 {chi2[seed]:.3f}, best {best[seed]:.3f}")
    return table


def two_cores(count: int) -> None:
    ys = np.array([data(seed) for seed in range(count)])
    like = spectrum_of(ys[0])
    cube = like.assign(intensity=(("pixel", "chemical_shift"), ys))
    print(f"\n{count} spectra by spectra.fit_map on two processes, wall time, beside lmfit's default on one core")
    for use_fast in (False, True):
        with (
            tempfile.TemporaryDirectory() as folder,
            ProcessPoolExecutor(2) as pool,
            dask.config.set(pool=pool, scheduler="processes"),
        ):
            few = cube.isel(pixel=slice(0, 4))
            spectra.fit_map(few, ours(EASY), store=f"{folder}/warm", chunk=2, use_fast=use_fast)
            begin = time.perf_counter()
            spectra.fit_map(cube, ours(EASY), store=f"{folder}/run", chunk=125, warm_start=False, use_fast=use_fast)
            each = (time.perf_counter() - begin) / count
        ratio = single.lmfit_default / each
        print(f"fast={use_fast}: {1e3 * each:.2f} ms a spectrum, lmfit default / ours = {ratio:.0f}")


if __name__ == "__main__":
    parser = figures.parser(__doc__)
    parser.add_argument("--spectra", type=int, default=1000)
    parser.add_argument("--peers", type=int, default=20)
    chosen = parser.parse_args()
    tables = single(chosen.peers), batch(chosen.spectra)
    for one in tables:
        one.keep(chosen.csv)
    two_cores(chosen.spectra)
