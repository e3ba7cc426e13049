"""Public cycling records: what their sources say of them, and what is found here.

Expectations are those of the lists of sources beside the data (SOURCES.csv, field/FIELD.csv), or follow from the file
without any reader of ours (lines below a header). ``python -m studies.cell_records FOLDER`` prints the table that
stands in VALIDATION.md.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

import electrochemistry as ec
from shortrange_core import BadInput

PLUS: Literal["+ = charging"] = "+ = charging"
BIOLOGIC, NAVANI, NEWARE, FIELD = (
    "cycling/cheminfo_biologic",
    "cycling/navani",
    "cycling/neware_fastnda",
    "field/cycling",
)
MACCOR = {"test_time_second": "TestTime [s]", "voltage_volt": "Volts [V]", "current_ampere": "Amps [A]"}
Judge = Callable[[Path], tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Case:
    """A public record: file, what is expected and why, and what says what is found and whether it is right."""

    file: str
    expected: str
    reason: str
    judge: Judge


def _plain(path: Path, time: str = "s", volts: str = "V", **more: str) -> xr.Dataset:
    names = {"test_time_second": f"t [{time}]", "voltage_volt": f"E [{volts}]", "current_ampere": "I [mA]"}
    return ec.read_cycling(path, columns=names | more, current_sign=PLUS)


def _lines(path: Path) -> tuple[str, bool]:
    """Rows read against lines below the header."""
    text = path.read_text(encoding="cp1252")
    header = re.search(r"Nb header lines\s*:\s*(\d+)", text)
    lines = sum(bool(line.strip()) for line in text.split("\n")) if header is None else text.count("\n")
    expected = lines - (1 if header is None else int(header[1]))
    found = ec.read_cycling(path).sizes["row"]
    return f"{found} rows", found == expected


def _rows(count: int) -> Judge:
    def judge(path: Path) -> tuple[str, bool]:
        found = ec.read_cycling(path).sizes["row"]
        return f"{found} rows", found == count

    return judge


def _at_rest(path: Path) -> tuple[str, bool]:
    found = ec.cycles(ec.read_cycling(path), mass=1.0, basis="cell", order="charge-first")
    return f"{found.table.sizes['cycle']} cycles", found.table.sizes["cycle"] == 0


def _readable(path: Path) -> tuple[str, bool]:
    record = ec.read_cycling(path)
    return f"{record.sizes['row']} rows", record.sizes["row"] > 0


def _rate_test(path: Path) -> tuple[str, bool]:
    found = ec.cycles(ec.read_cycling(path), mass=1e-3, basis="cell", order="charge-first")
    halves = int(np.isfinite(found.table.discharge_capacity).sum() + np.isfinite(found.table.charge_capacity).sum())
    blocks = ec.rate_capability(found)
    medians = blocks.discharge_capacity.values[:4] / 1e3
    right = halves == 61 and bool(np.all(np.abs(medians - [1.257, 1.259, 1.224, 1.164]) < 0.005))
    return f"{halves} half cycles; {', '.join(f'{value:.3f}' for value in medians)} mAh", right


def _coulombs(path: Path) -> tuple[str, bool]:
    record = ec.read_cycling(path)
    largest = float(np.max(np.abs(record.net_capacity_ah.values))) * 3600
    turned = float(
        np.max(np.abs(np.cumsum(record.current_ampere.values[1:] * np.diff(record.test_time_second.values))))
    )
    right = record.sizes["row"] == 4501 and bool(0.5 < largest / turned < 2)
    return f"{record.sizes['row']} rows; counter {largest:.3g} C, current over time {turned:.3g} C", right


def _symmetric_type(path: Path) -> tuple[str, bool]:
    record = ec.read_cycling(path)
    half = ec.half_cycles(record, area=1.0)
    found = ec.critical_current(half, criterion=ec.Criterion("either"), stack_resistance=None)
    cycles = ec.cycles(record, mass=1.0, basis="cell", order="discharge-first").table.sizes["cycle"]
    right = record.sizes["row"] == 439 and cycles == 2 and not found.events and not np.isfinite(found.lower)
    said = found.text.partition(" (criterion")[0]
    return f"{record.sizes['row']} rows, {cycles} cycles; {said}, {len(found.events)} events", right


def _volts(path: Path) -> tuple[str, bool]:
    volts = ec.read_cycling(path).voltage_volt.values
    right = volts.size == 1464 and abs(volts.min() - 1.4995) < 1e-4 and abs(volts.max() - 4.3998) < 1e-4
    return f"{volts.size} rows, {volts.min():.4f} to {volts.max():.4f} V", bool(right)


def _table_beside(path: Path) -> tuple[str, bool]:
    truth = pd.read_parquet(path.parent / f"{path.name.split('.')[0]}.parquet")
    record = ec.read_cycling(path)
    cycles = int(truth["Cycle Index"].nunique())
    apart = np.abs(record.voltage_volt.values - truth["Voltage(mV)"].to_numpy(float) * 1e-3)
    right = bool(np.all(apart < 2e-4)) and int(np.unique(record.cycle_count.values).size) == cycles
    return f"{record.sizes['row']} rows, {cycles} cycles, V within {apart.max() * 1e3:.2g} mV", right


def _fading(path: Path) -> tuple[str, bool]:
    """The table beside it, and 160 pairs of charge and discharge, the last of a few seconds."""
    shown, right = _table_beside(path)
    record = ec.read_cycling(path)
    found = ec.cycles(record, mass=1.0, basis="cell", order="charge-first").table
    count = found.sizes["cycle"]
    volts = record.voltage_volt.values
    inside = all(
        bool(np.all((found[f"{way}_voltage"] > volts.min()) & (found[f"{way}_voltage"] < volts.max())))
        for way in ("charge", "discharge")
    )
    return f"{shown}; {count} pairs of charge and discharge", right and count == 160 and inside


def _maccor(path: Path) -> tuple[str, bool]:
    try:
        ec.read_cycling(path, columns=MACCOR, current_sign=PLUS)
        return "read with one sign", False
    except BadInput:
        record = ec.read_cycling(path, columns=MACCOR | {"direction": "State"})
    found = ec.cycles(record, mass=1.0, basis="cell", order="charge-first").table
    halves = [int(np.isfinite(found[f"{way}_capacity"].values).sum()) for way in ("discharge", "charge")]
    states = [row.rsplit(",", 1)[1] for row in path.read_text().split()[1:]]
    flow = [state for state in states if state != "R"]
    changes = [flow[0]] + [b for a, b in pairwise(flow) if a != b]
    right = halves == [changes.count("D"), changes.count("C")]
    return f"asked for the direction; then {halves[0]} discharges, {halves[1]} charges", right


def _three_electrodes(path: Path) -> tuple[str, bool]:
    volts = ec.read_cycling(path).voltage_volt
    first, last = float(volts[0]), float(volts[-1])
    right = abs(first - 0.893) < 5e-4 and abs(last - 0.700) < 5e-4 and volts.attrs["electrodes"] == "Ewe-Ece"
    return f"{volts.attrs['electrodes']}, {first:.3f} to {last:.3f} V", right


def _hold(path: Path) -> tuple[str, bool]:
    half = ec.half_cycles(_plain(path), area=1.0)
    found = ec.critical_current(half, criterion=ec.Criterion("either"), stack_resistance=None)
    each = half.table.areal_resistance.values
    right = not found.events and bool(np.all(np.abs(each / 233 - 1) < 0.01))
    return f"{len(found.events)} events, {each.min():.1f} to {each.max():.1f} ohm cm2", right


def _ramp(path: Path) -> tuple[str, bool]:
    half = ec.half_cycles(_plain(path, "h", "mV"), area=1.3273)
    found = ec.critical_current(half, criterion=ec.Criterion("either"), stack_resistance=None)
    count = half.table.sizes["half_cycle"]
    apart = max(abs(found.lower / 1.45 - 1), abs(found.upper / 1.5 - 1), abs(found.baseline_resistance / 233 - 1))
    shown = f"{count} half cycles, {found.baseline_resistance:.1f} ohm cm2, {found.event} in"
    return f"{shown} [{found.lower:.3g}, {found.upper:.3g})", count == 104 and found.event == "drop" and apart < 2e-3


def _discharge(path: Path) -> tuple[str, bool]:
    found = ec.cycles(_plain(path), mass=1e-3, basis="S", order="charge-first").table
    value = float(found.discharge_capacity[0])
    return f"{value:.4g} mAh/g discharge", abs(value - 500) < 0.5


def _stated(count: int, file: str, reason: str) -> Case:
    return Case(file, f"{count} rows", reason, _rows(count))


CONFORMANCE = "SOURCES: reader conformance"
CASES = (
    Case(f"{BIOLOGIC}/ca.mpt", "as many rows as lines below the header", "SOURCES: data rows equal ca.mpr", _lines),
    Case(f"{BIOLOGIC}/cp.mpt", "as many rows as lines below the header", "SOURCES: data rows equal cp.mpr", _lines),
    Case(f"{BIOLOGIC}/ocv.mpt", "open circuit: no cycle", "SOURCES: open circuit", _at_rest),
    Case(
        f"{BIOLOGIC}/jdb11-4.mpr",
        "61 half cycles; 1.257, 1.259, 1.224, 1.164 mAh +- 0.005",
        "SOURCES: counted and summed apart from us",
        _rate_test,
    ),
    Case(f"{BIOLOGIC}/test_CA_coulomb_units.mpr", "4501 rows; charge in C", "SOURCES: unit trap", _coulombs),
    _stated(0, f"{BIOLOGIC}/wait_empty.mpr", "SOURCES: an empty table, no crash"),
    Case(f"{NAVANI}/00_test_01_OCV_C01.mpr", "open circuit: no cycle", "SOURCES: Bio-Logic OCV", _at_rest),
    Case(f"{NAVANI}/00_test_04_MB_C01.mpr", "is read", CONFORMANCE, _readable),
    Case(f"{NAVANI}/arbin_example.res", "is read", CONFORMANCE, _readable),
    Case(f"{NAVANI}/bs542_004_gr_li_50ua_50mv_1v_191020_Channel_11.xlsx", "is read", CONFORMANCE, _readable),
    Case(
        f"{NAVANI}/test.nda",
        "439 rows, 2 cycles; no event, no critical current",
        "SOURCES: symmetric type, one current: nothing is ramped",
        _symmetric_type,
    ),
    Case(f"{NAVANI}/test.ndax", "1464 rows, 1.4995 to 4.3998 V", "SOURCES", _volts),
    *(
        Case(f"{NEWARE}/{name}", "the table beside it", "SOURCES: its parquet is the truth", _table_beside)
        for name in (
            "21_10_7_85.ndax",
            "interp-test.ndax",
            "nda_v23.nda.zip",
            "new_nda_file.nda.zip",
        )
    ),
    Case(
        f"{NEWARE}/nw4-120-1-6-53.ndax",
        "the table beside it; 160 cycles",
        "SOURCES: its parquet is the truth, 160 cycles",
        _fading,
    ),
    Case(f"{FIELD}/BT-Lab.mpt", "as many rows as lines below the header", "FIELD: the layout of EC-Lab", _lines),
    Case(
        f"{FIELD}/ccd_short_noise.csv",
        "104 half cycles, 233 ohm cm2, drop in [1.45, 1.5)",
        "FIELD: simulated with that short",
        _ramp,
    ),
    Case(f"{FIELD}/healthy_hold_b.csv", "no event; 233 ohm cm2 in every half cycle", "FIELD: simulated healthy", _hold),
    Case(
        f"{FIELD}/eclab_text_trailing_tab.txt", "as many rows as lines", "FIELD: only the header ends in a tab", _lines
    ),
    _stated(132, f"{FIELD}/gcpl.issue_149.mpr", "FIELD: intact, 132 rows; dq = 0 after a pause"),
    _stated(132, f"{FIELD}/gcpl.issue_149.mpt", "FIELD: the same"),
    Case(f"{FIELD}/gcpl.issue_226.I.mpr", "Ewe-Ece, 0.893 to 0.700 V", "FIELD: three electrodes", _three_electrodes),
    Case(
        f"{FIELD}/maccor_unsigned.csv",
        "charges and discharges as State says",
        "FIELD: currents are unsigned, State holds the direction",
        _maccor,
    ),
    Case(f"{FIELD}/mb.issue_223.mpr", "is read", "FIELD: cycling rows beside four sweeps", _readable),
    Case(f"{FIELD}/discharge_only.csv", "500 mAh/g discharge", "FIELD: simulated, charge-first asked", _discharge),
)


def table_of(cases: Sequence[Case], folder: Path) -> str:
    """The table of all cases, as Markdown."""
    rows = ["| file | expected | reason | found | |", "|---|---|---|---|---|"]
    for case in cases:
        found, right = case.judge(folder / case.file)
        verdict = "right" if right else "not right"
        cells = (text.replace("|", "\\|") for text in (case.file, case.expected, case.reason, found, verdict))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table_of(CASES, Path(sys.argv[1])))
