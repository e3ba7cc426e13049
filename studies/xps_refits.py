"""A published fit: its parameters inserted, refitted as its source fitted it, and freely.

*As fitted*: on the background that the source stores, with its ties between parameters, once with equal weights and
once with those of counting (a source rarely says which it took). That is its own model: a fit that stopped at its
minimum comes back to it in one of the two. *Freely*: on a background of ours, inside the fit or of the same name pinned
between the same ends, with its ties or every line on its own.
"""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

import spectra
from spectra import backgrounds, shapes, xps
from spectra.fits import Fit

WEIGHTS = ("equal", "counts")


@dataclass(frozen=True)
class Published:
    """A stored fit over binding energies in eV: rates, background, components without it, and their parameters.

    ``held`` are quantities that no fit varies, ``links`` and ``limits`` what the source ties its lines by; ``windowed``
    says that its printed areas are those between the ends, of lines whose tails do not end.
    """

    name: str
    kind: str
    x: np.ndarray
    rate: np.ndarray
    background: np.ndarray
    components: list[np.ndarray]
    peaks: list[tuple[str, float, dict[str, float]]]
    seconds: float = 0.0
    held: tuple[str, ...] = ()
    widest: float = 20.0
    links: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    windowed: bool = False


@dataclass(frozen=True)
class Refit:
    """chi2 of the source's curve and of ours in the same weights; our areas with sds, the source's; our status.

    ``others`` is what the fit says of other backgrounds, ``degrees`` its degrees of freedom.
    """

    theirs: float
    ours: float
    areas: list[tuple[float, float]]
    published: list[float]
    status: str
    others: str = ""
    degrees: float = 0.0

    @property
    def apart(self) -> float:
        """Largest difference of an area over our sd."""
        return max(abs(a - b) / sd for (a, sd), b in zip(self.areas, self.published, strict=True))

    def told(self) -> str:
        """chi2 of both, our areas with sds, theirs in brackets with the difference in sds, our status."""
        parts = (
            f"{a:.0f} +- {sd:.0f} ({b:.0f}; {(a - b) / sd:+.1f})"
            for (a, sd), b in zip(self.areas, self.published, strict=True)
        )
        return f"{self.theirs:.1f} | {self.ours:.1f} | {', '.join(parts)} | {self.status}"


def ends(one: Published) -> slice:
    """Points between the ends of their background: outside it lies on the data."""
    off = np.flatnonzero(np.abs(one.background - one.rate) > 1e-6 * one.rate.max())
    return slice(int(off[0]), int(off[-1]) + 1)


def inserted(one: Published) -> list[tuple[float, float]]:
    """Largest difference of curves over their height, and area over the published one, per line."""
    found = []
    inside = ends(one)
    for (shape, area, quantities), stored in zip(one.peaks, one.components, strict=True):
        kind = shapes.shape_named(shape)
        ours = kind(one.x, area, *(quantities[name] for name in kind.quantities))
        scale = area / float(np.trapezoid(ours[inside], one.x[inside])) if one.windowed else 1.0
        difference = np.abs(scale * ours - stored)[inside].max() / stored.max()
        areas = [float(np.trapezoid(curve[inside], one.x[inside])) for curve in (scale * ours, stored)]
        found.append((float(difference), areas[0] / areas[1]))
    return found


def as_fitted(one: Published, weights: str) -> Refit:
    """Our fit of the source's own model, with weights ``"equal"`` or ``"counts"``."""
    inside = ends(one)
    flat = one.rate - one.background
    noise = noise_of(one)
    noise = np.full_like(noise, noise[inside].mean()) if weights == "equal" else noise
    region = spectra.from_arrays(
        one.x[inside], flat[inside], axis="binding_energy", noise=noise[inside], noise_source="estimated",
        technique="XPS",
    )  # fmt: skip
    found = spectra.fit(region, model(one, tied=True), restarts=4, check=False)
    return _compared(one, found, flat[inside] - sum(part[inside] for part in one.components), noise[inside])


def freely(one: Published) -> Refit:
    """Our fit of the lines alone, on our background of the same name, five points averaged at an end."""
    inside = ends(one)
    low, high = one.x[inside][[0, -1]]
    noise = noise_of(one)
    region = spectra.from_arrays(
        one.x, one.rate, axis="binding_energy", noise=noise, technique="XPS",
        noise_source="given" if one.seconds else "estimated",
    )  # fmt: skip
    losses = (551.0, -1.0, 436.0) if one.kind.startswith("U 3") else None
    flat = xps.subtract_background(region, one.kind, ends=(low - 1e-6, high + 1e-6), averaged=5, losses=losses)
    found = spectra.fit(flat, model(one, tied=False), restarts=4, check=False)
    stored = sum(one.components) + one.background
    return _compared(one, found, (one.rate - stored)[inside], noise[inside])


