"""Figures of structures: stacked fractions, oxygen sites, ranges, pulls, contradictions."""

from structure.plots._series import place_glasses as place_glasses
from structure.plots._series import plot_fractions as plot_fractions
from structure.plots._series import plot_sites as plot_sites
from structure.plots._series import plot_stack as plot_stack
from structure.plots._single import plot_amounts as plot_amounts
from structure.plots._single import plot_conflicts as plot_conflicts
from structure.plots._single import plot_pulls as plot_pulls
from structure.plots._single import plot_ranges as plot_ranges
from structure.plots._single import ranges_frame as ranges_frame
