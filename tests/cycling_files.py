"""A text of EC-Lab, written by hand."""

from pathlib import Path


def write_mpt(path: Path, names: list[str], rows: list[list[str]]) -> Path:
    header = [
        "EC-Lab ASCII FILE",
        "Nb header lines : 6",
        "",
        "Galvanostatic Cycling",
        "Electrode surface area : 0.001 cm²",
    ]
    lines = [*header, "\t".join(names), *("\t".join(row) for row in rows)]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("cp1252"))
    return path
