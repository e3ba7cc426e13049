r"""From a FID to a spectrum: apodisation, zero filling, Fourier transform, phase; with what it does to the noise.

A signal :math:`e^{2 \pi i \nu t}` lies at :math:`\delta = \delta_0 + \nu / \nu_L`; with window w of the N points and M
points after zero filling the noise of the real part counts c points as one,

.. math:: c = \frac{M\,[w(0^+)^2 + w(M^-)^2]}{2 \sum_k w_k^2},

the power of the noise at the slow end, where lines are, over its mean (w is 0 beyond the FID). What was done to the
decay is kept beside it (:class:`spectra.noise.Decay`), from which a fit knows the whole autocorrelation of the noise.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.optimize import minimize

from shortrange_core import BadInput
from spectra.noise import LARGEST_SIZE, PROCESSING, Decay, apodisation, with_noise
from spectra.spectrum import MEASURED_BY, axis_of, check, from_arrays, recorded, scalar

Complex = npt.NDArray[np.complex128]
Array = npt.NDArray[np.float64]
REMADE = ("noise_source", "noise_correlation", MEASURED_BY, "noise_processing", "larmor_frequency", "carrier")
PHASE_GRID = 24
EVEN_DWELL = 1e-6


def transform(
    fid: xr.Dataset,
    *,
    lorentzian: float = 0.0,
    gaussian: float = 0.0,
    zero_fill: int = 2,
    phase0: float | None = None,
    phase1: float = 0.0,
    carrier: float | None = None,
    larmor_frequency: float | None = None,
    mirrored: bool = False,
) -> xr.Dataset:
    """Spectrum of a free induction decay.

    Parameters
    ----------
    fid
        Complex decay over ``time`` (s), evenly sampled, group delay of the filter taken out. Time 0 is where all
        lines are in phase: a whole echo has points before it.
    lorentzian, gaussian
        Line broadening in Hz: fwhm of the Lorentzian and of the Gaussian that every line is convolved with.
    zero_fill
        Points after zero filling, as a multiple of the points of the FID (1: none).
    phase0, phase1
        Zero- and first-order phase in degrees (see :func:`phased`). ``phase0`` absent: both found automatically.
    carrier
        Chemical shift of zero frequency in ppm; the file's where absent, else 0.
    larmor_frequency
        MHz; the file's where absent.
    mirrored
        True where the spectrometer stores decays that turn the other way: the conjugate is transformed.

    Returns
    -------
    xr.Dataset
        Spectrum over ``chemical_shift`` with ``imaginary``, noise, ``noise_correlation`` and ``noise_processing``.

    Raises
    ------
    BadInput
        If it is no evenly sampled FID, the Larmor frequency is not known, or an option is out of range.

    Examples
    --------
    >>> t = np.arange(1024) * 1e-4
    >>> decay = np.exp(2j * np.pi * 1000.0 * t - t / 5e-3)
    >>> fid = from_arrays(t, decay, axis="time", noise=1e-3, larmor_frequency=202.4, technique="31P NMR")
    >>> spectrum = transform(fid)
    >>> round(float(spectrum.chemical_shift[spectrum.intensity.values.argmax()]), 2)  # 1000 Hz
    4.95
    """
    fid = check(fid)
    decay, dwell, first = _decay(fid)
    frequency = scalar(fid, "larmor_frequency", larmor_frequency)
    if frequency is None or not frequency > 0:
        raise BadInput("larmor_frequency is not known; give it in MHz, such as 202.36")
    size = decay.size * zero_fill
    if zero_fill < 1 or size > LARGEST_SIZE or lorentzian < 0 or gaussian < 0:
        raise BadInput(
            f"zero_fill = {zero_fill}, lorentzian = {lorentzian}, gaussian = {gaussian}: broadenings are 0 or more, "
            f"zero_fill 1 or more with at most {LARGEST_SIZE} points in all"
        )
    window = apodisation(np.abs(first + np.arange(decay.size) * dwell), lorentzian, gaussian)
    signal = (np.conj(decay) if mirrored else decay) * window
    echo = first < -dwell / 2
    if not echo:
        signal[0] /= 2  # the trapezoid: else the baseline is lifted by half of the first point
    hertz = np.fft.fftshift(np.fft.fftfreq(size, dwell))
    transformed = np.fft.fftshift(np.fft.fft(signal, size)) * np.exp(-2j * np.pi * hertz * first)
    shift = hertz / frequency + (scalar(fid, "carrier", carrier) or 0.0)
    kept = {str(name): value.item() for name, value in fid.coords.items() if value.ndim == 0 and name not in REMADE}
    spectrum = from_arrays(
        shift,
        transformed.real,
        imaginary=transformed.imag,
        axis="chemical_shift",
        noise_correlation=noise_correlation(window, size, echo=echo),
        noise_processing=Decay(
            decay.size, size, lorentzian * dwell, gaussian * dwell, first / dwell, 1.0 if echo else 0.5
        ).text(),
        larmor_frequency=frequency,
        history=str(fid.attrs.get("history", "")),
        **kept,
    )
    told = f"FID transformed: {lorentzian:g} Hz Lorentzian, {gaussian:g} Hz Gaussian broadening, {size} points"
    spectrum = recorded(spectrum, told)
    if phase0 is None:
        phase0, phase1 = automatic_phase(spectrum)
    return with_noise(phased(spectrum, phase0, phase1))


def _decay(fid: xr.Dataset) -> tuple[Complex, float, float]:
    """Decay, dwell time and first time, in s."""
    if axis_of(fid) != "time":
        raise BadInput(f"the axis is {axis_of(fid)}, not time; give a FID")
    times = np.asarray(fid["time"].values, dtype=float)
    steps = np.diff(times)
    if np.ptp(steps) > EVEN_DWELL * steps.mean() + 1e-12:
        raise BadInput("time: the steps of the FID differ; the Fourier transform needs equal steps")
    return np.array(fid["intensity"].values, dtype=complex), float(steps.mean()), float(times[0])


def noise_correlation(window: npt.ArrayLike, size: int, *, echo: bool = False) -> float:
    """Number of points of the real part that count as one independent point, for N points zero-filled to ``size``.

    A whole echo has noise on both sides of its top, so that zero filling correlates it at once.

    Examples
    --------
    >>> [round(noise_correlation(np.ones(512), 512 * filled), 3) for filled in (1, 2, 4, 8)]
    [1.0, 1.0, 2.0, 4.0]
    """
    w = np.asarray(window, dtype=float)
    if echo:
        return max(float(size * w.max() ** 2 / np.sum(w**2)), 1.0)
    end = w[-1] if size == w.size else 0.0
    return max(float(size * (w[0] ** 2 + end**2) / (2 * np.sum(w**2))), 1.0)


def phased(spectrum: xr.Dataset, phase0: float, phase1: float = 0.0, *, pivot: float | None = None) -> xr.Dataset:
    r"""The spectrum with its phase corrected.

    .. math:: S'(\delta) = S(\delta)\, e^{i [\varphi_0 + \varphi_1 (\delta - \delta_p) / (\delta_{max} - \delta_{min})]}

    Parameters
    ----------
    spectrum
        With ``imaginary``.
    phase0, phase1
        Degrees; ``phase1`` over the whole axis.
    pivot
        ppm where only ``phase0`` acts; the middle of the axis where absent.

    Raises
    ------
    BadInput
        If the spectrum has no imaginary part.
    """
    spectrum = check(spectrum)
    if "imaginary" not in spectrum:
        raise BadInput("imaginary: the spectrum has no imaginary part, so its phase cannot be changed; read both parts")
    axis = axis_of(spectrum)
    turned = _turned(spectrum, phase0, phase1, pivot)
    attrs = dict(spectrum["intensity"].attrs)
    result = spectrum.assign(intensity=(axis, turned.real, attrs), imaginary=(axis, turned.imag, attrs))
    if phase1 != 0 and PROCESSING in result.coords:  # the noise of other times is now the slow one
        decay = Decay.parse(str(result.coords[PROCESSING].item()))
        result = result.assign_coords({PROCESSING: replace(decay, phase1=decay.phase1 + phase1).text()})
    return recorded(result, f"phase corrected by {phase0:.2f} and {phase1:.2f} degrees")


def _turned(spectrum: xr.Dataset, phase0: float, phase1: float, pivot: float | None) -> Complex:
    x = np.asarray(spectrum[axis_of(spectrum)].values, dtype=float)
    middle = (x[0] + x[-1]) / 2 if pivot is None else pivot
    angle = np.radians(phase0 + phase1 * (x - middle) / (x[-1] - x[0]))
    whole = np.asarray(spectrum["intensity"].values) + 1j * np.asarray(spectrum["imaginary"].values)
    return np.asarray(whole * np.exp(1j * angle))


def automatic_phase(spectrum: xr.Dataset, *, first_order: bool = True) -> tuple[float, float]:
    """Phases in degrees at which the real part has the least power below its baseline.

    A grid of zero-order phases is searched first, then both orders are refined together. Holds for spectra whose lines
    have one sign; lines in one place alone do not tell the first order. Good to a few degrees: look at the result.

    Parameters
    ----------
    spectrum
        With ``imaginary``.
    first_order
        Refine the first order too.

    Examples
    --------
    >>> t = np.arange(2048) * 1e-4
    >>> decay = np.exp(2j * np.pi * 700.0 * t - t / 4e-3 + 1j * np.radians(-40.0))
    >>> fid = from_arrays(t, decay, axis="time", noise=1e-3, larmor_frequency=202.4)
    >>> zero, _ = automatic_phase(transform(fid, phase0=0.0), first_order=False)
    >>> abs(zero - 40.0) < 1.0
    True
    """
    spectrum = check(spectrum)
    if "imaginary" not in spectrum:
        raise BadInput("imaginary: the spectrum has no imaginary part, so its phase cannot be found; read both parts")

    def cost(phases: npt.NDArray[np.float64]) -> float:
        first = float(phases[1]) if len(phases) > 1 else 0.0
        return _negative_share(_turned(spectrum, float(phases[0]), first, None).real)

    grid = np.linspace(-180.0, 180.0, PHASE_GRID, endpoint=False)
    best = grid[int(np.argmin([cost(np.array([angle])) for angle in grid]))]
    start = np.array([best, 0.0]) if first_order else np.array([best])
    steps = np.vstack([start, *(start + row for row in 10.0 * np.eye(start.size))])
    minimum = minimize(
        cost, start, method="Nelder-Mead", options={"initial_simplex": steps, "xatol": 0.02, "fatol": 1e-9}
    )
    zero = float((minimum.x[0] + 180.0) % 360.0 - 180.0)
    return zero, float(minimum.x[1]) if first_order else 0.0


def _negative_share(real: Array) -> float:
    """Power below the baseline over the whole: the dispersive part of a line is half negative."""
    level = real - np.median(real)
    below = np.minimum(level, 0.0)
    return float(np.sum(below**2) / max(np.sum(level**2), 1e-300))


def transform_stack(
    stack: xr.Dataset,
    *,
    delay: str = "delay",
    lorentzian: float = 0.0,
    gaussian: float = 0.0,
    zero_fill: int = 2,
    phase0: float | None = None,
    phase1: float = 0.0,
) -> xr.Dataset:
    """Spectra of a stack of decays, all with the phase of the strongest one.

    Parameters
    ----------
    stack
        Complex decays over (``delay``, ``time``).
    delay
        Name of the other dimension.
    lorentzian, gaussian, zero_fill, phase1
        As for :func:`transform`.
    phase0
        Degrees; found on the strongest decay where absent.

    Returns
    -------
    xr.Dataset
        Spectra over (``delay``, ``chemical_shift``).

    Raises
    ------
    BadInput
        If there is no such dimension.
    """
    stack = check(stack, stack=True)
    if delay not in stack.dims:
        raise BadInput(f"the stack has no dimension {delay!r}, but {', '.join(map(str, stack.dims))}; name it")
    rows = [stack.isel({delay: k}, drop=True) for k in range(stack.sizes[delay])]

    def made(row: xr.Dataset, zero: float) -> xr.Dataset:
        return transform(
            row, lorentzian=lorentzian, gaussian=gaussian, zero_fill=zero_fill, phase0=zero, phase1=phase1
        )  # fmt: skip

    if phase0 is None:
        power = [float(np.sum(np.abs(row["intensity"].values) ** 2)) for row in rows]
        phase0, _ = automatic_phase(made(rows[int(np.argmax(power))], 0.0), first_order=False)
    transformed = [made(row, phase0) for row in rows]
    label = xr.Variable(delay, np.asarray(stack[delay].values, dtype=float), {"units": "s"})
    return xr.concat(
        transformed, dim=delay, coords="minimal", compat="override", combine_attrs="override"
    ).assign_coords({delay: label})
