"""Letters that a terminal or a file does not know are spelled out: PS₄ is PS4 there, and no command ends over one."""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata
from types import MappingProxyType

NAME = "shortrange.spelled"
SPELLED = MappingProxyType({"⁄": "/", "−": "-", "–": "-", "→": "->", "≤": "<=", "≥": ">=", "…": "...", "₋": "-"})
"""What the compatibility forms of Unicode leave as a sign of its own."""


def spell_out() -> None:
    """Make standard output and error spell out what their encoding lacks (a redirect on Windows: cp1252)."""
    codecs.register_error(NAME, _handled)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=NAME)


def spelled(text: str) -> str:
    """Text in ASCII: small digits as digits, signs as people type them, anything else as a question mark.

    Examples
    --------
    >>> spelled("PS₃O½²⁻ (P–P) ≤ 0.1 字")
    'PS3O1/22- (P-P) <= 0.1 ?'
    """
    plain = "".join(SPELLED.get(letter, letter) for letter in unicodedata.normalize("NFKD", text))
    return "".join(letter if letter.isascii() else "?" for letter in plain if not unicodedata.combining(letter))


def _handled(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return spelled(error.object[error.start : error.end]), error.end
