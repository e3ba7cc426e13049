"""Edits written back into TOML: what did not change keeps its place, its layout and its comments."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

import tomlkit
from tomlkit.items import InlineTable

from shortrange.edits import Edit

KEY = "edit"
MAPPINGS = ("counts", "start", "fixed")


def with_edits(text: str, edits: Sequence[tuple[int, int, Edit]]) -> str:
    """Text of a recipe with its edits replaced.

    Parameters
    ----------
    text
        The recipe as it was read.
    edits
        Number of the sample, number of its file, edit; an empty edit takes the table away.
    """
    document = tomlkit.parse(text)
    for sample, entry, edit in edits:
        _renew(document["samples"][sample]["spectra"][entry], KEY, edit.table())
    return tomlkit.dumps(document)


def table_text(edit: Edit) -> str:
    """An edit as a TOML document of its own."""
    document = tomlkit.document()
    for key, value in edit.table().items():
        _renew(document, key, value)
    return tomlkit.dumps(document)


def _renew(parent: Any, key: str, value: Any) -> None:
    """Make ``parent[key]`` say ``value``, touching only what says something else."""
    old = parent.get(key)
    if value in (None, {}, []):
        if old is not None:
            del parent[key]
    elif isinstance(value, Mapping) and isinstance(old, MutableMapping):
        for gone in [name for name in old if name not in value]:
            del old[gone]
        for name, inner in value.items():
            _renew(old, name, inner)
    elif old is None or _plain(old) != value:
        parent[key] = _item(value, inline=isinstance(parent, InlineTable))


def _plain(item: Any) -> Any:
    return item.unwrap() if hasattr(item, "unwrap") else item


def _item(value: Any, *, inline: bool) -> Any:
    """A TOML item for a value: tables of their own for tables, one line each for all else."""
    if isinstance(value, Mapping) and not inline:
        table = tomlkit.table()
        for name, inner in value.items():
            table[name] = _item(inner, inline=name not in MAPPINGS)
        return table
    if isinstance(value, Mapping):
        line = tomlkit.inline_table()
        line.update(value)
        return line
    if isinstance(value, list) and any(isinstance(part, Mapping) for part in value):
        rows = tomlkit.array()
        for part in value:
            rows.append(_item(part, inline=True))
        return rows.multiline(len(value) > 1)
    return tomlkit.item(value)
