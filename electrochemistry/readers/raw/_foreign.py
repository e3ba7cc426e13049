"""What every reader that stands on somebody else's package shares: errors by name, archives within a limit."""

from __future__ import annotations

import importlib
import io
import logging
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from electrochemistry.readers.raw._remarks import package_warns
from shortrange_core import BadInput, Note
from shortrange_core.files import SIZE_LIMIT_BYTES

ZIP_MAGIC = b"PK\x03\x04"


class _Heard(logging.Handler):
    """What a package logs as a warning, which Python would else print."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message."""
        self.said.append(record.getMessage())


@contextmanager
def foreign(file: str, package: str, notes: list[Note]) -> Iterator[None]:
    """Run another package's reader: its failures become BadInput, its warnings (also logged ones) ``notes``."""
    heard = _Heard()
    logging.getLogger().addHandler(heard)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
    except (BadInput, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a package written in Rust panics outside Exception
        raise BadInput(
            f"{file}: {package} cannot read it ({type(error).__name__}: {' '.join(str(error).split())[:200]}); the "
            "file is damaged or of a kind that the package does not know: export it as csv"
        ) from error
    finally:
        logging.getLogger().removeHandler(heard)
    warned = [str(e.message) for e in caught if not issubclass(e.category, (ResourceWarning, DeprecationWarning))]
    notes += [package_warns(f"{package} warns: {text[:200]}") for text in (*warned, *heard.said)]


def foreign_module(name: str, file: str, package: str, extra: str) -> Any:
    """A module of an optional package, loaded when a file asks for it.

    Raises
    ------
    BadInput
        If the package is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise BadInput(
            f"{file}: reading it needs {package}; install it with pip install 'shortrange[{extra}]'"
        ) from error


def archive_names(content: bytes, file: str, *, limit: int = SIZE_LIMIT_BYTES) -> tuple[str, ...]:
    """Names in a zip archive whose unpacked size is within ``limit``.

    Raises
    ------
    BadInput
        If the archive is damaged, or would unpack to more than ``limit`` bytes.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise BadInput(f"{file}: is a damaged archive ({error}); copy or export it again") from error
    size = sum(entry.file_size for entry in entries)
    if size > limit:
        raise BadInput(f"{file}: unpacks to {size} bytes, above the limit of {limit}; export fewer rows")
    return tuple(entry.filename for entry in entries)


def archive_member(content: bytes, file: str, member: str) -> bytes:
    """Contents of one file in a zip archive whose size :func:`archive_names` has checked.

    Raises
    ------
    BadInput
        If it is damaged or encrypted.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.read(member)
    except Exception as error:  # a package may put its own inflate, with its own errors, in the place of zlib
        raise BadInput(f"{file}: {member} cannot be unpacked ({error}); copy or export it again") from error
