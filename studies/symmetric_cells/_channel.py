"""What the channel of an instrument adds to current and voltage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
RANGES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)  # A


@dataclass(frozen=True)
class Channel:
    """What a channel adds: relative and absolute noise, offsets, gains of its ranges, bits, and volts of its range."""

    relative: float
    amperes: float
    volts: float
    offset: float
    gains: tuple[float, ...]
    bits: int
    range_volt: float

    @property
    def step_volt(self) -> float:
        """V of one bit."""
        return float(2 * self.range_volt / 2**self.bits)

    @staticmethod
    def range_of(current: Vector) -> npt.NDArray[np.intp]:
        """Number of the range that follows the size of the current (A)."""
        return np.asarray(np.minimum(np.searchsorted(RANGES, np.abs(current) * 1.0001), len(RANGES) - 1), dtype=np.intp)

    def bit(self, current: Vector) -> Vector:
        """A of one bit in the range of each current."""
        return np.asarray(2 * np.asarray(RANGES)[self.range_of(current)] / 2**self.bits, dtype=float)

    def measure(self, current: Vector, voltage: Vector, rng: np.random.Generator) -> tuple[Vector, Vector]:
        """Current and voltage as the channel records them; the range follows the size of the current."""
        place, bit = self.range_of(current), self.bit(current)
        noise = np.hypot(self.relative * current, self.amperes)
        seen = current * (1 + np.asarray(self.gains)[place]) + self.offset + noise * rng.standard_normal(current.size)
        volts = voltage + np.hypot(self.relative * voltage, self.volts) * rng.standard_normal(voltage.size)
        return np.rint(seen / bit) * bit, np.rint(volts / self.step_volt) * self.step_volt


def channel(rng: np.random.Generator, relative: float | None = None) -> Channel:
    """A drawn channel: relative noise 1e-6 to 1e-3, 8 to 24 bits."""
    return Channel(
        relative=10 ** rng.uniform(-6, -3) if relative is None else relative,
        amperes=10 ** rng.uniform(-8, -6.5),
        volts=10 ** rng.uniform(-6, -3.5),
        offset=rng.uniform(-3e-7, 3e-7),
        gains=tuple(rng.normal(0, 5e-4, len(RANGES))),
        bits=int(rng.choice([8, 10, 12, 14, 16, 18, 20, 24])),
        range_volt=float(rng.choice([1.0, 5.0, 10.0])),
    )
