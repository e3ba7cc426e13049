"""What a curator does: check files, set fitted lines against the library, propose claims, see what a change does."""

from reference_peaks.curation._checking import changed_files as changed_files
from reference_peaks.curation._checking import check_files as check_files
from reference_peaks.curation._comparison import FittedLine as FittedLine
from reference_peaks.curation._comparison import Standing as Standing
from reference_peaks.curation._comparison import compare as compare
from reference_peaks.curation._comparison import pull as pull
from reference_peaks.curation._difference import ClaimChange as ClaimChange
from reference_peaks.curation._difference import Difference as Difference
from reference_peaks.curation._difference import PriorChange as PriorChange
from reference_peaks.curation._difference import WindowChange as WindowChange
from reference_peaks.curation._difference import difference as difference
from reference_peaks.curation._proposal import Proposal as Proposal
from reference_peaks.curation._proposal import propose as propose
from reference_peaks.curation._sense import check_sense as check_sense
from reference_peaks.curation._sense import doubts as doubts
from reference_peaks.curation._sense import refusals as refusals
