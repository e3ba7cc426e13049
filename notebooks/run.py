"""Run every notebook in this folder, two at a time, each from a fresh kernel; fail on errors, or where outputs differ.

``python notebooks/run.py [--store] [NAME.ipynb ...]``: with ``--store`` the outputs are written into the notebooks,
made small; without it they are compared with what is stored: words must be equal, a number with its standard deviation
within it, another number equal to a thousandth, and a figure must still be a figure. Cells that ask for the folder of
real files or are tagged ``varies`` (times) store nothing and are not compared.
"""

import base64
import io
import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from PIL import Image

AT_ONCE = 2
MOST_PIXELS, MOST_PICTURE, MOST_TEXT = 640, 40_000, 12_000
INLINE = "module://matplotlib_inline.backend_inline"
ROUNDING = {"OPENBLAS_CORETYPE": "Haswell"} if platform.machine().lower() in {"x86_64", "amd64"} else {}
"""Products by AVX-512 round otherwise than by AVX2; a limit of notebook 12 hangs on which minimum is found."""
TOLERANCE = 1e-3
SMALL = 1e-9
SHARE_OF_SD = 0.1
"""How far a standard deviation itself may move."""
UNSIGNED = r"\d+\.?\d*(?:[eE][-+]?\d+)?"
WITH_SD = re.compile(rf"([-+−]?{UNSIGNED})(?:\s*(?:\+-|\+/-|±)\s*({UNSIGNED})|\((\d+(?:\.\d+)?)\))")
"""A value with its standard deviation: ``0.1791 +- 0.0065``, or ``0.1791(65)`` in units of the last digits."""
NUMBER = re.compile(r"(?<![\w.])[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
PICTURE = re.compile(rf'data:image/png;base64,[^"]*|0x[0-9a-f]+|{re.escape(tempfile.gettempdir())}[^\s"\')]*')


def run_all(paths: Sequence[Path], *, store: bool) -> Iterator[str]:
    """Execute notebooks, the first ones first; give what differs from their stored outputs."""
    with ThreadPoolExecutor(AT_ONCE) as pool:  # a kernel is a process of its own; a thread only waits for it
        running = [(path, pool.submit(run, path, store=store)) for path in paths]
        for path, found in running:
            problems = found.result()
            sys.stdout.write(f"{path.name}\n")
            sys.stdout.flush()
            yield from problems


def run(path: Path, *, store: bool) -> list[str]:
    """Execute one notebook in its own folder; give what differs from its stored outputs."""
    notebook = nbformat.read(path, as_version=4)
    before = [joined(cell.get("outputs", [])) for cell in notebook.cells]
    client = NotebookClient(
        notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}}, record_timing=False
    )
    # a backend that a shell names for its scripts would keep every figure out of the notebook
    client.execute(env={**os.environ, **ROUNDING, "MPLBACKEND": INLINE})
    for cell in notebook.cells:
        if "outputs" in cell:
            if varies(cell):
                cell["outputs"] = []
            cell["outputs"] = joined(kept for output in cell["outputs"] if (kept := made_small(output)))
            cell["execution_count"] = None
    if store:
        for name in ("language_info", "widgets"):
            notebook.metadata.pop(name, None)
        nbformat.write(notebook, path)
        return []
    if not any(before):
        return [f"{path.name}: stores no output"]
    return [
        f"{path.name}, cell {number}: {problem}"
        for number, (cell, stored) in enumerate(zip(notebook.cells, before, strict=True))
        if cell.cell_type == "code" and not varies(cell)
        for problem in differences(stored, cell["outputs"])
    ]


def varies(cell: Any) -> bool:
    """Whether a cell says something else on another machine: it is tagged so, or asks for the folder of real files."""
    return "varies" in cell.metadata.get("tags", []) or "SHORTRANGE_DATA" in cell.source


def joined(outputs: Iterable[Any]) -> list[Any]:
    """Outputs with what was printed in one piece: the clock decides in how many a kernel sends it."""
    whole: list[Any] = []
    for output in outputs:
        if whole and output["output_type"] == whole[-1]["output_type"] == "stream":
            whole[-1]["text"] += output["text"]
        else:
            whole.append(output)
    return whole


