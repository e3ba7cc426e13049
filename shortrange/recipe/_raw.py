"""What stands in a recipe as it is written, where its types are not checked yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def texts_in(table: Mapping[str, Any], key: str) -> list[str]:
    """Texts of a list; none where the key holds something else, which its type tells."""
    value = table.get(key, [])
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def table_in(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A table inside a table; an empty one where the key holds something else, which its type tells."""
    value = table.get(key, {})
    return value if isinstance(value, dict) else {}
