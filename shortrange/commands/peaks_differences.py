"""``shortrange peaks diff``: how two libraries differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from shortrange.commands.common import Answer, JsonOption, answering

if TYPE_CHECKING:
    from reference_peaks.curation import Difference


def register_diff(peaks: typer.Typer) -> None:
    """Add ``diff`` to the sub-commands of ``shortrange peaks``."""

    @peaks.command()
    def diff(
        before: Annotated[str, typer.Argument(help="Library folder, or 'public'.")],
        after: Annotated[str, typer.Argument(help="Library folder, or 'public'.")] = "public",
        over: Annotated[bool, typer.Option("--over", help="Add each folder to the public library.")] = False,
        json: JsonOption = False,
    ) -> None:
        """Show what changed between two libraries, and how this affects priors and windows of fits."""
        with answering("peaks-diff", as_json=json) as answer:
            import reference_peaks
            from reference_peaks.curation import difference

            public = reference_peaks.load()
            pair = [
                public if name == "public" else reference_peaks.load(name, over=public if over else None)
                for name in (before, after)
            ]
            _say_difference(answer, difference(pair[0], pair[1]))


def _say_difference(answer: Answer, difference: Difference) -> None:
    priors = [
        {
            "technique": change.technique,
            "species": change.species,
            "cation": change.cation,
            "phase": change.phase,
            "before": None if change.before is None else {"mean": change.before.mean, "sd": change.before.sd},
            "after": None if change.after is None else {"mean": change.after.mean, "sd": change.after.sd},
        }
        for change in difference.priors
    ]
    answer.data |= {
        "before": difference.before,
        "after": difference.after,
        "added": difference.added,
        "removed": difference.removed,
    }
    windows = [
        {
            "technique": change.technique,
            "species": change.species,
            "cation": change.cation,
            "phase": change.phase,
            "before": None if change.before is None else [change.before.lower, change.before.upper],
            "after": None if change.after is None else [change.after.lower, change.after.upper],
        }
        for change in difference.windows
    ]
    answer.data |= {"changed": {change.key: change.fields for change in difference.changed}}
    answer.data |= {"priors": priors, "windows": windows}
    answer.say(f"library {difference.before} -> {difference.after}")
    for sign, keys in (("+", difference.added), ("-", difference.removed)):
        for key in keys:
            answer.say(f"{sign} {key}")
    for change in difference.changed:
        fields = "; ".join(f"{name}: {old} -> {new}" for name, (old, new) in change.fields.items())
        answer.say(f"~ {change.key}: {fields}")
    for move in difference.priors:
        ends = [f"{p.mean:.4g} +- {p.sd:.3g}" if p is not None else "none" for p in (move.before, move.after)]
        answer.say(f"prior {move.technique} {move.species} {move.cation} {move.phase}: {ends[0]} -> {ends[1]}")
    for shift in difference.windows:
        ends = [f"{w.lower:.4g} to {w.upper:.4g}" if w is not None else "none" for w in (shift.before, shift.after)]
        material = f"{shift.cation} {shift.phase}".strip() or "any material"
        answer.say(f"window {shift.technique} {shift.species} {material}: {ends[0]} -> {ends[1]}")
