"""Core levels: the table, doublets by default and freed, what lies under a region."""

import numpy as np
import pytest
import xarray as xr
from scipy.constants import physical_constants

import reference_peaks
import spectra
from shortrange_core import BadInput, Severity
from spectra import shapes, xps
from spectra.xps._levels import auger_lines, under


def region(
    level: str, lines: list[tuple[float, float, float]], *, low: float, high: float, seed: int | None = 0
) -> xr.Dataset:
    x = np.arange(low, high, 0.1)
    y = 200 + sum(shapes.gaussian(x, area, center, fwhm) for area, center, fwhm in lines)
    counts = y if seed is None else np.random.default_rng(seed).poisson(y).astype(float)
    made = spectra.from_arrays(x, counts, axis="binding_energy", counts=counts, technique=f"{level} XPS")
    return xps.prepare(made, photon_energy=1486.6, charge_shift=0.0, charge_sd=0.1)


def test_every_level_is_whole_and_has_a_source():
    for name, level in xps.levels().items():
        assert 10 <= level.binding_energy < 1486.6, name
        assert (level.splitting is None) == (level.splitting_sd is None), name
        assert (level.splitting is None) == (not level.source or level.source.startswith("none: ")), name
        if level.momentum == 0:
            assert level.splitting is None, name
        if level.splitting is not None:
            assert 0 < level.splitting < 130, name
            assert 0.02 <= level.splitting_sd < 0.4 or level.element in ("Fe", "Mn", "V", "Sr", "Ta"), name
    needed = {
        "Na",
        "Li",
        "K",
        "Cs",
        "Mg",
        "Zn",
        "B",
        "C",
        "N",
        "O",
        "F",
        "Al",
        "Si",
        "P",
        "S",
        "Cl",
        "Ti",
        "Ge",
        "As",
        "Se",
    }
    needed |= {"As", "Se", "Zr", "Sn", "Sb", "I", "Ag", "Au", "Cu", "Pt"}
    assert {level.element for level in xps.levels().values()} >= needed
    assert [round(xps.levels()[name].ratio, 4) for name in ("S 2p", "Ag 3d", "Au 4f")] == [0.5, 0.6667, 0.75]


@pytest.mark.parametrize(
    ("level", "published"),
    [("Ti 2p", 5.7), ("Sr 3d", 1.7), ("Pt 4f", 3.32)],
)
def test_splittings_agree_with_fits_that_others_published(level, published):
    """Splittings of the fits that KherveFitting ships as examples: none entered the table."""
    found = xps.levels()[level]
    assert abs(found.splitting - published) < 3 * found.splitting_sd


@pytest.mark.parametrize(
    ("level", "place", "splitting", "ratio"),
    [
        ("Au 4f", 84.0, 3.67, 0.75),
        ("Ag 3d", 368.3, 6.0, 2 / 3),
        ("Ti 2p", 458.6, 5.8, 0.5),
        ("Ge 3d", 29.5, 0.6, 2 / 3),
    ],
)
def test_p_d_and_f_levels_are_doublets_without_being_asked(level, place, splitting, ratio):
    lines = [(4000.0, place, 1.2), (4000.0 * ratio, place + splitting, 1.2)]
    spectrum = region(level, lines, low=place - 6, high=place + 16)
    model = xps.model(spectrum, ["metal"], windows={"metal": (place - 1, place + 1)}, background="linear")
    found = spectra.fit(spectrum, model)
    first, second = found.areas.value.values
    assert abs(first - 4000) < 4 * found.areas.sd.values[0]
    assert second == pytest.approx(ratio * first)
    assert found.chi2 / found.dof < 1.4


def test_free_splitting_and_ratio_find_what_is_there():
    """Two species share one splitting of 5.6 eV and second lines of 1.8 eV, with 45 % of the first lines' areas."""
    lines = [(9000.0, 458.6, 1.2), (4050.0, 464.2, 1.8), (4000.0, 456.8, 1.2), (1800.0, 462.4, 1.8)]
    spectrum = region("Ti 2p", lines, low=450.0, high=475.0)
    windows = {"Ti4": (458.0, 459.2), "Ti3": (456.2, 457.4)}
    options = {"windows": windows, "background": "linear"}
    held = spectra.fit(spectrum, xps.model(spectrum, ["Ti4", "Ti3"], **options), check=False)
    model = xps.model(spectrum, ["Ti4", "Ti3"], free_doublet=("splitting", "ratio", "fwhm"), **options)
    free = spectra.fit(spectrum, model)
    assert held.chi2 / held.dof > 2
    assert free.chi2 / free.dof < 1.4
    value = {name: float(v) for name, v in zip(free.parameters.entries, free.parameters.value.values, strict=True)}
    assert value["ti4_partner_center"] - value["ti4_center"] == pytest.approx(5.6, abs=0.05)
    assert value["ti3_partner_center"] - value["ti3_center"] == pytest.approx(
        value["ti4_partner_center"] - value["ti4_center"]
    )
    assert value["ti4_partner_area"] / value["ti4_area"] == pytest.approx(0.45, abs=0.02)
    assert value["ti3_partner_fwhm"] == pytest.approx(value["ti4_partner_fwhm"])


