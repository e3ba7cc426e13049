"""Figures of impedance spectra: Nyquist and Bode, of one spectrum or of a long series.

A few spectra have a legend; a long series is coloured by its time, temperature or order, with a bar that says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.ticker import MaxNLocator

from electrochemistry.impedance import ImpedanceFit, check_spectrum
from shortrange_core import BadInput
from shortrange_core.chemistry import ZERO_CELSIUS
from shortrange_core.colours import SERIES
from shortrange_core.plots import WIDTHS, Size, Style, axes_of, inches, styled

FLATTEST = 3.0  # a Nyquist plot is never wider than this many times its height
MOST_NAMES = len(SERIES)  # more spectra are a series with a bar of colours
HIDDEN = 3.0  # arcs that are smaller than the whole by this factor are shown in an inset
DIP = 0.9  # -Im(Z) falls to this share of an arc before the spike of blocking electrodes
MARGIN = 1.15
BAR = (1.03, 0.0, 0.035, 1.0)  # of the axes
FAR_FROM_ZERO = 0.25  # of the largest resistance: the axis does not begin at 0 where all lie above
BESIDE = (0.5, 0.42, 0.48, 0.52)  # of the axes: beside the spike, above the arcs
ABOVE = (0.1, 0.53, 0.86, 0.4)  # of the axes: above the largest arcs of a series
ABOVE_DATA = 0.42  # of the height, which the data then take
WIDE = (5.0, 4.0)  # inches
Place = tuple[float, float, float, float]
Impedances = npt.NDArray[np.complex128]
Spectra = xr.Dataset | Sequence[xr.Dataset] | ImpedanceFit


def own_axes(ax: Axes | None, size: Size) -> Axes:
    """The axes given, or those of a new figure; a named column is three quarters as high as wide."""
    return axes_of(ax, size, height_of(size))


def height_of(size: Size, share: float = 0.75) -> float:
    """Height of a named column, in inches; what is stated has its own."""
    return share * WIDTHS.get(size, 0.0) if isinstance(size, str) else size[1]


@dataclass(frozen=True, eq=False, slots=True)
class _Drawn:
    name: str
    frequency: npt.NDArray[np.float64]
    data: Impedances
    model: Impedances | None
    scalars: dict[str, Any]
    colour: Any = SERIES[0]

    def below(self, largest: float) -> _Drawn | None:
        """What is not above this modulus (ohm), or None."""
        shown = np.abs(self.data) <= largest
        if not shown.any():
            return None
        model = None if self.model is None else self.model[shown]
        return _Drawn(self.name, self.frequency[shown], self.data[shown], model, self.scalars, self.colour)


def _drawn(spectra: Spectra) -> list[_Drawn]:
    """Every spectrum with its name, and colours not yet given."""
    if isinstance(spectra, ImpedanceFit):
        return [
            _Drawn(_with_unit(label, dict(c.scalars)), c.frequency, c.data, c.model, dict(c.scalars))
            for label, c in zip(spectra.labels, spectra.fits, strict=True)
        ]
    several = [check_spectrum(s) for s in ([spectra] if isinstance(spectra, xr.Dataset) else list(spectra))]
    if not several:
        raise BadInput("there is no spectrum to draw; give one or more")
    drawn = []
    for spectrum in several:
        scalars = {str(name): c.item() for name, c in spectrum.coords.items() if c.ndim == 0}
        data = np.asarray(spectrum["impedance"].values, dtype=np.complex128)
        frequency = np.asarray(spectrum["frequency"].values, dtype=float)
        drawn.append(_Drawn(_name(scalars), frequency, data, None, scalars))
    return drawn


def _with_unit(label: str, scalars: dict[str, Any]) -> str:
    """A label that is but the number of its temperature gets the unit."""
    kelvin = scalars.get("temperature")
    return f"{label} K" if kelvin is not None and label == f"{kelvin:g}" else label


def _name(scalars: dict[str, Any]) -> str:
    for coordinate in ("sample", "temperature", "block"):
        if coordinate in scalars:
            item = scalars[coordinate]
            return f"{item:g} K" if coordinate == "temperature" else str(item)
    return ""


def _coloured(drawn: Sequence[_Drawn]) -> tuple[list[_Drawn], ScalarMappable | None, str]:
    """Spectra with colours; of a long series the scale and its name too."""
    if len(drawn) <= MOST_NAMES:
        colours: Sequence[Any] = [SERIES[number] for number in range(len(drawn))]
        return [_with(own, colour) for own, colour in zip(drawn, colours, strict=True)], None, ""
    values, title = np.arange(1.0, len(drawn) + 1), "number of the spectrum"
    for name, unit in (("time", "time / h"), ("temperature", "temperature / °C")):
        numbers = np.array([float(own.scalars.get(name, "nan")) for own in drawn])
        if np.all(np.isfinite(numbers)) and np.ptp(numbers) > 0:
            values, title = numbers - (ZERO_CELSIUS if name == "temperature" else 0.0), unit
            break
    scale = ScalarMappable(Normalize(float(values.min()), float(values.max())), mpl.colormaps["viridis"])
    shades = scale.to_rgba(np.asarray(values, dtype=float))
    return [_with(own, tuple(rgba)) for own, rgba in zip(drawn, shades, strict=True)], scale, title


def _with(own: _Drawn, colour: Any) -> _Drawn:
    return _Drawn(own.name, own.frequency, own.data, own.model, own.scalars, colour)


def _prefix(largest: float) -> tuple[float, str]:
    for factor, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m")):
        if largest >= factor:
            return factor, prefix
    return 1e-6, "µ"


def plot_nyquist(
    spectra: Spectra,
    *,
    ax: Axes | None = None,
    size: Size = WIDE,
    style: Style | None = None,
    largest: float | None = None,
) -> Axes:
    """-Im(Z) against Re(Z) with equal scales; a flat spectrum gets room above it instead of being squashed.

    Arcs of blocking cells that the spike, or the largest arcs of a series, make small are shown in an inset, with equal
    scales too.

    Parameters
    ----------
    spectra
        Spectra, or a fit (points and line).
    ax
        To draw into.
    largest
        Leaves impedances above this modulus (ohm) out, and the inset with them.

    Raises
    ------
    BadInput
        If no impedance is left.
    """
    with styled(style):
        ax = own_axes(ax, size)
        drawn, scale, title = _coloured(_below(_drawn(spectra), largest))
        factor, prefix = _prefix(max(float(np.abs(own.data).max()) for own in drawn))
        _draw(ax, drawn, factor)
        arcs, place = (None, None) if largest is not None else _arcs_below(drawn)
        _equal_limits(ax, [own.data / factor for own in drawn], room=place)
        ax.set_xlabel(f"Re Z / {prefix}Ω")
        ax.set_ylabel(f"−Im Z / {prefix}Ω")
        if arcs is not None and place is not None:
            _inset(ax, drawn, arcs, place)
        _say_names(ax, drawn, scale, title)
        return ax


def _draw(ax: Axes, drawn: Sequence[_Drawn], factor: float) -> None:
    size = 4 if len(drawn) <= MOST_NAMES else 2.5
    for own in drawn:
        z = own.data / factor
        ax.plot(
            z.real,
            -z.imag,
            "o" if size == 4 or own.model is not None else "o-",
            lw=0.4,
            ms=size,
            mfc="none",
            mew=0.8,
            color=own.colour,
            label=own.name or None,
        )
        if own.model is not None:
            m = own.model / factor
            ax.plot(m.real, -m.imag, "-", lw=1.2 if size == 4 else 0.7, color=own.colour)


def _say_names(ax: Axes, drawn: Sequence[_Drawn], scale: ScalarMappable | None, title: str) -> None:
    figure = ax.get_figure()
    if scale is not None and figure is not None:
        figure.colorbar(
            scale, cax=ax.inset_axes(BAR), label=title
        )  # as high as the axes, whose height follows the data
    elif any(own.name for own in drawn):
        ax.legend(fontsize="small", frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _below(drawn: Sequence[_Drawn], largest: float | None) -> list[_Drawn]:
    if largest is None:
        return list(drawn)
    kept = [cut for own in drawn if (cut := own.below(largest)) is not None]
    if not kept:
        raise BadInput(f"largest = {largest:g} ohm: no impedance is as small; raise it")
    return kept


def _arcs_below(drawn: Sequence[_Drawn]) -> tuple[float | None, Place | None]:
    """Modulus (ohm) that holds the arcs of blocking cells which are too small to be seen, and where the inset stands.

    None where all are seen, or fewer than half of the spectra have arcs before a spike.
    """
    ends = [end for own in drawn if (end := _end_of_arcs(own.data)) is not None]
    whole = max(float(np.abs(own.data).max()) for own in drawn)
    hidden = [end for end in ends if whole > HIDDEN * MARGIN * end]
    if 2 * len(ends) <= len(drawn) or not hidden:
        return None, None
    return MARGIN * max(hidden), BESIDE if len(hidden) == len(drawn) else ABOVE


def _end_of_arcs(data: Impedances) -> float | None:
    """Modulus where -Im(Z), from high to low frequency, is least behind an arc and rises to the end of the sweep."""
    height = -data.imag[::-1]
    for row in range(height.size - 2, 1, -1):
        if (
            height[row] < DIP * height[:row].max()
            and height[row] == height[row:].min()
            and height[-1] > height[:row].max()
        ):
            return float(np.abs(data[::-1][row]))
    return None


def _inset(ax: Axes, drawn: Sequence[_Drawn], arcs: float, place: Place) -> None:
    small = [cut for own in drawn if (cut := own.below(arcs)) is not None]
    factor, prefix = _prefix(arcs / MARGIN)
    inner = ax.inset_axes(place)
    _draw(inner, small, factor)
    _equal_limits(inner, [own.data / factor for own in small])
    inner.set_title(f"arcs, {prefix}Ω", fontsize="small")
    inner.tick_params(labelsize="small")


def _equal_limits(ax: Axes, values: Sequence[Impedances], *, room: Place | None = None) -> None:
    """Equal scales; ``room`` for an inset makes the plot wider (beside a spike) or higher (above a series)."""
    x = np.concatenate([v.real for v in values])
    y = np.concatenate([-v.imag for v in values])
    right = float(x.max())
    left = float(x.min()) if float(x.min()) > FAR_FROM_ZERO * right else min(0.0, float(x.min()))
    low, high = min(0.0, float(y.min())), float(y.max())
    width, height = right - left, high - low
    height = max(height, width / FLATTEST)
    if room == ABOVE:
        height /= ABOVE_DATA
    beside = room == BESIDE
    width = max(width, height * (MARGIN if beside else 1 / FLATTEST), 2 * width if beside else 0.0)
    pad = 0.04 * max(width, height)
    ax.set_xlim(left - pad, left + width + pad)
    ax.set_ylim(low - pad, low + height + pad)
    ax.set_aspect("equal", adjustable="box")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(5))


def plot_bode(
    spectra: Spectra, *, ax: Sequence[Axes] | None = None, size: Size = (5.0, 5.0), style: Style | None = None
) -> Sequence[Axes]:
    """abs(Z) and phase against frequency, in two axes above one another; names or colours stand beside them."""
    with styled(style):
        if ax is None:
            _, made = plt.subplots(2, 1, figsize=inches(size, height_of(size, 1.0)), sharex=True, layout="constrained")
            ax = list(made)
        if len(ax) != 2:
            raise BadInput(f"a Bode plot needs two axes, not {len(ax)}")
        drawn, scale, title = _coloured(_drawn(spectra))
        marker = 4 if scale is None else 2.5
        for own in drawn:
            for values, kind in ((own.data, "o"), (own.model, "-")):
                if values is None:
                    continue
                label = own.name if kind == "o" and own.name else None
                look: dict[str, Any] = {"ms": marker, "mfc": "none", "mew": 0.8, "lw": 1.0, "color": own.colour}
                ax[0].loglog(own.frequency, np.abs(values), kind, label=label, **look)
                ax[1].semilogx(own.frequency, np.degrees(np.angle(values)), kind, **look)
        ax[0].set_ylabel("|Z| / Ω")
        ax[1].set_ylabel("phase / °")
        ax[1].set_xlabel("frequency / Hz")
        figure = ax[0].get_figure()
        if scale is not None and figure is not None:
            figure.colorbar(scale, ax=list(ax), label=title)
        elif any(own.name for own in drawn):
            ax[0].legend(fontsize="small", frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        return ax
