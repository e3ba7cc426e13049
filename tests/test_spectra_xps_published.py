"""Fits that others published: their parameters inserted give their curves; refitted, their numbers or better.

KherveFitting (BSD-3 at its commit 8911c999) ships fits as JSON files; CasaXPS exports of theoechem hold components.
"""

import csv
from dataclasses import replace

import numpy as np
import pytest

import spectra
from shortrange_core import BadInput
from spectra import shapes, xps
from studies.xps_refits import Published, as_fitted, inserted

PT_4F = [
    (89.99, 13.59), (81.99, 34.57), (75.99, 133.08), (72.99, 622.2), (71.99, 1772.2), (71.59, 3134.12),
    (71.29, 4600.94), (71.09, 5110.77), (70.99, 4871.85), (70.79, 3255.96), (70.49, 1217.9), (69.99, 242.72),
    (68.09, 6.42), (62.09, 0.08),
]  # fmt: skip
"""eV and counts of the 4f7/2 line as KherveFitting stored it (DATA/UKSAF/Pt4f.json, Pt4f1)."""


def test_la_of_platinum_is_the_curve_that_was_published():
    """LA(0.85, 2.01) at 71.08 eV, FWHM 1.02 eV, area 7939 between 61.99 and 89.99 eV: 2 % asked, 1e-4 found."""
    x = np.arange(61.99, 90.0, 0.1)
    line = shapes.shape_named("la")(x, 1.0, 71.08, 1.02, 0.85, 2.01)
    scaled = line * 7939.0 / np.trapezoid(line, x)
    energies, stored = np.array(PT_4F).T
    places = np.rint((energies - x[0]) / 0.1).astype(int)
    np.testing.assert_allclose(scaled[places], stored, atol=1e-4 * stored.max(), rtol=2e-3)


@pytest.mark.parametrize(
    ("shape", "area", "quantities", "height"),
    [
        ("voigt", 11455.0, (1.02, 0.33), 7988.79),  # O 1s of LaSrTiO3 at 529.93 eV
        ("voigt", 12191.0, (1.56, 0.03), 7202.65),  # ... at 530.56 eV
        ("voigt", 7372.0, (1.89, 0.04), 3594.67),  # ... at 532.32 eV
        ("voigt", 115549.8, (0.75, 0.46), 88644.4),  # Ti 2p3/2 of SrTiO3
        ("voigt", 58930.4, (1.37, 0.83), 24749.26),  # Ti 2p1/2 of SrTiO3
        ("gl_sum", 4768.1, (1.09, 0.1937), 3764.99),  # Sr 3d5/2 of LaSrTiO3
        ("gl_sum", 3418.66, (1.09, 0.1947), 2696.4),  # Sr 3d3/2 of LaSrTiO3
        ("la", 7939.0, (1.02, 0.85, 2.01), 5110.77),  # Pt 4f7/2, area in its window of 28 eV
    ],
)
def test_heights_follow_from_published_areas_and_widths(shape, area, quantities, height):
    """KherveFitting prints areas and heights, widths to 0.01 eV: they belong together within 2 %."""
    x = np.arange(-9.09, 18.92, 0.01) if shape == "la" else np.array([-1.0, 0.0, 1.0])
    line = shapes.shape_named(shape)(x, 1.0, 0.0, *quantities)
    whole = np.trapezoid(line, x) if shape == "la" else 1.0
    assert area * line.max() / whole == pytest.approx(height, rel=0.02)


def test_platinum_is_refitted_from_its_file(field):
    """Published: 71.08 and 74.40 eV, area 5903/7939 of the two. Ours: active Shirley, splitting and ratio free."""
    region = xps.prepare(spectra.read(field / "xps/casaxps_limits_0_1__Pt4f.vms"), photon_energy=1486.68)
    model = xps.model(
        region, ["metal"], windows={"metal": (70.0, 72.0)}, shape="LA", free_doublet=("splitting", "ratio")
    )
    found = spectra.fit(region, model, check=False)
    assert found.status.trusted
    value = {name: float(v) for name, v in zip(found.parameters.entries, found.parameters.value.values, strict=True)}
    assert value["metal_center"] == pytest.approx(71.08, abs=0.02)
    assert value["metal_partner_center"] == pytest.approx(74.40, abs=0.02)
    assert value["metal_alpha"] < 1 < value["metal_beta"], "the tail of a metal runs to high binding energy"
    ratio = found.areas.propagate(lambda v: v[1] / v[0], ["ratio"])
    assert ratio.value.item() == pytest.approx(5903 / 7939, abs=max(2 * ratio.sd.item(), 0.02))


