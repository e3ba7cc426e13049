"""Windows of the peak library are the windows of the fits: what a curator corrects moves where a line is looked for."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import reference_peaks
import shortrange.recipe
import spectra
import structure
from reference_peaks import Library
from reference_peaks.curation import difference
from reference_peaks.entries import Claim, Quantity, Source, key_of, settings_from_tree, unit_of_technique, write_source
from reference_peaks.pooling import WINDOW_SPREADS
from shortrange.stepwise import fit_file
from shortrange_core.errors import BadInput
from spectra.models import Model

AXES = {
    "31P NMR": ("chemical_shift", np.linspace(-60.0, 140.0, 801)),
    "Raman": ("raman_shift", np.linspace(300.0, 1250.0, 951)),
    "FTIR": ("wavenumber", np.linspace(400.0, 1200.0, 801)),
    "P 2p XPS": ("binding_energy", np.linspace(124.0, 140.0, 161)),
}
SPECIES = {"31P NMR": "P:S3/O", "Raman": "P:S3/S", "FTIR": "P:O4", "P 2p XPS": "P:S3~P"}
MOVED = {"31P NMR": (60.0, 71.0), "Raman": (398.0, 420.0), "FTIR": (900.0, 1060.0), "P 2p XPS": (130.0, 132.0)}


@pytest.fixture(scope="module")
def public() -> Library:
    return reference_peaks.load()


def model(technique: str, priors: spectra.models.Places | None) -> Model:
    axis, x = AXES[technique]
    spectrum = spectra.from_arrays(
        x, np.random.default_rng(0).normal(0.0, 0.1, x.size), axis=axis, noise=0.1, technique=technique
    )
    known = spectra.technique_of(technique)
    options = {"photon_energy": 1486.6} if technique.endswith("XPS") else {}
    return known.made(spectrum, [SPECIES[technique]], options, priors=priors)[1]


def ends(found: Model) -> tuple[float, float]:
    center = next(p for p in found.peaks[0].parameters if p.name.endswith("_center"))
    return center.lower, center.upper


def private(public: Library, folder: Path, claims: list[Claim], settings: str = "") -> Library:
    (folder / "claims").mkdir(parents=True, exist_ok=True)
    for claim in claims:
        reference_peaks.write(claim, folder)
    write_source(Source("ourlab", "data", title="Notebook of our laboratory", year=2026), folder)
    if settings:
        (folder / "library.yaml").write_text(f"version: 0.1.0\n{settings}", encoding="utf-8")
    return reference_peaks.load(folder, over=public)


def window_claim(technique: str, lower: float, upper: float) -> Claim:
    quantity = Quantity("window", unit_of_technique(technique), lower=lower, upper=upper)
    claim = Claim("", technique, SPECIES[technique], "unit", quantity, "ourlab", cation="Na", phase="glass")
    return Claim(key_of(claim), technique, SPECIES[technique], "unit", quantity, "ourlab", cation="Na", phase="glass")


def places(library: Library, technique: str) -> spectra.models.Places:
    return library.places(technique, [SPECIES[technique]], cation="Na", phase="glass")


@pytest.mark.parametrize("technique", AXES)
def test_a_window_that_a_curator_claims_is_the_window_of_the_next_fit(
    public: Library, technique: str, tmp_path: Path
) -> None:
    before = ends(model(technique, places(public, technique)))
    corrected = private(public, tmp_path / "lab", [window_claim(technique, *MOVED[technique])])
    assert before != MOVED[technique]
    assert ends(model(technique, places(corrected, technique))) == MOVED[technique]


@pytest.mark.parametrize("technique", ["31P NMR", "Raman", "P 2p XPS"])
def test_an_assumed_window_that_is_edited_is_too(public: Library, technique: str, tmp_path: Path) -> None:
    low, high = MOVED[technique]
    entry = f'"{SPECIES[technique]}": {{lower: {low}, upper: {high}, reason: seen here}}'
    edited = private(public, tmp_path / "lab", [], f"windows:\n  {technique}:\n    {entry}\n")
    found = model(technique, places(edited, technique))
    assert ends(found) == (low, high)
    note = next(note for note in found.notes if note.code == "no-published-position")
    assert "seen here" in note.text
    others = edited.windows("FTIR", ["P:O4"], cation="Na", phase="glass")["P:O4"]
    assert (others.lower, others.upper) == (930.0, 1200.0), "entries that a lab does not state stay those below"


def test_a_private_library_moves_the_window_of_a_fit_of_a_file(public: Library, tmp_path: Path) -> None:
    x = AXES["31P NMR"][1]
    y = 100 * np.exp(-4 * np.log(2) * ((x - 61.0) / 8.0) ** 2) + np.random.default_rng(1).normal(0.0, 1.0, x.size)
    file = tmp_path / "glass.csv"
    file.write_text("ppm,intensity\n" + "\n".join(f"{a:.3f},{b:.4f}" for a, b in zip(x, y, strict=True)))
    asked = {"technique": "31P NMR", "species": ["P:S3/O"], "cation": "Na", "phase": "glass"}
    there = fit_file(file, **asked).parameters.value.sel(entry="p_s3_o_center").item()
    private(public, tmp_path / "lab", [window_claim("31P NMR", 55.0, 66.0)])
    moved = (
        fit_file(file, libraries=[str(tmp_path / "lab")], **asked).parameters.value.sel(entry="p_s3_o_center").item()
    )
    assert there == pytest.approx(66.0, abs=0.6), "it ends at the end of the public window, 66 to 79"
    assert moved == pytest.approx(61.0, abs=0.3)


def test_a_difference_of_libraries_shows_the_windows_that_move(public: Library, tmp_path: Path) -> None:
    entry = '"P:S3~P": {lower: 130.0, upper: 132.0, reason: seen here}'
    mine = private(
        public, tmp_path / "lab", [window_claim("31P NMR", 60.0, 71.0)], f"windows:\n  P 2p XPS:\n    {entry}\n"
    )
    moved = {
        (w.technique, w.species, w.cation, w.phase): [
            None if e is None else (e.lower, e.upper) for e in (w.before, w.after)
        ]
        for w in difference(public, mine).windows
    }
    assert moved == {
        ("31P NMR", "P:S3/O", "Na", "glass"): [(66.0, 79.0), (60.0, 71.0)],
        ("P 2p XPS", "P:S3~P", "", ""): [(131.0, 133.0), (130.0, 132.0)],
    }
    assert difference(public, public).windows == ()


def test_a_band_that_a_private_library_names_is_a_line_of_a_recipe_and_of_a_fit(
    public: Library, tmp_path: Path
) -> None:
    recipe = shortrange.read_recipe(shortrange.write_example(tmp_path / "series"))
    text = recipe.text.replace('"S-S"', '"X-Y"')
    assert text != recipe.text
    with pytest.raises(BadInput, match="'X-Y' is not among the units"):
        shortrange.recipe.check_recipe(text, folder=tmp_path / "series", name="recipe.toml")
    quantity = Quantity("window", "cm-1", lower=455.0, upper=485.0)
    claim = Claim("", "Raman", "X-Y", "bond", quantity, "ourlab", cation="Na", phase="glass")
    private(public, tmp_path / "series" / "lab", [replace(claim, key=key_of(claim))])
    mine = shortrange.recipe.check_recipe(f'library = ["lab"]\n{text}', folder=tmp_path / "series", name="recipe.toml")
    library = reference_peaks.load(*mine.libraries, over=public)
    window = library.places("Raman", mine.tables.techniques["Raman"].lines, cation="Na", phase="glass")["X-Y"]
    assert isinstance(window, reference_peaks.Window)
    assert (window.lower, window.upper) == (455.0, 485.0)


def test_a_model_without_a_library_looks_where_the_public_one_says(public: Library) -> None:
    for technique, species in SPECIES.items():
        window = public.windows(technique, [species], cation=None, phase=None)[species]
        assert ends(model(technique, None)) == (window.lower, window.upper)


def test_every_window_of_the_library_has_ends_and_an_assumed_one_its_reason(public: Library) -> None:
    for technique, stated in public.settings.placements.items():
        windows = public.windows(technique, stated, cation="Na", phase="glass")
        assert windows.keys() == stated.keys(), technique
        for label, window in windows.items():
            assert window.lower < window.upper, label
            assert window.assumed or window.claims, label
            assert stated[label].reason in window.reason
            if ":" in label:
                structure.check_label(label)


def test_a_window_that_is_widened_holds_the_ends_that_are_stated_and_what_is_published(public: Library) -> None:
    widened = 0
    for technique, stated in public.settings.placements.items():
        for cation in ("Na", "Li"):
            for label, window in public.windows(technique, stated, cation=cation, phase="glass").items():
                ends = stated[label]
                if "printed" not in window.reason and ends.lower is not None and ends.upper is not None:
                    assert window.lower <= ends.lower < ends.upper <= window.upper, (technique, label)
                    spread = public.settings.spread(technique).spread
                    for claim in map(public.get, window.claims):  # a source's own number lies well inside
                        if claim.scale in ("", public.settings.main_scale(technique)):
                            assert window.lower + spread < claim.quantity.centre < window.upper - spread, claim.key
                    widened += window.assumed and bool(window.claims)
    assert widened >= 2


def test_disagreements_of_code_and_library_are_gone(public: Library) -> None:
    asked = {"cation": "Na", "phase": "glass"}
    nmr = public.windows("31P NMR", ["P:O4"], **asked)["P:O4"]
    assert nmr.lower < 2.5 < 6.3 < nmr.upper, "2.5 to 6.3 is a range of one paper, and no window for another glass"
    raman = public.windows("Raman", ["P:O4"], **asked)["P:O4"]
    assert raman.assumed
    assert raman.lower < 1010 < raman.upper
    ftir = public.windows("FTIR", ["P:SO3"], **asked)["P:SO3"]
    assert (ftir.lower, ftir.upper) == (950.0, 1200.0), "terminal P-O, as printed; 709 to 733 is its P-S bond"


def test_a_scale_that_nobody_else_is_on_is_never_taken_unasked(public: Library) -> None:
    asked = {"cation": "Na", "phase": "glass"}
    raised = "raised 0.8 eV by NIST"
    assert public.priors("P 2p XPS", ["P:O2/O2"], **asked) == {}
    assert public.priors("P 2p XPS", ["P:O2/O2"], scale=raised, **asked)["P:O2/O2"].scale == raised
    window = public.windows("P 2p XPS", ["P:O2/O2"], **asked)["P:O2/O2"]
    assert not any("pelavin" in key for key in window.claims)
    same = public.windows("P 2p XPS", ["P:O2/O2"], scale="no scale of anybody", **asked)["P:O2/O2"]
    assert (same.lower, same.upper) == (window.lower, window.upper)


@pytest.mark.parametrize("sources", [1, 2, 3, 5, 10, 20])
def test_one_more_source_lies_in_a_window_whatever_the_number_of_sources(sources: int) -> None:
    draws = np.random.default_rng(sources).normal(size=(40_000, sources + 1))
    published, new = draws[:, :-1], draws[:, -1]
    margin = WINDOW_SPREADS / np.sqrt(sources)
    inside = (new > published.min(axis=1) - margin) & (new < published.max(axis=1) + margin)
    assert 0.955 < inside.mean() < 0.985


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"lower": 1.0, "upper": 2.0}, "needs a reason"),
        ({"reason": "so"}, "places nothing"),
        ({"reason": "so", "lower": 1.0}, "give both"),
        ({"reason": "so", "lower": 2.0, "upper": 1.0}, "lower below upper"),
        ({"reason": "so", "like": "P:O4"}, "a list of species under like"),
        ({"reason": "so", "like": ["P:O4"], "width": 3.0}, "'width' is not known"),
    ],
)
def test_an_entry_that_places_nothing_is_refused(entry: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        settings_from_tree({"version": "1.0.0", "windows": {"Raman": {"P:O4": entry}}}, "library.yaml")
