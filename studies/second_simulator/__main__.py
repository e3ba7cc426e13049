"""Write one series: python -m studies.second_simulator FOLDER [--seed 0] [--arm clean] [--fault NAME=AMPLITUDE ...]."""

from __future__ import annotations

import argparse
from pathlib import Path

from studies.second_simulator import ARMS, settings, simulate, write


def main() -> None:
    """Write the files of one series and its truth into a folder, over files of the same names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--arm", choices=ARMS, default="clean")
    parser.add_argument("--fault", action="append", default=[], help="NAME=AMPLITUDE, as often as wanted")
    given = parser.parse_args()
    faults = {name: float(value) for name, _, value in (text.partition("=") for text in given.fault)}
    given.folder.mkdir(parents=True, exist_ok=True)
    write(simulate(settings(given.arm, **faults), given.seed), given.folder)


if __name__ == "__main__":
    main()
