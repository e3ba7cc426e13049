"""Tables of two columns, and what of a spectrum is looked at."""

import numpy as np

import spectra


def axis(spectrum):
    return next(name for name in spectrum.dims if name in spectra.AXES)


def top(spectrum):
    return float(spectrum[axis(spectrum)].values[int(np.argmax(spectrum.intensity.values))])


def codes(spectrum):
    return [note.code for note in spectra.notes_of_reading(spectrum)]


def write(tmp_path, text, name="a.txt"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def ends(spectrum):
    values = spectrum[axis(spectrum)].values
    return [float(values[0]), float(values[-1])]


ENERGIES = np.round(np.arange(540.0, 525.0, -0.1), 2)
COUNTS = np.round(500 + 3000 * np.exp(-(((ENERGIES - 531.5) / 0.8) ** 2)) + 7 * np.sin(9 * ENERGIES))


def two_columns(header, x, y=COUNTS, separator="\t"):
    return header + "".join(f"{a:.2f}{separator}{b:.0f}\n" for a, b in zip(x, y, strict=True))
