"""One colour for every species and kind of line, the same in every figure, report, editor and site.

The colour follows from the label alone, never from the order in which lines are drawn. Labels that occur together in
the glasses of this field have colours chosen to stay apart for readers with any of the three colour vision deficiencies
(simulated after doi:10.1109/TVCG.2009.113; a test holds the distance). Every other label takes a hue from its text.
"""

from __future__ import annotations

import colorsys
import hashlib
import re
from collections.abc import Mapping
from types import MappingProxyType

BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"
SERIES = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, "#000000")
"""Okabe and Ito's colours for curves that are told apart by order: cells, circuits, temperatures."""
GREY, PALE = "#555555", "#d9d9d9"
WARNING = "#b2182b"
"""What a figure warns of: residuals that the model misses, contradictions."""

OF_OTHER_FORMERS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "Si": {
            **{"O4": "#99ccff", "O3/O": "#9e86b6", "O2/O2": "#8b16c5", "O/O3": "#2e4c87", "/O4": "#0a0c84"},
            **{"S4": "#7e92f1", "S3/S": "#ec516a", "S2/S2": "#aa1000", "S/S3": "#635fa0", "/S4": "#3d1430"},
        },
        "Ge": {
            **{"O4": "#ecb851", "O3/O": "#ad7400", "O2/O2": "#7e6ecf", "O/O3": "#5700ad", "/O4": "#4e2700"},
            **{"S4": "#99aaff", "S3/S": "#f17e92", "S2/S2": "#5c0aff", "S/S3": "#6c4f41", "/S4": "#0d0d73"},
        },
        "B": {
            **{"O3": "#c9c9a6", "O2/O": "#938bff", "O/O2": "#65597f", "/O3": "#604020", "/O4": "#490808"},
            **{"S3": "#80b9ff", "S2/S": "#c77490", "S/S2": "#4162f2", "/S3": "#82822b", "/S4": "#342654"},
        },
        "As": {
            **{"O3": "#b6c4a7", "O2/O": "#9997ff", "O/O2": "#525b89", "/O3": "#694828", "/O4": "#3c0b0f"},
            **{"S3": "#89d5f0", "S2/S": "#cf6a9f", "S/S2": "#6d5fd2", "/S3": "#9b8438", "/S4": "#3b2044"},
        },
        "Sb": {
            **{"O3": "#cdcfbc", "O2/O": "#8a9ef4", "O/O2": "#49528c", "/O3": "#58371d", "/O4": "#4f1400"},
            **{"S3": "#77c5ff", "S2/S": "#d969bb", "S/S2": "#4a74e5", "/S3": "#83911e", "/S4": "#353050"},
        },
        "Al": {"/O4": "#c58b16", "/O5": "#038168", "/O6": "#36143d"},
    }
)
"""Colours of units of one ligand, by network former: the more bridges, the darker. No two labels have one colour."""
CHOSEN: Mapping[str, str] = MappingProxyType(
    {
        "P:S4": "#004488",  # isolated tetrahedra: from navy to pale as sulfur leaves, green without it
        "P:S3O": "#0072b2",
        "P:S2O2": "#56b4e9",
        "P:SO3": "#99ddff",
        "P:O4": "#009e73",
        "P:S3/O": "#d55e00",  # bridged units: warm
        "P:S2O/O": "#cc79a7",
        "P:O3/O": "#8c510a",
        "P:S3/S": "#aaaa00",
        "P:S3~P": "#661100",
        "P:S2/S2": "#ffaabb",
        "P:O2/O2": "#882255",
        "P:O/O3": "#ad0aff",
        "S-S": "#bbcc33",
        "P:SO2/O": "#222255",
        "BO": "#ee7733",
        "NBO": "#4477aa",
        "oxide": "#777777",
        **{f"{former}:{unit}": colour for former, units in OF_OTHER_FORMERS.items() for unit, colour in units.items()},
    }
)
"""Colours by label; of a line that counts several, the one that stands first here is taken."""
_NUMBERED = re.compile(r"line([1-9][0-9]*)")
"""Lines that are named by their number stand beside one another, and their texts make hues that may lie together."""
_LEVELS = ((0.42, 0.75), (0.55, 0.6), (0.68, 0.55))
"""Lightness and saturation of colours that are made from a text: dark enough on white, light enough under a line."""


def colour_of(text: str) -> str:
    """Colour of a species, a line or what a line counts, as ``#rrggbb``.

    Parameters
    ----------
    text
        Canonical label, sum of labels, or the name of a line that counts nothing.

    Examples
    --------
    >>> colour_of("P:S4"), colour_of("P:S3O + P:S4") == colour_of("P:S4"), colour_of("Si:S4") == colour_of("Si:S4")
    ('#004488', True, True)
    >>> colour_of("line1"), colour_of("line3")
    ('#0072b2', '#009e73')
    """
    members = [member.strip() for member in text.split(" + ")]
    chosen = [label for label in CHOSEN if label in members]
    if numbered := _NUMBERED.fullmatch(text):
        return SERIES[(int(numbered[1]) - 1) % (len(SERIES) - 1)]
    return CHOSEN[chosen[0]] if chosen else _made(min(members))


def _made(label: str) -> str:
    """A colour from the text: the same on every machine, and hardly ever the same for two texts."""
    digest = hashlib.sha256(label.encode()).digest()
    lightness, saturation = _LEVELS[digest[0] % len(_LEVELS)]
    hue = int.from_bytes(digest[1:3], "big") / 65536
    return "#" + "".join(f"{round(255 * part):02x}" for part in colorsys.hls_to_rgb(hue, lightness, saturation))
