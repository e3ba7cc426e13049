"""The routes of an analysis: step by step, and besides it all spectra of the series in one likelihood."""

from shortrange.routes._analyse import analyse as analyse
from shortrange.routes._analyse import analyse_measured as analyse_measured
from shortrange.routes._joint import notes_of_joint as notes_of_joint
from shortrange.routes._planned import plan as plan
