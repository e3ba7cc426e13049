"""A recipe that was read and checked, and the reading of it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from shortrange.edits import sentences
from shortrange.recipe._blanks import blanks
from shortrange.recipe._checks import check_content
from shortrange.recipe._options import Options, kinds_with, options_class
from shortrange.recipe._tables import PeakEntry, SpectrumEntry, Tables
from shortrange.recipe._words import spelled
from shortrange_core.errors import BadInput, Offenders
from shortrange_core.files import read_text
from shortrange_core.showing import Shown
from shortrange_core.spelling import spoken_in


@dataclass(frozen=True, eq=False)
class Recipe(Shown):
    """A recipe that was read and checked, as :func:`shortrange.analyse` takes it.

    Parameters
    ----------
    text
        The TOML as it was written; kept with every result, so that it can be repeated.
    folder
        Folder that file names are relative to.
    """

    text: str
    folder: str

    def __getstate__(self) -> dict[str, str]:
        """What another process makes the same recipe from: classes of tables are made there from signatures."""
        return {"text": self.text, "folder": self.folder}

    @cached_property
    def tables(self) -> Tables:
        """The checked content, made once.

        Raises
        ------
        BadInput
            If the text is no recipe; :func:`read_recipe` and :func:`check_recipe` say more.
        """
        offenders = Offenders()
        tables = _tables(spelled(tomllib.loads(self.text), "recipe", offenders), "recipe", offenders)
        offenders.raise_if_any()
        assert tables is not None
        return tables

    @property
    def libraries(self) -> tuple[Path, ...]:
        """Folders of private peak libraries, laid over the public one in this order."""
        return tuple(Path(self.folder) / name for name in self.tables.library)

    def path(self, entry: SpectrumEntry | PeakEntry) -> Path:
        """Path of an instrument file or a peak table."""
        return Path(self.folder) / entry.file


def read_recipe(path: str | os.PathLike[str]) -> Recipe:
    """Read and check a recipe.

    Parameters
    ----------
    path
        TOML file with ``schema = 1``; the documented example is what ``shortrange example`` writes.

    Raises
    ------
    BadInput
        If the file is missing or not TOML, or with every mistake in it: unknown keys, wrong types, files that are
        not there, labels and compositions that do not parse, lines of units that are not allowed.
    """
    source = Path(path)
    return check_recipe(read_text(source), folder=source.resolve().parent, name=source.name)


@spoken_in("recipe")
def check_recipe(text: str, *, folder: Path, name: str) -> Recipe:
    """Check the text of a recipe whose file names are relative to ``folder``; see :func:`read_recipe`."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{name}: is not valid TOML ({error}); correct that line") from error
    offenders = Offenders()
    empty = blanks(raw)
    if empty:  # what hangs on them cannot be judged before they are filled
        raise BadInput(*(f"{name}: {place}" for place in empty))
    words = spelled(raw, name, offenders)
    recipe = Recipe(text, str(folder))
    tables = _tables(words, name, offenders)
    check_content(words, tables, folder, name, offenders)
    offenders.raise_if_any()
    if tables is not None:
        recipe.__dict__["tables"] = tables  # what the property would make again
    return recipe


def stated_options(stated: Mapping[str, Any], technique: str, place: str, spell: Callable[[str], str] = str) -> Options:
    """Options of a technique from one table, checked as a recipe checks them.

    Parameters
    ----------
    stated
        Values by key.
    technique
        Such as ``"31P NMR"``; empty where none is said.
    place
        What the table is called, in messages.
    spell
        How a key is written there.

    Raises
    ------
    BadInput
        With every value that the technique does not take.
    """
    own, offenders = options_class(technique), Offenders()
    others = {key: kinds for key in stated if key not in own.model_fields and (kinds := kinds_with(key))}
    whose = technique or "lines at stated positions"
    offenders.add(
        *(
            f"{place}: {spell(key)}: belongs to {' and '.join(kinds)}, not to {whose}; leave it out"
            for key, kinds in others.items()
        )
    )
    try:
        options = own.model_validate({key: value for key, value in stated.items() if key not in others})
    except ValidationError as error:
        offenders.add(*sentences(place, error, own))
    offenders.raise_if_any()
    return options


def _tables(words: Mapping[str, Any], name: str, offenders: Offenders) -> Tables | None:
    """The typed tables; what is wrong with them goes to the offenders."""
    content = dict(words)
    techniques = words.get("techniques")
    if isinstance(techniques, dict):
        content["techniques"] = {}
        for technique, table in techniques.items():
            if not isinstance(table, dict):
                offenders.add(f"{name}: techniques.{technique} is not a table; write [techniques.{technique!r}]")
                continue
            try:
                content["techniques"][technique] = stated_options(table, technique, f"{name}: techniques.{technique}")
            except BadInput as error:
                offenders.add(*error.problems)
                content["techniques"][technique] = Options()
    try:
        tables = Tables.model_validate(content)
    except ValidationError as error:
        offenders.add(*sentences(name, error, Tables))
        return None
    for sample in tables.samples:
        for entry in sample.spectra:
            _check_own_options(entry, tables, f"{name}: sample {sample.name!r}: {entry.file}", offenders)
    return tables


def _check_own_options(entry: SpectrumEntry, tables: Tables, place: str, offenders: Offenders) -> None:
    if not entry.options or entry.technique not in tables.techniques:
        return
    try:
        stated_options(entry.options, entry.technique, f"{place}: options")
    except BadInput as error:
        offenders.add(*error.problems)
