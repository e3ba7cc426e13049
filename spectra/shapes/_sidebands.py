r"""Spinning sidebands of a shift anisotropy under magic-angle spinning: exact powder averages with derivatives.

Convention (Haeberlen, shift): zeta = delta_zz - delta_iso with |delta_zz - iso| >= |delta_xx - iso| >= |delta_yy - iso|
and eta = (delta_yy - delta_xx) / zeta. A printed shielding anisotropy Delta-sigma is -(3/2) zeta.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from shortrange_core import BadInput, Estimates

SIN2_MAGIC = 2.0 / 3.0
COS2_MAGIC = 1.0 / 3.0
ORDERS_BEYOND_DEPTH = 12
"""Sidebands beyond the modulation depth fall off like Bessel functions: twelve more leave less than 1e-12."""
ORIENTATIONS_PER_DEPTH, ORIENTATIONS_AT_REST = 1.5, 8
"""Points of each angular rule: measured error below 1e-8 of the area for depths up to 20."""
ZETA_PER_DELTA_SIGMA = -2.0 / 3.0
LARGEST_DEPTH = 300.0
"""Modulation depth above which a powder pattern, not a sideband manifold, should be fitted."""
Array = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]


@dataclass(frozen=True, eq=False, slots=True)
class Manifold:
    """Relative intensities of the sidebands of one site and their derivatives.

    Parameters
    ----------
    order
        (2 n + 1,) sideband orders; the centreband is 0, positive orders lie at higher shift.
    intensity
        (2 n + 1,) shares of the site's area; their sum is 1.
    by_depth, by_eta
        (2 n + 1,) derivatives of ``intensity`` with respect to modulation depth and asymmetry.
    """

    order: Array
    intensity: Array
    by_depth: Array
    by_eta: Array


def manifold(depth: float, eta: float) -> Manifold:
    r"""Sideband shares of a powder under magic-angle spinning.

    .. math::
        I_N = \left\langle \left| \frac{1}{2\pi} \int_0^{2\pi} e^{i u\,[\phi_0(\psi) + \eta\,\phi_1(\psi)] - i N \psi}
        \, d\psi \right|^2 \right\rangle_{\alpha, \beta}

    with the modulation depth :math:`u = \zeta \nu_L / \nu_r` and the phase that one rotor turn collects. The average
    over the third angle is analytic (it leaves the squared modulus), that over the other two is a Gauss-Legendre rule
    in the cosine of beta and the trapezoidal rule in alpha, which converge geometrically.

    Parameters
    ----------
    depth
        zeta (ppm) x Larmor frequency (MHz) / spinning rate (Hz); dimensionless, of either sign.
    eta
        Asymmetry; values outside 0..1 are the same tensors with other labels of the axes.

    Raises
    ------
    BadInput
        If the depth is above 300: nearly static, no manifold of separate sidebands.

    Notes
    -----
    This is the sum of Herzfeld and Berger, derived here from the field's direction in the crystal; the tests hold it
    against an average in time over all three angles and against mrsimulator.

    Examples
    --------
    The centreband of PO3S(3-) in Na3PO3S (zeta 165.7 ppm, eta 0.43) at 20 kHz and 202.4 MHz:

    >>> bands = manifold(165.7 * 202.4 / 20e3, 0.43)
    >>> round(float(bands.intensity[bands.order == 0].item()), 2)
    0.64
    """
    if not abs(depth) <= LARGEST_DEPTH:
        raise BadInput(
            f"zeta x Larmor frequency / spinning rate = {depth:.3g}: above {LARGEST_DEPTH:g} the sample is practically "
            "static; check the units (ppm, MHz, Hz) and the spinning rate"
        )
    return averaged(depth, eta)


def averaged(depth: float, eta: float, *, extra: int = 0) -> Manifold:
    """The powder average of :func:`manifold`, with ``extra`` points more in every angle."""
    # The largest component of the tensor sets how far sidebands reach; above eta = 1 it is no longer zeta.
    largest = abs(depth) * max(1.0, (1 + abs(eta)) / 2)
    reach = int(np.ceil(1.3 * largest)) + ORDERS_BEYOND_DEPTH
    # At least twice the orders, or sidebands fold back onto others; a power of two also stays the same while a fit
    # changes the depth a little, and what is remembered by it serves.
    phases = 1 << int(np.ceil(np.log2(2 * reach + 2)))
    size = int(np.ceil(ORIENTATIONS_PER_DEPTH * largest)) + ORIENTATIONS_AT_REST + extra
    axial, biaxial, weight = _phases(size, phases)
    turn = eta * biaxial
    turn += axial
    turn *= depth
    # Cosine and sine, not the complex exponential, which would also work out the exponential of a real part of 0.
    signal = np.empty(turn.shape, dtype=np.complex128)
    np.cos(turn, out=signal.real)
    np.sin(turn, out=signal.imag)
    spectrum = np.fft.fft(signal, axis=1)
    spectrum /= phases
    by_axial, by_biaxial = _flows(spectrum, _harmonics(size, phases))
    intensity = weight @ (spectrum.real**2 + spectrum.imag**2)
    order = np.arange(-reach, reach + 1)
    # Negative orders stand at the end of a discrete transform.
    bins = order % phases
    by_depth = by_axial + eta * by_biaxial
    return Manifold(order.astype(float), intensity[bins], by_depth[bins], depth * by_biaxial[bins])


def _flows(spectrum: Complex, harmonics: Complex) -> Array:
    r"""Derivatives of the shares per unit of the axial and the biaxial phase (2, phases).

    The phase of a turn has two harmonics: the derivative of an amplitude is i times the sum of its neighbours within
    two orders, and that of a share what flows to it from these: with G_k(N) the average of phi_k h*_N h_{N-k},
    dI_N = 2 Im [G_1(N + 1) - G_1(N) + G_2(N + 2) - G_2(N)].
    """
    orders = spectrum.shape[1]
    # The two last orders once more in front, so that neighbours are slices and not copies.
    around = np.concatenate([spectrum[:, -2:], spectrum], axis=1)
    conjugate = np.conj(spectrum)
    slopes = np.zeros((2, orders))
    for k in (1, 2):
        flow = (harmonics[k - 1] @ (conjugate * around[:, 2 - k : 2 - k + orders])).imag
        slopes += flow[:, np.arange(k, orders + k) % orders] - flow
    return 2 * slopes


@lru_cache(maxsize=32)
def _harmonics(size: int, phases: int) -> Complex:
    """First and second harmonic of the axial and the biaxial phase, times the weights: (2, 2, orientations)."""
    axial, biaxial, weight = _phases(size, phases)
    both = np.fft.fft(np.stack([axial, biaxial]), axis=2)[:, :, 1:3] / phases
    return np.asarray(np.moveaxis(both, 2, 0) * weight)


@lru_cache(maxsize=32)
def _phases(size: int, phases: int) -> tuple[Array, Array, Array]:
    """Phase per unit depth, (orientations, phases), for the axial and the biaxial part, and the weights."""
    node, node_weight = np.polynomial.legendre.leggauss(size)
    cosine, cosine_weight = (node + 1) / 2, node_weight / 2
    # A quarter of the sphere is enough: a tensor of second rank has the symmetry of a brick. With both ends included,
    # and half their weight, the trapezoidal rule is that of a period.
    alpha = np.linspace(0.0, np.pi / 2, size)
    alpha_weight = np.full(size, 1.0 / (size - 1))
    alpha_weight[[0, -1]] /= 2
    cos_b, a = (grid.ravel() for grid in np.meshgrid(cosine, alpha, indexing="ij"))
    weight = np.outer(cosine_weight, alpha_weight).ravel()
    sin_b = np.sqrt(1 - cos_b**2)
    zero = np.zeros_like(a)
    # The rotor axis in the frame of the tensor, and two directions across: the field turns about the rotor in these.
    rotor = np.stack([sin_b * np.cos(a), sin_b * np.sin(a), cos_b])
    first = np.stack([cos_b * np.cos(a), cos_b * np.sin(a), -sin_b])
    second = np.stack([-np.sin(a), np.cos(a), zero])
    psi = 2 * np.pi * np.arange(phases) / phases
    axial = _turn(np.array([-0.5, -0.5, 1.0]), rotor, first, second, psi)
    biaxial = _turn(np.array([-0.5, 0.5, 0.0]), rotor, first, second, psi)
    return axial, biaxial, weight


def _turn(tensor: Array, rotor: Array, first: Array, second: Array, psi: Array) -> Array:
    """Integral over the rotor phase of the tensor's component along the field, for every orientation."""

    def element(one: Array, other: Array) -> Array:
        return np.asarray((tensor[:, None] * one * other).sum(axis=0)[:, None])

    cross = 2 * np.sqrt(SIN2_MAGIC * COS2_MAGIC)
    half = SIN2_MAGIC / 2
    return np.asarray(
        cross * (element(first, rotor) * np.sin(psi) - element(second, rotor) * np.cos(psi))
        + half * (element(first, first) - element(second, second)) * np.sin(2 * psi) / 2
        - half * element(first, second) * np.cos(2 * psi)
    )


