"""Every pitfall of the field has its row in CONVENTIONS.md, with codes that are listed there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PITFALLS = 12


def section(title: str) -> list[list[str]]:
    text = (ROOT / "CONVENTIONS.md").read_text(encoding="utf-8").split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_every_pitfall_has_a_row_with_codes_that_exist():
    rows = section("Pitfalls of the field")
    assert [int(row[0].split()[0]) for row in rows] == list(range(1, PITFALLS + 1))
    listed = {row[0].strip("`") for row in section("Note codes: spectra")}
    for row in rows:
        codes = set(re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`|`(saturation)`", row[1]))
        assert {one or other for one, other in codes} <= listed, row[0]
