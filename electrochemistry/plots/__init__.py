"""Figures of impedance, conduction and cells.

Every one takes ``ax`` (axes to draw into), ``size`` (``"one column"``, ``"two columns"`` or inches) and ``style``
(parameters of matplotlib that differ from ours).
"""

from electrochemistry.plots._cells import plot_cell_comparison as plot_cell_comparison
from electrochemistry.plots._cells import plot_critical_current as plot_critical_current
from electrochemistry.plots._cells import plot_voltage as plot_voltage
from electrochemistry.plots._full_cells import plot_capacities as plot_capacities
from electrochemistry.plots._full_cells import plot_comparison as plot_comparison
from electrochemistry.plots._full_cells import plot_differential_capacity as plot_differential_capacity
from electrochemistry.plots._full_cells import plot_profiles as plot_profiles
from electrochemistry.plots._full_cells import plot_rate as plot_rate
from electrochemistry.plots._full_cells import plot_specific_energies as plot_specific_energies
from electrochemistry.plots._impedance import plot_arrhenius as plot_arrhenius
from electrochemistry.plots._impedance import plot_polarisation as plot_polarisation
from electrochemistry.plots._impedance import plot_relaxation_times as plot_relaxation_times
from electrochemistry.plots._impedance import plot_residuals as plot_residuals
from electrochemistry.plots._impedance import plot_resistance_in_time as plot_resistance_in_time
from electrochemistry.plots._impedance import write_figure as write_figure
from electrochemistry.plots._separators import plot_densities as plot_densities
from electrochemistry.plots._separators import plot_indents as plot_indents
from electrochemistry.plots._spectra import plot_bode as plot_bode
from electrochemistry.plots._spectra import plot_nyquist as plot_nyquist
