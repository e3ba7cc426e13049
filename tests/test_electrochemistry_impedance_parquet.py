"""Impedance from parquet: the Battery Data Format, declared titles, threads."""

import subprocess
import sys

import pandas as pd
import pytest
from impedance_texts import ROWS, check_rows, write

import electrochemistry as ec
from electrochemistry.readers.formats.parquet import numeric_columns
from shortrange_core import BadInput

BDF_NAMES = (
    ("Frequency / Hz", "Real Impedance / ohm", "Imaginary Impedance / ohm"),
    ("frequency_hertz", "real_impedance_ohm", "imaginary_impedance_ohm"),
)


def write_parquet(path, names, rows=ROWS, **beside):
    table = pd.DataFrame([row[:3] for row in rows], columns=list(names)).assign(**beside)
    table.to_parquet(path)
    return path


@pytest.mark.parametrize("names", BDF_NAMES)
def test_parquet_in_the_battery_data_format_gives_the_same_spectrum(tmp_path, names):
    pytest.importorskip("pyarrow")
    path = write_parquet(tmp_path / "a.parquet", names, comment="x", test_time_second=[0, 1, 2])
    spectrum = ec.read_impedance(path, temperature=298.15)
    check_rows(spectrum)
    assert sorted(spectrum.test_time_second.values.tolist()) == [0.0, 1.0, 2.0]
    assert spectrum.temperature.item() == 298.15
    assert "bdf parquet" in spectrum.attrs["history"]
    assert ec.impedance_contents(path) == ("sweep 1",)


@pytest.mark.parametrize(
    ("head", "line"),
    [
        (",f,Re,Im", "{n},{f},{re},{im}"),  # a frame with its index
        ("f,Re,Im,remark", "{f},{re},{im},ok"),
        ("when,f,Re,Im", "2024-05-01 10:00,{f},{re},{im}"),
        ("f,Re,bias,Im", "{f},{re},,{im}"),
    ],
)
def test_declared_titles_stay_with_their_columns(tmp_path, head, line):
    """An empty first title moved every column by one without a word; a column of words hid the rows."""
    rows = [line.format(n=n, f=f, re=re, im=im) for n, (f, re, im) in enumerate(ROWS)]
    path = write(tmp_path, "a.csv", "\n".join([head, *rows, ""]).encode())
    check_rows(ec.read_impedance(path, columns=ec.Columns("f", "Re", "Im", negative_imaginary=False)))
    places = [head.split(",").index(name) for name in ("f", "Re", "Im")]
    check_rows(ec.read_impedance(path, columns=ec.Columns(*places, negative_imaginary=False)))


def test_parquet_of_other_titles_is_read_as_it_is_declared(tmp_path):
    pytest.importorskip("pyarrow")
    path = write_parquet(tmp_path / "a.parquet", ("w", "a", "b"), comment="x")
    with pytest.raises(
        BadInput,
        match=r"has 'w', 'a', 'b', 'comment', none of which .* declare the columns with "
        r"columns=",
    ):
        ec.read_impedance(path)
    for names in ((0, 1, 2), ("w", "a", "b")):
        spectrum = ec.read_impedance(path, columns=ec.Columns(*names, negative_imaginary=False))
        check_rows(spectrum)
        assert "declared columns" in spectrum.attrs["history"]


THREADS = """
import os, sys
import pandas, pyarrow.parquet
import electrochemistry as ec
from shortrange_core import BadInput
before = len(os.listdir("/proc/self/task"))
for read in (ec.read_impedance, ec.read_cycling):
    try:
        read(sys.argv[1])
    except BadInput:
        pass
print(len(os.listdir("/proc/self/task")) - before)
"""


if sys.platform == "linux":  # where the threads of a process are listed

    def test_a_parquet_file_is_read_without_threads_of_its_own(tmp_path):
        """Threads of pyarrow that were there still when a command ended early let it abort, one time in two."""
        pytest.importorskip("pyarrow")
        path = write_parquet(tmp_path / "a.parquet", ("w", "a", "b"))
        done = subprocess.run([sys.executable, "-c", THREADS, str(path)], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "0"


def test_parquet_without_a_spectrum_is_named(tmp_path):
    pytest.importorskip("pyarrow")
    names = BDF_NAMES[0]
    path = write_parquet(tmp_path / "a.parquet", names)
    with pytest.raises(BadInput, match="takes 72 bytes, above the limit of 70"):
        numeric_columns(path.read_bytes(), path.name, lambda name: True, limit=70)
    with pytest.raises(BadInput, match="no column of imaginary among"):
        ec.read_impedance(write_parquet(tmp_path / "b.parquet", (*names[:2], "x")))
    with pytest.raises(BadInput, match="has no row with an impedance"):
        ec.read_impedance(write_parquet(tmp_path / "c.parquet", names, rows=[]))
    (tmp_path / "d.parquet").write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BadInput, match="pyarrow cannot read it"):
        ec.read_impedance(tmp_path / "d.parquet")