def inside_the_fit(one: Published, *, tied: bool) -> Refit:
    """Our fit of the lines, tied as the source does or not, with the background inside the fit, on a straight line."""
    found = spectra.fit(region_inside(one), on_background(one, model(one, tied=tied)), restarts=4, check=False)
    inside = ends(one)
    return _compared(one, found, (one.rate - sum(one.components) - one.background)[inside], noise_of(one)[inside])


def region_inside(one: Published) -> xr.Dataset:
    """What was measured between the ends of the source's background."""
    inside = ends(one)
    return spectra.from_arrays(
        one.x[inside], one.rate[inside], axis="binding_energy", noise=noise_of(one)[inside], technique="XPS",
        noise_source="given" if one.seconds else "estimated",
    )  # fmt: skip


def on_background(one: Published, lines: spectra.Model) -> spectra.Model:
    """Lines on a straight line and the background that the source names, inside the fit."""
    losses = backgrounds.tougaard(b=300.0, c=551.0, c_prime=-1.0, d=436.0)
    active = losses if one.kind.startswith("U 3") else backgrounds.shirley()
    return replace(lines, background=(backgrounds.polynomial(1), active))


def own_curves(one: Published) -> tuple[np.ndarray, np.ndarray]:
    """Areas over the source's own, and their sds, of its exported curves as they are, with equal weights."""
    inside = ends(one)
    data = (one.rate - one.background)[inside]
    curves = np.array(one.components)[:, inside].T
    factors, rest, *_ = np.linalg.lstsq(curves, data)
    variance = rest[0] / (data.size - factors.size)
    return factors, np.sqrt(variance * np.diagonal(np.linalg.inv(curves.T @ curves)))


def noise_of(one: Published) -> np.ndarray:
    """Root of the rate over the time; of unknown times its scale follows from the residuals."""
    return np.sqrt(np.maximum(one.rate, 1.0) / (one.seconds or 1.0))


def model(one: Published, *, tied: bool) -> spectra.Model:
    """Its lines, with what it ties them by or freely, without a background."""
    peaks, links = [], []
    for number, (shape, area, quantities) in enumerate(one.peaks):
        starts = {"area": area} | {k: started(k, v, one.widest) for k, v in quantities.items()}
        peaks.append(spectra.peak(f"p{number}", starts, shape=shape))
        linked = {text.split(" = ")[0] for text in one.links} if tied else set()
        held = [name for name in one.held if name in quantities and f"p{number}_{name}" not in linked]
        links += [f"p{number}_{name} = {quantities[name]:.8g}" for name in held]
    ties, limits = (one.links, one.limits) if tied else ((), ())
    return spectra.Model("", "binding_energy", tuple(peaks), links=(*links, *ties), constraints=limits)


def started(name: str, value: float, widest: float) -> float | tuple[float, float, float]:
    """A start and the window around it: a line does not leave its place, a width stays one."""
    if name == "center":
        return (value, value - 0.4, value + 0.4)  # further, and near lines change places
    if name in ("fwhm", "gauss_fwhm", "lorentz_fwhm"):
        return (max(value, 0.02), 0.01, min(3 * value + 0.5, widest))
    return value


def between_ends(one: Published, found: Fit) -> tuple[np.ndarray, np.ndarray]:
    """Areas of the lines between the ends of their background, and their sds: tails beyond them are in neither."""
    x, values, compiled = one.x[ends(one)], np.asarray(found.values), found.compiled()
    count = len(found.model.peaks)

    def areas(theta: np.ndarray) -> np.ndarray:
        return np.trapezoid(compiled.components(theta)[0][:count], x, axis=1)

    covariance = np.nan_to_num(found.covariance)
    steps = np.sqrt(np.diagonal(covariance)) / 100
    slopes = [
        (areas(values + move) - areas(values - move)) / (2 * step) if step > 0 else np.zeros(count)
        for step, move in zip(steps, np.diag(steps), strict=True)
    ]
    variances = np.einsum("ia,ij,ja->a", np.array(slopes), covariance, np.array(slopes))
    return areas(values), np.sqrt(variances)


def _compared(one: Published, found: Fit, residual: np.ndarray, noise: np.ndarray) -> Refit:
    theirs = float(np.sum((residual / noise) ** 2))
    ours = float(np.sum((found.curves["residual"].values / noise) ** 2))
    areas, sds = between_ends(one, found) if one.windowed else (found.areas.value.values, found.areas.sd.values)
    notes = [note for note in xps.XPS.remarks(found) if note.code == "background-decides"]
    others = "; ".join(f"{note.severity}: {note.text}" for note in notes)
    published = [area for _, area, _ in one.peaks]
    pairs = list(zip(areas.tolist(), sds.tolist(), strict=True))
    return Refit(theirs, ours, pairs, published, str(found.status), others, found.dof)
