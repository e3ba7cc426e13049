"""The ways out of a result: every format by the name that ``shortrange export --to`` takes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shortrange.exports._content import Content, content_of
from shortrange.exports._latex import write_latex
from shortrange.exports._nexus import write_nexus
from shortrange.exports._nmr_formats import write_csdm, write_jcamp
from shortrange.exports._sheets import write_csv, write_json, write_workbook
from shortrange.exports._tree import write_tree
from shortrange_core.errors import BadInput, Offenders
from shortrange_core.options import nearest
from shortrange_core.spelling import option


@dataclass(frozen=True, slots=True)
class Exit:
    """A format: what is written, and what opens it."""

    write: Callable[[Content, Path], list[Path]]
    text: str


EXITS: Mapping[str, Exit] = {
    "csv": Exit(write_csv, "tables, and per spectrum axis, data, model, background, components, residual (Origin)"),
    "xlsx": Exit(write_workbook, "one workbook: a sheet per table and per spectrum"),
    "tex": Exit(write_latex, "fractions and lines as LaTeX tables with siunitx"),
    "json": Exit(write_json, "tables, fractions and areas with covariance"),
    "nexus": Exit(write_nexus, "NeXus: NXfit, NXpeak, parameters with covariance"),
    "csdm": Exit(write_csdm, "CSDM, one file per spectrum"),
    "jcamp": Exit(write_jcamp, "JCAMP-DX, one file per spectrum, one block per curve"),
    "tree": Exit(write_tree, "netCDF tree by sample and technique (xarray.open_datatree)"),
}


def export(stored: Any, folder: str | os.PathLike[str], *, to: Sequence[str] = ("csv",)) -> tuple[Path, ...]:
    """Write a result in the formats of other programs.

    Parameters
    ----------
    stored
        An analysis, or a fit.
    folder
        A folder that does not exist yet, or is empty; it is made whole, or not at all.
    to
        Names of :data:`EXITS`.

    Returns
    -------
    tuple of Path
        The files.

    Raises
    ------
    BadInput
        If a format is not known, the folder holds something already, or the record is neither.
    """
    target = Path(folder)
    offenders = Offenders()
    for name in to:
        if name not in EXITS:
            formats = ", ".join(EXITS)
            offenders.add(f"{option('to', name)}: is not a format{nearest(name, EXITS)}; there are {formats}")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        offenders.add(f"{str(folder)!r}: is not an empty folder; name a new one, so that nothing is overwritten")
    offenders.raise_if_any()
    content = content_of(stored)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as scratch:
            partial = Path(scratch) / "export"
            partial.mkdir()
            written = [
                path.relative_to(partial) for name in dict.fromkeys(to) for path in EXITS[name].write(content, partial)
            ]
            if target.exists():
                target.rmdir()
            shutil.move(partial, target)
    except OSError as error:
        raise BadInput(f"{str(folder)!r}: cannot be written ({error.strerror}); name another folder") from error
    return tuple(target / path for path in written)
