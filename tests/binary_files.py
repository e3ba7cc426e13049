"""Where a spectrum has its maximum within a range."""

import numpy as np


def near(spectrum, axis, low, high):
    window = spectrum.sel({axis: slice(low, high)})
    return float(window[axis].values[int(np.argmax(window.intensity.values))])
