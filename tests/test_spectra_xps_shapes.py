"""Areas of photoelectron lines whose shape nobody states: ranges over the symmetric shapes of the trade."""

from dataclasses import replace

import numpy as np
import pytest

import spectra
from shortrange_core import Severity, load, save
from spectra import shapes, xps
from spectra.models import split_link, with_parameters
from spectra.xps._other_backgrounds import not_rejected, reshaped_ends
from spectra.xps._other_shapes import in_other_shapes
from studies import xps_shapes

VOIGT, SUM = ("voigt", (1.0, 0.4)), ("pseudo_voigt", (1.4, 0.25))
WINDOWS = {"BO": (531.0, 533.0)}


def region(seed, shape, *, area=200000.0, level="O 1s", places=((1.0, 532.0),), step=0.05):
    """Lines of a shape over a Shirley step on a level."""
    middle = places[0][1]
    x = np.arange(middle - 10, middle + 10, 0.1)
    curve = sum(shapes.shape_named(shape[0])(x, area * part, place, *shape[1]) for part, place in places)
    rise = step * np.concatenate([[0.0], np.cumsum((curve[1:] + curve[:-1]) / 2 * np.diff(x))])
    counts = np.random.default_rng(seed).poisson(area / 200 + curve + rise).astype(float)
    return spectra.from_arrays(
        x, counts, axis="binding_energy", counts=counts, technique=f"{level} XPS", intensity_unit="counts"
    )


def ready(measured):
    return xps.prepare(measured, photon_energy=1486.6, charge_shift=0.0, monochromatic=True)


def fitted(measured, lines=("BO",), windows=None, **options):
    spectrum = ready(measured)
    model = xps.model(spectrum, lines, windows=windows or WINDOWS, sodium=False, **options)
    return spectra.fit(spectrum, model, check=False)


def sulfur(seed, shape=VOIGT, **more):
    return region(seed, shape, **more, level="S 2p", places=((2 / 3, 161.5), (1 / 3, 162.68)))


def told_of(fit):
    return [note for note in xps.XPS.remarks(fit) if note.code == "shape-decides"]


def test_the_range_of_an_area_holds_it_where_another_shape_is_right():
    """Voigt lines fitted as the default sum: all intervals miss, the range holds what a fit of Voigt lines does."""
    held = 0
    for seed in range(8):
        measured = region(seed, VOIGT)
        found, right = fitted(measured), fitted(measured, shape="Voigt")
        assert found.status.trusted
        assert abs(float(found.areas.value[0]) - 200000) > 1.96 * float(found.areas.sd[0])
        low, high = xps.area_ranges(found)["bo"]
        own = xps.area_ranges(right)["bo"]
        assert (min(low, own[0]), max(high, own[1])) == pytest.approx((low, high), abs=30)
        held += low < 200000 < high
    assert held >= 7


def test_the_range_of_an_area_is_its_interval_where_its_shape_is_right():
    widths = []
    for seed in range(10):
        found = fitted(region(seed, SUM))
        low, high = xps.area_ranges(found)["bo"]
        widths.append((high - low) / (2 * 1.959964 * float(found.areas.sd[0])))
    assert widths == pytest.approx([1.0] * 10, abs=0.02)


@pytest.mark.parametrize(
    "stated", [{"shape": "pseudo_voigt"}, {"shape": "SGL"}, {"shape_values": {"fraction": 0.3}}, {"shape": "GL(30)"}]
)
def test_a_shape_that_is_stated_is_believed(stated):
    found = fitted(region(0, VOIGT, area=20000.0), **stated)
    assert not list(in_other_shapes(found))
    assert not told_of(found)
    assert [one.name for one in not_rejected(found)[1] if "Voigt" in one.name] == []


def test_other_shapes_end_where_fits_of_their_own_do():
    """Of a doublet, whose second line is tied to the first in every quantity; in one noise, which counts have not."""
    counted = sulfur(1, ("voigt", (1.2, 0.15)), area=10000.0)
    x, counts = counted.binding_energy.values, counted.intensity.values
    measured = spectra.from_arrays(x, counts, axis="binding_energy", noise=np.sqrt(counts), technique="S 2p XPS")
    found = fitted(measured, ["P:S4"], {"P:S4": (160.5, 162.5)})
    ends = reshaped_ends(found)
    assert [one.name for one in ends] == ["Voigt lines", "products of Gaussian and Lorentzian"]
    for end, shape in zip(ends, ("voigt", "gl_product"), strict=True):
        own = fitted(measured, ["P:S4"], {"P:S4": (160.5, 162.5)}, shape=shape)
        assert end.chi2 == pytest.approx(own.chi2, abs=0.5)
        assert float(end.areas[0]) == pytest.approx(float(own.areas.value[0]), rel=1e-3)
        assert end.spread().sd[0] == pytest.approx(float(own.areas.sd[0]), rel=0.05)


def test_what_ties_lines_ties_them_in_the_quantities_of_another_shape():
    found = fitted(sulfur(2), ["P:S4"], {"P:S4": (160.5, 162.5)})
    for (_, model), width, part in zip(
        in_other_shapes(found), ("gauss_fwhm", "fwhm"), ("lorentz_fwhm", "mix"), strict=True
    ):
        ties = {name: right.names for name, right in map(split_link, model.links)}
        assert ties[f"p_s4_partner_{width}"] == (f"p_s4_{width}",)
        assert ties[f"p_s4_partner_{part}"] == (f"p_s4_{part}",)


