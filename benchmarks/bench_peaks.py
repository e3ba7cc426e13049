"""Loading the peak library, as a ratio to json.loads of the same content.

    OMP_NUM_THREADS=1 python benchmarks/bench_peaks.py

A wheel holds the library as one validated JSON file, which the build hook makes here; a checkout reads the YAML. The
first two take turns; times are those of the process, which other work on the machine does not touch.
"""

import importlib.util
import json
import tempfile
import time
from pathlib import Path

import numpy as np

import reference_peaks
from reference_peaks.entries import read_folder
from reference_peaks.library import from_json

ROOT = Path(reference_peaks.__file__).parent.parent


def medians(functions, count):
    times = [[] for _ in functions]
    for _ in range(count):
        for function, taken in zip(functions, times, strict=True):
            start = time.process_time()
            function()
            taken.append(time.process_time() - start)
    return [float(np.median(taken)) for taken in times]


def main():
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    path = Path(tempfile.mkdtemp()) / "library.json"
    path.write_text(hook.library_json(ROOT), encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    floor, wheel = medians([lambda: json.loads(text), lambda: from_json(path.read_text(encoding="utf-8"))], 201)
    (checkout,) = medians([lambda: read_folder(ROOT / "reference_peaks")], 5)
    library = reference_peaks.load()
    print(f"{len(library.claims)} claims, {len(text) / 1000:.0f} kB of JSON\n")
    print("| load | ms | ratio to json.loads |\n|---|---|---|")
    for name, seconds in (("json.loads", floor), ("wheel", wheel), ("checkout (YAML)", checkout)):
        print(f"| {name} | {1e3 * seconds:.2f} | {seconds / floor:.1f} |")


if __name__ == "__main__":
    main()
