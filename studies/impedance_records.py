"""Public impedance files: what their sources say of them, and what is found here.

Expectations are those of the lists of sources beside the data (SOURCES.csv, field/FIELD.csv), of the tests of the
programs that the files come from, or follow from the file without any reader of ours. ``python -m
studies.impedance_records FOLDER`` prints the table that stands in VALIDATION.md.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np

import electrochemistry as ec
from shortrange_core import BadInput
from studies.cell_records import Case, Judge, table_of

PYEIS, BIOLOGIC, PEERS = "eis/PyEIS", "eis/cheminfo_biologic", "eis/impedancepy"
SERIES, FIELD = "eis/EISFitpython_temperature_series", "field/eis"
PLAIN = ec.Columns(0, 1, 2, negative_imaginary=False)
EXACT = 1e-6


def _first(blocks: int, rows: int, hertz: float, ohm: complex) -> Judge:
    """Number of sweeps and rows, and the first row as it stands in the file."""

    def judge(path: Path) -> tuple[str, bool]:
        series = ec.read_impedance_series(path)
        f, z = series[0]["frequency"].values, series[0]["impedance"].values
        right = (len(series), f.size) == (blocks, rows)
        right = right and abs(f[-1] / hertz - 1) < EXACT and abs(z[-1] / ohm - 1) < EXACT
        return f"{len(series)} x {f.size} rows, {f[-1]:.8g} Hz, {_ohm(z[-1])}", bool(right)

    return judge


def _ohm(z: complex) -> str:
    return f"{z.real:.6g} {'-' if z.imag < 0 else '+'} {abs(z.imag):.6g}i ohm"


def _stated(blocks: int, rows: int, hertz: float, ohm: complex) -> str:
    return f"{blocks} x {rows} rows, {hertz:.8g} Hz, {_ohm(ohm)}"


def _same_circuit(path: Path) -> tuple[str, bool]:
    """Both sweeps of a dummy circuit are valid and alike: it is measured twice, and does not change."""
    both = [ec.read_impedance(path.with_name(re.sub(r"_\d\.z", f"_{n}.z", path.name))) for n in (1, 2)]
    verdict = ec.validate(ec.read_impedance(path)).verdict
    a, b = (own["impedance"].values for own in both)
    apart = float(np.max(np.abs(a / b - 1)))
    return f"Kramers-Kronig {verdict}, apart by {100 * apart:.1f} % at most", verdict == "passed" and apart < 0.05


def _sweeps(count: int) -> Judge:
    def judge(path: Path) -> tuple[str, bool]:
        found = len(ec.read_impedance_series(path))
        return f"{found} sweeps", found == count

    return judge


def _numbers(path: Path) -> int:
    """Lines that begin with a number."""
    return sum(bool(re.match(r"\s*[-+\d.]", line)) for line in path.read_text(encoding="latin-1").split("\n"))


def _lines(path: Path) -> tuple[str, bool]:
    found = ec.read_impedance(path).sizes["frequency"]
    return f"{found} rows", found == _numbers(path)


def _asked_for_columns(path: Path) -> tuple[str, bool]:
    try:
        ec.read_impedance(path)
        return "read without a word on its columns", False
    except BadInput:
        spectrum = ec.read_impedance(path, columns=PLAIN)
    found = spectrum.sizes["frequency"]
    return f"asked for its columns; then {found} rows", found == _numbers(path)


def _example(path: Path) -> tuple[str, bool]:
    """The published fit of impedance.py's example, and ours with the same fixed values: which lies lower."""
    spectrum = ec.read_impedance(path, columns=PLAIN)
    spectrum = spectrum.isel(frequency=spectrum["impedance"].values.imag < 0)
    text, fixed = "R0-p(R1,C1)-p(R2-Wo1,C2)", {"R0": 0.02, "Wo1_tau": 200.0}
    theirs = {"R1": 6.79e-3, "C1": 5.62, "R2": 3.91e-3, "C2": 1.36, "Wo1_R": 5.88e-2}
    fit = ec.fit_circuit(spectrum, text, start=theirs, starts=0, fixed=fixed, weighting="unit", check=False)
    model = ec.circuit(text).impedance(spectrum["frequency"].values, theirs | fixed)
    published = float(np.sum(np.abs(spectrum["impedance"].values - model) ** 2))
    found = ", ".join(f"{name} {fit.value(name):.3g}" for name in list(theirs)[:4])
    return f"{found}; sum of squares {fit.chi2:.3g}, theirs {published:.3g}", fit.chi2 <= published


