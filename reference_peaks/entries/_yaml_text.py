"""A small, strict reading of YAML: mappings, lists and plain scalars, and nothing that surprises.

Built on the event stream of PyYAML. A file holds one document; a plain scalar is an int, a float, null or
text, and nothing else; a quoted scalar is text. Refused, with file and line: duplicate keys, anchors, aliases,
tags, merge keys, several documents, non-finite and over-long numbers, deep nesting, and large files.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from shortrange_core.errors import BadInput

SIZE_LIMIT_BYTES = 1_000_000
DEPTH_LIMIT = 8
DIGIT_LIMIT = 30
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
_NULL = frozenset({"", "~", "null"})
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def plain_scalar(text: str) -> int | float | str | None:
    """Value of a plain scalar: int, float, null, or the text itself.

    Raises
    ------
    ValueError
        If the text is a number that is longer than 30 characters or not finite.

    Examples
    --------
    >>> [plain_scalar(text) for text in ("82.0", "3", "yes", "2020-01-01", "null", "1e3")]
    [82.0, 3, 'yes', '2020-01-01', None, 1000.0]
    """
    if text in _NULL:
        return None
    is_int = _INT.fullmatch(text) is not None
    if not is_int and _FLOAT.fullmatch(text) is None:
        return text
    if len(text) > DIGIT_LIMIT:
        raise ValueError(f"the number {text[:12]}... has {len(text)} characters; give at most {DIGIT_LIMIT}")
    if is_int:
        return int(text)
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text} is not finite; give a finite number")
    return number


class _Builder:
    """Builds the tree of one document from its events."""

    def __init__(self, name: str, events: Iterator[Any]) -> None:
        self.name = name
        self.events = events

    def fail(self, event: Any, problem: str) -> BadInput:
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        return BadInput(f"{self.name}, line {line}: {problem}")

    def document(self) -> Any:
        next(self.events)
        event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            raise BadInput(f"{self.name}: contains no YAML document; write one mapping")
        tree = self.node(next(self.events), 0)
        next(self.events)
        event = next(self.events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise self.fail(event, "a second document begins; keep one document a file")
        return tree

    def node(self, event: Any, depth: int) -> Any:
        if isinstance(event, yaml.AliasEvent):
            raise self.fail(event, f"the alias *{event.anchor} is not allowed; write the value out")
        if event.anchor is not None:
            raise self.fail(event, f"the anchor &{event.anchor} is not allowed; write the value where it is used")
        if event.tag is not None:
            raise self.fail(event, f"the tag {event.tag} is not allowed; leave it out")
        if depth > DEPTH_LIMIT:
            raise self.fail(event, f"nested deeper than {DEPTH_LIMIT} levels; flatten it")
        if isinstance(event, yaml.ScalarEvent):
            return self.value(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(depth)
        return self.mapping(depth)

    def value(self, event: Any) -> Any:
        if event.style is not None and event.style != "":
            return event.value
        try:
            return plain_scalar(event.value)
        except ValueError as error:
            raise self.fail(event, str(error)) from error

    def sequence(self, depth: int) -> list[Any]:
        items = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        return items

    def mapping(self, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self.fail(event, "a key is not plain text; give each key a name")
            self.node(event, depth + 1)
            key = event.value
            if key in mapping or key == "<<":
                raise self.fail(event, f"the key {key!r} is repeated or a merge key; keep one of each")
            mapping[key] = self.node(next(self.events), depth + 1)
        return mapping


def parse_yaml(text: str, name: str = "text") -> Any:
    r"""Tree of one YAML document: dict, list, str, int, float or None.

    Parameters
    ----------
    text
        The document.
    name
        File name for the error messages.

    Raises
    ------
    BadInput
        If the text is no YAML, or uses what this strict reading refuses.

    Examples
    --------
    >>> parse_yaml("species: P:S4\nposition:\n  value: 82.0\n  unit: ppm\n")
    {'species': 'P:S4', 'position': {'value': 82.0, 'unit': 'ppm'}}
    """
    try:
        return _Builder(name, iter(yaml.parse(text, Loader=_LOADER))).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise BadInput(f"{name}{where}: is not YAML ({reason}); correct the syntax") from error
    except (RecursionError, StopIteration, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{name}: cannot be read as YAML ({error or 'it breaks off'}); correct it") from error


def read_yaml(path: str | os.PathLike[str], name: str | None = None) -> Any:
    """Tree of a YAML file in UTF-8 of at most one megabyte.

    Raises
    ------
    BadInput
        If the file is missing, unreadable, too large, not UTF-8, or refused by :func:`parse`.
    """
    file = Path(path)
    label = name or file.name
    try:
        if file.stat().st_size > SIZE_LIMIT_BYTES:
            raise BadInput(f"{label}: is larger than {SIZE_LIMIT_BYTES} bytes; one file holds one claim")
        text = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{label}: is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except (OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{label}: cannot be read ({error}); check the path and its rights") from error
    return parse_yaml(text.removeprefix("\ufeff"), label)


_PLAIN = re.compile(r"[A-Za-z(][A-Za-z0-9 ().+_/~:-]*")


def quoted(text: str) -> str:
    """Text as a scalar that :func:`parse` reads back unchanged; plain where that is safe."""
    plain = _PLAIN.fullmatch(text) is not None and not text.endswith((" ", ":")) and ": " not in text
    if plain and plain_scalar(text) == text and text.lower() not in {"yes", "no", "true", "false", "on", "off"}:
        return text
    escaped = "".join(_ESCAPES.get(character, character) for character in text)
    return f'"{escaped}"'


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_ESCAPES |= {chr(code): f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in _ESCAPES}
_ESCAPES |= {"\u2028": "\\u2028", "\u2029": "\\u2029", "\ufeff": "\\ufeff"}


def dump_yaml(tree: Mapping[str, Any], indent: int = 0) -> str:
    """YAML text of a mapping of mappings, lists of scalars, and scalars, in the order given.

    Examples
    --------
    >>> print(dump_yaml({"species": "P:S3/O", "position": {"value": -9.0, "unit": "ppm"}, "of": ["a", "b"]}), end="")
    species: P:S3/O
    position:
      value: -9.0
      unit: ppm
    of: [a, b]
    """
    pad = " " * indent
    lines = []
    for key, value in tree.items():
        if isinstance(value, Mapping):
            lines.append(f"{pad}{quoted(key)}:\n{dump_yaml(value, indent + 2)}")
        elif isinstance(value, (list, tuple)):
            items = ", ".join(_scalar_text(item, flow=True) for item in value)
            lines.append(f"{pad}{quoted(key)}: [{items}]\n")
        else:
            lines.append(f"{pad}{quoted(key)}: {_scalar_text(value)}\n")
    return "".join(lines)


def _scalar_text(value: Any, *, flow: bool = False) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        text = quoted(value)
        return f'"{text}"' if flow and not text.startswith('"') and re.search(r"[:,\[\]{}]", text) else text
    if isinstance(value, float) and math.isfinite(value):
        text = repr(value)
        return text if "." in text or "e" not in text else text.replace("e", ".0e")
    return str(value)
