"""The chemistry: elements, compositions, labels of structural units and free compounds, and how they are written."""

from structure.units._aliases import anion_formers as anion_formers
from structure.units._aliases import check_label as check_label
from structure.units._aliases import compound as compound
from structure.units._aliases import unit_of as unit_of
from structure.units._compositions import Composition as Composition
from structure.units._compositions import anions_among as anions_among
from structure.units._compositions import composition as composition
from structure.units._compositions import modifiers_among as modifiers_among
from structure.units._elements import ANION_VALENCE as ANION_VALENCE
from structure.units._elements import MODIFIER_CHARGE as MODIFIER_CHARGE
from structure.units._elements import oxidation_of as oxidation_of
from structure.units._enumeration import parse_species as parse_species
from structure.units._enumeration import species as species
from structure.units._label_grammar import parse_label as parse_label
from structure.units._labels import Unit as Unit
from structure.units._labels import atom_counts as atom_counts
from structure.units._labels import charge_of as charge_of
from structure.units._writing import pretty as pretty
