"""Stored outputs of notebooks: what counts as the same, and how small they are."""

import base64
import io
import tempfile
from pathlib import Path

import nbformat
import numpy as np
import pytest
from file_modules import module_at
from PIL import Image

PATH = Path(__file__).parents[1] / "notebooks" / "run.py"


@pytest.fixture(scope="module")
def runner():
    return module_at(PATH)


def output_of(text):
    return nbformat.v4.new_output("stream", name="stdout", text=text)


@pytest.mark.parametrize(
    ("before", "after", "match"),
    [
        ("BO 0.1791 +- 0.0065", "BO 0.17911 +- 0.0065", None),
        (f"at 0x7f00aa in {tempfile.gettempdir()}/x1/a", f"at 0x7f00bb in {tempfile.gettempdir()}/y2/b", None),
        ("BO 0.179 +- 0.006, P 80.04(5)", "BO 0.184 +- 0.006, P 80.00(5)", None),
        ("BO 0.179 +- 0.006", "BO 0.186 +- 0.006", "it said 0.179 and says 0.186"),
        ("BO 0.179 +- 0.006", "BO 0.179 +- 0.008", "it said 0.006 and says 0.008"),
        ("P 80.04(5)", "P 80.10(5)", "it said 80.04 and says 80.1"),
        ("Na2S 0.104", "Na2S 0.103", None),  # 0.1035 is rounded either way
        ("Na2S 0.104", "Na2S 0.102", "it said 0.104 and says 0.102"),
        ("3 of 4 inside", "4 of 4 inside", "it said 3 and says 4"),
        ("status ok", "status misfit", "it said 'ok' and says 'misfit'"),
        ("−12.5 ppm", "12.5 ppm", "it said -12.5 and says 12.5"),
        ("1e-13 left", "3e-12 left", None),
    ],
)
def test_words_are_equal_and_numbers_nearly(runner, before, after, match):
    found = runner.differences([output_of(before)], [output_of(after)])
    assert found == ([match] if match else [])


def test_an_output_more_or_another_kind_is_told(runner):
    table = nbformat.v4.new_output("display_data", {"text/plain": "a"})
    assert runner.differences([output_of("a")], []) == ["1 outputs are stored, 0 were made"]
    assert runner.differences([output_of("a")], [table]) == ["another kind of output"]
    figure = nbformat.v4.new_output("display_data", {"text/plain": "a", "image/png": "x"})
    assert runner.differences([table], [figure]) == ["another kind of output"]


def test_a_small_patch_of_a_legend_keeps_its_colour(runner):
    shades, patch = np.full((400, 600, 3), 255.0), (244, 150, 110)
    x = np.tile(np.linspace(0, 1, 600), (200, 1))
    shades[100:300] = np.stack([255 - 200 * x, 255 - 130 * x, 255 - 60 * x], axis=-1)
    shades[320:390] = np.linspace(0, 255, 600)[None, :, None]
    shades[10:16, 10:22] = patch
    page = io.BytesIO()
    Image.fromarray(shades.astype(np.uint8)).save(page, format="png")
    small = runner.small_picture(base64.b64encode(page.getvalue()).decode("ascii"))
    with Image.open(io.BytesIO(base64.b64decode(small))) as picture:
        assert picture.convert("RGB").getpixel((14, 13)) == pytest.approx(patch, abs=12)


def test_stored_figures_are_small(runner):
    noisy = np.random.default_rng(0).integers(0, 255, (900, 1800, 3), dtype=np.uint8)
    page = io.BytesIO()
    Image.fromarray(noisy).save(page, format="png")
    text = base64.b64encode(page.getvalue()).decode()
    output = nbformat.v4.new_output(
        "display_data", {"image/png": text, "text/html": "x" * 20_000, "text/plain": "<Fig>"}
    )
    small = runner.made_small(output)
    assert set(small["data"]) == {"image/png", "text/plain"}
    with Image.open(io.BytesIO(base64.b64decode(small["data"]["image/png"]))) as picture:
        assert picture.width == runner.MOST_PIXELS
    assert len(small["data"]["image/png"]) < len(text) / 10
    assert runner.made_small(nbformat.v4.new_output("stream", name="stderr", text="50%")) is None


def test_what_was_printed_in_two_pieces_is_one(runner):
    pieces = [nbformat.v4.new_output("stream", text=text) for text in ("a\n", "b\n")]
    table = nbformat.v4.new_output("display_data", data={"text/plain": "c"})
    again = nbformat.v4.new_output("stream", text="d\n")
    assert [one.get("text") for one in runner.joined([*pieces, table, again])] == ["a\nb\n", None, "d\n"]


def test_cells_of_real_files_and_of_times_are_not_compared(runner):
    cell = nbformat.v4.new_code_cell("os.environ.get('SHORTRANGE_DATA')")
    assert runner.varies(cell)
    tagged = nbformat.v4.new_code_cell("time()", metadata={"tags": ["varies"]})
    assert runner.varies(tagged)
    assert not runner.varies(nbformat.v4.new_code_cell("fit"))


@pytest.mark.parametrize("path", sorted(PATH.parent.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_notebook_stores_small_outputs(runner, path):
    outputs = [one for cell in nbformat.read(path, as_version=4).cells for one in cell.get("outputs", [])]
    assert outputs, "python notebooks/run.py --store"
    assert all(len(one.get("data", {}).get("image/png", "")) < runner.MOST_PICTURE == 40_000 for one in outputs)
    assert path.stat().st_size < 150_000
