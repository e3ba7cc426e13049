"""Innocent files: whole files that no reader may refuse, read wrong or suspect.

``python -m studies.innocent_files 4000`` writes simulated measurements with other programs' writers and in layouts that
laboratories have, edits a part of them as hands do, reads each and prints the table of studies/innocent_files.md. Every
number is rounded before it is written, so that what must be read is known to the last digit.
"""

from studies.innocent_files._judge import Verdict as Verdict
from studies.innocent_files._judge import report as report
from studies.innocent_files._judge import verdicts as verdicts
from studies.innocent_files._programs import absent as absent
