"""Estimates by hand, records there and back, and the errors of both."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import shortrange_core as core
from shortrange_core import affine, files, labels, records


def two() -> core.Estimates:
    return core.Estimates.build(
        ["a", "b"], [1.0, 3.0], [[0.04, 0.03], [0.03, 0.09]], species=["P:S4", "P:O4"], run=[1, 2]
    )


def test_linear_propagation_by_hand() -> None:
    total = two().linear([[1, 1], [1, -1]], ["sum", "difference"])
    np.testing.assert_allclose(total.value, [4, -2])
    np.testing.assert_allclose(total.covariance, [[0.19, -0.05], [-0.05, 0.07]])


def test_propagate_ratio_matches_first_order_formula() -> None:
    ratio = two().propagate(lambda v: v[0] / v[1], ["ratio"])
    expected = (1 / 9) * 0.04 + (1 / 81) * 0.09 - 2 * (1 / 27) * 0.03
    np.testing.assert_allclose(ratio.covariance.item(), expected, rtol=1e-6)


def test_where_select_interval_table() -> None:
    assert two().where(species="P:O4").entries == ("b",)
    assert two().where(run=[1, 2]).entries == ("a", "b")
    assert two().select(["b", "a"]).covariance.values[0, 0] == 0.09
    np.testing.assert_allclose(two().interval(0.95)[0], [1 - 1.959964 * 0.2, 1 + 1.959964 * 0.2], rtol=1e-6)
    assert list(two().table().columns) == ["species", "run", "value", "sd", "lower", "upper"]
    with pytest.raises(core.BadInput, match="no facet 'sample'"):
        two().where(sample="x")
    with pytest.raises(core.BadInput, match="no entry c, d"):
        two().select(["c", "d"])


@pytest.mark.parametrize(
    ("covariance", "match"),
    [
        ([[1.0, 0.5], [0.4, 1.0]], "not symmetric"),
        ([[1.0, 2.0], [2.0, 1.0]], "not positive semi-definite"),
        ([[1.0, np.nan], [np.nan, 1.0]], "NaN between"),
        ([1.0, 2.0, 3.0], "sizes must agree"),
    ],
)
def test_bad_covariance(covariance: list, match: str) -> None:
    with pytest.raises(core.BadInput, match=match):
        core.Estimates.build(["a", "b"], [1, 2], covariance)


def test_repeated_entries_and_read_only() -> None:
    with pytest.raises(core.BadInput, match="a more than once"):
        core.Estimates.build(["a", "a"], [1, 2], [1, 1])
    with pytest.raises(ValueError, match="read-only"):
        two().value.values[0] = 5


def test_concatenate_keeps_facets_and_blocks() -> None:
    joined = core.concatenate([two(), core.Estimates.build(["c"], [5.0], [1.0], sample=["x"])])
    assert joined.entries == ("a", "b", "c")
    assert joined.facets["sample"] == ("", "", "x")
    assert joined.covariance.values[0, 2] == 0
    with pytest.raises(core.BadInput, match="at least one"):
        core.concatenate([])


def test_record_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "r.nc"
    spectrum = xr.Dataset({"z": ("frequency", np.array([1 + 2j, 3 - 1j]))}, coords={"frequency": [1.0, 2.0]})
    item: dict[Any, Any] = {
        "e": two(),
        ("k", 1): (core.Note("c", core.Severity.INFO, "t"), core.Status.OK, None, float("nan")),
        "z": spectrum,
        "array": np.array([True, False]),
        "provenance": core.provenance("analyse", inputs={"a": "b"}, seed=3),
    }
    core.save(item, path)
    back = core.load(path)
    xr.testing.assert_identical(back["e"].value, item["e"].value)
    xr.testing.assert_identical(back["e"].covariance, item["e"].covariance)
    xr.testing.assert_identical(back["z"], spectrum)
    assert back["k", 1][:3] == item["k", 1][:3]
    assert back["provenance"] == item["provenance"]
    np.testing.assert_array_equal(back["array"], item["array"])
    assert [p.name for p in tmp_path.iterdir()] == ["r.nc"]


@pytest.mark.parametrize("size", [records.FEW, records.FEW + 2])
@pytest.mark.parametrize("kind", ["<f8", "<f4", "<i8", "|b1", "<c16", "<U3"])
def test_arrays_come_back_as_they_were_whatever_their_size(tmp_path: Path, size: int, kind: str) -> None:
    numbers = np.arange(size) * (0.1 if kind[1] in "fc" else 1)
    array = np.asfortranarray(np.resize(numbers, (2, size // 2))).astype(kind)
    special = np.array([np.nan, np.inf, -0.0, 1e-310]).astype(kind) if kind[1] == "f" else array
    core.save([array, special, np.zeros((0, 3), kind)], tmp_path / "r.nc")
    back = core.load(tmp_path / "r.nc")
    for before, after in zip([array, special, np.zeros((0, 3), kind)], back, strict=True):
        assert (after.dtype, after.shape) == (before.dtype, before.shape)
        assert after.tobytes() == np.ascontiguousarray(before).tobytes()
        assert not after.flags.writeable


def test_equal_variables_are_stored_once(tmp_path: Path) -> None:
    one, other = (xr.Dataset({"z": ("x", np.arange(100.0) + at)}, attrs={"units": "ppm"}) for at in (0, 1))
    core.save([one, other, one.assign_attrs(units="Hz")], tmp_path / "r.nc")
    with xr.open_dataset(tmp_path / "r.nc", engine="h5netcdf") as stored:
        assert sorted(map(str, stored.variables)) == ["g0.z", "g1.z"]
    for before, after in zip([one, other, one.assign_attrs(units="Hz")], core.load(tmp_path / "r.nc"), strict=True):
        xr.testing.assert_identical(before, after)


def test_record_errors(tmp_path: Path) -> None:
    with pytest.raises(core.BadInput, match="cannot be saved"):
        core.save({"x": object()}, tmp_path / "r.nc")
    assert not list(tmp_path.iterdir())
    with pytest.raises(core.BadInput, match="not a folder"):
        core.save({}, tmp_path / "none" / "r.nc")
    (tmp_path / "bad.nc").write_bytes(b"no hdf5")
    with pytest.raises(core.BadInput, match="not a complete record"):
        core.load(tmp_path / "bad.nc")
    core.save({"e": two()}, tmp_path / "cut.nc")
    whole = (tmp_path / "cut.nc").read_bytes()
    (tmp_path / "cut.nc").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(core.BadInput, match=r"cut\.nc"):
        core.load(tmp_path / "cut.nc")


def test_a_folder_and_a_file_that_is_no_record_are_told_without_the_words_of_a_library(tmp_path):
    with pytest.raises(core.BadInput, match=r"is a folder; give the record in it, a file that ends in \.nc"):
        core.load(tmp_path)
    path = tmp_path / "recipe.toml"
    path.write_text("schema = 1", encoding="utf-8")
    with pytest.raises(core.BadInput) as caught:
        core.load(path)
    assert str(caught.value) == (
        "recipe.toml: is not a complete record of shortrange (it is damaged, or of another format); make it again"
    )


def test_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def stopped_halfway() -> None:
        with files.written_atomically(target) as partial:
            partial.write_text("half")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        stopped_halfway()
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_files_decode_and_limits(tmp_path: Path) -> None:
    assert files.decode("°C\r\n".encode("cp1252")) == "°C\n"
    assert files.decode("a,é".encode("utf-16")) == "a,é"
    (tmp_path / "empty").touch()
    with pytest.raises(core.BadInput, match="is empty"):
        files.read_bytes(tmp_path / "empty")
    (tmp_path / "big").write_bytes(b"12345")
    with pytest.raises(core.BadInput, match="above the limit of 4"):
        files.read_bytes(tmp_path / "big", limit=4)
    with pytest.raises(core.BadInput, match="no such file"):
        files.read_bytes(tmp_path / "absent")


@given(
    st.dictionaries(
        st.sampled_from(["a", "P:S3/S", "P2O7(4-)", "b_1", "P:S3~P"]),
        st.floats(-9, 9).filter(lambda x: abs(x) > 1e-3),
        min_size=1,
    ),
    st.floats(-5, 5),
)
def test_affine_text_there_and_back(coefficients: dict[str, float], constant: float) -> None:
    expression = affine.Affine(coefficients, constant)
    back = affine.parse(str(expression))
    for name, value in coefficients.items():
        assert back.coefficients[name] == pytest.approx(value, rel=1e-12)
    assert back.constant == pytest.approx(constant, abs=1e-12)


@pytest.mark.parametrize("text", ["", "a * b", "2 * 3 a", "sin(x) y", "a / 0", "^a", "3.5 +"])
def test_not_affine(text: str) -> None:
    with pytest.raises(core.BadInput, match=r"not affine|is empty"):
        affine.parse(text)


def test_relations() -> None:
    relation = affine.parse_relation("P:S4 + P:S3O >= 0.5")
    assert relation.relation == ">="
    assert relation.left.constant == -0.5
    with pytest.raises(core.BadInput, match="exactly one"):
        affine.parse_relation("a + b")


@given(st.text(max_size=30), st.text(max_size=30))
def test_slugs_do_not_meet(one: str, other: str) -> None:
    if one != other:
        assert labels.slug(one) != labels.slug(other)


def test_a_sum_that_is_held_exactly_has_no_variance():
    areas = core.Estimates.build(["a", "b"], [1.0, 2.0], [[0.31, -0.31 * (1 + 2e-16)], [-0.31 * (1 + 2e-16), 0.31]])
    total = areas.linear([[1.0, 1.0], [1.0, 0.0]], ["total", "a"])
    assert total.sd.values[0] == 0
    assert total.sd.values[1] == pytest.approx(0.31**0.5)


def test_an_unknown_covariance_spoils_only_what_it_takes_part_in():
    """b is not known: a + c keeps its standard deviation, a + b has none."""
    nan = np.nan
    known = core.Estimates.build("abc", [1.0, 2.0, 3.0], [[4.0, nan, 1.0], [nan, nan, nan], [1.0, nan, 9.0]])
    sums = known.linear([[1, 0, 1], [1, 1, 0], [0, 0, 0]], ["a + c", "a + b", "nothing"])
    np.testing.assert_allclose(sums.sd.values, [np.sqrt(15.0), nan, 0.0])
    product = known.propagate(lambda x: [x[0] * x[2], x[0] * x[1]], ["ac", "ab"])
    np.testing.assert_allclose(product.sd.values, [np.sqrt(9 * 4 + 9 + 2 * 3), nan], rtol=1e-6)
    np.testing.assert_array_equal(np.isnan(product.covariance.values), [[False, True], [True, True]])


def test_small_values_that_are_exact_stay_positive_when_propagated():
    """The step of a difference follows the value: 1e-9 with an sd of 0 is not moved below 0."""
    fixed = core.Estimates.build(["R", "Q"], [1e3, 1e-9], [1.0, 0.0])

    def power(x):
        assert np.all(x > 0)
        return [(x[0] * x[1]) ** 1.1]

    assert fixed.propagate(power, ["tau"]).sd.item() == pytest.approx(1.1 * (1e-6) ** 1.1 / 1e3, rel=1e-5)


def test_enormous_variances_are_checked_without_overflow():
    assert core.Estimates.build(["a", "b"], [1.0, 2.0], [1e220, 1e200]).sd.values.tolist() == [1e110, 1e100]
