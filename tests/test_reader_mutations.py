"""Damaged copies of small files of every spectral format, written by hand; real files stand in test_damaged_files."""

import json
import struct

import numpy as np
import openpyxl
import pytest

from studies.damage import KINDS, damaged, table, trials

POINTS = 60
X = np.linspace(900.0, 310.0, POINTS)
Y = np.round(500 * np.exp(-(((X - 600) / 60) ** 2)) + 20 + 7 * np.sin(3.0 * np.arange(POINTS)))
NEVER = ("crash", "hang", "memory")
READER = "studies.damage.spectra_files:readings"
NO_LENGTH = (".txt", ".csv", ".rod", ".cif")
"""Formats that state no number of points: a cut copy may be the beginning of the original."""


def texts():
    """Small files of every text format."""
    rows = "".join(f"{x:.3f}\t{y:.2f}\n" for x, y in zip(X, Y, strict=True))
    jcamp = "##TITLE=a\n##JCAMP-DX=4.24\n##DATA TYPE=RAMAN SPECTRUM\n##XUNITS=1/CM\n##YUNITS=ARBITRARY UNITS\n"
    jcamp += f"##XFACTOR=1\n##YFACTOR=1\n##FIRSTX={X[0]}\n##LASTX={X[-1]}\n##NPOINTS={POINTS}\n##FIRSTY={Y[0]:g}\n"
    jcamp += f"##MAXY={Y.max():g}\n##MINY={Y.min():g}\n##XYDATA=(X++(Y..Y))\n"
    for start in range(0, POINTS, 10):
        jcamp += f"{X[start]:.4f} " + " ".join(f"{y:g}" for y in Y[start : start + 10]) + "\n"
    simp = f"SIMP\nNP={POINTS}\nSW=10000\nSf=200\nTYPE=SPE\nDATA\n" + "".join(f"{y:g} 0\n" for y in Y) + "END\n"
    dimension = {"type": "linear", "count": POINTS, "increment": "0.1 ms", "coordinates_offset": "0 s"}
    values = {"type": "internal", "numeric_type": "float64", "encoding": "none", "components": [Y.tolist()]}
    csdm = json.dumps({"csdm": {"version": "1.0", "dimensions": [dimension], "dependent_variables": [values]}})
    zeros = [[0.0] * POINTS]
    snake = json.dumps({"dataReal": [Y.tolist()], "dataImag": zeros, "freq": [2e8], "sw": [1e4], "spec": [1]})
    phi = "".join(
        f"Element {name}; Region {k} of 2; Depth Cycle 1 of 1; Time Per Step 50; Sweeps 1; Anode Al; "
        f"Photon Energy 1486.6; XPS;\n" + rows
        for k, name in ((1, "O 1s"), (2, "C 1s"))
    )
    casa = '"Cycle 0:a:O 1s"\n,Characteristic Energy eV,1486.69,Acquisition Time s,1\nName,,a\nArea,,1\nLineshape,,G\n'
    casa += "K.E.,Counts,a,,B.E.,CPS,a\n" + "".join(
        f"{1486.69 - x:.3f},{y:g},1,,{x:.3f},{y:g},1\n" for x, y in zip(X, Y, strict=True)
    )
    rod = "data_1\nloop_\n_raman_spectrum.raman_shift\n_raman_spectrum.intensity\n" + rows.replace("\t", " ")
    line = " ".join(f"{v:g}" for v in X)
    lsx = (
        '<?xml version="1.0"?><LSX_Data><LSX_Tree><LSX ID="0x7B697861"><LSX ID="0x1"><LSX ID="0x6D707974">Spectr</LSX>'
        f'<LSX ID="0x7C696E75">1/cm</LSX><LSX ID="0x7D6CD4DB">{line}</LSX></LSX></LSX></LSX_Tree><LSX_Matrix><LSX_Row>'
        f"{' '.join(f'{y:g}' for y in Y)}</LSX_Row></LSX_Matrix></LSX_Data>"
    )
    asp = f"{POINTS}\n900\n310\n1\n2\n4\n" + "".join(f"{y:g}\n" for y in Y)
    files = {"plain.csv": "Raman shift (cm-1)\tcounts\n" + rows, "decimal.txt": rows.replace(".", ",")}
    files |= {"a.jdx": jcamp, "a.in": simp, "a.csdf": csdm, "a.json": snake, "phi.txt": phi, "casa.csv": casa}
    return files | {"a.rod": rod, "a.xml": lsx, "a.asp": asp}


