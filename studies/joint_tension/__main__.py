"""False alarms of the joint route's tension, and its power against one planted fault by lambda.

OMP_NUM_THREADS=1 python -m studies.joint_tension small STORE [--first 0] [--number 100] [--lambda 25 100]
OMP_NUM_THREADS=1 python -m studies.joint_tension whole STORE [--first 0] [--number 10] [--lambda 25 100] [--arm clean]
python -m studies.joint_tension summary STORE [STORE ...]

`small`: three glasses, three techniques, two lines, made by numpy alone (`_two_lines.py`). `whole`: series of the
second simulator, written to files and analysed from a recipe (`_whole.py`). Both append one JSON line for every series
without a fault and, at every `--lambda`, one for every fault; seeds that STORE holds are left out. lambda is the
squared norm of what the joint likelihood, linear about the minimum of the series without the fault, leaves of it.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.stats import beta

from studies.joint_tension import _two_lines, _whole

LEVEL = 0.95


def limits(hits: int, of: int) -> tuple[float, float]:
    """Clopper-Pearson limits of a share."""
    tail = (1 - LEVEL) / 2
    low = float(beta.ppf(tail, hits, of - hits + 1)) if hits else 0.0
    return low, float(beta.ppf(1 - tail, hits + 1, of - hits)) if hits < of else 1.0


def share(hits: int, of: int) -> str:
    """A count with its share and limits."""
    low, high = limits(hits, of)
    return f"{hits} of {of}: {hits / of:.3f} ({low:.3f}-{high:.3f})" if of else "-"


def run(store: Path, made: Iterator[dict[str, object]]) -> None:
    """Append records as they come."""
    with store.open("a", encoding="utf-8") as out:
        for record in made:
            out.write(json.dumps(record) + "\n")
            out.flush()


def read(stores: Sequence[Path]) -> list[dict]:
    """All records."""
    return [json.loads(line) for store in stores for line in store.read_text(encoding="utf-8").splitlines()]


def summary(records: Sequence[dict], faults: Mapping[str, str]) -> str:
    """False alarms with the law of p, then power by fault and lambda."""
    clean = [r for r in records if not r["fault"]]
    trusted = [r for r in clean if r["groups"]]
    text = [f"{len(clean)} series without a fault, {len(clean) - len(trusted)} without a joint result"]
    text.append(f"any group rejected: {share(sum(_alarm(r) for r in trusted), len(trusted))}")
    for kind in ("technique", "glass"):
        p = np.array([row[5] for r in trusted for row in r["groups"] if row[0] == kind])
        least = np.array([min(row[5] for row in r["groups"] if row[0] == kind) for r in trusted])
        low = " ".join(f"{np.mean(p <= level):.3f}" for level in (0.01, 0.05, 0.1, 0.5))
        text.append(
            f"p of a {kind}: mean {p.mean():.3f}, at most 0.01, 0.05, 0.1, 0.5: {low}; least: {least.min():.4f}"
        )
    text += ["", "| fault | lambda | cannot be | series | amplitude | alarm | named first | among the named | alone |"]
    text.append("|---" * 9 + "|")
    for fault, size in sorted({(r["fault"], r["lambda"]) for r in records if r["fault"]}):
        own = [r for r in records if (r["fault"], r["lambda"]) == (fault, size)]
        made, right = [r for r in own if r.get("groups")], faults[fault]
        middle = np.median([r["amplitude"] for r in made]) if made else np.nan
        counts = (
            sum(_alarm(r) for r in made),
            sum(r["suspects"][:1] == [right] for r in made),
            sum(any(_touches(name, right) for name in r["suspects"]) for r in made),
            sum(r["suspects"] == [right] for r in made),
        )
        cells = " | ".join(share(hits, len(made)) for hits in counts)
        text.append(f"| {fault} | {size:g} | {len(own) - len(made)} | {len(made)} | {middle:.3g} | {cells} |")
    return "\n".join(text)


def _touches(name: str, right: str) -> bool:
    """Whether a suspect is what is wrong, or a spectrum of a technique, or of a glass, that is wrong as a whole."""
    return right == name or name.endswith(f", {right}") or name.startswith(f"{right}, ")


def _alarm(record: dict) -> bool:
    return any(row[6] for row in record["groups"])


def main() -> None:
    """Run or summarise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("small", "whole", "summary"))
    parser.add_argument("stores", nargs="+", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--number", type=int, default=10)
    parser.add_argument("--lambda", dest="sizes", type=float, nargs="*", default=[])
    parser.add_argument("--fault", nargs="*", default=None)
    parser.add_argument("--arm", default="clean")
    given = parser.parse_args()
    if given.what == "summary":
        print(summary(read(given.stores), _two_lines.FAULTS | _whole.FAULTS))
        return
    store = given.stores[0]
    done = {r["seed"] for r in read([store])} if store.exists() else set()
    room = _two_lines if given.what == "small" else _whole
    chosen = room.FAULTS if given.fault is None else given.fault
    faults = dict.fromkeys(chosen, given.sizes)
    warnings.simplefilter("ignore")
    for seed in range(given.first, given.first + given.number):
        if seed not in done:
            run(store, room.records(seed, faults, arm=given.arm))


if __name__ == "__main__":
    main()
