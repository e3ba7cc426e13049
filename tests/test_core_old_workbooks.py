"""Workbooks of Excel 97 to 2003: what a reader would follow or reserve without end is refused, whole ones are read."""

import io
import struct

import openpyxl
import pytest
import xlwt

from shortrange_core import BadInput
from shortrange_core.compound_files import streams
from shortrange_core.sheets import sheets

ROWS = 900
"""Enough that the stream of the workbook has its own sectors."""


def workbook(rows=ROWS, place=(0, 0)):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    for row in range(rows):
        sheet.write(place[0] + row, place[1], 100.5 + row)
        sheet.write(place[0] + row, place[1] + 1, f"text {row}")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def changed(content, at, form, value):
    copy = bytearray(content)
    struct.pack_into(form, copy, at, value)
    return bytes(copy)


def place_of(content, record, field):
    """Offset of a field in the first record of a kind."""
    stream = streams(content)["Workbook"]
    at = 0
    while struct.unpack_from("<H", stream, at)[0] != record:
        at += 4 + struct.unpack_from("<H", stream, at + 2)[0]
    return content.index(stream[at : at + 24]) + 4 + field


@pytest.mark.parametrize("rows", [3, ROWS])
def test_whole_workbooks_are_read_and_their_streams_found(rows):
    content = workbook(rows)
    assert set(streams(content)) == {"Workbook"}
    assert sheets(content, "a.xls")["Sheet1"] == [(100.5 + row, f"text {row}") for row in range(rows)]


def test_a_chain_of_sectors_that_comes_back_to_itself_is_refused():
    content = workbook()
    table = 512 * (1 + struct.unpack_from("<I", content, 76)[0])
    directory = struct.unpack_from("<I", content, 48)[0]
    for start in (0, directory):  # of the workbook, of the directory
        with pytest.raises(
            BadInput, match=r"a\.xls: is not a complete workbook .a chain of its sectors comes back to itself"
        ):
            sheets(changed(content, table + 4 * start, "<I", start), "a.xls")
    more = changed(changed(content, 68, "<I", 1), 512 * 3 - 4, "<I", 1)
    with pytest.raises(BadInput, match="the list of its sectors comes back to itself"):
        sheets(more, "a.xls")


def test_a_stream_longer_than_the_file_and_a_cut_header_are_refused():
    content = workbook()
    entry = content.index("Workbook".encode("utf-16-le"))
    with pytest.raises(BadInput, match="a stream of 1073741824 bytes stands in a file of"):
        sheets(changed(content, entry + 120, "<I", 2**30), "a.xls")
    with pytest.raises(BadInput, match="its header is cut at 300 bytes"):
        sheets(content[:300], "a.xls")
    with pytest.raises(BadInput, match=r"its sectors have 2\^40 bytes"):
        sheets(changed(content, 30, "<H", 40), "a.xls")


@pytest.mark.parametrize(
    ("record", "field", "form", "value", "message"),
    [
        (0x027E, 2, "<H", 60000, "reaches row 1 and column 60001 of 65536 and 256"),
        (0x0200, 4, "<I", 2**30, "reaches row 1073741824"),
        (0x00FC, 4, "<I", 2**31, "2147483648 texts are announced"),
    ],
)
def test_records_that_announce_what_no_sheet_of_this_kind_has_are_refused(record, field, form, value, message):
    content = workbook()
    with pytest.raises(BadInput, match=message):
        sheets(changed(content, place_of(content, record, field), form, value), "a.xls")


def test_a_sheet_that_spans_many_empty_cells_is_refused_and_a_far_corner_alone_is_read():
    content = workbook()
    at = place_of(content, 0x027E, 0)
    with pytest.raises(BadInput, match=r"a sheet spans \d+ rows and 256 columns for \d+ cells: one"):
        sheets(changed(changed(content, at, "<H", 65279), at + 2, "<H", 255), "a.xls")
    corner = sheets(workbook(3, place=(65533, 254)), "a.xls")["Sheet1"]
    assert corner[-1][-2:] == (102.5, "text 2")


def test_a_cell_far_from_the_others_of_an_xlsx_is_named_and_long_tables_are_read():
    """Its reader would reserve half a terabyte and end the program."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in range(600):
        sheet.append([row + 0.5, 2.0 * row])
    stream = io.BytesIO()
    book.save(stream)
    assert len(sheets(stream.getvalue(), "a.xlsx")["Sheet"]) == 600
    sheet.cell(1048576, 2, 1.0)
    stream = io.BytesIO()
    book.save(stream)
    assert sheets(stream.getvalue(), "a.xlsx")["Sheet"][-1] == (None, 1.0)
    sheet.cell(1048576, 16384, 1.0)
    stream = io.BytesIO()
    book.save(stream)
    with pytest.raises(BadInput, match=r"a\.xlsx: a sheet spans 1048576 rows and 16384 columns for 1202 cells"):
        sheets(stream.getvalue(), "a.xlsx")
