"""Everything that a recipe says, as typed tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, SerializeAsAny

from shortrange.recipe._options import Options, Strict, options_class

OXYGEN_LINES = ("BO", "NBO", "oxide")


class SpectrumEntry(Strict):
    """One instrument file of a sample; ``energy`` and ``laser`` (nm) where it does not say them.

    ``options`` are those of its technique that are other for this spectrum alone.
    """

    file: str = Field(min_length=1)
    technique: str = Field(min_length=1)
    block: str | None = None
    energy: Literal["kinetic", "binding"] | None = None
    laser: float | None = Field(default=None, gt=0)
    options: Mapping[str, Any] = Field(default_factory=dict)


class PeakEntry(Strict):
    """A finished fit of another program in place of a spectrum: its peak table.

    ``assignments`` say what every peak counts, where the table does not; ``relative_sd`` is the sd of areas that come
    without one.
    """

    file: str = Field(min_length=1)
    technique: str = Field(min_length=1)
    assignments: Mapping[str, str] | None = None
    relative_sd: float | None = Field(default=None, gt=0)


class StatementEntry(Strict):
    """What is known from elsewhere (diffraction, chemical analysis): see :func:`structure.statement`."""

    quantity: str = Field(min_length=1)
    of: str | None = None
    value: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    sd: float = Field(default=0.0, ge=0)
    name: str | None = None
    source: str = ""


class Sample(Strict):
    """One glass: its composition, its place in the series, its spectra, peak tables and statements."""

    name: str = Field(min_length=1)
    composition: str = Field(min_length=1)
    x: float | None = None
    spectra: tuple[SpectrumEntry, ...] = ()
    peak_tables: tuple[PeakEntry, ...] = ()
    statements: tuple[StatementEntry, ...] = ()


class Alternative(Strict):
    """Another reading of one line: ``line`` counts ``read_as`` instead."""

    name: str = Field(min_length=1)
    technique: str = Field(min_length=1)
    line: str
    read_as: str


class Tables(Strict):
    """Everything that a recipe says."""

    schema_number: Literal[1] = Field(alias="schema")
    title: str = Field(min_length=1)
    simulated: bool = False
    cation: str = Field(min_length=1)
    phase: str = "glass"
    seed: int = Field(default=0, ge=0)
    units: tuple[str, ...] = Field(min_length=1)
    free: tuple[str, ...] = ()
    techniques: Mapping[str, SerializeAsAny[Annotated[Options, Field()]]] = Field(min_length=1)
    samples: tuple[Sample, ...] = Field(min_length=1)
    alternatives: tuple[Alternative, ...] = ()

    def options_of(self, entry: SpectrumEntry) -> Options:
        """Options of one spectrum: those of its technique, and its own over them."""
        common = self.techniques[entry.technique]
        if not entry.options:
            return common
        stated = common.model_dump(exclude_unset=True)
        return options_class(entry.technique).model_validate({**stated, **entry.options})
