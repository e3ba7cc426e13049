"""Finished fits from elsewhere: CasaXPS, KherveFitting, DMFIT, XPSPEAK, Origin, ssNake, MestReNova and plain CSV.

A table becomes areas with stated standard deviations and assignments, so that structure can be solved without
refitting. What a table does not say (sds, assignments) is asked for, never made up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shortrange_core import BadInput, Estimates, Note, Provenance, Severity, provenance
from shortrange_core.files import read_text
from shortrange_core.readings import read_from, remembered
from shortrange_core.showing import Shown
from shortrange_core.spelling import option
from spectra.readers import _peak_columns as peak_columns
from spectra.readers._peak_columns import PeakRow, PeakRows

FEWEST_STEPS = 3


@dataclass(frozen=True, eq=False, slots=True)
class PeakTable(Shown):
    """A finished fit: areas as evidence, with their positions and widths.

    Parameters
    ----------
    areas
        Areas with the facets peak, assignment, technique, sample.
    positions, widths
        In the unit of the table, with the facet peak; NaN where the table has none, covariance NaN where unknown.
    notes
        What the table left open.
    provenance
        The file and its hash.
    """

    areas: Estimates
    positions: Estimates
    widths: Estimates
    notes: tuple[Note, ...]
    provenance: Provenance


def read_peak_table(
    path: str | Path,
    *,
    assignments: Mapping[str, str] | None = None,
    relative_sd: float | None = None,
    technique: str = "",
    sample: str = "",
) -> PeakTable:
    r"""Read the peak table of another program.

    Parameters
    ----------
    path
        A CasaXPS export (columns or rows of tables) or its quantification report, a KherveFitting project (``sample``
        takes one of its levels), a DMFIT project, a MestReNova peak list, or any delimited table whose titles name at
        least an area (or integral), as Origin, XPSPEAK and ssNake write them. Of several columns of areas the first
        counts: the raw area of a CasaXPS report, which is to be divided by sensitivities before lines of different
        elements are compared.
    assignments
        What every peak counts, such as ``{"BO": "BO", "p1": "P:S4 + P:S3O"}``; overrides a column ``assignment``.
    relative_sd
        Standard deviation of every area as a fraction of it, for tables without sds (or to replace theirs).
    technique, sample
        Labels of the evidence, such as ``"31P NMR"`` and ``"x = 0.3"``. Where the table names samples, ``sample``
        takes the rows of one of them, and all keep their own label where it is absent.

    Returns
    -------
    PeakTable
        Whose ``areas`` :func:`structure.from_areas` takes.

    Raises
    ------
    BadInput
        If the table is not readable, has neither sds nor ``relative_sd``, an area is negative, or an assignment names
        no peak.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = Path(folder) / "fit.csv"
    ...     _ = table.write_text("peak,position,area,area sd,assignment\na,82,80,2,P:S4\nb,108,20,1,P:S3~P\n")
    ...     areas = read_peak_table(table).areas
    >>> areas.value.values.tolist(), areas.facets["assignment"]
    ([80.0, 20.0], ('P:S4', 'P:S3~P'))
    """
    file = Path(path)
    lines = _of_sample(file.name, peak_columns.read_lines(file), sample)
    lines = _assigned(file.name, lines, assignments or {})
    sd = _standard_deviations(file.name, lines, relative_sd)
    names = [line.name for line in lines.rows]
    reading = remembered(read_from(file))
    areas = Estimates.build(
        names,
        [line.area for line in lines.rows],
        sd**2,
        peak=names,
        assignment=[line.assignment for line in lines.rows],
        technique=[technique] * len(names),
        sample=[line.sample or sample for line in lines.rows],
        reading=[reading.key] * len(names),
    )
    return PeakTable(
        areas,
        _column(names, [(line.position, line.position_sd) for line in lines.rows]),
        _column(names, [(line.fwhm, line.fwhm_sd) for line in lines.rows]),
        _notes(lines),
        provenance(f"spectra.peak_tables.read_peak_table({file.name!r})", inputs=reading.files),
    )


def _of_sample(name: str, lines: PeakRows, sample: str) -> PeakRows:
    """The rows of one sample, where a table has several."""
    named = list(dict.fromkeys(line.sample for line in lines.rows if line.sample))
    if not sample or not named:
        return lines
    if sample not in named:
        raise BadInput(f"{name}: has no sample {sample!r}; it has {', '.join(named)}")
    return peak_columns.named_apart(tuple(line for line in lines.rows if line.sample == sample), lines.kind)


def _assigned(name: str, lines: PeakRows, assignments: Mapping[str, str]) -> PeakRows:
    names = [line.name for line in lines.rows]
    unknown = sorted(set(assignments) - set(names))
    if unknown:
        raise BadInput(f"{name}: no peak {', '.join(unknown)} to assign; the table has {', '.join(names)}")
    rows = tuple(line.assigned(assignments.get(line.name, line.assignment)) for line in lines.rows)
    return PeakRows(rows, lines.kind)


def _standard_deviations(name: str, lines: PeakRows, relative: float | None) -> npt.NDArray[np.float64]:
    negative = [line.name for line in lines.rows if not line.area >= 0]
    if negative:
        raise BadInput(f"{name}: the area of {', '.join(negative)} is negative or missing; areas are 0 or more")
    if relative is not None:
        if not 0 < relative < 10:
            raise BadInput(f"relative_sd = {relative}: must be a fraction of the area above 0, such as 0.05")
        largest = max(line.area for line in lines.rows)
        return np.array([relative * (line.area or largest) for line in lines.rows])
    missing = [line.name for line in lines.rows if not line.area_sd > 0]
    if missing:
        raise BadInput(
            f"{name}: states no sd for the area of {', '.join(missing)}; give {option('relative_sd')}, such as 0.05, "
            "from repeated fits or measurements"
        )
    return np.array([line.area_sd for line in lines.rows])


def _column(names: Sequence[str], pairs: Sequence[tuple[float, float]]) -> Estimates:
    values, sd = np.array(pairs, dtype=float).T
    return Estimates.build(names, values, np.where(sd > 0, sd, np.nan) ** 2, peak=names)


def _notes(lines: PeakRows) -> tuple[Note, ...]:
    notes: list[Note] = []
    free = [line.name for line in lines.rows if not line.assignment]
    if free:
        notes.append(
            Note(
                "peak-unassigned",
                Severity.WARNING,
                f"{', '.join(free)} of the table are not assigned",
                f"give {option('assignments')}, or leave them empty if they are sidebands or Auger lines",
            )
        )
    if lines.kind == "amplitude":
        notes.append(
            Note(
                "peak-amplitude-not-area",
                Severity.WARNING,
                "the table states amplitudes of a model that is neither Gaussian nor Lorentzian; "
                "they are taken as its areas",
                "give a table with integrals to compare lines of different shapes",
            )
        )
    return tuple(notes)


def read_samples(path: str | Path) -> Estimates:
    """Means and covariance of the steps of a Monte Carlo table, such as DMFIT writes.

    Parameters
    ----------
    path
        Tab-separated text: a title line that begins with ``step``, then one line a step.

    Returns
    -------
    Estimates
        One entry a column.

    Raises
    ------
    BadInput
        If it is no such table, or a line is cut.
    """
    file = Path(path)
    rows = [line.rstrip().split("\t") for line in read_text(file).split("\n") if line.strip()]
    rows = rows[:1] + [row for row in rows[1:] if row != rows[0]]  # appended runs repeat the titles
    titles = rows[0][1:]
    if rows[0][0].strip().lower() != "step" or not titles:
        raise BadInput(
            f"{file.name}: does not begin with a title 'step' and columns; give a table of Monte Carlo steps"
        )
    widths = {len(row) for row in rows}
    if len(widths) > 1 or len(rows) <= FEWEST_STEPS:
        raise BadInput(
            f"{file.name}: has {len(rows) - 1} steps of {sorted(widths)} columns; it is truncated or damaged: "
            "copy or export it again"
        )
    try:
        steps = np.array([[float(cell) for cell in row[1:]] for row in rows[1:]])
    except ValueError as error:
        raise BadInput(
            f"{file.name}: contains a value that is not a number ({error}); it is damaged: copy or export it again"
        ) from error
    names = [re.sub(r"\s+", " ", title.strip()) for title in titles]
    return Estimates.build(names, steps.mean(axis=0), np.atleast_2d(np.cov(steps.T)))


__all__ = ["PeakRow", "PeakTable", "read_peak_table", "read_samples"]
