"""Separators: stacks and their resistances, the elastic criterion of dendrites, indentation."""

from electrochemistry.separators._densities import Densities as Densities
from electrochemistry.separators._densities import Pellet as Pellet
from electrochemistry.separators._densities import densities as densities
from electrochemistry.separators._densities import read_pellets as read_pellets
from electrochemistry.separators._elasticity import ElasticCriterion as ElasticCriterion
from electrochemistry.separators._elasticity import elastic_criterion as elastic_criterion
from electrochemistry.separators._elasticity import shear_modulus as shear_modulus
from electrochemistry.separators._indentation import Indentation as Indentation
from electrochemistry.separators._indentation import indentation as indentation
from electrochemistry.separators._indenter import Indent as Indent
from electrochemistry.separators._indenter import Indenter as Indenter
from electrochemistry.separators._indents import INDENT as INDENT
from electrochemistry.separators._indents import Indents as Indents
from electrochemistry.separators._indents import indents as indents
from electrochemistry.separators._layers import Interface as Interface
from electrochemistry.separators._layers import Layer as Layer
from electrochemistry.separators._layers import Material as Material
from electrochemistry.separators._pop_ins import pop_ins as pop_ins
from electrochemistry.separators._stack_checks import ResistanceCheck as ResistanceCheck
from electrochemistry.separators._stack_checks import check_resistance as check_resistance
from electrochemistry.separators._stacks import Separator as Separator
from electrochemistry.separators._stacks import ohmic_voltage as ohmic_voltage
from electrochemistry.separators._stacks import separator as separator
from electrochemistry.separators._stacks import separator_cases as separator_cases
