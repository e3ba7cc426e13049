"""``shortrange peaks add``: a new claim from flags, or from answers to what is missing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands.common import JsonOption, answering
from shortrange.commands.peaks_questions import ASKED, answers, as_command
from shortrange.commands.written import assignments

if TYPE_CHECKING:
    from reference_peaks import Claim, Library

SPECIES_KIND = "unit, compound, site, bond, class, level or calibration, if the name does not show it."
UNUSUAL = "Reason why a number far from the library's is right; it is added to the notes."


def register(peaks: typer.Typer) -> None:
    """Add ``add`` to ``peaks``."""

    @peaks.command()
    def add(
        folder: Annotated[str, typer.Argument(help="Library folder for the claim.")],
        technique: Annotated[str | None, typer.Option("--technique", "-t", help=ASKED["technique"])] = None,
        species: Annotated[str | None, typer.Option("--species", "-s", help=ASKED["species"])] = None,
        species_kind: Annotated[str | None, typer.Option(help=SPECIES_KIND)] = None,
        kind: Annotated[
            str, typer.Option(help="position, range, window, splitting, difference, anisotropy.")
        ] = "position",
        value: Annotated[float | None, typer.Option(help="The number.")] = None,
        sd: Annotated[float | None, typer.Option(help="Its standard deviation; leave out if not published.")] = None,
        lower: Annotated[float | None, typer.Option(help="Lower end of a range or window.")] = None,
        upper: Annotated[float | None, typer.Option(help="Upper end of a range or window.")] = None,
        unit: Annotated[str | None, typer.Option(help="Unit of the number; default: that of the technique.")] = None,
        fwhm: Annotated[float | None, typer.Option(help="Width, in the same unit.")] = None,
        fwhm_sd: Annotated[float | None, typer.Option(help="Sd of the width.")] = None,
        convention: Annotated[str | None, typer.Option(help="Convention of an anisotropy or difference.")] = None,
        shape: Annotated[str | None, typer.Option(help="Line shape.")] = None,
        line: Annotated[str | None, typer.Option(help="Which line of the species.")] = None,
        cation: Annotated[str | None, typer.Option(help=ASKED["cation"])] = None,
        phase: Annotated[str | None, typer.Option(help=ASKED["phase"])] = None,
        sample: Annotated[str | None, typer.Option(help="Material as printed.")] = None,
        scale: Annotated[str | None, typer.Option(help="Reference scale; leave out if not stated.")] = None,
        condition: Annotated[list[str] | None, typer.Option(help="name=value, such as spinning_rate_hz=20000.")] = None,
        source: Annotated[str | None, typer.Option(help=ASKED["source"])] = None,
        via: Annotated[
            str | None, typer.Option(help="Key of the source it was taken from, if not the original.")
        ] = None,
        where: Annotated[str | None, typer.Option(help="Figure, table or page.")] = None,
        evidence: Annotated[str | None, typer.Option(help=ASKED["evidence"])] = None,
        curator: Annotated[str, typer.Option(help="Who enters the claim.")] = "shortrange maintainers",
        notes: Annotated[str | None, typer.Option(help="What a reader needs to know.")] = None,
        unusual: Annotated[str | None, typer.Option(help=UNUSUAL)] = None,
        ask: Annotated[bool, typer.Option("--ask/--no-ask", help="Ask for missing entries on a terminal.")] = True,
        json: JsonOption = False,
    ) -> None:
        """Write one claim into a library folder and check it; missing entries are asked for."""
        given = {name: value for name, value in locals().items() if name not in ("folder", "ask", "json")}
        with answering("peaks-add", as_json=json) as answer:
            path, key = added(folder, given, ask=ask and sys.stdin.isatty() and not json)
            answer.data |= {"key": key, "path": str(path)}
            answer.say(f"written: {path}\ncheck it with: shortrange peaks check {folder}")


def layered(folder: str) -> Library:
    """The public library with a folder over it, which may still be empty of claims."""
    import reference_peaks
    from shortrange_core.errors import BadInput

    public = reference_peaks.load()
    root = Path(folder)
    if not root.is_dir():
        raise BadInput(f"{folder!r}: is not a folder; create it first")
    if not (root / "claims").is_dir() and (root / "bibliography").is_dir():
        (root / "claims").mkdir()
    return reference_peaks.load(folder, over=public) if (root / "claims").is_dir() else public


def added(folder: str, given: dict[str, Any], *, ask: bool) -> tuple[Path, str]:
    """Write the claim that the flags (and, where asked, the answers) describe; give its path and key.

    Raises
    ------
    BadInput
        With every fault of the claim; after questions, with the command that gives the answers again.
    """
    import reference_peaks
    from shortrange_core.errors import BadInput

    if ask:
        answers(given, lambda name, text: _fault(folder, name, text))
    try:
        claim = _checked(folder, given)
    except BadInput as error:
        if not ask:
            raise
        raise BadInput(*error.problems, f"your answers are kept in: {as_command(folder, given)}") from error
    return reference_peaks.write(claim, folder), claim.key


def _fault(folder: str, name: str, text: str) -> str:
    """What is wrong with one answer, seen by itself."""
    from shortrange_core.errors import BadInput

    if name == "value":
        try:
            float(text)
        except ValueError:
            return f"{text!r} is not a number; write it without unit"
        return ""
    if name == "source":
        listed = text in layered(folder).sources
        return "" if listed else f"source {text!r} is not in the bibliography; add it: peaks add-source {folder} {text}"
    trial: dict[str, Any] = {
        "technique": "Raman",
        "species": "BO",
        "source": "any",
        "evidence": "measured",
        "curator": "any",
    }
    trial |= {"kind": "position", "value": 0}
    try:
        _, problems = _made({**trial, name: text})
    except BadInput as error:
        problems = [problem.removeprefix("the new claim: ") for problem in error.problems]
    return "; ".join(problems)


def _made(given: dict[str, Any]) -> tuple[Claim, list[str]]:
    """Claim of the flags, and what is wrong with its cation and species.

    Raises
    ------
    BadInput
        If a word is outside of the vocabulary.
    """
    from reference_peaks.curation import refusals
    from reference_peaks.entries import claim_from_tree
    from shortrange_core.errors import BadInput
    from structure import check_label

    claim = claim_from_tree(tree_of(given), "the new claim")
    problems = refusals(claim, None, label_rule=check_label)
    named = given.get("species_kind") is None and claim.species_kind in ("unit", "compound")
    if claim.species_kind == "unit" or (named and not problems):
        try:
            check_label(claim.species)
        except BadInput as error:
            way = "" if claim.species_kind == "unit" else "; if it is not a formula, state its kind with --species-kind"
            problems += [f"{problem}{way}" for problem in error.problems]
    return claim, problems


def _checked(folder: str, given: dict[str, Any]) -> Claim:
    """The claim under its number in the folder, checked alone and beside the library."""
    from dataclasses import replace

    from reference_peaks.curation import doubts, refusals
    from reference_peaks.entries import numbered
    from shortrange_core.errors import BadInput
    from structure import check_label

    library, (claim, problems) = layered(folder), _made(given)
    problems += [
        f"source {key!r}: is not in the bibliography; add it with 'shortrange peaks add-source {folder} {key}'"
        for key in (claim.source, claim.via)
        if key and key not in library.sources
    ]
    new = replace(claim, key="")
    refused = refusals(new, library, label_rule=check_label)
    problems += [problem for problem in refused if problem not in problems]
    if given.get("unusual") is None:
        problems += [f"{doubt} If it is, give the reason with --unusual" for doubt in doubts(new, library)]
    if problems:
        raise BadInput(*problems)
    return numbered(claim, {one.key for one in library.claims})


def tree_of(given: dict[str, Any]) -> dict[str, Any]:
    """Tree of the YAML file that the flags describe; what is absent stays out.

    Raises
    ------
    BadInput
        If a condition is not ``name=value``.
    """
    from reference_peaks.entries import plain_scalar, unit_of_technique
    from shortrange_core.errors import BadInput

    label = given.get("species") or ""
    kind = given.get("species_kind") or kind_of(label)
    quantity = {name: given[name] for name in ("value", "sd", "lower", "upper", "unit", "convention") if name in given}
    quantity["unit"] = quantity.get("unit") or unit_of_technique(given.get("technique") or "")
    tree: dict[str, Any] = {"schema": 1, "species_kind": kind, "status": "proposed", "source_kind": "primary"}
    if given.get("via"):
        tree["source_kind"] = "secondary"
    tree[str(given["kind"])] = {name: value for name, value in quantity.items() if value is not None}
    conditions: dict[str, Any] = {}
    for text in assignments(given.get("condition")):
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise BadInput(f"condition {text!r}: is not name=value; write spinning_rate_hz=20000")
        conditions[name.strip()] = plain_scalar(value.strip())
    if conditions:
        tree["conditions"] = conditions
    left = ("technique", "species", "fwhm", "fwhm_sd", "shape", "line", "cation", "phase", "sample", "scale", "source")
    for name in (*left, "via", "where", "evidence", "curator", "notes"):
        if given.get(name) is not None:
            tree[name] = given[name]
    if given.get("unusual") is not None:
        tree["notes"] = "; ".join(part for part in (given.get("notes"), f"unusual: {given['unusual']}") if part)
    return tree


def kind_of(label: str) -> str:
    """Kind of species that a name tells by itself."""
    return "unit" if ":" in label else ("site" if label in ("BO", "NBO") else "compound")