def _refused(path: Path) -> tuple[str, bool]:
    try:
        ec.read_impedance(path)
        return "read", False
    except BadInput as error:
        said = str(error).removeprefix(f"{path.name}: ")
        return f"refused: {said}", "columns" in said


def _published(path: Path) -> tuple[str, bool]:
    """Total resistance against the published fit of this temperature, which counts from 273 K."""
    kelvin = 273 + int(re.findall(r"(\d+)deg", path.name)[0])
    report = (path.parent / "published_fit/Example3__Batch_EISfit_Report.txt").read_text(encoding="utf-8")
    own = report.partition(f"Data_{kelvin}K")[2]
    theirs = sum(float(re.findall(rf"^R{n} = +(\S+)", own, re.MULTILINE)[0]) for n in (1, 2))
    fit = ec.fit_circuit(ec.read_impedance(path), "p(R1,CPE1)-p(R2,CPE2)-CPE3", check=False)
    total = fit.value("R1") + fit.value("R2")
    return f"R1 + R2 {total:.4g} ohm, theirs {theirs:.4g}", abs(total / theirs - 1) < 0.01


def _simulated(path: Path) -> tuple[str, bool]:
    spectrum = ec.read_impedance(path)
    fit = ec.fit_circuit(spectrum, "R0-p(R1,C1)-p(R2,W1)", check=False)
    found = [fit.value(name) for name in ("R0", "R1", "R2")]
    right = spectrum.sizes["frequency"] == 29 and bool(np.all(np.abs(np.divide(found, [100, 200, 500]) - 1) < 0.05))
    return f"{spectrum.sizes['frequency']} rows; R {', '.join(f'{value:.4g}' for value in found)} ohm", right


def _corrected(path: Path) -> tuple[str, bool]:
    history = ec.read_impedance(path).attrs["history"]
    right = "ZrealDrCor and ZimagDrCor (corrected for drift) are also present: Zreal and Zimag are used" in history
    return "names both pairs, and which it takes" if right else "says nothing", right


def _few_points(path: Path) -> tuple[str, bool]:
    series = ec.read_impedance_series(path)
    tests = [ec.validate(own) for own in series]
    least = min(test.dof for test in tests)
    return f"{len(series)} sweeps; at least {least} degrees of freedom", len(series) == 45 and least >= 10


def _millihertz(path: Path) -> tuple[str, bool]:
    highest = float(ec.read_impedance(path)["frequency"].max())
    return f"{highest:g} Hz", abs(highest - 1000) < 1e-6


def _stray(path: Path) -> tuple[str, bool]:
    spectrum = ec.read_impedance(path, columns=PLAIN)
    said = "begins a sweep that was stopped" in spectrum.attrs["history"]
    return f"{spectrum.sizes['frequency']} rows, the stray one named", spectrum.sizes["frequency"] == 29 and said


def _modulus(path: Path) -> tuple[str, bool]:
    columns = ec.Columns("freq/Hz", modulus="|Z|/Ohm", phase="Phase(Z)/deg", negative_imaginary=False)
    spectrum = ec.read_impedance(path, columns=columns)
    f, z = float(spectrum["frequency"][-1]), complex(spectrum["impedance"].values[-1])
    right = spectrum.sizes["frequency"] == 89 and abs(abs(z) - 50.75) < 5e-3
    right = right and abs(float(np.degrees(np.angle(z))) + 20.76) < 5e-3 and abs(f / 7e6 - 1) < 1e-3
    return f"89 rows, {f / 1e6:.2f} MHz, {abs(z):.2f} ohm, {np.degrees(np.angle(z)):.2f} degrees", right


def _row(file: str, reason: str, blocks: int, rows: int, hertz: float, ohm: complex) -> Case:
    return Case(file, _stated(blocks, rows, hertz, ohm), reason, _first(blocks, rows, hertz, ohm))


