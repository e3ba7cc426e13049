"""The peak library: what every file must hold, what the raw table gives, and what fits take from it."""

import dataclasses
import json
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from file_modules import module_at
from hypothesis import given
from hypothesis import strategies as st
from library_claims import example

import reference_peaks
import structure
from reference_peaks import raw_rows, raw_table
from reference_peaks.entries import (
    Claim,
    Quantity,
    Source,
    claim_from_tree,
    parse_yaml,
    text_of,
    tree_from_claim,
    unit_of_technique,
)
from reference_peaks.entries._forms import QUANTITY_KINDS, ClaimForm, QuantityForm, SourceForm
from reference_peaks.library import from_json
from shortrange_core.errors import BadInput
from structure.units import parse_label

ROOT = Path(reference_peaks.__file__).parent
UNITS = ["P:S4", "P:S3O", "P:S2O2", "P:SO3", "P:O4", "P:S3~P", "P:S3/S", "P:S3/O", "P:O3/O"]


@pytest.fixture(scope="module")
def library() -> reference_peaks.Library:
    return reference_peaks.load()


@pytest.fixture(scope="module")
def conversion() -> raw_table.Conversion:
    return raw_table.convert()


def test_every_row_of_the_raw_table_is_a_claim_or_left_out_by_a_stated_rule(conversion: raw_table.Conversion) -> None:
    table = raw_rows.rows()
    assert len(table) == 393 + 172
    assert len(raw_table.EXCLUSIONS) <= 5
    assert Counter(conversion.excluded.values()) == {"untraceable": 14, "repeated": 1, "no address": 1}
    assert len(conversion.claims) == 393 + 172 - 16
    assert {claim.raw_row for claim in conversion.claims} | set(conversion.excluded) == set(range(1, 566))
    primary = [row for row, rule in conversion.excluded.items() if table[row - 1]["source_kind"] == "primary"]
    assert [conversion.excluded[row] for row in primary] == ["no address"]
    assert Counter(claim.source_kind for claim in conversion.claims)["primary"] + len(primary) == sum(
        row["source_kind"] == "primary" for row in table
    )


def test_numbers_of_the_raw_table_arrive_unchanged(conversion: raw_table.Conversion) -> None:
    table = raw_rows.rows()
    for claim in conversion.claims:
        row = table[(claim.raw_row or 0) - 1]
        assert claim.quantity.unit == row["position_unit"]
        if row["position"]:
            assert claim.quantity.centre == pytest.approx(float(row["position"]), abs=0.11)
            if claim.quantity.value is not None:
                assert claim.quantity.value == float(row["position"])
        assert claim.fwhm == (float(row["fwhm"]) if row["fwhm"] else None)
    kinds = Counter(claim.quantity.kind for claim in conversion.claims)
    assert kinds["window"] == 3
    assert kinds["splitting"] == 4 + 6
    assert kinds["energy"] == 3
    assert kinds["difference"] == 2
    assert kinds["anisotropy"] == 1
    assert kinds["tensor"] == 1 + 3
    assert kinds["response"] == 5


def test_rows_of_the_second_table_say_what_they_are(conversion: raw_table.Conversion) -> None:
    found = {claim.raw_row: claim for claim in conversion.claims}
    tensor = [found[row].quantity.value for row in (394, 395, 396)]
    assert tensor == [67.0, 13.9, -78.7]
    assert {found[row].quantity.kind for row in range(397, 402)} == {"response"}
    assert {found[row].evidence for row in range(397, 402)} == {"calculated"}
    for row in (405, 406):  # the pair of O 1s lines of glass surfaces that may follow the alkali
        assert (found[row].status, found[row].source) == ("disputed", "mohai1990")
    assert found[481].cation == "", "B2O3 has no cation, whatever the table lumps it with"
    assert (found[491].cation, found[491].phase) == ("Zn", "glass")
    assert (found[556].cation, found[556].phase) == ("Li", "glass")
    assert found[537].line == "2p upper component"
    assert found[533].cation == ""
    assert found[551].scale == "raised 0.8 eV by NIST"
    assert (found[561].status, found[561].source, found[561].evidence) == ("disputed", "nist-srd20", "calculated")
    assert found[453].status == "disputed"
    assert {claim.source for claim in conversion.claims if claim.raw_row and claim.raw_row <= 393} >= {"nefedov1975b"}


def test_the_script_gives_the_files_line_by_line(conversion: raw_table.Conversion) -> None:
    made = dict(raw_table.texts(conversion))
    differing = [name for name, text in made.items() if (ROOT / name).read_text(encoding="utf-8") != text]
    assert differing == []
    from_table = {f"claims/{claim.key}.yaml" for claim in reference_peaks.load().claims if claim.raw_row is not None}
    assert from_table == {name for name in made if name.startswith("claims/")}


