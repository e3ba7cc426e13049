"""Innocent files of impedance and cycling: ``python -m studies.innocent_files.electrochemistry NUMBER [--first SEED]``.

Simulated measurements with what instruments do: quantised frequencies, noise of single points, mains, ranges that
change, sweeps that follow one another, points that a hand has taken out. They are written by pandas, polars and numpy
and in the layouts of makers. Every number is rounded before it is written, so that what must be read is known.
"""

from __future__ import annotations

import argparse
import collections
import importlib.util
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

import electrochemistry as ec
from shortrange_core import BadInput, Severity
from shortrange_core.readings import reading_of

Array = npt.NDArray[np.float64]
Columns = dict[str, Array]
CIRCUITS = ("R0-p(R1,CPE1)-CPE2", "R0-p(R1,CPE1)-p(R2,CPE2)", "p(R1,CPE1)-CPE2")
CLOSE = 1e-9


def sweep(rng: np.random.Generator) -> Columns:
    """One impedance sweep with clock, voltage and current, rounded as it is written."""
    f = _frequencies(rng)
    z = _impedance(rng, f)
    noise = 10 ** rng.uniform(-4, -1.7)
    z = z + noise * np.abs(z) * (rng.normal(size=f.size) + 1j * rng.normal(size=f.size))
    mains = np.abs(np.log(f / 50)) < 0.05
    z = np.where(mains & (rng.random() < 0.3), z * (1 + rng.uniform(-0.1, 0.1)), z)
    volts = rng.choice([0.0, 2.1, -0.3]) + (rng.random() < 0.7) * 1e-4 * rng.normal(size=f.size)
    amps = 10 ** rng.uniform(-9, -3) * (0.2 + (np.arange(f.size) > rng.integers(0, f.size))) * rng.normal(size=f.size)
    digits = int(rng.integers(5, 9))
    own = {"f": f, "re": z.real, "im": z.imag, "t": np.cumsum(1 + 5 / f), "E": volts, "I": amps}
    return {name: _significant(column, digits if name != "f" else 7) for name, column in own.items()}


def _impedance(rng: np.random.Generator, f: Array) -> npt.NDArray[np.complex128]:
    model = ec.circuit(str(rng.choice(CIRCUITS)))
    ranges = {"Q": (-10, -4), "n": (np.log10(0.7), 0.0)}  # decades; of resistances 0 to 5
    values = {name: float(10 ** rng.uniform(*ranges.get(name[-1], (0, 5)))) for name in model.names}
    return np.asarray(model.impedance(f, values))


def _significant(values: Array, digits: int) -> Array:
    return np.array([float(f"{value:.{digits}g}") for value in values])


def _frequencies(rng: np.random.Generator) -> Array:
    """A grid as instruments set it: even in the logarithm, to the clock's divisors, joined of two, or with gaps."""
    f = np.logspace(rng.uniform(4, 7), rng.uniform(-2, 1), int(rng.integers(20, 80)))
    kind = rng.integers(0, 5)
    if kind == 1:
        clock = 10 ** rng.uniform(7, 8)
        f = np.unique(clock / np.round(clock / f))[::-1]
    elif kind == 2:
        f = np.unique(np.where(f > 100, np.round(f), np.round(f, 3)))[::-1]
    elif kind == 3:
        f = np.concatenate([f, np.logspace(np.log10(f[-1]) - 0.4, np.log10(f[-1]) - 1.2, int(rng.integers(4, 12)))])
    elif kind == 4:
        f = np.delete(f, rng.choice(f.size, int(rng.integers(1, 5)), replace=False))
    return f if rng.random() < 0.8 else f[::-1]


NAMES = {"f": "freq/Hz", "re": "Re(Z)/Ohm", "im": "-Im(Z)/Ohm", "t": "time/s", "E": "<Ewe>/V", "I": "<I>/mA"}
BDF = {"f": "frequency_hertz", "re": "real_impedance_ohm", "im": "imaginary_impedance_ohm", "t": "test_time_second"}


def _as_ec_lab(own: Columns) -> Columns:
    scale = {"im": -1.0, "I": 1e3}
    return {name: own[key] * scale.get(key, 1.0) for key, name in NAMES.items()}


