"""Saturation and responses: corrected where they are stated, borne by the interval where they are not."""

import numpy as np
import pytest
from scipy.integrate import quad

import shortrange
import spectra
import structure
from shortrange.recipe import Options, check_recipe
from shortrange.results import Fitted
from shortrange.stepwise import UNKNOWN_T1, responses, saturates
from shortrange_core import BadInput, Status

TRUTH = {"P:S4": 0.5, "P:SO3": 0.3, "P:O4": 0.2}
T1 = {"P:S4": (60.0, 3.0), "P:SO3": (120.0, 6.0), "P:O4": (240.0, 12.0)}
X = np.linspace(-60.0, 140.0, 401)


def fitted(delay, *, shares=None, angle=90.0):
    """Three lines far apart, with areas as a train of pulses leaves them."""
    y = np.zeros_like(X)
    for (label, amount), center in zip(TRUTH.items(), (82.0, 32.0, 3.0), strict=True):
        seen = 1.0 if shares is None else shares[label]
        y += 1000 * amount * seen * np.exp(-4 * np.log(2) * ((X - center) / 8) ** 2)
    y += np.random.default_rng(4).normal(size=X.size)
    spectrum = spectra.from_arrays(X, y, axis="chemical_shift", noise=1.0, technique="31P NMR")
    given = {} if delay is None else {"recycle_delay": delay, "flip_angle": angle}
    spectrum = spectra.nmr.prepare(spectrum, reference="85% H3PO4", spinning_rate=np.inf, **given)
    model = spectra.nmr.model(spectrum, list(TRUTH))
    return Fitted("a", "31P NMR", "a.txt", tuple(TRUTH), (), spectra.fit(spectrum, model, check=False))


def fractions(item, options):
    areas = structure.from_areas(item.fit.areas, response=responses(item, options, list(TRUTH)))
    glass = structure.composition("Na3PS2.3O1.7", formers=("P",))
    solution = structure.solve(glass, (*TRUTH, "Na2S", "S"), [areas], check=False)
    if solution.status is Status.REJECTED:
        return {}
    found = solution.fractions
    return {name: (found.value.sel(entry=name).item(), found.sd.sel(entry=name).item()) for name in TRUTH}


def shares(delay, angle):
    return {label: float(spectra.nmr.remaining(delay, angle, t1)) for label, (t1, _) in T1.items()}


def test_stated_relaxation_times_correct_the_areas() -> None:
    """At 120 s and 60 degrees PO4 keeps 0.56 of its signal, PS4 0.93: uncorrected, the evidence is rejected."""
    item = fitted(120.0, shares=shares(120.0, 60.0), angle=60.0)
    found = fractions(item, Options.model_validate({"t1": {label: list(value) for label, value in T1.items()}}))
    for label, amount in TRUTH.items():
        value, sd = found[label]
        assert abs(value - amount) < 3 * sd
        assert sd < 0.05
    assert not fractions(item, Options(response={label: [1.0, 0.0] for label in TRUTH}))  # too little oxygen is seen
    stated = {label: [share, 0.02] for label, share in shares(120.0, 60.0).items()}
    assert fractions(item, Options(response=stated))["P:O4"][0] == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize(
    ("delay", "true", "times"),
    [
        (d, t, times)
        for d, t in ((None, 300.0), (150.0, 150.0))
        for times in ((60.0, 120.0, 240.0), (30.0, 300.0, 1200.0))
    ]
    + [(None, true, (60.0, 120.0, 240.0)) for true in (10.0, 60.0)],  # wider apart: docs/decisions/0039
)
def test_unknown_relaxation_widens_where_the_delay_matters(delay, true, times) -> None:
    left = spectra.nmr.remaining(true, 90.0, times)
    item = fitted(delay, shares=dict(zip(TRUTH, left.tolist(), strict=True)))
    assert saturates(item, Options())
    wide = fractions(item, Options())
    for label, amount in TRUTH.items():
        assert abs(wide[label][0] - amount) < 2.5 * wide[label][1]
    assert wide["P:O4"][1] > 0.01


