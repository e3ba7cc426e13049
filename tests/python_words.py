"""What only Python spells so, and no command may print: options as arguments, calls, and nothing as ``None``."""

import re

AROUND = 80
_IN_PYTHON = re.compile(
    r"(?<![\w./-])[a-z]\w+=(?=$|[\s;,.)]|None\b|True\b|False\b|['\"(\[{])"  # noise= and form='ln sigma'
    r"|\b(?!p\()[a-z_]\w*\(\)"  # conflicts(); p() is a parallel group of a circuit
    r"|\bor None\b",
    re.MULTILINE,
)


def in_python(text: str) -> list[str]:
    """Lines of ``text`` that spell something as Python does; of a long one what stands around the place."""
    found = [(line, place) for line in text.splitlines() if (place := _IN_PYTHON.search(line))]
    return [line[max(place.start() - AROUND, 0) : place.end() + AROUND] for line, place in found]
