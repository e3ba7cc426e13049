"""Links of parameters as they are written: one name, and what it follows."""

from __future__ import annotations

from collections.abc import Mapping

from shortrange_core.affine import Affine, parse
from shortrange_core.errors import BadInput


def split_link(text: str) -> tuple[str, Affine]:
    """Left name and right side of a link.

    Raises
    ------
    BadInput
        If the left side is not one name, or the right side is not affine.
    """
    left, sign, right = text.partition("=")
    if not sign or not left.strip().isidentifier() or left.rstrip()[-1] in "<>":
        raise BadInput(f"link {text!r}: write 'parameter = affine expression'; inequalities go to constraints")
    return left.strip(), parse(right)


def resolved(links: tuple[str, ...]) -> dict[str, Affine]:
    """Every linked parameter in parameters that are not linked.

    Raises
    ------
    BadInput
        If a parameter is linked twice, or links run in a circle.

    Examples
    --------
    >>> {name: str(right) for name, right in resolved(("c = 2*b", "b = a + 1")).items()}
    {'c': '2*a + 2', 'b': 'a + 1'}
    """
    rights: dict[str, Affine] = {}
    for text in links:
        name, right = split_link(text)
        if name in rights:
            raise BadInput(f"link {text!r}: {name} is linked twice; keep one link")
        rights[name] = right
    for _ in range(len(rights)):
        rights = {name: _substituted(right, rights) for name, right in rights.items()}
    circular = [name for name, right in rights.items() if any(other in rights for other in right.names)]
    if circular:
        raise BadInput(f"links of {', '.join(circular)} are circular; remove one of them")
    return rights


def _substituted(expression: Affine, links: Mapping[str, Affine]) -> Affine:
    merged: dict[str, float] = {}
    constant = expression.constant
    for name, coefficient in expression.coefficients.items():
        inner = links.get(name, Affine({name: 1.0}))
        constant += coefficient * inner.constant
        for other, factor in inner.coefficients.items():
            merged[other] = merged.get(other, 0.0) + coefficient * factor
    return Affine(merged, constant)
