"""The library in memory: claims with their sources, and what fits take from them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reference_peaks.entries import POOLED_STATUSES, Claim, Settings, Source, normal_label
from reference_peaks.pooling import (
    PLACING,
    Pooled,
    Prior,
    Request,
    TechniqueSpread,
    Window,
    pooled_for,
    prior_for,
    technique_spread,
    window_for,
)
from shortrange_core.affine import parse
from shortrange_core.errors import BadInput, Offenders
from shortrange_core.shown_numbers import counted

LabelRule = Callable[[str], Any]


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Library:
    """Claims, bibliography and settings; made by :func:`load`.

    Parameters
    ----------
    claims
        Sorted by key; keys are unique.
    sources
        Bibliography by key.
    settings
        Version, default spreads and scales.
    """

    claims: tuple[Claim, ...]
    sources: Mapping[str, Source]
    settings: Settings

    def __repr__(self) -> str:
        size = f"{counted(len(self.claims), 'claim')}, {counted(len(self.sources), 'source')}"
        return f"Library(version {self.version}, {size})"

    @property
    def version(self) -> str:
        """Version of the library, as every result stores it."""
        return self.settings.version

    def digest(self) -> str:
        """Short hash of all that the claims say: two libraries of one version that differ show it here."""
        text = "\n".join(repr(claim) for claim in self.claims)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def get(self, key: str) -> Claim:
        """Claim of a key, or of the only key that contains the text given.

        Raises
        ------
        BadInput
            If there is none, or several.
        """
        exact = [claim for claim in self.claims if claim.key == key]
        matching = exact or [claim for claim in self.claims if key in claim.key]
        if len(matching) != 1:
            some = ", ".join(claim.key for claim in matching[:5])
            raise BadInput(
                f"{key!r} names {len(matching)} claims{': ' + some if matching else ''}"
                f"{' and more' if len(matching) > 5 else ''}; give one whole key, see 'shortrange peaks list'"
            )
        return matching[0]

    def select(
        self,
        *,
        technique: str | None = None,
        species: str | None = None,
        cation: str | None = None,
        phase: str | None = None,
        status: str | None = None,
        source: str | None = None,
    ) -> tuple[Claim, ...]:
        """Claims that agree with everything given; species in any spelling of one label."""
        wanted = normal_label(species) if species is not None else None
        return tuple(
            claim
            for claim in self.claims
            if technique in (None, claim.technique)
            and wanted in (None, normal_label(claim.species))
            and cation in (None, claim.cation)
            and phase in (None, claim.phase)
            and status in (None, claim.status)
            and source in (None, claim.source, claim.via)
        )

    def check(self, *, label_rule: LabelRule | None = None) -> None:
        """Check what no single file can: sources exist, units parse, spreads are there.

        Parameters
        ----------
        label_rule
            Called with the label of every structural unit; raises ValueError (BadInput is one) where the
            label is not in the grammar. ``structure.check_label`` is such a rule.

        Raises
        ------
        BadInput
            With every offender.
        """
        offenders = Offenders()
        for claim in self.claims:
            for key in filter(None, (claim.source, claim.via)):
                if key not in self.sources:
                    offenders.add(f"{claim.key}: the source {key!r} is not in the bibliography; add it there")
            try:
                self.settings.spread(claim.technique)
            except BadInput as error:
                offenders.add(*error.problems)
            if label_rule is not None and claim.species_kind == "unit":
                try:
                    label_rule(claim.species)
                except ValueError as error:
                    offenders.add(
                        f"{claim.key}: species {claim.species!r} is not a structural unit ({error}); correct it"
                    )
        offenders.problems = list(dict.fromkeys(offenders.problems))
        offenders.raise_if_any()

    def priors(
        self,
        technique: str,
        species: Iterable[str],
        *,
        cation: str | None,
        phase: str | None,
        scale: str | None = None,
        line: str | None = None,
    ) -> dict[str, Prior]:
        """Priors for the positions of species, by the names they were asked under.

        Parameters
        ----------
        technique
            Such as ``"31P NMR"``.
        species
            Labels, or texts of labels that share a line (``"P:S4 + P:S3O"``: one prior a label); those without a
            position in the library are absent from the answer.
        cation, phase
            Of the sample; None takes any. ``"glass/amorphous"`` lets claims about either serve.
        scale
            Reference scale of the spectrum. None takes the scale that most of the claims are on; claims on
            others are moved where the offset is known (its doubt goes into the sd) and left out where not.
        line
            Which line of a species; None takes its main line: 2p3/2, the stretch, the site that has no bridge to
            another former. A species with several lines of which none is the main one is absent then.

        Raises
        ------
        BadInput
            If the library knows nothing of the technique.

        Examples
        --------
        >>> import reference_peaks
        >>> priors = reference_peaks.load().priors("31P NMR", ["P:S4", "P:S3/S"], cation="Na", phase="glass")
        >>> sorted(priors), priors["P:S4"].mean, priors["P:S4"].scale
        (['P:S4'], 82.0, 'NaH2PO4')
        """
        request = self._request(technique, species, cation=cation, phase=phase, scale=scale, line=line)
        priors = {label: prior_for(request, label) for label in request.species}
        return {label: prior for label, prior in priors.items() if prior is not None}

    def windows(
        self, technique: str, species: Iterable[str], *, cation: str | None, phase: str | None, scale: str | None = None
    ) -> dict[str, Window]:
        """Windows for species without a position: as printed for the material, else around all that is published.

        Arguments as in :meth:`priors`. A species of which nothing is known is absent. What ``library.yaml`` assumes
        beside the claims widens a window, which then says that it is assumed.

        Examples
        --------
        >>> import reference_peaks
        >>> window = reference_peaks.load().windows("FTIR", ["P-O-P"], cation="Na", phase="glass")["P-O-P"]
        >>> window.lower, window.upper
        (600.0, 950.0)
        """
        request = self._request(technique, species, cation=cation, phase=phase, scale=scale, line=None)
        windows = {label: window_for(request, label) for label in request.species}
        return {label: window for label, window in windows.items() if window is not None}

    def places(
        self, technique: str, species: Iterable[str], *, cation: str | None, phase: str | None, scale: str | None = None
    ) -> dict[str, Prior | Window]:
        """All that the library knows of the places of lines: a prior where :meth:`priors` has one, else a window.

        What models of spectra take as ``priors``: windows then are those of this library, not of the public one.

        Examples
        --------
        >>> import reference_peaks
        >>> asked = {"cation": "Na", "phase": "glass"}
        >>> places = reference_peaks.load().places("31P NMR", ["P:S4", "P:S3/O"], **asked)
        >>> places["P:S4"].mean, places["P:S3/O"].lower, places["P:S3/O"].assumed
        (82.0, 66.0, True)
        """
        asked: Any = {"cation": cation, "phase": phase, "scale": scale}
        texts = [species] if isinstance(species, str) else list(species)
        return {**self.windows(technique, texts, **asked), **self.priors(technique, texts, **asked)}

    @property
    def techniques(self) -> frozenset[str]:
        """Techniques that the library has claims for."""
        return frozenset(claim.technique for claim in self.claims)

    def lines(self, technique: str) -> frozenset[str]:
        """Labels that this library has a prior or a window for, in some material.

        Examples
        --------
        >>> import reference_peaks
        >>> sorted(name for name in reference_peaks.load().lines("Raman") if name.startswith("S"))
        ['S', 'S-S', 'Si']
        """
        pooled = [c for c in self.claims if c.technique == technique and c.status in POOLED_STATUSES]
        claimed = {claim.species for claim in pooled if claim.quantity.kind in PLACING}
        return frozenset(claimed) | frozenset(self.settings.placements.get(technique, {}))

    def pool(
        self,
        technique: str,
        species: Iterable[str],
        *,
        cation: str | None,
        phase: str | None,
        scale: str | None = None,
        line: str | None = None,
    ) -> dict[str, Pooled]:
        """Pooled positions with spread, prediction interval and outliers; arguments as in :meth:`priors`.

        Examples
        --------
        >>> import reference_peaks
        >>> pooled = reference_peaks.load().pool("P 2p XPS", ["P:O4"], cation="Na", phase="crystal")["P:O4"]
        >>> len(pooled.sources), pooled.lower < pooled.mean < pooled.upper
        (5, True)
        """
        request = self._request(technique, species, cation=cation, phase=phase, scale=scale, line=line)
        every = {label: pooled_for(request, label) for label in request.species}
        return {label: pooled for label, pooled in every.items() if pooled is not None}

    def spread(self, technique: str) -> TechniqueSpread:
        """Between-source spread of a technique, estimated from the whole library where it can be."""
        claims = tuple(claim for claim in self.claims if claim.technique == technique)
        return technique_spread(claims, technique, self.settings)

    def _request(
        self,
        technique: str,
        species: Iterable[str],
        *,
        cation: str | None,
        phase: str | None,
        scale: str | None,
        line: str | None,
    ) -> Request:
        texts = [species] if isinstance(species, str) else species
        labels = tuple(dict.fromkeys(label for text in texts for label in labels_of(text)))
        claims = tuple(claim for claim in self.claims if claim.technique == technique)
        if not claims:
            techniques = ", ".join(sorted(self.techniques))
            raise BadInput(f"the library has no claim for {technique!r}; it knows {techniques}")
        scale = None if scale is None else self.settings.as_listed(technique, scale)
        return Request(technique, labels, cation, phase, scale, line, claims, self.sources, self.settings)


def labels_of(text: str) -> tuple[str, ...]:
    """Labels that share a line, ``P:S4 + P:S3O``; any other text is one label.

    Examples
    --------
    >>> labels_of("P:S4 + P:S3O"), labels_of("terminal P-S")
    (('P:S4', 'P:S3O'), ('terminal P-S',))
    """
    try:
        return parse(text).names or (text,)
    except BadInput:
        return (text,)