def test_a_level_without_a_published_splitting_is_said():
    spectrum = region("Cr 3p", [(4000.0, 43.5, 1.2)], low=33.0, high=54.0)
    windows = {"Cr": (43.0, 44.5)}
    model = xps.model(spectrum, ["Cr"], windows=windows)
    assert "splitting-unknown" in [note.code for note in model.notes]
    assert [line.name for line in model.peaks] == ["cr"]
    told = xps.model(spectrum, ["Cr"], windows=windows, splitting=0.5)
    assert "splitting-unknown" not in [note.code for note in told.notes]
    assert [line.name for line in told.peaks] == ["cr", "cr_partner"]
    for bad, rule in (({"splitting": -1.0}, "above 0"), ({"free_doublet": ["width"]}, "is none of")):
        with pytest.raises(BadInput, match=rule):
            xps.model(spectrum, ["Cr"], windows=windows, **bad)
    carbon = region("C 1s", [(4000.0, 284.8, 1.2)], low=280.0, high=292.0)
    with pytest.raises(BadInput, match="for a p, d or f level"):
        xps.model(carbon, ["carbon"], splitting=1.0)


def test_levels_under_a_region_are_said():
    oxygen = region("O 1s", [(4000.0, 531.0, 1.5)], low=525.0, high=542.0)
    windows = {"NBO": (530.0, 532.0)}

    def told(elements: list[str], **more: bool) -> str:
        model = xps.model(oxygen, ["NBO"], windows=windows, elements=elements, **more)
        return " ".join(note.text for note in model.notes if note.code == "levels-overlap")

    assert "Sb 3d near 528.2 eV, Sb 3d near 537.57 eV" in told(["O", "Sb"])
    assert told(["O", "P", "S"]) == ""
    assert told(["O", "Na"]) == "", "the Auger line is in the model and has a note of its own"
    assert "Na KL1L23" in told(["O", "Na"], sodium=False)
    sulfur = region("S 2p", [(4000.0, 161.5, 1.3)], low=157.0, high=172.0)
    model = xps.model(sulfur, ["terminal"], elements=["S", "Se", "Bi", "Si"])
    text = next(note.text for note in model.notes if note.code == "levels-overlap")
    assert all(name in text for name in ("Se 3p", "Bi 4f"))
    assert "Si" not in text.replace("inside", "")


@pytest.mark.parametrize(
    ("level", "ends", "elements", "photons", "told"),
    [
        ("Na 1s", (1064.0, 1080.0), ["Na", "Ti"], 1486.6, {"Ti L3M23V": 1067.5}),
        ("As 2p", (1315.0, 1375.0), ["As", "S", "P", "Si"], 1486.6, {"S LMM": 1334.6, "P LMM": 1366.6}),
        ("Ga 2p", (1100.0, 1125.0), ["Ga", "S", "P"], 1253.6, {"S LMM": 1101.6}),
        ("Fe 2p", (700.0, 740.0), ["Fe", "Co", "O"], 1486.6, {"Co L3VV": 713.4}),
        ("Co 2p", (770.0, 810.0), ["Co", "Fe", "O"], 1486.6, {"Fe L3VV": 783.8}),
        ("Cs 3d", (718.0, 748.0), ["Cs", "O"], 1253.6, {"O KL23L23": 742.6}),
        ("F 1s", (680.0, 694.0), ["F", "Cu"], 1486.6, {}),
        ("Mg 2p", (42.0, 58.0), ["Mg"], 1253.6, {}),  # Mg 1s lies at 1303 eV: no hole, no line
        ("P 2p", (124.0, 142.0), ["P", "Se"], 1486.6, {"Se L2M45M45": 138.6}),
    ],
)
def test_auger_lines_of_other_elements_are_said_with_both_sources(level, ends, elements, photons, told):
    """Places that people know: the Auger line of Ti under Na 1s, of Co under Fe 2p, of oxygen under Cs 3d with Mg."""
    found = dict(under(level, ends, elements, photons))
    lines = {name: place for name, place in found.items() if name not in xps.levels()}
    assert lines == pytest.approx(told)


def test_a_model_says_the_auger_line_of_another_element():
    sodium = region("Na 1s", [(4000.0, 1071.5, 1.5)], low=1064.0, high=1080.0)
    model = xps.model(sodium, ["Na"], windows={"Na": (1070.0, 1073.0)}, elements=["Na", "Ti"])
    text = next(note.text for note in model.notes if note.code == "levels-overlap")
    assert "in or near this region of Na 1s there may be Ti L3M23V near 1067.5 eV" in text
    plain = xps.model(sodium, ["Na"], windows={"Na": (1070.0, 1073.0)}, elements=["Na", "P", "S", "O", "C"])
    assert "levels-overlap" not in [note.code for note in plain.notes], "the elements of a sodium glass"


