"""Lines of a sample as estimates and as rows of its table."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from shortrange_core import BadInput, Estimates
from shortrange_core.estimates import concatenate
from spectra.fits import Fit
from spectra.xps._background_choice import area_ranges, whole_ratios
from spectra.xps._exposures import RATE, per_rate, rates
from spectra.xps._surface import NORMAL_95

WITHOUT_LINES = "above background"
COLUMNS = ("level", "line", "assignment", "position", "position_sd", "fwhm", "fwhm_sd", "area", "area_sd",
           "area_low", "area_high", "share")  # fmt: skip


def lines_of(fits: Mapping[str, Fit]) -> Estimates:
    """Areas of all lines, as rates where every region says how long it was counted for."""
    if not fits:
        return Estimates.build([], [], [])
    parts = []
    try:
        by_level = {level: rates(one) for level, one in fits.items()}
    except BadInput:
        by_level = {level: one.areas for level, one in fits.items()}
    for level, areas in by_level.items():
        names = [f"{level} {entry}" for entry in areas.entries]
        kept = {key: list(areas.facets[key]) for key in ("assignment", "unit", "transmission") if key in areas.facets}
        parts.append(areas.linear(np.eye(len(areas)), names, level=[level] * len(areas), **kept))
    return concatenate(parts)


def percent_of(amounts: Estimates) -> Estimates:
    """Amounts as shares of 100."""
    shares = amounts.propagate(lambda v: 100 * v / v.sum(), amounts.entries)
    return Estimates.build(
        shares.entries, shares.value.values, shares.covariance.values, element=amounts.facets["element"]
    )


def percent_ranges_of(amounts: Estimates, fits: Mapping[str, Fit]) -> dict[str, tuple[float, float]]:
    """95 % ranges of atomic percent, each region over every background that its data do not reject.

    A percentage is least where its own level has its smallest area and all others have their largest: these two corners
    with the interval of the percentage there.
    """
    levels = list(amounts.entries)
    values, covariance = amounts.value.values, amounts.covariance.values
    smallest, largest = np.array([whole_ratios(fits[level]) if level in fits else (1.0, 1.0) for level in levels]).T
    ranges = {}
    for row, level in enumerate(levels):
        ends = []
        for own, others, sign in ((smallest, largest, -1), (largest, smallest, 1)):
            scale = np.where(np.arange(len(levels)) == row, own, others)
            moved = Estimates.build(levels, values * scale, covariance * np.outer(scale, scale), **amounts.facets)
            there = percent_of(moved)
            ends.append(float(there.value.values[row] + sign * NORMAL_95 * there.sd.values[row]))
        ranges[level] = (max(ends[0], 0.0), min(ends[1], 100.0))
    return ranges


def table_of(fits: Mapping[str, Fit], lines: Estimates, integrals: Mapping[str, Estimates]) -> pd.DataFrame:
    """Rows of all regions, and behind them those of levels without lines."""
    rates = RATE in lines.facets.get("unit", ())
    tables = [rows_of(level, one, lines) for level, one in fits.items()]
    tables += [_integral_row(level, area, rates=rates) for level, area in integrals.items()]
    return pd.concat(tables, ignore_index=True)


def _integral_row(level: str, area: Estimates, *, rates: bool) -> pd.DataFrame:
    """As that of a line: counts/s x eV over the transmission where lines are rates."""
    stated = [float(area.facets[name][0]) for name in ("exposure", "transmission") if name in area.facets]
    scale = 1 / math.prod(stated) if rates else 1.0
    row = dict.fromkeys(COLUMNS, math.nan) | {"level": level, "line": WITHOUT_LINES, "assignment": ""}
    row |= {"area": float(area.value.item()) * scale, "area_sd": float(area.sd.item()) * scale}
    return pd.DataFrame([row])


def rows_of(level: str, fit: Fit, lines: Estimates) -> pd.DataFrame:
    """Rows of one region; a width that its shape does not call FWHM is left empty."""
    places, widths = fit.positions, fit.parameters.where(quantity="fwhm")
    peaks = list(fit.areas.entries)
    area = lines.select([f"{level} {peak}" for peak in peaks])
    counts = list(fit.areas.facets["assignment"])
    first = np.array([bool(text) for text in counts])
    whole = float(area.value.values[first].sum())
    by_peak = {
        "position": (places.entries, places),
        "fwhm": (widths.facets["peak"], widths),
        "area": (tuple(peaks), area),
    }
    table = pd.DataFrame({"level": level, "line": peaks, "assignment": counts}, index=peaks)
    for name, (names, numbers) in by_peak.items():
        table[name] = pd.Series(numbers.value.values, index=list(names))
        table[f"{name}_sd"] = pd.Series(numbers.sd.values, index=list(names))
    scale = per_rate(fit) if RATE in lines.facets.get("unit", ()) else 1.0
    ranges = area_ranges(fit)
    for column, name in enumerate(("area_low", "area_high")):
        ends = {line: scale * ends[column] for line, ends in ranges.items()}
        table[name] = pd.Series(ends, index=peaks, dtype=float)
    table["share"] = np.where(first, table["area"] / whole, math.nan) if whole > 0 else math.nan
    return table