def centreband_share(zeta: float, eta: float, *, spinning_rate: float, larmor_frequency: float) -> float:
    """Share of a site's area that its centreband holds.

    Parameters
    ----------
    zeta
        Anisotropy delta_zz - delta_iso in ppm (shift, not shielding).
    eta
        Asymmetry.
    spinning_rate
        Hz; infinite gives 1.
    larmor_frequency
        MHz.

    Examples
    --------
    >>> round(centreband_share(165.7, 0.43, spinning_rate=20e3, larmor_frequency=202.4), 2)
    0.64
    """
    bands = manifold(zeta * larmor_frequency / spinning_rate, eta)
    return float(bands.intensity[bands.order == 0].item())


def principal_values(isotropic: float, zeta: float, eta: float) -> tuple[float, float, float]:
    """delta_11 >= delta_22 >= delta_33 (ppm) of a tensor, whatever range eta lies in.

    Examples
    --------
    >>> [round(value, 1) for value in principal_values(7.5, 88.5, 0.42)]
    [96.0, -18.2, -55.3]
    """
    values = sorted((zeta, -zeta * (1 + eta) / 2, -zeta * (1 - eta) / 2), reverse=True)
    return isotropic + values[0], isotropic + values[1], isotropic + values[2]


def haeberlen(zeta: float, eta: float) -> tuple[float, float]:
    """The same tensor in the convention: eta between 0 and 1, zeta the component farthest from isotropic.

    Examples
    --------
    >>> [round(value, 3) for value in haeberlen(-63.0, 1.8)]
    [88.2, 0.429]
    """
    ordered = sorted((zeta, -zeta * (1 + eta) / 2, -zeta * (1 - eta) / 2), key=abs)
    yy, xx, zz = ordered
    if zz == 0:
        return 0.0, 0.0
    return zz, abs((yy - xx) / zz)