def test_a_number_of_a_width_or_a_lorentzian_part_is_a_statement():
    found = fitted(sulfur(3), ["P:S4"], {"P:S4": (160.5, 162.5)})
    model = found.model
    wide = {p.name: p for p in model.all_parameters}["p_s4_fwhm"]
    tied = [text for text in model.links if not text.startswith("p_s4_partner_fraction")]
    for stated in (
        replace(model, links=(*tied, "p_s4_partner_fraction = 0.2")),
        replace(model, constraints=("p_s4_fraction <= 0.3",)),
        with_parameters(model, {"p_s4_fwhm": replace(wide, vary=False)}),
    ):
        assert not list(in_other_shapes(replace(found, model=stated)))
    assert list(in_other_shapes(replace(found, model=replace(model, constraints=("p_s4_fwhm <= 2.5",)))))


def test_a_shape_that_describes_the_data_better_is_advised():
    (note,) = told_of(fitted(region(0, VOIGT)))
    assert note.severity is Severity.WARNING
    assert "with Voigt lines the area of bo is" in note.text
    assert note.remedy.startswith("take Voigt lines (shape='voigt'), which describe the data better")
    assert not told_of(fitted(region(0, VOIGT), shape="Voigt"))
    assert not told_of(fitted(region(0, SUM)))


def test_no_shape_is_advised_where_a_background_takes_away_the_reason():
    """Sums over losses, fitted over a Shirley: products or Voigt lines make up for it, and so does a Tougaard."""
    told, advised = 0, 0
    for seed in range(87100, 87112):
        measured, _, _ = xps_shapes.user_region("two", "pseudo_voigt", "tougaard", seed)
        found = xps_shapes.user_fit(measured, "two")
        notes = told_of(found)
        advised += any(note.severity is Severity.WARNING for note in notes)
        instead = [note for note in notes if note.remedy.startswith("take a Tougaard inside the fit")]
        told += len(instead)
        assert all("describes the data with the present shape" in note.text for note in instead)
    assert advised == 0
    assert told > 0


def test_a_shape_that_is_as_good_is_a_remark():
    """Few counts: the regions do not tell the shapes apart, and an area moves by an sd and more."""
    notes = [note for seed in range(20) for note in told_of(fitted(region(seed, VOIGT, area=2000.0)))]
    open_ones = [note for note in notes if note.severity is Severity.INFO]
    assert len(open_ones) > 15
    assert all("the data do not decide between them" in note.text for note in open_ones)
    assert all("state the line shape" in note.remedy for note in open_ones)


def test_evidence_holds_the_move_to_a_shape_that_the_data_prefer():
    """The square of the move is in the covariance, and the area stays; nothing where the shape is right or stated."""
    found = fitted(region(0, VOIGT))
    wider = xps.areas_over_shapes(found)
    move = float(reshaped_ends(found)[0].areas[0] - found.areas.value[0])
    assert float(wider.sd[0]) == pytest.approx(np.hypot(float(found.areas.sd[0]), move))
    assert float(wider.value[0]) == float(found.areas.value[0])
    assert wider.facets == found.areas.facets
    for other in (fitted(region(0, SUM)), fitted(region(0, VOIGT), shape="pseudo_voigt")):
        assert xps.areas_over_shapes(other).covariance.identical(other.areas.covariance)


def test_shapes_are_varied_where_there_is_no_background_inside():
    flat = xps.subtract_background(ready(region(4, VOIGT)), averaged=10)
    model = xps.model(flat, ["BO"], windows=WINDOWS, sodium=False, background="none")
    names = [one.name for one in not_rejected(spectra.fit(flat, model, check=False))[1]]
    assert names in (["", "Voigt lines"], ["", "Voigt lines", "products of Gaussian and Lorentzian"])


def test_that_a_shape_is_assumed_is_stored(tmp_path):
    found = fitted(region(5, VOIGT))
    save(found, tmp_path / "fit.nc")
    assert xps.area_ranges(load(tmp_path / "fit.nc"))["bo"] == pytest.approx(xps.area_ranges(found)["bo"])
    assert all(line.shape_assumed for line in load(tmp_path / "fit.nc").model.peaks)


def test_atomic_percent_has_its_range_over_shapes():
    """Voigt lines of O 1s beside sums of C 1s, of equal areas: 50 at% lies outside the interval, inside the range."""
    factors = {level: xps.Sensitivity(1.0, 1e-3, "stated for this test") for level in ("O 1s", "C 1s")}
    lines = {
        "O 1s": xps.Region(["BO"], windows=WINDOWS, sodium=False),
        "C 1s": xps.Region(["carbon"], windows={"carbon": (284.0, 286.0)}),
    }
    measured = {"O 1s": region(6, VOIGT), "C 1s": region(7, SUM, level="C 1s", places=((1.0, 285.0),))}
    timed = {level: one.assign_coords(dwell_time=1.0, scans=1.0, monochromatic=True) for level, one in measured.items()}
    found = xps.sample(timed, lines, reference=0.0, photon_energy=1486.6, sensitivity=factors)
    low, high = found.percent_ranges()["O 1s"]
    value, sd = (float(numbers[0]) for numbers in (found.percent.value, found.percent.sd))
    assert low < 50 < high
    assert abs(value - 50) > 1.96 * sd
