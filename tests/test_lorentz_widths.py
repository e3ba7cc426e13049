"""Lorentzian widths of 31P lines: one for all of them, or one each that is known by the others in part."""

import numpy as np
import pytest

import spectra
from shortrange_core import BadInput
from spectra import nmr

LINES = {"P:S4": (82.0, 8.0, 1.6, 100.0), "P:S3/O": (72.0, 8.0, 0.1, 60.0), "P:SO3": (32.0, 9.0, 0.5, 40.0)}
"""Center, Gaussian and Lorentzian width (ppm), area."""
AREAS = {name: area for name, (*_, area) in LINES.items()}


def measured(seed=0, noise=0.02):
    """Three Voigt lines by a Fourier transform of their decay, not by the shape."""
    t = np.arange(4096) / 1600.0  # 1/ppm
    decay = sum(
        area
        * np.exp(2j * np.pi * (center - 60.0) * t - (np.pi * gauss * t) ** 2 / (4 * np.log(2)) - np.pi * lorentz * t)
        for center, gauss, lorentz, area in LINES.values()
    )
    decay[0] /= 2
    axis = 60.0 + np.fft.fftshift(np.fft.fftfreq(t.size, 1 / 1600.0))
    inside = (axis > -100) & (axis < 220)
    y = np.fft.fftshift(np.fft.fft(decay)).real[inside] * 2 / 1600.0
    y += np.random.default_rng(seed).normal(0.0, noise, y.size)
    spectrum = spectra.from_arrays(axis[inside], y, axis="chemical_shift", noise=noise, technique="31P NMR")
    return nmr.prepare(spectrum, reference="85% H3PO4", spinning_rate=np.inf, recycle_delay=np.inf)


def made(ready, **options):
    windows = {name: (center - 4, center + 4) for name, (center, *_) in LINES.items()}
    return nmr.model(ready, list(LINES), windows=windows, phase_sd=0.0, **options)


def missed(fit):
    wanted = np.array([AREAS[text] for text in fit.areas.facets["assignment"]])
    return np.abs(fit.areas.value.values - wanted) / fit.areas.sd.values


def test_areas_of_lines_with_widths_of_their_own_ask_for_such_widths():
    ready = measured()
    one = spectra.fit(ready, made(ready, lorentz_common=1), check=False)
    own = spectra.fit(ready, made(ready, lorentz_common=0.5), check=False)
    assert missed(one).max() > 3
    assert missed(own).max() < 2.5
    assert np.all(own.areas.sd.values[:2] > one.areas.sd.values[:2])


def test_one_width_is_a_link_and_shares_are_in_the_prior():
    ready = measured()
    linked = [link for link in made(ready, lorentz_common=1).links if "lorentz" in link]
    assert len(linked) == 2
    own = made(ready, lorentz_common=0.8)
    assert not any("lorentz" in link for link in own.links)
    stated = {p.name: p.prior for p in own.all_parameters if p.name.endswith("lorentz_fwhm")}
    assert {prior.common for prior in stated.values()} == {0.8}
    assert {prior.sd for prior in stated.values()} == {nmr.LORENTZ_FWHM.sd}


@pytest.mark.parametrize("share", [-0.1, 1.5, np.nan])
def test_a_share_lies_between_none_and_all(share):
    with pytest.raises(BadInput, match="common"):
        made(measured(), lorentz_common=share)
