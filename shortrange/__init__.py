"""The workflow: recipe, analysis of a glass series, report, command line.

Names are imported when they are first used, so that a help page costs nothing.
"""

from shortrange_core.lazy import attach

_HOMES = {
    "example": ("write_example",),
    "recipe": ("Recipe", "check_recipe", "read_recipe"),
    "remaking": ("Comparison", "remake"),
    "reporting": ("report",),
    "single": ("fit_file", "model_at"),
    "results": ("Analysis",),
    "workflow": ("analyse",),
}

__all__, __getattr__, __dir__ = attach(__name__, _HOMES)
