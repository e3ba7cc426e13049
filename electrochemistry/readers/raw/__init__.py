"""What every format is made of: tables of text, units, and the files that need another package."""

from electrochemistry.readers.raw._foreign import ZIP_MAGIC as ZIP_MAGIC
from electrochemistry.readers.raw._foreign import archive_member as archive_member
from electrochemistry.readers.raw._foreign import archive_names as archive_names
from electrochemistry.readers.raw._foreign import foreign as foreign
from electrochemistry.readers.raw._foreign import missing_package as missing_package
from electrochemistry.readers.raw._formats import ENTRY_POINTS as ENTRY_POINTS
from electrochemistry.readers.raw._formats import Format as Format
from electrochemistry.readers.raw._formats import head as head
from electrochemistry.readers.raw._tables import Column as Column
from electrochemistry.readers.raw._tables import Table as Table
from electrochemistry.readers.raw._tables import check_count as check_count
from electrochemistry.readers.raw._tables import check_written as check_written
from electrochemistry.readers.raw._tables import decimal_mark as decimal_mark
from electrochemistry.readers.raw._tables import number as number
from electrochemistry.readers.raw._tables import numeric_rows as numeric_rows
from electrochemistry.readers.raw._tables import split as split
from electrochemistry.readers.raw._units import FREQUENCY as FREQUENCY
from electrochemistry.readers.raw._units import IMPEDANCE as IMPEDANCE
from electrochemistry.readers.raw._units import is_unit as is_unit
from electrochemistry.readers.raw._units import unit_factor as unit_factor
from electrochemistry.readers.raw._units import unit_of as unit_of
