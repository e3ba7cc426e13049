"""Spectra with labels and noise: readers, line shapes, models, fits, and the techniques NMR, Raman, FTIR and XPS.

Names are imported when they are first used, so that ``import spectra`` costs nothing.
"""

from shortrange_core.lazy import attach

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
    "quiet_regions": ("noise_from_region",),
    "reading": ("Block", "Reader", "contents", "read"),
    "reading_notes": ("notes_of_reading",),
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

__all__, __getattr__, __dir__ = attach(__name__, _HOMES, _MODULES)