def test_an_unknown_word_of_the_raw_table_is_named() -> None:
    row = {**raw_rows.rows()[0], "unit_formula": "PX9"}
    with pytest.raises(BadInput, match=r"row 1: .*PX9.* is not in words.yaml"):
        raw_table.convert([row])


def test_whole_library_holds_together(library: reference_peaks.Library) -> None:
    library.check(label_rule=structure.check_label)
    keys = [claim.key for claim in library.claims]
    assert len({key.lower() for key in keys}) == len(keys)
    for claim in library.claims:
        response = claim.quantity.kind == "response"
        assert claim.quantity.unit == ("dimensionless" if response else unit_of_technique(claim.technique))
        assert claim.curator == "shortrange maintainers"
        assert claim.status != "reviewed"
        assert claim.reviewer == ""


def test_every_unit_parses_and_its_charge_follows_from_its_atoms(library: reference_peaks.Library) -> None:
    labels = {claim.species for claim in library.claims if claim.species_kind == "unit"}
    assert {"P:S4", "P:S3~P", "P:S3/S", "P:O3/O", "P:O4"} <= labels
    charges = {"P:S4": 3, "P:S3O": 3, "P:S2O2": 3, "P:SO3": 3, "P:O4": 3, "P:S3~P": 2, "P:S3/S": 2, "P:O3/O": 2}
    charges |= {"Si:O4": 4, "Si:O3/O": 3, "Si:O2/O2": 2, "Si:O/O3": 1, "Si:/O4": 0}
    charges |= {"P:O2/O2": 1, "P:O/O3": 0, "P:S/S3": 0, "P:O3~P": 2, "P:O3F": 2, "P:S2/S2": 1}
    assert labels <= set(charges)
    for label in labels:
        assert parse_label(label).charge == charges[label], label


def test_inferred_and_disputed_claims_stay_out_of_the_pool(library: reference_peaks.Library) -> None:
    statuses = Counter(claim.status for claim in library.claims)
    sites = [row for row in raw_rows.rows() if row["unit_label"] in ("BO", "NBO")]
    guessed = [row for row in sites if "label inferred" in row["note"]]
    assert statuses["inferred"] == len(guessed) == 37 + 15, "what is guessed is whether oxygen bridges"
    assert statuses["disputed"] == 3 + 4
    assert statuses["retired"] == 1, "a tensor without signs"
    assert not any(claim.pooled for claim in library.claims if claim.status in ("inferred", "disputed"))


def test_priors_of_the_paper(library: reference_peaks.Library) -> None:
    priors = library.priors("31P NMR", UNITS, cation="Na", phase="glass")
    means = {label: prior.mean for label, prior in priors.items()}
    published = {"P:S4": 82, "P:S3O": 82, "P:S2O2": 63, "P:SO3": 32, "P:O4": 3, "P:S3~P": 108, "P:O3/O": -9}
    assert means == pytest.approx(published)
    assert all(prior.default and prior.reason and prior.scale == "NaH2PO4" for prior in priors.values())
    raman = library.priors("Raman", ["P:S4", "P:S3~P", "S-S"], cation="Na", phase="glass")
    assert {label: prior.mean for label, prior in raman.items()} == pytest.approx(
        {"P:S4": 420, "P:S3~P": 380, "S-S": 470}
    )
    oxygen = library.priors("O 1s XPS", ["BO", "NBO"], cation="Na", phase="glass")
    assert oxygen["BO"].mean == pytest.approx(532.5)
    assert 1.4 < oxygen["BO"].mean - oxygen["NBO"].mean < 1.9


def test_a_label_is_found_in_any_spelling_and_returned_as_asked(library: reference_peaks.Library) -> None:
    assert list(library.priors("31P NMR", ["P:OS3", "P:O2S2"], cation="Na", phase="glass")) == ["P:OS3", "P:O2S2"]


def test_the_main_line_is_the_site_of_the_pure_glass_not_the_first_by_name(library: reference_peaks.Library) -> None:
    priors = library.priors("31P NMR", ["P:O/O3", "P:O2/O2"], cation="Li", phase="glass")
    assert {label: prior.line for label, prior in priors.items()} == dict.fromkeys(priors, "no bridge to B")
    assert (priors["P:O/O3"].mean, priors["P:O2/O2"].mean) == pytest.approx((-43.3, -32.6))
    named = library.priors("31P NMR", ["P:O/O3"], cation="Li", phase="glass", line="1 bridge to B")
    assert named["P:O/O3"].mean == pytest.approx(-37.1)


