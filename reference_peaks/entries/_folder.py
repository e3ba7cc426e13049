"""A library as a folder of YAML files: reading it whole, and writing one claim."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from reference_peaks.entries._claims import Claim, Quantity, Source, key_of
from reference_peaks.entries._schema import claim_from_tree, source_from_tree, tree_from_claim, tree_from_source
from reference_peaks.entries._settings import Settings, settings_from_tree
from reference_peaks.entries._yaml_text import dump_yaml, parse_yaml, read_yaml
from shortrange_core.errors import BadInput, Offenders
from shortrange_core.files import written_atomically


@dataclasses.dataclass(frozen=True, eq=False, slots=True)
class FolderContent:
    """What one folder holds, before it is layered over others."""

    claims: tuple[Claim, ...]
    sources: Mapping[str, Source]
    settings: Settings | None


def _inside(folder: Path, offenders: Offenders) -> list[Path]:
    """Regular YAML files below a folder, by name; links are refused, because they may lead anywhere."""
    paths = []
    for path in sorted(folder.rglob("*.yaml")) if folder.is_dir() else []:
        if path.is_symlink():
            offenders.add(f"{path.relative_to(folder).as_posix()}: is a link; put the file itself there")
        elif path.is_file():
            paths.append(path)
    return paths


def read_claim(path: str | os.PathLike[str], *, root: Path | None = None) -> Claim:
    """Claim of one YAML file.

    Parameters
    ----------
    path
        The file.
    root
        The folder ``claims``; where given, the file must have the place and name that its content asks for.

    Raises
    ------
    BadInput
        With every fault of the file.
    """
    file = Path(path)
    name = file.relative_to(root).as_posix() if root is not None else file.name
    claim = claim_from_tree(read_yaml(file, name), name)
    if root is not None and name != f"{claim.key}.yaml":
        raise BadInput(f"{name}: the file name does not match the content; rename it to {claim.key}.yaml")
    return claim


def read_folder(folder: str | os.PathLike[str]) -> FolderContent:
    """Everything in a library folder: ``claims/**/*.yaml``, ``bibliography/*.yaml``, ``library.yaml``.

    Raises
    ------
    BadInput
        If the folder holds no claims, or with every fault of every file.
    """
    root = Path(folder).expanduser()
    if "\0" in str(root) or not (root / "claims").is_dir():
        raise BadInput(f"{str(folder)!r}: is not a library; create a folder 'claims' of YAML files in it")
    offenders = Offenders()
    claims = []
    for path in _inside(root / "claims", offenders):
        try:
            claims.append(read_claim(path, root=root / "claims"))
        except BadInput as error:
            offenders.add(*error.problems)
    sources = _read_sources(_inside(root / "bibliography", offenders), offenders)
    settings = None
    if (root / "library.yaml").is_file():
        try:
            settings = settings_from_tree(read_yaml(root / "library.yaml"), "library.yaml")
        except BadInput as error:
            offenders.add(*error.problems)
    offenders.raise_if_any()
    return FolderContent(tuple(claims), sources, settings)


def _read_sources(paths: Iterable[Path], offenders: Offenders) -> dict[str, Source]:
    sources: dict[str, Source] = {}
    for path in paths:
        try:
            tree = read_yaml(path)
            if not isinstance(tree, Mapping):
                raise BadInput(f"{path.name}: is not a mapping of source keys to entries")
        except BadInput as error:
            offenders.add(*error.problems)
            continue
        for key, entry in tree.items():
            if key in sources:
                offenders.add(f"{path.name}, {key}: is in the bibliography twice; keep one")
            try:
                sources[key] = source_from_tree(key, entry, path.name)
            except BadInput as error:
                offenders.add(*error.problems)
    return sources


def text_of(claim: Claim) -> str:
    """The YAML file of a claim."""
    return dump_yaml(tree_from_claim(claim))


def write(claim: Claim, folder: str | os.PathLike[str], *, replace: bool = False) -> Path:
    """Write a claim into a library folder under the name that follows from its content; return its path.

    What is written is read again first: a claim that does not pass the schema is not written.

    Parameters
    ----------
    claim
        Its ``key`` is derived anew.
    folder
        Library folder; ``claims`` in it is made where it is missing.
    replace
        Write over a claim of the same key.

    Raises
    ------
    BadInput
        If the claim breaks the schema, the folder does not exist, or the key is taken.
    """
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise BadInput(f"{str(folder)!r}: is not a folder; make it first")
    keyed = dataclasses.replace(claim, key=key_of(claim))
    text = text_of(keyed)
    claim_from_tree(parse_yaml(text, keyed.key), keyed.key)
    path = root / "claims" / f"{keyed.key}.yaml"
    if path.exists() and not replace:
        raise BadInput(f"{keyed.key}: is taken; give the next number, or replace=True to overwrite it")
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_atomically(path) as partial:
        partial.write_bytes(text.encode())
    return path


def write_source(source: Source, folder: str | os.PathLike[str]) -> Path:
    """Add an entry at the end of ``bibliography/sources.yaml`` of a library folder; give the path of that file.

    What stands there, comments too, stays as it is.

    Parameters
    ----------
    source
        Entry under a key of small letters and digits such as ``bradtmuller2018``.
    folder
        Library folder; the file and ``bibliography`` are made where they are missing.

    Raises
    ------
    BadInput
        If the entry breaks the schema, the folder does not exist, or its bibliography has the key.
    """
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise BadInput(f"{str(folder)!r}: is not a folder; make it first")
    if re.fullmatch(r"[a-z0-9][a-z0-9-]*", source.key) is None:
        raise BadInput(f"key {source.key!r}: is not small letters, digits and '-'; write one such as bradtmuller2018")
    source_from_tree(source.key, tree_from_source(source), "the new source")
    offenders = Offenders()
    taken = _read_sources(_inside(root / "bibliography", offenders), offenders)
    offenders.raise_if_any()
    if source.key in taken:
        raise BadInput(
            f"{source.key}: is in the bibliography, {taken[source.key].citation}; use it, or take another key"
        )
    path = root / "bibliography" / "sources.yaml"
    path.parent.mkdir(exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    entry = dump_yaml({source.key: tree_from_source(source)})
    with written_atomically(path) as partial:
        partial.write_bytes(f"{before.rstrip()}\n{entry}".lstrip().encode())
    return path


def numbered(claim: Claim, taken: Collection[str]) -> Claim:
    """The claim under the first number whose key is not taken."""
    claim = dataclasses.replace(claim, key=key_of(claim))
    while claim.key in taken:
        claim = dataclasses.replace(claim, number=claim.number + 1)
        claim = dataclasses.replace(claim, key=key_of(claim))
    return claim


def as_columns(content: FolderContent) -> dict[str, Any]:
    """Validated content as one JSON object of columns, the form that a wheel carries."""
    if content.settings is None:
        raise BadInput("library.yaml is missing; a library that is built into a wheel states its version")
    quantities = [claim.quantity for claim in content.claims]
    numbers = [field.name for field in dataclasses.fields(Quantity)]
    names = [field.name for field in dataclasses.fields(Claim) if field.name != "quantity"]
    return {
        "quantities": {name: [getattr(quantity, name) for quantity in quantities] for name in numbers},
        "claims": {name: [getattr(claim, name) for claim in content.claims] for name in names},
        "sources": [list(dataclasses.astuple(source)) for source in content.sources.values()],
        "settings": content.settings.tree,
    }
