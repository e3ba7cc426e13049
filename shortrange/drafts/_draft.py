"""The first recipe of a folder: written once, with comments, beside the JSON schema of recipes."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import spectra
from shortrange.drafts._asking import Ask, series_formula, with_glasses, with_techniques
from shortrange.drafts._folder import look
from shortrange.drafts._glasses import DraftSample, glasses_of
from shortrange.drafts._text import recipe_text
from shortrange.recipe import blanks, schema
from shortrange_core.errors import BadInput
from shortrange_core.files import written_atomically
from shortrange_core.readings import refuse_warnings

RECIPE, SCHEMA = "recipe.toml", "recipe.schema.json"


@dataclass(frozen=True, eq=False, slots=True)
class Draft:
    """What :func:`init` wrote.

    Parameters
    ----------
    recipe, schema
        The two files.
    glasses
        Samples, each with its findings.
    left_out
        Files that are in no sample, with the reason.
    blanks
        Places that are left blank, each with what belongs there.
    """

    recipe: Path
    schema: Path
    glasses: tuple[DraftSample, ...]
    left_out: tuple[tuple[str, str], ...]
    blanks: tuple[str, ...]


def init(
    folder: str | os.PathLike[str],
    *,
    composition: str | None = None,
    phase: str = "glass",
    title: str | None = None,
    ask: Ask | None = None,
    strict: bool = False,
) -> Draft:
    """Look at the instrument files of a folder and write the draft of a recipe.

    Technique, sample and place in the series come from the files and their names; what nothing says is left blank,
    as ``"?"``, which :func:`shortrange.read_recipe` names until it is filled.

    Parameters
    ----------
    folder
        Folder of instrument files; folders in it are looked at too.
    composition
        Formula of every glass, with ``x`` for the place in the series, such as ``"Na3PS4-xOx"``.
    phase
        Phase that published positions are about.
    title
        Title of the report; the folder's name where absent.
    ask
        Called with a question and what is wrong with an answer to it, for technique, composition and place where
        nothing says them; an empty answer leaves a blank, as does no ``ask``.
    strict
        Refuse the folder where a reader warns of a spectrum of the draft. Files that are left out do not count; one
        whose technique is a blank cannot be read before that is filled, and ``preview`` looks at it then.

    Raises
    ------
    BadInput
        If there is no folder, no spectrum in it, or a recipe already: nothing is overwritten; if the composition cannot
        be read at a place; with ``strict`` every warning.
    """
    root = Path(folder)
    if not root.is_dir():
        raise BadInput(f"{str(folder)!r}: is not a folder; give the one with the instrument files")
    target, beside = root / RECIPE, root / SCHEMA
    taken = [path.name for path in (target, beside) if path.exists()]
    if taken:
        raise BadInput(f"{root}: {', '.join(taken)} already exists; nothing is overwritten: move it away first")
    findings, left_out = look(root)
    if not findings:
        raise BadInput(*_nothing(root, left_out))
    if ask is not None:
        findings = with_techniques(root, findings, ask)
    glasses = glasses_of(findings, composition)
    if ask is not None:
        if composition is None and (series := series_formula(glasses, ask)):
            glasses = glasses_of(findings, series)
        glasses = with_glasses(glasses, ask)
    if strict:
        drafted = [one.spectrum for glass in glasses for one in glass.findings if one.spectrum is not None]
        refuse_warnings(dict.fromkeys(note for spectrum in drafted for note in spectra.notes_of_reading(spectrum)))
    text = recipe_text(glasses, left_out, title=title or root.resolve().name, phase=phase, schema=SCHEMA)
    with written_atomically(beside) as partial:
        partial.write_text(json.dumps(schema(), indent=1) + "\n", encoding="utf-8")
    with written_atomically(target) as partial:
        partial.write_text(text, encoding="utf-8")
    return Draft(target, beside, glasses, left_out, blanks(tomllib.loads(text)))


def _nothing(root: Path, left_out: Sequence[tuple[str, str]]) -> list[str]:
    first = f"{root}: contains no readable spectrum; 'shortrange info FILE' shows why for one file"
    return [first, *(f"{name}: {reason}" for name, reason in left_out[:5])]
