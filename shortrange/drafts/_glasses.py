"""Samples of a draft: findings that speak of one glass, with its formula and place in the series as far as known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import structure
from shortrange.drafts._folder import Finding
from shortrange.recipe import BLANK
from shortrange_core.errors import BadInput, Offenders

_LETTER = re.compile(r"(?<![A-Za-z])x|x(?![a-z])")


@dataclass(frozen=True, eq=False, slots=True)
class DraftSample:
    """One sample: its name, formula (:data:`shortrange.recipe.BLANK` where unknown), place, and what is found of it."""

    name: str
    composition: str
    x: float | None
    findings: tuple[Finding, ...]


def glasses_of(findings: Sequence[Finding], composition: str | None) -> tuple[DraftSample, ...]:
    """Samples by what their files share: a formula, a place in the series, or a name.

    Raises
    ------
    BadInput
        If the composition cannot be read, or makes no glass at a place; all places together.
    """
    offenders, glasses = Offenders(), []
    for several in _samples(findings):
        x = next((one.x for one in several if one.x is not None), None)
        formula = next((one.glass for one in several if one.glass), "")
        try:
            formula = formula or formula_at(composition, x)
        except BadInput as error:
            offenders.add(*error.problems)
        name = f"x = {x:g}" if x is not None else formula or several[0].group
        glasses.append(DraftSample(name, formula or BLANK, x, tuple(several)))
    offenders.problems = list(dict.fromkeys(offenders.problems))
    offenders.raise_if_any()
    return tuple(sorted(glasses, key=lambda glass: (glass.x is None, glass.x or 0.0)))


def _samples(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings that share a name, a place or a formula, directly or through others."""
    samples: list[tuple[set[str], list[Finding]]] = []
    for finding in findings:
        keys = {f"name {finding.group.lower()}"} | {f"x {finding.x}"} | {f"glass {finding.glass}"}
        keys -= {"x None", "glass "}
        alike = [sample for sample in samples if sample[0] & keys]
        samples = [sample for sample in samples if not sample[0] & keys]
        joined = [one for _, several in alike for one in several]
        samples.append((keys.union(*(own for own, _ in alike)), [*joined, finding]))
    return [several for _, several in samples]


def formula_at(composition: str | None, x: float | None) -> str:
    """Formula of a glass whose composition is stated with or without ``x``; empty where its x is not known.

    Examples
    --------
    >>> formula_at("Na3PS4-xOx", 0.15), formula_at("(1-x)Na2S-xP2S5", 0.25), formula_at("Na3PS4-xOx", None)
    ('Na3PS3.85O0.15', 'Na3S4P', '')
    """
    if not composition or (x is None and _LETTER.search(composition)):
        return ""
    if x is not None and _LETTER.search(composition):
        glass = structure.composition(composition, x=x)
    else:
        glass = structure.composition(composition)
    parts = zip(glass.elements, glass.amounts.tolist(), strict=True)
    return "".join(f"{element}{'' if amount == 1 else f'{amount:.6g}'}" for element, amount in parts if amount > 0)
