"""Lists and tables in the text of an option: windows, positions."""

from __future__ import annotations

from shortrange_core.errors import BadInput
from shortrange_core.labels import tokens


def window_table(text: str) -> dict[str, list[float]]:
    """Windows of an option, ``label = lower..upper`` between commas.

    Raises
    ------
    BadInput
        If a part is not of that form; all of them are named.

    Examples
    --------
    >>> window_table("P:S3/S = 90..96, P:S3/O=69.5..75.5")
    {'P:S3/S': [90.0, 96.0], 'P:S3/O': [69.5, 75.5]}
    """
    windows, bad = {}, []
    for part in tokens(text):
        label, _, ends = part.rpartition("=")
        try:
            lower, upper = (float(end) for end in ends.split(".."))
        except ValueError:
            bad.append(repr(part))
            continue
        windows[label.strip()] = [lower, upper]
    if bad:
        raise BadInput(f"windows {', '.join(bad)}: write 'P:S3/S = 90..96', several separated by commas")
    return windows


def position_list(text: str) -> tuple[float, ...]:
    """Numbers of an option between commas.

    Raises
    ------
    BadInput
        If a part is not a number; all of them are named.

    Examples
    --------
    >>> position_list("792.5,948.9")
    (792.5, 948.9)
    """
    parts, bad = [], []
    for part in tokens(text):
        try:
            parts.append(float(part))
        except ValueError:
            bad.append(repr(part))
    if bad:
        raise BadInput(f"positions {', '.join(bad)}: are not numbers; write 792.5,948.9")
    return tuple(parts)
