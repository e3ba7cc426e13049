"""The reference page of recipe keys and the JSON schema of recipes, both made from the tables and the signatures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

import spectra
from shortrange.recipe._options import Options, options_class
from shortrange.recipe._tables import Alternative, PeakEntry, Sample, SeriesTable, SpectrumEntry, StatementEntry, Tables

HEAD = """# Keys of a recipe

This page is the output of `shortrange recipe`, generated from the code and checked by a test.
`shortrange recipe --schema` gives the same as a JSON schema, for completion and checks in editors.
Techniques are named by nucleus or core level: `[techniques."31P NMR"]`, `"29Si NMR"`, `"Raman"`, `"FTIR"`,
`"O 1s XPS"`, `"S 2p XPS"`. Labels may be aliases (`PS4`) or families (`P^1`, `Q^1`: every allowed unit of one bridge).
`shortrange init FOLDER` writes a draft; a value `"?"` is a blank that `shortrange check` reports until it is filled.
On the command line of `shortrange fit` a key of a technique is an option (`--widest 150`), or `--set 'key = value'`.
"""
PLACES: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The recipe itself", Tables),
    ("`[[samples]]`", Sample),
    ("`[[samples.spectra]]`", SpectrumEntry),
    ("`[[samples.peak_tables]]`", PeakEntry),
    ("`[[samples.statements]]`", StatementEntry),
    ("`[[alternatives]]`", Alternative),
    ("`[series]`", SeriesTable),
    ("`[techniques.NAME]`, any technique", Options),
)


def page() -> str:
    """The reference page, as Markdown."""
    parts = [HEAD]
    for place, table in PLACES:
        parts.append(f"## {place}\n\n{_summary(table)}\n\n{_table(table, table.model_fields)}")
    for technique in spectra.TECHNIQUES:
        made = options_class(technique.kind)
        own = {name: field for name, field in made.model_fields.items() if name not in Options.model_fields}
        parts.append(f"## `[techniques.NAME]`, {technique.kind}\n\n{_table(made, own)}")
    return "\n".join(parts)


def schema() -> dict[str, Any]:
    """JSON schema of a recipe; a table of a technique is found by the last word of its name."""
    made = Tables.model_json_schema(by_alias=True)
    definitions = made["$defs"]
    patterns = {}
    for technique in spectra.TECHNIQUES:
        own = options_class(technique.kind).model_json_schema(ref_template="#/$defs/{model}")
        definitions |= own.pop("$defs", {})
        definitions[technique.kind] = own
        patterns[f"(^|[ ]){technique.kind}$"] = {"$ref": f"#/$defs/{technique.kind}"}
    made["properties"]["techniques"] = {"type": "object", "patternProperties": patterns, "additionalProperties": False}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def _summary(table: type[BaseModel]) -> str:
    text = " ".join((table.__doc__ or "").split())
    return text.replace(":func:", "").replace("``", "`")


def _table(table: type[BaseModel], fields: dict[str, FieldInfo]) -> str:
    properties = table.model_json_schema(by_alias=True)
    rows = [_row(name, fields[name], properties) for name in fields]
    return "\n".join(["| key | value | meaning |", "|---|---|---|", *rows, ""])


def _row(name: str, field: FieldInfo, schema_of_table: dict[str, Any]) -> str:
    key = field.alias or name
    value = "; ".join(dict.fromkeys(_kinds(schema_of_table["properties"][key], schema_of_table.get("$defs", {}))))
    default = "required" if field.is_required() else _default(field)
    return f"| `{key}` | {value}{f'; {default}' if default else ''} | {field.description or ''} |"


def _default(field: FieldInfo) -> str:
    value = field.default
    if field.default_factory is not None or value is None or value == ():
        return ""
    return f"default `{str(value).lower() if isinstance(value, bool) else value}`"


def _kinds(part: dict[str, Any], definitions: dict[str, Any]) -> Iterator[str]:
    """Kinds of value of a JSON schema in words."""
    if "anyOf" in part:
        for one in part["anyOf"]:
            yield from _kinds(one, definitions)
        return
    if "enum" in part or "const" in part:
        yield " or ".join(f"`{word}`" for word in part.get("enum", [part.get("const")]))
        return
    kind = part.get("type")
    limits = " ".join(
        f"{sign} {part[key]:g}"
        for key, sign in (("minimum", ">="), ("exclusiveMinimum", ">"), ("maximum", "<="), ("exclusiveMaximum", "<"))
        if key in part
    )
    words = {"number": "number", "integer": "whole number", "string": "text", "boolean": "true or false"}
    if kind in words:
        yield f"{words[kind]} {limits}".strip()
    elif kind == "array":
        pair = part.get("minItems") == 2 == part.get("maxItems")
        yield "two numbers, lower and upper" if pair else f"list of {'; '.join(_kinds(part['items'], definitions))}"
    elif kind == "object" or "$ref" in part:
        yield "table"
