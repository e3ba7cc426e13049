"""The report: tables, figures, one self-contained page, and the record, written whole or not at all."""

from __future__ import annotations

import base64
import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from shortrange import exports
from shortrange.reports._plots import plot_fractions, plot_oxygen
from shortrange.results import BASE, Analysis, Fitted, Structure
from shortrange.stepwise import by_code
from shortrange_core import save
from shortrange_core.errors import BadInput
from shortrange_core.labels import slug
from shortrange_core.notes import Severity
from shortrange_core.shown_numbers import shown
from spectra.plots import plot_fit

FIGURE_DPI = 110
TEXT_COLUMNS = (
    "sample", "reading", "quantity", "verdict", "agreement", "technique", "file", "peak", "assignment", "published",
    "species", "status", "unit", "scale", "default sd", "reason", "source", "claims", "name", "sha256", "version",
    "software", "kind", "line",
)  # fmt: skip
DEFAULT_REASON = (
    "Where the library cannot tell how much a line moves between laboratories, the standard deviation is the default "
    "of the technique; its reason stands in the table of line positions. A result that moves by more than its own "
    "standard deviation when the priors are halved or doubled hangs on that choice."
)
FIT_CAPTION = (
    "Areas in intensity x unit of the axis, their sd widened where the model misses the data; pull = (fitted - "
    "prior)/prior sd. "
    "Lines without an assignment count for nothing."
)


