"""The built-in example, as a user runs it: wall time and largest memory of one fresh process.

python benchmarks/bench_example.py
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        command = [sys.executable, "-m", "shortrange", "example", str(Path(folder) / "series"), "--quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = usage.ru_utime + usage.ru_stime
    print(f"shortrange example: {seconds:.1f} s wall, {cpu:.1f} s processor, {usage.ru_maxrss / 1024:.0f} MiB at most")
