"""The text of a draft: TOML with a comment wherever something was guessed or is missing."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterable, Iterator, Sequence

import structure
from shortrange.drafts._folder import CERTAIN, Finding
from shortrange.drafts._glasses import DraftSample
from shortrange.drafts._species import Allowed, DraftLines, allowed_in, lines_in
from shortrange.recipe import BLANK
from spectra import nmr, technique_of

WIDTH = 116
MOST_LEFT_OUT = 30
MOST_BLOCKS = 6
MOST_REASONS = 3
HEAD = """#:schema ./{schema}
# Draft of a recipe, made from the files of this folder. Fill every "?", correct what was guessed, then:
#   shortrange check recipe.toml                 in seconds, without a fit: lists all that is missing or wrong
#   shortrange analyse recipe.toml --out results
# Every key: 'shortrange recipe'. Names of species: 'shortrange species'. Editors complete keys by the schema.
"""
EVIDENCE = {
    "NMR": ("fractions", "areas are proportional to numbers of nuclei"),
    "Raman": ("responses", "areas are amounts of units times an unknown response"),
    "FTIR": ("none", "infrared strengths are unpublished: areas are shown, but not used"),
    "O 1s XPS": ("fractions", "areas are proportional to amounts of oxygen"),
}
NOT_EVIDENCE = ("none", 'areas are shown, but not used; "fractions" if every line counts a unit')
OF_PHOSPHATES = """# One line with a shoulder: unless the distance of its parts is limited (1.5 to 1.9 eV in alkali
# phosphates), BO and NBO could change places.
constraints = ["bo_center - nbo_center >= 1.5", "bo_center - nbo_center <= 1.9"]
"""
IF_PHOSPHATE = OF_PHOSPHATES.replace("\nconstraints", "\n# constraints")
STATED = {
    "NMR": (("reference", "", "reference of the shift scale"),
            ("spinning_rate", "20000.0", "Hz; inf if the window contains no sidebands"),
            ("recycle_delay", "60.0", "s; inf if every line was fully relaxed")),
    "XPS": (("reference", '"C 1s 284.8"', "reference of the energies"),
            ("photon_energy", "1486.6", "eV")),
}  # fmt: skip
"""What a technique is told and a file may not say: key, an example, and what it is."""


def recipe_text(
    glasses: Sequence[DraftSample], left_out: Sequence[tuple[str, str]], *, title: str, phase: str, schema: str
) -> str:
    """The recipe, as it is written.

    Parameters
    ----------
    glasses
        Samples with their findings.
    left_out
        Files of no sample, with the reason.
    title, phase, schema
        Title of the report, phase of published positions, name of the schema beside the recipe.
    """
    glasses_of = [structure.composition(glass.composition) for glass in glasses if glass.composition != BLANK]
    modifiers = tuple(dict.fromkeys(metal for glass in glasses_of for metal in glass.modifiers))
    allowed = allowed_in(glasses_of) if glasses_of else None
    parts = [HEAD.format(schema=schema), f"schema = 1\ntitle = {_quoted(title)}\n"]
    parts += [*_cation(modifiers), f"phase = {_quoted(phase)}\n", *_units(allowed)]
    formers = {glass.formers for glass in glasses_of}
    oxygen = OF_PHOSPHATES if formers == {("P",)} else "" if formers else IF_PHOSPHATE
    units, cation = (allowed.units if allowed else ()), (modifiers[0] if len(modifiers) == 1 else None)
    for technique in _techniques(glasses):
        findings = [one for glass in glasses for one in glass.findings if one.technique == technique]
        parts += _technique(technique, findings, units, cation=cation, phase=phase, oxygen=oxygen)
    for glass in glasses:
        parts += _sample(glass)
    return "".join([*parts, *_left_out(left_out)])


def _techniques(glasses: Sequence[DraftSample]) -> list[str]:
    return sorted({one.technique for glass in glasses for one in glass.findings if one.technique})


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"


def _comment(text: str) -> str:
    return "".join(f"# {line}\n" for line in textwrap.wrap(text, WIDTH - 2, break_long_words=False))


def _cation(modifiers: Sequence[str]) -> Iterator[str]:
    if len(modifiers) > 1:
        yield f"cation = {_quoted(BLANK)}  # use published positions for: {', '.join(modifiers)}\n"
    elif modifiers:
        yield f"cation = {_quoted(modifiers[0])}\n"


def _units(allowed: Allowed | None) -> Iterator[str]:
    if allowed is None:
        yield f'units = [{_quoted(BLANK)}]  # structural units that may be present, such as "P:S4", "P:S3O", "P:O3/O"\n'
        yield '# free = ["Na2S", "S"]  # free species that may be present\n'
        return
    yield _comment("Units with a published line, and simple ones, that these elements allow: remove impossible ones.")
    yield f"units = {_list(allowed.units)}\n"
    if allowed.others:
        yield _comment(f"Also possible, without a published line: {_list(allowed.others)[1:-1]}")
    if allowed.free:
        yield f"free = {_list(allowed.free)}\n"


def _technique(
    technique: str,
    findings: Sequence[Finding],
    units: Sequence[str],
    *,
    cation: str | None,
    phase: str,
    oxygen: str,
) -> Iterator[str]:
    kind = technique_of(technique).kind
    name = technique if technique.isalpha() else _quoted(technique)
    lines = lines_in(technique, units, cation=cation, phase=phase, reach=_reach(findings))
    yield f"\n[techniques.{name}]\n"
    evidence, reason = EVIDENCE.get(technique, EVIDENCE.get(kind, NOT_EVIDENCE))
    if evidence == "none" and set(lines.lines) == set(lines.windows):  # nothing would come of such a fit
        names = f"{_list(lines.lines)[1:-1] or 'none'}: give lines if these spectra are to be fitted."
        yield _comment(f"Lines with a published window only: {names}")
        lines = DraftLines(without=lines.without)
    if lines.lines:
        yield f"lines = {_list(lines.lines)}\n"
    elif not units:
        yield f'lines = [{_quoted(BLANK)}]  # what each line counts, such as "P:S4 + P:S3O"\n'
    else:
        yield "# lines = []  # what each line counts; without lines these spectra are not fitted\n"
    yield f"evidence = {_quoted(evidence)}  # {reason}\n"
    for key, example, what in STATED.get(kind, ()):
        if not _said(findings, key):
            shown = example or _quoted(nmr.primary_reference(technique.removesuffix(" NMR")))
            yield f"# {key} = {shown}  # {what}: the files do not say it\n"
    if technique == "O 1s XPS":
        yield oxygen
        yield "restarts = 4\n"
    if lines.without and lines.lines and technique != "O 1s XPS":
        yield _comment(
            f"No published line for {_list(lines.without)[1:-1]}: their lines need a window; without one, "
            "only the balances limit them."
        )
    if lines.outside:
        yield _comment(f"Outside the measured range: {_list(lines.outside)[1:-1]}.")
    if lines.windows:
        yield f"[techniques.{name}.windows]  # from the library, which has no position for this system\n"
        yield "".join(f"{_quoted(line)} = [{low:g}, {high:g}]\n" for line, (low, high) in lines.windows.items())


def _reach(findings: Sequence[Finding]) -> tuple[float, float]:
    """Range that all spectra of a technique cover; the whole axis where none was read."""
    ends = [
        one.spectrum[str(one.spectrum["intensity"].dims[-1])].values[[0, -1]]
        for one in findings
        if one.spectrum is not None
    ]
    return (max(float(end[0]) for end in ends), min(float(end[1]) for end in ends)) if ends else (-math.inf, math.inf)


def _said(findings: Sequence[Finding], key: str) -> bool:
    return all(one.spectrum is not None and key in one.spectrum.coords for one in findings)


def _sample(glass: DraftSample) -> Iterator[str]:
    yield f"\n[[samples]]\nname = {_quoted(glass.name)}\n"
    blank = glass.composition == BLANK
    yield f"composition = {_quoted(glass.composition)}{'  # its formula, such as Na3PS3.85O0.15' if blank else ''}\n"
    if glass.x is not None:
        yield f"x = {glass.x:g}\n"
    else:
        yield "# x = 0.15  # its position in the series, for figures\n"
    for finding in glass.findings:
        yield from _entry(finding)


def _entry(finding: Finding) -> Iterator[str]:
    yield f"[[samples.spectra]]\nfile = {_quoted(finding.file)}\n"
    if finding.technique:
        guessed = "" if finding.said_by in CERTAIN else f"  # guessed from {finding.said_by}"
        yield f"technique = {_quoted(finding.technique)}{guessed}\n"
    else:
        yield f'technique = {_quoted(BLANK)}  # "31P NMR", "Raman", "FTIR", "O 1s XPS" ...\n'
    if finding.blocks:
        rest = f" and {len(finding.blocks) - MOST_BLOCKS} more" if len(finding.blocks) > MOST_BLOCKS else ""
        yield f"block = {_quoted(BLANK)}  # one of {', '.join(map(repr, finding.blocks[:MOST_BLOCKS]))}{rest}\n"
    elif finding.block:
        yield f"block = {_quoted(finding.block)}\n"
    if finding.problem:
        yield _comment(f"not read yet: {finding.problem}")


def _left_out(left_out: Sequence[tuple[str, str]]) -> Iterator[str]:
    if not left_out:
        return
    yield "\n# Left out:\n"
    reasons: dict[str, list[str]] = {}
    for name, reason in left_out:
        reasons.setdefault(name, []).append(reason)
    for name, several in list(reasons.items())[:MOST_LEFT_OUT]:
        rest = f"; and {len(several) - MOST_REASONS} more blocks" if len(several) > MOST_REASONS else ""
        yield _comment(f"{name}: {'; '.join(several[:MOST_REASONS])}{rest}")
    if len(reasons) > MOST_LEFT_OUT:
        yield _comment(f"and {len(reasons) - MOST_LEFT_OUT} more files")
