"""What decays of Bruker's settings need before a transform: the points of a digital filter out, and their sense.

Older spectrometers do not state GRPDLY; REVERSE, which other makers write too, is of the transform that is to follow.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from spectra.readers.raw import Array

# fmt: off
_DECIMATIONS = (
    2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048,
)
_DELAYS: dict[int, tuple[float, ...]] = {
    10: (
        44.75, 33.5, 66.625, 59.08333333, 68.5625, 60.375, 69.53125, 61.02083333, 70.015625, 61.34375,
        70.2578125, 61.50520833, 70.37890625, 61.5859375, 70.43945312, 61.62630208, 70.46972656, 61.64648438,
        70.48486328, 61.65657552, 70.49243164,
    ),
    11: (
        46, 36.5, 48, 50.16666667, 53.25, 69.5, 72.25, 70.16666667, 72.75, 70.5, 73, 70.66666667, 72.5,
        71.33333333, 72.25, 71.66666667, 72.125, 71.83333333, 72.0625, 71.91666667, 72.03125,
    ),
    12: (
        46, 36.5, 48, 50.16666667, 53.25, 69.5, 71.625, 70.16666667, 72.125, 70.5, 72.375, 70.66666667, 72.5,
        71.33333333, 72.25, 71.66666667, 72.125, 71.83333333, 72.0625, 71.91666667, 72.03125,
    ),
    13: (
        2.75, 2.833333333, 2.875, 2.916666667, 2.9375, 2.958333333, 2.96875, 2.979166667, 2.984375, 2.989583333,
        2.9921875, 2.994791667,
    ),
}
# fmt: on
"""Delay in points by firmware (DSPFVS) and decimation (DECIM), in the order of the decimations: W. M. Westler and
F. Abildgaard, "DMX digital filters and non-Bruker offline processing III" (1996), the table that all programs share."""
ANALOG = 0.0  # DIGMOD: no digital filter, no delay


def group_delay(acquisition: Mapping[str, float | None]) -> float | None:
    """Points of delay of a decay: GRPDLY where it is stated, else by firmware and decimation; None where unknown.

    Parameters
    ----------
    acquisition
        GRPDLY, DSPFVS, DECIM and DIGMOD as acqus states them, None where it does not.

    Examples
    --------
    >>> group_delay({"GRPDLY": -1.0, "DSPFVS": 10.0, "DECIM": 2.0}), group_delay({"GRPDLY": 67.98})
    (44.75, 67.98)
    """
    stated, firmware, decimation = (acquisition.get(name) for name in ("GRPDLY", "DSPFVS", "DECIM"))
    if stated is not None and stated >= 0:
        return stated
    if acquisition.get("DIGMOD") == ANALOG or not firmware or decimation == 1:
        return 0.0
    table = dict(zip(_DECIMATIONS, _DELAYS.get(int(firmware), ()), strict=False))
    return table.get(int(decimation or 0))


def without_group_delay(signal: Array, delay: float) -> tuple[Array, tuple[str, ...]]:
    """Decay without the ``delay`` points that a digital filter puts before it, and what was done.

    A shift by a fraction of a point is a phase ramp in the frequency domain; what wraps around to the end is cut off.
    """
    if not 0 < delay < signal.size - 1:
        return signal, ()
    ramp = np.exp(2j * np.pi * np.fft.fftfreq(signal.size) * delay)
    shifted = np.fft.ifft(np.fft.fft(signal) * ramp)
    kept = signal.size - int(np.ceil(delay))
    return shifted[:kept], (f"group delay of {delay:g} points removed",)


def in_sense(signal: Array, reverse: str) -> tuple[Array, tuple[str, ...]]:
    """Decay whose transform is the right way round, and what was done.

    Parameters
    ----------
    signal
        Complex decays, points along the last dimension.
    reverse
        Setting REVERSE: ``yes`` where the transform is to mirror the spectrum about the carrier.

    Examples
    --------
    >>> in_sense(np.array([1j]), "no")[1], in_sense(np.array([1j]), "yes")[1]
    ((), ('mirrored about the carrier, as REVERSE states',))
    """
    if reverse.strip().lower() != "yes":
        return signal, ()
    return np.conj(signal), ("mirrored about the carrier, as REVERSE states",)
