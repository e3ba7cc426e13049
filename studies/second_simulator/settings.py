"""Settings of a series: the numbers of ``numbers.toml`` under one arm, with faults planted on purpose."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ARMS = ("clean", "world", "rough", "coupled", "lithium", "pyrosulfide", "example")


@cache
def numbers() -> dict[str, Any]:
    """Everything that ``numbers.toml`` says."""
    return tomllib.loads(Path(__file__).with_name("numbers.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Settings:
    """What a series is drawn from.

    Parameters
    ----------
    tables
        Tables of ``numbers.toml`` with the changes of the arm made.
    faults
        Amplitude of every fault that is planted, by name.
    """

    tables: Mapping[str, Any]
    faults: Mapping[str, float] = field(default_factory=dict)

    def fault(self, name: str) -> float:
        """Amplitude of a fault; 0 where it is not planted."""
        return float(self.faults.get(name, 0.0))


def settings(arm: str = "clean", **faults: float) -> Settings:
    """Settings of an arm with further faults.

    Parameters
    ----------
    arm
        One of ``ARMS``.
    **faults
        Amplitudes by name, over those of the arm; names and units stand in ``numbers.toml``.

    Raises
    ------
    ValueError
        If an arm or a fault is not known.
    """
    stated = numbers()
    strangers = sorted(set(faults) - set(stated["faults"]))
    if arm not in ARMS or strangers:
        raise ValueError(f"arm {arm!r}, faults {strangers}: arms are {ARMS}, faults {sorted(stated['faults'])}")
    tables = copy.deepcopy(stated)
    own = stated["arms"][arm]
    for changes in (stated["arms"].get(own.get("base", ""), {}), own):
        for table, values in changes.items():
            if table not in ("base", "faults"):
                tables[table].update(values)
    for table in ("units", "free"):
        tables[table] = {label: tables[table][label] for label in tables["series"][table]}
    return Settings(tables, {**own.get("faults", {}), **faults})