def test_a_long_delay_costs_nothing() -> None:
    """At 3600 s a T1 of 3000 s still costs 30 % of a site: only five times that is long enough for all."""
    assert saturates(fitted(3600.0), Options())
    for delay in (np.inf, 3e4):
        item = fitted(delay)
        assert not saturates(item, Options())
        assert responses(item, Options(), list(TRUTH)) is None


def test_what_relaxes_as_stated_is_as_sharp_as_what_relaxes_fully() -> None:
    """Delay and T1 that are told: nothing is left in the intervals but the noise, over the signal that is left."""
    left = shares(120.0, 90.0)
    item, times = fitted(120.0, shares=left), {label: [t1, 0.0] for label, (t1, _) in T1.items()}
    told, untold = fractions(item, Options.model_validate({"t1": times})), fractions(item, Options())
    full = fractions(fitted(np.inf), Options())
    for label in TRUTH:
        assert told[label][1] < full[label][1] / min(left.values())
        assert untold[label][1] > 100 * told[label][1]


def unknown(delay, *, widen=1.0):
    """Median and sd of the logarithm of the share of a unit without a stated T1."""
    value = responses(fitted(delay), Options(), ["P:S4"], widen=widen)["P:S4"]
    assert isinstance(value, tuple)
    return value


def test_twice_the_doubt_is_twice_the_doubt() -> None:
    one, two = (unknown(150.0, widen=widen) for widen in (1.0, 2.0))
    assert two[0] == one[0]
    assert two[1] == pytest.approx(2 * one[1])


def test_an_unknown_share_has_the_moments_of_its_logarithm() -> None:
    """By quadrature over log-uniform T1 of 20 s to 3000 s; where the delay is short, S/S0 is t/T1 and as wide as T1."""
    (median, log_sd), (_, short) = unknown(150.0), unknown(0.1)
    density = 1 / np.log(3000.0 / 20.0)
    first, second = (
        quad(lambda u, n=power: density * np.log(1 - np.exp(-150.0 / np.exp(u))) ** n, np.log(20.0), np.log(3000.0))[0]
        for power in (1, 2)
    )
    assert median == pytest.approx(np.exp(first), rel=1e-4)
    assert log_sd == pytest.approx(np.sqrt(second - first**2), rel=1e-4)
    assert short == pytest.approx(UNKNOWN_T1[1], rel=1e-2)


def test_a_delay_that_nobody_states_may_have_been_any() -> None:
    """A share then spreads as T1 does, which no delay exceeds; stating 300 s is worth half of it."""
    spreads = [unknown(delay)[1] for delay in (1.0, 10.0, 60.0, 300.0)]
    assert unknown(None)[1] == pytest.approx(UNKNOWN_T1[1])
    assert unknown(None)[1] > spreads[0] > spreads[1] > spreads[2] > 1.5 * spreads[3]


def test_relaxation_of_what_is_no_line_is_refused(tmp_path) -> None:
    path = shortrange.write_example(tmp_path / "series")
    text = path.read_text(encoding="utf-8")
    head = '[techniques."31P NMR"]\n'
    for key, match in (
        ('t1 = { "P:S4" = [60.0, 3.0] }', "t1 has 'P:S4', which is not a line"),
        ('response = { "P:O2/O2" = [0.8, 0.1] }', "response has 'P:O2/O2', which is not a unit"),
        ("flip_angle = 200", "flip_angle = 200"),
    ):
        with pytest.raises(BadInput, match=match):
            check_recipe(text.replace(head, f"{head}{key}\n"), folder=path.parent, name="recipe.toml")
    good = check_recipe(
        text.replace(head, f'{head}t1 = {{ "P:S4 + P:S3O" = [60.0, 3.0] }}\n'), folder=path.parent, name="recipe.toml"
    )
    assert good.tables.techniques["31P NMR"].t1["P:S4 + P:S3O"] == (60.0, 3.0)
