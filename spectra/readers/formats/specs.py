"""Text exports of SPECS (SpecsLab 2 and Prodigy, .xy): a header and the curves of every region.

The header says of every curve whether its energies are kinetic, whether counts are a rate, the X-ray energy, dwell time
and scans. External channels (a temperature, a current) follow over the same energies: they are listed and no spectra.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.shown_numbers import counted
from spectra import spectrum
from spectra.readers.raw import Array, Raw, Reader, Source, intact, need, stated_numbers, unreadable
from spectra.spectrum import Coordinate

_LINE = re.compile(r"^#\s*([A-Za-z][^:]*?)\s*:\s*(.*?)\s*$")
_CYCLE = re.compile(r"#\s*(External Channel Data\s+)?Cycle:\s*(\d+)(.*)$")
_NUMBERS = {
    "photon_energy": "excitation energy",
    "dwell_time": "dwell time",
    "scans": "number of scans",
    "pass_energy": "pass energy",
    "work_function": "eff. workfunction",
}
_OF_FILE = ("energy axis", "kinetic energy axis", "count rate", "counts per second")
_OVER_PHOTON_ENERGY = ("constantfinalstate", "constantinitialstate")
_OVER_VOLTAGE = ("detectorvoltagescan", "logicalvoltagescan")
METHODS = ("XPS", "UPS")
WHOLE = 1e-3


@dataclass(eq=False, slots=True)
class RowRun:
    """One run of rows and what stands above it."""

    settings: Mapping[str, str]
    cycle: str
    external: str = ""
    kinetic: bool = False
    rows: list[list[float]] = field(default_factory=list)


def sniff(source: Source) -> float:
    """The first line names the program, and the export settings follow."""
    head = source.head_text[:2000]
    return 0.97 if re.match(r"#\s*Created by:\s*Specs", head) and "XY-Serializer" in head else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """Every curve of every region, named by region, and cycle or scan where there are several; external channels too.

    Raises
    ------
    BadInput
        If no region has rows, a row is no pair of numbers, or fewer rows are there than the header states.
    """
    curves = _curves(source)
    need(bool(curves), source, "is a SPECS export without rows of numbers; export the data with it")
    measured = [curve for curve in curves if not curve.external]
    names = _names(measured)
    raws = []
    for curve in measured:
        name, reason = names[id(curve)], _other_axis(curve)
        raws.append(unreadable(name, reason) if reason else _raw(source, curve, name))
    for curve in curves:
        if curve.external:
            name = f"{_region(curve)} / {curve.external}"
            raws.append(unreadable(name, "it is an external channel over the same energies, not a spectrum"))
    return tuple(raws)


def _other_axis(curve: RowRun) -> str:
    """Why the axis of a curve is no energy of electrons, by its scan mode and the title of its column; else empty."""
    if curve.settings.get("columnlabels", "").lower().split()[:1] == ["index"]:
        return "it was measured at one energy: its axis is the point number"
    mode = re.sub(r"[\s_]", "", curve.settings.get("scan mode", "")).lower()
    if mode in _OVER_PHOTON_ENERGY:
        return (
            f"it was scanned over the photon energy ({curve.settings['scan mode']}): it is not a photoelectron spectrum"
        )
    return f"its axis is a voltage ({curve.settings['scan mode']})" if mode in _OVER_VOLTAGE else ""


@dataclass(slots=True)
class _Head:
    """Comment lines as they are taken one by one: what holds for the file, for the region and for the next curve."""

    of_file: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    kinetic: bool = False
    cycle: str = ""
    external: str = ""

    def take(self, text: str) -> None:
        """One comment line."""
        if cycle := _CYCLE.match(text):
            self.cycle = cycle[2] + cycle[3]
            self.external = (cycle[3].lstrip(", ").strip() or "external channel") if cycle[1] else ""
        elif "values in" in text.lower():
            self.kinetic = "kinetic" in text.lower()
        elif pair := _LINE.match(text):
            self._take_pair(pair[1].lower(), pair[2])

    def _take_pair(self, key: str, value: str) -> None:
        if key == "region":
            self.settings = {}
        (self.of_file if key in _OF_FILE else self.settings)[key] = value
        if key in ("energy axis", "kinetic energy axis"):
            self.kinetic = value.lower().startswith(("kinetic", "yes"))

    def curve(self) -> RowRun:
        """A curve under all that was said so far."""
        return RowRun({**self.of_file, **self.settings}, self.cycle, self.external, self.kinetic)


def _curves(source: Source) -> list[RowRun]:
    """Runs of rows with the settings that hold for them: those of a region until the next one begins."""
    curves: list[RowRun] = []
    head = _Head()
    open_ = False
    for number, line in enumerate(source.text.split("\n"), start=1):
        text = line.strip()
        if text.startswith("#"):
            head.take(text)
            open_ = False
        elif text:
            if not open_:
                curves.append(head.curve())
                open_ = True
            curves[-1].rows.append(_row(source, text, number))
    return curves


def _row(source: Source, text: str, number: int) -> list[float]:
    try:
        values = [float(cell) for cell in text.split()]
    except ValueError as error:
        raise BadInput(
            f"{source.name}: line {number} ({text[:40]!r}) is not a row of numbers ({error}); export it again"
        ) from error
    intact(len(values) >= 2, source, f"line {number} has {len(values)} number, but a row has energy and intensity")
    return values


def _region(curve: RowRun) -> str:
    return curve.settings.get("region", "").strip() or "region"


def _names(curves: list[RowRun]) -> dict[int, str]:
    """Region, with its group where regions repeat, and the cycle and curve where a region has several."""
    regions = [_region(curve) for curve in curves]
    names = {}
    for curve, region in zip(curves, regions, strict=True):
        cycle = re.sub(r"\s+", " ", curve.cycle).strip()
        names[id(curve)] = f"{region} / cycle {cycle}" if regions.count(region) > 1 and cycle else region
    return names


def _raw(source: Source, curve: RowRun, name: str) -> Raw:
    settings = curve.settings
    width = min(len(row) for row in curve.rows)
    table: Array = np.array([row[:width] for row in curve.rows])
    size = settings.get("values/curve", "")
    snapshot = "snapshot" in settings.get("scan mode", "").lower()  # of one energy, over which the detector spreads
    intact(
        snapshot or not size.isdigit() or table.shape[0] == int(size),
        source,
        f"the region {name!r} has {counted(table.shape[0], 'row')}, its header says {size}",
    )
    coords = _coordinates(settings)
    method = settings.get("analysis method", "").upper()
    labels = settings.get("columnlabels", "").lower()
    rate = "counts/s" in labels or settings.get("count rate", "").lower().startswith("counts per second")
    y = table[:, 1]
    return Raw(
        name,
        table[:, 0],
        y,
        unit="eV",
        axis="kinetic_energy" if curve.kinetic else "binding_energy",
        technique=spectrum.level_technique(_region(curve)) if method in METHODS[:1] else "",
        intensity_unit="counts/s" if rate else "counts",
        counts=_counts(y, coords, rate=rate),
        coords=coords,
        from_fermi_level=True,
    )


def _coordinates(settings: Mapping[str, str]) -> dict[str, Coordinate]:
    coords: dict[str, Coordinate] = dict(stated_numbers(settings, _NUMBERS))
    for name, key in (("source", "source"), ("sample", "group")):
        if settings.get(key):
            coords[name] = settings[key]
    return coords


def _counts(y: Array, coords: Mapping[str, Coordinate], *, rate: bool) -> Array | None:
    """Counts behind the intensities, where dwell time and scans make whole numbers of them."""
    dwell, scans = coords.get("dwell_time"), coords.get("scans", 1.0)
    factor = 1.0
    if rate:
        if not isinstance(dwell, float) or not isinstance(scans, float) or not dwell * scans > 0:
            return None
        factor = dwell * scans
    counts = y * factor
    whole = np.all(counts >= 0) and np.all(np.abs(counts - np.round(counts)) <= WHOLE)
    return np.asarray(np.round(counts)) if whole else None


READERS = (
    Reader(
        "specs",
        "SPECS text",
        (".xy",),
        sniff,
        parse,
        gives=(
            "every region, cycle and curve; kinetic energy becomes binding energy with the excitation energy; "
            "external channels are listed"
        ),
        held_to="two measured files",
    ),
)
