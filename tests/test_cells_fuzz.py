"""Stumps and damaged tables of cycling end in a named error or in a table that keeps the contract."""

import zlib
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import electrochemistry as ec
from shortrange_core import BadInput


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """A copy with one kind of damage: flipped bytes, a cut end, a hole, a doubled part, zeros, or swapped parts."""
    data = bytearray(content)
    at, size = int(rng.integers(len(data))), int(rng.integers(1, max(len(data) // 10, 2)))
    kind = int(rng.integers(6))
    if kind == 0:
        for place in rng.integers(len(data), size=int(rng.integers(1, 20))):
            data[int(place)] = int(rng.integers(256))
    elif kind == 1:
        del data[at:]
    elif kind == 2:
        del data[at : at + size]
    elif kind == 3:
        data[at:at] = data[at : at + size]
    elif kind == 4:
        data[at : at + size] = bytes(len(data[at : at + size]))
    else:
        data[:] = data[at:] + data[:at]
    return bytes(data)


def check_survival(path: Path, seed: int, folder: Path, capfd: pytest.CaptureFixture[str]) -> bool:
    """Whether the damaged copy is still read; anything but a table or BadInput fails the test."""
    rng = np.random.default_rng([seed, zlib.crc32(path.name.encode())])
    copy = folder / f"damaged{path.suffix}"
    copy.write_bytes(mutated(path.read_bytes(), rng))
    cycling: xr.Dataset | None = None
    problems: tuple[str, ...] = ()
    try:
        cycling = ec.read_cycling(copy)
    except BadInput as error:
        problems = error.problems
    assert capfd.readouterr().out == ""
    if cycling is None:
        assert problems
        assert all(problem.startswith(copy.name) for problem in problems)
        return False
    ec.check_cycling(cycling)
    assert len({cycling[name].size for name in cycling.data_vars}) == 1
    return True


@pytest.mark.parametrize(
    "content",
    [b"EC-Lab ASCII FILE\n", b"BIO-LOGIC MODULAR FILE", b"PK\x03\x04", b"PAR1", b"NEWARE", b"\x00" * 50, b"a"],
)
def test_stumps_are_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "stump.bin"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"stump\.bin"):
        ec.read_cycling(path)


@pytest.mark.parametrize("seed", range(5))
def test_damaged_simulated_tables(tmp_path: Path, capfd: pytest.CaptureFixture[str], seed: int) -> None:
    cycling = ec.simulate_symmetric_cell([0.1, 0.2], area=1.0, resistance=100.0)
    path = tmp_path / "damaged-cell.csv"
    cycling.to_dataframe().to_csv(path, index=False)
    for number in range(20):
        check_survival(path, 100 * seed + number, tmp_path, capfd)
