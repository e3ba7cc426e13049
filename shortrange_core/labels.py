"""Labels as text: tokens that keep brackets together, slugs and file names."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

SLUG_LENGTH = 60
_PLAIN = re.compile(r"[^A-Za-z0-9.]+")


def named_twice(names: Iterable[str]) -> list[str]:
    """Names that occur more than once, in the order of the alphabet.

    Examples
    --------
    >>> named_twice(["b", "a", "b", "c", "a"])
    ['a', 'b']
    """
    return sorted(name for name, times in Counter(names).items() if times > 1)


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


def file_names(labels: Iterable[str]) -> dict[str, str]:
    """A file name that a person can type for each of a set of labels; two that would meet are numbered.

    Examples
    --------
    >>> file_names(["x = 0.60, 31P NMR", "x = 0.60; 31P NMR", "P:S3/O"])
    {'x = 0.60, 31P NMR': 'x-0.60_31P-NMR', 'x = 0.60; 31P NMR': 'x-0.60_31P-NMR-2', 'P:S3/O': 'P-S3-O'}
    >>> file_names(["Ä, Raman", "Ö, Raman"])
    {'Ä, Raman': 'A_Raman', 'Ö, Raman': 'O_Raman'}
    """
    names: dict[str, str] = {}
    for label in labels:
        letters = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()  # Ä is A, not nothing
        parts = [_PLAIN.sub("-", part).strip("-.") for part in re.split(r"[,;] ", letters)]
        plain = "_".join(part for part in parts if part)[:SLUG_LENGTH] or "unnamed"
        taken, number, name = {name.lower() for name in names.values()}, 1, plain
        while name.lower() in taken:  # some disks do not tell capitals
            number += 1
            name = f"{plain}-{number}"
        names[label] = name
    return names


def tokens(text: str) -> tuple[str, ...]:
    """Parts of ``text`` between commas and semicolons that stand outside every bracket, blanks removed.

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
        elif character in ",;" and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    parts.append(text[start:])
    return tuple(part.strip() for part in parts if part.strip())
