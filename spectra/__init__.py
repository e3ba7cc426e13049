"""Spectra with labels and noise: readers, line shapes, models, fits, and the techniques NMR, Raman, FTIR and XPS.

Names are imported when they are first used, so that ``import spectra`` costs nothing.
"""

import importlib
from typing import Any

_HOMES = {
    "batch": ("fit_map",),
    "comparison": ("compare", "error_budget", "Comparison"),
    "contract": ("AXES", "check", "check_together", "estimate_noise", "from_arrays"),
    "detection": ("Maximum", "find_maxima"),
    "diagnostics": ("identifiability", "residual_tests", "Identifiability", "ResidualTests"),
    "fitting": ("Fit", "fit"),
    "lmfit_bridge": ("to_lmfit", "from_lmfit"),
    "model": ("Model", "Parameter", "Peak", "peak"),
    "peak_tables": ("PeakTable", "read_peak_table", "read_samples"),
    "plots": ("plot_fit", "plot_pulls", "plot_spectrum"),
    "reading": ("Block", "Reader", "contents", "read"),
    "simulation": ("simulate",),
    "together": ("fit_together", "TogetherFit"),
    "uncertainty": ("profile", "bootstrap", "Profile", "Bootstrap"),
}
_MODULES = (
    "absorbance",
    "auger",
    "backgrounds",
    "calibration",
    "charge",
    "contract",
    "cosmic_rays",
    "ftir",
    "ftir_defaults",
    "intensities",
    "interfaces",
    "lines",
    "nmr",
    "nmr_defaults",
    "nmr_processing",
    "peak_tables",
    "quantification",
    "raman",
    "raman_defaults",
    "reading",
    "recovery_stacks",
    "referencing",
    "saturation",
    "shapes",
    "shares",
    "sidebands",
    "surface",
    "thermal",
    "xps",
    "xps_defaults",
)
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted((*_HOME_OF, *_MODULES))  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(importlib.import_module(f"spectra.{_HOME_OF[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"spectra.{name}")
    raise AttributeError(f"module 'spectra' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
