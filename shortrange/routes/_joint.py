"""The joint route from the stepwise one: all spectra in one likelihood, and what further ones would tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

import spectra
import structure
from shortrange import joint, stepwise
from shortrange.edits import Edit, parameters_named
from shortrange.recipe import Options, Sample, can_hold
from shortrange.results import (
    BASE,
    NO_JOINT,
    Analysis,
    Averaged,
    Fitted,
    JointFit,
    Measured,
    Structure,
    UnitSet,
)
from shortrange_core import affine
from shortrange_core.errors import Infeasible
from shortrange_core.estimates import Estimates
from shortrange_core.least_squares import ArrowMinimum
from shortrange_core.notes import Note, Severity
from shortrange_core.tasks import Task, later
from spectra.models import identifier, owner_of

TOGETHER = "all spectra together"
OTHER_COUPLINGS = (0.5, 2.0)
"""Factors on the sds of the coupling along the series with which all is looked for again."""
IN_DOUBT = 4
"""Random starts before a spectrum is blamed: a wrong minimum looks like a contradiction between spectra."""
Structures = tuple[Structure, ...]
Others = dict[float, Task[tuple[Structures, list[joint.Sets]]]]


def joint_fit(analysis: Analysis, progress: stepwise.Progress) -> JointFit:
    """The joint route, started from the stepwise one; the coupling along the series as it is, halved and doubled."""
    progress("all spectra together")
    tables = analysis.recipe.tables
    best = _coupled(analysis, 1.0)
    searched, asked = float(best.minimum.chi2), tables.joint_starts
    ends = joint.far_ends(best.likelihood, asked, np.random.default_rng(tables.seed), progress)
    best = _from_lowest(analysis, best, ends)
    others, structures, tension = _about(analysis, best, progress)
    if any(row.rejected for row in tension.groups) and not asked:
        ends = joint.far_ends(best.likelihood, IN_DOUBT, np.random.default_rng(tables.seed), progress)
        lower = _from_lowest(analysis, best, ends)
        if lower is not best:
            best = lower
            others, structures, tension = _about(analysis, best, progress)
    drawn = None
    if tables.joint_samples and best.minimum.status.trusted:
        own = np.random.default_rng((tables.seed, tables.joint_samples))
        drawn = joint.posterior(best.likelihood, best.minimum, own, draws=tables.joint_samples, tell=progress)
    progress("sets of units")
    made = [_sets(analysis, best)]
    solved: dict[float, tuple[Structure, ...]] = {}
    for factor, task in others.items():
        progress(f"all spectra together, coupling x {factor:g}")
        solved[factor], sets_there = task.result()
        made.append(sets_there)
    sets, averaged = _over_sets(analysis, made)
    return JointFit(
        structures=structures,
        looser=solved[2.0],
        tighter=solved[0.5],
        spectra=best.chi2,
        parameters=Estimates.build(best.likelihood.names, best.minimum.x, best.minimum.covariance),
        chi2=float(best.minimum.chi2),
        status=best.minimum.status,
        tensions=tension.groups,
        verdict=tension.sentence,
        carried=joint.carriers(joint.Pieces(best.likelihood, best.minimum.x, best.marginals.walls[1])),
        optima=joint.optima(best.likelihood, best.minimum, ends) if ends else (),
        fallen=searched - float(best.minimum.chi2) if ends else 0.0,
        seen=joint.seen_by(best.likelihood, best.minimum),
        sets=tuple(sets),
        averaged=tuple(averaged),
        posterior=drawn,
    )


def _from_lowest(analysis: Analysis, best: joint.Joint, ends: Sequence[ArrowMinimum]) -> joint.Joint:
    """The series in the lowest of its minimum and the ends of other starts."""
    lower = joint.lowest_end(best.minimum, ends)
    return best if lower is best.minimum else _coupled(analysis, 1.0, np.array(lower.x))


def _about(
    analysis: Analysis, best: joint.Joint, progress: stepwise.Progress
) -> tuple[Others, Structures, joint.Tensions]:
    """What hangs on the minimum: other couplings, handed in; every glass; whether the parts of chi2 agree."""
    others = {factor: later(_said_with, analysis, factor, np.array(best.minimum.x)) for factor in OTHER_COUPLINGS}
    structures = _structures(analysis, best, ranges=True)
    progress("tension")
    pieces = joint.Pieces(best.likelihood, best.minimum.x)
    return others, structures, joint.tensions(pieces, rng=np.random.default_rng(analysis.recipe.tables.seed))


def _coupled(analysis: Analysis, factor: float, near: npt.NDArray[np.float64] | None = None) -> joint.Joint:
    """All spectra together, with the sds of the coupling along the series times a factor."""
    stated, series, starts = _stated(analysis), _series(analysis), _starts(analysis)
    return joint.fit_series(stated, series, starts, tables=_tables(analysis), factor=factor, near=near)


def likelihood_of(analysis: Analysis) -> joint.Likelihood:
    """All spectra of the series in one likelihood, not yet fitted."""
    return joint.likelihood_of(_stated(analysis), _series(analysis), _starts(analysis), tables=_tables(analysis))


def _said_with(
    analysis: Analysis, factor: float, near: npt.NDArray[np.float64]
) -> tuple[tuple[Structure, ...], list[joint.Sets]]:
    """What another coupling makes of every glass: its structure, and its sets of units."""
    one = _coupled(analysis, factor, near)
    return _structures(analysis, one, ranges=False), _sets(analysis, one)


def _structures(analysis: Analysis, one: joint.Joint, *, ranges: bool) -> tuple[Structure, ...]:
    misfits = {item.sample: item.misfits for item in analysis.structures if item.reading == BASE}
    return tuple(
        _solved(sample, species, one, ranges=ranges, misfits=misfits[sample.name])
        for sample, (_, _, species, _) in zip(analysis.recipe.tables.samples, _stated(analysis), strict=True)
    )


def _sets(analysis: Analysis, one: joint.Joint) -> list[joint.Sets]:
    """Sets of units of every glass, with random numbers that hang on glass and coupling alone."""
    tables, coupling = analysis.recipe.tables, (1.0, *OTHER_COUPLINGS).index(one.likelihood.factor)
    return [
        joint.sets_of(
            one.marginals, name, np.random.default_rng((tables.seed, number, coupling)), absent=tables.joint_absent
        )
        for number, (name, *_) in enumerate(_stated(analysis))
    ]


def _over_sets(analysis: Analysis, by_coupling: Sequence[Sequence[joint.Sets]]) -> tuple[list[UnitSet], list[Averaged]]:
    """Sets of units of every glass, and fractions averaged over them."""
    sets: list[UnitSet] = []
    rows: list[Averaged] = []
    for (name, _, species, _), *made in zip(_stated(analysis), *by_coupling, strict=True):
        set_rows, averaged = joint.averaged(name, species, made)
        sets, rows = [*sets, *set_rows], [*rows, *averaged]
    return sets, rows


def notes_of_joint(together: JointFit) -> tuple[tuple[str, Note], ...]:
    """What a user must know of the joint route: no minimum, one that only random starts found, a contradiction."""
    notes = []
    if together.fallen > 0:
        text = f"a random start ended {together.fallen:.3g} below the minimum of the search: its end is the result"
        notes.append(Note("lower-start", Severity.INFO, text))
    if not together.status.trusted:
        text = f"the status of the joint minimum is {together.status}: its numbers are not a result"
        remedy = "give a window or a published position for barely visible lines, or leave such a spectrum out"
        notes.append(Note(NO_JOINT, Severity.ERROR, text, remedy))
    remedy = "add the unit that it shows and the recipe leaves out, or check whether it belongs to another glass"
    for key, text, no_result in joint.strains(together.spectra):
        severity = Severity.ERROR if no_result else Severity.WARNING
        notes.append(Note("joint-misfit", severity, f"{key}: {text}", remedy))
    drawn = together.posterior
    if drawn is not None and not drawn.settled:
        worst = int(np.argmax(drawn.r_hat))
        text = f"the chains of samples do not agree yet: R-hat {drawn.r_hat[worst]:.2f} of {drawn.entries[worst]}"
        notes.append(Note("samples-unsettled", Severity.WARNING, text, "request more with joint_samples"))
    if any(row.rejected for row in together.tensions):
        remedy = "measure or label the suspect again, or leave it out: until then, joint fractions are not a result"
        notes.append(Note("tension", Severity.WARNING, together.verdict, remedy))
    return tuple((TOGETHER, note) for note in notes)


def _stated(analysis: Analysis) -> list[tuple[str, structure.Composition, tuple[str, ...], float | None]]:
    """Name, composition, allowed species and x of every glass."""
    tables = analysis.recipe.tables
    labels = dict.fromkeys(structure.check_label(text) for text in (*tables.units, *tables.free))
    return [
        (s.name, s.glass, tuple(one for one in labels if can_hold(one, s.glass.elements)), s.x) for s in tables.samples
    ]


def _starts(analysis: Analysis) -> dict[str, structure.Solution | None]:
    return {item.sample: item.solution for item in analysis.structures if item.reading == BASE}


def _series(analysis: Analysis) -> list[joint.Spectrum]:
    """Fitted spectra that count, each with how the model of other lines on it is made."""
    tables = analysis.recipe.tables
    glasses = {sample.name: sample.glass for sample in tables.samples}
    measured = {(m.sample, m.technique, m.file, m.block): m for m in analysis.measured}
    spectra_of = []
    for fitted in analysis.fits:
        item = measured[fitted.sample, fitted.technique, fitted.file, fitted.block]
        entry = tables.entry_of(item.sample, item.technique, item.file, item.block)
        chosen = tables.options_of(entry)
        if chosen.evidence == "none":
            continue

        def model(
            lines: Sequence[str],
            item: Measured = item,
            chosen: Options = chosen,
            edit: Edit = entry.edit,
            fitted: spectra.Model = fitted.fit.model,
        ) -> spectra.Model:
            priors, elements = analysis.priors.get(item.technique, {}), glasses[item.sample].elements
            options, sodium = _of_members(chosen, lines), "Na" in elements
            _, made = stepwise.prepared_model(
                item.spectrum, item.technique, lines, options, priors, sodium=sodium, elements=elements, edit=edit
            )
            return spectra.technique_of(item.technique).freed_as(made, fitted)

        responses = _responses(fitted, chosen)
        whole = _whole_lines(fitted.lines, chosen, entry.edit)
        spectra_of.append(
            joint.Spectrum(fitted.sample, fitted.technique, fitted.lines, fitted.fit, model, responses, whole)
        )
    return spectra_of


def _responses(fitted: Fitted, chosen: Options) -> tuple[tuple[str, float, float], ...]:
    """Responses of the units in one spectrum as the first route has them: stated, by relaxation, or assumed."""
    labels = [name for line in fitted.lines for name in affine.parse(line).names]
    stated = stepwise.responses(fitted, chosen, labels) or {}
    return tuple(
        (label, *(value if isinstance(value, tuple) else (float(value), 0.0))) for label, value in stated.items()
    )


def _whole_lines(lines: Sequence[str], chosen: Options, edit: Edit) -> tuple[str, ...]:
    """Lines of several units of which recipe or hand say something as of one line: they stay one."""
    owners = {identifier(line): line for line in lines}
    named = {*edit.off, *edit.counts, *(owner_of(name, owners) for _, name in parameters_named(edit))}
    for text in chosen.constraints:
        named |= {owner_of(name, owners) for name in affine.parse_relation(text).left.names}
    crystalline = chosen.get("crystalline") or ()
    return tuple(line for name, line in owners.items() if name in named or line in crystalline)


def _of_members(chosen: Options, lines: Sequence[str]) -> Options:
    """Options where the window of a line of several units is that of every unit which has a line of its own."""
    stated = chosen.get("windows") or {}
    parts = {
        name: ends
        for line, ends in stated.items()
        if line not in lines
        for name in affine.parse(line).names
        if name in lines and name not in stated
    }
    return chosen.model_copy(update={"windows": {**stated, **parts}}) if parts else chosen


def _tables(analysis: Analysis) -> list[structure.Areas]:
    """Areas of finished peak tables, as the first route takes them."""
    return [
        areas
        for sample, (_, _, species, _) in zip(analysis.recipe.tables.samples, _stated(analysis), strict=True)
        for areas in stepwise.table_evidence(analysis.recipe, sample, species)
    ]


def _solved(
    sample: Sample, species: tuple[str, ...], together: joint.Joint, *, ranges: bool, misfits: tuple[str, ...] = ()
) -> Structure:
    """One glass by what all spectra say of it, and what is stated of it besides."""
    glass = sample.glass
    strained = [strain for strain in joint.strains(together.chi2) if strain[0].startswith(f"{sample.name}, ")]
    missed = [f"{key} is not described: {text}" for key, text, no_result in strained if no_result]
    misfits = tuple(dict.fromkeys([*misfits, *(key.removeprefix(f"{sample.name}, ") for key, *_ in strained)]))
    stated = [structure.statement(**e.model_dump()) for e in sample.statements]
    evidence = [*together.statements[sample.name], *stated]
    head = (sample.name, BASE, sample.x, sample.composition)
    quantities = (*species, *(stepwise.OXYGEN_QUANTITIES if "O" in glass.elements else ()))
    if missed:
        remedy = (
            "the units of the recipe cannot explain this spectrum together with the others; add the unit that it shows"
        )
        return Structure(*head, None, None, None, f"{'; '.join(missed)}; {remedy}")
    try:
        solution = structure.solve(glass, species, evidence, check=False)
        possible = structure.ranges(glass, species, quantities=quantities) if ranges else None
        supported = (
            structure.ranges(glass, species, evidence, quantities=quantities, level=stepwise.LEVEL) if ranges else None
        )
    except Infeasible as error:
        return Structure(*head, None, None, None, str(error))
    trusted = solution.status.trusted
    problem = "" if trusted else structure.why_rejected(solution, joint.suspects(together, sample.name, stated))
    return Structure(*head, solution, possible, supported, problem, misfits=misfits)
