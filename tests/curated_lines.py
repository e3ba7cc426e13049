"""A folder of a laboratory's own claims, and what its curator types."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typed_commands import run

import reference_peaks
from shortrange.commands import peaks_entry

Run = Any


def lab(tmp_path: Path) -> Path:
    folder = tmp_path / "lab"
    (folder / "bibliography").mkdir(parents=True)
    entry = "ours2026:\n  kind: data\n  title: Simulated notebook of the test\n  year: 2026\n"
    (folder / "bibliography" / "lab.yaml").write_text(entry)
    return folder


def lab_with_claim(tmp_path: Path) -> Path:
    folder = lab(tmp_path)
    quantity = reference_peaks.Quantity("position", "ppm", 91.0, 0.5)
    claim = reference_peaks.Claim(
        "", "31P NMR", "P:S3/S", "unit", quantity, "ours2026", cation="Na", phase="glass", scale="85% H3PO4"
    )
    reference_peaks.write(claim, folder)
    return folder


GIVEN = ("technique", "species", "species_kind", "value", "sd", "lower", "upper", "unit", "convention", "source",
         "cation", "phase", "evidence", "via", "unusual")  # fmt: skip


def asked(folder: Path, **given: Any) -> str:
    return peaks_entry.added(
        str(folder), {**dict.fromkeys(GIVEN), "kind": "position", "curator": "the test", **given}, ask=True
    )[1]


def run_with(capsys: pytest.CaptureFixture[str]) -> Run:
    """`shortrange peaks` as it is typed: exit code, and what it prints on both streams."""
    return partial(run, capsys, "peaks")
