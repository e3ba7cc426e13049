r"""What was done to a decay before its Fourier transform, kept as a text beside the spectrum, and the noise it makes.

The variance of point k of the decay is the power of the noise of the spectrum at that frequency along its axis. Lines,
which are slow, feel both directions of time; a level feels the first point alone, which has no partner.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from shortrange_core.errors import BadInput

Array = npt.NDArray[np.float64]
PROCESSING = "noise_processing"
LARGEST_SIZE = 1 << 24


@dataclass(frozen=True, slots=True)
class Decay:
    """How a decay became a spectrum; times in points of the decay, frequencies in cycles a point.

    Parameters
    ----------
    points, filled
        Points of the decay, and after zero filling.
    lorentzian, gaussian
        Broadening (fwhm).
    first
        Time of the first point; negative in a whole echo.
    weight
        Factor of the first point before the transform: 1/2 where the baseline is kept from being lifted.
    phase1
        First-order phase correction over the whole axis in degrees.
    """

    points: int
    filled: int
    lorentzian: float = 0.0
    gaussian: float = 0.0
    first: float = 0.0
    weight: float = 0.5
    phase1: float = 0.0

    def __post_init__(self) -> None:
        whole = all(float(n).is_integer() for n in (self.points, self.filled))
        if not (whole and 1 < self.points <= self.filled <= LARGEST_SIZE and self.lorentzian >= 0 and self.weight >= 0):
            raise BadInput(
                f"{PROCESSING}: {self.text()}: points and filled are whole, 2 or more, filled at least points and at "
                f"most {LARGEST_SIZE}; broadening and weight are 0 or more"
            )

    @classmethod
    def parse(cls, text: str) -> Decay:
        """From ``"points 512, filled 2048, lorentzian 0.01"``; what is not named has its default.

        Raises
        ------
        BadInput
            If a name is not known, a value is not a number, or ``points`` or ``filled`` is missing.

        Examples
        --------
        >>> Decay.parse("points 512, filled 2048, lorentzian 0.01").filled
        2048
        """
        names = {field.name for field in fields(cls)}
        values: dict[str, float] = {}
        for part in text.split(","):
            name, _, number = part.strip().partition(" ")
            try:
                values[name] = float(number)
            except ValueError:
                values[name] = math.nan
        wrong = sorted(n for n, v in values.items() if n not in names or not math.isfinite(v))
        if wrong or not {"points", "filled"} <= set(values):
            raise BadInput(
                f"{PROCESSING}: {text[:80]!r} is not understood ({', '.join(wrong) or 'points, filled'}); give names "
                f"of {', '.join(names)} with a number each, such as 'points 512, filled 2048, lorentzian 0.01'"
            )
        rest = {name: value for name, value in values.items() if name not in ("points", "filled")}
        whole = [int(v) if v.is_integer() else v for v in (values["points"], values["filled"])]
        return cls(whole[0], whole[1], **rest)  # type: ignore[arg-type]  # fractions are refused with a message

    def text(self) -> str:
        """As a scalar coordinate of a spectrum holds it; what has its default is left out.

        Examples
        --------
        >>> Decay(512, 2048, gaussian=0.02).text()
        'points 512, filled 2048, gaussian 0.02'
        """
        kept = [f for f in fields(self) if f.name in ("points", "filled") or getattr(self, f.name) != f.default]
        return ", ".join(f"{field.name} {getattr(self, field.name)!r}" for field in kept)

    def window(self) -> Array:
        """Factor of every point of the decay."""
        factors = apodisation(np.abs(self.first + np.arange(self.points)), self.lorentzian, self.gaussian)
        factors[0] *= self.weight
        return factors

    def together(self) -> float:
        r"""Points of the real part that count as one for a line that is wider than its broadening.

        .. math:: c = \frac{M\,[w(0^+)^2 + w(M^-)^2]}{2 \sum_k w_k^2}

        The noise of a whole echo lies on both sides of its top: twice that.

        Examples
        --------
        >>> [round(Decay(512, filled, weight=1.0).together(), 3) for filled in (512, 1024, 2048, 4096)]
        [1.0, 1.0, 2.0, 4.0]
        """
        plain = apodisation(np.abs(self.first + np.arange(self.points)), self.lorentzian, self.gaussian)
        echo = self.first < -self.points / 4
        top = plain.max() if echo else plain[0]
        end = plain[-1] if self.filled == self.points and not echo else 0.0
        whole = self.filled * (top**2 + end**2) / float(np.sum(plain**2))
        return float(max(whole if echo else whole / 2, 1.0))

    def autocorrelation(self) -> Array:
        r"""Autocorrelation of the noise of the real part over lags of 0 to ``filled`` - 1 points.

        .. math::

            r_d = \mathrm{Re} \sum_k w_k^2 e^{-2\pi i (k + k_0) d / M + i \varphi_1 d / (M - 1)} \Big/ \sum_k w_k^2

        Examples
        --------
        >>> (Decay(4, 8, weight=1.0).autocorrelation().round(2)[[0, 2, 4]] + 0.0).tolist()
        [1.0, 0.0, 0.0]
        """
        power, lag = self.window() ** 2, np.arange(self.filled)
        turn = np.radians(self.phase1) * lag / (self.filled - 1) - 2 * np.pi * self.first * lag / self.filled
        return np.asarray((np.fft.fft(power, self.filled) * np.exp(1j * turn)).real / power.sum())


def apodisation(time: npt.ArrayLike, lorentzian: float, gaussian: float) -> Array:
    """Window of a FID: broadens every line by a Lorentzian and a Gaussian of the given fwhm (Hz, where time is in s).

    Examples
    --------
    >>> apodisation([0.0, 1 / np.pi], 1.0, 0.0).round(4).tolist()
    [1.0, 0.3679]
    """
    t = np.asarray(time, dtype=float)
    return np.asarray(np.exp(-np.pi * lorentzian * t - (np.pi * gaussian * t) ** 2 / (4 * math.log(2.0))))
