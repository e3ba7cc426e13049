"""What of a fit a figure shows: the window where its lines are, minor lines, sidebands, shares of the area."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortrange_core.colours import colour_of
from shortrange_core.shown_numbers import with_sd
from shortrange_core.written_labels import short_name
from spectra.fits import Fit
from spectra.models import Model
from spectra.xps import partner_of

Array = npt.NDArray[np.float64]
FOOT = 0.02  # of its own height: where a line ends for the eye
MARGIN = 0.12  # of the window, on both sides
WHOLE = 0.7  # a window that leaves out less than the rest is no gain
MINOR = 0.08  # of the highest line: what needs a magnified trace
BURIED = 0.3  # of all lines at its own top: below, no magnification shows a line
FACTORS = (100, 50, 20, 10, 5)
TITLES = {"center": "position", "fwhm": "fwhm", "gauss_fwhm": "Gaussian fwhm"}
ROUNDING = 1e-9  # per cent: the share of a line alone has no doubt but that of arithmetic
SEEN = 3.0  # sds: below them a line is not magnified, a sideband not marked


@dataclass(frozen=True, slots=True)
class Trace:
    """A fit as a figure draws it: arrays over ``x``, components without background by the name of their peak.

    The second line of a doublet has the colour of the first and no name of its own.
    """

    x: Array
    data: Array
    noise: Array
    background: Array
    model: Array
    components: Mapping[str, Array]
    colours: Mapping[str, str]
    names: Mapping[str, str]
    window: tuple[float, float]
    minor: tuple[str, ...]
    sidebands: tuple[float, ...]

    @property
    def hides(self) -> bool:
        """Whether the window leaves a part of the spectrum out."""
        return bool(self.window[0] > self.x[0] or self.window[1] < self.x[-1])

    def over(self, low: float, high: float) -> Trace:
        """The same with another window, cut to what was measured."""
        return replace(self, window=(max(low, float(self.x[0])), min(high, float(self.x[-1]))))

    @property
    def inside(self) -> npt.NDArray[np.bool_]:
        """Points inside the window."""
        return np.asarray((self.x >= self.window[0]) & (self.x <= self.window[1]))

    @property
    def height(self) -> float:
        """Of the lines above the background, inside the window."""
        return float(np.max((self.model - self.background)[self.inside], initial=0.0))


def trace_of(fit: Fit) -> Trace:
    """What a figure needs of a fit."""
    curves = fit.curves
    x, noise = curves[fit.model.axis].values, curves["noise"].values
    names = [str(name) for name in curves["peak"].values]
    components = dict(zip(names, curves["component"].values, strict=True))
    counted = {name: str(text) or name for name, text in zip(names, curves["assignment"].values, strict=True)}
    second = {partner_of(name): name for name in names if partner_of(name) in components}
    seen = _seen(fit)
    return Trace(
        x,
        curves["data"].values,
        noise,
        curves["background"].values,
        curves["model"].values,
        components,
        {name: colour_of(counted[second.get(name, name)]) for name in names},
        {
            name: "" if name in second else short_name(text, "figure") if text != name else _line_name(name)
            for name, text in counted.items()
        },
        _window(fit, x, {name: components[name] for name in seen or names}),
        tuple(name for name in seen if _is_minor(components, name)),
        _sidebands(fit, x, components, noise),
    )


def _line_name(name: str) -> str:
    """Name of a line that counts nothing: ``na_kl1l23`` is the Auger line Na KL1L23."""
    auger = re.fullmatch(r"([a-z]{1,2})_(k[lm0-9]+)", name)
    return f"{auger[1].capitalize()} {auger[2].upper()}" if auger else name.replace("_", " ")


def _seen(fit: Fit) -> list[str]:
    """Lines whose area stands out of its sd, or whose sd is not known."""
    rows = zip(fit.areas.entries, fit.areas.value.values, fit.areas.sd.values, strict=True)
    return [name for name, area, sd in rows if not area <= SEEN * sd]


def _is_minor(components: Mapping[str, Array], name: str) -> bool:
    """Whether a line is low, and is not buried under others where it is highest."""
    own, total = components[name], np.sum(list(components.values()), axis=0)
    top = int(np.argmax(own))
    return bool(0 < own[top] < MINOR * max(float(np.max(part)) for part in components.values())) and bool(
        own[top] > BURIED * total[top]
    )


def _window(fit: Fit, x: Array, components: Mapping[str, Array]) -> tuple[float, float]:
    """Where the centre bands of the lines are, and where the model misses the data; the whole where that is most."""
    ends = [_run(x, component) for component in components.values()]
    ends += [(fit.missed[0], fit.missed[1])] if fit.missed else []
    if not ends:
        return float(x[0]), float(x[-1])
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    pad = MARGIN * (high - low)
    low, high = max(low - pad, float(x[0])), min(high + pad, float(x[-1]))
    return (float(x[0]), float(x[-1])) if high - low > WHOLE * (x[-1] - x[0]) else (low, high)


def _run(x: Array, component: Array) -> tuple[float, float]:
    """The stretch around the top of a line in which it is above its foot: without its sidebands."""
    top = int(np.argmax(component))
    below = np.flatnonzero(component < FOOT * component[top])
    left, right = below[below < top], below[below > top]
    return float(x[left[-1] if left.size else 0]), float(x[right[0] if right.size else -1])


def sideband_spacing(values: Mapping[str, float], peak: str) -> float:
    """Distance of spinning sidebands in ppm; 0 where a line has none.

    Parameters
    ----------
    values
        Parameters of a fit by name.
    peak
        Name of the line.
    """
    return values.get(f"{peak}_spinning_rate", 0.0) / values.get(f"{peak}_larmor_frequency", 1.0)


def _sidebands(fit: Fit, x: Array, components: Mapping[str, Array], noise: Array) -> tuple[float, ...]:
    values = dict(zip(fit.parameters.entries, fit.parameters.value.values.tolist(), strict=True))
    places: list[float] = []
    for name, component in components.items():
        spacing = sideband_spacing(values, name)
        if spacing <= 0:
            continue
        centre = values[f"{name}_center"]
        orders = np.arange(np.ceil((x[0] - centre) / spacing), np.floor((x[-1] - centre) / spacing) + 1)
        for place in centre + spacing * orders[orders != 0]:
            at = int(np.argmin(np.abs(x - place)))
            if component[at] > max(SEEN * noise[at], FOOT * float(component.max())):
                places.append(float(place))
    return tuple(places)


def factor_of(traces: Sequence[Trace]) -> int:
    """By how much minor lines are magnified so that the largest of them fills the panel.

    1 where there are none, or where fewer than half of the spectra have any.
    """
    parts = [[np.max(t.components[name]) / t.height for name in t.minor] for t in traces if t.height > 0]
    some = [max(part) for part in parts if part]
    if 2 * len(some) < len(traces) or not some:
        return 1
    return next((factor for factor in FACTORS if factor * max(some) <= 1.0), 1)


def shares(fit: Fit) -> dict[str, str]:
    """Share of every assigned line in the area that is assigned, in per cent with the sd in brackets."""
    areas = fit.areas
    counted = [name for name, text in zip(areas.entries, areas.facets["assignment"], strict=True) if text]
    picked = areas.select(counted)
    total = float(np.sum(picked.value.values))
    if not counted or not total > 0:
        return {}
    share = picked.propagate(lambda v: 100 * v / np.sum(v), counted)
    pairs = zip(share.entries, share.value.values.tolist(), share.sd.values.tolist(), strict=True)
    return {name: f"{with_sd(value, 0.0 if sd < ROUNDING else sd)} %" for name, value, sd in pairs}


def lines_frame(fit: Fit) -> pd.DataFrame:
    """One row per line: what it counts, position, width and share of the assigned area, sds of the last two digits.

    Positions have the doubt of the reference in their sd, as wherever they are told.
    """
    share = shares(fit)
    values: dict[str, tuple[float, float]] = {}
    for estimates, suffix in ((fit.parameters, ""), (fit.positions, "_center")):
        pairs = zip(estimates.value.values.tolist(), estimates.sd.values.tolist(), strict=True)
        values |= dict(zip((f"{entry}{suffix}" for entry in estimates.entries), pairs, strict=True))
    rows = []
    for peak, text in zip(fit.areas.entries, fit.areas.facets["assignment"], strict=True):
        row = {"line": text or _line_name(peak)}
        for quantity, title in TITLES.items():
            if f"{peak}_{quantity}" in values:
                row[title] = with_sd(*values[f"{peak}_{quantity}"])
        rows.append({**row, "share of the area": share.get(peak, "")})
    return pd.DataFrame(rows).fillna("")


def model_frame(model: Model) -> pd.DataFrame:
    """One row a parameter: where it starts, between what it may move, and its prior."""
    rows = [
        {
            "start": parameter.value,
            "lower": parameter.lower,
            "upper": parameter.upper,
            "prior": parameter.prior.mean if parameter.prior is not None else np.nan,
            "prior sd": parameter.prior.sd if parameter.prior is not None else np.nan,
            "held": not parameter.vary,
        }
        for parameter in model.all_parameters
    ]
    return pd.DataFrame(rows, index=pd.Index([p.name for p in model.all_parameters], name="parameter"))
