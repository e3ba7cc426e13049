"""Damaged copies of files: a named error, the arrays of the original, or no more than the damaged numbers differ.

Three kinds of files (spectra, impedance, cycling) go through one harness. Without a list of checksums a flipped digit
is another digit, which most formats cannot show; then the copy may differ from the original in the damaged numbers
alone. With a list of checksums beside the copies every one is refused, or gives the arrays of the original.
"""

import json
from collections import Counter

import numpy as np
import pytest
import test_cells_titled_tables as cycling_tables
import test_electrochemistry_impedance_lists as impedance_lists
import test_readers_igor_text as igor_text
import test_readers_makers as makers
import test_readers_projects as projects
import test_readers_words_beside as words_beside
import xlwt

import electrochemistry as ec
from studies.damage import table, trials

READERS = {
    "spectra": "studies.damage.spectra_files:readings",
    "impedance": "studies.damage.electrochemistry_files:impedance",
    "declared impedance": "studies.damage.electrochemistry_files:declared_impedance",
    "cycling": "studies.damage.electrochemistry_files:cycling",
    "declared cycling": "studies.damage.electrochemistry_files:declared_cycling",
}
HEADER = {
    "bruker": "acqus: GRPDLY (the delay taken out), NC; procs: NC_proc, OFFSET, SF, SW_p",
    "csdm": "increment, coordinates_offset and origin_offset of a dimension",
    "agilent": "the first and last wavenumber",
    "galactic": "first and last abscissa, exponent of the ordinates",
    "jcamp": "YFACTOR; FIRSTX and LASTX where the lines hold no abscissae of their own",
    "dmfit": "SW and REF",
    "tecmag": "the dwell time",
    "jeol": "orders and factors of the digital filter",
    "vamas": "the first abscissa and its step",
    "opus": "FXV and LXV of a block",
    "phi_spe": "the first and last energy and the dwell time of a region",
}
"""Format -> the numbers of its header that move an axis or scale a column and that nothing else in the file repeats."""
NO_COUNT = (
    *("delimited", "phi_text", "autolab", "biologic", "ch instruments", "declared columns", "novocontrol"),
    *("parstat", "powersuite", "zview", ".mpt", ".nda", "declared csv", "words_beside"),
    *(".csv", "ivium", "eco chemie", "excel"),  # a cell of .xls is one of many records, without a check
)
"""Formats that state no number of points, or that a stopped run leaves with fewer: rows can be lost without a trace."""
DIRECTORY = ("opus", "jcamp")
"""Formats of several blocks, named in a list or by their first line: a damaged name is a block that is not there."""
FOLDER_SEEDS = 8
"""A TopSpin folder has eight files, each of which gets as many damages as any other file."""


def spectra_files(folder):
    """Every measured file that a reader takes, and the two TopSpin folders."""
    kinds = ("ftir", "raman", "xps", "nmr")
    left_out = (".md", ".report", ".dat")
    files = [path for kind in kinds for path in sorted((folder / kind).rglob("*")) if path.is_file()]
    plain = [
        path
        for path in files
        if path.suffix not in left_out and "MonteCarlo" not in path.name and "peaks" not in path.name
    ]
    folders = sorted(path.parent for path in files if path.name == "acqus")
    return [path for path in plain if not any(inside in path.parents for inside in folders)] + folders


def real_files(folder, kind):
    """Measured files of a kind."""
    if kind == "spectra":
        return spectra_files(folder)
    if "cycling" in kind:
        files = [p for p in sorted((folder / "cycling").rglob("*")) if p.is_file() and p.suffix not in NO_CYCLING]
        return [p for p in files if (p.suffix == ".csv") == (kind == "declared cycling")]
    suffixes = (".mpt", ".z", ".txt", ".par", ".csv")
    files = [p for p in sorted((folder / "eis").rglob("*")) if p.suffix in suffixes and "published_fit" not in p.parts]
    return [p for p in files if p.name.startswith(PLAIN_TABLES) == (kind == "declared impedance")]


NO_CYCLING = (".json", ".md", ".mps")  # notes, and settings without a measurement
PLAIN_TABLES = ("exampleData.csv", "CSV", "Example_no")
NUMBER = {"spectra": 89, "impedance": 30, "declared impedance": 3, "cycling": 22, "declared cycling": 1}


def assert_survived(found, number):
    """Fail on every copy that is read with more than the damaged numbers changed, and on every crash, hang or flood."""
    assert len(found) == number
    bad = [trial for trial in found if not allowed(trial)]
    assert not bad, f"{bad[:5]}\n{Counter((t.format, t.outcome) for t in bad)}\n{table(found, by='format')}"


def allowed(trial):
    """True for an error, the arrays of the original, a warning, or damaged numbers alone; and what none can show."""
    if trial.kind == "empty":
        return trial.outcome == "refused" or (trial.outcome == "equal" and trial.format == "bruker")  # a file not read
    return (
        trial.outcome in ("refused", "equal", "noted", "confined")
        or (trial.outcome == "header" and trial.format in HEADER)
        or (trial.outcome in ("beginning", "part") and trial.format in NO_COUNT)
        or (trial.outcome == "beginning" and trial.format in DIRECTORY and trial.kind != "cut")
    )


