"""Lines of an NMR model: broad ones of the glass, sharp ones of crystals, further ones, and what links them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from scipy.ndimage import gaussian_filter1d

from spectra.models import (
    Default,
    Line,
    Peak,
    identifier,
    peak,
    positioned,
    tied,
    widened,
)
from spectra.nmr import _defaults as nmr_defaults
from spectra.nmr._widths import Widths
from spectra.spectrum import kind, nucleus, scalar, text_of

AXIS = "chemical_shift"
PHOSPHORUS = "31P NMR"
"""What a spectrum that does not say its nucleus is taken for."""


def nucleus_of(spectrum: xr.Dataset) -> str:
    """Nucleus that a spectrum names, such as 31P; empty where it names none."""
    technique = text_of(spectrum, "technique")
    return nucleus(" ".join(technique.split()[:-1])) if technique and kind(technique) == "NMR" else ""


def spinning_of(spectrum: xr.Dataset) -> tuple[float, float]:
    """Spinning rate (Hz) and Larmor frequency (MHz); an infinite rate where either is not known."""
    rate, larmor = scalar(spectrum, "spinning_rate", None), scalar(spectrum, "larmor_frequency", None)
    if rate is None or larmor is None or rate < nmr_defaults.SLOWEST_MAS:
        return math.inf, larmor or 1.0
    return rate, larmor


def anisotropy(line: Line, widen: float) -> tuple[Default, Default]:
    """Statements about zeta (ppm) and eta of a line."""
    zeta = eta = None
    for label in line.members:
        zeta = zeta or nmr_defaults.ZETA.get(label)
        eta = eta or nmr_defaults.ETA_BY_SPECIES.get(label)
    if zeta is None:
        symmetric = all(label in nmr_defaults.SYMMETRIC for label in line.members)
        zeta = nmr_defaults.ZETA_SYMMETRIC if symmetric else nmr_defaults.ZETA_MIXED
    return widened(zeta, widen), widened(eta or nmr_defaults.ETA, widen)


def usual(zeta: Default) -> float:
    """A usual anisotropy: a fit that starts at 0, where sidebands do not change with it, would not leave it."""
    return zeta.mean if zeta.mean else zeta.sd / math.sqrt(2)


def glass_line(line: Line, widths: Widths, spinning: tuple[float, float], widen: float, lorentz_common: float) -> Peak:
    """Broad line of a glassy site: a whole manifold where the spinning rate is known, else a centreband."""
    rate, larmor = spinning
    common = 0.0 if lorentz_common == 1 else lorentz_common  # one width is a link, with one prior
    source = nmr_defaults.LORENTZ_FWHM.source if widths.prior is not None else nmr_defaults.LORENTZ_ELSEWHERE
    lorentz = widened(replace(nmr_defaults.LORENTZ_FWHM, common=common, source=source), widen)
    quantities: dict[str, Any] = {"center": line.start, "gauss_fwhm": widths.start, "lorentz_fwhm": lorentz.mean}
    quantities |= _turned(rate, larmor)
    made = widths.set(positioned(line, peak(line.name, quantities, assignment=line.text, shape=_shape(rate))))
    made = tied(made, "lorentz_fwhm", lorentz, nmr_defaults.LORENTZ_BOUNDS)
    if math.isfinite(rate):
        zeta, eta = anisotropy(line, widen)
        made = tied(made, "zeta", zeta, nmr_defaults.ZETA_BOUNDS, start=usual(zeta))
        made = tied(made, "eta", eta, nmr_defaults.ETA_BOUNDS)
    return _fixed(made, rate, larmor)


def _turned(rate: float, larmor: float) -> dict[str, float]:
    """What a manifold takes from the spectrometer; nothing of a centreband alone."""
    return {"spinning_rate": rate, "larmor_frequency": larmor} if math.isfinite(rate) else {}


def _shape(rate: float) -> str:
    return "mas" if math.isfinite(rate) else "voigt"


def _fixed(made: Peak, rate: float, larmor: float, **further: float) -> Peak:
    """The peak with what the spectrometer says held fixed."""
    values = {"spinning_rate": rate, "larmor_frequency": larmor, **further}
    named = {f"{made.name}_{quantity}": value for quantity, value in values.items()}
    return replace(
        made,
        parameters=tuple(
            replace(p, value=named[p.name], vary=False) if p.name in named else p for p in made.parameters
        ),
    )


def crystal_line(line: Line, spectrum: xr.Dataset, widths: Widths, spinning: tuple[float, float]) -> Peak:
    """Sharp Lorentzian line of the same species beside the broad one; its anisotropy is linked to the glass."""
    rate, larmor = spinning
    name, narrow = f"{line.name}_crystal", nmr_defaults.CRYSTAL_GAUSS_FWHM
    quantities: dict[str, Any] = {
        "center": (_sharpest(line, spectrum, widths.start), line.lower, line.upper),
        "gauss_fwhm": narrow,
        "lorentz_fwhm": nmr_defaults.CRYSTAL_FWHM,
        **_turned(rate, larmor),
    }
    made = peak(name, quantities, assignment=line.text, shape=_shape(rate))
    return _fixed(made, rate, larmor, gauss_fwhm=narrow)


def _sharpest(line: Line, spectrum: xr.Dataset, width: float) -> float:
    """Where the spectrum stands out most of what a glassy line can follow: a sharp line elsewhere is never found."""
    x = np.asarray(spectrum[AXIS].values, dtype=float)
    y = np.asarray(spectrum["intensity"].values, dtype=float)
    step = float(np.median(np.diff(x)))
    sharp = gaussian_filter1d(y, max(nmr_defaults.CRYSTAL_FWHM[0] / step / 2, 1.0))
    broad = gaussian_filter1d(y, width / step / 2)
    inside = (x >= line.lower) & (x <= line.upper)
    return float(x[inside][int(np.argmax((sharp - broad)[inside]))]) if inside.any() else line.start


def extra_line(name: str, ends: tuple[float, float], widths: Widths) -> Peak:
    """Unassigned line: counts nothing."""
    lower, upper = widths.bounds
    center = ((ends[0] + ends[1]) / 2, *ends)
    fwhm = (lower * 2, min(0.05, lower), upper)
    return peak(identifier(name), {"center": center, "fwhm": fwhm}, shape="pseudo_voigt")


def links_of_model(
    lines: Sequence[Line], crystalline: Sequence[str], rate: float, *, one_width: bool = True
) -> tuple[str, ...]:
    """One homogeneous width for all glassy lines on demand; a crystal has the anisotropy of its species."""
    first = lines[0].name
    links = [f"{line.name}_lorentz_fwhm = {first}_lorentz_fwhm" for line in lines[1:] if one_width]
    for line in lines:
        if line.text in crystalline and math.isfinite(rate):
            links += [f"{line.name}_crystal_{q} = {line.name}_{q}" for q in ("zeta", "eta")]
    return tuple(links)