def test_amorphous_serves_glass_where_it_is_said(library: reference_peaks.Library) -> None:
    asked = ("31P NMR", ["P:S4"])
    assert library.priors(*asked, cation="Li", phase="glass") == {}
    served = library.priors(*asked, cation="Li", phase="glass/amorphous")["P:S4"]
    assert served.mean == library.priors(*asked, cation="Li", phase="amorphous")["P:S4"].mean
    assert all(library.get(key).phase == "amorphous" for key in served.claims)


def test_two_lines_of_one_standing_give_no_prior_and_one_window(library: reference_peaks.Library) -> None:
    asked = ("O 1s XPS", ["Na2Si3O7"])
    assert library.priors(*asked, cation="Na", phase="glass") == {}
    energies = [claim.quantity.centre for claim in library.select(technique="O 1s XPS", species="Na2Si3O7")]
    window = library.windows(*asked, cation="Na", phase="glass")["Na2Si3O7"]
    assert window.lower < min(energies) < max(energies) < window.upper
    assert len(window.claims) == len(energies) > 1


def test_moving_a_scale_adds_its_doubt(library: reference_peaks.Library) -> None:
    same = library.priors("31P NMR", ["P:S4"], cation="Na", phase="glass")["P:S4"]
    moved = library.priors("31P NMR", ["P:S4"], cation="Na", phase="glass", scale="85% H3PO4")["P:S4"]
    assert moved.mean == pytest.approx(same.mean)
    assert moved.sd == pytest.approx(np.hypot(same.sd, 2.0))
    assert library.priors("31P NMR", ["P:S4"], cation="Na", phase="glass", scale="TMS") == {}


def test_sds_double_and_halve(library: reference_peaks.Library) -> None:
    priors = library.priors("31P NMR", UNITS, cation="Na", phase="glass")
    for factor in (0.5, 2.0):
        for label, prior in reference_peaks.scaled(priors, factor).items():
            assert prior.sd == pytest.approx(factor * priors[label].sd)
            assert prior.mean == priors[label].mean
    with pytest.raises(BadInput, match="scaled by a positive number"):
        priors["P:S4"].scaled(0)
    with pytest.raises(BadInput, match="give a positive sd"):
        reference_peaks.Prior(1.0, 0.0, "x")


def test_windows_are_the_printed_ones_or_follow_from_other_materials(library: reference_peaks.Library) -> None:
    windows = library.windows("FTIR", ["P-S terminal", "P-O-P", "P-O terminal"], cation="Na", phase="glass")
    assert [(w.lower, w.upper) for w in windows.values()] == [(400, 600), (600, 950), (950, 1200)]
    assert library.priors("FTIR", ["P-O-P"], cation="Na", phase="glass") == {}
    window = library.windows("Raman", ["Li2S"], cation="Na", phase="glass")["Li2S"]
    assert window.lower < 372 < window.upper
    assert "other materials" in window.reason
    assert not window.assumed
    assert library.windows("31P NMR", ["P:S2O2/O"], cation="Na", phase="glass") == {}


def test_unknown_technique_names_the_known_ones(library: reference_peaks.Library) -> None:
    with pytest.raises(BadInput, match=r"no claim for 'UPS'; it knows .*31P NMR"):
        library.priors("UPS", ["P:S4"], cation="Na", phase="glass")


def test_neon_is_in_air_and_its_digits_are_the_printed_ones(library: reference_peaks.Library) -> None:
    lines = library.select(technique="emission lamp", species="Ne")
    assert len(lines) == 11
    assert {claim.conditions["medium"] for claim in lines} == {"air"}
    for claim in library.select(source="sansonetti2004"):
        angstrom = float(claim.quantity.printed.removesuffix(" Angstrom in air"))
        assert claim.quantity.value == pytest.approx(angstrom / 10, abs=1e-9)


def test_polystyrene_has_the_lines_of_the_standard(library: reference_peaks.Library) -> None:
    claims = library.select(technique="Raman", species="polystyrene")
    found = sorted(claim.quantity.centre for claim in claims)
    assert found == [620.9, 795.8, 1001.4, 1031.8, 1155.3, 1583.1, 1602.3, 2904.5, 3054.3]
    assert {claim.species_kind for claim in claims} == {"calibration"}


def test_a_lamp_is_given_in_nanometres() -> None:
    tree = tree_from_claim(
        example(
            technique="emission lamp",
            species="Ne",
            species_kind="calibration",
            quantity=Quantity("position", "cm-1", 5e3),
        )
    )
    with pytest.raises(BadInput, match="emission lamp is given in nm"):
        claim_from_tree(tree, "x")


