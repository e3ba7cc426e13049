"""The report: tables, figures, one self-contained page, and the record, written whole or not at all."""

from __future__ import annotations

import base64
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from shortrange import exports
from shortrange.reports._advice import contradictions, next_measurement, prior_driven, to_do
from shortrange.reports._answer import answer_table, network_cells, sentences
from shortrange.reports._html import Image, cells, rendered
from shortrange.reports._joint import joint_part
from shortrange.reports._methods import bibliography, lines_table, methods
from shortrange.reports._plots import holds_oxygen, plot_amounts, plot_fractions, plot_oxygen
from shortrange.results import BASE, Analysis, Fitted, Structure
from shortrange.stepwise import by_code
from shortrange_core import save
from shortrange_core.errors import BadInput
from shortrange_core.labels import file_names
from shortrange_core.notes import Severity
from shortrange_core.plots import FORMATS, Drawn, drawn_figure, write_figure
from shortrange_core.shown_numbers import shown
from shortrange_core.tasks import Task, later
from spectra.plots import plot_fit, plot_stack

PAGE_DPI = 150
SERIES = ("fractions", "amounts", "oxygen")
"""Figures of the whole series, which papers print: they come as PDF too, whose fonts take most of the time."""
DEFAULT_REASON = (
    "If the library does not show how much a line varies between laboratories, the standard deviation is the default "
    "of the technique; the reason is in the table of line positions. A result that moves by more than its own "
    "standard deviation if the priors are halved or doubled in width depends on that choice."
)
FIT_CAPTION = (
    "Areas in intensity x unit of the axis, with sds widened if the model does not describe the data; pull = (fitted - "
    "prior)/prior sd. "
    "Lines without an assignment are not used."
)


def report(analysis: Analysis, folder: str | os.PathLike[str], *, pictures: Pictures | None = None) -> Path:
    """Write all results of an analysis into a new folder.

    Parameters
    ----------
    analysis
        As :func:`shortrange.analyse` gives it.
    folder
        A folder that does not exist yet, or is empty. It holds ``results.nc``, ``report.html``, ``tables/*.csv`` and
        ``figures/*.png|svg`` at the end, or is not made at all.
    pictures
        Its figures where they were begun before, by :func:`pictures_of`.

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
            unfinished = Path(scratch) / "report"
            _write(analysis, pictures_of(analysis) if pictures is None else pictures, unfinished)
            if target.exists():
                target.rmdir()
            shutil.move(unfinished, target)
    except OSError as error:
        raise BadInput(f"{str(folder)!r}: cannot be written ({error.strerror}); name another folder") from error
    return target / "report.html"


def check_empty(folder: str | os.PathLike[str]) -> Path:
    """Path of a folder that is not there yet or empty; see :func:`report`."""
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput(f"{str(folder)!r}: is not an empty folder; name a new one, so that nothing is overwritten")
    return target


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure of a report: what it shows, and where it is drawn."""

    alt: str
    drawn: Task[Drawn]


Pictures = Mapping[str, Picture]


def pictures_of(analysis: Analysis) -> Pictures:
    """The figures of a report by name, which other processes may draw while the joint route runs: it has none."""
    pictures = {}
    for name, (alt, draw) in _figures(analysis).items():
        formats = FORMATS if name in SERIES or name.startswith("series, ") else ("png", "svg")
        pictures[name] = Picture(alt, later(_drawn, draw, formats))
    return pictures


def _drawn(draw: Callable[[], Figure], formats: tuple[str, ...]) -> Drawn:
    return drawn_figure(draw(), formats=formats, page_dpi=PAGE_DPI)


def _write(analysis: Analysis, pictures: Pictures, folder: Path) -> None:
    (folder / "figures").mkdir(parents=True)
    (folder / "tables").mkdir()
    stored = later(save, analysis, folder / "results.nc")  # by whoever has drawn the last figure, beside the page
    for name, frame in exports.all_tables(analysis).items():
        frame.to_csv(folder / "tables" / f"{name}.csv", index=False)
    files = file_names(pictures)
    images = {}
    for name, picture in pictures.items():
        drawn = picture.drawn.result()
        write_figure(drawn, folder / "figures" / files[name])
        images[name] = Image(base64.b64encode(drawn.page).decode("ascii"), picture.alt)
    (folder / "report.html").write_text(_page(analysis, images), encoding="utf-8")
    stored.result()


