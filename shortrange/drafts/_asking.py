"""What a draft asks a person about: what neither a file nor its name says. An empty answer leaves a blank."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import structure
from shortrange.drafts._folder import SAID_BY_YOU, Finding, read_as
from shortrange.drafts._glasses import DraftSample, formula_at
from shortrange.recipe import BLANK
from shortrange_core.errors import BadInput

Fault = Callable[[str], str]
"""What is wrong with an answer; empty where nothing is."""
Ask = Callable[[str, Fault], str]
"""A question and what is wrong with an answer to it, to an answer that nothing is wrong with, or an empty one."""


def with_techniques(folder: Path, findings: Sequence[Finding], ask: Ask) -> tuple[Finding, ...]:
    """Findings whose technique nothing said, with what is answered; each is read as that at once."""
    return tuple(finding if finding.technique else _with_technique(folder, finding, ask) for finding in findings)


def _with_technique(folder: Path, finding: Finding, ask: Ask) -> Finding:
    block = finding.block or (finding.blocks[0] if finding.blocks else "")

    def fault(text: str) -> str:
        return read_as(folder / finding.file, text, block)[1]

    technique = ask(f"Technique of {finding.file}: 31P NMR, Raman, FTIR, O 1s XPS ...", fault)
    if not technique:
        return finding
    spectrum = None if finding.blocks else read_as(folder / finding.file, technique, block)[0]
    return replace(finding, technique=technique, said_by=SAID_BY_YOU, spectrum=spectrum)


def series_formula(glasses: Sequence[DraftSample], ask: Ask) -> str | None:
    """Formula with x of glasses whose place in the series is known alone; None where there are none."""
    places = [glass.x for glass in glasses if glass.composition == BLANK and glass.x is not None]
    if not places:
        return None

    def fault(text: str) -> str:
        return _problem(lambda: [formula_at(text, x) for x in places])

    return ask("Formula of the glasses, with x as position in the series, such as Na3PS4-xOx", fault) or None


def with_glasses(glasses: Sequence[DraftSample], ask: Ask) -> tuple[DraftSample, ...]:
    """Samples with the formulas and places that nothing said; a place matters where there are several."""
    several = len(glasses) > 1
    return tuple(_with_glass(glass, ask, several=several) for glass in glasses)


def _with_glass(glass: DraftSample, ask: Ask, *, several: bool) -> DraftSample:
    composition, x = glass.composition, glass.x
    if composition == BLANK:
        question = f"Composition of sample {glass.name}, such as Na3PS3.85O0.15"
        composition = ask(question, lambda text: _problem(lambda: structure.composition(text))) or BLANK
    if x is None and several:
        answer = ask(f"x of sample {glass.name}, its position in the series", _no_number)
        x = float(answer) if answer else None
    return replace(glass, composition=composition, x=x)


def _no_number(text: str) -> str:
    try:
        return "" if math.isfinite(float(text)) else f"{text!r} is not finite"
    except ValueError:
        return f"{text!r} is not a number; write it with a point, without unit"


def _problem(made: Callable[[], object]) -> str:
    try:
        made()
    except BadInput as error:
        return "; ".join(error.problems)
    return ""
