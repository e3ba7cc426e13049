"""Tables and curves as CSV, as one workbook, and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from shortrange.exports._content import Content, curve_table
from shortrange_core.estimates import Estimates

LONGEST_SHEET_NAME = 31  # of a workbook
JSON_SCHEMA, JSON_SCHEMA_NUMBER = "shortrange.results", 1


def write_csv(content: Content, folder: Path) -> list[Path]:
    """``tables/NAME.csv``, and ``spectra/NAME.csv``, one per spectrum, with the axis and every curve in columns."""
    frames = {f"tables/{name}.csv": frame for name, frame in content.tables.items()}
    frames |= {f"spectra/{name}.csv": curve_table(item) for name, item in content.items.items()}
    for name, frame in frames.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        frame.to_csv(folder / name, index=False)
    return [folder / name for name in frames]


def write_workbook(content: Content, folder: Path) -> list[Path]:
    """``results.xlsx``: a sheet a table, then a sheet a spectrum."""
    path = folder / "results.xlsx"
    about = pd.DataFrame([("title", content.title), *content.about.items()], columns=["what", "value"])
    frames = {"about": about, **content.tables}
    frames |= {name: curve_table(item) for name, item in content.items.items()}
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for number, (name, frame) in enumerate(frames.items()):
            short = name if len(name) <= LONGEST_SHEET_NAME else f"{name[: LONGEST_SHEET_NAME - 4]}-{number}"
            frame.to_excel(book, sheet_name=short, index=False)
    return [path]


def write_json(content: Content, folder: Path) -> list[Path]:
    """``results.json``: every table as a list of rows, the fractions of every glass with their covariance."""
    path = folder / "results.json"
    body = {
        "schema": JSON_SCHEMA,
        "schema_number": JSON_SCHEMA_NUMBER,
        "title": content.title,
        "about": dict(content.about),
        "tables": {name: _rows(frame) for name, frame in content.tables.items()},
        "fractions": [
            {"sample": item.sample, "reading": item.reading, **_matrix(item.solution.fractions)}
            for item in content.structures
            if item.solution is not None and item.believed
        ],
        "areas": [{"name": name, **_matrix(item.fit.areas)} for name, item in content.items.items()],
    }
    path.write_text(json.dumps(body, indent=1, ensure_ascii=False, allow_nan=False), encoding="utf-8")
    return [path]


def _rows(frame: pd.DataFrame) -> Any:
    return json.loads(frame.to_json(orient="records", double_precision=15))


def _matrix(estimates: Estimates) -> dict[str, Any]:
    return {
        "entries": list(estimates.entries),
        "values": _finite(estimates.value.values.tolist()),
        "covariance": [_finite(row) for row in estimates.covariance.values.tolist()],
    }


def _finite(numbers: Sequence[float]) -> list[float | None]:
    return [number if math.isfinite(number) else None for number in numbers]