def exported(path):
    """Columns of a CasaXPS export, binding energies ascending: energy, rate, two components, background, envelope."""
    with path.open() as lines:
        rows = [row for row in list(csv.reader(lines))[4:] if row and row[0]]
    return np.array([[float(cell) for cell in row[:6]] for row in rows])[::-1].T


def refitted(field, name, technique, windows, *, averaged, shape, **options):
    """Our fit on a static Shirley background between their ends, their chi2 and ours, and their component areas."""
    x, rate, *components, background, envelope = exported(field / name)
    inside = np.abs(background - rate) > 1e-6
    region = xps.prepare(spectra.read(field / name, technique=technique), photon_energy=1486.6)
    flat = xps.subtract_background(region, ends=(x[inside][0] - 1e-6, x[inside][-1] + 1e-6), averaged=averaged)
    model = xps.model(flat, list(windows), windows=windows, background="none", sodium=False, shape=shape, **options)
    found = spectra.fit(flat, model, check=False)
    noise = np.sqrt(rate[inside] / region.dwell_time.item())
    theirs = np.sum(((rate - envelope)[inside] / noise) ** 2)
    ours = np.sum((found.curves["residual"].values / noise) ** 2)
    step = np.ptp(background[inside])
    assert np.abs(flat.baseline.values - background[inside]).max() < 0.12 * step
    return found, theirs, ours, [np.trapezoid(part - background, x) for part in components]


def test_sulfur_of_an_ionic_liquid_is_refitted(field):
    """Published: S 2p LA doublet, 168.278 eV, areas 6913 and 3457; GL here. Their chi2 is larger than ours."""
    found, theirs, ours, areas = refitted(
        field, "xps/casaxps_csv_S2p_read_as_time.csv", "S 2p XPS", {"sulfone": (167.5, 169.0)},
        averaged=1, shape="GL", free_doublet=("splitting",),
    )  # fmt: skip
    assert ours < theirs
    assert areas == pytest.approx([6913, 3457], abs=2)
    first, second = found.areas.value.values
    assert first == pytest.approx(6913, abs=2 * found.areas.sd.values[0])
    assert second == pytest.approx(first / 2)
    center = found.parameters.select(["sulfone_center"])
    assert center.value.item() == pytest.approx(168.278, abs=0.02)


def test_oxygen_of_an_ionic_liquid_is_refitted(field):
    """Published: O 1s at 531.90 and 533.64 eV, areas 8435 and 1389."""
    found, theirs, ours, areas = refitted(
        field, "xps/casaxps_csv_no_hv_no_cps.csv", "O 1s XPS", {"a": (531.0, 532.8), "b": (533.0, 534.5)},
        averaged=3, shape="GL",
    )  # fmt: skip
    assert ours < theirs
    assert areas == pytest.approx([8435, 1389], abs=2)
    assert np.all(np.abs(found.areas.value.values - areas) < 2 * found.areas.sd.values)
    centers = found.parameters.select(["a_center", "b_center"])
    assert np.all(np.abs(centers.value.values - [531.90, 533.64]) < 2 * centers.sd.values)


def liquid(field, name, lines):
    """A CasaXPS export of the ionic liquid: lines of LA(1.53, 243) as area, eV and the width that CasaXPS prints."""
    x, rate, *components, background, _ = exported(field / name)
    names = shapes.shape_named("la_gauss").quantities
    values = [(area, center, 0.3791 * wide, 1.53, 1.53, 0.8396 * wide) for area, center, wide in lines]
    peaks = [("la_gauss", area, dict(zip(names, rest, strict=True))) for area, *rest in values]
    own = [part - background for part in components]
    links = tuple(f"p{number}_gauss_fwhm = {0.8396 / 0.3791:.8g}*p{number}_fwhm" for number in range(2))
    return Published(name, "Shirley", x, rate, background, own, peaks, 1.0, ("alpha", "beta"), links=links)