def test_satellites_of_another_level_are_said_where_the_source_has_them():
    vanadium = region("V 2p", [(4000.0, 516.0, 1.5)], low=505.0, high=526.0)
    ghost = xps.Satellite(9.8, 0.07, "a handbook")
    options = {"windows": {"V5": (515.0, 518.0)}, "elements": ["V", "O"]}

    def told(**more):
        notes = xps.model(vanadium, ["V5"], **options, **more).notes
        return " ".join(note.text for note in notes if note.code == "levels-overlap")

    assert "O 1s satellite near 522.1 eV" in told(satellites=[ghost])
    assert "satellite" not in told()


def test_oxygen_nitrogen_and_fluorine_lie_where_solids_have_them():
    """Tables of atoms have gases: O 1s at 543 eV would not be said in a region of V 2p up to 530 eV."""
    assert ("O 1s", 531.9) in under("V 2p", (508.0, 530.0), ["V", "O"])
    library = reference_peaks.load()
    (place,) = library.windows("O 1s XPS", ["NBO"], cation=None, phase=None).values()
    assert place.lower < xps.levels()["O 1s"].binding_energy < place.upper
    assert 397.3 <= xps.levels()["N 1s"].binding_energy <= 399.3, "nitrogen of oxynitride glasses (Marchand 1988)"


def test_every_auger_line_has_a_hole_a_place_and_a_source():
    for line in auger_lines():
        assert 0 < line.kinetic_energy < 2300
        assert line.source
        level = xps.levels().get(line.hole)
        assert level is None or max(level.lines) > line.kinetic_energy, "a hole decays into less than it cost"
    assert {line.element for line in auger_lines()} >= {
        "O",
        "F",
        "C",
        "Mg",
        "Ti",
        "Fe",
        "Cu",
        "Zn",
        "Ge",
        "Ag",
        "Sn",
        "I",
    }


def test_zinc_3d_is_a_doublet_and_3p_of_the_first_row_is_said_to_have_no_source():
    assert (xps.levels()["Zn 3d"].splitting, xps.levels()["Zn 3d"].splitting_sd) == (0.65, 0.11)
    without = [name for name, level in xps.levels().items() if level.momentum and level.splitting is None]
    assert without == [
        *("Cr 3p", "Mn 3p"),
        *("In 4p", "Sn 4p", "Sb 4p", "Te 4p", "I 4p"),
    ]


def test_a_level_that_is_no_doublet_is_one_envelope():
    """A remark and one line that holds all of the area; a splitting that a user states is believed."""
    spectrum = region("Sn 4p", [(9000.0, 90.0, 9.0)], low=70.0, high=115.0)
    windows = {"Sn": (85.0, 95.0)}
    model = xps.model(spectrum, ["Sn"], windows=windows)
    (note,) = [note for note in model.notes if note.code == "level-envelope"]
    assert note.severity is Severity.INFO
    assert [line.name for line in model.peaks] == ["sn"]
    assert "Data Booklet" in xps.levels()["Sn 4p"].source
    told = xps.model(spectrum, ["Sn"], windows=windows, splitting=1.0)
    assert [line.name for line in told.peaks] == ["sn", "sn_partner"]


@pytest.mark.parametrize(
    ("level", "per_cm"),
    [("Na 2p", 1366.55), ("K 3p", 2165.4), ("Ca 3p", 3118.2), ("Ti 3p", 5829.0), ("V 3p", 7668.0)],
)
def test_closed_shells_have_the_splitting_of_the_ion_that_is_left(level, per_cm):
    """p^5 of Na III, K III, Ca IV, Ti VI, V VII; of P VII and S VIII, stripped of more, 6 % above P 2p and S 2p."""
    found, wave = xps.levels()[level], physical_constants["inverse meter-electron volt relationship"][0] * 100
    assert found.splitting == pytest.approx(per_cm * wave, abs=0.005)
    assert found.splitting_sd >= max(0.06 * found.splitting - 0.005, 0.02)
    assert "10.18434/T4W30F" in found.source
    for other, ion in (("P 2p", 7273.0), ("S 2p", 10085.0)):
        assert ion * wave / xps.levels()[other].splitting == pytest.approx(1.06, abs=0.01)


def test_a_model_takes_backgrounds_of_the_users_own():
    """Three-parameter Tougaard (C' = -1) under a doublet: its B is found, C and D stay as published."""
    parts = (spectra.backgrounds.tougaard(b=300.0, c=325.0, c_prime=-1.0, d=300.0), spectra.backgrounds.constant())
    x = np.arange(525.0, 580.0, 0.2)
    bare = spectra.from_arrays(x, 1 + 0 * x, axis="binding_energy", noise=1.0, technique="O 1s XPS")
    region_ = xps.prepare(bare, photon_energy=1486.6, charge_shift=0.0)
    model = xps.model(region_, ["NBO"], windows={"NBO": (530.0, 532.0)}, sodium=False, background=parts)
    assert model.background == parts
    values = {"nbo_area": 3e4, "nbo_center": 531.0, "nbo_fwhm": 1.6, "background_c0": 300.0, "tougaard_b": 250.0}
    drawn = spectra.simulate(model, x, values, rng=np.random.default_rng(1), counts=True)
    found = spectra.fit(drawn, model).parameters.select(["tougaard_b"])
    assert abs(found.value.item() - 250) < 4 * found.sd.item()
