"""Where a spectrum has its maximum within a range."""

import numpy as np

import spectra


def near(spectrum, low, high):
    axis = next(str(name) for name in spectrum.dims if name in spectra.AXES)
    window = spectrum.sel({axis: slice(low, high)})
    return float(window[axis].values[int(np.argmax(window.intensity.values))])
