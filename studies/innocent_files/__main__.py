"""``python -m studies.innocent_files NUMBER [--first SEED] [--only WRITER]``: the table, then what went wrong."""

import argparse
import collections
import tempfile
from pathlib import Path

from studies.innocent_files import absent, report, verdicts

parser = argparse.ArgumentParser()
parser.add_argument("number", type=int)
parser.add_argument("--first", type=int, default=0)
parser.add_argument("--only", default="")
parser.add_argument("--keep", type=Path)
said = parser.parse_args()
with tempfile.TemporaryDirectory() as scratch:
    folder = said.keep or Path(scratch)
    folder.mkdir(exist_ok=True)
    found = list(verdicts(range(said.first, said.first + said.number), folder, only=said.only))
print(report(found))
if missing := absent():
    print(f"not installed, left out: {', '.join(missing)}")
for outcome in ("refused", "wrong", "noted"):
    group = [v for v in found if v.outcome == outcome and not v.odd]
    shown: collections.Counter[str] = collections.Counter()
    for verdict in group:
        shown[verdict.writer] += 1
        if shown[verdict.writer] <= 3:
            print(f"{outcome}: {verdict.writer} seed {verdict.seed} {verdict.edits}: {verdict.why}")
