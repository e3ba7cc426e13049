"""What a library is made of, and the files that it is kept in.

A claim is one published number about one line of one species; a source is an entry of the bibliography; the settings
are the numbers that hold for a whole library. Each has a YAML form, read strictly: every fault of a file is told at
once. Nothing here needs numpy, so that a wheel can be built without it.
"""

from reference_peaks.entries._claims import POOLED_STATUSES as POOLED_STATUSES
from reference_peaks.entries._claims import Claim as Claim
from reference_peaks.entries._claims import Phase as Phase
from reference_peaks.entries._claims import Quantity as Quantity
from reference_peaks.entries._claims import Source as Source
from reference_peaks.entries._claims import Status as Status
from reference_peaks.entries._claims import key_of as key_of
from reference_peaks.entries._claims import normal_label as normal_label
from reference_peaks.entries._claims import unit_of_technique as unit_of_technique
from reference_peaks.entries._folder import FolderContent as FolderContent
from reference_peaks.entries._folder import as_columns as as_columns
from reference_peaks.entries._folder import numbered as numbered
from reference_peaks.entries._folder import read_claim as read_claim
from reference_peaks.entries._folder import read_folder as read_folder
from reference_peaks.entries._folder import text_of as text_of
from reference_peaks.entries._folder import write as write
from reference_peaks.entries._folder import write_source as write_source
from reference_peaks.entries._schema import claim_from_tree as claim_from_tree
from reference_peaks.entries._schema import source_from_tree as source_from_tree
from reference_peaks.entries._schema import tree_from_claim as tree_from_claim
from reference_peaks.entries._schema import tree_from_source as tree_from_source
from reference_peaks.entries._settings import NOT_STATED as NOT_STATED
from reference_peaks.entries._settings import Placement as Placement
from reference_peaks.entries._settings import Settings as Settings
from reference_peaks.entries._settings import same_scale as same_scale
from reference_peaks.entries._settings import settings_from_tree as settings_from_tree
from reference_peaks.entries._yaml_text import SIZE_LIMIT_BYTES as SIZE_LIMIT_BYTES
from reference_peaks.entries._yaml_text import dump_yaml as dump_yaml
from reference_peaks.entries._yaml_text import parse_yaml as parse_yaml
from reference_peaks.entries._yaml_text import plain_scalar as plain_scalar
from reference_peaks.entries._yaml_text import read_yaml as read_yaml