def _frame(own: Columns, rng: np.random.Generator) -> pd.DataFrame:
    named = _as_ec_lab(own) if rng.random() < 0.5 else {name: own[key] for key, name in BDF.items()}
    return pd.DataFrame(named)


def ec_lab(path: Path, own: Columns, rng: np.random.Generator) -> None:
    """The text export, with decimal points or commas."""
    named, mark = _as_ec_lab(own), "," if rng.random() < 0.5 else "."
    rows = ["\t".join(f"{value:.15E}".replace(".", mark) for value in row) for row in zip(*named.values(), strict=True)]
    head = ["EC-Lab ASCII FILE", "Nb header lines : 5", "", "Potentio Electrochemical Impedance Spectroscopy"]
    text = "\n".join([*head, "\t".join(named), *rows, ""])
    path.with_suffix(".mpt").write_text(text, encoding="cp1252", newline="")


def zview(path: Path, own: Columns, rng: np.random.Generator) -> None:
    """ZPlot's layout, which pads its numbers."""
    titles = "Freq(Hz)\tAmpl\tBias\tTime(Sec)\tZ'(a)\tZ''(b)\tGD\tErr\tRange"
    lines = ["ZPLOT2 ASCII", f"Data Points: {own['f'].size}", titles]
    names = ("f", None, "E", "t", "re", "im", None, None, None)
    columns = [np.zeros(own["f"].size) if name is None else own[name] for name in names]
    end = "\r\n" if rng.random() < 0.5 else "\n"
    lines += ["End Comments", *("\t".join(f"{v:.9E}" for v in row) for row in zip(*columns, strict=True)), ""]
    path.with_suffix(".z").write_text(end.join(lines), encoding="ascii", newline="")


def gamry(path: Path, own: Columns, rng: np.random.Generator) -> None:
    """A ZCURVE table with a row of units."""
    names = {"Pt": "#", "Time": "s", "Freq": "Hz", "Zreal": "ohm", "Zimag": "ohm", "Idc": "A", "Vdc": "V"}
    keys = ("t", "f", "re", "im", "I", "E")
    lines = ["EXPLAIN", "TAG\tEISPOT", "ZCURVE\tTABLE", "\t" + "\t".join(names), "\t" + "\t".join(names.values())]
    rows = zip(*(own[key] for key in keys), strict=True)
    lines += ["\t" + "\t".join([str(n), *(repr(float(v)) for v in row)]) for n, row in enumerate(rows)]
    mark = "," if rng.random() < 0.3 else "."
    text = "\n".join([*lines[:5], *(line.replace(".", mark) for line in lines[5:]), ""])
    path.with_suffix(".DTA").write_text(text, encoding="latin-1")


def pandas_csv(path: Path, own: Columns, rng: np.random.Generator) -> None:
    """to_csv with a drawn separator, decimals and format."""
    mark = str(rng.choice([",", ";", "\t"]))
    _frame(own, rng).to_csv(
        path.with_suffix(".csv"),
        sep=mark,
        index=False,
        decimal="," if mark == ";" else ".",
        float_format=None if rng.random() < 0.5 else "%.9e",
    )


def pandas_excel(path: Path, own: Columns, rng: np.random.Generator) -> None:
    """to_excel through openpyxl."""
    _frame(own, rng).to_excel(path.with_suffix(".xlsx"), index=False)


def polars_csv(path: Path, own: Columns, rng: np.random.Generator) -> None:
    """write_csv."""
    import polars as pl  # noqa: PLC0415  an extra of the study

    pl.from_dict({name: column.to_list() for name, column in _frame(own, rng).items()}).write_csv(
        path.with_suffix(".csv")
    )


def numpy_savetxt(path: Path, own: Columns, rng: np.random.Generator) -> None:
    """Savetxt with a header of names."""
    frame = _frame(own, rng)
    np.savetxt(
        path.with_suffix(".txt"), frame.to_numpy(), delimiter="\t", header="\t".join(frame), comments="", fmt="%.9e"
    )


WRITERS: tuple[Callable[[Path, Columns, np.random.Generator], None], ...] = (
    *(pandas_csv, ec_lab, zview, pandas_excel, gamry, numpy_savetxt),
    *((polars_csv,) if importlib.util.find_spec("polars") else ()),
)


