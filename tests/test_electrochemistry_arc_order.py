"""Names of arcs along a series: by the capacitances of all its spectra."""

import numpy as np
import pytest

from electrochemistry.impedance._arc_order import orders

DECADE = np.log(10)
CAPACITANCES = DECADE * np.array([[-10.5, -9.0], [-10.4, -9.1], [-10.6, -8.9], [-10.5, -9.0]])


def exchanged(*spectra):
    logs = CAPACITANCES.copy()
    for here in spectra:
        logs[here] = logs[here, ::-1]
    return logs


@pytest.mark.parametrize("spectra", [(), (3,), (0,), (1, 2)])
def test_arcs_of_a_spectrum_are_named_by_the_capacitances_of_the_whole_series(spectra):
    """The names of most spectra, or of either half, stay; all others follow."""
    logs = exchanged(*spectra)
    named = np.take_along_axis(logs, np.array(orders(logs, np.full(logs.shape, 0.4))), 1)
    assert np.all(named[:, 0] < named[:, 1]) or np.all(named[:, 0] > named[:, 1])


def test_an_arc_that_left_the_window_takes_no_name_away():
    """The fit uses the parameters of the absent arc elsewhere; the other arc is known by its capacitance."""
    logs, variances = CAPACITANCES.copy(), np.full(CAPACITANCES.shape, 0.4)
    logs[3] = DECADE * np.array([-4.0, -10.4])
    assert orders(logs, variances) == [(0, 1)] * 3 + [(1, 0)]
    logs[3] = DECADE * np.array([-10.4, -4.0])
    assert orders(logs, variances) == [(0, 1)] * 4


def test_capacitances_that_are_alike_or_not_known_change_no_names():
    alike = np.full((4, 2), -10.0 * DECADE) + 0.1 * np.arange(8).reshape(4, 2)
    assert orders(alike, np.full(alike.shape, 0.4)) == [(0, 1)] * 4
    variances = np.full(CAPACITANCES.shape, 0.4)
    variances[3] = 1e6
    assert orders(exchanged(3), variances) == [(0, 1)] * 4


def test_spectra_whose_arcs_exchange_names_together_are_put_in_order_together():
    logs = np.log(10) * np.array(
        [[-10.3, -8.6], [-10.3, -8.6], [0, 0], [0, 0], [-8.6, -4.0], [-8.6, -15.0], [-8.6, -3.0]]
    )
    variances = np.where(logs == 0, 1e6, 0.35)
    variances[0, 0] = variances[1, 0] = 0.6
    variances[4:, 1] = 1e6
    found = orders(logs, variances)
    assert [found[k] for k in (0, 1, 4, 5, 6)] == [(0, 1), (0, 1), (1, 0), (1, 0), (1, 0)]
    variances[4:, 0] = 1e6  # nothing is known of the warm end
    assert orders(logs, variances) == [(0, 1)] * 7