def binaries():
    """Small files of binary formats whose headers state sizes."""
    head = bytearray(512)
    head[:4] = b"WDF1"
    struct.pack_into("<IQ", head, 4, 1, 512)
    struct.pack_into("<IQQIIII", head, 0x3C, POINTS, 1, 1, 1, 1, POINTS, 0)
    struct.pack_into("<If", head, 0x98, 6, 18797.0)
    axis = struct.pack("<II", 1, 1) + X.astype("<f4").tobytes()
    wdf = bytes(head)
    for name, body in ((b"DATA", Y.astype("<f4").tobytes()), (b"XLST", axis)):
        wdf += name + struct.pack("<IQ", 0, 16 + len(body)) + body
    main = bytearray(512)
    struct.pack_into("<BBBbIddIBB", main, 0, 0, 0x4B, 0, -128, POINTS, X[0], X[-1], 1, 13, 4)
    spc = bytes(main) + bytes(32) + Y.astype("<f4").tobytes()
    settings = bytearray(1024)
    struct.pack_into("<4i", settings, 16, POINTS, 1, 1, 1)
    struct.pack_into("<d", settings, 272, 1e-4)
    data = Y.astype("<c8").tobytes()
    tnt = b"TNT1.002TMAG" + struct.pack("<II", 1, 1024) + bytes(settings)
    tnt += b"DATA" + struct.pack("<II", 1, len(data)) + data
    return {"a.wdf": wdf, "a.spc": spc, "a.tnt": tnt}


@pytest.fixture(scope="session")
def small_files(tmp_path_factory):
    """One small file of each of fifteen formats."""
    folder = tmp_path_factory.mktemp("formats")
    for name, text in texts().items():
        (folder / name).write_text(text)
    for name, content in binaries().items():
        (folder / name).write_bytes(content)
    book = openpyxl.Workbook()
    book.active.append(["Raman shift (cm-1)", "Intensity"])
    for row in zip(X.tolist(), Y.tolist(), strict=True):
        book.active.append(row)
    book.save(folder / "a.xlsx")
    return sorted(folder.iterdir())


def assert_survived(found, number):
    """No trial crashed, hung or ran out of memory; no cut copy passed as whole where the format states its length."""
    assert len(found) == number
    bad = [t for t in found if t.outcome in (*NEVER, "changed")]
    assert not bad, f"{bad[:5]}\n{table(found)}"
    for trial in found:
        if trial.kind == "empty":
            assert trial.outcome == "refused", trial
        if trial.kind == "cut" and not trial.file.endswith(NO_LENGTH):
            assert trial.outcome in ("refused", "equal"), trial


@pytest.mark.parametrize("seed", range(10))
def test_the_same_seed_does_the_same_damage(seed):
    content = bytes(range(256)) * 4
    assert damaged(content, seed) == damaged(content, seed)
    kind, copy = damaged(content, seed)
    assert kind in KINDS
    assert copy != content


def test_small_files_of_every_format_survive_five_kinds_of_damage(small_files):
    assert_survived(trials(small_files, range(5), reader=READER), 5 * len(small_files))


def test_small_files_with_a_list_of_checksums_are_refused_or_equal(small_files):
    found = trials(small_files, range(5), reader=READER, listed=True)
    assert len(found) == 5 * len(small_files)
    assert {trial.outcome for trial in found} <= {"refused", "equal"}, table(found)


def test_the_limit_of_time_works(small_files):
    """With no time allowed, every read is a hang."""
    found = trials(small_files[:1], [1], reader=READER, seconds=1e-5)
    assert [trial.outcome for trial in found] == ["hang"]


@pytest.mark.slow
def test_small_files_survive_two_hundred_damages(small_files):
    assert_survived(trials(small_files, range(200), reader=READER), 200 * len(small_files))
