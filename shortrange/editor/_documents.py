"""What is edited: the spectra of a recipe, or one fit; how an edit is fitted, what it does, where it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import xarray as xr

import reference_peaks
import spectra
import structure
from shortrange import stepwise
from shortrange.editor._writing import with_edits
from shortrange.edits import Edit
from shortrange.recipe import (
    OXYGEN_LINES,
    Options,
    Tables,
    bands_of,
    can_hold,
    check_recipe,
    lines_of,
    problems_of_edit,
    read_recipe,
)
from shortrange.results import Fitted, Priors, Structure
from shortrange_core.errors import BadInput, Offenders
from shortrange_core.files import read_bytes, written_atomically
from spectra.models import PriorLike

Edits = tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class LineChoice:
    """What a line may be named: its text, and what the library publishes of its position."""

    counts: str
    prior: PriorLike | None


class Document(Protocol):
    """What a session needs of the thing that is edited."""

    @property
    def title(self) -> str:
        """Name for people."""

    @property
    def names(self) -> Sequence[str]:
        """Name of every spectrum."""

    @property
    def edits(self) -> Edits:
        """Edits as they were opened, one per spectrum."""

    def fit(self, number: int, edit: Edit) -> spectra.Fit:
        """Fit of a spectrum with an edit."""

    def whole(self, number: int, edit: Edit) -> xr.Dataset:
        """The spectrum beyond the fitted window."""

    def has_phase(self, number: int) -> bool:
        """Whether the phase of a spectrum can be turned."""

    def choices(self, number: int) -> Sequence[LineChoice]:
        """What its lines may be named."""

    def structure(self, number: int, edits: Edits) -> Structure | None:
        """Short-range order of the glass that the spectrum belongs to; None where nothing counts for it."""

    def text(self, edits: Edits) -> str:
        """TOML of a state."""

    def save(self, edits: Edits) -> str:
        """Write a state; the name of what was written."""


class RecipeDocument:
    """The spectra of a recipe; edits are written into its file.

    Parameters
    ----------
    path
        The recipe.
    strict
        Refuse files about which their reader warns, as the key ``strict`` of a recipe does.

    Raises
    ------
    BadInput
        As :func:`shortrange.read_recipe` and the readers.
    """

    def __init__(self, path: str | Path, *, strict: bool = False) -> None:
        self.path = Path(path)
        self.recipe = read_recipe(self.path)
        self.tables: Tables = self.recipe.tables
        self._bytes = read_bytes(self.path)
        self.measured = stepwise.read_measured(self.recipe, lambda _step: None, strict=strict)
        self.places = [(s, e) for s, sample in enumerate(self.tables.samples) for e in range(len(sample.spectra))]
        self.library = reference_peaks.load(*self.recipe.libraries, over=reference_peaks.load())
        self.priors: Priors = stepwise.priors_of(self.recipe, self.library)
        self._fits: dict[tuple[int, str], Fitted | None] = {}
        self._choices: dict[int, Sequence[LineChoice]] = {}
        self._structures: dict[tuple[tuple[int, str], ...], Structure] = {}

    @property
    def title(self) -> str:
        """Title of the recipe."""
        return self.tables.title

    @property
    def names(self) -> Sequence[str]:
        """Sample and technique, and the block where the file has several."""
        return [" · ".join(filter(None, (m.sample, m.technique, m.block))) for m in self.measured]

    @property
    def edits(self) -> Edits:
        """Edits that the recipe holds."""
        return tuple(self.tables.samples[s].spectra[e].edit for s, e in self.places)

    def fit(self, number: int, edit: Edit) -> spectra.Fit:
        """The fit that ``analyse`` makes of this spectrum when the recipe holds the edit."""
        fitted = self._fitted(number, edit)
        if fitted is None:
            item = self.measured[number]
            raise BadInput(f"{item.file}: the glass has no line of {item.technique}; add lines to the recipe")
        return fitted.fit

    def _fitted(self, number: int, edit: Edit) -> Fitted | None:
        key = number, edit.model_dump_json()
        if key not in self._fits:
            tables = self._tables_with(number, edit)
            self._check(number, tables)
            self._fits[key] = stepwise.fit_measured(tables, self.measured[number], self.priors)
        return self._fits[key]

    def _tables_with(self, number: int, edit: Edit) -> Tables:
        s, e = self.places[number]
        sample = self.tables.samples[s]
        spectra_of = list(sample.spectra)
        spectra_of[e] = spectra_of[e].model_copy(update={"edit": edit})
        samples = list(self.tables.samples)
        samples[s] = sample.model_copy(update={"spectra": tuple(spectra_of)})
        return self.tables.model_copy(update={"samples": tuple(samples)})

    def _check(self, number: int, tables: Tables) -> None:
        """Hold an edit to the rules of a recipe, before it is fitted."""
        s, e = self.places[number]
        entry = tables.samples[s].spectra[e]
        units = {structure.check_label(text) for text in (*tables.units, *tables.free)}
        offenders = Offenders()
        offenders.add(*problems_of_edit(tables, tables.samples[s], entry, units, "edit"))
        offenders.raise_if_any()

    def whole(self, number: int, edit: Edit) -> xr.Dataset:
        """The prepared spectrum, outside the window too."""
        item = self.measured[number]
        return stepwise.prepared(item.spectrum, item.technique, self._options(number), edit)

    def has_phase(self, number: int) -> bool:
        """Whether it was read with its imaginary part."""
        return "imaginary" in self.measured[number].spectrum

    def _options(self, number: int) -> Options:
        s, e = self.places[number]
        return self.tables.options_of(self.tables.samples[s].spectra[e])

    def choices(self, number: int) -> Sequence[LineChoice]:
        """Lines of the technique, then every unit that the glass can hold, with its published position."""
        if number not in self._choices:
            self._choices[number] = self._found_choices(number)
        return self._choices[number]

    def _found_choices(self, number: int) -> Sequence[LineChoice]:
        item, options = self.measured[number], self._options(number)
        glass = structure.composition(self.tables.samples[self.places[number][0]].composition)
        labels = OXYGEN_LINES if item.technique == "O 1s XPS" else (*self.tables.units, *self.tables.free)
        bands = set(options.lines) & (bands_of(item.technique) - set(OXYGEN_LINES))
        held = [label for label in labels if can_hold(label, glass.elements)]
        asked = {"cation": self.tables.cation, "phase": self.tables.phase, "scale": options.get("reference")}
        claimed = item.technique in self.library.techniques
        published = self.library.priors(item.technique, held, **asked) if claimed else {}
        texts = dict.fromkeys((*lines_of(options, glass), *sorted(bands), *held))
        return [LineChoice(text, _published(text, published)) for text in texts]

    def structure(self, number: int, edits: Edits) -> Structure | None:
        """The solution that ``analyse`` finds for this glass when the recipe holds the edits."""
        sample = self.measured[number].sample
        own = [i for i, item in enumerate(self.measured) if item.sample == sample]
        key = tuple((i, edits[i].model_dump_json()) for i in own)
        if key not in self._structures:
            fits = [fitted for i in own if (fitted := self._fitted(i, edits[i])) is not None]
            glass = self.tables.samples[self.places[number][0]]
            solved = stepwise.solved_structure(self.recipe, glass, fits, ranges=False, intervals=False)
            self._structures[key] = solved
        return self._structures[key]

    def text(self, edits: Edits) -> str:
        """The recipe with the edits, comments kept."""
        return with_edits(self.recipe.text, [(*place, edit) for place, edit in zip(self.places, edits, strict=True)])

    def save(self, edits: Edits) -> str:
        """Write the recipe over itself.

        Raises
        ------
        BadInput
            If the file changed since it was read, or the text would not read back as this state.
        """
        text = self.text(edits)
        again = check_recipe(text, folder=self.path.resolve().parent, name=self.path.name)
        kept = tuple(entry.edit for sample in again.tables.samples for entry in sample.spectra)
        if kept != edits:
            raise BadInput(f"{self.path.name}: the edits cannot be read back unchanged; write the file by hand")
        if read_bytes(self.path) != self._bytes:
            raise BadInput(f"{self.path.name}: was changed by another program; close the editor and open it again")
        ends = "\r\n" if b"\r\n" in self._bytes else "\n"
        with written_atomically(self.path) as partial:
            partial.write_bytes(text.replace("\n", ends).encode())
        self._bytes = read_bytes(self.path)
        return self.path.name


def _published(text: str, priors: dict[str, reference_peaks.Prior]) -> PriorLike | None:
    published = [priors[label] for label in spectra.models.members(text) if label in priors]
    return spectra.models.pooled(published) if published else None
