"""Joint inference: the spectra of all techniques and glasses of a series in one likelihood, balances inside.

Unknowns are the amounts of structural units in every glass; every spectrum is their linear image times a scale and,
where a technique needs them, unknown responses shared along the series. Shapes go together along the series
(:mod:`~shortrange.joint.likelihood`); published positions count once a series, not once a spectrum. Descents from
several starts (:mod:`~shortrange.joint.search`) end in the minimum that everything else is asked of. What all spectra
say of one glass leaves as independent statements for :func:`structure.solve`.
"""

from shortrange.joint._information import carriers as carriers
from shortrange.joint._information import seen_by as seen_by
from shortrange.joint._marginals import Marginals as Marginals
from shortrange.joint._pieces import Pieces as Pieces
from shortrange.joint._planning import PLANNED as PLANNED
from shortrange.joint._planning import Plan as Plan
from shortrange.joint._planning import plan as plan
from shortrange.joint._planning import plans_of as plans_of
from shortrange.joint._posterior import pareto_k as pareto_k
from shortrange.joint._posterior import posterior as posterior
from shortrange.joint._rejected import strains as strains
from shortrange.joint._rejected import suspects as suspects
from shortrange.joint._route import Joint as Joint
from shortrange.joint._route import Spectrum as Spectrum
from shortrange.joint._route import fit_series as fit_series
from shortrange.joint._route import likelihood_of as likelihood_of
from shortrange.joint._sets import Sets as Sets
from shortrange.joint._sets import averaged as averaged
from shortrange.joint._sets import sets_of as sets_of
from shortrange.joint._tension import Tensions as Tensions
from shortrange.joint._tension import tensions as tensions
from shortrange.joint.likelihood import COUPLINGS as COUPLINGS
from shortrange.joint.likelihood import Likelihood as Likelihood
from shortrange.joint.search import far_ends as far_ends
from shortrange.joint.search import lowest_end as lowest_end
from shortrange.joint.search import optima as optima
