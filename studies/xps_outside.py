"""Why published areas lie outside our intervals; ``python studies/xps_outside.py FOLDER`` prints the tables.

FOLDER as of ``xps_published.py``. Of each fit with an area outside: chi2 on the way from the numbers of its source to
our fit, in one noise; then the answers of both procedures to one curve without noise, whose areas are known.
"""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import brentq

import spectra
from spectra import shapes, xps
from spectra.models import with_parameters

sys.path.insert(0, str(Path(__file__).parents[1]))

from studies.xps_published import all_fits
from studies.xps_refits import (
    Published,
    as_fitted,
    between_ends,
    ends,
    inside_the_fit,
    model,
    noise_of,
    on_background,
    region_inside,
)

OUTSIDE = ("STO_2doublets Ti2p", "Au 4f, GL(90)", "Pt 4f")
RESHAPED = ("Au 4f, GL(90)",)
"""Whose own shape does not describe the data: the curve to be answered is one that does better."""


@dataclass(frozen=True)
class Step:
    """chi2 and the area of the first line, as its source counts it."""

    name: str
    chi2: float
    area: float

    def told(self, best: float, degrees: float) -> str:
        """A row; ``above`` in a noise that makes the best chi2 its degrees of freedom."""
        return f"{self.name} | {self.area:.0f} | {self.chi2:.1f} | {degrees * (self.chi2 / best - 1):.1f}"


def way(one: Published) -> list[Step]:
    """From the source's numbers to ours, in the noise of counting."""
    theirs, ours = as_fitted(one, "counts"), inside_the_fit(one, tied=True)
    published = one.peaks[0][1]
    return [
        Step("numbers of the source", theirs.theirs, published),
        Step("its background, lines free", theirs.ours, theirs.areas[0][0]),
        Step("background free, its area held", held(one), published),
        Step("background free, lines free", ours.ours, ours.areas[0][0]),
    ]


def held(one: Published) -> float:
    """chi2 of our fit with the area of the first line at that of the source."""
    free = spectra.fit(region_inside(one), on_background(one, model(one, tied=True)), restarts=4, check=False)
    published = one.peaks[0][1]

    def at(whole: float) -> spectra.Fit:
        names = zip(free.model.all_parameters, free.values.tolist(), strict=True)
        at_end = {p.name: replace(p, value=value) for p, value in names}
        links = (*free.model.links, f"p0_area = {whole:.8g}")
        return spectra.fit(region_inside(one), with_parameters(free.model, at_end, links=links), check=False)

    whole = published
    if one.windowed:
        whole = brentq(lambda area: between_ends(one, at(area))[0][0] - published, published, 2 * published, rtol=1e-4)
    found = at(whole)
    return float(np.sum((found.curves["residual"].values / noise_of(one)[ends(one)]) ** 2))


def answers(one: Published) -> tuple[float, float, float, float]:
    """The true area of the first line of a curve without noise, the source's answer in both weights, and ours.

    The curve is that of our fit, in another shape where the source's does not describe its data.
    """
    lines = model(reshaped(one), tied=True) if one.name in RESHAPED else model(one, tied=True)
    found = spectra.fit(region_inside(one), on_background(one, lines), restarts=4, check=False)
    inside = ends(one)
    rate = one.rate.copy()
    rate[inside] = rate[inside] - found.curves["residual"].values
    made = replace(one, rate=rate)
    true = float(between_ends(one, found)[0][0]) if one.windowed else float(found.areas.value.values[0])
    equal, counts = (as_fitted(made, weights).areas[0][0] for weights in ("equal", "counts"))
    return true, equal, counts, inside_the_fit(made, tied=True).areas[0][0]


def reshaped(one: Published) -> Published:
    """The same lines as Voigt lines with one tail, alike in all but area and place."""
    names = shapes.shape_named("asymmetric_voigt").quantities
    peaks = [
        ("asymmetric_voigt", area, dict(zip(names, (old["center"], 0.6, 0.4, 0.3), strict=True)))
        for _, area, old in one.peaks
    ]
    links = [text for text in one.links if not text.startswith("p1_fwhm")]
    links += [f"p1_{name} = p0_{name}" for name in names if name != "center"]
    return replace(one, peaks=peaks, held=(), links=tuple(links))


def unstated(one: Published) -> str:
    """The range of the first area where nobody states the shape of the lines; whether the published one lies inside."""
    lines = model(one, tied=True)
    peaks = tuple(
        replace(
            spectra.peak(
                line.name,
                {
                    "center": (own["center"].value, own["center"].lower, own["center"].upper),
                    "fwhm": (own["fwhm"].value, 0.2, 5.0),
                    "fraction": (0.25, 0.0, 1.0),
                },
            ),
            shape_assumed=True,
        )
        for line, own in ((line, line.quantities) for line in lines.peaks)
    )
    ties = tuple(text for text in one.links if text.split(" = ")[0].endswith(("_area", "_center", "_fwhm")))
    free = replace(lines, peaks=peaks, links=(*ties, "p1_fraction = p0_fraction"))
    found = spectra.fit(region_inside(one), on_background(one, free), restarts=4, check=False)
    low, high = xps.area_ranges(found)["p0"]
    inside = "inside" if low <= one.peaks[0][1] <= high else "outside"
    return f"{found.status} | {found.chi2:.1f} | {low:.0f} to {high:.0f} | {one.peaks[0][1]:.0f} {inside}"


def correlated(one: Published) -> str:
    """Points of the residuals of our fit that count as one, and how far areas lie off if all of that were noise."""
    ours = inside_the_fit(one, tied=True)
    found = spectra.fit(region_inside(one), on_background(one, model(one, tied=True)), restarts=4, check=False)
    together, _ = spectra.noise.points_per_independent(found.curves["residual"].values / noise_of(one)[ends(one)])
    pairs = zip(ours.areas, ours.published, strict=True)
    apart = ", ".join(f"{(area - published) / (sd * together**0.5):+.2f}" for (area, sd), published in pairs)
    return f"{together:.2f} | {apart}"


if __name__ == "__main__":
    for one in all_fits(Path(sys.argv[1])):
        if one.name not in OUTSIDE:
            continue
        print(f"| {one.name} | points that count as one | {correlated(one)} |", flush=True)
        print(f"| {one.name} | shape not stated | {unstated(one)} |", flush=True)
        steps = way(one)
        ours = inside_the_fit(one, tied=True)
        for step in steps:
            print(f"| {one.name} | {step.told(ours.ours, ours.degrees)} |", flush=True)
        true, equal, counts, free = answers(one)
        print(
            f"| {one.name} | {one.peaks[0][1]:.0f} | {true:.0f} | {equal:.0f} | {counts:.0f} | {free:.0f} |", flush=True
        )
