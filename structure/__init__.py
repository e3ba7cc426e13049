"""Structural units of glasses: species, compositions, balances, evidence, solver, ranges and contradictions."""

from structure.agreement import Agreement
from structure.aliases import check_label, unit_of
from structure.assembly import check_evidence, check_names, check_quantity
from structure.balances import Balances, balance_lines
from structure.bounds import Ranges, ranges
from structure.compositions import Composition, composition
from structure.connectivity import Network, network
from structure.contradictions import Conflicts, Contradiction, Move, conflicts
from structure.determination import Design, Determination, what_determines, what_to_measure
from structure.enumeration import parse_species, species
from structure.equilibria import Reaction, extents, possible_reactions, quotients, reaction
from structure.evidence import Areas, Evidence, Statement, from_areas, statement
from structure.hypotheses import Comparison, Hypothesis, compare_hypotheses
from structure.labels import Unit, parse_label
from structure.posteriors import Posterior, sample
from structure.rejections import Remedy, remedies, why_rejected
from structure.series import Glass, Series, solve_series
from structure.simulation import glass_of, simulate
from structure.solutions import Solution, value_of
from structure.solver import solve
from structure.writing import pretty

__all__ = [
    "Agreement",
    "Areas",
    "Balances",
    "Comparison",
    "Composition",
    "Conflicts",
    "Contradiction",
    "Design",
    "Determination",
    "Evidence",
    "Glass",
    "Hypothesis",
    "Move",
    "Network",
    "Posterior",
    "Ranges",
    "Reaction",
    "Remedy",
    "Series",
    "Solution",
    "Statement",
    "Unit",
    "balance_lines",
    "check_evidence",
    "check_label",
    "check_names",
    "check_quantity",
    "compare_hypotheses",
    "composition",
    "conflicts",
    "extents",
    "from_areas",
    "glass_of",
    "network",
    "parse_label",
    "parse_species",
    "possible_reactions",
    "pretty",
    "quotients",
    "ranges",
    "reaction",
    "remedies",
    "sample",
    "simulate",
    "solve",
    "solve_series",
    "species",
    "statement",
    "unit_of",
    "value_of",
    "what_determines",
    "what_to_measure",
    "why_rejected",
]
