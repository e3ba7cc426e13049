"""Time and memory of reading: the largest measured files and two made here, against packages that read the same.

Run: ``SHORTRANGE_DATA=folder python benchmarks/bench_readers.py`` (without it, the made files only). Prints ratios;
judges nothing. A map is read whole, and once more with ``chunks={"pixel": 256}``, which leaves it in its file.
"""

from __future__ import annotations

import contextlib
import io
import os
import struct
import tempfile
import time
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path

import figures
import jcamp
import nmrglue
import numpy as np
from brukeropus import read_opus
from renishawWiRE import WDFReader

import spectra

REPEATS = 5


def seconds(function: Callable[[], object]) -> float:
    """Shortest of several runs, after one to warm up."""
    function()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def peak(function: Callable[[], object]) -> int:
    """Bytes of Python and numpy memory at the worst moment."""
    tracemalloc.start()
    function()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def quiet(function: Callable[[], object]) -> Callable[[], object]:
    def run() -> object:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return function()

    return run


def made(folder: Path) -> list[tuple[Path, str, str | None, Callable[[], object] | None, str]]:
    """A WiRE map of 2500 x 1000 and a text of 100 000 rows, both simulated."""
    rng = np.random.default_rng(0)
    points, count = 1000, 2500
    head = bytearray(512)
    head[:4] = b"WDF1"
    struct.pack_into("<IQ", head, 4, 1, 512)
    struct.pack_into("<IQQIIII", head, 0x3C, points, count, count, 1, 1, points, 0)
    struct.pack_into("<If", head, 0x98, 6, 18797.0)
    axis = struct.pack("<II", 1, 1) + np.linspace(1800, 200, points).astype("<f4").tobytes()
    content = bytes(head)
    for name, body in ((b"DATA", rng.normal(500, 5, points * count).astype("<f4").tobytes()), (b"XLST", axis)):
        content += name + struct.pack("<IQ", 0, 16 + len(body)) + body
    (folder / "map.wdf").write_bytes(content)
    x = np.linspace(200, 1800, 100_000)
    np.savetxt(folder / "long.txt", np.stack([x, rng.normal(500, 5, x.size)], axis=1), fmt="%.5f", delimiter="\t")
    return [
        (folder / "map.wdf", "Raman", None, quiet(lambda: WDFReader(str(folder / "map.wdf")).close()), "renishawWiRE"),
        (folder / "long.txt", "Raman", None, lambda: np.loadtxt(folder / "long.txt"), "numpy.loadtxt"),
    ]


def measured(folder: Path) -> list[tuple[Path, str, str | None, Callable[[], object] | None, str]]:
    """The largest measured file of each large format."""
    jdf, dx = folder / "nmr/jeol_ECA500_31P.jdf", folder / "nmr/jcamp/BRUKNTUP.DX"
    wdf, opus = folder / "raman/renishaw/cheminfo_6x6.wdf", folder / "ftir/opus/617262_1TP_C-1_A5.0"
    plain = folder / "ftir/jcamp/polysty.jdx"
    return [
        (jdf, "31P NMR", None, quiet(lambda: nmrglue.jeol.read(str(jdf))), "nmrglue"),
        (wdf, "Raman", None, quiet(lambda: WDFReader(str(wdf)).close()), "renishawWiRE"),
        (dx, "13C NMR", None, quiet(lambda: nmrglue.jcampdx.read(str(dx))), "nmrglue"),
        (opus, "FTIR", "absorbance", quiet(lambda: read_opus(str(opus))), "brukeropus"),
        (plain, "FTIR", None, quiet(lambda: jcamp.readfile(str(plain))), "jcamp"),
        (folder / "nmr/csdm_13C_ethanol_time_none.csdf", "13C NMR", None, None, ""),
        (folder / "raman/ramanchada2/TOP_Ho633__neon_new2_Z010.txt", "Raman", None, None, ""),
        (folder / "xps/phi_kratos_LG4X/0-150W.vms", "O 1s XPS", None, None, ""),
    ]


def main() -> None:
    given = figures.parser(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        files = made(Path(scratch))
        if os.environ.get("SHORTRANGE_DATA"):
            files += measured(Path(os.environ["SHORTRANGE_DATA"]))
        table = figures.Table(
            "bench_readers",
            "file",
            bytes="d",
            ours_ms=".1f",
            peak_memory_by_file_size=".2f",
            peer="",
            ours_by_peer=".2f",
        )
        for path, technique, block, other, name in files:
            for chunks in (None, {"pixel": 256}) if path.name == "map.wdf" else (None,):

                def ours(
                    path: Path = path, technique: str = technique, block: str | None = block, chunks: object = chunks
                ) -> object:
                    return spectra.read(path, technique=technique, block=block, chunks=chunks)

                size, mine, memory = path.stat().st_size, seconds(ours), peak(ours)
                ratio = mine / seconds(other) if other else None
                label = f"{path.name}, chunks" if chunks else path.name
                table.row(label, size, 1e3 * mine, memory / size, name, ratio)
        table.keep(given.csv)


if __name__ == "__main__":
    main()
