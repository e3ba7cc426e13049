"""Recorded checksums: a list beside a file says what the file was, so that damage no reader can see is refused.

Lists are those of ``sha256sum`` and its kin (also in BSD style), a list for one file (``NAME.sha256``), and the
payload manifests of a BagIt bag (RFC 8493, 10.17487/RFC8493).
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from shortrange_core.errors import BadInput

HEX_DIGITS = {"sha512": 128, "sha256": 64, "sha1": 40, "md5": 32}
"""Length of a digest by algorithm, the strongest first."""
LISTS = (
    *(f"{name.upper()}SUMS{suffix}" for name in HEX_DIGITS for suffix in ("", ".txt")),
    *("checksums.txt", "CHECKSUMS", "CHECKSUMS.txt"),
)
LEVELS = 5
"""Folders that may hold a list, where it is asked for: that of a file and four above, as deep as TopSpin's spectra."""
SHOWN_DIGITS = 12
LONGEST_LINE_BYTES = 1 << 16
_COREUTILS = re.compile(r"(\\?)([0-9a-fA-F]{16,128})(?:  | \*|[ \t]+)(\S.*)")
_BSD = re.compile(r"(SHA-?(?:2-)?512|SHA-?(?:2-)?256|SHA-?1|MD5) ?\((.+)\) ?= ?([0-9a-fA-F]+)", re.IGNORECASE)
_BSD_NAMES = {**{name: name for name in HEX_DIGITS}, "sha2512": "sha512", "sha2256": "sha256"}
_BARE = re.compile(r"[0-9a-fA-F]{16,128}")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a list says of one file.

    Parameters
    ----------
    listed
        Path of the list.
    algorithm
        md5, sha1, sha256 or sha512.
    digest
        In small hexadecimal letters.
    """

    listed: Path
    algorithm: str
    digest: str


def recorded(path: str | os.PathLike[str], *, everywhere: bool = False) -> Recorded | None:
    """What the nearest list says of a file; None where no list names it.

    Readers look beside the file only: a look into every folder above costs time at each of thousands of files, and a
    list of another day there would refuse what was changed with intent.

    Parameters
    ----------
    path
        A file. Beside it ``NAME.sha256`` or ``NAME.md5`` count first, then ``SHA256SUMS``, ``MD5SUMS`` or
        ``checksums.txt`` in its folder. Where one folder holds several, the strongest algorithm counts.
    everywhere
        Look into the four folders above too, and then at the manifests of a BagIt bag around the file.

    Raises
    ------
    BadInput
        If a list cannot be read, gives the file no digest of the right length, or two different ones.
    """
    file = Path(path).absolute()
    for algorithm in HEX_DIGITS:
        beside = file.with_name(f"{file.name}.{algorithm}")
        if beside.is_file() and (listed := _alone(beside, file, algorithm)) is not None:
            return listed
    for folder in list(file.parents)[: LEVELS if everywhere else 1]:
        for name in LISTS:
            if (folder / name).is_file() and (listed := _listed(folder / name, file, manifest=False)) is not None:
                return listed
    for payload in (folder for folder in file.parents if everywhere and folder.name == "data"):
        for algorithm in HEX_DIGITS:
            bag = payload.parent / f"manifest-{algorithm}.txt"
            if bag.is_file() and (listed := _listed(bag, file, manifest=True)) is not None:
                return listed
    return None


def verified(path: str | os.PathLike[str], content: bytes | None = None, *, everywhere: bool = False) -> str:
    """Name of the list that says a file is what it was; empty where no list names it.

    Parameters
    ----------
    path
        A file.
    content
        Its bytes where they are at hand; read in pieces where not.
    everywhere
        As for :func:`recorded`.

    Raises
    ------
    BadInput
        If the file differs from what the list says, or the list is broken.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.txt"
    ...     _ = file.write_bytes(b"abc")
    ...     _ = (Path(folder) / "MD5SUMS").write_text("900150983cd24fb0d6963f7d28e17f72  a.txt")
    ...     verified(file)
    'MD5SUMS'
    """
    record = recorded(path, everywhere=everywhere)
    if record is None:
        return ""
    digest = hashlib.new(record.algorithm, usedforsecurity=False)
    if content is not None:
        digest.update(content)
    else:
        with Path(path).open("rb") as stream:
            while piece := stream.read(1 << 20):
                digest.update(piece)
    if digest.hexdigest() != record.digest:
        raise BadInput(
            f"{Path(path).name}: has the {record.algorithm} {digest.hexdigest()[:SHOWN_DIGITS]}..., but "
            f"{record.listed.name} says {record.digest[:SHOWN_DIGITS]}...; it is damaged or was changed: "
            f"copy it again, or write its line in {record.listed.name} again if the change is intended"
        )
    return record.listed.name


def _alone(listed: Path, file: Path, algorithm: str) -> Recorded | None:
    """Digest of a list for one file: a digest alone, or lines of which one names the file."""
    entries = list(_entries(listed, file, bare=True))
    if len(entries) == 1:
        return _checked(listed, file, [(algorithm, entries[0][1])])
    named = [entry[:2] for entry in entries if _plain(PurePosixPath(entry[2]).name) == _plain(file.name)]
    if not entries:
        raise BadInput(f"{file.name}: {listed.name} has no {algorithm} digest; make it again or remove it")
    return _checked(listed, file, named) if named else None


def _listed(listed: Path, file: Path, *, manifest: bool) -> Recorded | None:
    relative = _plain(file.relative_to(listed.parent).as_posix())
    algorithm = next((name for name in HEX_DIGITS if name in listed.name.lower()), "")
    digests = []
    for named, digest, name in _entries(listed, file, bare=False):
        path = unquote(name) if manifest else name
        if _plain(path) == relative:
            digests.append((algorithm or named, digest))
    return _checked(listed, file, digests) if digests else None


def _checked(listed: Path, file: Path, digests: list[tuple[str, str]]) -> Recorded:
    """The one digest of a file, strongest first, of the length that its algorithm has."""
    order = list(HEX_DIGITS)
    wrong = [f"{len(digest)} digits" for algorithm, digest in digests if len(digest) != HEX_DIGITS.get(algorithm, 0)]
    if wrong:
        raise BadInput(
            f"{file.name}: {listed.name} gives it a digest of {wrong[0]}, which no known checksum has; "
            "make the list again"
        )
    algorithm, digest = min(digests, key=lambda entry: order.index(entry[0]))
    if any(other != digest for name, other in digests if name == algorithm):
        raise BadInput(f"{file.name}: {listed.name} names it twice with different digests; make the list again")
    return Recorded(listed, algorithm, digest)


def _entries(listed: Path, file: Path, *, bare: bool) -> Iterator[tuple[str, str, str]]:
    """Algorithm, digest and name of every line; a line that names the file and cannot be read is an error."""
    try:
        with listed.open("rb") as stream:
            for number, line in enumerate(iter(lambda: stream.readline(LONGEST_LINE_BYTES), b""), start=1):
                text = line.decode("utf-8-sig", errors="surrogateescape").strip("\r\n")
                if not text.strip() or text.lstrip().startswith(("#", ";")):
                    continue
                entry = _entry(text, bare=bare)
                if entry is not None:
                    yield entry
                elif bare or file.name in text:
                    raise BadInput(
                        f"{file.name}: line {number} of {listed.name} ({text[:40]!r}) is not a digest with a name; "
                        "make the list again"
                    )
    except OSError as error:
        raise BadInput(
            f"{file.name}: {listed.name} cannot be read ({error.strerror}); check its permissions"
        ) from error


def _entry(text: str, *, bare: bool) -> tuple[str, str, str] | None:
    lengths = {length: name for name, length in HEX_DIGITS.items()}
    if match := _COREUTILS.fullmatch(text):
        name = match[3].replace("\\n", "\n").replace("\\\\", "\\") if match[1] else match[3]
        return lengths.get(len(match[2]), ""), match[2].lower(), name
    if match := _BSD.fullmatch(text.strip()):
        return _BSD_NAMES[match[1].lower().replace("-", "")], match[3].lower(), match[2]
    if bare and _BARE.fullmatch(text.strip()):
        return lengths.get(len(text.strip()), ""), text.strip().lower(), ""
    return None


def _plain(name: str) -> str:
    """A path as it is compared: one slash, no leading ``./``, composed letters."""
    return unicodedata.normalize("NFC", str(PurePosixPath(name.strip().removeprefix("*"))))
