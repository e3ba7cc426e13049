"""Settings that stand above a table of text: ``key = value``, ``key: value``, ``KEY,VALUE``."""

from __future__ import annotations

import re
from collections.abc import Sequence

_KEY_VALUE = re.compile(r"^[#%/!*\s]*([A-Za-z][^=:\t;]{0,60}?)\s*[=:\t;]\s*(.*?)\s*$")
_KEY_COMMA_VALUE = re.compile(r"^([A-Za-z][A-Za-z /_.-]{0,40}?)\s*,\s*([^,]*?)\s*$")


def settings(header: Sequence[str]) -> dict[str, str]:
    """Lines ``key = value``, ``key: value``, ``key;value`` or ``##KEY=value``, with keys in small letters."""
    by_name: dict[str, str] = {}
    for line in header:
        match = _KEY_VALUE.match(line) or _KEY_COMMA_VALUE.match(line)
        if match:
            by_name.setdefault(match[1].strip().lower(), match[2].strip())
    return by_name
