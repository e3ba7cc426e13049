"""Loading the peak library, as a ratio to json.loads of the same content.

    OMP_NUM_THREADS=1 python benchmarks/bench_peaks.py

A wheel holds the library as one validated JSON file, which the build hook makes here in memory; a checkout reads the YAML.
"""

import importlib.util
import json
import tempfile
import time
from pathlib import Path

import numpy as np

import reference_peaks
from reference_peaks.library import from_json

ROOT = Path(reference_peaks.__file__).parent.parent


def median(function, count):
    times = []
    for _ in range(count):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def main():
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    path = Path(tempfile.mkdtemp()) / "library.json"
    path.write_text(hook.library_json(ROOT), encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    floor = median(lambda: json.loads(text), 101)
    wheel = median(lambda: from_json(path.read_text(encoding="utf-8")), 101)
    checkout = median(reference_peaks.load, 5)
    library = reference_peaks.load()
    print(f"{len(library.claims)} claims, {len(text) / 1000:.0f} kB of JSON\n")
    print("| load | ms | ratio to json.loads |\n|---|---|---|")
    for name, seconds in (("json.loads", floor), ("wheel", wheel), ("checkout (YAML)", checkout)):
        print(f"| {name} | {1e3 * seconds:.2f} | {seconds / floor:.1f} |")


if __name__ == "__main__":
    main()
