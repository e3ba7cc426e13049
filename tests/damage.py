"""A spectrum written as a file of its own, and what a damaged one must be: refused by name, or noted."""

import numpy as np
import pytest

import spectra
from shortrange_core import BadInput


def write(tmp_path, lines, name="a.txt"):
    path = tmp_path / name
    path.write_bytes(("\n".join(lines) + "\n").encode("latin-1"))
    return path


def assert_refused(path, message, read=None):
    with pytest.raises(BadInput, match=message) as error:
        (read or (lambda p: spectra.read(p, technique="Raman")))(path)
    assert path.name in str(error.value)


X = np.linspace(200.0, 800.0, 121)
Y = 100 + 900 * np.exp(-(((X - 420) / 30) ** 2)) + np.random.default_rng(11).normal(0, 3, X.size)


def assert_noted(path, code, text, read=None):
    """The file is read, and its spectrum carries a warning."""
    spectrum = (read or (lambda p: spectra.read(p, technique="Raman")))(path)
    said = {note.code: note.text for note in spectra.notes_of_reading(spectrum)}
    assert code in said, said
    assert text in said[code]
    assert path.name in said[code]
