"""Formats that are known by their first bytes or suffix and not read: each says which export to make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shortrange_core.errors import BadInput
from spectra.readers.raw import Raw, Reader, Source

SURE, BY_SUFFIX = 0.85, 0.1


@dataclass(frozen=True, slots=True)
class Known:
    """A format that is not read.

    Parameters
    ----------
    name, title
        As of a Reader.
    suffixes
        Files that begin as none of ``begins`` are it by these alone, where no reader wants them.
    begins
        First bytes; with ``strict`` they count only together with a suffix.
    instead
        Which export to make.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    begins: tuple[bytes, ...]
    instead: str
    strict: bool = False


KNOWN = (
    Known("labspec_binary", "LabSpec 5 or 6 (binary)", (".l6s", ".l6m", ".ngs", ".tsf"), (), "save it as .txt or .xml"),
    Known("witec", "WITec project", (".wip",), (b"WIT_PR06",), "export graphs or tables as text (ASCII)"),
    Known(
        "avantage_experiment",
        "Thermo Avantage",
        (".vgp", ".vgx"),
        (),
        "give its spectra (.vgd), or export them as .avg or VAMAS",
    ),
    Known("kratos_binary", "Kratos Vision", (".dset",), (), "export it as VAMAS or text (.kal)"),
    Known("specs_binary", "SPECS Prodigy project", (".sle",), (b"SQLite format 3",), "export it as .xy", strict=True),
    Known("mnova", "MestReNova document", (".mnova",), (), "save the spectrum as JCAMP-DX, or give the raw folder"),
    Known("prospa", "Prospa (Magritek)", (".1d", ".2d"), (b"SORPATAD",), "give the nmr_fid.dx in the same folder"),
    Known("origin", "Origin project", (".opj", ".opju"), (b"CPYA", b"CPYUA"), "export the worksheet as text or .xlsx"),
    Known(
        "omnic_series",
        "Thermo OMNIC series",
        (".srs",),
        (),
        "save its spectra as a group (.spg) or one by one (.spa), or export them as .csv",
    ),
    Known("jasco_old", "JASCO Spectra Manager (old .jws)", (".jws",), (b"L~S",), "export it as text or JCAMP-DX"),
    Known("shimadzu", "Shimadzu UVProbe", (".spc",), (b"\xd0\xcf\x11\xe0",), "export it as text", strict=True),
    Known("flat_sheet", "OpenDocument sheet as a single XML", (".fods",), (), "save it as .ods, .xlsx or .csv"),
    Known("eclab_log", "EC-Lab logs and settings", (".mpl", ".mps"), (), "give the .mpr, or the .mpt exported from it"),
    Known(
        "git_lfs",
        "Git LFS (a pointer)",
        (),
        (b"version https://git-lfs.github.com/spec/",),
        "it only points to the file: fetch the file itself with git lfs pull",
    ),
    Known(
        "agilent_fpa",
        "Agilent Resolutions Pro (FPA image)",
        (".dmt", ".dmd", ".drd", ".bsp"),
        (),
        "export its spectra as .spc, JCAMP-DX or text",
    ),
    Known(
        "spinit",
        "RS2D Spinit",
        (),
        (b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<header>',),
        "export the spectrum as JCAMP-DX",
    ),
    Known("ocean_optics", "Ocean Optics", (".procspec",), (), "save it as tab delimited text"),
    Known("r_data", "R", (".rda", ".rdata", ".rds"), (), "write it with write.csv"),
    Known("zip", "zip archives", (".zip",), (), "unpack it and give the file or the folder inside"),
    Known("json", "JSON", (".json",), (), "save axis and intensities as columns of text"),
    Known("matlab", "MATLAB", (".mat",), (b"MATLAB 5.0",), "save axis and intensities as columns of text"),
)


def _sniff(other: Known) -> Callable[[Source], float]:
    def sniff(source: Source) -> float:
        fits = source.head.startswith(other.begins) if other.begins else False
        named = source.suffix in other.suffixes
        if fits and (named or not other.strict):
            return SURE
        return BY_SUFFIX if named and not other.strict else 0.0

    return sniff


def _parse(other: Known) -> Callable[[Source], tuple[Raw, ...]]:
    def parse(source: Source) -> tuple[Raw, ...]:
        raise BadInput(f"{source.name}: is a file of {other.title}, which is not read; {other.instead}")

    return parse


READERS = tuple(
    Reader(other.name, other.title, other.suffixes, _sniff(other), _parse(other), instead=other.instead)
    for other in KNOWN
)
