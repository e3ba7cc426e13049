"""Forms of a claim and of an entry of the bibliography: what may stand under every key of their YAML, for pydantic.

What joins several keys of one file (a unit and its technique, two ends) stands in ``_schema.py``.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError

from reference_peaks.entries import _claims as c

TEXT_LIMIT = 2000
LONGEST_SHOWN = 60
DOI = r"10\.\d{4,9}(\.\d+)*/\S+"


def _printable(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError
    return text


def _scalar_kind(value: Any) -> str:
    return "text" if value is None or isinstance(value, str) else "number"


Text = Annotated[str, Field(max_length=TEXT_LIMIT), AfterValidator(_printable)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[Number, Field(gt=0)]
Count = Annotated[Number, Field(ge=1, lt=1e9, multiple_of=1), AfterValidator(int)]
Scalars = dict[
    str, Annotated[Annotated[Text, Tag("text")] | Annotated[Number, Tag("number")], Discriminator(_scalar_kind)]
]
ABSENT: Any = Field(default=None)
"""A key that may be left out; where it stands, it is not null."""


class Form(BaseModel):
    """A mapping with these keys and no others; whole numbers pass as numbers, and nothing else as another type."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @classmethod
    def keys(cls) -> list[str]:
        """Keys as a file spells them."""
        return [stated.alias or name for name, stated in cls.model_fields.items()]

    def given(self) -> dict[str, Any]:
        """What stood in the file, under its keys."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return {name.rstrip("_"): value.given() if isinstance(value, Form) else value for name, value in given.items()}


class QuantityForm(Form):
    """The number of a claim."""

    value: Number = ABSENT
    sd: Positive = ABSENT
    lower: Number = ABSENT
    upper: Number = ABSENT
    unit: c.Unit
    convention: Text = ABSENT
    printed: Text = ABSENT


class ClaimForm(Form):
    """One file of ``claims/``; of the nine kinds of quantities exactly one."""

    schema_: Count = Field(alias="schema")
    technique: Annotated[Text, Field(pattern=rf"^({c.TECHNIQUE.pattern})$")]
    species: Text
    species_kind: c.SpeciesKind
    line: Text = ABSENT
    cation: Text = ABSENT
    phase: c.Phase = ABSENT
    sample: Text = ABSENT
    position: QuantityForm = ABSENT
    range: QuantityForm = ABSENT
    window: QuantityForm = ABSENT
    splitting: QuantityForm = ABSENT
    difference: QuantityForm = ABSENT
    anisotropy: QuantityForm = ABSENT
    tensor: QuantityForm = ABSENT
    energy: QuantityForm = ABSENT
    response: QuantityForm = ABSENT
    fwhm: Positive = ABSENT
    fwhm_sd: Positive = ABSENT
    shape: Text = ABSENT
    scale: Text = ABSENT
    conditions: Scalars = ABSENT
    source: Text
    via: Text = ABSENT
    where: Text = ABSENT
    evidence: c.Evidence
    source_kind: c.SourceKind
    curator: Text
    reviewer: Text = ABSENT
    status: c.Status
    notes: Text = ABSENT
    number: Count = ABSENT
    raw_row: Count = ABSENT
    provenance: Scalars = ABSENT


QUANTITY_KINDS = tuple(name for name, stated in ClaimForm.model_fields.items() if stated.annotation is QuantityForm)


class SourceForm(Form):
    """One entry of the bibliography."""

    kind: c.SourceRecord
    authors: Text = ABSENT
    title: Text = ABSENT
    journal: Text = ABSENT
    volume: Text = ABSENT
    pages: Text = ABSENT
    year: Count = ABSENT
    doi: Annotated[Text, Field(pattern=rf"^{DOI}$")] = ABSENT
    url: Text = ABSENT
    note: Text = ABSENT


_NUMBER = "is not a number; give a finite number without unit"
_COUNT = "is not a whole number from 1 on"
_TEXT = f"is not a printable text of 1 to {TEXT_LIMIT} characters; quote it"
_SAYS = {
    **dict.fromkeys(("float_type", "finite_number"), _NUMBER),
    **dict.fromkeys(("greater_than_equal", "less_than", "multiple_of"), _COUNT),
    **dict.fromkeys(("string_type", "string_too_long", "value_error"), _TEXT),
    "greater_than": "is not above 0; give a positive number or leave it out",
}
_PATTERNS = {
    "technique": "is not known; give 31P NMR, Raman, O 1s XPS, emission lamp or the like",
    "doi": "is not 10.NUMBER/NAME; give the bare DOI, without https://doi.org/",
}
_MAPPINGS = {
    "model_type": "is not a mapping; write value, sd and unit below it",
    "dict_type": "is not a mapping; write one 'name: value' a line below it",
}


def checked(form: type[Form], tree: dict[str, Any], name: str) -> tuple[dict[str, Any], list[str]]:
    """What stands in a tree as its form has it, and a sentence for each fault; faulty values are left out.

    Parameters
    ----------
    form
        What the tree should be.
    tree
        Mapping of a YAML file.
    name
        What the sentences start with.
    """
    try:
        made = form.model_validate(tree)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        return _without(tree, [fault["loc"] for fault in faults]), [_sentence(form, fault, name) for fault in faults]
    return made.given(), []


def _without(tree: dict[str, Any], places: list[tuple[int | str, ...]]) -> dict[str, Any]:
    """The tree without the values at these places, two levels deep."""
    whole = {place[0] for place in places if len(place) == 1}
    inner = {place[:2] for place in places}
    return {
        key: {k: v for k, v in value.items() if (key, k) not in inner} if isinstance(value, dict) else value
        for key, value in tree.items()
        if key not in whole
    }


def _sentence(form: type[Form], fault: Any, name: str) -> str:
    """Value, rule and way out of one fault, in the words of a file."""
    *above, key = fault["loc"][:2]
    place = ", ".join([name, *map(str, above)])
    kind, value = fault["type"], fault["input"]
    if kind == "missing":
        return f"{place}: {key} is missing; add it"
    if kind == "extra_forbidden":
        keys = (QuantityForm if above else form).keys()
        return f"{place}: the key {str(key)[:LONGEST_SHOWN]!r} is not known; known are {', '.join(keys)}"
    if value is None:
        return f"{place}: {key} is null; leave an unknown value out"
    if kind in _MAPPINGS:
        return f"{place}: {key} {_MAPPINGS[kind]}"
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    shown = f"{place}: {key} = {value if number else repr(str(value)[:LONGEST_SHOWN])}"
    if kind == "literal_error":
        return f"{shown} is not one of {fault['ctx']['expected'].replace(chr(39), '')}"
    return f"{shown} {_PATTERNS.get(str(key), '') if kind == 'string_pattern_mismatch' else _SAYS[kind]}"
