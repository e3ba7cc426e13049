"""The table of an edit, and what is wrong with one: found with the recipe, before anything is fitted."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shortrange_core.errors import BadInput
from shortrange_core.files import read_text
from shortrange_core.labels import named_twice
from shortrange_core.options import nearest
from shortrange_core.shown_numbers import counted
from spectra import technique_of
from spectra.models import OFFSET, owner_of, split_link

Pair = Annotated[list[float], Field(min_length=2, max_length=2)]
HandShape = Literal["pseudo_voigt", "gaussian", "lorentzian"]
LONGEST_SHOWN = 60
RULES = {
    **dict.fromkeys(("tuple_type", "list_type"), "a list: one or more values in [ ]"),
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "model_attributes_type"), "a table: keys with values"),
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    "string_type": 'a text, in " "',
    "string_too_short": "a text that is not empty",
    "finite_number": "a finite number",
}
"""What a value must be, by the kind of mistake."""
PHASED = ("NMR",)
BACKGROUND = "background"


class Strict(BaseModel):
    """A table that holds its keys and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class HandPeak(Strict):
    """A line that no species of the recipe brings: its name in the model, where it starts, how wide, which shape.

    It may move by its width to either side, and grow or shrink fourfold; what it counts stands in ``counts``.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    center: float
    fwhm: float = Field(gt=0)
    shape: HandShape = "pseudo_voigt"


class Edit(Strict):
    """What is changed for one spectrum; empty: nothing.

    Parameters
    ----------
    window
        Part of the axis to fit, over that of the technique.
    exclude
        Parts of the axis, (lower, upper), whose points are left out of the fit.
    background_degree
        Degree of the polynomial under the lines, over that of the technique.
    phase
        Zero- and first-order phase in degrees (NMR with an imaginary part), before anything else.
    off
        Names of peaks that the spectrum is fitted without.
    peaks
        Lines by hand.
    counts
        What a peak counts, by its name, in labels: ``"P:O3/O"``, ``"BO"``; ``""`` for nothing.
    start
        First values by parameter, such as ``p_o4_center``; a window that does not hold one is stretched to it
        and half its width beyond.
    fixed
        Parameters that are held, and at which values.
    ties
        Affine texts, ``"p_so3_fwhm = p_o4_fwhm"``; a tie replaces what the model itself says of its left side.
    """

    window: Pair | None = None
    exclude: tuple[Pair, ...] = ()
    background_degree: int | None = Field(default=None, ge=0, le=8)
    phase: Pair | None = None
    off: tuple[str, ...] = ()
    peaks: tuple[HandPeak, ...] = ()
    counts: Mapping[str, str] = Field(default_factory=dict)
    start: Mapping[str, float] = Field(default_factory=dict)
    fixed: Mapping[str, float] = Field(default_factory=dict)
    ties: tuple[str, ...] = ()

    def table(self) -> dict[str, object]:
        """The keys that say something, as TOML knows them."""
        return self.model_dump(exclude_defaults=True, mode="json")


NO_EDIT = Edit()


def read_edit(path: str | os.PathLike[str]) -> Edit:
    """Read an edit from a TOML file of its own, as ``fit.edit(save=)`` writes it.

    Parameters
    ----------
    path
        TOML whose keys are those of an edit.

    Raises
    ------
    BadInput
        If the file is missing or not TOML, or with every key that is not one of an edit.
    """
    name = Path(path).name
    try:
        return Edit.model_validate(tomllib.loads(read_text(path)))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{name}: is not valid TOML ({error}); correct that line") from error
    except ValidationError as error:
        raise BadInput(*sentences(name, error)) from error


def sentences(name: str, error: ValidationError, model: type[BaseModel] | None = None) -> list[str]:
    """One sentence a mistake: place, value, rule, way out; a list that is short because its items are wrong is none."""
    problems = error.errors()
    wrong = [problem["loc"] for problem in problems]
    refused = []
    for problem in problems:
        place = problem["loc"]
        if problem["type"] == "too_short" and any(len(w) > len(place) and w[: len(place)] == place for w in wrong):
            continue
        own = _keys(_table_at(model, place[:-1]))
        refused.append(f"{name}: {_sentence('.'.join(str(part) for part in place), problem, own, _keys(model))}")
    return refused


def _keys(model: type[BaseModel] | None) -> set[str]:
    return {field.alias or key for key, field in model.model_fields.items()} if model is not None else set()


def _table_at(model: type[BaseModel] | None, place: Sequence[str | int]) -> type[BaseModel] | None:
    """The table that stands at a place of a file; numbers and names of entries lead to no other one."""
    for part in place:
        fields = {field.alias or key: field for key, field in model.model_fields.items()} if model is not None else {}
        if part in fields:
            model = _table_in(fields[str(part)].annotation)
    return model


def _table_in(annotation: Any) -> type[BaseModel] | None:
    """The table inside a type such as ``list[Table]``, ``dict[str, Table]`` or ``Table | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((table for one in get_args(annotation) if (table := _table_in(one)) is not None), None)


