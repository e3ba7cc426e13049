"""``shortrange peaks add``: a new claim from flags, or from answers to what is missing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands.common import JsonOption, answering

if TYPE_CHECKING:
    from reference_peaks import Library

NUMBERS = ("value", "sd", "lower", "upper", "fwhm", "fwhm_sd")
ASKED = {
    "technique": "Technique, such as 31P NMR",
    "species": "Species, such as P:S3/O, BO or Na2S",
    "unit": "Unit of the number (ppm, cm-1, eV or nm)",
    "source": "Key of the source in the bibliography",
    "cation": "Cation, such as Na",
    "phase": "Phase: glass, crystal, amorphous, solution or film",
    "evidence": "Evidence: measured, read from a figure, database, quoted, calculated or defined",
}


def register(peaks: typer.Typer) -> None:
    """Add ``add`` to ``peaks``."""

    @peaks.command()
    def add(
        folder: Annotated[str, typer.Argument(help="Library folder that the claim goes into.")],
        technique: Annotated[str | None, typer.Option("--technique", "-t", help=ASKED["technique"])] = None,
        species: Annotated[str | None, typer.Option("--species", "-s", help=ASKED["species"])] = None,
        kind: Annotated[
            str, typer.Option(help="position, range, window, splitting, difference, anisotropy.")
        ] = "position",
        value: Annotated[float | None, typer.Option(help="The number.")] = None,
        sd: Annotated[float | None, typer.Option(help="Its standard deviation; leave out if not published.")] = None,
        lower: Annotated[float | None, typer.Option(help="Lower end of a range or window.")] = None,
        upper: Annotated[float | None, typer.Option(help="Upper end of a range or window.")] = None,
        unit: Annotated[str | None, typer.Option(help=ASKED["unit"])] = None,
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
        notes: Annotated[str | None, typer.Option(help="What a reader must know.")] = None,
        ask: Annotated[bool, typer.Option("--ask/--no-ask", help="Ask for what is missing on a terminal.")] = True,
        json: JsonOption = False,
    ) -> None:
        """Write one claim into a library folder and check it; asks for what is missing."""
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
        raise BadInput(f"{folder!r}: is not a folder; make it first")
    if not (root / "claims").is_dir() and (root / "bibliography").is_dir():
        (root / "claims").mkdir()
    return reference_peaks.load(folder, over=public) if (root / "claims").is_dir() else public


def added(folder: str, given: dict[str, Any], *, ask: bool) -> tuple[Path, str]:
    """Write the claim that the flags (and, where asked, the answers) describe; give its path and key."""
    import reference_peaks
    from reference_peaks.entries import claim_from_tree, numbered
    from shortrange_core.errors import BadInput
    from structure import check_label

    if ask:
        for name, question in ASKED.items():
            given[name] = given[name] or typer.prompt(question, default="", show_default=False, err=True) or None
        if given["value"] is None and given["kind"] == "position":
            given["value"] = typer.prompt("The number", type=float, err=True)
    library = layered(folder)
    claim = claim_from_tree(tree_of(given), "the new claim")
    problems = [
        f"source {key!r}: is not in the bibliography; add it to {folder}/bibliography/*.yaml"
        for key in (claim.source, claim.via)
        if key and key not in library.sources
    ]
    if claim.species_kind == "unit":
        try:
            check_label(claim.species)
        except BadInput as error:
            problems.extend(error.problems)
    if problems:
        raise BadInput(*problems)
    claim = numbered(claim, {known.key for known in library.claims})
    return reference_peaks.write(claim, folder), claim.key


def tree_of(given: dict[str, Any]) -> dict[str, Any]:
    """Tree of the YAML file that the flags describe; what is absent stays out.

    Raises
    ------
    BadInput
        If a condition is not ``name=value``.
    """
    from reference_peaks.entries import plain_scalar
    from shortrange_core.errors import BadInput

    label = given.get("species") or ""
    kind = "unit" if ":" in label else ("site" if label in ("BO", "NBO") else "compound")
    quantity = {name: given[name] for name in ("value", "sd", "lower", "upper", "unit", "convention")}
    tree: dict[str, Any] = {"schema": 1, "species_kind": kind, "status": "proposed", "source_kind": "primary"}
    if given.get("via"):
        tree["source_kind"] = "secondary"
    tree[str(given["kind"])] = {name: value for name, value in quantity.items() if value is not None}
    conditions: dict[str, Any] = {}
    for text in given.get("condition") or ():
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
    return tree
