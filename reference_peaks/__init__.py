"""Published line positions of structural units, one claim a file, and the priors that fits take from them."""

from reference_peaks.claims import Claim, Quantity, Source
from reference_peaks.folder import write
from reference_peaks.library import Library, load
from reference_peaks.pooling import Pooled, TechniqueSpread
from reference_peaks.prior import Prior, Window, scaled

__all__ = [
    "Claim",
    "Library",
    "Pooled",
    "Prior",
    "Quantity",
    "Source",
    "TechniqueSpread",
    "Window",
    "load",
    "scaled",
    "write",
]
