"""Structural units of glasses: species, compositions, balances, evidence, solver, ranges and contradictions."""

from structure.aliases import check_label, unit_of
from structure.balances import Balances, balance_lines
from structure.bounds import Ranges, ranges
from structure.compositions import Composition, composition
from structure.contradictions import Conflicts, Contradiction, Move, conflicts
from structure.enumeration import parse_species, species
from structure.evidence import Areas, Evidence, Statement, from_areas, statement
from structure.labels import Unit, parse_label
from structure.problems import check_evidence, check_names, check_quantity
from structure.solver import Solution, solve, value_of

__all__ = [
    "Areas",
    "Balances",
    "Composition",
    "Conflicts",
    "Contradiction",
    "Evidence",
    "Move",
    "Ranges",
    "Solution",
    "Statement",
    "Unit",
    "balance_lines",
    "check_evidence",
    "check_label",
    "check_names",
    "check_quantity",
    "composition",
    "conflicts",
    "from_areas",
    "parse_label",
    "parse_species",
    "ranges",
    "solve",
    "species",
    "statement",
    "unit_of",
    "value_of",
]
