"""Lists of checksums beside a file: their dialects, what they refuse, what a broken one says."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

import electrochemistry as ec
import spectra
from shortrange.cli import main
from shortrange_core import BadInput
from shortrange_core.checksums import LEVELS, recorded, verified
from shortrange_core.files import read_bytes, read_text

CONTENT = b"abc"
MD5 = "900150983cd24fb0d6963f7d28e17f72"  # of "abc": RFC 1321, A.5
SHA1 = "a9993e364706816aba3e25717850c26c9cd0d89d"  # RFC 3174, 7.3
SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # RFC 6234, 8.5
SHA512 = hashlib.sha512(CONTENT).hexdigest()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "run" / "a b.txt"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SHA256SUMS", f"{SHA256}  a b.txt\n"),
        ("SHA256SUMS", f"{SHA256} *a b.txt\r\n"),
        ("SHA256SUMS", f"\ufeff# made by hand\n\n{SHA256.upper()}  ./a b.txt"),
        ("SHA256SUMS.txt", f"SHA256 (a b.txt) = {SHA256}\n"),
        ("SHA512SUMS", f"{SHA512}  a b.txt\n"),
        ("SHA1SUMS", f"SHA1 (a b.txt) = {SHA1}\n"),
        ("MD5SUMS", f"{MD5}  other.txt\n{MD5}  a b.txt\n"),
        ("checksums.txt", f"{MD5}  a b.txt\n{SHA256}  a b.txt\n"),
        ("checksums.txt", f"SHA2-256(a b.txt)= {SHA256}\n"),
        ("a b.txt.sha256", SHA256),
        ("a b.txt.sha256", f"{SHA256}  /elsewhere/a b.txt\n"),
        ("a b.txt.md5", f"MD5 (a b.txt) = {MD5}\n"),
        ("a b.txt.sha1", f"{MD5}  c.txt\n{SHA1}  a b.txt\n"),
        ("../SHA256SUMS", f"{SHA256}  run/a b.txt\n"),
    ],
)
def test_every_kind_of_list_holds_the_file_to_what_it_was(file: Path, name: str, text: str) -> None:
    listed = file.parent / name
    listed.write_bytes(text.encode())
    assert verified(file, everywhere=True) == listed.name
    assert read_bytes(file) == CONTENT
    file.write_bytes(b"abd")
    with pytest.raises(
        BadInput, match=rf"a b\.txt: has the \w+ [0-9a-f]{{12}}\.\.\., but {listed.name} says .*damaged"
    ):
        verified(file, everywhere=True)


def test_reading_looks_beside_the_file_and_no_further(file: Path) -> None:
    (file.parent.parent / "SHA256SUMS").write_text(f"{'0' * 64}  run/a b.txt\n")
    assert recorded(file) is None
    assert read_text(file) == "abc"
    (file.parent / "SHA256SUMS").write_text(f"{'0' * 64}  a b.txt\n")
    with pytest.raises(BadInput, match="has the sha256"):
        read_text(file)


def test_info_verifies_by_lists_above_where_it_is_told_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run" / "a.csv"
    path.parent.mkdir()
    path.write_text("cm-1,I\n" + "".join(f"{k},{(k % 7) + 0.5}\n" for k in range(40)))
    listed = tmp_path / "SHA256SUMS"
    listed.write_text(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  run/a.csv\n")
    for arguments, said in (([], "none recorded beside the file"), (["--verify"], "verified by SHA256SUMS")):
        with pytest.raises(SystemExit, match="0"):
            main(["info", str(path), "--technique", "Raman", *arguments])
        assert f"checksum: {said}" in capsys.readouterr().out
    listed.write_text(f"{'0' * 64}  run/a.csv\n")
    with pytest.raises(SystemExit, match="2"):
        main(["info", str(path), "--technique", "Raman", "--verify"])
    assert "it is damaged or was changed: " in capsys.readouterr().err


def test_a_damaged_file_is_refused_with_both_digests(file: Path) -> None:
    (file.parent / "SHA256SUMS").write_text(f"{SHA256}  a b.txt\n")
    file.write_bytes(b"abcd")
    found = hashlib.sha256(b"abcd").hexdigest()[:12]
    with pytest.raises(BadInput, match=rf"has the sha256 {found}\.\.\., but SHA256SUMS says {SHA256[:12]}"):
        read_bytes(file)


@pytest.mark.parametrize("name", ["manifest-sha256.txt", "manifest-md5.txt"])
def test_a_bag_holds_its_payload_to_its_manifest_at_any_depth(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "bag" / "data" / "a" / "b" / "c" / "d" / "e" / "f" / "100%.txt"
    inside.parent.mkdir(parents=True)
    inside.write_bytes(CONTENT)
    digest = SHA256 if "sha256" in name else MD5
    (tmp_path / "bag" / name).write_text(f"{digest}   data/a/b/c/d/e/f/100%25.txt\n")
    assert verified(inside, CONTENT, everywhere=True) == name
    with pytest.raises(BadInput, match=rf"100%\.txt: has the .*{name} says"):
        verified(inside, b"other", everywhere=True)


def test_a_list_too_far_above_or_that_names_other_files_is_ignored(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*"abcdefg"[: LEVELS + 1])
    deep.mkdir(parents=True)
    (deep / "x.txt").write_bytes(CONTENT)
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  {deep.relative_to(tmp_path).as_posix()}/x.txt\n")
    (deep / "SHA256SUMS").write_text(f"{'0' * 64}  y.txt\nno list at all\n")
    (deep / "MD5SUMS").mkdir()
    assert recorded(deep / "x.txt", everywhere=True) is None
    assert verified(deep / "x.txt", everywhere=True) == ""


def test_the_stronger_algorithm_and_the_nearer_list_count(file: Path) -> None:
    (file.parent / "MD5SUMS").write_text(f"{'0' * 32}  a b.txt\n")
    (file.parent / "SHA256SUMS").write_text(f"{SHA256}  a b.txt\n")
    (file.parent.parent / "SHA512SUMS").write_text(f"{'0' * 128}  run/a b.txt\n")
    found = recorded(file, everywhere=True)
    assert found is not None
    assert (found.algorithm, found.digest, found.listed.name) == ("sha256", SHA256, "SHA256SUMS")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("SHA256SUMS", b"a b.txt is fine\n", "line 1 of SHA256SUMS .* is not a digest with a name"),
        ("SHA256SUMS", f"{SHA256[:-1]}  a b.txt\n".encode(), "digest of 63 digits, which no known checksum has"),
        ("SHA256SUMS", f"{MD5}  a b.txt\n".encode(), "digest of 32 digits"),
        ("SHA256SUMS", f"{SHA256}  a b.txt\n{'0' * 64}  a b.txt\n".encode(), "twice with different digests"),
        ("a b.txt.sha256", b"", "has no sha256 digest"),
        ("a b.txt.sha256", b"\xff\xfe\x00zz\n", "is not a digest with a name"),
        ("a b.txt.md5", SHA256.encode(), "digest of 64 digits"),
    ],
)
def test_a_broken_list_is_a_named_error(file: Path, name: str, content: bytes, message: str) -> None:
    (file.parent / name).write_bytes(content)
    with pytest.raises(BadInput, match=rf"a b\.txt: .*{message}"):
        read_bytes(file)


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_list_is_a_named_error_or_says_the_same_or_nothing(file: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    text = bytearray(f"{MD5}  other\n{SHA256}  a b.txt\n".encode())
    for place in rng.integers(len(text), size=int(rng.integers(1, 12))):
        text[int(place)] = int(rng.integers(256))
    (file.parent / "SHA256SUMS").write_bytes(bytes(text[: int(rng.integers(1, len(text)))]))
    problems: tuple[str, ...] = ()
    try:
        said = verified(file)
    except BadInput as error:
        said, problems = "", error.problems
    assert said in ("", "SHA256SUMS")
    assert all(problem.startswith("a b.txt: ") for problem in problems)


def test_every_door_and_the_command_line_hold_files_to_their_lists(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raman, cell, impedance = tmp_path / "a.csv", tmp_path / "cell.csv", tmp_path / "z.csv"
    x = np.linspace(100.0, 500.0, 40)
    peak = 9 + 50 * np.exp(-(((x - 300) / 20) ** 2)) + np.sin(7 * x)
    raman.write_text(
        "Raman shift (cm-1)\tcounts\n" + "".join(f"{a:.2f}\t{b:.3f}\n" for a, b in zip(x, peak, strict=True))
    )
    cell.write_text("test_time_second,voltage_volt,current_ampere\n0,1,0.1\n1,1,0.1\n")
    impedance.write_text("frequency_hertz,real_impedance_ohm,imaginary_impedance_ohm\n1,2,-1\n10,1,-1\n")
    files = (raman, cell, impedance)
    sums = "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)
    (tmp_path / "SHA256SUMS").write_text(sums)
    with pytest.raises(SystemExit, match="0"):
        main(["info", str(raman), "--technique", "Raman"])
    assert "checksum: verified by SHA256SUMS" in capsys.readouterr().out
    for file, read in zip(files, (spectra.contents, ec.read_cycling, ec.read_impedance), strict=True):
        read(file)
        file.write_bytes(file.read_bytes().replace(b"1", b"2", 1))
        with pytest.raises(BadInput, match=rf"{file.name}: has the sha256 .* SHA256SUMS says"):
            read(file)


def test_info_counts_the_files_of_a_folder_that_a_list_names(
    real_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    original = real_data / "nmr/bruker_31P_H3PO4_reference/1"
    folder = tmp_path / "1"
    shutil.copytree(original, folder, copy_function=shutil.copyfile)
    folder.chmod(0o755)
    digest = hashlib.md5((folder / "pdata/1/1r").read_bytes(), usedforsecurity=False).hexdigest()
    (tmp_path / "MD5SUMS").write_text(f"{digest}  1/pdata/1/1r\n")
    with pytest.raises(SystemExit, match="0"):
        main(["info", str(folder), "--verify"])
    assert "of 8 files verified by MD5SUMS" in capsys.readouterr().out
    (folder / "pdata/1/1r").chmod(0o644)
    (folder / "pdata/1/1r").write_bytes(bytes(16384 * 4))
    with pytest.raises(SystemExit, match="2"):
        main(["info", str(folder), "--verify"])
    assert "1r: has the md5" in capsys.readouterr().err
