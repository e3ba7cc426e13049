"""Two hundred malformed files: each gives a named error with the file's name, and never anything else."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

import reference_peaks
from reference_peaks.entries import (
    SIZE_LIMIT_BYTES,
    claim_from_tree,
    read_claim,
    settings_from_tree,
    source_from_tree,
)
from shortrange_core.errors import BadInput

ROOT = Path(reference_peaks.__file__).parent
COUNT = 200
HOSTILE = (
    *("!!python/object/apply:os.system ['true']", "&a [*a]", "{<<: {a: 1}}", "[[[[[[[[[[[[1]]]]]]]]]]]]", "1e999"),
    *("-.inf", ".nan", "9" * 400, "0x10", "1_000", "2020-01-01", "yes", "null", "[]", "{a: }", "[1, 2]", "''"),
    *('"\\u0000"', "\t", "- x", "'" + "x" * 5000 + "'", "? [a]", "%TAG ! tag:x", "|\n  a\n  b", "../../../etc/passwd"),
    *("C:\\con", "\u202etxt", "-1e308", "!!binary aGVsbG8=", "!!set {a}", "1:30", "~", "@x", "`x", "*x", "\ufeff"),
    *("1e-400", "0.0", "-5"),
)


def text() -> str:
    return (ROOT / "claims/31P-NMR/P-S4-22475a.Na.glass.chi2021.1.yaml").read_text(encoding="utf-8")


def malformed() -> Iterator[bytes]:
    """Files made wrong in every way that a seed finds: values, keys, structure, bytes, encodings."""
    lines = text().splitlines()
    for seed in range(10 * COUNT):
        rng = random.Random(seed)
        kind = rng.randrange(7)
        copy = list(lines)
        at = rng.randrange(len(copy))
        key = copy[at].split(":")[0]
        if kind == 0:
            copy[at] = f"{key}: {rng.choice(HOSTILE)}"
        elif kind == 1:
            copy.insert(at, copy[rng.randrange(len(copy))])
        elif kind == 2:
            copy[at] = copy[at].replace(key.strip(), key.strip() + rng.choice(["s", "x", "/../y", "__class__"]))
        elif kind == 3:
            del copy[at : at + rng.randrange(1, 12)]
        elif kind == 4:
            copy[at] = "  " * rng.randrange(1, 4) + copy[at] + rng.choice(["", ":", " [", " {", ' "', " #", " &x"])
        body = ("\n".join(copy) + "\n").encode()
        if kind == 5:
            place = rng.randrange(len(body))
            body = body[:place] + bytes(rng.randrange(256) for _ in range(rng.randrange(1, 9))) + body[place + 3 :]
        elif kind == 6:
            body = rng.choice(
                [body.decode().encode("utf-16"), body[: rng.randrange(len(body))], b"", b"\0" * 9, body * 2]
            )
        yield body


def problems_of(path: Path) -> tuple[str, ...]:
    try:
        read_claim(path)
    except BadInput as error:
        return error.problems
    return ()


def test_malformed_files_give_named_errors_only(tmp_path: Path) -> None:
    path = tmp_path / "claim.yaml"
    refused = accepted = 0
    for body in malformed():
        path.write_bytes(body)
        problems = problems_of(path)
        assert all("claim.yaml" in problem and len(problem) < 1000 for problem in problems), problems
        refused, accepted = refused + bool(problems), accepted + (not problems)
        if refused == COUNT:
            break
    assert refused == COUNT
    assert accepted < COUNT / 2


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_values_in_every_file_of_a_library(tmp_path: Path, hostile: str) -> None:
    for name in ("library.yaml", "bibliography/x.yaml", "claims/31P-NMR/x.yaml"):
        root = tmp_path / name.replace("/", "-")
        (root / "claims").mkdir(parents=True)
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"{hostile}\n", encoding="utf-8")
        with pytest.raises(BadInput):
            reference_peaks.load(root)


@pytest.mark.parametrize(
    "tree",
    [None, 3, "x", [], [1], {}, {"schema": {}}, {"position": []}, {"position": {"value": True, "unit": 3}},
     {"position": {}, "range": {}}, {"conditions": [1]}, {"conditions": {"a": [1]}}, {"schema": 10**25}],
)  # fmt: skip
def test_trees_of_wrong_types(tree: object) -> None:
    for reader in (claim_from_tree, settings_from_tree):
        with pytest.raises(BadInput, match="a name"):
            reader(tree, "a name")
    with pytest.raises(BadInput, match="a name"):
        source_from_tree("key", tree, "a name")


def test_links_and_odd_names_are_refused(tmp_path: Path) -> None:
    claims = tmp_path / "claims" / "31P-NMR"
    claims.mkdir(parents=True)
    (tmp_path / "outside.yaml").write_text(text())
    (claims / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (claims / "..hidden.yaml").write_text(text())
    (claims / "con aux.yaml").write_text(text())
    with pytest.raises(BadInput) as caught:
        reference_peaks.load(tmp_path)
    assert "link.yaml: is a link" in str(caught.value)
    assert str(caught.value).count("the file name does not match the content") == 2
    for name in ("\0", "nowhere", "outside.yaml"):
        with pytest.raises(BadInput, match="is not a library"):
            reference_peaks.load(tmp_path / name)


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_text("a: " + "x" * (SIZE_LIMIT_BYTES + 1))
    with pytest.raises(BadInput, match="is larger than"):
        read_claim(path)