def _sentence(place: str, problem: Any, keys: Iterable[str], keys_of_file: Iterable[str]) -> str:
    if problem["type"] == "extra_forbidden":
        table, _, key = place.rpartition(".")
        if table and key in keys_of_file:
            return f"{place}: {key} is a key of the file, but keys below [{table}] belong to that table; move it above"
        return f"{place}: there is no such key{nearest(key, keys)}; remove it or correct its name"
    if problem["type"] == "missing":
        return f"{place}: is missing; add it"
    value = repr(problem["input"])
    shown = value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}..."
    return f"{place} = {shown}: {_rule(problem)}; correct it"


def _rule(problem: Any) -> str:
    """What a value must be, in the words of a TOML file."""
    kind, limits = problem["type"], problem.get("ctx", {})
    if kind == "too_short":
        return f"must hold {counted(limits['min_length'], 'value')} or more, not {limits['actual_length']}"
    if kind == "too_long":
        return f"must hold {counted(limits['max_length'], 'value')} or fewer, not {limits['actual_length']}"
    if kind in RULES:
        return f"must be {RULES[kind]}"
    text = str(problem["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
    return f"{text[0].lower()}{text[1:]}"


def check_edit(edit: Edit, technique: str, lines: Sequence[str], place: str) -> list[str]:
    """Mistakes of an edit that show without the spectrum, one sentence each.

    Parameters
    ----------
    edit
        The table.
    technique
        Technique of the spectrum.
    lines
        Names of the peaks that the recipe gives this spectrum.
    place
        Where the table stands, for the sentences.
    """
    problems = [f"{place}.{problem}" for problem in (*_problems_of_ranges(edit, technique), *_problems_of_peaks(edit))]
    by_hand = {peak.name for peak in edit.peaks}
    doubled = sorted(by_hand & set(lines))
    problems += [f"{place}.peaks: {name!r} is already the name of a line; give it another" for name in doubled]
    names = sorted({*lines, *by_hand})
    for key, name in (*(("off", name) for name in edit.off), *(("counts", name) for name in edit.counts)):
        if name not in names:
            close = meant(name, names)
            problems.append(f"{place}.{key}: there is no peak {name!r}{close}; peaks are {', '.join(names)}")
    owners = [*names, BACKGROUND]
    for key, name in parameters_named(edit):
        if name != OFFSET and not owner_of(name, owners):
            problems.append(
                f"{place}.{key}: {name!r} belongs to no peak; write peak_quantity, with a peak of {', '.join(names)}"
            )
    return problems


def _problems_of_ranges(edit: Edit, technique: str) -> Iterator[str]:
    ranges = [("window", edit.window), *(("exclude", part) for part in edit.exclude)]
    for key, ends in ranges:
        if ends is not None and not ends[0] < ends[1]:
            yield f"{key}: {ends[0]:g} to {ends[1]:g} is empty; give the lower end first"
    if edit.phase is not None and technique_of(technique).kind not in PHASED:
        yield f"phase: {technique} has no phase; remove it"


def _problems_of_peaks(edit: Edit) -> Iterator[str]:
    names = [peak.name for peak in edit.peaks]
    for name in named_twice(names):
        yield f"peaks: two are called {name!r}; give each its own name"
    tied = []
    for text in edit.ties:
        try:
            tied.append(split_link(text)[0])
        except BadInput as error:
            yield from (f"ties: {problem}" for problem in error.problems)
    for name in named_twice(tied):
        yield f"ties: {name} is tied twice; keep one"
    for name in sorted(set(edit.fixed) & {*edit.start, *tied}):
        yield f"fixed: {name} also has a start or a tie; keep one of them"


def parameters_named(edit: Edit) -> Iterator[tuple[str, str]]:
    """Every parameter that an edit names, with the key that names it."""
    for key in ("start", "fixed"):
        yield from ((key, name) for name in getattr(edit, key))
    for text in edit.ties:
        try:
            left, right = split_link(text)
        except BadInput:
            continue
        yield from (("ties", name) for name in (left, *right.names))


def meant(name: str, names: Sequence[str]) -> str:
    """The known name that a wrong one is nearest to, as words; nothing where none is near."""
    close = difflib.get_close_matches(name, names, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