def tensor(isotropic: float, zeta: float, eta: float, covariance: npt.ArrayLike) -> Estimates:
    """A tensor in the convention, with its principal values and the covariance of all six.

    Parameters
    ----------
    isotropic, zeta
        ppm.
    eta
        Asymmetry as the fit left it: outside 0..1 where the axes changed their order on the way.
    covariance
        (3, 3) covariance of isotropic, zeta and eta.

    Returns
    -------
    Estimates
        Entries isotropic, zeta, eta, delta_11, delta_22, delta_33 with the facet ``unit``.

    Examples
    --------
    >>> found = tensor(7.5, -63.0, 1.8, [1e-4, 0.04, 2.5e-5])
    >>> found.value.values.round(2).tolist()
    [7.5, 88.2, 0.43, 95.7, -17.7, -55.5]
    """
    start = Estimates.build(["isotropic", "zeta", "eta"], [isotropic, zeta, eta], covariance)

    def convention(values: Array) -> list[float]:
        iso, z, e = (float(v) for v in values)
        return [iso, *haeberlen(z, e), *principal_values(iso, z, e)]

    names = ["isotropic", "zeta", "eta", "delta_11", "delta_22", "delta_33"]
    return start.propagate(convention, names, unit=["ppm", "ppm", "", "ppm", "ppm", "ppm"])


def zeta_from_delta_sigma(delta_sigma: float) -> float:
    """Zeta (shift, ppm) of a printed shielding anisotropy Delta-sigma = sigma_zz - (sigma_xx + sigma_yy) / 2.

    Examples
    --------
    >>> round(zeta_from_delta_sigma(-248.5), 1)
    165.7
    """
    return ZETA_PER_DELTA_SIGMA * delta_sigma
