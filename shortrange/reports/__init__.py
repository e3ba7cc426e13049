"""What leaves an analysis for people: the report and the figures in it."""

from shortrange.reports._answer import answer_frame as answer_frame
from shortrange.reports._comparison import compare_runs as compare_runs
from shortrange.reports._comparison import comparison_page as comparison_page
from shortrange.reports._joint import side_by_side as side_by_side
from shortrange.reports._plan_plots import plot_plans as plot_plans
from shortrange.reports._plots import plot_amounts as plot_amounts
from shortrange.reports._plots import plot_analysis as plot_analysis
from shortrange.reports._plots import plot_fractions as plot_fractions
from shortrange.reports._plots import plot_oxygen as plot_oxygen
from shortrange.reports._report import Picture as Picture
from shortrange.reports._report import check_empty as check_empty
from shortrange.reports._report import pictures_of as pictures_of
from shortrange.reports._report import report as report
