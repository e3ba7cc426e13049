"""Widths of an oracle that knows the model, the noise and the distributions of all nuisance parameters.

The expected spectra of one glass are linearised at the truth; with J their derivatives in units of the noise (amounts
inside the balances, and every nuisance parameter) and P the inverse variances of the laws that the parameters were
drawn from, the covariance is inverse(J'J + P): the Bayesian Cramer-Rao form. Amounts, scales and the level under a
spectrum have no prior; a uniform law counts with its variance. Bounds are left out: it is a width for interior truths,
and where another amount of the glass lies at 0 the oracle is too wide.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import null_space

from studies.second_simulator import nmr, raman, truths, xps
from studies.second_simulator.laws import spread
from studies.second_simulator.series import Glass, Series
from studies.second_simulator.settings import Settings

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """A spectrum to first order, in units of the noise.

    Parameters
    ----------
    amounts
        (points, labels) derivatives in the amounts.
    nuisance
        (points, k) derivatives in everything else.
    sds
        (k,) prior sds of these; inf: none.
    names
        (k,) which parameters of the spectrum each moves; none: a column that has an amplitude of its own.
    scale
        Which of the columns is the spectrum itself.
    """

    technique: str
    amounts: Vector
    nuisance: Vector
    sds: Vector
    names: tuple[tuple[str, ...], ...]
    scale: int


STEP = 0.02
"""Of a prior's sd."""
TENSOR_STEPS = {"zeta": 4.0, "eta": 0.05}
"""ppm and 1: shares of sidebands are interpolated over the sphere, so that smaller steps tell their errors."""
UNTIED = 5.0
"""Sd of the logarithm of a response that ties nothing: in a recipe the area of a bond, S-S, is one of its own."""
FAR = 1e-9


def widths(series: Series, level: float = 1.96) -> dict[tuple[float, str], float]:
    """Full width of the 95 % interval of every quantity that is not fixed by the balances, by (x, quantity)."""
    return {
        (glass.x, quantity): 2 * level * sd
        for glass in series.glasses
        for quantity, sd in _glass(series, glass).items()
        if sd > FAR
    }


def _glass(series: Series, glass: Glass) -> dict[str, float]:
    labels, inside, parts = blocks(series, glass)
    unit, covariance = _inverse(joined(inside, parts)[1])
    own = unit[: inside.shape[1]]
    amounts_covariance = inside @ (covariance[: own.size, : own.size] * np.outer(own, own)) @ inside.T
    rows = dict(zip(labels, np.eye(len(labels)), strict=True)) | _sites(series.settings, labels, glass.x)
    return {quantity: math.sqrt(max(row @ amounts_covariance @ row, 0.0)) for quantity, row in rows.items()}


def blocks(series: Series, glass: Glass, like: Glass | None = None) -> tuple[list[str], Vector, list[Block]]:
    """Labels that a glass can hold, directions inside its balances, and the derivatives of its spectra in turn.

    ``like`` is the glass whose noise, scales and laws count, the glass itself where it is None: the sd of what has a
    law of its logarithm goes with the value there, and must not follow a parameter that moves.
    """
    made = series.settings
    labels, matrix, _ = truths.balances(made, glass.x)
    held = [i for i, label in enumerate(labels) if glass.x > 0 or matrix[1, i] == 0]
    labels, inside = [labels[i] for i in held], null_space(matrix[:, held])
    like = like or glass
    parts = [_nmr(series, glass, labels, like), _raman(made, glass, labels, like)]
    if "O 1s XPS" in glass.spectra:
        parts.append(_xps(made, glass, labels, like))
    return labels, inside, parts


def joined(inside: Vector, parts: list[Block]) -> tuple[Vector, Vector]:
    """Derivatives J of all spectra, in units of the noise, and the information J'J + P with the laws."""
    ways = inside.shape[1]
    points, size = (sum(n) for n in zip(*(part.nuisance.shape for part in parts), strict=True))
    jacobian, inverse_variance = np.zeros((points, ways + size)), np.zeros(ways + size)
    row, column = 0, ways
    for part in parts:
        rows, columns = slice(row, row + len(part.amounts)), slice(column, column + part.sds.size)
        jacobian[rows, :ways], jacobian[rows, columns] = part.amounts @ inside, part.nuisance
        inverse_variance[columns] = 1 / part.sds**2
        row, column = rows.stop, columns.stop
    return jacobian, jacobian.T @ jacobian + np.diag(inverse_variance)


def _inverse(information: Vector) -> tuple[Vector, Vector]:
    """Units that make the diagonal 1, and the inverse in them: columns differ by many powers of ten."""
    unit = 1 / np.sqrt(np.diag(information))
    return unit, np.linalg.inv(information * np.outer(unit, unit))


def left(signature: Vector, jacobian: Vector, information: Vector) -> Vector:
    """What is left of changes of the spectra (points, or faults x points) that model and laws cannot take up.

    Whitened: their squared norm is lambda = s'(1 + J inverse(P) J')^-1 s, given as inner products of the rows.
    """
    rows = np.atleast_2d(signature)
    unit, covariance = _inverse(information)
    taken = rows @ jacobian * unit
    return rows @ rows.T - taken @ covariance @ taken.T


