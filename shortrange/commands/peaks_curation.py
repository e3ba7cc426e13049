"""The sub-commands of ``shortrange peaks`` that write, pool and compare."""

from __future__ import annotations

import typer


def register(peaks: typer.Typer) -> None:
    """Add the curating sub-commands to ``peaks``."""
