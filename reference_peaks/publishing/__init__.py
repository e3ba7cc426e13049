"""The library as others read it: CSV, JSON, BibTeX, a table for papers, and a static site with drawings."""

from reference_peaks.publishing._drawing import Mark as Mark
from reference_peaks.publishing._drawing import axis_figure as axis_figure
from reference_peaks.publishing._drawing import ticks as ticks
from reference_peaks.publishing._exports import FORMATS as FORMATS
from reference_peaks.publishing._exports import as_bibtex as as_bibtex
from reference_peaks.publishing._exports import as_csv as as_csv
from reference_peaks.publishing._exports import as_json as as_json
from reference_peaks.publishing._exports import as_table as as_table
from reference_peaks.publishing._site import groups as groups
from reference_peaks.publishing._site import page as page
from reference_peaks.publishing._site import write_site as write_site
