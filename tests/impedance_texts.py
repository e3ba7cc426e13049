"""Impedance files by hand, and what is read from them."""

import numpy as np

ROWS = [(1e5, 10.0, -1.0), (1e3, 20.0, -5.0), (1e1, 40.0, -2.0)]


def write(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def check_rows(spectrum):
    assert spectrum.frequency.values.tolist() == [1e1, 1e3, 1e5]
    np.testing.assert_allclose(spectrum.impedance.values, [40 - 2j, 20 - 5j, 10 - 1j])
