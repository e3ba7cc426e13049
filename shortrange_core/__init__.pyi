from shortrange_core.errors import (
    AmbiguousFile as AmbiguousFile,
)
from shortrange_core.errors import (
    BadInput as BadInput,
)
from shortrange_core.errors import (
    FitFailed as FitFailed,
)
from shortrange_core.errors import (
    Infeasible as Infeasible,
)
from shortrange_core.estimates import Estimates as Estimates
from shortrange_core.estimates import concatenate as concatenate
from shortrange_core.notes import Note as Note
from shortrange_core.notes import Severity as Severity
from shortrange_core.notes import Status as Status
from shortrange_core.records import Provenance as Provenance
from shortrange_core.records import load as load
from shortrange_core.records import provenance as provenance
from shortrange_core.records import save as save
