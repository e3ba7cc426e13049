from .errors import (
    AmbiguousFile as AmbiguousFile,
)
from .errors import (
    BadInput as BadInput,
)
from .errors import (
    FitFailed as FitFailed,
)
from .errors import (
    Infeasible as Infeasible,
)
from .errors import (
    UnknownFormat as UnknownFormat,
)
from .errors import (
    Unstated as Unstated,
)
from .estimates import Estimates as Estimates
from .estimates import concatenate as concatenate
from .notes import Note as Note
from .notes import Severity as Severity
from .notes import Status as Status
from .records import Provenance as Provenance
from .records import load as load
from .records import provenance as provenance
from .records import save as save
