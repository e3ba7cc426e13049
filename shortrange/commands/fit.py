"""``shortrange fit``: one spectrum, its lines, their areas with uncertainties."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shortrange.commands.common import (
    Answer,
    JsonOption,
    StrictOption,
    VerboseOption,
    answering,
    new_record,
    over_backgrounds,
    say_notes,
)
from shortrange.commands.technique_options import GivenOptions, with_technique_options
from shortrange.commands.written import listed, measured, named
from shortrange_core.notes import Severity
from shortrange_core.shown_numbers import UNKNOWN, with_sd

if TYPE_CHECKING:
    from spectra import Fit


OWN = ("laser",)
"""Options of techniques that this command has itself."""
ANSWERS = ("bridging-range", "background-decides", "technique-of-file")
"""Codes of remarks that answer what a user asks of the lines, or what the file did: they stand under the table, folded
or not."""


def register(app: typer.Typer) -> None:
    """Add ``fit`` to the application; the options of the techniques come when it is called (:func:`late`)."""
    app.command(name="fit", help=fit.__doc__)(lambda: None)


def late() -> typer.Typer:
    """``fit`` with the options of every technique, which costs the import of their functions."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name="fit")(with_technique_options(fit, OWN))
    return app


def fit(
    *,
    path: Annotated[str, typer.Argument(help="Instrument file or TopSpin folder.")],
    technique: Annotated[
        str | None, typer.Option("--technique", "-t", help="Technique, such as 'O 1s XPS'; default: that of the file.")
    ] = None,
    block: Annotated[str | None, typer.Option(help="Block, if the file has several.")] = None,
    species: Annotated[
        list[str] | None, typer.Option("--species", "-s", help="Lines by species: 'P:S4 + P:S3O, P:O4'.")
    ] = None,
    peaks: Annotated[
        list[str] | None, typer.Option(help="Lines by position: 792.5,948.9; each may shift by half its width.")
    ] = None,
    find: Annotated[bool, typer.Option("--find", help="Put a line at every local maximum.")] = False,
    cation: Annotated[str | None, typer.Option(help="Cation for which published positions are used.")] = None,
    phase: Annotated[str | None, typer.Option(help="Phase: glass, crystal, or glass/amorphous for either.")] = None,
    library: Annotated[
        list[str] | None, typer.Option("--library", "-l", help="Folder of a private library, added to the public one.")
    ] = None,
    energy: Annotated[
        str | None, typer.Option(help="Energy axis: 'kinetic' or 'binding', if the file does not say.")
    ] = None,
    laser: Annotated[float | None, measured("nm", "Laser wavelength, if a Raman axis is in nm.")] = None,
    restarts: Annotated[int, typer.Option(min=0, max=100, help="Additional starts; six if a fit misses the data.")] = 0,
    edit: Annotated[str | None, typer.Option(help="TOML file with changes to the model made by hand.")] = None,
    out: Annotated[str | None, typer.Option(help="New record (.nc); the figure is written beside it.")] = None,
    strict: StrictOption = False,
    verbose: VerboseOption = False,
    json: JsonOption = False,
    stated: GivenOptions,
) -> None:
    """Fit one spectrum with library species, with lines at given positions, or at its maxima."""
    with answering("fit", as_json=json) as answer:
        from shortrange import stepwise
        from shortrange.edits import NO_EDIT, read_edit

        target = None if out is None else new_record(Path(out), ".png", ".svg", ".pdf")
        fitted = stepwise.fit_file(
            path,
            technique=technique,
            block=block,
            species=listed(species),
            positions=stepwise.position_list(",".join(peaks)) if peaks else (),
            find=find,
            cation=cation,
            phase=phase,
            energy=energy,
            laser=laser,
            libraries=listed(library),
            options={"restarts": restarts, **stated.table()},
            edit=read_edit(edit) if edit else NO_EDIT,
            strict=strict,
        )
        _say(answer, fitted, path, verbose=verbose)
        if target is not None:
            _keep(answer, fitted, target)


def _say(answer: Answer, fit: Fit, path: str, *, verbose: bool) -> None:
    import spectra

    answer.trusted = fit.status.trusted
    answer.data |= {
        "file": Path(path).name,
        "status": str(fit.status),
        "chi2": fit.chi2,
        "dof": fit.dof,
        "covariance": fit.covariance_kind,
        "areas": fit.areas,
        "parameters": fit.parameters,
        "positions": fit.positions,
        "pulls": fit.pulls,
        "notes": fit.notes,
    }
    ranges = _area_ranges(fit)
    if ranges:
        answer.data["area_ranges"] = ranges
    heading = f"{spectra.fits.ending_of(fit)}, {spectra.fits.quality_of(fit)}, covariance {fit.covariance_kind}"
    answer.say(f"{Path(path).name}: {heading}")
    wide = max(14, *map(len, fit.areas.entries))
    answer.say(f"{'line':{wide}} {'assigned to':27} {'area':>16} {'position':>16} {'width':>14}")
    values, sds = fit.parameters.value.values, fit.parameters.sd.values
    by_name = {name: (values[i], sds[i]) for i, name in enumerate(fit.parameters.entries)}
    places = dict(zip(fit.positions.entries, fit.positions.sd.values, strict=True))
    for peak, counts in zip(fit.areas.entries, fit.areas.facets["assignment"], strict=True):
        (area, sd), place, place_sd = by_name[f"{peak}_area"], by_name[f"{peak}_center"][0], places[peak]
        width = by_name.get(f"{peak}_fwhm") or by_name.get(f"{peak}_gauss_fwhm")
        written = UNKNOWN if width is None else with_sd(*width)
        wider = over_backgrounds(sd, *ranges[peak]) if peak in ranges else ""
        row = f"{peak:{wide}} {named(counts)} {with_sd(area, sd):>16} {with_sd(place, place_sd):>16} {written:>14}"
        answer.say(f"{row}{wider}")
    remarks = [note for note in fit.notes if note.severity is Severity.INFO]
    answers = [] if verbose else [note for note in remarks if note.code in ANSWERS]
    for note in answers:
        answer.say(str(note.text))
    say_notes(answer, [note for note in fit.notes if note not in answers], verbose=verbose)


def _area_ranges(fit: Fit) -> dict[str, tuple[float, float]]:
    """Of a photoelectron region, by line; nothing of others."""
    import spectra

    return spectra.xps.area_ranges(fit) if fit.model.technique.endswith("XPS") else {}


def _keep(answer: Answer, fit: Fit, target: Path) -> None:
    import spectra
    from shortrange_core import save
    from shortrange_core.plots import save_figure

    save(fit, target)
    save_figure(spectra.plot_fit(fit), target.with_suffix(""))
    picture = target.with_suffix(".png")
    answer.data |= {"record": str(target), "figure": str(picture)}
    answer.say(f"record: {target}, figure: {picture}")
