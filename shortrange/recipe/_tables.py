"""Everything that a recipe says, as typed tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, SerializeAsAny

import structure
from shortrange.edits import Edit, Strict
from shortrange.recipe._options import Options, options_class

OXYGEN_LINES = ("BO", "NBO", "oxide")
ROUTES = ("stepwise", "joint")


def problem_of_routes(chosen: Sequence[str]) -> str:
    """What is wrong with the routes that are asked for: the joint one starts from the other; empty where nothing is."""
    if set(chosen) <= set(ROUTES) and "stepwise" in chosen:
        return ""
    choices = " or ".join(json.dumps(one) for one in (ROUTES[:1], ROUTES))
    return f"routes = {json.dumps(list(chosen))}: give {choices}; the joint route starts from the stepwise one"


class SpectrumEntry(Strict):
    """One instrument file of a sample; ``energy`` and ``laser`` (nm) if it does not state them.

    ``options`` are keys of its technique that differ for this spectrum.
    """

    file: str = Field(min_length=1, description="Instrument file or folder, beside the recipe.")
    technique: str = Field(min_length=1, description="Its technique.")
    block: str | None = Field(default=None, description="Block, if the file has several.")
    energy: Literal["kinetic", "binding"] | None = Field(
        default=None, description="Meaning of an axis in eV, if the file does not say."
    )
    laser: float | None = Field(default=None, gt=0, description="Laser wavelength (nm), if the file does not say.")
    edit: Edit = Field(default_factory=Edit, description="Changes made by hand; written by `shortrange edit`.")
    options: Mapping[str, Any] = Field(
        default_factory=dict, description="Keys of its technique, for this spectrum only."
    )


class PeakEntry(Strict):
    """A finished fit from another program instead of a spectrum: its peak table.

    ``assignments`` state what each peak counts, if the table does not; ``relative_sd`` is the sd of areas that come
    without one.
    """

    file: str = Field(min_length=1, description="Peak table, beside the recipe.")
    technique: str = Field(min_length=1, description="Its technique.")
    assignments: Mapping[str, str] | None = Field(default=None, description="What each peak counts, by name.")
    relative_sd: float | None = Field(default=None, gt=0, description="Relative sd of areas given without one.")


class StatementEntry(Strict):
    """What is known from other sources (diffraction, chemical analysis): see :func:`structure.statement`."""

    quantity: str = Field(min_length=1, description="Quantity, such as `P:S3O`, `P^1`, `BO/(BO + NBO)`.")
    of: str | None = Field(default=None, description="Denominator, such as `O`.")
    value: float | None = Field(default=None, description="Its value.")
    at_least: float | None = Field(default=None, description="Or its lower limit.")
    at_most: float | None = Field(default=None, description="Or its upper limit.")
    sd: float = Field(default=0.0, ge=0, description="Its standard deviation; 0 is exact.")
    name: str | None = Field(default=None, description="Name in the results.")
    source: str = Field(default="", description="Source of the statement.")


class Sample(Strict):
    """One glass: its composition, its position in the series, its spectra, peak tables and statements."""

    name: str = Field(min_length=1, description="Its name in every table.")
    composition: str = Field(min_length=1, description="Its formula.")
    composition_sd: Mapping[str, float] = Field(
        default_factory=dict,
        description="Standard deviations of its amounts per network former, by element; default: exact.",
    )
    x: float | None = Field(default=None, description="Its position in the series.")
    spectra: tuple[SpectrumEntry, ...] = Field(default=(), description="Its instrument files.")
    peak_tables: tuple[PeakEntry, ...] = Field(default=(), description="Its finished fits.")
    statements: tuple[StatementEntry, ...] = Field(default=(), description="What is known about it from other sources.")

    @property
    def glass(self) -> structure.Composition:
        """Its composition, within the errors that are stated.

        Raises
        ------
        BadInput
            If the formula is none, or an sd is of no element of it beside the formers.
        """
        return structure.composition(self.composition).uncertain(**self.composition_sd)


class Alternative(Strict):
    """Another reading of one line: ``line`` counts ``read_as`` instead."""

    name: str = Field(min_length=1, description="Its name in every table.")
    technique: str = Field(min_length=1, description="The technique of the line.")
    line: str = Field(description="The line with another reading.")
    read_as: str = Field(description="What it counts in this reading.")


class SeriesTable(Strict):
    """What the glasses have in common: they are also solved together, in the order of their `x`.

    See :func:`structure.solve_series`. The numbers of each glass alone are given beside those of all together.
    """

    share: tuple[str, ...] = Field(
        default=(), description="Techniques whose unknown responses are the same for all glasses."
    )
    smooth: float | None = Field(
        default=None, gt=0, description="Sd of the second derivative of every amount against `x`."
    )
    trends: Mapping[str, Literal["rising", "falling"]] = Field(
        default_factory=dict, description="Species that only rise or only fall with `x`."
    )


class Tables(Strict):
    """All keys at the top of a recipe."""

    schema_number: Literal[1] = Field(alias="schema", description="Version of the recipe format.")
    title: str = Field(min_length=1, description="Title of the report.")
    simulated: bool = Field(default=False, description="Whether the data are simulated.")
    cation: str | None = Field(
        default=None, description="Cation for which published positions are used; default: the modifier of all glasses."
    )
    library: tuple[str, ...] = Field(
        default=(), description="Folders of private peak libraries beside the recipe, added to the public one."
    )
    phase: str = Field(
        default="glass", description="Phase for which published positions are used; glass/amorphous for either."
    )
    routes: tuple[Literal["stepwise", "joint"], ...] = Field(
        default=("stepwise",), min_length=1, description="Routes; the joint one starts from the stepwise one."
    )
    joint_starts: int = Field(
        default=0,
        ge=0,
        le=100,
        description="Random starts of the joint route, in addition to its own; distinct minima are listed, "
        "and the lowest is the result.",
    )
    joint_samples: int = Field(
        default=0,
        ge=0,
        le=100000,
        description="Least number of posterior samples of the joint route; written as a table. Four glasses need some "
        "4000, which take minutes.",
    )
    joint_absent: float = Field(
        default=0.5,
        gt=0,
        lt=1,
        description="Prior probability that a listed unit is absent from a glass, for sets of units.",
    )
    seed: int = Field(default=0, ge=0, description="Seed of everything random.")
    strict: bool = Field(default=False, description="Refuse instrument files that give a warning.")
    units: tuple[str, ...] = Field(min_length=1, description="Structural units that may be present.")
    free: tuple[str, ...] = Field(default=(), description="Free species that may be present.")
    techniques: Mapping[str, SerializeAsAny[Options]] = Field(default_factory=dict, description="Options by technique.")
    samples: tuple[Sample, ...] = Field(min_length=1, description="The glasses.")
    alternatives: tuple[Alternative, ...] = Field(default=(), description="Alternative readings of lines.")
    series: SeriesTable | None = Field(default=None, description="What the glasses have in common.")

    def entry_of(self, sample: str, technique: str, file: str, block: str = "") -> SpectrumEntry:
        """What the recipe says of one spectrum."""
        stated = next(one for one in self.samples if one.name == sample).spectra
        wanted = (technique, file, block)
        return next(entry for entry in stated if (entry.technique, entry.file, entry.block or "") == wanted)

    def options_of(self, entry: SpectrumEntry) -> Options:
        """Options of one spectrum: those of its technique, and its own over them."""
        common = self.techniques[entry.technique]
        if not entry.options:
            return common
        stated = common.model_dump(exclude_unset=True)
        options: Options = options_class(entry.technique).model_validate({**stated, **entry.options})
        return options
