"""Places of a recipe that ``shortrange init`` left blank, and the recipe without them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

BLANK = "?"
_WANTED = {
    "composition": "write its formula, such as Na3PS3.85O0.15",
    "technique": "write '31P NMR', 'Raman', 'FTIR', 'O 1s XPS' ...",
    "block": "give one of the blocks listed by 'shortrange info'",
    "units": "give the structural units that may be present; 'shortrange species' lists them",
    "lines": "give what each line counts, such as 'P:S4 + P:S3O'",
    "cation": "give the modifier for which published positions are used, such as Na",
}


def blanks(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """Every place of a recipe that is still blank, with what belongs there.

    Examples
    --------
    >>> blanks({"units": ["?"], "samples": [{"name": "b", "composition": "?"}]})[1]
    "sample 'b': composition is still blank ('?'); write its formula, such as Na3PS3.85O0.15"
    """
    return tuple(_blanks(raw, ""))


def _blanks(value: Any, place: str, key: str = "") -> Iterator[str]:
    if value == BLANK:
        yield f"{place}{key} is still blank ({BLANK!r}); {_WANTED.get(key, 'fill it, or remove the line')}"
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _blanks(item, f"techniques.{name}: " if key == "techniques" else place, str(name))
    elif isinstance(value, list):
        for item in value:
            yield from _blanks(item, f"{place}{_named(item)}", key)


def _named(item: Any) -> str:
    if not isinstance(item, Mapping):
        return ""
    if "name" in item:
        return f"sample {item['name']!r}: " if "composition" in item else f"{item['name']!r}: "
    return f"{item['file']}: " if "file" in item else ""
