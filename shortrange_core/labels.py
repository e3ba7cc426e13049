"""Labels as text: tokens that keep brackets together, and one slug where a file name is needed."""

from __future__ import annotations

import hashlib
import re

SLUG_LENGTH = 60
_PLAIN = re.compile(r"[^A-Za-z0-9.]+")


def slug(label: str) -> str:
    """File-name form of a label; different labels never share one.

    Labels that hold anything but letters, digits, single inner hyphens and dots get a short hash of the
    label appended, because replacing characters alone would let two labels meet.

    Examples
    --------
    >>> slug("Na3PS4")
    'Na3PS4'
    >>> slug("P:S3/O") == slug("P:S3~O")
    False
    >>> slug("P:S3/O").startswith("P-S3-O")
    True
    """
    plain = _PLAIN.sub("-", label).strip("-.")[:SLUG_LENGTH]
    if plain == label and label:
        return plain
    digest = hashlib.sha256(label.encode()).hexdigest()[:6]
    return f"{plain or 'label'}-{digest}"


def tokens(text: str, separators: str = ",;") -> tuple[str, ...]:
    """Parts of ``text`` between separators that stand outside every bracket, blanks removed.

    Examples
    --------
    >>> tokens("P:S4, P:S3O, P(3):/S3")
    ('P:S4', 'P:S3O', 'P(3):/S3')
    """
    parts: list[str] = []
    depth, start = 0, 0
    for index, character in enumerate(text):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character in separators and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    parts.append(text[start:])
    return tuple(part.strip() for part in parts if part.strip())
