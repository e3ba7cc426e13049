"""docs/formats.md says what the readers' records say, and a format that is not read says what to do."""

import pytest

import spectra
from shortrange_core import BadInput
from spectra.readers import known_readers
from studies.formats_page import PAGE, page

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def test_the_page_is_current():
    text = PAGE.read_text(encoding="utf-8")
    assert page(text) == text, "python -m studies.formats_page"


def test_every_reader_says_what_it_gives_and_is_held_to_or_what_to_do_instead():
    for reader in known_readers().values():
        assert bool(reader.instead) != bool(reader.gives and reader.held_to), reader.name


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.l6s", b"\x00\x01", "LabSpec 5 or 6"),
        ("a.wip", b"WIT_PR06\x00", "WITec project"),
        ("a.vgp", OLE, "Thermo Avantage, which is not read; give its spectra"),
        ("a.dset", b"\x00binary", "Kratos Vision, which is not read; export it as VAMAS or text"),
        ("a.sle", b"SQLite format 3\x00", "SPECS Prodigy project"),
        ("data.1d", b"SORPATAD1.1V", "Prospa .Magritek., which is not read; give the nmr_fid.dx in the same folder"),
        ("a.jws", b"L~S \x01\x00", "JASCO Spectra Manager .old .jws., which is not read; export it as text"),
        ("a.spc", OLE, "Shimadzu UVProbe, which is not read; export it as text"),
        ("a.kal", b"\x00binary", "contains no object with a spectrum; export it as VAMAS"),
        ("a.vgd", OLE, "is not a complete OLE compound file .* export it again"),
        ("a.avg", b"text", "states no axis; export it as VAMAS"),
        ("a.pxt", b"\x77\x77" + bytes(6), "does not begin with an Igor record; save the waves as Igor binary"),
        ("a.srs", b"Spectral Data File\x00", "Thermo OMNIC series"),
        ("a.fods", b"<?xml version='1.0'?><office:document/>", "OpenDocument sheet as a single XML"),
        ("a.mpl", b"EC-Lab LOG FILE\n", "EC-Lab logs and settings"),
        ("a.mnova", b"\x00", "MestReNova document"),
        ("a.opju", b"CPYUA 4.3", "Origin project"),
        (
            "a.wdf",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 34\n",
            "fetch the file itself with git lfs",
        ),
        ("a.zip", b"PK\x03\x04", "unpack it and give the file or the folder inside"),
        ("a.mat", b"MATLAB 5.0 MAT-file", "MATLAB"),
    ],
)
def test_a_format_that_is_not_read_names_the_export_to_make(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadInput, match=message):
        spectra.contents(path)


@pytest.mark.parametrize("name", ["a.xls", "a.sp", "a.ibw"])
def test_a_table_of_text_is_read_whatever_it_is_called(tmp_path, name):
    path = tmp_path / name
    path.write_text("cm-1\tI\n" + "".join(f"{k}\t{(k % 7) + 0.5}\n" for k in range(40)))
    assert spectra.contents(path)[0].format == "delimited"


def test_an_unknown_file_lists_what_is_read_and_nothing_else(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"\x00\x01\x02")
    with pytest.raises(BadInput, match="no reader recognises it; formats: Bruker") as refused:
        spectra.contents(path)
    assert "MATLAB" not in str(refused.value)
