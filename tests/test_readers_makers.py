"""Formats of makers whose layouts are public, on files that are built here byte by byte, and damaged one by one."""

import struct

import numpy as np
import odf.opendocument  # noqa: F401 - pandas writes .ods with it
import pandas as pd
import pytest
import xlwt
from maker_files import written

import spectra
from shortrange_core import BadInput

ABSORBANCE = np.linspace(0.1, 0.9, 1200) ** 2
SECTOR = 512


def member(number, kind, content):
    """A member of a Perkin-Elmer file: number, length, two bytes of type, content."""
    body = struct.pack("<H", kind) + content
    return struct.pack("<Hi", number, len(body)) + body


def text(words):
    return struct.pack("<H", len(words)) + words.encode("latin-1")


def perkin_elmer(*, label="A", points=None, size=None, kind=120, y=ABSORBANCE, end=None, last=b""):
    """A spectrum from 4000 cm-1 downwards in steps of 1 cm-1."""
    points = len(y) if points is None else points
    members = [
        member(35698, 29981, struct.pack("<dd", 4000.0, 4000.0 - (len(y) - 1) if end is None else end)),
        member(35699, 29981, struct.pack("<dd", float(np.min(y)), float(np.max(y)))),
        member(35700, 29979, struct.pack("<d", -1.0)),
        member(35701, 29995, struct.pack("<I", points)),
        member(35703, 29987, text("cm-1")),
        member(35704, 29987, text(label)),
        member(35713, 29987, text("Na3PS4")),
        member(35708, 29974, struct.pack("<I", 8 * len(y)) + np.asarray(y, "<f8").tobytes()),
    ]
    body = b"".join([*members, last])
    head = b"PEPE" + b"2D constant interval DataSet file".ljust(40, b"\0")
    return head + struct.pack("<Hi", kind, len(body) if size is None else size) + body


def test_a_perkin_elmer_file_is_read_exactly(tmp_path):
    path = written(tmp_path, "glass.sp", perkin_elmer())
    (block,) = spectra.contents(path)
    assert (block.name, block.format, block.unit) == ("Na3PS4", "perkin_elmer", "cm-1")
    found = spectra.read(path, technique="FTIR")
    assert np.array_equal(found["intensity"].values, ABSORBANCE[::-1])
    assert np.array_equal(found["wavenumber"].values, np.arange(4000.0 - 1199, 4001.0))
    assert found["intensity"].attrs["units"] == "absorbance"


@pytest.mark.parametrize(
    ("label", "scale", "unit"), [("%T", 100.0, "percent transmittance"), ("R", 1.0, "reflectance")]
)
def test_the_ordinate_of_a_perkin_elmer_file_is_what_its_label_says(tmp_path, label, scale, unit):
    path = written(tmp_path, "glass.sp", perkin_elmer(label=label, y=scale * ABSORBANCE))
    assert spectra.read(path, technique="FTIR")["intensity"].attrs["units"] == unit


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": 1199}, "says 1199 points, but has 1200 numbers"),
        ({"end": 100.0}, "1200 steps of -1 from 4000 do not end at 100"),
        ({"size": 20000}, "says 20000 bytes, but has"),
        ({"size": 100}, "member .* says .* bytes; it is truncated or damaged|do not fill its data set"),
        ({"kind": 131}, "is a 2D constant interval DataSet file, not a spectrum"),
    ],
)
def test_a_damaged_perkin_elmer_file_is_refused(tmp_path, change, message):
    path = written(tmp_path, "glass.sp", perkin_elmer(**change))
    with pytest.raises(BadInput, match=message):
        spectra.contents(path)


def test_properties_that_a_program_states_too_short_are_no_damage(tmp_path):
    """A Spectrum Two writes accessories and checks of quality behind the data: four bytes more than it states."""
    properties = struct.pack("<Hi", 35714, 20) + b"x" * 24 + member(35715, 29970, b"Water Vapor")
    path = written(tmp_path, "glass.sp", perkin_elmer(last=properties) + LATER)
    found = spectra.read(path, technique="FTIR", strict=True)
    assert np.array_equal(found["intensity"].values, ABSORBANCE[::-1])


LATER = struct.pack("<Hi", 0x8B84, 0) + struct.pack("<Hi6x", 0x8B8A, 6)


