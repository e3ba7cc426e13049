"""What more measuring would give: expected standard deviations of fractions for more scans, another technique, rate.

A measurement is planned before its data exist: its model, its noise and the structure that it would see are enough. For
every plan the likelihood is made with the new spectra, at amounts drawn from the posterior; scales, shapes, drift and
responses stay unknown. Amounts are not below zero. What an hour of measuring costs is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import numpy as np
import numpy.typing as npt

from shortrange.joint._information import BRIDGING, value_along
from shortrange.joint._pieces import Pieces
from shortrange.joint.likelihood import AreaTable, Data, Likelihood, block_of
from shortrange_core.errors import BadInput
from shortrange_core.showing import Shown

Array = npt.NDArray[np.float64]
Measured = Data | AreaTable
Change = Callable[[Sequence[Measured]], list[Measured]]
AS_IT_IS = "as it is"
DRAWS, SAMPLES = 8, 768
PLANNED = ("P:S3O", BRIDGING)


@dataclass(frozen=True, slots=True)
class Plan(Shown):
    """Expected standard deviation of one quantity of one glass under one plan.

    Parameters
    ----------
    plan, sample, quantity
        What would be measured; glass; unit or share.
    sd
        Mean over draws of the posterior.
    spread
        Sd of that over the draws: what is not known of the structure makes it uncertain.
    """

    plan: str
    sample: str
    quantity: str
    sd: float
    spread: float


def plans_of(likelihood: Likelihood, rates: Mapping[str, float] | None = None) -> dict[str, Change]:
    """Plans for a series, by name: what each makes of its spectra.

    Parameters
    ----------
    likelihood
        Of the series.
    rates
        Spinning rates to try (Hz) by name.
    """
    spectra = [block.data for block in likelihood.blocks.values()]
    techniques = dict.fromkeys(data.technique for data in spectra)
    made: dict[str, Change] = {AS_IT_IS: _unchanged}
    for technique in techniques:
        made[f"{technique}: 4 x the scans"] = partial(_scanned, technique)
    measured = {(data.technique, data.sample) for data in spectra}
    for technique, sample in product(techniques, likelihood.glasses):
        if (technique, sample) not in measured and _sees(likelihood, measured_too(spectra, technique, sample)):
            made[f"{technique} of {sample}"] = partial(_joined, technique, sample)
    for name, rate in (rates or {}).items():
        made[f"NMR at {name}"] = partial(_spun, rate)
    return made


def _sees(likelihood: Likelihood, data: Measured) -> bool:
    """Whether a spectrum counts anything that its glass can hold: O 1s nothing where there is no oxygen."""
    return bool(np.any(block_of(data, likelihood.glasses[data.sample].species).sight.counts))


def _unchanged(spectra: Sequence[Measured]) -> list[Measured]:
    return list(spectra)


def _scanned(technique: str, spectra: Sequence[Measured]) -> list[Measured]:
    return [more_scans(data, 4.0, technique) for data in spectra]


def _joined(technique: str, sample: str, spectra: Sequence[Measured]) -> list[Measured]:
    return [*spectra, measured_too(spectra, technique, sample)]


def _spun(rate: float, spectra: Sequence[Measured]) -> list[Measured]:
    return [at_rate(data, rate) for data in spectra]


def more_scans(data: Measured, factor: float, technique: str) -> Measured:
    """A spectrum of one technique with the noise of ``factor`` times the scans."""
    if data.technique != technique:
        return data
    if isinstance(data, AreaTable):
        return replace(data, factor=data.factor / factor)
    return replace(data, noise=data.noise / np.sqrt(factor))


def measured_too(spectra: Sequence[Measured], technique: str, sample: str) -> Measured:
    """A spectrum of a glass that lacks the technique, as good as the first one of another glass."""
    donor = next(data for data in spectra if data.technique == technique)
    return replace(donor, key=f"{sample}, {technique}", sample=sample)


def at_rate(data: Measured, rate: float) -> Measured:
    """A spectrum at another spinning rate (Hz), in the same time; one of another technique as it is."""
    if isinstance(data, AreaTable):
        return data
    peaks = []
    for peak in data.model.peaks:
        moved = [
            replace(p, value=rate, lower=rate, upper=rate) if p.quantity == "spinning_rate" else p
            for p in peak.parameters
        ]
        peaks.append(replace(peak, parameters=tuple(moved)))
    return replace(data, model=replace(data.model, peaks=tuple(peaks)))


def plan(
    likelihood: Likelihood,
    x: Array,
    plans: Mapping[str, Change],
    *,
    rng: np.random.Generator,
    quantities: Sequence[str] = PLANNED,
    draws: int = DRAWS,
) -> tuple[Plan, ...]:
    """Expected standard deviations under every plan.

    Parameters
    ----------
    likelihood, x
        Of the series as it is, and its most probable parameters.
    plans
        As :func:`plans_of` gives them.
    rng
        Of the draws.
    quantities
        Labels of units or linear quantities and ratios; left out for glasses that cannot hold them.
    draws
        Structures drawn from the posterior.

    Raises
    ------
    BadInput
        If no glass can hold any of the quantities.
    """
    now = Pieces(likelihood, x)
    drawn = now.together(now.without(())).samples(now.start, max(draws, 64), rng)[:draws]
    wanted = [(name, q) for name, glass in likelihood.glasses.items() for q in quantities if _holds(glass.species, q)]
    if not wanted:
        raise BadInput(f"quantities = {', '.join(quantities)}: no glass of the series can contain any of them")
    seeds = rng.integers(2**32, size=len(drawn)).tolist()  # the same for every plan: their differences are sharper
    planned: list[Plan] = []
    for name, changed in plans.items():
        sds = np.array(
            [
                _sds(likelihood, _with_amounts(likelihood, x, amounts), changed, wanted, np.random.default_rng(seed))
                for amounts, seed in zip(drawn, seeds, strict=True)
            ]
        )
        planned += [
            Plan(name, sample, quantity, float(mean), float(spread))
            for (sample, quantity), mean, spread in zip(wanted, sds.mean(axis=0), sds.std(axis=0), strict=True)
        ]
    return tuple(planned)


def _holds(species: Sequence[str], quantity: str) -> bool:
    oxygen = any("O" in label for label in species)
    return quantity in species or (quantity == BRIDGING and oxygen)


def _sds(
    likelihood: Likelihood,
    x: Array,
    changed: Change,
    wanted: Sequence[tuple[str, str]],
    rng: np.random.Generator,
) -> list[float]:
    """Posterior sds if the series were as x has it."""
    data = changed([block.data for block in likelihood.blocks.values()])
    other = Likelihood(list(likelihood.glasses.values()), data, factor=likelihood.factor)
    pieces = Pieces(other, _carried_over(likelihood, x, other))
    samples = pieces.together(pieces.without(())).samples(pieces.start, SAMPLES, rng)
    return [
        float(np.std(value_along(quantity, other.glasses[sample].species, samples[:, pieces.places[sample]])))
        for sample, quantity in wanted
    ]


def _with_amounts(likelihood: Likelihood, x: Array, amounts: Array) -> Array:
    made = x.copy()
    made[np.concatenate(list(likelihood.amounts.values()))] = amounts
    return made


def _carried_over(likelihood: Likelihood, x: Array, other: Likelihood) -> Array:
    """Parameters of the planned series by name; a spectrum that is new looks as the first one of its technique.

    What that one does not show, such as a line of oxygen in a glass without, is taken from the first that does.
    """
    values = dict(zip(likelihood.names, x.tolist(), strict=True))
    shown: dict[tuple[str, str], float] = {}
    for key, block in likelihood.blocks.items():
        for name, at in _own_places(likelihood, key).items():
            shown.setdefault((block.data.technique, name), float(x[at]))
    for key, block in other.blocks.items():
        for name, at in _own_places(other, key).items():
            values.setdefault(other.names[at], shown.get((block.data.technique, name), other.first[at]))
    for shape, (level, _) in other.common.items():  # a second spectrum couples what the first one had for itself
        values.setdefault(other.names[level], shown.get(shape, other.first[level]))
    return np.array([values.get(name, start) for name, start in zip(other.names, other.first, strict=True)])


def _own_places(likelihood: Likelihood, key: str) -> dict[str, int]:
    """Where the scale and the parameters that a spectrum has for itself stand, by their names in the spectrum."""
    return dict(zip(("log scale", *likelihood.blocks[key].own), likelihood.own_places(key).tolist(), strict=True))
