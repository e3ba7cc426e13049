"""Ways out are spelled as the place of the user has them: keys in files, options on the command line, arguments."""

import numpy as np
import pytest
from python_words import in_python
from typer.testing import CliRunner

import structure
from shortrange.cli import make_app
from shortrange_core import BadInput
from shortrange_core.spelling import spoken_in
from spectra import from_arrays, xps

GLASS = 'schema = 1\ncomposition = "{glass}"\n[species]\n{species}\n'
STATED = '[[statement]]\nquantity = "BO"\nof = "S"\nvalue = 0.{value}\nname = "{name}"\n'


def asked(*arguments):
    found = CliRunner().invoke(make_app(), [str(one) for one in arguments])
    return found.exit_code, " ".join(found.output.split())


@pytest.mark.parametrize(
    ("glass", "species", "names", "way"),
    [
        ("Na3P0.5Si0.5S3.75", "", ("a",), "give former = ['P', 'Si'] and max_bridges for each"),
        ("Na3PS4", 'free = ["Li2O"]', ("a",), "remove it from free"),
        ("NaP", "", ("a",), "has no ligand (O, S, Se); correct the composition"),
        ("Na3PS4", "max_bridges = 1", ("a", "a"), "give each its own with name"),
        ("Na3PS4", "max_bridges = 1", ("composition", "b"), "give that evidence another with name"),
    ],
)
def test_a_file_of_a_glass_is_corrected_by_its_keys(tmp_path, glass, species, names, way):
    file = tmp_path / "glass.toml"
    statements = [STATED.format(value=9 - 8 * n, name=name) for n, name in enumerate(names)]
    file.write_text(GLASS.format(glass=glass, species=species) + "".join(statements))
    code, told = asked("balance", file)
    assert code == 2
    assert way in told
    assert f"{way}=" not in told
    assert "--" not in told


def test_the_same_in_python():
    with pytest.raises(BadInput, match=r"give former=\('P', 'Si'\) and max_bridges for each"):
        structure.species(structure.composition("Na3P0.5Si0.5S3.75"))
    with pytest.raises(BadInput, match="remove it from free="):
        structure.species(structure.composition("Na3PS4"), free=("Li2O",))
    with pytest.raises(BadInput, match="leave out of='S'"):
        structure.statement("BO/O", of="S", value=0.5)
    with spoken_in("recipe"), pytest.raises(BadInput, match="leave out of = 'S'"):
        structure.statement("BO/O", of="S", value=0.5)


def test_files_without_a_core_level_name_the_key_that_states_it(tmp_path):
    (tmp_path / "table.csv").write_text("a,b\n1,2\n2,3\n3,5\n")
    file = tmp_path / "samples.toml"
    file.write_text('[regions."O 1s"]\nlines = ["BO"]\n[[samples]]\nname = "glass"\nfiles = ["table.csv"]\n')
    code, told = asked("photoelectrons", file)
    assert code == 2
    assert "state technique under [[samples.spectra]]" in told
    with pytest.raises(BadInput, match="technique='O 1s XPS'"):
        xps.regions(tmp_path / "table.csv")


def test_transmissions_of_some_regions_only_are_stated_in_python_and_exported_elsewhere():
    x = np.linspace(528.0, 536.0, 161)
    line = 100 + 900 * np.exp(-(((x - 532) / 0.8) ** 2))
    one = from_arrays(x, line, axis="binding_energy", noise=3.0, technique="O 1s XPS", photon_energy=1486.6)
    found = xps.sample({"O 1s": one.assign_coords(transmission=2.0)}, {"O 1s": xps.Region(["NBO"])}, reference=0.0)
    areas = {"O 1s": found.fits["O 1s"], "P 2p": (100.0, 1.0)}
    factors = {level: xps.Sensitivity(1.0, 0.05, "maker") for level in areas}
    with pytest.raises(BadInput, match="give transmission= for all"):
        xps.atomic_amounts(areas, factors, exposures=1.0)
    with spoken_in("recipe"), pytest.raises(BadInput, match="export the regions with their transmission"):
        xps.atomic_amounts(areas, factors, exposures=1.0)


def test_a_pressure_without_end_is_left_out(tmp_path):
    hours = np.arange(0.0, 8.0, 0.05)
    current = np.where((hours // 1).astype(int) % 2, -1e-3, 1e-3)
    rows = "\n".join(f"{h * 3600:.0f},{i:.4f},{200 * i:.4f}" for h, i in zip(hours, current, strict=True))
    (tmp_path / "cell.csv").write_text("test_time_second,current_ampere,voltage_volt\n" + rows + "\n")
    code, told = asked("symmetric", tmp_path / "cell.csv", "--area", "1cm2", "--event", "rise", "--pressure", "inf")
    assert code == 2
    assert "give a finite one of 0 or more, or leave it out" in told


@pytest.mark.parametrize(
    "text",
    ["give noise=", "name one with quantity=, or none", "say energy='kinetic'", "see conflicts() for each",
     "windows={'P:S4': (1, 2)}", "give a finite one, or None", "losses=(C, C', D)"],
)  # fmt: skip
def test_words_of_python_are_told(text):
    assert in_python(f"all is well\nerror: {text}") == [f"error: {text}"]


@pytest.mark.parametrize(
    "text",
    ["write frequency=0,modulus=1,phase=2", "--column direction=NAME", "a group p() has one branch", "R0 = 5 ohm",
     "give energy = 'kinetic'", "--energy kinetic", "condition: is not name=value"],
)  # fmt: skip
def test_what_can_be_typed_is_no_python(text):
    assert in_python(text) == []