def made_small(output: Any) -> Any:
    """An output that a repository can hold: figures of few points and colours, no progress, no page of text."""
    if output.get("name") == "stderr":
        return None
    output.pop("execution_count", None)
    if "data" in output:
        if output["output_type"] == "execute_result":
            output["execution_count"] = None
        output["metadata"] = {}
        data = output["data"]
        if "image/png" in data:
            data["image/png"] = small_picture(data["image/png"])
            data["text/plain"] = "a figure"
        for kind in [kind for kind, text in data.items() if kind != "image/png" and len(str(text)) > MOST_TEXT]:
            data.pop(kind)
    return output


def small_picture(text: str) -> str:
    """A PNG as base64, at most :data:`MOST_PIXELS` wide, of as many colours as :data:`MOST_PICTURE` letters hold."""
    with Image.open(io.BytesIO(base64.b64decode(text))) as picture:
        whole = picture.convert("RGB")
    factor = min(1.0, MOST_PIXELS / whole.width)
    small = whole.resize([round(factor * side) for side in whole.size], Image.Resampling.LANCZOS)
    for colours in (64, 32, 16):
        page = io.BytesIO()
        small.quantize(colours, Image.Quantize.MAXCOVERAGE).save(page, format="png", optimize=True)
        made = base64.b64encode(page.getvalue()).decode("ascii")
        if len(made) < MOST_PICTURE:
            break
    return made


def differences(stored: Any, made: Any) -> list[str]:
    """What an output says now that it did not say when it was stored."""
    if len(stored) != len(made):
        return [f"{len(stored)} outputs are stored, {len(made)} were made"]
    return [text for one, other in zip(stored, made, strict=True) for text in _difference(one, other)]


def _difference(one: Any, other: Any) -> list[str]:
    if ("data" in one) != ("data" in other) or set(one.get("data", {})) != set(other.get("data", {})):
        return ["another kind of output"]
    before = one["data"].get("text/plain", "") if "data" in one else one.get("text", "")
    after = other["data"].get("text/plain", "") if "data" in other else other.get("text", "")
    before, after = (PICTURE.sub("", text) for text in (before, after))
    words, words_after = (NUMBER.sub("#", text).split() for text in (before, after))
    if words != words_after:
        changed = next((pair for pair in zip(words, words_after, strict=False) if pair[0] != pair[1]), ("...", "..."))
        return [f"it said {changed[0]!r} and says {changed[1]!r}"]
    far = [
        f"it said {a:g} and says {b:g}"
        for (a, sd), (b, _), last in zip(numbers(before), numbers(after), last_digits(before), strict=True)
        if abs(a - b) > max(sd or TOLERANCE * max(abs(a), abs(b)), last) + SMALL
    ]
    return far[:1]


def last_digits(text: str) -> list[float]:
    """One in the last decimal of every number, by which it may be rounded another way; 0 for whole numbers.

    Examples
    --------
    >>> last_digits("Na2S 0.103 or 1.5e-05, 3 peaks")
    [0.001, 1e-06, 0.0]
    """
    digits = []
    for found in NUMBER.finditer(text):
        mantissa, _, power = found[0].lower().partition("e")
        decimals = len(mantissa.partition(".")[2])
        digits.append(10.0 ** (int(power or 0) - decimals) if decimals else 0.0)
    return digits


def numbers(text: str) -> list[tuple[float, float]]:
    """Every number of a text and how far it may move: its standard deviation, a share of it for the deviation itself.

    Examples
    --------
    >>> numbers("BO 0.179 +- 0.005, P 80.04(5), 3 peaks")
    [(0.179, 0.005), (0.005, 0.0005), (80.04, 0.05), (5.0, 1.0), (3.0, 0.0)]
    """
    room: dict[int, float] = {}
    for found in WITH_SD.finditer(text):
        value, beside, last = found.groups()
        decimals = len(value.partition(".")[2]) if "e" not in value.lower() else 0
        written = float(beside or last)
        inside = last is not None and "." not in last  # 1.5(1.2) has its point, 80.04(5) counts last digits
        room[found.start(1)] = written * 10.0**-decimals if inside else written
        room[found.start(2 if beside else 3)] = SHARE_OF_SD * written + (0.5 if inside else 0.0)
    return [(float(found[0].replace("−", "-")), room.get(found.start(), 0.0)) for found in NUMBER.finditer(text)]


if __name__ == "__main__":
    given = [name for name in sys.argv[1:] if name != "--store"]
    chosen = [Path(__file__).parent / Path(name).name for name in given] or sorted(
        Path(__file__).parent.glob("*.ipynb")
    )
    problems = list(run_all(chosen, store="--store" in sys.argv))
    if problems:
        sys.exit("\n".join([*problems, "make the outputs again by: python notebooks/run.py --store"]))
