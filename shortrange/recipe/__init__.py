"""The recipe: one TOML file that says which files belong to which glass, and what may be in it.

Tables of techniques are made from the signatures of ``prepare`` and ``model`` (:func:`options_class`); every mistake of
a recipe is reported at once, with its place, its value, the rule and the way out.
"""

from shortrange.recipe._blanks import BLANK as BLANK
from shortrange.recipe._blanks import blanks as blanks
from shortrange.recipe._checks import bands_of as bands_of
from shortrange.recipe._checks import can_hold as can_hold
from shortrange.recipe._checks import lines_of as lines_of
from shortrange.recipe._checks import problems_of_edit as problems_of_edit
from shortrange.recipe._options import ANY_TECHNIQUE as ANY_TECHNIQUE
from shortrange.recipe._options import Options as Options
from shortrange.recipe._options import options_class as options_class
from shortrange.recipe._options import recipe_type as recipe_type
from shortrange.recipe._page import page as page
from shortrange.recipe._page import schema as schema
from shortrange.recipe._recipe import Recipe as Recipe
from shortrange.recipe._recipe import check_recipe as check_recipe
from shortrange.recipe._recipe import read_recipe as read_recipe
from shortrange.recipe._recipe import stated_options as stated_options
from shortrange.recipe._tables import OXYGEN_LINES as OXYGEN_LINES
from shortrange.recipe._tables import Alternative as Alternative
from shortrange.recipe._tables import PeakEntry as PeakEntry
from shortrange.recipe._tables import Sample as Sample
from shortrange.recipe._tables import SeriesTable as SeriesTable
from shortrange.recipe._tables import SpectrumEntry as SpectrumEntry
from shortrange.recipe._tables import Tables as Tables
from shortrange.recipe._tables import problem_of_routes as problem_of_routes
from shortrange.recipe._words import ANIONS as ANIONS
from shortrange.recipe._words import families as families
from shortrange.recipe._words import line_spelled as line_spelled