def _cycling(rng: np.random.Generator) -> pd.DataFrame:
    """A cell of constant currents with rests and noise, under BDF names."""
    resistance = float(rng.uniform(20, 400))
    record = ec.simulate_symmetric_cell(list(rng.uniform(0.05, 1.0, 4)), area=1.0, resistance=resistance)
    frame = record.to_dataframe().drop(columns=[str(name) for name in record.coords], errors="ignore")
    frame["voltage_volt"] += 1e-4 * rng.normal(size=len(frame))
    frame["current_ampere"] *= 1 + 1e-4 * rng.normal(size=len(frame))
    return frame[["test_time_second", "voltage_volt", "current_ampere"]].round(int(rng.integers(6, 10)))


def judged(seed: int, folder: Path) -> tuple[str, str, str]:
    """Writer, outcome (read, noted, refused or wrong) and why, of one file."""
    rng = np.random.default_rng(seed)
    place = folder / str(seed)
    place.mkdir()
    if seed % 4 == 3:
        return _judged_cycling(place, rng)
    writer = WRITERS[(seed - seed // 4) % len(WRITERS)]
    parts = [sweep(rng)]
    if rng.random() < 0.2:
        grown = {"re": 1.01, "im": 1.01}
        again = {name: _significant(column * grown.get(name, 1.0), 8) for name, column in parts[0].items()}
        parts.append({**again, "t": again["t"] + parts[0]["t"][-1] + 5})
    own = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    writer(place / "z", own, rng)
    (path,) = place.iterdir()
    try:
        found = ec.read_impedance_series(path)
    except BadInput as error:
        return writer.__name__, "refused", str(error)
    return writer.__name__, *_compared(found, parts)


def _compared(found: tuple[xr.Dataset, ...], parts: list[Columns]) -> tuple[str, str]:
    if len(found) != len(parts):
        return "wrong", f"{len(found)} spectra for {len(parts)}"
    notes = []
    for spectrum, own in zip(found, parts, strict=True):
        order = np.argsort(own["f"])
        truth = (own["re"] + 1j * own["im"])[order]
        if spectrum.sizes["frequency"] != truth.size:
            return "wrong", f"{spectrum.sizes['frequency']} points for {truth.size}"
        if np.max(np.abs(spectrum.impedance.values - truth) / np.abs(truth)) > CLOSE:
            return "wrong", "another impedance"
        notes += [note.text for note in reading_of(spectrum).notes if note.severity is not Severity.INFO]
    return ("noted", notes[0]) if notes else ("read", "")


def _judged_cycling(place: Path, rng: np.random.Generator) -> tuple[str, str, str]:
    frame, path = _cycling(rng), place / "cell.csv"
    form = None if rng.random() < 0.5 else f"%.{int(rng.integers(6, 10))}f"
    frame.to_csv(path, index=False, float_format=form, sep=str(rng.choice([",", ";", "\t"])))
    try:
        found = ec.read_cycling(path)
    except BadInput as error:
        return "cycling", "refused", str(error)
    written = frame["voltage_volt"].to_numpy()
    if found.sizes["row"] != written.size or np.max(np.abs(found.voltage_volt.values - written)) > 1e-6:
        return "cycling", "wrong", "another voltage"
    notes = [note.text for note in reading_of(found).notes if note.severity is not Severity.INFO]
    return ("cycling", "noted", notes[0]) if notes else ("cycling", "read", "")


def main() -> None:
    """Print the table, then what went otherwise."""
    parser = argparse.ArgumentParser()
    parser.add_argument("number", type=int)
    parser.add_argument("--first", type=int, default=0)
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = [(seed, *judged(seed, Path(folder))) for seed in range(said.first, said.first + said.number)]
    lines = ["| writer | files | read | noted | refused | wrong |", "|---|---|---|---|---|---|"]
    for name in [*sorted({writer for _, writer, _, _ in found}), "all"]:
        own = collections.Counter(outcome for _, writer, outcome, _ in found if name in ("all", writer))
        counts = " | ".join(str(own[outcome]) for outcome in ("read", "noted", "refused", "wrong"))
        lines.append(f"| {name} | {own.total()} | {counts} |")
    lines += [f"{seed} {writer}: {outcome}: {why}" for seed, writer, outcome, why in found if outcome != "read"]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
