"""The technique XPS: what recipes, command lines and pages take of it."""

from __future__ import annotations

from shortrange_core import Note
from spectra.fits import Fit
from spectra.models import Technique, named_lines
from spectra.xps._asymmetry import remarks_of_tails
from spectra.xps._auger_left_out import remarks_of_auger
from spectra.xps._background_choice import remarks_of_background, remarks_of_shape
from spectra.xps._defaults import SURFACE
from spectra.xps._engine import model
from spectra.xps._oxygen import remarks_of_oxygen
from spectra.xps._prepared import AXIS, prepare
from spectra.xps._scale_evidence import on_free_scale, remarks_of_scale, scaled_as


def _bands(technique: str) -> frozenset[str]:
    """Lines of a core level that the peak library places, and those of surfaces."""
    return named_lines(technique) | set(SURFACE)


def _remarks(fit: Fit) -> tuple[Note, ...]:
    looks = (
        remarks_of_scale,
        remarks_of_tails,
        remarks_of_background,
        remarks_of_shape,
        remarks_of_auger,
        remarks_of_oxygen,
    )
    return tuple(note for look in looks for note in look(fit))


XPS = Technique("XPS", AXIS, prepare, model, _bands, _remarks, on_free_scale, scaled_as)
