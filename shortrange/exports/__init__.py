"""What leaves an analysis as numbers: tidy tables, files of other programs, lines for the curators of the library."""

from shortrange.exports._content import Content as Content
from shortrange.exports._content import content_of as content_of
from shortrange.exports._exits import EXITS as EXITS
from shortrange.exports._exits import Exit as Exit
from shortrange.exports._exits import export as export
from shortrange.exports._peak_lines import fit_lines as fit_lines
from shortrange.exports._peak_lines import lines_of as lines_of
from shortrange.exports._tables import AT_LEAST as AT_LEAST
from shortrange.exports._tables import AT_MOST as AT_MOST
from shortrange.exports._tables import DETERMINED as DETERMINED
from shortrange.exports._tables import FIXED as FIXED
from shortrange.exports._tables import REJECTED as REJECTED
from shortrange.exports._tables import UNDETERMINED as UNDETERMINED
from shortrange.exports._tables import agreement as agreement
from shortrange.exports._tables import all_tables as all_tables
from shortrange.exports._tables import alternatives_table as alternatives_table
from shortrange.exports._tables import claims_table as claims_table
from shortrange.exports._tables import fractions_table as fractions_table
from shortrange.exports._tables import joint_spectra_table as joint_spectra_table
from shortrange.exports._tables import notes_table as notes_table
from shortrange.exports._tables import peaks_table as peaks_table
from shortrange.exports._tables import priors_table as priors_table
from shortrange.exports._tables import routes_table as routes_table
from shortrange.exports._tables import sensitivity_table as sensitivity_table
from shortrange.exports._tables import unlisted_table as unlisted_table
from shortrange.exports._tree import tree as tree
