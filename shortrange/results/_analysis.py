"""All results of one run, with everything needed to repeat it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reference_peaks import Prior, Window
from shortrange.recipe import Recipe
from shortrange.results._glasses import BASE, Fitted, Influence, Measured, Structure, Unlisted
from shortrange.results._joint import JointFit
from shortrange_core.notes import Note
from shortrange_core.records import Provenance, record
from shortrange_core.showing import Shown

NO_JOINT = "no-joint-result"
NO_SERIES = "no-series-result"
Priors = Mapping[str, Mapping[str, Prior | Window]]
Places = Mapping[str, Mapping[str, Window]]
"""Where the peak library puts what glasses could hold, by technique and label, with whom to cite."""


@record(1)
@dataclass(frozen=True, eq=False, slots=True)
class Analysis(Shown):
    """All results of one run, with everything needed to repeat it.

    Parameters
    ----------
    recipe
        The recipe, its text included.
    measured
        Spectra as they were read.
    priors
        By technique and species what the library knows of its place: a prior, or a window where there is no position.
    library
        Version and digest of the peak library.
    fits
        One per spectrum.
    structures
        One per glass and reading.
    wider, narrower
        Structures of the first reading with every prior twice and half as wide.
    notes
        What a user must know, each with the place it belongs to.
    provenance
        Command, hashes, versions, seed.
    influences
        What the fractions of the first reading owe to the priors of each kind.
    joint
        The joint route, where it was asked for.
    places
        Where the library puts what the glasses could hold, listed or not.
    unlisted
        Those units, each tried under the lines that may hide it.
    series
        Structures of the first reading where all glasses are solved together, if the recipe says what they share.
    """

    recipe: Recipe
    measured: tuple[Measured, ...]
    priors: Priors
    library: str
    fits: tuple[Fitted, ...]
    structures: tuple[Structure, ...]
    wider: tuple[Structure, ...]
    narrower: tuple[Structure, ...]
    notes: tuple[tuple[str, Note], ...]
    provenance: Provenance
    influences: tuple[Influence, ...] = ()
    joint: JointFit | None = None
    places: Places = field(default_factory=dict)
    unlisted: tuple[Unlisted, ...] = ()
    series: tuple[Structure, ...] = ()

    def __post_init__(self) -> None:
        """Take places as pairs of ends, which earlier files hold, too."""
        windows = {
            technique: {
                label: place if isinstance(place, Window) else _window(place) for label, place in labels.items()
            }
            for technique, labels in self.places.items()
        }
        object.__setattr__(self, "places", windows)

    @property
    def routes(self) -> tuple[str, ...]:
        """The routes that were asked for, also where the joint one gave nothing."""
        asked = self.joint is not None or any(note.code == NO_JOINT for _, note in self.notes)
        return ("stepwise", "joint") if asked else ("stepwise",)

    @property
    def trusted(self) -> bool:
        """Whether every fit and every solution of the first reading may be used."""
        solved = [s.solution for s in self.structures if s.reading == BASE]
        routes = self.joint is None or all(item.believed for item in self.joint.structures)
        routes = routes and all(note.code not in (NO_JOINT, NO_SERIES) for _, note in self.notes)
        routes = routes and all(item.believed for item in self.series)
        fitted = all(f.fit.status.trusted for f in self.fits)
        return fitted and routes and all(s is not None and s.status.trusted for s in solved)


def _window(ends: Sequence[float]) -> Window:
    """A place of the library without whom to cite."""
    lower, upper = ends
    return Window(lower, upper, unit="", source="", reason="stored without its source")
