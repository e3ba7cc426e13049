"""Verdicts of simulated symmetric cells and efficiencies of simulated full cells, on records as instruments write them.

The records are made here and share no code with what judges them: noise of current and voltage, offsets in rests,
ranges with gains of their own, bits, missing rows, restarts, tails at constant voltage, drift. ``python -m
studies.symmetric_cells --first 0 --count 200`` prints the measures; results stand in ``studies/symmetric_cells.md``.
"""

from studies.symmetric_cells._full import FullCell as FullCell
from studies.symmetric_cells._full import full_cell as full_cell
from studies.symmetric_cells._full import judge_full as judge_full
from studies.symmetric_cells._symmetric import Cell as Cell
from studies.symmetric_cells._symmetric import judge as judge
from studies.symmetric_cells._symmetric import symmetric_cell as symmetric_cell
