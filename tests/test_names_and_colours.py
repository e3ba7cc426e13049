"""One written name and one colour for every label, the same wherever it is drawn."""

import re
from pathlib import Path

import numpy as np
import pytest

import reference_peaks
import structure
from reference_peaks import publishing
from shortrange_core.colours import CHOSEN, OF_OTHER_FORMERS, colour_of
from shortrange_core.shown_numbers import with_sd
from shortrange_core.written_labels import short_name

ROOT = Path(__file__).resolve().parents[1]
# Machado, Oliveira & Fernandes 2009 (doi:10.1109/TVCG.2009.113), severity 1: what each deficiency makes of linear RGB
SEEN = {
    "all": np.eye(3),
    "no red cones": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green cones": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "no blue cones": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
SI_S3O = "#d18b47"
# OKLab (B. Ottosson, 2020, bottosson.github.io/posts/oklab)
TO_LMS = [[0.41222, 0.53633, 0.05145], [0.2119, 0.68070, 0.1074], [0.0883, 0.28172, 0.62998]]
TO_LAB = [[0.21045, 0.79362, -0.00407], [1.978, -2.42859, 0.45059], [0.0259, 0.78277, -0.80868]]


def lab(colour: str, seen: str) -> np.ndarray:
    coded = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    return TO_LAB @ np.cbrt(np.clip(TO_LMS @ np.clip(SEEN[seen] @ linear, 0, 1), 0, None))


@pytest.mark.parametrize("seen", SEEN)
def test_colours_that_meet_in_a_figure_are_told_apart(seen):
    of_phosphorus = [label for label in CHOSEN if label.startswith("P:") or label == "S-S"]
    others = [[f"{former}:{unit}" for unit in units] for former, units in OF_OTHER_FORMERS.items()]
    for group in (of_phosphorus, ["BO", "NBO", "oxide"], *others):
        assert_apart(group, 0.07, seen)  # twice what a careful eye sees side by side


def assert_apart(group, least, seen):
    places = [lab(CHOSEN[label], seen) for label in group]
    near = {
        (a, b): float(np.linalg.norm(places[i] - places[j]))
        for i, a in enumerate(group)
        for j, b in enumerate(group[:i])
    }
    assert min(near.values()) > least, min(near, key=near.get)


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("ligand", ["O", "S"])
@pytest.mark.parametrize("formers", [("P", "Si"), ("P", "Ge"), ("P", "B"), ("Si", "B"), ("Si", "Al"), ("B", "Al")])
def test_units_of_two_formers_in_one_glass_are_told_apart(formers, ligand, seen):
    of_one = re.compile(rf"({'|'.join(formers)}):[/{ligand}0-9]+")
    assert_apart([label for label in CHOSEN if of_one.fullmatch(label)], 0.05, seen)


@pytest.mark.parametrize(("seen", "least"), [(seen, 0.03 if seen == "all" else 0.015) for seen in SEEN])
def test_no_two_labels_have_one_colour(seen, least):
    """Glasses of a series may hold any of them, and stand in one figure."""
    assert len(set(CHOSEN.values())) == len(CHOSEN)
    of_formers = [label for label in CHOSEN if label.partition(":")[0] in OF_OTHER_FORMERS]
    rest = [label for label in CHOSEN if label not in of_formers]
    assert_apart(of_formers, least, seen)
    for label in rest:
        places = lab(CHOSEN[label], seen)
        assert min(np.linalg.norm(lab(CHOSEN[other], seen) - places) for other in of_formers) > least, label


def test_a_colour_depends_on_the_label_alone():
    assert colour_of("P:S3O + P:S4") == colour_of("P:S4 + P:S3O") == colour_of("P:S4")
    made = {text: colour_of(text) for text in ("Si:S3O", "Si:SO/S2", "Sn:S4", "Ge:S2O/S", "na_kl1l23", "band_420")}
    assert len(set(made.values())) == len(made)
    assert made["Si:S3O"] == SI_S3O  # on every machine and in every version


def test_nobody_below_keeps_colours_of_lines_to_himself():
    """Colours by order (C0, tab:, a palette of the page) would give one species another colour in another figure."""
    rule = re.compile(r"""f"C\{|["']C[0-9]["']|tab:|tab20|color_cycle|COLOURS = \[""")
    rooms = [
        *ROOT.glob("spectra/plots/*.py"),
        *ROOT.glob("structure/plots/*.py"),
        *ROOT.glob("shortrange/reports/*.py"),
    ]
    rooms += [*ROOT.glob("shortrange/editor/*"), *ROOT.glob("electrochemistry/plots/*.py")]
    assert len(rooms) > 15
    assert not [path.name for path in rooms if rule.search(path.read_text(encoding="utf-8"))]


def test_labels_of_the_library_have_names_of_their_own():
    named = {label for claim in reference_peaks.load().claims for label in claim.species.split(" + ") if ":" in label}
    glasses = [
        structure.composition(text) for text in ("Na3PS3.4O0.6", "50Na2O-50SiO2", "50Na2O-50B2O3", "60Na2S-40GeS2")
    ]
    labels = sorted(named | {label for glass in glasses for label in structure.species(glass)})
    assert len(labels) > 40
    for style in ("text", "figure", "html"):
        names = {label: short_name(label, style) for label in labels}
        assert not [label for label, name in names.items() if name == label]
        assert len(set(names.values())) == len(labels)
    for label in labels:  # the same as with its charge, but for the charge
        charged = structure.pretty(label, "html")
        assert re.sub(r"<sup>[0-9/]*[−+]</sup>", "", charged) == short_name(label, "html")


@pytest.mark.parametrize("text", ["BO", "NBO", "BO/(BO + NBO)", "S-S", "", "satellite 2", "0.5 P:S4", "Xx<script>"])
def test_what_is_no_label_stays_as_it_is(text):
    assert [short_name(text, style) for style in ("text", "figure", "html")] == [text] * 3


def test_a_value_and_its_sd_can_be_read_back():
    rng = np.random.default_rng(1)
    for _ in range(3000):
        sd = 10 ** rng.uniform(-6, 6)
        value = sd * rng.normal(0, 100)
        text = with_sd(value, sd)
        head, bracket, power = re.fullmatch(r"(-?[0-9.]+)\(([0-9]+)\)(?:e([-+][0-9]+))?", text).groups()
        unit = 10.0 ** -len(head.partition(".")[2])
        scale = 10.0 ** int(power or 0)
        assert float(bracket) * unit * scale == pytest.approx(sd, rel=0.051), text
        assert abs(float(head) * scale - value) <= 0.5001 * max(unit, float(bracket) / 10) * scale, text
        assert len(bracket.rstrip("0")) <= 2, text


def test_the_site_of_the_library_writes_and_colours_as_figures_do():
    page = publishing.page(reference_peaks.load())
    heading = re.search(r'<h2 id="[^"]*">(.*?)<span class="soft">by 31P NMR', page[page.index(">P:S4 ") - 200 :])[1]
    assert f"background: {colour_of('P:S4')}" in heading
    assert "PS<sub>4</sub> (P<sup>0</sup>)" in heading


def test_lines_that_are_named_by_their_number_have_colours_of_a_series():
    """Their texts gave the first and the third the same green."""
    assert len({colour_of(f"line{number}") for number in range(1, 7)}) == 6
    assert colour_of("line1") == colour_of("line7")
