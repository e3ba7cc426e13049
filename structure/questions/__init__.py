"""What a glass maker asks of a solution: ranges, what determines what, hypotheses, networks, reactions, remedies."""

from structure.questions._batches import batch_errors as batch_errors
from structure.questions._determination import Design as Design
from structure.questions._determination import Determination as Determination
from structure.questions._determination import what_determines as what_determines
from structure.questions._determination import what_to_measure as what_to_measure
from structure.questions._hypotheses import Hypothesis as Hypothesis
from structure.questions._hypotheses import HypothesisComparison as HypothesisComparison
from structure.questions._hypotheses import compare_hypotheses as compare_hypotheses
from structure.questions._network import Network as Network
from structure.questions._network import network as network
from structure.questions._ranges import Ranges as Ranges
from structure.questions._ranges import ranges as ranges
from structure.questions._reactions import Reaction as Reaction
from structure.questions._reactions import extents as extents
from structure.questions._reactions import possible_reactions as possible_reactions
from structure.questions._reactions import quotients as quotients
from structure.questions._reactions import reaction as reaction
from structure.questions._rejections import Remedy as Remedy
from structure.questions._rejections import remedies as remedies
from structure.questions._rejections import why_rejected as why_rejected
