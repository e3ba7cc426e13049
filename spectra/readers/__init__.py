"""Reading: files to labelled spectra, finished fits to peak tables; the formats are :mod:`spectra.readers.formats`."""

from spectra.readers._contents import Block as Block
from spectra.readers._contents import contents as contents
from spectra.readers._conversion import Overrides as Overrides
from spectra.readers._labelling import spectrum_of as spectrum_of
from spectra.readers._peak_tables import PeakTable as PeakTable
from spectra.readers._peak_tables import read_peak_table as read_peak_table
from spectra.readers._peak_tables import read_samples as read_samples
from spectra.readers._reading import blocks_of as blocks_of
from spectra.readers._reading import known_readers as known_readers
from spectra.readers._reading import raw_blocks as raw_blocks
from spectra.readers._reading import read as read
from spectra.readers._reading import read_all as read_all
from spectra.readers._stacks import from_stack as from_stack
from spectra.readers.raw import Reader as Reader
