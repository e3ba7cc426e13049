"""``shortrange balance``: structure alone, from typed-in evidence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shortrange.commands.common import Answer, JsonOption, VerboseOption, answering, say_notes
from shortrange.commands.written import named
from shortrange_core.shown_numbers import UNKNOWN, decimals, with_sd

if TYPE_CHECKING:
    from shortrange.balance import Balance
    from structure import Ranges, Solution


def register(app: typer.Typer) -> None:
    """Add ``balance`` to the application."""

    @app.command()
    def balance(
        path: Annotated[str | None, typer.Argument(help="TOML file of a glass and its evidence.")] = None,
        example: Annotated[bool, typer.Option("--example", help="Print an example file and leave.")] = False,
        verbose: VerboseOption = False,
        json: JsonOption = False,
    ) -> None:
        """Work out what statements and areas say about a glass: contradictions, ranges, fractions."""
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
        raise BadInput("no file is named; give a TOML file, or --example to see one")
    found = balance(path)
    answer.data |= _data(found)
    # a conflict that is named is an answer; evidence that is rejected without one is not
    answer.trusted = bool(found.conflicts) or found.solution is None or found.solution.status.trusted
    _say(answer, found, verbose=verbose)


def _say(answer: Answer, found: Balance, *, verbose: bool) -> None:
    answer.say(f"{found.title or found.composition}: {len(found.species)} species")
    for name, text in found.statements:
        answer.say(f"  {name}" + (f": {text}" if text != name else ""))
    if found.conflicts:
        answer.say("\nCONFLICT")
        answer.say(found.conflicts.text())
        for implied in found.implications:
            answer.say(f"\nwithout {'; '.join(implied.dropped)}:")
            _say_ranges(answer, implied.ranges)
    else:
        answer.say("\nall statements can hold together")
    if found.solution is not None and not found.solution.status.trusted:
        _say_rejected(answer, found)
        return
    if found.ranges is not None:
        _say_ranges(answer, found.ranges)
    if found.solution is not None:
        _say_fractions(answer, found.solution, verbose=verbose)


def _say_rejected(answer: Answer, found: Balance) -> None:
    from structure import why_rejected

    assert found.solution is not None
    answer.say(f"\n{str(found.solution.status).upper()}: no fractions are given")
    answer.say(why_rejected(found.solution, found.remedies))


def _say_fractions(answer: Answer, solution: Solution, *, verbose: bool) -> None:
    found = solution.fractions.table()
    table = found[["status"]].copy()
    table["fraction"] = [with_sd(*row) for row in zip(found["value"], found["sd"], strict=True)]
    table["95 %"] = [
        f"{decimals(low)} to {decimals(high)}" if math.isfinite(low + high) else UNKNOWN
        for low, high in zip(found["interval_lower"], found["interval_upper"], strict=True)
    ]
    marked = f", sds {solution.widening:.2g} times wider: the evidence disagrees" if solution.widening > 1.0 else ""
    answer.say(f"\nfractions per network former ({solution.agreement.text()}{marked})")
    answer.say(table.rename(index=named).to_string())
    say_notes(answer, solution.notes, verbose=verbose)


def _say_ranges(answer: Answer, ranges: Ranges) -> None:
    wide = max(len(named(name)) for name in ranges.quantities)
    for name, low, high in zip(ranges.quantities, ranges.lower, ranges.upper, strict=True):
        answer.say(f"  {named(name):<{wide}}  {decimals(low):>8} .. {decimals(high)}")


def _data(found: Balance) -> dict[str, Any]:
    return {
        "title": found.title,
        "composition": found.composition.text,
        "species": found.species,
        "statements": [{"name": name, "text": text} for name, text in found.statements],
        "conflicts": [
            {
                "members": c.members,
                "alone": c.alone,
                "excess_chi2": c.excess,
                "moves": [{"name": m.name, "text": m.text, "reach": m.reach} for m in c.moves],
            }
            for c in found.conflicts.sets
        ],
        "corrections": found.conflicts.corrections,
        "ranges": _ranges(found.ranges),
        "implications": [{"dropped": i.dropped, "ranges": _ranges(i.ranges)} for i in found.implications],
        "solution": _solution(found),
    }


def _ranges(ranges: Ranges | None) -> dict[str, Any] | None:
    if ranges is None:
        return None
    spans = zip(ranges.lower.tolist(), ranges.upper.tolist(), strict=True)
    return {name: list(span) for name, span in zip(ranges.quantities, spans, strict=True)}


def _solution(found: Balance) -> dict[str, Any] | None:
    solution = found.solution
    if solution is None:
        return None
    believed = solution.status.trusted
    return {
        "fractions": solution.fractions if believed else None,
        "sites": solution.sites if believed else None,
        "remedies": [str(remedy) for remedy in found.remedies],
        "widening": solution.widening,
        "chi2": solution.chi2,
        "dof": solution.dof,
        "p_value": solution.p_value,
        "status": str(solution.status),
        "notes": list(solution.notes),
    }
