"""Where a library is loaded from: folders of YAML files, or the one validated file that a wheel carries."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from reference_peaks.entries import Claim, FolderContent, Quantity, Settings, Source, read_folder, settings_from_tree
from reference_peaks.library._library import Library
from shortrange_core.errors import BadInput, Offenders

PACKAGE = Path(__file__).parents[1]
BUILT = PACKAGE / "library.json"


def load(*folders: str | os.PathLike[str], over: Library | None = None) -> Library:
    """Load the library.

    Parameters
    ----------
    *folders
        Library folders, later ones over earlier ones: a claim or source of the same key replaces the earlier, and so
        does an entry of ``library.yaml``.
        None at all: the public library that comes with the package.
    over
        A library to lay the folders over, such as ``load()`` under a lab's private folder.

    Raises
    ------
    BadInput
        With every fault of every file.

    Examples
    --------
    >>> len(load().claims) > 350
    True
    """
    if not folders:
        return over if over is not None else _public()
    claims = {claim.key: claim for claim in over.claims} if over is not None else {}
    sources = dict(over.sources) if over is not None else {}
    settings = over.settings if over is not None else None
    offenders = Offenders()
    for folder in folders:
        try:
            content = read_folder(folder)
        except BadInput as error:
            offenders.add(*error.problems)
            continue
        claims |= {claim.key: claim for claim in content.claims}
        sources |= content.sources
        settings = _over(content.settings, settings)
    offenders.raise_if_any()
    return _library(claims.values(), sources, settings or _public().settings)


def _over(own: Settings | None, settings: Settings | None) -> Settings | None:
    return own.over(settings) if own is not None and settings is not None else own or settings


def _library(claims: Iterable[Claim], sources: Mapping[str, Source], settings: Settings) -> Library:
    return Library(tuple(sorted(claims, key=lambda claim: claim.key)), dict(sources), settings)


def _public() -> Library:
    if (PACKAGE / "claims").is_dir():
        files = [PACKAGE / "library.yaml", *(PACKAGE / "claims").rglob("*"), *(PACKAGE / "bibliography").rglob("*")]
        return _checkout(tuple(sorted((str(path), path.stat().st_mtime_ns) for path in files if path.exists())))
    return from_json(BUILT.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _checkout(_stamps: tuple[tuple[str, int], ...]) -> Library:
    """The library of a checkout, whose many files one analysis asks for several times; read again once one changes."""
    return _from_content(read_folder(PACKAGE))


def _from_content(content: FolderContent) -> Library:
    if content.settings is None:
        raise BadInput("library.yaml is missing beside the claims; restore it")
    return _library(content.claims, content.sources, content.settings)


def from_json(text: str) -> Library:
    """Library from the one validated file that a wheel carries; it was checked when the wheel was built."""
    body = json.loads(text)
    quantities = _records(Quantity, body["quantities"])
    claims: list[Claim] = _records(Claim, {**body["claims"], "quantity": quantities})
    sources = {row[0]: Source(*row) for row in body["sources"]}
    return _library(claims, sources, settings_from_tree(body["settings"], "library.json"))


def _records(kind: type[Any], columns: Mapping[str, list[Any]]) -> list[Any]:
    """Frozen records from columns, a field at a time: ten thousand calls of a checked ``__init__`` would be slow."""
    made = [object.__new__(kind) for _ in next(iter(columns.values()))]
    for name, column in columns.items():
        deque(map(getattr(kind, name).__set__, made, column), maxlen=0)
    return made
