"""What leaves an analysis as numbers: tidy tables, and lines for the curators of the library."""

from shortrange.exports._peak_lines import fit_lines as fit_lines
from shortrange.exports._peak_lines import lines_of as lines_of
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