def measured(folder, kind, seeds, **options):
    """Trials of all measured files of a kind; a folder gets as many of each of its files."""
    files = real_files(folder, kind)
    assert len(files) == NUMBER[kind]
    alone, folders = [p for p in files if p.is_file()], [p for p in files if p.is_dir()]
    found = trials(alone, range(seeds), reader=READERS[kind], **options)
    found += trials(folders, range(FOLDER_SEEDS * seeds), reader=READERS[kind], **options) if folders else []
    return found, seeds * (len(alone) + FOLDER_SEEDS * len(folders))


@pytest.mark.parametrize("kind", READERS)
def test_measured_files_survive_five_kinds_of_damage(real_data, kind):
    assert_survived(*measured(real_data, kind, 5))


@pytest.mark.parametrize("kind", READERS)
def test_measured_files_with_a_list_of_checksums_are_refused_or_equal(real_data, kind):
    found, number = measured(real_data, kind, 2, listed=True)
    assert len(found) == number
    assert {trial.outcome for trial in found} <= {"refused", "equal"}, table(found, by="format")


def test_a_parquet_table_survives_damage_and_its_page_checksums_are_looked_at(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    arrow = pytest.importorskip("pyarrow")
    cell = ec.simulate_symmetric_cell([0.1, 0.2], area=1.0, resistance=100.0).to_dataframe()
    table_ = arrow.Table.from_pandas(cell, preserve_index=False)
    for name in ("plain", "checked"):
        parquet.write_table(table_, tmp_path / f"{name}.parquet", write_page_checksum=name == "checked")
    files = sorted(tmp_path.glob("*.parquet"))
    found = trials(files, range(40), reader=READERS["cycling"])
    assert_survived(found, 80)
    assert {t.outcome for t in found if t.file.endswith("checked.parquet")} <= {"refused", "equal"}, table(found)


def made(folder):
    """Files of makers of whom no measured file may be given on, as the tests of their readers build them, by kind."""
    spectra = folder / "spectra"
    spectra.mkdir()
    for name, content in {
        "a.sp": makers.perkin_elmer(), "a.jws": makers.jasco(), "a.ibw": makers.igor(np.array(makers.ABSORBANCE)),
        "a.json": json.dumps(projects.kherve()).encode(), "a.xml": projects.specslab(),
        "a.itx": igor_text.one('SetScale/P x 100,2,"cm-1", spectrum').encode(), "a.csv": words_beside.rows().encode(),
    }.items():  # fmt: skip
        (spectra / name).write_bytes(content)
    frame = makers.table().iloc[:, :2]
    frame.to_excel(spectra / "a.ods", index=False, engine="odf")
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    for row, cells in enumerate([frame.columns.tolist(), *frame.to_numpy().tolist()]):
        for column, value in enumerate(cells):
            sheet.write(row, column, value)
    book.save(str(spectra / "a.xls"))
    for name in ("impedance", "cycling"):
        (folder / name).mkdir()
    for name, make in impedance_lists.MAKERS:
        (folder / "impedance" / name).write_text(make(), encoding="utf-8", newline="")
    for maker in cycling_tables.MAKERS:
        (folder / "cycling" / f"{maker.__name__}.csv").write_text(maker(), encoding="utf-8")
    return {kind: sorted((folder / kind).iterdir()) for kind in ("spectra", "impedance", "cycling")}


@pytest.mark.parametrize("seeds", [range(1005, 1011), pytest.param(range(2000, 2200), marks=pytest.mark.slow)])
def test_files_of_makers_survive_five_kinds_of_damage(tmp_path, seeds):
    for kind, files in made(tmp_path).items():
        found = trials(files, seeds, reader=READERS[kind])
        print(f"\n{kind}\n{table(found, by='format')}")  # noqa: T201 - the table of docs/formats.md
        assert_survived(found, len(files) * len(seeds))


@pytest.mark.slow
@pytest.mark.parametrize("kind", READERS)
def test_measured_files_survive_two_hundred_damages(real_data, kind):
    found, number = measured(real_data, kind, 200)
    print(f"\n{kind}\n{table(found, by='format')}\n\n{table(found)}")  # noqa: T201 - the table of docs/formats.md
    assert_survived(found, number)


@pytest.mark.slow
@pytest.mark.parametrize("kind", READERS)
def test_two_hundred_damages_with_a_list_of_checksums_are_refused_or_equal(real_data, kind):
    found, number = measured(real_data, kind, 200, listed=True)
    print(f"\n{kind}, with a list of checksums\n{table(found, by='format')}")  # noqa: T201
    assert len(found) == number
    assert {trial.outcome for trial in found} <= {"refused", "equal"}, table(found, by="format")
