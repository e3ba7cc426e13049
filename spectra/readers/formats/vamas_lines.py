"""The lines of a VAMAS file, taken one by one as texts, numbers and counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shortrange_core.errors import BadInput
from spectra.readers.raw import Array, Source, intact


@dataclass(slots=True)
class Lines:
    """The lines of a file, taken one by one."""

    source: Source
    lines: list[str]
    position: int = 0

    def text(self) -> str:
        """Next line, without blanks and NUL at its ends."""
        intact(self.position < len(self.lines), self.source, f"ends at line {self.position}")
        self.position += 1
        return self.lines[self.position - 1].replace("\0", "").strip()

    def number(self) -> float:
        """Next line as a number."""
        text = self.text()
        try:
            return float(text)
        except ValueError as error:
            raise BadInput(
                f"{self.source.name}: line {self.position} is {text[:40]!r} where the format needs a number; "
                "the file is damaged: copy or export it again"
            ) from error

    def count(self) -> int:
        """Next line as a number of things, no more than there are lines left."""
        value = self.number()
        left = len(self.lines) - self.position
        whole = np.isfinite(value) and value == int(value) and 0 <= value <= left
        intact(bool(whole), self.source, f"line {self.position} announces {value:g} entries, but {left} lines are left")
        return int(value)

    def skip(self, number: int) -> None:
        """Pass over lines."""
        for _ in range(number):
            self.text()

    def values(self, number: int) -> Array:
        """Next lines as numbers."""
        intact(self.position + number <= len(self.lines), self.source, "ends inside its ordinates")
        chunk = self.lines[self.position : self.position + number]
        try:
            numbers = np.array([float(text) for text in chunk])
        except ValueError as error:
            raise BadInput(
                f"{self.source.name}: a line after line {self.position} is not a number ({error}); "
                "the file is damaged: copy or export it again"
            ) from error
        self.position += number
        return numbers