@pytest.mark.parametrize(
    ("rest", "notes"),
    [
        (LATER, []),
        (LATER[:-1], ["trailing-bytes"]),
        (LATER + b"\0", ["trailing-bytes"]),
        (bytes(18), ["trailing-bytes"]),
        (struct.pack("<Hi", 0x8B84, -6), ["trailing-bytes"]),
    ],
)
def test_members_behind_the_data_set_of_perkin_elmer_are_told_from_other_bytes(tmp_path, rest, notes):
    spectrum = spectra.read(written(tmp_path, "glass.sp", perkin_elmer() + rest), technique="FTIR")
    assert np.array_equal(spectrum["intensity"].values, ABSORBANCE[::-1])
    assert [note.code for note in spectra.notes_of_reading(spectrum)] == notes


def peds(unit, label, x, y, *, kind="UV"):
    """The text that Perkin-Elmer's programs export: a head of lines without names, units below ``#GR``."""
    head = [f"PE {kind}       SUBTECH     SPECTRUM    ASCII       PEDS        4.00        ", "   -1", "glass.asc"]
    head += ["24/01/17", "09:26:08.00", "", "200.000000", "1", "0", " ", "860.8", "#HDR", "-1", "-1", "#GR"]
    head += [unit, label, "1.0", "0.0", f"{x[0]:f}", f"{x[1] - x[0]:f}", f"{x.size}", "8", f"{y.max():f}", "0", "#DATA"]
    return "\r\n".join([*head, *(f"{a:f}\t{b:f}" for a, b in zip(x, y, strict=True))]).encode() + b"\r\n"


@pytest.mark.parametrize(
    ("label", "unit"),
    [
        *(("%T", "percent transmittance"), ("T", "transmittance"), ("%R", "percent reflectance")),
        *(("A", "absorbance"), ("", "arbitrary"), ("INT", "arbitrary")),
    ],
)
def test_a_text_of_perkin_elmer_says_its_units_below_gr(tmp_path, label, unit):
    nm = np.arange(1200.0, 200.0, -1.0)
    y = np.linspace(0.1, 0.9, nm.size).round(6)
    path = written(tmp_path, "glass.asc", peds("nm", label, nm, y))
    spectrum = spectra.read(path)
    np.testing.assert_array_equal(spectrum["wavelength"], nm[::-1])
    np.testing.assert_array_equal(spectrum["intensity"], y[::-1])
    assert (spectrum["intensity"].attrs["units"], spectra.notes_of_reading(spectrum)) == (unit, ())
    np.testing.assert_allclose(spectra.read(path, technique="FTIR")["wavenumber"], 1e7 / nm)
    with pytest.raises(BadInput, match="axis in nm, which 31P NMR does not have"):
        spectra.read(path, technique="31P NMR")
    path = written(tmp_path, "ir.txt", peds("CM-1", label, 4.0 * nm, y, kind="IR"))
    np.testing.assert_array_equal(spectra.read(path, technique="FTIR")["wavenumber"], 4.0 * nm[::-1])


def test_a_perkin_elmer_file_with_other_limits_is_noted(tmp_path):
    content = perkin_elmer().replace(struct.pack("<d", ABSORBANCE.max()), struct.pack("<d", 0.5), 1)
    found = spectra.read(written(tmp_path, "glass.sp", content), technique="FTIR")
    assert [note.code for note in spectra.notes_of_reading(found)] == ["limits-contradicted"]


