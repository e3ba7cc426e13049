"""The child process of :mod:`spectra.mutations`: reads damaged copies under limits of time and memory."""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from shortrange_core.errors import BadInput
from spectra.mutations import EXTRA_MEMORY_BYTES, Trial, copied, scratch
from spectra.readers.records import Raw
from spectra.reading import raw_blocks, read_all

if sys.platform != "win32":  # there the parent's time limit is the only one
    import resource


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


def judged(original: tuple[Raw, ...], damaged: tuple[Raw, ...]) -> str:
    """equal, beginning or changed."""
    if len(original) != len(damaged) or any(a.name != b.name for a, b in zip(original, damaged, strict=False)):
        return "beginning" if _starts(original, damaged) else "changed"
    if all(_same(a, b) for a, b in zip(original, damaged, strict=True)):
        return "equal"
    return "beginning" if _starts(original, damaged) else "changed"


def _same(one: Raw, other: Raw) -> bool:
    return np.array_equal(one.x, other.x) and np.array_equal(one.y, other.y, equal_nan=True)


def _starts(original: tuple[Raw, ...], damaged: tuple[Raw, ...]) -> bool:
    """True where every block that is left is one of the original or the beginning of it."""
    for part, whole in zip(damaged, original, strict=False):
        size = part.x.size
        if part.y.ndim != 1 or whole.y.ndim != 1 or size > whole.x.size:
            return False
        if not (np.array_equal(part.x, whole.x[:size]) and np.array_equal(part.y, whole.y[:size])):
            return False
    return len(damaged) <= len(original)


def trial(file: str, seed: int, original: tuple[Raw, ...], seconds: float) -> Trial:
    """Read one damaged copy as a user would: read every block."""
    with scratch() as folder:
        kind, copy = copied(Path(file), Path(folder), seed)
        try:
            if hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_REAL, seconds)
            found = raw_blocks(copy)
            _read(copy)
            outcome, detail = judged(original, found), ""
        except BadInput as error:
            memory = isinstance(error.__cause__, MemoryError)
            outcome, detail = ("memory" if memory else "refused"), str(error)[:200]
        except Overrun:
            outcome, detail = "hang", f"more than {seconds:g} s"
        except MemoryError as error:
            outcome, detail = "memory", str(error)[:200]
        except Exception as error:
            outcome, detail = "crash", f"{type(error).__name__}: {error}"[:300]
        finally:
            if hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_REAL, 0)
    return Trial(file, seed, kind, outcome, detail)


def _read(copy: Path) -> None:
    """Any dataset or BadInput will do: what the blocks hold was judged already."""
    for spectrum in read_all(copy, technique=""):
        if isinstance(spectrum, BadInput) and isinstance(spectrum.__cause__, MemoryError):
            raise spectrum


def main() -> None:
    """Read tasks from stdin, write one JSON line a trial; a line that starts with > says what is tried next."""
    seconds = float(sys.argv[1])
    tasks = json.loads(sys.stdin.read())
    originals = {file: raw_blocks(Path(file)) for file, _ in tasks}
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, _alarm)
    limit_memory()
    for file, seeds in tasks:
        for seed in seeds:
            sys.stdout.write(f">{file}\t{seed}\n")
            sys.stdout.flush()
            sys.stdout.write(json.dumps(asdict(trial(file, seed, originals[file], seconds))) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
