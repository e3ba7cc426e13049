"""What ``check`` refuses: all that ``analyse`` refuses before it descends, each mistake once, in words of a recipe."""

import json
import re
from pathlib import Path

import pytest
from typed_commands import run

import shortrange
from shortrange.example import SHIPPED
from shortrange.recipe import check_recipe, read_recipe
from shortrange.stepwise import preview
from shortrange_core import BadInput

RECIPE = (SHIPPED / "recipe.toml").read_text(encoding="utf-8")


def refused(old: str, new: str) -> list[str]:
    """Mistakes of the shipped recipe with one change, without the name of the file."""
    text = re.sub(old, lambda _: new, RECIPE, count=1, flags=re.MULTILINE | re.DOTALL)
    assert text != RECIPE
    with pytest.raises(BadInput) as caught:
        check_recipe(text, folder=SHIPPED, name="r.toml")
    return [problem.removeprefix("r.toml: ") for problem in caught.value.problems]


@pytest.mark.parametrize("routes", [["joint"], ["joint", "joint"]])
def test_the_joint_route_alone_is_refused_where_it_is_stated_and_where_it_is_asked_for(routes: list[str]) -> None:
    told = f'routes = {json.dumps(routes)}: give ["stepwise"] or ["stepwise", "joint"]; the joint route starts from'
    (problem,) = refused("^seed", f"routes = {json.dumps(routes)}\nseed")
    assert problem.startswith(told)
    with pytest.raises(BadInput, match=re.escape(told)):
        shortrange.analyse(read_recipe(SHIPPED / "recipe.toml"), routes=routes)


def test_constraints_that_contradict_one_another_are_told_by_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shortrange.write_example(tmp_path / "e")
    path.write_text(RECIPE.replace("nbo_center >= 1.5", "nbo_center >= 2.5"), encoding="utf-8")
    code, _, told = run(capsys, "check", str(path))
    assert code == 2
    assert "x015_O1s.vms: no areas and parameters satisfy" in told
    assert "bo_center - nbo_center >= 2.5; bo_center - nbo_center <= 1.9" in told


def test_a_constant_spectrum_is_told_by_check(tmp_path: Path) -> None:
    path = shortrange.write_example(tmp_path / "e")
    (path.parent / "x030_Raman.txt").write_text(
        "cm-1 counts\n" + "".join(f"{x} 5\n" for x in range(300, 700)), encoding="utf-8"
    )
    with pytest.raises(BadInput, match=r"x030_Raman.txt: intensity: all 400 values are equal"):
        preview(read_recipe(path))


def test_a_unit_that_is_misspelt_is_told_once_and_with_what_its_lines_name() -> None:
    (problem,) = refused('"P:SO3", "P:O4"', '"P:SO33", "P:O4"')
    assert problem.startswith("units: 'P:SO33': has 34 contacts")
    assert problem.endswith("; did you mean 'P:SO3'?")


def test_a_unit_that_is_left_out_is_no_suggestion_for_its_own_lines() -> None:
    problems = refused('"P:SO3", "P:O4"', '"P:O4"')
    assert len(problems) == 2
    for problem in problems:
        assert "'P:SO3' is not among the units" in problem
        assert "did you mean 'P:SO3'" not in problem


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("spinning_rate = 20000.0", 'spinning_rate = "fast"', "spinning_rate = 'fast': must be a number"),
        (r'"P:S3/S" = \[90.0, 96.0\]', '"P:S3/S" = [9]', "P:S3/S = [9]: must hold 2 values or more, not 1"),
        (
            r'"P:S3/S" = \[90.0, 96.0\]',
            '"P:S3/S" = [9, 1, 1]',
            "P:S3/S = [9, 1, 1]: must hold 2 values or fewer, not 3",
        ),
        (r'"P:S3/S" = \[90.0, 96.0\]', '"P:S3/S" = 9', "P:S3/S = 9: must be a list: one or more values in [ ]"),
        (r'lines = \["BO", "NBO"\]', 'lines = "BO"', "lines = 'BO': must be a list"),
        ("^restarts = 4", "restarts = 1.5", "restarts = 1.5: must be a whole number"),
        ("^spinning_rate = [^\n]*", "constraints = 3", "constraints = 3: must be a list"),
        ("^seed = 20", "seed = 'a'", "seed = 'a': must be a whole number"),
        ("^simulated = true", "simulated = 'perhaps'", "simulated = 'perhaps': must be true or false"),
        ("^title = [^\n]*", "title = 3", 'title = 3: must be a text, in " "'),
        ("^title = [^\n]*", 'title = ""', "title = '': must be a text that is not empty"),
        ("^units = [^\n]*", "units = 3", "units = 3: must be a list"),
        ("^free = [^\n]*", "free = 'S'", "free = 'S': must be a list"),
        ("^seed = 20", "seed = 20\nroutes = []", "routes = []: must hold 1 value or more, not 0"),
        ("^seed = 20", "seed = 20\nseries = 3", "series = 3: must be a table: keys with values"),
        (r"^\[\[samples\]\].*", "[series]\nsmooth = 1.0", "samples: is missing"),
        ('"Na3PS4"', '"na3ps4"', "'na3ps4': contains no symbol of an element (they begin with a capital letter)"),
        ('"Na3PS4"', '"Na3-xPS4"', "the amount x is not given (given: none; write the formula with its value)"),
    ],
)
def test_a_value_of_the_wrong_kind_is_one_mistake_in_words_of_a_recipe(old: str, new: str, told: str) -> None:
    (problem,) = refused(old, new)
    assert told in problem
    assert not any(word in problem for word in ("valid", "tuple", "None"))


def test_a_mistake_in_a_technique_hides_neither_its_lines_nor_how_its_areas_enter() -> None:
    """What else names them is right, or wrong, as it would be without the mistake."""
    text = RECIPE.replace("spinning_rate = 20000.0", 'spinning_rate = "fast"').replace('line = "P:O4"', 'line = "P"')
    text = text.replace('evidence = "responses"', 'evidence = "responses"\nrestarts = -1')
    with pytest.raises(BadInput) as caught:
        check_recipe(f'{text}\n[series]\nshare = ["Raman", "FTIR"]\n', folder=SHIPPED, name="r.toml")
    told = "\n".join(caught.value.problems)
    assert "'P' is not a line of 31P NMR; name one of P:S4 + P:S3O, P:S2O2" in told
    assert "series.share: 'FTIR' has no unknown responses; name one of Raman" in told
    assert "'Raman' has no unknown" not in told


@pytest.mark.parametrize("answered", [True, False], ids=["alternatives", "none"])
def test_what_the_recipe_answers_is_no_warning_of_a_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, answered: bool
) -> None:
    """As in an analysis: the example keeps both readings at 3 ppm and counts no infrared area."""
    path = shortrange.write_example(tmp_path / "e")
    if not answered:
        text = re.sub(r"^\[\[alternatives\]\]\n(?:[a-z_]+ = .*\n)+", "", RECIPE, flags=re.MULTILINE)
        assert text != RECIPE
        path.write_text(text, encoding="utf-8")
    code, told, _ = run(capsys, "check", str(path))
    assert code == 0
    assert ("three-ppm-line" in told) != answered
    assert "interchangeable-lines" not in told
    kept = [n for one in preview(read_recipe(path)) for n in one.notes if n.code == "three-ppm-line"]
    assert {note.severity == "info" for note in kept} == {answered}
