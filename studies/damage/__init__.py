"""Damaged copies of measured files: what readers make of them, in a child process with limits of time and memory.

Every damaged copy must end in a named error or in the arrays of the original, never in another exception, a hang or
memory without bound. Readers are named as ``studies.damage.spectra_files:readings``, or the functions of
:mod:`studies.damage.electrochemistry_files`. The runs are tests: ``python -m pytest -s -m slow
tests/test_damaged_files.py`` prints the table of docs/formats.md.
"""

from studies.damage._outcomes import OUTCOMES as OUTCOMES
from studies.damage._outcomes import Reading as Reading
from studies.damage._outcomes import judged as judged
from studies.damage._trials import ABSURD_TEXT as ABSURD_TEXT
from studies.damage._trials import KINDS as KINDS
from studies.damage._trials import Trial as Trial
from studies.damage._trials import copied as copied
from studies.damage._trials import damaged as damaged
from studies.damage._trials import extent as extent
from studies.damage._trials import table as table
from studies.damage._trials import trials as trials