def compound(streams):
    """An OLE compound file of streams of at least 4096 bytes, one sector chain each (MS-CFB, version 3)."""
    fat: list[int] = []
    data, entries = b"", []
    for name, content in streams.items():
        padded = content.ljust(4096, b"\0")
        sectors = -(-len(padded) // SECTOR)
        start = len(fat)
        fat += [*range(start + 1, start + sectors), 0xFFFFFFFE]
        data += padded.ljust(sectors * SECTOR, b"\0")
        entries.append((name, 2, start, len(padded)))
    entries.insert(0, ("Root Entry", 5, 0xFFFFFFFE, 0))
    directory = b"".join(
        entry(
            name, kind, start, size, child=1 if kind == 5 else None, right=k + 1 if 0 < k < len(entries) - 1 else None
        )
        for k, (name, kind, start, size) in enumerate(entries)
    )
    directory = directory.ljust(-(-len(directory) // SECTOR) * SECTOR, b"\0")
    at = len(fat)
    fat += [*range(at + 1, at + len(directory) // SECTOR), 0xFFFFFFFE]
    tables = -(-(len(fat) + 1) // 128)
    places = [len(fat) + k for k in range(tables)]
    fat += [0xFFFFFFFD] * tables
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6x9I", 0x3E, 3, 0xFFFE, 9, 6, 0, tables, at, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", *places, *[0xFFFFFFFF] * (109 - tables))
    table = struct.pack(f"<{128 * tables}I", *fat, *[0xFFFFFFFF] * (128 * tables - len(fat)))
    return head + data + directory + table


def entry(name, kind, start, size, *, child, right):
    """One entry of the directory."""
    free = 0xFFFFFFFF
    encoded = (name + "\0").encode("utf-16-le")
    head = encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded), kind, 1)
    head += struct.pack("<III", free, free if right is None else right, free if child is None else child)
    return head + bytes(36) + struct.pack("<IQ", start, size)


def jasco(*, unit=0x10000103, channels=1, points=1200, last=None, y=ABSORBANCE):
    """Channels from 800 downwards in steps of 0.5."""
    end = 800 - 0.5 * (len(y) - 1) if last is None else last
    info = struct.pack("<6I3d", 3, 1, 0, channels, 1, points, 800.0, end, -0.5)
    info += struct.pack("<3I", unit, 3, 0x2001)
    sample = struct.pack("<II", 1, 14) + "Na3PS4\0".encode("utf-16-le")
    return compound(
        {
            "DataInfo": info,
            "SampleInfo": sample,
            "Y-Data": np.tile(np.asarray(y, "<f4"), channels).tobytes(),
        }
    )


def test_a_jasco_file_is_read_exactly(tmp_path):
    path = written(tmp_path, "glass.jws", jasco())
    (block,) = spectra.contents(path)
    assert (block.name, block.format, block.unit, block.shape) == ("Na3PS4", "jasco", "nm", (1200,))
    assert (block.lowest, block.highest) == (800 - 0.5 * 1199, 800.0)


def test_channels_of_a_jasco_file_keep_their_names(tmp_path):
    path = written(tmp_path, "glass.jws", jasco(channels=2))
    assert [block.name for block in spectra.contents(path)] == ["absorbance", "voltage"]


def test_the_unit_of_an_unknown_axis_is_asked_for(tmp_path):
    path = written(tmp_path, "glass.jws", jasco(unit=0x10000777))
    found = spectra.read(path, technique="FTIR")
    assert np.array_equal(found["intensity"].values, ABSORBANCE.astype("<f4").astype(float)[::-1])
    with pytest.raises(BadInput, match="states no unit of its axis"):
        spectra.read(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": 1100}, "says 1 channels of 1100 points, but has 1200 numbers"),
        ({"last": 700.0}, "1200 steps of -0.5 from 800 do not end at 700"),
    ],
)
def test_a_damaged_jasco_file_is_refused(tmp_path, change, message):
    path = written(tmp_path, "glass.jws", jasco(**change))
    with pytest.raises(BadInput, match=message):
        spectra.contents(path)


@pytest.mark.parametrize("size", [600, 3000, 9000])
def test_a_jasco_file_that_is_cut_is_refused(tmp_path, size):
    path = written(tmp_path, "glass.jws", jasco()[:size])
    with pytest.raises(BadInput, match=r"glass\.jws"):
        spectra.contents(path)


def igor(y, *, order="<", kind=4, step=0.1, offset=280.0, unit="eV", note="", count=None, version=5):
    """A wave of version 5 or 2, its headers summing to zero."""
    code = {2: "f4", 4: "f8", 0x10: "i2", 0x50: "u2"}[kind]
    shape = [*np.shape(y), 0, 0, 0][:4]
    data = np.asarray(y, f"{order}{code}").tobytes(order="F")
    long = unit if len(unit) > 3 else ""
    if version == 5:
        first = [0, len(data) + 320, 0, len(note), 0, len(long), *[0] * 10]
        head = bytearray(struct.pack(f"{order}hh15i", version, 0, *first[1:]) + bytes(64 - 64))
        wave = struct.pack(
            f"{order}12x ihhhhhh32sii4i4d4d4s16s",
            int(np.prod(np.shape(y))),
            kind,
            *[0] * 5,
            b"O1s",
            0,
            0,
            *shape,
            step,
            1,
            1,
            1,
            offset,
            0,
            0,
            0,
            b"",
            b"" if long else unit.encode(),
        )
        head += wave.ljust(320, b"\0")
    else:
        head = bytearray(struct.pack(f"{order}hiiih", 2, len(data) + 126, 0, 0, 0))
        head += struct.pack(
            f"{order}hi20s2x2x4s4s4sih2d", kind, 0, b"O1s", b"", b"", unit.encode(), len(y), 0, step, offset
        )
        head = head.ljust(126, b"\0") + bytearray(data[:16])
    at = 2 if version == 5 else 14
    total = int(np.frombuffer(bytes(head), f"{order}i2").sum(dtype=np.int64))
    struct.pack_into(f"{order}H", head, at, -total & 0xFFFF)
    if count is not None:
        struct.pack_into(f"{order}i", head, 132, count)
    return bytes(head[: 384 if version == 5 else 126]) + data + note.encode() + long.encode()


COUNTS = np.round(1000 + 500 * np.exp(-(np.linspace(-5, 5, 200) ** 2)))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [2, 4, 0x10, 0x50])
@pytest.mark.parametrize("version", [2, 5])
def test_an_igor_wave_is_read_exactly(tmp_path, order, kind, version):
    path = written(tmp_path, "o1s.ibw", igor(COUNTS, order=order, kind=kind, version=version))
    found = spectra.read(path, technique="O 1s XPS", energy="binding")
    assert np.array_equal(found["intensity"].values, COUNTS)
    assert np.allclose(found["binding_energy"].values, 280 + 0.1 * np.arange(200), rtol=0, atol=1e-12)


def test_long_units_and_the_settings_of_an_analyser_are_read(tmp_path):
    note = "[SES]\rRegion Name=O1s\rExcitation Energy=1486.6\rEnergy Scale=Kinetic\rPass Energy=20\r"
    path = written(tmp_path, "o1s.ibw", igor(COUNTS, offset=950.0, unit="Kinetic Energy [eV]", note=note))
    found = spectra.read(path)
    assert found.coords["technique"].item() == "O 1s XPS"
    assert np.allclose(found["binding_energy"].values, np.sort(1486.6 - (950 + 0.1 * np.arange(200))), atol=1e-9)


def test_a_wave_that_nobody_scaled_is_listed_and_no_spectrum_over_its_points(tmp_path):
    path = written(tmp_path, "counts.ibw", igor(COUNTS, step=1.0, offset=0.0, unit=""))
    with pytest.raises(BadInput, match="its scale is only the point number; set the scale in Igor"):
        spectra.read(path, technique="Raman")


def test_a_wave_of_two_dimensions_is_a_stack(tmp_path):
    path = written(tmp_path, "map.ibw", igor(np.stack([COUNTS, 2 * COUNTS], axis=1), unit="eV"))
    found = spectra.read(path, technique="O 1s XPS", energy="binding")
    assert found["intensity"].transpose("pixel", ...).values[1].tolist() == (2 * COUNTS).tolist()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content[:100] + b"\x01" + content[101:], "do not match their checksum"),
        (lambda content: content[:600], "says 200 points, but has 27; it is truncated"),
        (lambda content: content[:90], "ends inside its headers"),
        (lambda content: b"\x03\x00" + content[2:], "is a wave of version 3; save it as delimited text"),
    ],
)
def test_a_damaged_igor_wave_is_refused(tmp_path, change, message):
    path = written(tmp_path, "o1s.ibw", change(igor(COUNTS)))
    with pytest.raises(BadInput, match=message):
        spectra.contents(path)


