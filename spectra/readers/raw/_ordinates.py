"""What an intensity is, from how a file calls it and from its size: per cent and absolute are never confused."""

from __future__ import annotations

import re

import numpy as np

from spectra.readers.raw._records import Array

PERCENT_FROM = 1.5
"""A transmittance or reflectance above it is in per cent: noise and baselines leave an absolute one below."""
_WORDS = ("kubelka-munk", "counts")
_LETTER = r"|^{0}$|%\s?{0}$|%{0}(?=\s)|^{0}\s?[/(\[]?\s?%[)\]]?$"  # T, %T, % T, T%, T / %, T (%), T [%]
_QUANTITIES = {
    "transmittance": re.compile(r"transmitt|transmission|durchl(?:ä|ae?)ssigkeit" + _LETTER.format("t")),
    "reflectance": re.compile(r"reflect|reflexion|reflektan[zc]" + _LETTER.format("r")),
}
_ABSORBANCE = re.compile(r"absorb|^abs\.?\s?(?:$|[(\[])|(?<=\s)abs\.?$|absorption(?!.*%)|extinktion")
"""What programs and people call them; single letters only where nothing else stands beside them."""


def ordinate_unit(text: str, values: Array) -> str:
    """Unit of an intensity; ``"arbitrary"`` where the text does not say it.

    Examples
    --------
    >>> ordinate_unit("TRANSMITTANCE", np.array([0.1, 0.9])), ordinate_unit("Transmittance (%)", np.array([0.1, 0.9]))
    ('transmittance', 'percent transmittance')
    >>> ordinate_unit("Reflectance", np.array([20.0, 80.0])), ordinate_unit("I", np.array([20.0, 80.0]))
    ('percent reflectance', 'arbitrary')
    """
    lowered = text.lower().strip()
    for quantity, named in _QUANTITIES.items():
        if named.search(lowered):
            size = float(np.max(np.abs(values), initial=0.0, where=np.isfinite(values)))
            percent = "%" in lowered or "percent" in lowered or size > PERCENT_FROM
            return f"percent {quantity}" if percent else quantity
    if _ABSORBANCE.search(lowered):
        return "absorbance"
    return next((word for word in _WORDS if word in lowered), "arbitrary")