SULFUR = ("xps/casaxps_csv_S2p_read_as_time.csv", [(6913, 168.278, 1.141), (3457, 169.458, 1.141)])
OXYGEN = ("xps/casaxps_csv_no_hv_no_cps.csv", [(8435, 531.90, 2.162), (1389, 533.64, 1.596)])


@pytest.mark.parametrize("one", [SULFUR, OXYGEN])
def test_la_of_casaxps_is_the_curve_that_was_exported(field, one):
    """LA(1.53, 243) of the printed width: a core of 0.379 and a Gaussian of 0.840 of it; 2 % asked, 0.5 % is there."""
    for curve, area in inserted(liquid(field, *one)):
        assert curve < 0.006
        assert area == pytest.approx(1, abs=0.005)


def test_exported_fits_are_the_minimum_of_their_own_model(field):
    """On their background, with their ties and equal weights: areas within half a sd, chi2 no worse than theirs."""
    sulfur = liquid(field, *SULFUR)
    ties = ("p1_fwhm = p0_fwhm", "p1_area = 0.5*p0_area", "p1_center = p0_center + 1.18")
    sulfur = replace(sulfur, links=(sulfur.links[0], sulfur.links[0].replace("p0_g", "p1_g"), *ties))
    for one in (sulfur, liquid(field, *OXYGEN)):
        found = as_fitted(one, "equal")
        assert found.ours <= found.theirs * 1.001
        assert found.apart < 0.5
    counted = as_fitted(sulfur, "counts")
    assert counted.ours < 0.9 * counted.theirs, "in weights of counting it is no minimum"


def test_static_backgrounds_by_hand():
    """Far above a line the step is k A, whichever way the axis runs; counts at the ends pin it, or their mean does."""
    x = np.linspace(520.0, 540.0, 401)
    line = shapes.gaussian(x, 300.0, 530.0, 1.5)
    step = 50 + 0.1 * np.concatenate([[0.0], np.cumsum((line[1:] + line[:-1]) / 2 * np.diff(x))])
    region = spectra.from_arrays(x, line + step, axis="binding_energy", noise=1.0)
    flat = xps.subtract_background(region)
    np.testing.assert_allclose(flat.baseline.values, step, atol=1e-3)
    np.testing.assert_allclose(flat.intensity.values, line, atol=1e-3)
    kinetic = spectra.from_arrays(1486.6 - x[::-1], (line + step)[::-1], axis="kinetic_energy", noise=1.0)
    np.testing.assert_allclose(xps.subtract_background(kinetic).baseline.values[::-1], step, atol=1e-3)
    noisy = region.copy(deep=True)
    noisy["intensity"][0] += 20.0
    pinned, averaged = xps.subtract_background(noisy), xps.subtract_background(noisy, averaged=10)
    assert pinned.baseline.values[0] == pytest.approx(70.0)
    assert averaged.baseline.values[0] == pytest.approx(52.0)
    part = xps.subtract_background(region, ends=(526.0, 534.0))
    assert part.binding_energy.values[[0, -1]] == pytest.approx([526.0, 534.0], abs=0.06)
    peak = spectra.peak("a", {"center": 530.0, "fwhm": 1.5}, shape="gaussian")
    notes = spectra.fit(flat, spectra.Model("", "binding_energy", (peak,)), check=False).notes
    assert "background-subtracted-before" in [note.code for note in notes]


def test_static_backgrounds_refuses_what_has_no_line():
    x = np.linspace(520.0, 540.0, 41)
    dip = spectra.from_arrays(x, 50 - shapes.gaussian(x, 60.0, 530.0, 2.0), axis="binding_energy", noise=1.0)
    with pytest.raises(BadInput, match="no area lies above"):
        xps.subtract_background(dip)
    with pytest.raises(BadInput, match="three times as many"):
        xps.subtract_background(dip, averaged=20)
    raman = spectra.from_arrays(x, 50 + x, axis="raman_shift", noise=1.0)
    with pytest.raises(BadInput, match="is for photoelectron spectra"):
        xps.subtract_background(raman)