def table():
    x = np.linspace(100.0, 400.0, 60)
    return pd.DataFrame({"Raman shift / cm-1": x, "x = 0": np.sqrt(x), "x = 0.3": np.cos(x)})


def test_old_and_open_workbooks_are_read_as_new_ones(tmp_path):
    frame = table()
    frame.to_excel(tmp_path / "new.xlsx", index=False)
    frame.to_excel(tmp_path / "open.ods", index=False, engine="odf")
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    for j, title in enumerate(frame):
        sheet.write(0, j, title)
        for k, value in enumerate(frame[title]):
            sheet.write(k + 1, j, float(value))
    book.save(str(tmp_path / "old.xls"))
    for name in ("new.xlsx", "open.ods", "old.xls"):
        blocks = [block.name for block in spectra.contents(tmp_path / name)]
        assert len(blocks) == 2, name
        found = spectra.read(tmp_path / name, block=blocks[1])
        assert np.allclose(found["intensity"].values, frame["x = 0.3"], rtol=1e-14, atol=0)


@pytest.mark.parametrize("size", [100, 3000])
def test_a_cut_workbook_is_refused_in_one_sentence(tmp_path, size):
    table().to_excel(tmp_path / "whole.ods", index=False, engine="odf")
    path = written(tmp_path, "cut.ods", (tmp_path / "whole.ods").read_bytes()[:size])
    with pytest.raises(BadInput, match=r"cut\.ods: is not a complete workbook"):
        spectra.contents(path)


