"""The child process of :mod:`studies.damage`: reads damaged copies under limits of time and memory."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from shortrange_core.errors import BadInput
from studies.damage._outcomes import Reading, judged
from studies.damage._trials import Trial, copied

if sys.platform != "win32":  # there the parent's time limit is the only one
    import resource

EXTRA_MEMORY_BYTES = 1 << 30
Read = Callable[[Path], tuple[Reading, ...]]


class Overrun(BaseException):
    """One copy took too long; no reader can catch it by mistake."""


def _alarm(_number: int, _frame: Any) -> None:
    raise Overrun


def limit_memory() -> None:
    """Allow one more GiB of address space than is in use now."""
    if sys.platform == "win32":
        return
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    if pages:
        most = pages * resource.getpagesize() + EXTRA_MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


@contextlib.contextmanager
def _within(seconds: float) -> Iterator[None]:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)


def trial(
    file: str, seed: int, original: tuple[Reading, ...] | None, read: Read, *, listed: bool, seconds: float
) -> Trial:
    """Read one damaged copy as a user would: every block."""
    kind, outcome, detail = "", "", ""
    with tempfile.TemporaryDirectory(prefix="shortrange-") as folder:
        kind, copy, damaged_bytes = copied(Path(file), Path(folder), seed, listed=listed)
        printed = io.StringIO()
        try:
            with _within(seconds), contextlib.redirect_stdout(printed):
                found = read(copy)
            outcome, detail = judged(original or (), found, kind=kind, damaged_bytes=damaged_bytes)
        except BadInput as error:
            memory = isinstance(error.__cause__, MemoryError)
            outcome, detail = ("memory" if memory else "refused"), str(error)[:200]
            names = [path.name for path in (copy, *copy.rglob("*"))]
            if not all(any(name in problem for name in names) for problem in error.problems):
                outcome, detail = "crash", f"an error that does not name the file: {detail}"
        except Overrun:
            outcome, detail = "hang", f"more than {seconds:g} s"
        except MemoryError as error:
            outcome, detail = "memory", str(error)[:200]
        except Exception as error:
            outcome, detail = "crash", f"{type(error).__name__}: {error}"[:300]
        if printed.getvalue():
            outcome, detail = "crash", f"the reader prints {printed.getvalue()[:100]!r}"
    return Trial(file, seed, kind, outcome, detail, original[0].format if original else "")


def _original(read: Read, file: str) -> tuple[Reading, ...] | None:
    try:
        return read(Path(file))
    except BadInput:
        return None


def main() -> None:
    """Read tasks from stdin, write one JSON line a trial; a line that starts with > says what is tried next."""
    place, listed, seconds = sys.argv[1], sys.argv[2] == "listed", float(sys.argv[3])
    module, _, name = place.partition(":")
    read: Read = getattr(importlib.import_module(module), name)
    tasks = json.loads(sys.stdin.read())
    originals = {file: _original(read, file) for file, _ in tasks}
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, _alarm)
    limit_memory()
    warnings.simplefilter("error")
    for file, seeds in tasks:
        for seed in seeds:
            sys.stdout.write(f">{file}\t{seed}\n")
            sys.stdout.flush()
            done = trial(file, seed, originals[file], read, listed=listed, seconds=seconds)
            sys.stdout.write(json.dumps(asdict(done)) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