CONFORMANCE = "impedance.py: its test arrays"
DUMMY = "SOURCES: dummy circuits measured twice"
CASES = (
    _row(f"{PYEIS}/ex1.mpt", "SOURCES: first row", 2, 59, 200019.48, 428.90558 - 372.31183j),
    Case(f"{PYEIS}/ex2.mpt", "2 sweeps", "SOURCES: several cycles; its header", _sweeps(2)),
    _row(f"{BIOLOGIC}/peis.mpt", "SOURCES: 32 rows", 1, 32, 199998.14, 10.512296 - 0.73047662j),
    _row(f"{BIOLOGIC}/zir.mpt", "SOURCES", 1, 1, 10019.531, 104070.59 - 93853.563j),
    *(
        Case(f"{PEERS}/Circuit{c}_EIS_{n}.z", "valid; like its repetition", DUMMY, _same_circuit)
        for c in (1, 2, 3)
        for n in (1, 2)
    ),
    Case(
        f"{PEERS}/exampleData.csv",
        "R1 0.00679, C1 5.62, R2 0.00391, C2 1.36, or a lower sum of squares",
        "SOURCES: published fit of R0-p(R1,C1)-p(R2-Wo1,C2)",
        _example,
    ),
    _row(f"{PEERS}/exampleDataAutolab.txt", CONFORMANCE, 1, 41, 1e4, 0.013785863964281 + 0.007191946305823j),
    _row(f"{PEERS}/exampleDataBioLogic.mpt", CONFORMANCE, 1, 43, 1000.3201, 65.470886 - 0.38998979j),
    Case(f"{PEERS}/exampleDataBioLogic_MissingFreq.mpt", "refused by name", "SOURCES", _refused),
    _row(f"{PEERS}/exampleDataCHInstruments.txt", CONFORMANCE, 1, 73, 99610.0, 98.91 - 2.748j),
    _row(f"{PEERS}/exampleDataParstat.txt", CONFORMANCE, 1, 31, 1e4, -0.00049816280376104 + 0.0175143479976367j),
    _row(f"{PEERS}/exampleDataPowersuite.txt", CONFORMANCE, 1, 30, 2e6, -470.54113 - 1397.7358j),
    _row(f"{PEERS}/exampleDataVersaStudio.par", CONFORMANCE, 1, 61, 1e5, 55.31571 + 4.575431j),
    _row(f"{PEERS}/exampleDataZPlot.z", CONFORMANCE, 1, 21, 3e5, 147.77 - 11.335j),
    _row(f"{PEERS}/exampleDataZPlot_noComments.z", CONFORMANCE, 1, 31, 3e5, 642.62 - 85.821j),
    *(
        Case(f"{SERIES}/Example-3-4__s04147-{t}deg.txt", "R1 + R2 as published, 1 %", "published_fit", _published)
        for t in range(140, 201, 10)
    ),
    *(
        Case(f"{SERIES}/{name}", "asked for its columns; every row", "the file has no titles", _asked_for_columns)
        for name in ("CSV_Example.csv", "Example_noheader.txt")
    ),
    _row(f"{SERIES}/Example_header.txt", "its header: 50 points to 10 MHz", 1, 50, 1e7, 30323.58 + 38291.88j),
    _row(f"{SERIES}/Example-2__Example2a.txt", "its first line", 1, 51, 1e6, 3805.5903 - 6318.0615j),
    *(Case(f"{SERIES}/Example-2__Example2{n}.txt", "every row", "its lines", _lines) for n in "bc"),
    Case(f"{FIELD}/data.dta", "29 points; R 100, 200, 500 ohm", "FIELD: a simulation of that circuit", _simulated),
    Case(f"{FIELD}/drift-corrected-data.dta", "says which pair is taken", "FIELD", _corrected),
    Case(f"{FIELD}/GEIS_45_sweeps_9_points.mpr", "no test with unknowns as equations", "FIELD", _few_points),
    Case(f"{FIELD}/mHz.csv", "highest 1000 Hz", "FIELD: simulated", _millihertz),
    Case(f"{FIELD}/modulus_phase.csv", "89 rows, 7 MHz, 50.75 ohm, -20.76 degrees", "FIELD", _modulus),
    _row(
        f"{FIELD}/peis.issue_149.mpt", "FIELD: 4 sweeps of 21; its first row", 4, 21, 199998.14, 12.753284 - 0.96167845j
    ),
    Case(f"{FIELD}/stray_point_of_next_sweep.csv", "29 rows", "FIELD: simulated", _stray),
)


if __name__ == "__main__":
    sys.stdout.write(table_of(CASES, Path(sys.argv[1])))
