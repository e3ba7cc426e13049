"""From the claims of several papers to one prior or window.

Between-source spread (DerSimonian-Laird, Paule-Mandel, two-way with paper offsets), prediction intervals for a new
source, pooled positions with their outliers, and which claims answer a request for a line, material and scale.
"""

from reference_peaks.pooling._heterogeneity import Heterogeneity as Heterogeneity
from reference_peaks.pooling._heterogeneity import paule_mandel as paule_mandel
from reference_peaks.pooling._heterogeneity import prediction_interval as prediction_interval
from reference_peaks.pooling._heterogeneity import random_effects as random_effects
from reference_peaks.pooling._heterogeneity import spread_draws as spread_draws
from reference_peaks.pooling._pool import NORMAL_95 as NORMAL_95
from reference_peaks.pooling._pool import SHRINKAGE_SOURCES as SHRINKAGE_SOURCES
from reference_peaks.pooling._pool import Pooled as Pooled
from reference_peaks.pooling._pool import SourceMean as SourceMean
from reference_peaks.pooling._pool import pool_group as pool_group
from reference_peaks.pooling._prior import Prior as Prior
from reference_peaks.pooling._prior import Window as Window
from reference_peaks.pooling._prior import scaled as scaled
from reference_peaks.pooling._selection import PLACING as PLACING
from reference_peaks.pooling._selection import WINDOW_SPREADS as WINDOW_SPREADS
from reference_peaks.pooling._selection import Request as Request
from reference_peaks.pooling._selection import pooled_for as pooled_for
from reference_peaks.pooling._selection import prior_for as prior_for
from reference_peaks.pooling._selection import window_for as window_for
from reference_peaks.pooling._spreads import TechniqueSpread as TechniqueSpread
from reference_peaks.pooling._spreads import paper_difference as paper_difference
from reference_peaks.pooling._spreads import technique_spread as technique_spread
from reference_peaks.pooling._two_way import TwoWay as TwoWay
from reference_peaks.pooling._two_way import two_way as two_way
