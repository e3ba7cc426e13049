"""What a technique is: its axis, the functions that make a spectrum ready and give its model, the lines it knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import xarray as xr

from shortrange_core.notes import Note
from shortrange_core.options import Option, Stated, options_of
from spectra.models._model import Model

# options that several techniques state alike
PointsAsOne = Annotated[float | None, Option("Number of points that count as one independent point.", at_least=1)]
Widen = Annotated[float, Option("Factor on the sds of the technique's own priors.", above=0)]
UnknownShare = Annotated[
    float,
    Option("Largest share of all areas for one broad line of unknown origin; 0 for none.", at_least=0, at_most=0.2),
]


@dataclass(frozen=True, eq=False, slots=True)
class Technique:
    """A technique: recipes, command lines and pages take its options from the signatures of its functions.

    Parameters
    ----------
    kind
        NMR, Raman, FTIR or XPS: the last word of a technique such as ``"31P NMR"``.
    axis
        Dimension of its spectra.
    prepare
        ``prepare(spectrum, *, ...)``: makes a spectrum ready.
    model
        ``model(spectrum, species, *, priors, windows, ...)``: lines over their background.
    bands
        Lines that it knows by name or label without a prior, for a technique of its kind.
    remarks
        Notes on a finished fit that a look at its lines needs, such as two that lie too near.
    freed
        Where the lines of a finished fit contradict what is stated of scale or phase: the note that says so, and the
        model with that free.
    freed_as
        A model of the same spectrum, free in what another one (of its fit) was freed of.
    """

    kind: str
    axis: str
    prepare: Callable[..., xr.Dataset]
    model: Callable[..., Model]
    bands: Callable[[str], frozenset[str]]
    remarks: Callable[[Any], tuple[Note, ...]] = field(default=lambda _: ())
    freed: Callable[[Any], tuple[Note, Model] | None] = field(default=lambda _: None)
    freed_as: Callable[[Model, Model], Model] = field(default=lambda model, _: model)

    @property
    def options(self) -> tuple[Stated, ...]:
        """Options of both functions; an option that both take, such as ``window``, is listed once."""
        by_name = {stated.name: stated for step in (self.prepare, self.model) for stated in options_of(step)}
        return tuple(by_name.values())

    def made(
        self, spectrum: xr.Dataset, species: Any, options: Mapping[str, Any], **extra: Any
    ) -> tuple[xr.Dataset, Model]:
        """The prepared spectrum and its model; each function receives the options that it names.

        Parameters
        ----------
        spectrum
            As a reader gives it.
        species
            One text a line.
        options
            Values by name; what neither function takes is refused by the function that is called.
        extra
            What :attr:`model` takes besides: priors.
        """
        mine = self._of_prepare()
        rest = {name: value for name, value in options.items() if name not in mine}
        ready = self.ready(spectrum, options)
        return ready, self.model(ready, species, **rest, **extra)

    def ready(self, spectrum: xr.Dataset, options: Mapping[str, Any]) -> xr.Dataset:
        """The whole spectrum, prepared; options of the model are ignored."""
        mine = self._of_prepare()
        return self.prepare(spectrum, **{name: value for name, value in options.items() if name in mine})

    def _of_prepare(self) -> set[str]:
        """Options of :attr:`prepare`; one that both take is the model's: the noise is seen in the whole spectrum."""
        theirs = {stated.name for stated in options_of(self.model)}
        return {stated.name for stated in options_of(self.prepare)} - theirs
