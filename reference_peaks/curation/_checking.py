"""Checking files: of a whole folder, or only those that a git branch changed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reference_peaks.entries import read_claim
from shortrange_core.errors import BadInput, Offenders


def changed_files(folder: str | os.PathLike[str], base: str) -> tuple[Path, ...]:
    """Claim files below ``folder`` that differ from the branch ``base``, committed or not, and still exist.

    Raises
    ------
    BadInput
        If git is missing, the folder lies in no repository, or there is no such branch.
    """
    root = Path(folder).expanduser().resolve()
    if base.startswith("-"):
        raise BadInput(f"branch {base!r}: is not a branch name;  give a name such as main")
    top = Path(_git(root, "rev-parse", "--show-toplevel").strip())
    fork = _git(root, "merge-base", base, "HEAD").strip()
    differing = _git(root, "diff", "--name-only", "-z", fork, "--", ".").split("\0")
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "--full-name", "-z", "--", ".").split("\0")
    paths = {top / name for name in (*differing, *untracked) if name.endswith(".yaml") and "/claims/" in f"/{name}"}
    return tuple(sorted(path for path in paths if path.is_file()))


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603  arguments are a list, never a shell line
            ["git", "-C", str(folder), *arguments],  # noqa: S607  the user's own git
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    except FileNotFoundError as error:
        raise BadInput("git is not installed; check all files instead, without a branch") from error
    except subprocess.CalledProcessError as error:
        reason = (error.stderr or "").strip().splitlines()
        raise BadInput(
            f"{str(folder)!r}: git says {reason[0] if reason else 'no'}; check the folder and branch"
        ) from error
    return done.stdout


def check_files(paths: tuple[Path, ...], *, label_rule: Callable[[str], Any] | None = None) -> None:
    """Check single claim files, each against schema, file name and the grammar of units.

    Raises
    ------
    BadInput
        With every fault of every file.
    """
    offenders = Offenders()
    for path in paths:
        root = next((parent for parent in path.parents if parent.name == "claims"), None)
        try:
            claim = read_claim(path, root=root)
            if label_rule is not None and claim.species_kind == "unit":
                label_rule(claim.species)
        except BadInput as error:
            offenders.add(*(p if path.stem in p else f"{path.name}: {p}" for p in error.problems))
    offenders.raise_if_any()
