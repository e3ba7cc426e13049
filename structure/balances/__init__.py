"""What must hold and what was measured: lines of the balances, quantities, evidence, and the problem that they make."""

from structure.balances._assembly import build_problem as build_problem
from structure.balances._assembly import check_evidence as check_evidence
from structure.balances._assembly import check_names as check_names
from structure.balances._assembly import check_quantity as check_quantity
from structure.balances._builder import COMPOSITION as COMPOSITION
from structure.balances._builder import Builder as Builder
from structure.balances._evidence import Areas as Areas
from structure.balances._evidence import Evidence as Evidence
from structure.balances._evidence import Statement as Statement
from structure.balances._evidence import from_areas as from_areas
from structure.balances._evidence import statement as statement
from structure.balances._lines import Balances as Balances
from structure.balances._lines import balance_lines as balance_lines
from structure.balances._problem import Problem as Problem
from structure.balances._problem import padded as padded
from structure.balances._quantities import quantity_row as quantity_row
from structure.balances._quantities import read_expression as read_expression
from structure.balances._quantities import split_ratio as split_ratio
from structure.balances._terms import Hinge as Hinge
from structure.balances._terms import Term as Term
from structure.balances._terms import linear_term as linear_term
from structure.balances._variables import Kind as Kind
from structure.balances._variables import Variable as Variable
from structure.balances._variables import in_glass as in_glass