def test_claims_go_to_yaml_and_back(library: reference_peaks.Library) -> None:
    for claim in library.claims:
        again = claim_from_tree(parse_yaml(text_of(claim)), claim.key)
        assert dataclasses.asdict(again) == dataclasses.asdict(claim)


@given(
    st.text(min_size=1, max_size=60).filter(lambda text: text.isprintable() and text.strip()),
    st.floats(-1000, 1000, allow_nan=False),
    st.one_of(st.none(), st.floats(1e-3, 100)),
)
def test_any_text_and_number_survive_yaml(text: str, value: float, sd: float | None) -> None:
    claim = example(
        notes=text, sample=text, quantity=Quantity("position", "ppm", value, sd), conditions={"laser": text}
    )
    again = claim_from_tree(parse_yaml(text_of(claim)), "x")
    assert dataclasses.asdict(again) == dataclasses.asdict(claim)


def test_the_built_file_is_the_library(library: reference_peaks.Library) -> None:
    hook = _hook()
    again = from_json(hook.library_json(ROOT.parent))
    assert again.digest() == library.digest()
    assert [dataclasses.asdict(claim) for claim in again.claims] == [dataclasses.asdict(c) for c in library.claims]
    assert {key: s.citation for key, s in again.sources.items()} == {k: s.citation for k, s in library.sources.items()}
    json.loads(hook.library_json(ROOT.parent), parse_constant=pytest.fail)


def test_the_built_file_is_loaded_without_pydantic(tmp_path: Path) -> None:
    """It was checked when the wheel was built: 50 ms of import would be a fifth of the whole load."""
    (tmp_path / "library.json").write_text(_hook().library_json(ROOT.parent), encoding="utf-8")
    code = (
        "import sys, pathlib; from reference_peaks.library import from_json; "
        "assert from_json(pathlib.Path(sys.argv[1]).read_text(encoding='utf-8')).claims; "
        "assert 'pydantic' not in sys.modules"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "library.json")], check=False, capture_output=True
    )
    assert ended.returncode == 0, ended.stderr.decode()


def test_a_wheel_carries_one_file_and_loads_the_same_library(library: reference_peaks.Library, tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT.parent, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith("reference_peaks/")]
        archive.extractall(tmp_path / "unpacked")
    assert "reference_peaks/library.json" in names
    assert "reference_peaks/publishing/templates/site.html" in names
    assert not [name for name in names if name.endswith((".yaml", ".csv"))]
    code = "import reference_peaks as r; print(r.__file__); print(r.load().digest(), len(r.load().sources))"
    found = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path / 'unpacked')!r}); {code}"],
        check=True, capture_output=True, text=True, cwd=tmp_path,
    ).stdout.splitlines()  # fmt: skip
    assert Path(found[0]).is_relative_to(tmp_path)
    assert found[1] == f"{library.digest()} {len(library.sources)}"


def _hook() -> ModuleType:
    return module_at(ROOT.parent / "hatch_build.py")


def test_a_private_library_lies_over_the_public_one(tmp_path: Path, library: reference_peaks.Library) -> None:
    claim = example()
    path = reference_peaks.write(claim, tmp_path)
    assert path == tmp_path / "claims" / f"{claim.key}.yaml"
    layered = reference_peaks.load(tmp_path, over=library)
    assert len(layered.claims) == len(library.claims) + 1
    assert layered.priors("31P NMR", ["P:S3/S"], cation="Na", phase="glass", scale="85% H3PO4")["P:S3/S"].mean == (
        pytest.approx(91)
    )
    assert len(reference_peaks.load(tmp_path).claims) == 1
    public = library.get("31P-NMR/P-S4-22475a.Na.glass.chi2021.1")
    reference_peaks.write(dataclasses.replace(public, status="retired"), tmp_path)
    retired = reference_peaks.load(tmp_path, over=library)
    assert retired.get(public.key).status == "retired"
    assert "P:S4" not in retired.priors("31P NMR", ["P:S4"], cation="Na", phase="glass")
    with pytest.raises(BadInput, match="is taken; give the next number"):
        reference_peaks.write(claim, tmp_path)


def test_forms_have_the_keys_that_claims_and_sources_have(library: reference_peaks.Library) -> None:
    written = {key for claim in library.claims for key in tree_from_claim(claim)}
    assert written <= set(ClaimForm.keys())
    assert {"quantity", *ClaimForm.keys()} - {"schema", *QUANTITY_KINDS} == {
        field.name for field in dataclasses.fields(Claim) if field.name != "key"
    }
    assert {"kind", *QuantityForm.keys()} == {field.name for field in dataclasses.fields(Quantity)}
    assert {"key", *SourceForm.keys()} == {field.name for field in dataclasses.fields(Source)}
