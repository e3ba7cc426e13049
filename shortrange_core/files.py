"""Files as they come from instruments: bytes within a limit, text in the encoding it was written in, hashes."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shortrange_core.checksums import verified
from shortrange_core.errors import BadInput

SIZE_LIMIT_BYTES = 2 * 1024**3
HASHED_AT_ONCE = 1 << 16
"""Bytes: a map that stays in its file is hashed without taking memory."""
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

_HIGH = re.compile(rb"[\x80-\xff]+")
_PAIRS = re.compile(rb"(?:[\xa1-\xa9\xb0-\xf7][\xa1-\xfe])*")
_CHARACTERS = re.compile(rb"(?:[\xb0-\xf7][\xa1-\xfe]){2}")


def existing(path: str | os.PathLike[str]) -> Path:
    """``path`` as a Path that exists.

    Raises
    ------
    BadInput
        If nothing is there.
    """
    place = Path(path).expanduser()
    if "\0" in str(place) or not place.exists():
        raise BadInput(f"{str(path)!r}: there is no such file or folder; check the path")
    return place


def read_bytes(path: str | os.PathLike[str], *, limit: int = SIZE_LIMIT_BYTES) -> bytes:
    """Contents of a file, held to its checksum where a list beside it records one (:mod:`shortrange_core.checksums`).

    Raises
    ------
    BadInput
        If the file is missing, a folder, empty, unreadable, larger than ``limit`` bytes, or not what a list of
        checksums says it is.
    """
    file = existing(path)
    if file.is_dir():
        raise BadInput(f"{file.name}: is a folder; give a file")
    try:
        size = file.stat().st_size
        if size > limit:
            raise BadInput(f"{file.name}: has {size} bytes, above the limit of {limit}; split the file")
        content = file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file.name}: cannot be read ({error.strerror}); check its permissions") from error
    if not content:
        raise BadInput(f"{file.name}: is empty (0 bytes); export it again")
    verified(file, content)
    return content


def decode(content: bytes) -> str:
    r"""Text of ``content``: by its byte-order mark, else UTF-8, GBK or Windows-1252, with ``\n`` line ends.

    Bytes that Windows-1252 does not define become U+FFFD: instruments write them inside comments. Byte-order marks
    that stand again, between or behind joined files, are no text; CR CR LF is one line end, converted twice.

    Examples
    --------
    >>> decode(b"a\r\r\nb\r\nc\rd"), decode("a\n\ufeff".encode("utf-16"))
    ('a\nb\nc\nd', 'a\n')
    """
    encoding = next((name for bom, name in _BOMS if content.startswith(bom)), None)
    if encoding is not None:
        text = content.decode(encoding, errors="replace")
    else:
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            text = content.decode("gb18030" if _is_chinese(content) else "cp1252", errors="replace")
    text = text.replace("\ufeff", "").replace("\r\r\n", "\n")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_chinese(content: bytes) -> bool:
    """Whether all bytes above 127 are pairs of GB 2312, two characters in a row among them: no European text is.

    One sign over and over is no word: four degree signs of Windows-1252 are two characters alike.
    """
    runs = _HIGH.findall(content)
    if len(runs[-1]) % 2 and content.endswith(runs[-1]):
        runs[-1] = runs[-1][:-1]  # the head of a file may end within a pair
    return all(_PAIRS.fullmatch(run) for run in runs) and any(
        _CHARACTERS.search(run) and len(set(run)) > 1 for run in runs
    )


def read_text(path: str | os.PathLike[str]) -> str:
    """Decoded text of a file; see :func:`read_bytes` and :func:`decode`."""
    return decode(read_bytes(path))


def sha256(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file; of a folder, that of the sorted names and hashes of the files in it."""
    place = existing(path)
    digest = hashlib.sha256()
    if place.is_dir():
        for file in sorted(p for p in place.rglob("*") if p.is_file()):
            digest.update(f"{file.relative_to(place).as_posix()}\0{sha256(file)}\n".encode())
        return digest.hexdigest()
    with place.open("rb") as stream:
        while chunk := stream.read(HASHED_AT_ONCE):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def written_atomically(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a path beside ``path`` to write to; rename it over ``path`` at the end, remove it on error.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with written_atomically(Path(folder) / "a.txt") as partial:
    ...         _ = partial.write_text("whole")
    ...     (Path(folder) / "a.txt").read_text()
    'whole'
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise BadInput(f"{str(target.parent)!r}: is not a folder; create it before saving {target.name}")
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    partial = Path(name)
    try:
        yield partial
        partial.chmod(0o644)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
