"""The tables of docs/formats.md from the readers' records: ``python -m studies.formats_page`` writes them anew."""

from __future__ import annotations

from pathlib import Path

from spectra.readers import Reader, known_readers

PAGE = Path(__file__).parents[1] / "docs" / "formats.md"
BEGIN, END = "<!-- made by python -m studies.formats_page -->", "<!-- end of what is made -->"


def tables() -> str:
    """What is read, and what is known and not read."""
    readers = list(known_readers().values())
    rows = ["| format | suffixes | what is read | tested against |", "|---|---|---|---|"]
    rows += [_row(r.title, _suffixes(r), r.gives, r.held_to) for r in readers if not r.instead]
    rows += ["", "Known and not read:", "", "| format | suffixes | instead |", "|---|---|---|"]
    rows += [_row(r.title, _suffixes(r), r.instead) for r in readers if r.instead]
    return "\n".join(rows)


def _suffixes(reader: Reader) -> str:
    return " ".join(reader.suffixes)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def page(text: str) -> str:
    """The page with its tables made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
