"""Models of spectra: peaks, parameters, links, backgrounds, and the planning of lines from published positions."""

from spectra.models._active_backgrounds import Active as Active
from spectra.models._active_backgrounds import check_reach as check_reach
from spectra.models._active_backgrounds import made as made
from spectra.models._lines import Default as Default
from spectra.models._lines import Line as Line
from spectra.models._lines import Window as Window
from spectra.models._lines import Windows as Windows
from spectra.models._lines import identifier as identifier
from spectra.models._lines import members as members
from spectra.models._lines import planned as planned
from spectra.models._lines import pooled as pooled
from spectra.models._lines import positioned as positioned
from spectra.models._lines import tied as tied
from spectra.models._lines import widened as widened
from spectra.models._model import OFFSET as OFFSET
from spectra.models._model import Model as Model
from spectra.models._model import Peak as Peak
from spectra.models._model import PriorLike as PriorLike
from spectra.models._model import peak as peak
from spectra.models._model import split_link as split_link
from spectra.models._model import with_parameters as with_parameters
from spectra.models._parameters import PRIOR_WINDOW as PRIOR_WINDOW
from spectra.models._parameters import Parameter as Parameter
from spectra.models._parameters import values_of as values_of
from spectra.models._statements import Terms as Terms
from spectra.models._statements import counted as counted
