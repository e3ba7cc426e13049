"""Tables in workbooks, folders that are none, readers of other packages, chunks."""

import importlib.util
import types
import zipfile
from importlib import metadata

import numpy as np
import pytest
from text_tables import ROWS, table, write
from workbooks import write_workbook

import electrochemistry as ec
import spectra
from shortrange_core import AmbiguousFile, BadInput
from spectra import readers
from spectra.readers.raw import Raw


def test_excel_sheets_with_raw_and_corrected_axes(tmp_path):
    rows = [("Area1 - 0 V", None, None, "Area1 - 3.4 V", None, None)]
    for i in range(40):
        energy = 540.0 - 0.2 * i
        rows.append((energy, energy + 0.11, 5000 + 10 * (i % 7), energy, energy - 2.43, 3000 + 9 * (i % 5)))
    path = write_workbook(tmp_path / "book.xlsx", {"O1s spectra": rows, "notes": [("text", "only")]})
    with pytest.raises(AmbiguousFile, match=r"Area1 - 3.4 V") as caught:
        spectra.read(path, technique="O 1s XPS")
    assert caught.value.choices == ("O1s spectra / Area1 - 0 V", "O1s spectra / Area1 - 3.4 V")
    corrected = spectra.read(path, block="O1s spectra / Area1 - 3.4 V")
    raw = spectra.read(path, block="O1s spectra / Area1 - 3.4 V [axis column 4]")
    np.testing.assert_allclose(corrected.binding_energy - raw.binding_energy.values, -2.43)
    assert corrected.technique.item() == "O 1s XPS"


def test_a_plain_excel_table(tmp_path):
    path = write_workbook(tmp_path / "book.xlsx", {"Sheet1": [("Raman shift (cm-1)", "Intensity"), *ROWS]})
    np.testing.assert_allclose(spectra.read(path).intensity, [y for _, y in ROWS])
    with pytest.raises(BadInput, match="no sheet contains a table"):
        spectra.read(write_workbook(tmp_path / "book.xlsx", {"empty": [("a", "b")]}))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(BadInput, match="not a complete workbook"):
        spectra.read(path)


@pytest.mark.parametrize("read", [spectra.read, ec.read_impedance, ec.read_cycling])
def test_a_workbook_that_lost_bytes_is_refused(tmp_path, read):
    """The parts of the archive are then sought before its beginning, which zipfile says as a ValueError."""
    path = write_workbook(tmp_path / "book.xlsx", {"Sheet1": [("Raman shift (cm-1)", "Intensity"), *ROWS]})
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + content[len(content) // 2 + 37 :])
    with pytest.raises(BadInput, match=r"book\.xlsx: is not a complete workbook|book\.xlsx: .* cannot be unpacked"):
        read(path)


def test_an_archive_is_no_workbook_for_three_bytes_in_its_data(tmp_path):
    """Of archives of a few megabytes every other one was told to be saved again as .xlsx."""
    path = tmp_path / "glass.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("log/1.txt", "an index of pixl/glass and xl/ by chance\n")
    with pytest.raises(BadInput, match="zip archives, which is not read; unpack it"):
        spectra.read(path)
    with pytest.raises(BadInput, match="zip"):
        ec.read_cycling(path)


def test_a_folder_that_is_no_experiment_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"no reader recognises it; formats: Bruker TopSpin folder"):
        spectra.read(tmp_path)


def test_a_reader_of_another_package_comes_by_entry_point(tmp_path, monkeypatch):
    def sniff(source):
        return 1.0 if source.head.startswith(b"MINE") else 0.0

    def parse(source):
        return (Raw("mine", np.arange(9.0), np.arange(9.0) ** 2, unit="cm-1", axis="raman_shift", technique="Raman"),)

    reader = spectra.Reader("mine", "My format", (".mine",), sniff, parse)
    entry = types.SimpleNamespace(name="mine", value="mine:reader", load=lambda: reader)
    path = write(tmp_path, "MINE", "glass.mine")
    try:
        monkeypatch.setattr(metadata, "entry_points", lambda group: [entry])
        readers.known_readers.cache_clear()
        np.testing.assert_array_equal(spectra.read(path).intensity, np.arange(9.0) ** 2)
        entry.load = lambda: "no reader"
        readers.known_readers.cache_clear()
        with pytest.raises(BadInput, match=r"is not a spectra\.Reader; remove that package"):
            spectra.read(path)
    finally:
        monkeypatch.undo()
        readers.known_readers.cache_clear()


def test_chunks_need_dask_and_leave_the_numbers(tmp_path):
    path = write(tmp_path, table())
    if importlib.util.find_spec("dask") is None:
        with pytest.raises(BadInput, match="chunks=: needs dask"):
            spectra.read(path, technique="Raman", chunks={})
    else:
        lazy = spectra.read(path, technique="Raman", chunks={"raman_shift": 10})
        np.testing.assert_allclose(lazy.intensity.compute(), [y for _, y in ROWS])