def _figures(analysis: Analysis) -> dict[str, tuple[str, Callable[[], Figure]]]:
    """What every figure shows, and how it is drawn, by its name."""
    base = [item for item in analysis.structures if item.reading == BASE]
    pictures: dict[str, tuple[str, Callable[[], Figure]]] = {
        "fractions": (
            "Fractions of structural units against x; bars at boundaries: 95 % intervals of the sum of all units below",
            partial(plot_fractions, base),
        ),
        "amounts": ("Every amount against x with its 95 % interval", partial(plot_amounts, base)),
    }
    if any(holds_oxygen(item) for item in base):
        caption = "Bridging oxygen as a share of BO + NBO, with 95 % intervals"
        pictures["oxygen"] = (caption, partial(plot_oxygen, base))
    for technique in _techniques(analysis):
        series = [item for item in analysis.fits if item.technique == technique]
        fits, names = [item.fit for item in series], [item.sample for item in series]
        pictures[f"series, {technique}"] = (f"{technique}: all glasses", partial(plot_stack, fits, names))
    for item in analysis.fits:
        title = f"{item.sample}, {item.technique}"
        pictures[title] = (f"{title}: data, lines, background and residual", partial(plot_fit, item.fit, title=title))
    return pictures


def _techniques(analysis: Analysis) -> list[str]:
    return list(dict.fromkeys(item.technique for item in analysis.fits))


def _page(analysis: Analysis, images: Mapping[str, Image]) -> str:
    recipe = analysis.recipe.tables
    base = [item for item in analysis.structures if item.reading == BASE]
    source, notes = analysis.provenance, exports.notes_table(analysis).to_dict("records")
    context: dict[str, Any] = {
        "title": recipe.title,
        "simulated": recipe.simulated,
        "untrusted": _untrusted(analysis),
        "sentences": sentences(base),
        "tasks": to_do(analysis),
        "answer": answer_table(base),
        "contradictions": contradictions(analysis),
        "prior_driven": prior_driven(analysis),
        "believed": any(item.believed for item in base),
        "next_measurement": next_measurement(analysis),
        "stacks": [images[f"series, {technique}"] for technique in _techniques(analysis)],
        "methods": methods(analysis),
        "lines": cells(lines_table(analysis)),
        "bibtex": bibliography(analysis),
        "stacked": images["fractions"],
        "amounts": images["amounts"],
        "oxygen": images.get("oxygen"),
        "glass_network": network_cells(base),
        "structure_tables": [_structure_part(item) for item in base],
        "together": cells(exports.series_table(analysis)),
        "alternatives": cells(exports.alternatives_table(analysis) if recipe.alternatives else pd.DataFrame()),
        "unlisted": cells(exports.unlisted_table(analysis)),
        **joint_part(analysis),
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
    return rendered("report.html.j2", **context)


def _stated_priors(analysis: Analysis) -> pd.DataFrame:
    """Every prior once, however many spectra it acts on, with its farthest pull."""
    stated = ["technique", "kind", "line", "mean", "sd", "in common", "source"]
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
    parts += [f"fits that do not describe their data, or failed: {', '.join(spectra)}"] if spectra else []
    return "; ".join(parts)


def _composition_said(item: Structure) -> str:
    """How well the composition is taken to be known; what an error makes stands in the table of sensitivity."""
    glass = item.solution.composition if item.solution is not None else None
    sds = {} if glass is None else dict(zip(glass.elements, glass.covariance.diagonal() ** 0.5, strict=True))
    stated = ", ".join(f"{element} {shown(float(sd))}" for element, sd in sds.items() if sd > 0)
    return f"Sds of the composition, per former: {stated}." if stated else "The composition is taken as exact."


def _structure_part(item: Structure) -> dict[str, Any]:
    frame = exports.fractions_table([item]).drop(columns=["sample", "reading", "x"])
    caption = f"{item.composition}: amounts per network former; lower and upper: 95 % with the evidence; least and "
    quality = f" {exports.standing(item)}." if item.solution is not None else ""
    caption += f"greatest: what the balances alone allow.{quality}"
    caption += f" {_composition_said(item)}"
    if item.with_unlisted is not None:
        caption += " Units left out: 95 % if units not listed in the recipe may also lie under the lines."
    frame = frame.drop(columns=["agreement", "misfits"], errors="ignore")
    marked = f"The evidence {exports.agreement(item.solution)}." if item.solution and item.widening > 1.0 else ""
    marked = " ".join(part for part in (f"In doubt: the result {item.doubt}." if item.doubt else "", marked) if part)
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
        "unpublished": item.unpublished,
    }
