"""The command line as a user meets it: answers, errors, exit codes, one JSON object."""

import json

import pytest

from shortrange.cli import main
from shortrange.commands.common import plain


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    captured = capsys.readouterr()
    return int(left.value.code or 0), captured.out, captured.err


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys)
    assert code == 0
    for command in ("analyse", "balance", "example", "fit", "info", "peaks", "remake"):
        assert command in out


@pytest.mark.parametrize("arguments", [["nothing"], ["info"], ["info", "--nothing"]])
def test_wrong_usage_is_two_and_json_says_it_too(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    code, out, err = run(capsys, *arguments, "--json")
    assert code == 2
    assert json.loads(out)["error"]["kind"] == "usage"
    assert "error:" in err
    assert "Traceback" not in err


def test_missing_file_is_one_clear_error(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "info", "nowhere.txt", "--json")
    assert code == 2
    problems = json.loads(out)["error"]["problems"]
    assert len(problems) == 1
    assert "nowhere.txt" in problems[0]
    assert err.startswith("error: ")


def test_plain_knows_nan_and_arrays() -> None:
    np = pytest.importorskip("numpy")
    assert plain({"a": float("nan"), 1: np.array([1.0, np.inf])}) == {"a": None, "1": [1.0, None]}
