"""``shortrange balance``: structure alone, from typed-in evidence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands.common import Answer, JsonOption, VerboseOption, answering, say_notes
from shortrange.commands.written import named
from shortrange_core.shown_numbers import UNKNOWN, beside_interval, decimals

if TYPE_CHECKING:
    from shortrange.balance import Balance
    from structure import Ranges, Solution


def register(app: typer.Typer) -> None:
    """Add ``balance`` to the application."""

    @app.command()
    def balance(
        path: Annotated[str | None, typer.Argument(help="TOML file with a glass and its evidence.")] = None,
        example: Annotated[bool, typer.Option("--example", help="Print an example file and exit.")] = False,
        verbose: VerboseOption = False,
        json: JsonOption = False,
    ) -> None:
        """Find what statements and areas imply for a glass: contradictions, ranges, fractions."""
        with answering("balance", as_json=json) as answer:
            _balance(answer, path, example=example, verbose=verbose)


def _balance(answer: Answer, path: str | None, *, example: bool, verbose: bool) -> None:
    from shortrange.balance import balance, example_text
    from shortrange_core.errors import BadInput

    if example:
        answer.data["example"] = example_text()
        answer.say(example_text().rstrip())
        return
    if path is None:
        raise BadInput("no file is given; give a TOML file, or --example to see one")
    balanced = balance(path)
    answer.data |= _data(balanced)
    # a conflict that is named is an answer; evidence that is rejected without one is not
    answer.trusted = bool(balanced.conflicts) or balanced.solution is None or balanced.solution.status.trusted
    _say(answer, balanced, verbose=verbose)


def _say(answer: Answer, balanced: Balance, *, verbose: bool) -> None:
    answer.say(f"{balanced.title or balanced.composition}: {len(balanced.species)} species")
    for name, text in balanced.statements:
        answer.say(f"  {name}" + (f": {text}" if text != name else ""))
    if balanced.conflicts:
        answer.say("\nCONFLICT")
        answer.say(balanced.conflicts.text())
        for implied in balanced.implications:
            answer.say(f"\nwithout {'; '.join(implied.dropped)}:")
            _say_ranges(answer, implied.ranges)
    else:
        answer.say("\nall statements are compatible")
    if balanced.solution is not None and not balanced.solution.status.trusted:
        _say_rejected(answer, balanced)
        return
    if balanced.ranges is not None:
        _say_ranges(answer, balanced.ranges)
    if balanced.solution is not None:
        _say_fractions(answer, balanced.solution, verbose=verbose)


def _say_rejected(answer: Answer, balanced: Balance) -> None:
    from structure import why_rejected

    assert balanced.solution is not None
    answer.say(f"\n{str(balanced.solution.status).upper()}: no fractions are given")
    answer.say(why_rejected(balanced.solution, balanced.remedies))


def _say_fractions(answer: Answer, solution: Solution, *, verbose: bool) -> None:
    fractions = solution.fractions.table()
    table = fractions[["status"]].copy()
    columns = (fractions[name] for name in ("value", "sd", "interval_lower", "interval_upper"))
    table["fraction"] = [beside_interval(*row) for row in zip(*columns, strict=True)]
    table["95 %"] = [
        f"{decimals(low)} to {decimals(high)}" if math.isfinite(low + high) else UNKNOWN
        for low, high in zip(fractions["interval_lower"], fractions["interval_upper"], strict=True)
    ]
    marked = f", sds {solution.widening:.2g} times wider: the evidence disagrees" if solution.widening > 1.0 else ""
    answer.say(f"\nfractions per network former ({solution.agreement.text()}{marked})")
    answer.say(table.rename(index=named).to_string())
    say_notes(answer, solution.notes, verbose=verbose)


def _say_ranges(answer: Answer, ranges: Ranges) -> None:
    wide = max(len(named(name)) for name in ranges.quantities)
    for name, low, high in zip(ranges.quantities, ranges.lower, ranges.upper, strict=True):
        answer.say(f"  {named(name):<{wide}}  {decimals(low):>8} .. {decimals(high)}")


def _data(balanced: Balance) -> dict[str, Any]:
    return {
        "title": balanced.title,
        "composition": balanced.composition.text,
        "species": balanced.species,
        "statements": [{"name": name, "text": text} for name, text in balanced.statements],
        "conflicts": [
            {
                "members": c.members,
                "alone": c.alone,
                "excess_chi2": c.excess,
                "moves": [{"name": m.name, "text": m.text, "reach": m.reach} for m in c.moves],
            }
            for c in balanced.conflicts.sets
        ],
        "corrections": balanced.conflicts.corrections,
        "ranges": _ranges(balanced.ranges),
        "implications": [{"dropped": i.dropped, "ranges": _ranges(i.ranges)} for i in balanced.implications],
        "solution": _solution(balanced),
    }


def _ranges(ranges: Ranges | None) -> dict[str, Any] | None:
    if ranges is None:
        return None
    spans = zip(ranges.lower.tolist(), ranges.upper.tolist(), strict=True)
    return {name: list(span) for name, span in zip(ranges.quantities, spans, strict=True)}


def _solution(balanced: Balance) -> dict[str, Any] | None:
    solution = balanced.solution
    if solution is None:
        return None
    believed = solution.status.trusted
    return {
        "fractions": solution.fractions if believed else None,
        "sites": solution.sites if believed else None,
        "remedies": [str(remedy) for remedy in balanced.remedies],
        "widening": solution.widening,
        "chi2": solution.chi2,
        "dof": solution.dof,
        "p_value": solution.p_value,
        "status": str(solution.status),
        "notes": list(solution.notes),
    }
