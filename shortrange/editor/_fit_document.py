"""One fit as the thing that is edited."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import xarray as xr

import spectra
from shortrange.editor._documents import Edits, LineChoice
from shortrange.editor._writing import table_text
from shortrange.edits import NO_EDIT, Edit, cleared, edited
from shortrange.results import Structure
from shortrange_core.errors import BadInput
from shortrange_core.files import written_atomically


class FitDocument:
    """One fit; its edit is a table that ``fit_file(edit=)`` and ``shortrange fit --edit`` take.

    Parameters
    ----------
    fit
        A fit; its model is what is edited.
    save
        TOML file that the edit is written to; none: the edit is read from the session.
    """

    def __init__(self, fit: spectra.Fit, save: str | Path | None = None) -> None:
        self.first, self.path = fit, None if save is None else Path(save)
        self._fits = {NO_EDIT.model_dump_json(): fit}

    @property
    def title(self) -> str:
        """Technique and sample, as far as the spectrum says them."""
        return self.names[0]

    @property
    def names(self) -> Sequence[str]:
        """The one spectrum."""
        coords = self.first.spectrum.coords
        parts = [str(coords[name].item()) for name in ("sample", "technique") if name in coords]
        return [" · ".join(filter(None, parts)) or "spectrum"]

    @property
    def edits(self) -> Edits:
        """Nothing is changed at first."""
        return (NO_EDIT,)

    def fit(self, number: int, edit: Edit) -> spectra.Fit:
        """The fit of the edited model."""
        key = edit.model_dump_json()
        if key not in self._fits:
            self._fits[key] = refitted(self.first, edit)
        return self._fits[key]

    def whole(self, number: int, edit: Edit) -> xr.Dataset:
        """The spectrum that was fitted: a fit keeps no more."""
        return self.first.spectrum

    def has_phase(self, number: int) -> bool:
        """A fit keeps no imaginary part."""
        return False

    def choices(self, number: int) -> Sequence[LineChoice]:
        """What the lines of the fit count."""
        prior = {p.name: p.prior for p in self.first.model.all_parameters}
        lines = [peak for peak in self.first.model.peaks if peak.assignment]
        return [LineChoice(peak.assignment, prior.get(f"{peak.name}_center")) for peak in lines]

    def structure(self, number: int, edits: Edits) -> Structure | None:
        """A fit alone has no composition, so it has no balances."""
        return None

    def text(self, edits: Edits) -> str:
        """The edit as a TOML table."""
        return table_text(edits[0])

    def save(self, edits: Edits) -> str:
        """Write the edit to its file."""
        if self.path is None:
            raise BadInput("save: no file was given; open with fit.edit(save='edit.toml'), or use session.edit")
        with written_atomically(self.path) as partial:
            partial.write_text(self.text(edits), encoding="utf-8")
        return self.path.name


def refitted(fit: spectra.Fit, edit: Edit) -> spectra.Fit:
    """A fit repeated with an edit: what the editor shows, without the editor.

    Parameters
    ----------
    fit
        The fit that was edited.
    edit
        The table; a window can only be narrower than that of the fit, and a phase is not turned.

    Raises
    ------
    BadInput
        If the edit does not go with the model.
    """
    if edit.phase is not None:
        raise BadInput("phase: a fit has no imaginary part; phase the spectrum (spectra.nmr.phased) and fit again")
    return spectra.fit(cleared(fit.spectrum, edit), edited(fit.model, edit), check=False)
