"""The search for the minimum of a series: descents from its own start, from what its glasses point to, from afar."""

from shortrange.joint.search._exchanged import lowest as lowest
from shortrange.joint.search._mistakable import exchanges as exchanges
from shortrange.joint.search._optima import far_ends as far_ends
from shortrange.joint.search._optima import lowest_end as lowest_end
from shortrange.joint.search._optima import optima as optima
