"""A warning of a reader is an error where ``--strict`` or the key ``strict`` asks for it; nothing is written then."""

import shutil

import pytest
from typer.testing import CliRunner

import shortrange
from shortrange.cli import make_app
from shortrange.commands.common import read_each
from shortrange_core import BadInput

ODD = ("x000_Raman.txt", "x015_FTIR.csv")


@pytest.fixture
def series(tmp_path):
    """The example with two neighbouring rows exchanged in two of its files."""
    recipe = shortrange.write_example(tmp_path / "series")
    for name in ODD:
        file = recipe.with_name(name)
        lines = file.read_text(encoding="utf-8").split("\n")
        lines[200], lines[201] = lines[201], lines[200]
        file.write_text("\n".join(lines), encoding="utf-8")
    return recipe


def asked(*arguments):
    found = CliRunner().invoke(make_app(), [str(one) for one in arguments])
    return found.exit_code, " ".join(found.output.split())


def refused(*arguments):
    code, told = asked(*arguments)
    assert code == 2, told
    assert all(name in told for name in ODD)
    assert told.count("or read it without") == len(ODD)
    return told


def test_files_of_a_recipe_are_refused_together(series):
    code, told = asked("check", series)
    assert code == 0, told
    refused("check", series, "--strict")
    refused("edit", series, "--no-browser", "--strict")
    out = series.with_name("results")
    refused("analyse", series, "--out", out, "--strict")
    assert not out.exists()


def test_a_recipe_can_ask_for_it_itself(series):
    series.write_text("strict = true\n" + series.read_text(encoding="utf-8"), encoding="utf-8")
    assert "or read it without strict" in refused("check", series)
    with pytest.raises(BadInput, match=ODD[1]):
        shortrange.analyse(shortrange.read_recipe(series))


def test_a_draft_is_not_written_over_odd_files(series):
    series.unlink()
    before = sorted(series.parent.iterdir())
    ask = ("init", series.parent, "--composition", "Na3PS4-xOx", "--no-ask")
    assert "or read it without --strict" in refused(*ask, "--strict")
    assert sorted(series.parent.iterdir()) == before
    code, told = asked(*ask)
    assert code == 0, told
    assert series.exists()


def test_a_sound_series_passes(tmp_path):
    recipe = shortrange.write_example(tmp_path / "sound")
    assert asked("check", recipe, "--strict")[0] == 0


def test_every_file_of_a_command_is_named(tmp_path, series):
    good = tmp_path / "good.txt"
    shutil.copyfile(series, good)

    def read(path):
        if path.suffix != ".txt":
            raise BadInput(f"{path.name}: is none")
        return path.stem

    assert read_each([good, good], read) == ["good", "good"]
    with pytest.raises(BadInput) as error:
        read_each([good.with_suffix(".a"), good, good.with_suffix(".b")], read)
    assert error.value.problems == ("good.a: is none", "good.b: is none")