def test_parameters_of_a_fit_and_empty_sheets_beside_spectra_are_no_spectra(tmp_path):
    frame = table()
    peaks = pd.DataFrame({"Position": [150.0, 250.0, 310.0], "FWHM": [9.0, 8.0, 7.0], "Area": [1.0, 2.0, 3.0]})
    with pd.ExcelWriter(tmp_path / "fit.xlsx") as book:
        frame.to_excel(book, index=False, sheet_name="glass")
        peaks.to_excel(book, index=False, sheet_name="glass", startcol=6)
        peaks.to_excel(book, index=False, sheet_name="results")
        pd.DataFrame().to_excel(book, index=False, sheet_name="empty")
    assert [block.name for block in spectra.contents(tmp_path / "fit.xlsx")] == ["glass / x = 0", "glass / x = 0.3"]


def test_columns_behind_a_gap_belong_to_the_axis_before_it(tmp_path):
    frame = table()
    with pd.ExcelWriter(tmp_path / "gap.xlsx") as book:
        frame.iloc[:, :2].to_excel(book, index=False, sheet_name="a")
        frame.iloc[:, 2:].to_excel(book, index=False, sheet_name="a", startcol=4)
    assert len(spectra.contents(tmp_path / "gap.xlsx")) == 2


@pytest.mark.parametrize("form", ["(XY..XY)", "(X++(Y..Y))"])
def test_jcamp_with_decimal_commas(tmp_path, form):
    """Ocean Optics writes so where the locale has commas: 176,36, 32822,795."""
    x, y = 300 + 2.5 * np.arange(40), np.round(1000 * ABSORBANCE[:40], 3)
    if form.startswith("(XY"):
        label, rows = "XYPOINTS", [f"{a:.2f}; {b:.3f}" for a, b in zip(x, y, strict=True)]
        rows = [row.replace(".", ",").replace(";", ",") for row in rows]
    else:
        label, rows = "XYDATA", [f"{x[k]:.2f} {y[k]:.3f} {y[k + 1]:.3f}".replace(".", ",") for k in range(0, 40, 2)]
    head = ["##TITLE=glass", "##JCAMP-DX=5", "##DATA TYPE=RAMAN SPECTRUM", "##XUNITS=1/CM", "##YUNITS=ARBITRARY UNITS"]
    head += ["##XFACTOR=1.0", "##YFACTOR=1,0", f"##FIRSTX= {x[0]:.2f}".replace(".", ","), "##NPOINTS= 40"]
    head += [f"##LASTX= {x[-1]:.2f}".replace(".", ","), f"##FIRSTY= {y[0]:.3f}".replace(".", ","), f"##{label}= {form}"]
    path = tmp_path / "glass.jdx"
    path.write_text("\n".join([*head, *rows, "##END="]) + "\n", encoding="utf-8")
    spectrum = spectra.read(path)
    np.testing.assert_allclose(spectrum["raman_shift"], x)
    assert spectrum["intensity"].values.tolist() == y.tolist()
    path.write_text("\n".join([*head, *rows[:-1], "##END="]) + "\n", encoding="utf-8")
    with pytest.raises(BadInput, match="NPOINTS = 40"):
        spectra.read(path)