def test_shapes_by_the_names_of_the_trade():
    assert xps.line_shape("SGL(20)").held == {"mix": 0.2}
    assert xps.line_shape("GL(100)").held == {"mix": 1 - 1e-6}
    assert xps.line_shape("LA(0.85, 2.01, 0)").held == {"alpha": 0.85, "beta": 2.01}
    assert xps.line_shape("DS").shape.name == "doniach_sunjic_gauss"
    assert xps.line_shape("DST").shape.name == "doniach_sunjic_damped"
    assert xps.line_shape("LA(1.53, 243)").held == {"alpha": 1.53, "beta": 1.53}
    finite = xps.line_shape("LF(1, 1.8, 60, 120)")
    assert (finite.shape.name, finite.held) == ("lf_gauss", {"alpha": 1.0, "beta": 1.8})
    assert finite.approximate == "w = 60 (damping in eV) and m = 120 (gauss_fwhm in eV) of LF(1, 1.8, 60, 120)"
    assert xps.line_shape("LF(0.54,10,80,100,6)").held == {"alpha": 0.54, "beta": 10.0}
    assert xps.line_shape("LF(1, 1.8, 60, 0)", {"damping": 8.0}).approximate == ""
    for text, rule in (
        ("LA(1)", "numbers are those of"),
        ("LF(1,1,45)", "numbers are those of"),
        ("voigt(3)", "numbers are those of"),
        ("LA(0.5,2,0)", r"alpha = 0\.5 (is|lies) outside"),
        ("GL(130)", "from 0 to 100"),
        ("GL(a)", "are not numbers"),
        ("GL(30", "write a name"),
        ("split_pseudo_voigt", "no single width"),
    ):
        with pytest.raises(BadInput, match=rule):
            xps.line_shape(text)
    with pytest.raises(BadInput, match="gamma is none of fwhm, alpha, beta"):
        xps.line_shape("LA", {"gamma": 1.0})


@pytest.mark.parametrize("shape", ["GL(30)", "SGL", "LA", "Voigt", "DS", "DST", "la_gauss", "LF(1, 1, 60, 0)"])
def test_every_shape_makes_a_doublet_whose_lines_are_alike(shape):
    x = np.arange(78.0, 96.0, 0.1)
    y = 100 + shapes.voigt(x, 900.0, 84.0, 0.6, 0.4) + shapes.voigt(x, 675.0, 87.67, 0.6, 0.4)
    counts = np.random.default_rng(3).poisson(y).astype(float)
    region = spectra.from_arrays(x, counts, axis="binding_energy", counts=counts, technique="Au 4f XPS")
    region = xps.prepare(region, photon_energy=1486.6, charge_shift=0.0)
    values = (
        {"alpha": 1.0, "beta": 1.0} if shape == "la_gauss" else {"cutoff": 5.0} if shape == "DST" else None
    )  # beside a Gaussian they are not determined
    model = xps.model(
        region, ["Au"], windows={"Au": (83.0, 85.0)}, shape=shape, shape_values=values, background="linear"
    )
    found = spectra.fit(region, model, check=False)
    assert found.status.trusted
    value = {name: float(v) for name, v in zip(found.parameters.entries, found.parameters.value.values, strict=True)}
    for quantity in shapes.shape_named(model.peaks[0].shape).quantities[1:]:
        assert value[f"au_partner_{quantity}"] == pytest.approx(value[f"au_{quantity}"])
    assert value["au_partner_center"] - value["au_center"] == pytest.approx(3.67)
    said = [note.text for note in model.notes if note.code == "shape-approximate"]
    assert [text.split(" ")[0] for text in said] == (["w"] if shape.startswith("LF") else [])
    held = [p for p in model.all_parameters if p.name == "au_mix"]
    assert not held or held[0].vary == (shape == "SGL")
