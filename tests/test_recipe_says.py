"""All that a recipe can say of how spectra were taken, are fitted and are read: one recipe each, and what it does.

Statements, finished peak tables and the sd of a composition: test_shortrange_recipe and test_shortrange_composition;
private libraries: test_library_windows; other readings: test_shortrange_workflow; what glasses share:
test_shortrange_series.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import shortrange
from shortrange import stepwise
from shortrange.recipe import Options, check_recipe
from shortrange.results import Fitted
from shortrange_core import BadInput

HEAD = """schema = 1
title = "one spectrum"
units = [{units}]
free = ["Na2S", "S"]
[techniques."{technique}"]
lines = [{lines}]
{stated}
[[samples]]
name = "a"
composition = "{glass}"
[[samples.spectra]]
file = "{file}"
technique = "{technique}"
{entry}
"""
FILES = {"31P NMR": "x030_31P.jdx", "Raman": "x030_Raman.txt", "FTIR": "x030_FTIR.csv", "O 1s XPS": "x030_O1s.vms"}
LINES = {
    "31P NMR": '"P:S4", "P:S3/S"',
    "29Si NMR": '"Si:O4", "Si:O3/O"',
    "Raman": '"P:S4", "P:S3~P"',
    "FTIR": '"P:S4", "P:SO3"',
    "O 1s XPS": '"BO", "NBO"',
    "S 2p XPS": '"P:S4"',
}
UNITS = '"P:S4", "P:S3/S", "P:S3~P", "P:SO3"'
XPS = "photon_energy = 1486.6"
HOT = "temperature = 300.0\nlaser = 488.0"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = shortrange.write_example(tmp_path_factory.mktemp("says") / "e").parent
    rng, x = np.random.default_rng(0), np.linspace(-150.0, 0.0, 601)
    y = np.exp(-4 * np.log(2) * ((x + 66) / 8) ** 2) + 0.4 * np.exp(-4 * np.log(2) * ((x + 80) / 8) ** 2)
    rows = zip(x, y + rng.normal(0, 0.01, x.size), strict=True)
    (made / "silicon.txt").write_text("ppm intensity\n" + "".join(f"{a} {b}\n" for a, b in rows), encoding="utf-8")
    energy = np.linspace(156.0, 172.0, 321)
    doublet = 900 * np.exp(-(((energy - 161.5) / 0.7) ** 2)) + 450 * np.exp(-(((energy - 162.7) / 0.7) ** 2)) + 100
    rows = zip(energy, rng.poisson(doublet), strict=True)
    (made / "sulfur.txt").write_text("eV counts\n" + "".join(f"{a} {b}\n" for a, b in rows), encoding="utf-8")
    return made


def recipe_of(folder: Path, technique: str, stated: str = "", entry: str = "", **other: str) -> shortrange.Recipe:
    text = {
        "units": UNITS,
        "lines": LINES[technique],
        "glass": "Na3PS3.7O0.3",
        "file": FILES.get(technique, ""),
        **other,
    }
    return check_recipe(
        HEAD.format(technique=technique, stated=stated, entry=entry, **text), folder=folder, name="r.toml"
    )


def fitted(recipe: shortrange.Recipe) -> Fitted:
    (measured,) = stepwise.read_measured(recipe, lambda _step: None)
    made = stepwise.fit_measured(recipe.tables, measured, {})
    assert made is not None
    return made


@dataclass(frozen=True)
class Case:
    """A fit, and the options of its technique."""

    item: Fitted
    options: Options

    def value(self, parameter: str) -> float:
        return float(self.item.fit.parameters.value.sel(entry=parameter).item())

    def stated(self, coordinate: str) -> Any:
        return self.item.fit.spectrum.coords[coordinate].item()

    def start(self, parameter: str) -> float:
        (found,) = [p for peak in self.item.fit.model.peaks for p in peak.parameters if p.name == parameter]
        return found.value

    @property
    def assigned(self) -> dict[str, str]:
        return {peak.name: peak.assignment for peak in self.item.fit.model.peaks}

    @property
    def axis(self) -> np.ndarray:
        return np.asarray(self.item.fit.spectrum[self.item.fit.model.axis].values)

    @property
    def scaled(self) -> np.ndarray:
        y = self.item.fit.spectrum.intensity.values
        return np.asarray(y / np.abs(y).max())

    @property
    def backgrounds(self) -> str:
        return " ".join(f"{one!r}" for one in self.item.fit.model.background).lower()

    def response(self, label: str) -> Any:
        return (stepwise.responses(self.item, self.options, [label]) or {})[label]

    def points(self, low: float, high: float) -> int:
        return int(((self.axis >= low) & (self.axis <= high)).sum())


def other_scale(new: Case, old: Case) -> bool:
    return not np.allclose(new.scaled, old.scaled)


def a_line_more(new: Case, old: Case) -> bool:
    return len(new.assigned) == len(old.assigned) + 1 and new.assigned.keys() > old.assigned.keys()


LOSSES = "losses = {c = 551.0, c_prime = -1.0, d = 436.0}"
SAID: dict[str, tuple[str, str, str, str, Callable[[Case, Case], bool]]] = {
    "charge_shift": (
        "O 1s XPS", XPS, f"{XPS}\ncharge_shift = 0.5", "", lambda new, old: np.allclose(new.axis, old.axis + 0.5)
    ),
    "surface": (
        "O 1s XPS", XPS, f'{XPS}\nsurface = ["carbonate"]', "",
        lambda new, old: new.assigned["carbonate"] == "" and "carbonate" not in old.assigned,
    ),
    "static_background": (
        "O 1s XPS", XPS, f'{XPS}\nstatic_background = "U 3 Tougaard"\n{LOSSES}', "",
        lambda new, old: bool(old.backgrounds) and not new.backgrounds and "baseline" in new.item.fit.spectrum,
    ),
    "surface in a window": (
        "O 1s XPS", XPS, f'{XPS}\nsurface = ["dirt"]\nwindows = {{dirt = [533.4, 534.6]}}', "",
        lambda new, old: 533.4 <= new.value("dirt_center") <= 534.6 and new.assigned["dirt"] == "",
    ),
    "surface in a constraint": (
        "O 1s XPS", XPS, f'{XPS}\nsurface = ["carbonate"]\nconstraints = ["carbonate_area <= 1.0"]', "",
        lambda new, old: new.value("carbonate_area") <= 1.0 + 1e-6,
    ),
    "sodium": (
        "O 1s XPS", XPS, f"{XPS}\nsodium = false", "",
        lambda new, old: old.assigned.keys() - new.assigned.keys() == {"na_kl1l23"},
    ),
    "monochromatic": (
        "O 1s XPS", XPS, f"{XPS}\nmonochromatic = false", "", lambda new, _: new.stated("monochromatic") is False
    ),
    "background": (
        "O 1s XPS", XPS, f'{XPS}\nbackground = "tougaard"', "",
        lambda new, old: "tougaard" in new.backgrounds and "tougaard" not in old.backgrounds,
    ),
    "crystalline": ("31P NMR", "", 'crystalline = ["P:S4"]', "", a_line_more),
    "unassigned": (
        "31P NMR", "", "unassigned = {other = [20.0, 40.0]}", "",
        lambda new, old: a_line_more(new, old) and new.assigned["other"] == "",
    ),
    "flip_angle": (
        "31P NMR", "recycle_delay = 100.0\nflip_angle = 90.0", "recycle_delay = 100.0\nflip_angle = 10.0", "",
        lambda new, old: new.response("P:S4")[0] > 1.2 * old.response("P:S4")[0],
    ),
    "t1": (
        "31P NMR", "", 'recycle_delay = 60.0\nt1 = {"P:S4" = [60.0, 6.0]}', "",
        lambda new, _: math.isclose(new.response("P:S4")[0], 1 - math.exp(-1), rel_tol=1e-3),
    ),
    "temperature": ("Raman", "", HOT, "", other_scale),
    "laser": ("Raman", HOT, HOT.replace("488", "1064"), "", other_scale),
    "noise_correlation": (
        "31P NMR", "", "noise_correlation = 3.0", "", lambda new, _: new.stated("noise_correlation") == 3.0
    ),
    "excluded": (
        "Raman", "", "excluded = [[430.0, 450.0]]", "",
        lambda new, old: old.points(430, 450) > 0 and new.points(430, 450) == 0,
    ),
    "known response": (
        "Raman", 'evidence = "responses"', 'evidence = "responses"\nresponse = {"P:S3~P" = [2.0, 0.1]}', "",
        lambda new, old: (new.response("P:S3~P"), old.response("*")) == ((2.0, 0.1), (1.0, 1.0)),
    ),
    "start": (
        "31P NMR", "", "", "edit = {start = {p_s3_s_center = 95.5}}",
        lambda new, old: new.start("p_s3_s_center") == 95.5 != old.start("p_s3_s_center"),
    ),
    "fixed": (
        "31P NMR", "", "", "edit = {fixed = {p_s4_gauss_fwhm = 7.0}}",
        lambda new, old: new.value("p_s4_gauss_fwhm") == 7.0 != old.value("p_s4_gauss_fwhm"),
    ),
    "tie": (
        "31P NMR", "", "", 'edit = {ties = ["p_s3_s_center = p_s4_center + 9"]}',
        lambda new, _: math.isclose(new.value("p_s3_s_center"), new.value("p_s4_center") + 9),
    ),
    "other for one sample": (
        "31P NMR", "spinning_rate = 2e4", "spinning_rate = 2e4", "options = {spinning_rate = 1.2e4}",
        lambda new, old: (new.stated("spinning_rate"), old.stated("spinning_rate")) == (1.2e4, 2e4),
    ),
}  # fmt: skip
"""What is said: technique, what else is said, all that is said, what stands under the spectrum, what that does."""


@pytest.fixture(scope="module")
def plain(folder) -> Callable[[str, str], Case]:
    return cache(lambda technique, beside: case(folder, technique, beside))


def case(folder: Path, technique: str, stated: str, entry: str = "") -> Case:
    recipe = recipe_of(folder, technique, stated, entry)
    return Case(fitted(recipe), recipe.tables.techniques[technique])


@pytest.mark.parametrize("said", SAID)
def test_what_a_recipe_says_of_a_spectrum_is_done(folder, plain, said):
    technique, beside, stated, entry, does = SAID[said]
    assert does(case(folder, technique, stated, entry), plain(technique, beside))


@pytest.mark.parametrize("technique", FILES)
def test_what_correlated_residuals_ask_for_can_be_stated(folder, plain, technique):
    """The note on correlated residuals says "give noise_correlation", whatever the technique."""
    beside = XPS if technique.endswith("XPS") else ""
    new, old = case(folder, technique, f"{beside}\nnoise_correlation = 4.0"), plain(technique, beside)
    assert new.item.fit.points_per_independent == 4.0
    assert new.item.fit.dof < old.item.fit.dof / 2
    with pytest.raises(BadInput, match=r"noise_correlation = 0\.5: must be greater than or equal to 1"):
        recipe_of(folder, technique, f"{beside}\nnoise_correlation = 0.5")


def test_any_nucleus(folder):
    windows = 'windows = {"Si:O4" = [-75, -60], "Si:O3/O" = [-88, -72]}'
    stated = f"spinning_rate = inf\nlarmor_frequency = 79.5\n{windows}"
    glass = {"units": '"Si:O4", "Si:O3/O"', "glass": "Na3.5SiO3.75", "file": "silicon.txt"}
    found = fitted(recipe_of(folder, "29Si NMR", stated, **glass))
    assert float(found.fit.parameters.value.sel(entry="si_o4_center").item()) == pytest.approx(-66, abs=0.5)


def test_any_core_level(folder):
    stated = f'{XPS}\nwindows = {{"P:S4" = [160.5, 162.5]}}'
    found = fitted(recipe_of(folder, "S 2p XPS", stated, 'energy = "binding"', lines='"P:S4"', file="sulfur.txt"))
    assert float(found.fit.parameters.value.sel(entry="p_s4_center").item()) == pytest.approx(161.5, abs=0.1)
    assert found.technique == "S 2p XPS"


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ('phase = "glas"', "phase = 'glas': is not known; did you mean 'glass'? give one of amorphous, crystal, film"),
        ('cation = "Ma"', "cation = 'Ma': 'Ma' is not the symbol of an element; the glasses contain Na"),
        ('technique = "Raaman"', "technique 'Raaman': is not known; did you mean 'Raman'?; write '31P NMR', 'Raman'"),
        (
            'lines = ["P:S4", "P:SO33"]',
            "'P:SO33' is not among the units; did you mean 'P:SO3'?; there are Na2S, P:S3/S, P:S3~P, P:S4, P:SO3, S",
        ),
        ('lines = ["P:S4", "S-SS"]', "'S-SS' is not among the units; did you mean 'S-S'?"),
    ],
)
def test_words_are_named_with_the_nearest(folder, stated, told):
    text = HEAD.format(
        technique="Raman",
        stated="",
        entry="",
        units=UNITS,
        lines=LINES["Raman"],
        glass="Na3PS3.7O0.3",
        file=FILES["Raman"],
    )
    key = stated.split(" =")[0]
    if key in ("phase", "cation"):
        text = text.replace("schema = 1", f"schema = 1\n{stated}")
    else:
        text = "\n".join(stated if line.startswith(f"{key} =") else line for line in text.splitlines())
    with pytest.raises(BadInput) as caught:
        check_recipe(text, folder=folder, name="r.toml")
    assert told in str(caught.value)


def test_the_cation_follows_from_the_composition(folder):
    assert recipe_of(folder, "Raman").tables.cation == "Na"


def test_an_alias_or_a_family_is_read_wherever_a_label_is(folder):
    lines = '"PS4", "P^1"'
    recipe = recipe_of(folder, "31P NMR", 'crystalline = ["PS4"]\nt1 = {"PS4" = [60, 6]}', lines=lines)
    options = recipe.tables.techniques["31P NMR"]
    assert options.lines == ("P:S4", "P:S3/S")
    assert options.get("crystalline") == ("P:S4",)
    assert set(options.t1) == {"P:S4"}


@pytest.mark.parametrize(
    ("technique", "stated", "told"),
    [
        (
            "31P NMR",
            'crystalline = ["P:S44"]',
            "31P NMR.crystalline has 'P:S44', which is not a line; did you mean 'P:S4'?; name one of P:S4, P:S3/S",
        ),
        (
            "O 1s XPS",
            f'{XPS}\nsurface = ["carbonat", "hydroxide"]',
            "O 1s XPS.surface has 'carbonat', for which the peak library has no position; did you mean 'carbonate'?; "
            "name one of carbonate, hydroxide, organic, oxide, sulfate, or give its windows",
        ),
    ],
)
def test_lines_that_are_chosen_by_name_are_named_with_the_nearest(folder, technique, stated, told):
    with pytest.raises(BadInput) as caught:
        recipe_of(folder, technique, stated)
    assert str(caught.value).endswith(told)


def test_a_glass_that_lacks_a_crystalline_line_is_fitted_without_it(folder):
    """Lines of a technique are those of all glasses: the note on a crystalline line refused glasses without it."""
    stated = 'crystalline = ["P:SO3"]'
    recipe = recipe_of(folder, "31P NMR", stated, lines='"P:S4", "P:SO3"', glass="Na3PS4")
    assert fitted(recipe).lines == ("P:S4",)


@pytest.mark.parametrize(
    ("stated", "entry", "read"),
    [
        ('response = {"P^1" = [2.0, 0.1], PS4 = 1.0}', "", lambda t: sorted(t.techniques["31P NMR"].response)),
        ('windows = {PS4 = [78, 88], "Q^1" = [90, 96]}', "", lambda t: sorted(t.techniques["31P NMR"].windows)),
        ("", 'options = {t1 = {PS4 = [60, 6], "P^1" = [60, 6]}}', lambda t: sorted(t.options_of(first(t)).t1)),
        ("", 'edit = {counts = {p_s4 = "PS4", p_s3_s = "P^1"}}', lambda t: sorted(first(t).edit.counts.values())),
    ],
    ids=["response", "windows", "options of a spectrum", "counts by hand"],
)
def test_aliases_and_families_stand_wherever_labels_do(folder, stated, entry, read):
    assert read(recipe_of(folder, "31P NMR", stated, entry).tables) == ["P:S3/S", "P:S4"]


def first(tables):
    return tables.samples[0].spectra[0]


def test_a_statement_and_a_peak_table_may_name_families(folder):
    (folder / "peaks.csv").write_text("name,position,area\na,83,70\nb,92,30\n", encoding="utf-8")
    text = f"""schema = 1
title = "families"
units = [{UNITS}]
free = ["Na2S", "S"]
[techniques."31P NMR"]
[[samples]]
name = "a"
composition = "Na3PS4"
[[samples.peak_tables]]
file = "peaks.csv"
technique = "31P NMR"
assignments = {{a = "PS4", b = "P^1"}}
relative_sd = 0.01
[[samples.statements]]
quantity = "Q^1"
value = 0.3
sd = 0.01
"""
    (found,) = shortrange.analyse(check_recipe(text, folder=folder, name="r.toml")).structures
    assert found.fractions["P:S3/S"] == pytest.approx(0.3, abs=0.01)
    assert set(map(str, found.solution.pulls["evidence"].values)) == {"31P NMR", "Q^1"}


def test_no_sodium_line_without_sodium(folder):
    found = fitted(recipe_of(folder, "O 1s XPS", XPS, glass="Li3PS3.7O0.3"))
    assert "na_kl1l23" not in {peak.name for peak in found.fit.model.peaks}
