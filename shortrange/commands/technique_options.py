"""Options of a command line made from the signatures of the techniques' functions.

Numbers, words, pairs and lists are options of their own; ``--set key=TOML`` states anything that a recipe can.
"""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from itertools import takewhile
from typing import Annotated, Any, get_origin

import typer

from shortrange.commands.written import measured, window
from shortrange_core.errors import BadInput, Offenders
from shortrange_core.labels import tokens
from shortrange_core.options import Stated


def with_technique_options(body: Callable[..., None], left_out: Collection[str]) -> Callable[..., None]:
    """A command whose signature has the options of all techniques besides its own; ``body`` takes them as ``stated``.

    Parameters
    ----------
    body
        The command; its parameter ``stated`` receives the options that were given, by the key of a recipe.
    left_out
        Options that the command has itself.
    """
    made = {
        name: _parameter(*stated)
        for name, stated in _by_name().items()
        if name not in left_out and has_own_option(stated[0])
    }
    sets = inspect.Parameter(
        "set_", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[list[str] | None, _SET_OPTION]
    )
    own = [p for p in inspect.signature(body, eval_str=True).parameters.values() if p.name != "stated"]

    def run(**arguments: Any) -> None:
        options = {name: arguments.pop(name) for name in made}
        written = arguments.pop("set_") or []
        body(**arguments, stated=GivenOptions({n: v for n, v in options.items() if v is not None}, tuple(written)))

    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + [*made.values(), sets]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    run.__name__, run.__doc__ = body.__name__, body.__doc__
    return run


class GivenOptions:
    """Options as they were written on a command line."""

    def __init__(self, options: Mapping[str, Any], written: Sequence[str]) -> None:
        self.options, self.written = dict(options), tuple(written)

    def table(self) -> dict[str, Any]:
        """What was given, as a table of a recipe states it.

        Raises
        ------
        BadInput
            With every option that cannot be read.
        """
        offenders = Offenders()
        values: dict[str, Any] = {}
        by_name = {name: stated for name, (stated, _) in _by_name().items()}
        for name, value in self.options.items():
            try:
                values[name] = _value(by_name[name], value)
            except ValueError as error:
                offenders.add(f"{flag(name)} {value!r}: {error}")
        for text in self.written:
            try:
                values |= tomllib.loads(text)
            except tomllib.TOMLDecodeError as error:
                offenders.add(f"--set {text!r}: is not key = value of TOML ({error}); write --set 'widest = 150'")
        offenders.raise_if_any()
        return values


_SET_OPTION = typer.Option("--set", help="Any recipe key for the technique: 'crystalline = [\"P:S4\"]'.")


def has_own_option(stated: Stated) -> bool:
    """Whether an option is one of the command line; tables of numbers are stated by ``--set``."""
    from shortrange.recipe import recipe_type

    return bool(recipe_type(stated) != Mapping[str, float])


def flag(name: str) -> str:
    """An option as it is written.

    Examples
    --------
    >>> flag("spinning_rate")
    '--spinning-rate'
    """
    return f"--{name.replace('_', '-')}"


def _by_name() -> dict[str, tuple[Stated, dict[str, str]]]:
    """Every option of a technique once, with its text by technique."""
    import spectra

    by_name: dict[str, tuple[Stated, dict[str, str]]] = {}
    for technique in spectra.TECHNIQUES:
        for stated in technique.options:
            by_name.setdefault(stated.name, (stated, {}))[1][technique.kind] = stated.option.text.rstrip(".")
    return by_name


def _meaning(texts: Mapping[str, str]) -> tuple[str, str]:
    """What an option means to the techniques that take it, and who they are where the meaning does not name them.

    Examples
    --------
    >>> _meaning({"NMR": "Scale of shifts", "XPS": "Scale of energies"})
    ('Scale of shifts (NMR); energies (XPS)', '')
    >>> _meaning({"NMR": "Phase", "XPS": "Phase"})
    ('Phase', ' (NMR, XPS)')
    """
    import spectra

    kinds, (first, *others) = list(texts), [text.split(" ") for text in texts.values()]
    if all(words == first for words in others):
        return " ".join(first), "" if len(kinds) == len(spectra.TECHNIQUES) else f" ({', '.join(kinds)})"
    shared = sum(1 for _ in takewhile(lambda same: len(set(same)) == 1, zip(first, *others, strict=False)))
    told = [first, *(words[shared:] for words in others)]
    return "; ".join(f"{' '.join(words)} ({kind})" for words, kind in zip(told, kinds, strict=True)), ""


def _parameter(stated: Stated, texts: Mapping[str, str]) -> inspect.Parameter:
    from shortrange.recipe import recipe_type

    kind = recipe_type(stated)
    meaning, whom = _meaning(texts)
    option = stated.option if len(texts) == 1 else replace(stated.option, unit="")  # each technique has its own
    rule = replace(stated, option=option).rule or option.unit
    text = f"{meaning}{f', {rule}' if rule else ''}{_written(kind).value}{whom}."
    if kind is bool:
        typed = typer.Option(f"{flag(stated.name)}/--no-{stated.name.replace('_', '-')}", help=text)
    elif kind is float:
        typed = measured(option.unit, text, flag(stated.name))
    else:
        typed = typer.Option(flag(stated.name), help=text)
    plain = kind if kind in (bool, int, float) else str
    annotation: Any = Annotated[plain | None, typed]
    return inspect.Parameter(stated.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


class Written(Enum):
    """How a value is written on the command line; its value is what the help shows of it."""

    PLAIN = ""
    WINDOW = ": 700..1300"
    TABLE = ": 'P:S3/S = 90..96'"
    LIST = ": one,two"


def _written(kind: Any) -> Written:
    """How a value of a type is written; numbers and words are plain."""
    if get_origin(kind) is Annotated:
        return Written.WINDOW
    origin = get_origin(kind)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return Written.TABLE
    return Written.LIST if origin is tuple else Written.PLAIN


def _value(stated: Stated, value: Any) -> Any:
    """The value that a recipe would state for a text of the command line."""
    from shortrange import stepwise
    from shortrange.recipe import recipe_type

    form = _written(recipe_type(stated))
    if not isinstance(value, str) or form is Written.PLAIN:
        return value
    if form is Written.WINDOW:
        return window(value)
    if form is Written.LIST:
        return list(tokens(value))
    try:
        return stepwise.window_table(value)
    except BadInput as error:
        raise ValueError(str(error)) from error
