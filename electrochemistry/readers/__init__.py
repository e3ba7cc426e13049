"""Reading: files of impedance and of cycling to labelled tables; formats are :mod:`electrochemistry.readers.formats`.

Every reader says in ``attrs["history"]`` what it changed; what it left out travels as notes in the
coordinate ``reading``.
"""

from electrochemistry.readers._cycling import read_cycling as read_cycling
from electrochemistry.readers._impedance import impedance_contents as impedance_contents
from electrochemistry.readers._impedance import impedance_formats as impedance_formats
from electrochemistry.readers._impedance import read_impedance as read_impedance
from electrochemistry.readers._impedance import read_impedance_series as read_impedance_series
from electrochemistry.readers._impedance import sweeps_of as sweeps_of
from electrochemistry.readers._indents import read_indents as read_indents
from electrochemistry.readers._sweeps import Sweep as Sweep
from electrochemistry.readers._sweeps import dataset as dataset
from electrochemistry.readers.formats.declared_impedance import Columns as Columns