def _sites(settings: Settings, labels: list[str], x: float) -> dict[str, Vector]:
    if x == 0:
        return {}
    units = settings.tables["units"]
    sites = {kind: np.array([units[u][kind] if u in units else 0.0 for u in labels]) for kind in ("BO", "NBO")}
    total, *_ = truths.per_phosphorus(settings, x)
    return sites | {"BO/(BO + NBO)": sites["BO"] / total}  # the oxygen of a glass is fixed


def _difference(of: Callable[[float], Vector], step: float) -> Vector:
    return (of(step) - of(-step)) / (2 * step)


def _nmr(series: Series, glass: Glass, labels: list[str], like: Glass) -> Block:
    made, spectrometer, table = series.settings, series.spectrometer, series.settings.tables["nmr"]
    parameters = dict(glass.parameters["31P NMR"])
    weight = nmr.weights(made, glass.amounts, parameters)
    units = [unit for unit in weight if unit in labels]
    steps = [
        {f"{u} {n}": parameters[f"{u} {n}"] + s * d for u in units} for n, d in TENSOR_STEPS.items() for s in (-1, 1)
    ]
    shifted = {f"{i}{k[: k.rindex(' ')]} {n}": (parameters | step)[f"{k[: k.rindex(' ')]} {n}"]
               for i, step in enumerate(steps) for k in step for n in ("zeta", "eta")}  # fmt: skip
    nmr.prepare_manifolds(shifted, spectrometer)  # one run for all tensors of all derivatives
    zero_filling = min(int(parameters["zero_filling"]), 2)  # more tells nothing new
    low, high = table["window"]

    _, _, pivot = nmr.phase_of(parameters, weight)

    def spectrum(changes: Mapping[str, float], lines: Mapping[str, float]) -> Vector:
        own = parameters | changes
        axis, found = nmr.transform(
            nmr.decay(own, lines, spectrometer),
            spectrometer, zero_filling=zero_filling, phase=(own["phase"], own.get("phase_slope", 0.0), pivot),
        )  # fmt: skip
        return found[(axis >= low) & (axis <= high)]

    axis, _ = nmr.transform(np.zeros(spectrometer.points, complex), spectrometer, zero_filling=zero_filling)
    axis = axis[(axis >= low) & (axis <= high)]
    theirs = dict(like.parameters["31P NMR"])
    clean, sd = clean_and_noise(theirs, nmr.weights(made, like.amounts, theirs), spectrometer)
    alone = {unit: spectrum({}, {unit: 1.0}) for unit in units}
    shown = {u: table["shared"].get(u, u) for u in labels}
    lines = np.array([alone.get(shown[u], 0 * axis) for u in labels])
    columns, sds = [sum(weight[u] * alone[u] for u in units)], [np.inf]
    names: list[tuple[str, ...]] = [()]
    common = {"lorentz": table["lorentz_fwhm"]} if "lorentz" in parameters else {}
    for name, law in (common | {n: table[n] for n in ("offset", "phase", "phase_slope") if n in table}).items():
        columns.append(_moved(lambda c: spectrum(c, weight), parameters, name, STEP * spread(law)))
        sds.append(spread(law))
        names.append((name,))
    for unit in units:
        for name, law in _line_laws(made, unit, glass).items():
            step = TENSOR_STEPS.get(name, STEP * law)
            columns.append(_moved(lambda c, u=unit: spectrum(c, {u: weight[u]}), parameters, f"{unit} {name}", step))
            sds.append(law)
            names.append((f"{unit} {name}",))
    place = (2 * axis - low - high) / (high - low)
    for degree in range(table["baseline_degree"] + 1):
        columns.append(clean * np.polynomial.legendre.Legendre.basis(degree)(place))
        sds.append(table["baseline"])
        names.append(())
    return Block("31P NMR", lines.T / sd, np.array(columns).T / sd, np.array(sds), tuple(names), 0)


def _moved(
    of: Callable[[Mapping[str, float]], Vector], parameters: Mapping[str, float], name: str, step: float
) -> Vector:
    return _difference(lambda d: of({name: parameters[name] + d}), step)


def clean_and_noise(
    parameters: Mapping[str, float], weight: Mapping[str, float], spectrometer: nmr.Spectrometer
) -> tuple[float, float]:
    """Tallest line of the processed spectrum, and the noise before apodisation, which can be undone."""
    lost = parameters["apodisation"]
    own = nmr.before_apodisation(parameters, lost)
    _, clean = nmr.transform(
        nmr.decay(own, weight, spectrometer),
        spectrometer, apodisation=lost, zero_filling=int(parameters["zero_filling"]),
        phase=nmr.phase_of(parameters, weight),
    )  # fmt: skip
    kept = np.exp(-np.pi * lost * spectrometer.times())
    tallest = float(clean.max())
    return tallest, tallest / parameters["signal_to_noise"] * math.sqrt(spectrometer.points / float(kept @ kept))


