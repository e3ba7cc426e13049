"""``shortrange separator``: resistance of a stack of layers and interfaces, and what a measured one leaves over."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from shortrange.commands.common import JsonOption, answering
from shortrange_core.errors import BadInput
from shortrange_core.files import decode, read_bytes
from shortrange_core.shown_numbers import with_sd
from shortrange_core.spelling import spoken_in

if TYPE_CHECKING:
    import electrochemistry as ec
    from shortrange_core import Estimates

T = TypeVar("T")
_UNITS = {
    "thickness": ("um", 1e4),
    "layer_resistance": ("ohm cm2", 1.0),
    "interface_resistance": ("ohm cm2", 1.0),
    "area_resistance": ("ohm cm2", 1.0),
    "conductivity": ("S/cm", 1.0),
}
_KEYS = ("area", "area_sd", "temperature", "material", "layer", "interface", "measured", "current_density")


def register(app: typer.Typer) -> None:
    """Add the sub-command to the application."""
    app.command("separator")(separator)


def separator(
    file: Annotated[
        Path,
        typer.Argument(help="TOML: area (cm2), temperature (K), [[material]], [[layer]], [[interface]], [measured]."),
    ],
    *,
    json: JsonOption = False,
) -> None:
    """Thickness and resistance of a layered separator from its layers and interfaces, against a measured one.

    A material has name, density (g cm-3), conductivity (S/cm), stated_temperature (K), activation_energy (kJ/mol) and
    form; a layer has material, mass (g), relative_density; an interface has name, area_resistance (ohm cm2) and count;
    measured has area_resistance. Each number may have its _sd.
    """
    with answering("separator", as_json=json) as answer:
        stated = _stated(file)
        cases = _cases(stated, file.name)
        answer.data = {"cases": []}
        for case in cases:
            for note in case.notes:
                answer.say(f"  {note}")
            answer.say(f"at {case.temperature:g} K, {case.area:g} cm2; in brackets: standard deviations")
            for line in _lines(case.estimates):
                answer.say(line)
            body = {"estimates": case.estimates, "notes": list(case.notes)}
            body |= _voltage(case, stated, answer) | _check(case, stated.get("measured"), file.name, answer)
            answer.data["cases"].append(body)


def _stated(file: Path) -> dict[str, Any]:
    try:
        stated = tomllib.loads(decode(read_bytes(file)))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{file.name}: is not valid TOML ({error}); write key = value") from error
    problems = [f"unknown key {key!r}; there are {', '.join(_KEYS)}" for key in stated if key not in _KEYS]
    problems += [f"lacks {key}" for key in ("area", "temperature", "material", "layer") if key not in stated]
    if problems:
        raise BadInput(*(f"{file.name}: {problem}" for problem in problems))
    return stated


def _record(kind: type[T], table: Mapping[str, Any], place: str) -> T:
    """A record from a table of the file; unknown and missing keys are named."""
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    unknown = [key for key in table if key not in {field.name for field in fields}]
    needed = [f.name for f in fields if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING]
    missing = [name for name in needed if name not in table and name != "stated_temperature"]
    if unknown or missing:
        names = ", ".join(field.name for field in fields)
        faults = [f"unknown {', '.join(unknown)}"] * bool(unknown) + [f"lacks {', '.join(missing)}"] * bool(missing)
        raise BadInput(f"{place}: {' and '.join(faults)}; there are {names}")
    wrong = [key for key, value in table.items() if isinstance(value, (list, bool))]
    if wrong:
        raise BadInput(f"{place}: {', '.join(wrong)} must be one number or one text")
    return kind(**({"stated_temperature": None} if "stated_temperature" in needed else {}) | dict(table))


@spoken_in("recipe")
def _cases(stated: Mapping[str, Any], name: str) -> tuple[ec.Separator, ...]:
    import electrochemistry as ec

    materials = {
        each.name: each
        for n, table in enumerate(stated["material"], start=1)
        for each in (_record(ec.Material, table, f"{name}, material {n}"),)
    }
    layers = []
    for n, table in enumerate(stated["layer"], start=1):
        if table.get("material") not in materials:
            names = ", ".join(materials)
            raise BadInput(f"{name}, layer {n}: material {table.get('material')!r} is not one of {names}")
        layers.append(_record(ec.Layer, {**table, "material": materials[table["material"]]}, f"{name}, layer {n}"))
    contacts = [
        _record(ec.Interface, table, f"{name}, interface {n}")
        for n, table in enumerate(stated.get("interface", []), start=1)
    ]
    area, area_sd, temperature = (float(stated.get(key, 0.0)) for key in ("area", "area_sd", "temperature"))
    return ec.separator_cases(layers, area=area, temperature=temperature, area_sd=area_sd, interfaces=contacts)


def _lines(estimates: Estimates) -> list[str]:
    rows = zip(
        estimates.facets["quantity"],
        estimates.facets["layer"],
        estimates.value.values,
        estimates.sd.values,
        strict=True,
    )
    lines = []
    for quantity, layer, value, sd in rows:
        unit, scale = _UNITS[quantity]
        lines.append(f"  {quantity:20s} {layer:28s} {with_sd(float(value) * scale, float(sd) * scale)} {unit}")
    return lines


def _voltage(case: ec.Separator, stated: Mapping[str, Any], answer: Any) -> dict[str, Any]:
    if "current_density" not in stated:
        return {}
    import electrochemistry as ec

    volts = ec.ohmic_voltage(case, float(stated["current_density"]))
    value = with_sd(float(volts.value.item()), float(volts.sd.item()))
    answer.say(f"  ohmic voltage at {stated['current_density']:g} mA cm-2: {value} V")
    return {"ohmic_voltage": volts}


def _check(case: ec.Separator, measured: Mapping[str, Any] | None, name: str, answer: Any) -> dict[str, Any]:
    if measured is None:
        return {}
    if set(measured) != {"area_resistance", "area_resistance_sd"}:
        raise BadInput(f"{name}, measured: give area_resistance and area_resistance_sd, ohm cm2")
    import electrochemistry as ec
    from shortrange_core import Estimates

    value, sd = float(measured["area_resistance"]), float(measured["area_resistance_sd"])
    check = ec.check_resistance(case, Estimates.build(["measured"], [value], [sd**2], unit=["ohm cm2"]))
    low, high = check.interval
    answer.say(
        f"measured {with_sd(value, sd)} ohm cm2: {check.verdict} ({check.ratio:.3g} of the stack, "
        f"{check.deviation:+.1f} sd); left over {with_sd(check.excess, check.excess_sd)} ohm cm2, "
        f"95 % {low:.4g} to {high:.4g}"
    )
    for note in check.notes:
        answer.say(f"  {note}")
    return {
        "measured": {
            "verdict": check.verdict,
            "ratio": check.ratio,
            "deviation": check.deviation,
            "excess": check.excess,
            "excess_sd": check.excess_sd,
            "excess_interval": [low, high],
            "notes": list(check.notes),
        }
    }
