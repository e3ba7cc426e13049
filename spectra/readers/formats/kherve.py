"""KherveFitting projects (.json): measured spectra of core levels; their fits through `spectra.read_peak_table`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from shortrange_core.errors import BadInput
from spectra import spectrum
from spectra.readers.raw import Raw, Reader, Source, intact, need, unreadable

LEVELS = "Core levels"


def sniff(source: Source) -> float:
    """JSON that begins with the file and the number of its core levels."""
    text = source.head_text.lstrip()
    return 0.95 if text.startswith("{") and f'"{LEVELS}"' in text[:2000] else 0.0


def core_levels(text: str, name: str) -> Mapping[str, Mapping[str, Any]]:
    """Core levels of a project by the name of their sheet.

    Raises
    ------
    BadInput
        If the text is not complete JSON, or has no core levels.
    """
    try:
        levels = json.loads(text)[LEVELS]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{name}: is not a complete KherveFitting project ({error}); save it again") from error
    if not isinstance(levels, dict) or not all(isinstance(level, dict) for level in levels.values()):
        raise BadInput(f"{name}: its {LEVELS!r} is not a table of core levels; save it again")
    return levels


def parse(source: Source) -> tuple[Raw, ...]:
    """Every core level as measured: binding energies, counts per second.

    Raises
    ------
    BadInput
        If a level has no numbers, or not as many intensities as energies.
    """
    levels = core_levels(source.text, source.name)
    need(bool(levels), source, "contains no core level; save it again")
    return tuple(_raw(source, name, level) for name, level in levels.items())


def _raw(source: Source, name: str, level: Mapping[str, Any]) -> Raw:
    if "B.E." not in level:  # files of its library of peaks
        return unreadable(name, "it has peaks but no data; read them with spectra.read_peak_table")
    try:
        x, y = (np.array(level[key], dtype=float) for key in ("B.E.", "Raw Data"))
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{source.name}: the level {name!r} has no list of numbers ({error}); save it again") from error
    same = x.ndim == 1 and x.shape == y.shape
    intact(same, source, f"the level {name!r} has {x.size} energies and {y.size} intensities")
    written = spectrum.level(re.sub(r"(?<=[spdf])\d+$", "", name))
    return Raw(name, x, y, unit="eV", axis="binding_energy", technique=spectrum.level_technique(written))


READERS = (
    Reader(
        "kherve",
        "KherveFitting project",
        (".json",),
        sniff,
        parse,
        gives="every core level; its fits are read by `spectra.read_peak_table`",
        held_to="three public projects, their workbooks",
    ),
)
