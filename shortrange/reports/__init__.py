"""What leaves an analysis for people: the report and the figures in it."""

from shortrange.reports._plots import plot_fractions as plot_fractions
from shortrange.reports._plots import plot_oxygen as plot_oxygen
from shortrange.reports._report import check_empty as check_empty
from shortrange.reports._report import report as report
from shortrange.reports._report import save_figure as save_figure