def _line_laws(settings: Settings, unit: str, glass: Glass) -> dict[str, float]:
    table, prior = settings.tables["nmr"], settings.tables["priors"]["31P NMR"].get(unit)
    ends = settings.tables["windows"]["31P NMR"].get(unit, (0.0, 1.0))
    kind = "mixed" if nmr.shares(settings, unit, glass.x) or unit not in table["symmetric"] else "symmetric"
    own_lorentz = f"{unit} lorentz" in glass.parameters["31P NMR"]
    return {
        "center": prior[1] if prior else spread(["uniform", *ends]),
        "gauss": spread(table["gauss_fwhm"]),
        **({"lorentz": spread(table["lorentz_fwhm"])} if own_lorentz else {}),
        "zeta": spread(table["zeta_own"].get(unit, table[f"zeta_{kind}"])),
        "eta": spread(table["eta_own"].get(unit, table["eta_any"])),
    }


def _raman(settings: Settings, glass: Glass, labels: list[str], like: Glass) -> Block:
    table, (axis, counts) = settings.tables["raman"], glass.spectra["Raman"]
    parameters = dict(glass.parameters["Raman"])
    tallest = raman.expected(settings, like.amounts, dict(like.parameters["Raman"]), axis).max()
    scale = parameters["peak_counts"] / tallest

    def expected(changes: Mapping[str, float]) -> Vector:
        return scale * raman.expected(settings, glass.amounts, parameters | changes, axis)

    laws = {"offset": spread(table["offset"])}
    for band in table["bands"]:
        ends = settings.tables["windows"]["Raman"].get(band)
        prior = settings.tables["priors"]["Raman"].get(band)
        laws[f"{band} center"] = prior[1] if prior else spread(["uniform", *ends])
        laws[f"{band} fwhm"], laws[f"{band} fraction"] = spread(table["fwhm"]), spread(table["fraction"])
        if band != "P:S4":
            known = spread(table["response"]) if ":" in band else UNTIED
            laws[f"{band} response"] = known * like.parameters["Raman"][f"{band} response"]
    columns = [_moved(expected, parameters, name, STEP * law) for name, law in laws.items()]
    place = np.linspace(-1, 1, axis.size)
    columns += [expected({}), *(place**power for power in range(raman.NODES))]
    none = [np.inf] * (1 + raman.NODES)
    amounts = np.array([scale * raman.expected(settings, {label: 1.0}, parameters, axis) for label in labels])
    sd = np.sqrt(np.maximum(counts, 1.0))
    names = (*((name,) for name in laws), *([()] * len(none)))
    sds, nuisance = np.array([*laws.values(), *none]), np.array(columns).T / sd[:, None]
    return Block("Raman", amounts.T / sd[:, None], nuisance, sds, names, len(laws))


def _xps(settings: Settings, glass: Glass, labels: list[str], like: Glass) -> Block:
    table, (axis, counts) = settings.tables["xps"], glass.spectra["O 1s XPS"]
    parameters = dict(glass.parameters["O 1s XPS"])

    def expected(changes: Mapping[str, float]) -> Vector:
        return xps.expected(settings, glass.amounts, parameters | changes, axis)

    prior = settings.tables["priors"]["O 1s XPS"].get("BO")
    ends = settings.tables["windows"].get("O 1s XPS", {}).get("BO", (0.0, 1.0))
    laws = {
        "BO center": prior[1] if prior else spread(["uniform", *ends]),
        "NBO center": spread(["uniform", *table["separation"]]),
    }
    for line in ("BO", "NBO"):
        laws |= {f"{line} {name}": spread(table[name]) for name in ("fwhm", "fraction")}
    laws |= {name: spread(table[name]) for name in ("offset", "shirley", "slope")}
    low, high = table["auger_per_sodium"][1:]
    if low > 0:
        laws |= {name: spread(table[name]) for name in ("auger_shift", "auger_fwhm", "auger_fraction")}
        centre = like.parameters["O 1s XPS"]["auger_per_sodium"]
        laws["auger_per_sodium"] = centre * spread(["uniform", math.log(low), math.log(high)])
    # both lines move with BO: what is known of NBO is its distance from BO
    names = [("BO center", "NBO center") if name == "BO center" else (name,) for name in laws]
    columns = []
    for moved, law in zip(names, laws.values(), strict=True):
        pair = [{name: parameters[name] + d for name in moved} for d in (STEP * law, -STEP * law)]
        columns.append((expected(pair[0]) - expected(pair[1])) / (2 * STEP * law))
    under = parameters["scans"] * np.ones_like(axis)
    columns += [expected({}) - table["level"] * under - parameters["slope"] * under * (axis - axis.mean()), under]
    nothing = xps.expected(settings, {}, parameters, axis)
    amounts = np.array([xps.expected(settings, {label: 1.0}, parameters, axis) - nothing for label in labels])
    sd = np.sqrt(np.maximum(counts, 1.0))
    sds = np.array([*laws.values(), np.inf, np.inf])
    return Block(
        "O 1s XPS", amounts.T / sd[:, None], np.array(columns).T / sd[:, None], sds, (*names, (), ()), len(names)
    )
