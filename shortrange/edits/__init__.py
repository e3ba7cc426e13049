"""What an analyst changed by hand in the model of one spectrum: a table of the recipe, applied before the fit.

A recipe holds it beside the file, as ``[samples.spectra.edit]``; ``shortrange edit`` writes it there, and it can be
written by hand. A fit with an edit needs no editor: ``analyse`` and ``fit_file`` apply the same table in the same way.
"""

from shortrange.edits._applied import cleared as cleared
from shortrange.edits._applied import edited as edited
from shortrange.edits._applied import phased as phased
from shortrange.edits._table import NO_EDIT as NO_EDIT
from shortrange.edits._table import Edit as Edit
from shortrange.edits._table import HandPeak as HandPeak
from shortrange.edits._table import Pair as Pair
from shortrange.edits._table import Strict as Strict
from shortrange.edits._table import check_edit as check_edit
from shortrange.edits._table import parameters_named as parameters_named
from shortrange.edits._table import read_edit as read_edit
from shortrange.edits._table import sentences as sentences
