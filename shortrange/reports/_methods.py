"""What a paper says of an analysis: methods in a paragraph, a table of lines for its supplement, sources."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup, escape

import reference_peaks
from reference_peaks.publishing import as_bibtex
from shortrange.reports._html import species
from shortrange.results import Analysis
from shortrange_core.shown_numbers import counted
from spectra.plots import lines_frame

_EVIDENCE = {
    "fractions": "relative amounts",
    "responses": "areas with an unknown response for each unit",
    "none": "for illustration only, areas not used",
}


def methods(analysis: Analysis) -> Markup:
    """A paragraph that can be pasted: what was fitted, with which priors, how areas became fractions."""
    tables, versions = analysis.recipe.tables, analysis.provenance.versions
    entered = [f"{name} as {_EVIDENCE[options.evidence]}" for name, options in tables.techniques.items()]
    priors = sum(len(by_species) for by_species in analysis.priors.values())
    data = "Simulated spectra" if tables.simulated else "Spectra"
    windows = _windows(analysis)
    joint = " All spectra and the balances were also fitted in one likelihood." * (analysis.joint is not None)
    head = (
        f"{data} of {counted(len(tables.samples), 'glass', 'glasses')} ({', '.join(tables.techniques)}; "
        f"{counted(len(analysis.fits), 'spectrum', 'spectra')}) were "
        f"fitted by least squares weighted by their noise (shortrange {versions.get('shortrange', '')}), background "
        f"and referencing offset included. {_published(priors)} (peak library {analysis.library})."
    )
    rest = (
        " Fractions of structural units follow from the areas together with the "
        f"balances of elements and charge of each composition; the spectra entered as follows: {'; '.join(entered)}."
        f"{_series(analysis)}{joint} Numbers in brackets are one standard deviation in units of the last digits; "
        "intervals are 95 % profile intervals with non-negative amounts. Fractions were recomputed with "
        "all priors half and twice as wide."
    )
    return escape(head) + windows + escape(rest)


def _published(priors: int) -> str:
    """How many positions had a prior, as the sentence of a paper."""
    if priors == 0:
        return "No line position had a prior from published values"
    return f"{counted(priors, 'line position')} had a Gaussian prior from published values"


def _series(analysis: Analysis) -> str:
    """What the glasses have in common, where they were solved together."""
    stated = analysis.recipe.tables.series
    if stated is None or not analysis.series:
        return ""
    parts = [f"one common response of each unit in {' and '.join(stated.share)}"] if stated.share else []
    if stated.smooth:
        parts.append(f"a prior of 0 with an sd of {stated.smooth:g} on the second derivatives of all amounts against x")
    parts += [f"{label} only {trend} with x" for label, trend in stated.trends.items()]
    return f" All glasses were also solved together, with {'; '.join(parts)}."


def _windows(analysis: Analysis) -> Markup:
    """Lines without a published position, by technique."""
    by_technique: dict[str, dict[str, None]] = {}
    for item in analysis.fits:
        by_technique.setdefault(item.technique, {}).update(dict.fromkeys(item.unpublished))
    parts = [
        Markup("{} ({})").format(Markup(", ").join(species(name) for name in names), technique)
        for technique, names in by_technique.items()
        if names
    ]
    if not parts:
        return Markup("")
    return Markup(" No position is published for {}; these lines were fitted within stated windows.").format(
        Markup("; ").join(parts)
    )


def lines_table(analysis: Analysis) -> pd.DataFrame:
    """Supporting information: one row per line with position, width and share of the assigned area, sds in brackets."""
    frames = []
    for item in analysis.fits:
        frame = lines_frame(item.fit)
        frame.insert(0, "sample", item.sample)
        frame.insert(1, "technique", item.technique)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True).fillna("") if frames else pd.DataFrame()


def bibliography(analysis: Analysis) -> str:
    """BibTeX of the sources behind the priors, as far as the peak library at hand has them."""
    library = reference_peaks.load(*analysis.recipe.libraries, over=reference_peaks.load())
    used = {key for by_species in analysis.priors.values() for prior in by_species.values() for key in prior.claims}
    return as_bibtex(library, [claim for claim in library.claims if claim.key in used])