@dataclass(frozen=True, slots=True)
class Cells:
    """A table as text: column names and rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Image:
    """A figure for the page: base64 PNG and what it shows."""

    data: str
    alt: str


def report(analysis: Analysis, folder: str | os.PathLike[str]) -> Path:
    """Write everything an analysis found into a new folder.

    Parameters
    ----------
    analysis
        As :func:`shortrange.analyse` gives it.
    folder
        A folder that does not exist yet, or is empty. It holds ``results.nc``, ``report.html``, ``tables/*.csv`` and
        ``figures/*.png|svg`` at the end, or is not made at all.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    BadInput
        If the folder holds something already, or cannot be written.
    """
    target = check_empty(folder)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as scratch:
            partial = Path(scratch) / "report"
            _write(analysis, partial)
            if target.exists():
                target.rmdir()
            shutil.move(partial, target)
    except OSError as error:
        raise BadInput(f"{str(folder)!r}: cannot be written ({error.strerror}); name another folder") from error
    return target / "report.html"


def check_empty(folder: str | os.PathLike[str]) -> Path:
    """Path of a folder that is not there yet or empty; see :func:`report`."""
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput(f"{str(folder)!r}: is not an empty folder; name a new one, so that nothing is overwritten")
    return target


def _write(analysis: Analysis, folder: Path) -> None:
    (folder / "figures").mkdir(parents=True)
    (folder / "tables").mkdir()
    for name, frame in exports.all_tables(analysis).items():
        frame.to_csv(folder / "tables" / f"{name}.csv", index=False)
    images = {
        name: Image(save_figure(figure, folder / "figures" / slug(name)), alt)
        for name, figure, alt in _figures(analysis)
    }
    (folder / "report.html").write_text(_page(analysis, images), encoding="utf-8")
    save(analysis, folder / "results.nc")


def _figures(analysis: Analysis) -> Iterable[tuple[str, Figure, str]]:
    base = [item for item in analysis.structures if item.reading == BASE]
    yield "fractions", plot_fractions(base), "Stacked fractions of structural units per network former against x"
    yield "oxygen", plot_oxygen(base), "Bridging oxygen as a share of BO + NBO against x, with 95 % intervals"
    for item in analysis.fits:
        title = f"{item.sample}, {item.technique}"
        yield title, plot_fit(item.fit, title=title), f"{title}: data, lines, background and residual"


def save_figure(figure: Figure, path: Path) -> str:
    """Write a figure as ``path.png`` and ``path.svg``, close it, and give the PNG as base64 text."""
    buffer = io.BytesIO()
    figure.canvas.draw()
    figure.set_layout_engine("none")  # laid out once; both formats share it
    figure.savefig(buffer, format="png", dpi=FIGURE_DPI)
    path.with_name(f"{path.name}.png").write_bytes(buffer.getvalue())
    figure.savefig(path.with_name(f"{path.name}.svg"), format="svg", metadata={"Date": None})
    plt.close(figure)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _page(analysis: Analysis, images: Mapping[str, Image]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("shortrange.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    recipe, joint = analysis.recipe.tables, analysis.joint
    base = [item for item in analysis.structures if item.reading == BASE]
    source, notes = analysis.provenance, exports.notes_table(analysis).to_dict("records")
    context: dict[str, Any] = {
        "title": recipe.title,
        "simulated": recipe.simulated,
        "untrusted": _untrusted(analysis),
        "version": source.versions.get("shortrange", ""),
        "text_columns": TEXT_COLUMNS,
        "stacked": images["fractions"],
        "oxygen": images["oxygen"],
        "structure_tables": [_structure_part(item) for item in base],
        "alternatives": cells(exports.alternatives_table(analysis) if recipe.alternatives else pd.DataFrame()),
        "unlisted": cells(exports.unlisted_table(analysis)),
        "routes": cells(exports.routes_table(joint, analysis.structures) if joint else pd.DataFrame()),
        "joint_spectra": cells(exports.joint_spectra_table(joint) if joint else pd.DataFrame()),
        "default_reason": DEFAULT_REASON,
        "priors": cells(_stated_priors(analysis)),
        "sensitivity": cells(exports.sensitivity_table(analysis)),
        "spectra_parts": [_spectrum_part(item, images) for item in analysis.fits],
        "claims": cells(exports.claims_table(analysis)),
        "notes": [note for note in notes if note["severity"] != Severity.INFO],
        "remarks": by_code([note for note in notes if note["severity"] == Severity.INFO]),
        "provenance": source,
        "inputs": cells(pd.DataFrame(list(source.inputs.items()), columns=["file", "sha256"])),
        "versions": cells(
            pd.DataFrame(
                [*source.versions.items(), ("peak library", analysis.library)], columns=["software", "version"]
            )
        ),
        "recipe": analysis.recipe.text,
    }
    return environment.get_template("report.html.j2").render(context)


def _stated_priors(analysis: Analysis) -> pd.DataFrame:
    """Every prior once, however many spectra it acts on, with its farthest pull."""
    stated = ["technique", "kind", "line", "mean", "sd", "source"]
    frame = exports.priors_table(analysis)
    if frame.empty:
        return frame
    farthest = frame.groupby(stated, sort=False)["pull"].agg(lambda pulls: max(pulls, key=abs))
    return farthest.rename("farthest pull").reset_index()


def _untrusted(analysis: Analysis) -> str:
    """What of an analysis is no result: glasses that are rejected, spectra whose fit misses them."""
    glasses = [item.sample for item in analysis.structures if item.reading == BASE and not item.believed]
    spectra = [f"{item.sample} {item.technique}" for item in analysis.fits if not item.fit.status.trusted]
    parts = [f"rejected or without solution: {', '.join(glasses)}"] if glasses else []
    parts += [f"fits that miss their data or failed: {', '.join(spectra)}"] if spectra else []
    return "; ".join(parts)


def _composition_said(item: Structure) -> str:
    """How well the composition is taken to be known; what an error makes stands in the table of sensitivity."""
    glass = item.solution.composition if item.solution is not None else None
    sds = {} if glass is None else dict(zip(glass.elements, glass.covariance.diagonal() ** 0.5, strict=True))
    stated = ", ".join(f"{element} {shown(float(sd))}" for element, sd in sds.items() if sd > 0)
    return f"Composition within sds per former of {stated}." if stated else "Composition taken as exact."


def _structure_part(item: Structure) -> dict[str, Any]:
    frame = exports.fractions_table([item]).drop(columns=["sample", "reading", "x"])
    caption = f"{item.composition}: amounts per network former; lower and upper: 95 % with the evidence; least and "
    quality = f" {exports.agreement(item.solution)}." if item.solution is not None else ""
    caption += f"greatest: what the balances alone allow.{quality}"
    caption += f" {_composition_said(item)}"
    if item.with_unlisted is not None:
        caption += " Units left out: 95 % where units that the recipe does not list may lie under the lines too."
    frame = frame.drop(columns="agreement", errors="ignore")
    marked = exports.agreement(item.solution) if item.solution is not None and item.widening > 1.0 else ""
    verdict = "" if item.believed else "Rejected" if item.solution is not None else "No solution"
    return {
        "name": item.sample,
        "frame": cells(frame),
        "caption": caption,
        "problem": item.problem,
        "verdict": verdict,
        "marked": "" if verdict else marked,
    }


def _spectrum_part(item: Fitted, images: Mapping[str, Image]) -> dict[str, Any]:
    frame = exports.peaks_table([item]).drop(columns=["sample", "technique", "file"])
    name = f"{item.sample}, {item.technique}"
    return {
        "name": name,
        "figure": images[name],
        "frame": cells(frame.dropna(axis=1, how="all")),
        "caption": f"{item.file}, status {item.fit.status}. {FIT_CAPTION}",
        "unpublished": ", ".join(item.unpublished),
    }


def cells(frame: pd.DataFrame) -> Cells:
    """A data frame as text, numbers with four significant digits, nothing where a value is unknown."""
    rows = tuple(tuple(_text(value) for value in row) for row in frame.itertuples(index=False, name=None))
    return Cells(tuple(str(name) for name in frame.columns), rows)


def _text(value: Any) -> str:
    return shown(value, unknown="") if isinstance(value, float) else str(value)
