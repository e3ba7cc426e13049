"""Figures that a paper can print: where they look, what they mark, what files come out."""

import re
from dataclasses import replace

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Annotation
from PIL import Image

import spectra
from shortrange_core import BadInput
from shortrange_core.colours import colour_of
from shortrange_core.plots import DPI, FORMATS, WIDTHS, axes_of, save_figure, styled
from spectra import backgrounds
from spectra.models import Model, peak
from spectra.plots import lines_frame, shares

SPACING = 20_000 / 202.0  # ppm


def line(name, center, assignment):
    values = {
        "center": (center, center - 5, center + 5), "gauss_fwhm": (8.0, 2.0, 25.0), "lorentz_fwhm": 0.5,
        "zeta": (-60.0 if name == "wide" else 0.0), "eta": 0.2, "spinning_rate": 20_000.0, "larmor_frequency": 202.0,
    }  # fmt: skip
    return peak(name, values, shape="mas", assignment=assignment)


def fitted(low):
    """A simulated 31P spectrum from 300 to -200 ppm: one strong line with sidebands, one of a fiftieth of it."""
    x = np.linspace(-200.0, 300.0, 2048)
    lines = (line("wide", 80.0, "P:S3/O"), line("low", low, "P:SO3"))
    model = Model("31P NMR", "chemical_shift", lines, (backgrounds.linear(),))
    values = {p.name: p.value for p in model.all_parameters} | {"wide_area": 5000.0, "low_area": 60.0}
    values = {name: 0.0 if np.isnan(value) else value for name, value in values.items()}
    data = spectra.simulate(model, x, values, noise=0.4, rng=np.random.default_rng(4))
    return spectra.fit(data, model)


@pytest.fixture(scope="module")
def fit():
    return fitted(30.0)


def panels(figure):
    return {ax.get_label(): ax for ax in figure.axes}


def test_the_window_is_where_the_lines_are_and_the_strip_shows_the_rest(fit):
    found = panels(spectra.plot_fit(fit))
    assert set(found) == {"strip", "main", "minor", "residual"}
    left, right = found["main"].get_xlim()
    assert 90 < left < 130
    assert 0 < right < 25
    assert found["strip"].get_xlim() == (300.0, -200.0)
    marked = [text.xy[0] for text in found["strip"].texts if text.get_text() == "*"]
    assert pytest.approx(min(marked, key=lambda x: abs(x - 80 - SPACING)), abs=1) == 80 + SPACING
    assert all(abs((x - 80) / SPACING - round((x - 80) / SPACING)) < 0.02 for x in marked)
    assert len(marked) >= 2


def test_minor_lines_are_magnified_by_a_factor_that_shows_them(fit):
    found = panels(spectra.plot_fit(fit))
    said = " ".join(text.get_text() for text in found["minor"].texts)
    factor = int(re.search(r"times\\,([0-9]+)", said)[1])
    top = float(fit.curves["component"].sel(peak="low").max())
    shown = top / found["minor"].get_ylim()[1]
    assert factor in (20, 50)
    assert 0.2 < shown <= 1.0
    alone = spectra.plot_stack([fit, fit], ["a", "b"])
    given, (left, right) = plt.subplots(1, 2)
    assert spectra.plot_stack([fit, fit], ["a", "b"], ax=right) is given
    assert len(given.axes) == 2
    assert right.lines
    assert not left.lines
    assert len(alone.axes) == 2
    assert f"{factor}" in alone.axes[1].get_title()


def test_sidebands_inside_the_window_of_a_stack_are_marked_at_every_level():
    one = fitted(-45.0)
    figure = spectra.plot_stack([one, one], ["a", "b"])
    magnified = figure.axes[-1]
    marked = [text.xy for text in magnified.texts if isinstance(text, Annotation) and text.get_text() == "*"]
    inside = [place for place in marked if magnified.get_xlim()[1] < place[0] < magnified.get_xlim()[0]]
    assert [place[0] for place in inside] == pytest.approx([80 - SPACING] * 2, abs=1)
    lower, upper = (place[1] for place in inside)
    assert 0 < lower < 1 < upper < magnified.get_ylim()[1]
    assert len(figure.axes) == 2
    assert not any(text.get_text() == "*" for text in figure.axes[0].texts)


def test_species_have_their_colour_in_every_figure(fit):
    for figure in (spectra.plot_fit(fit), spectra.plot_stack([fit], ["a"])):
        drawn = {to_hex(patch.get_facecolor()) for patch in figure.legends[0].get_patches()}
        assert drawn == {colour_of("P:S3/O"), colour_of("P:SO3")}
        names = [text.get_text() for text in figure.legends[0].get_texts()]
        # from left to right on a falling axis
        assert names[0].startswith("PS$_3$O$_{1/2}$ (P$^1$)")


def test_shares_bear_the_covariance_of_the_whole(fit):
    told = shares(fit)
    big, small = (float(re.match(r"[0-9.]+", told[name])[0]) for name in ("wide", "low"))
    assert big + small == pytest.approx(100, abs=0.2)
    brackets = [re.search(r"\(([0-9]+)\)", told[name])[1] for name in ("wide", "low")]
    assert brackets[0] == brackets[1]  # two shares of one whole have one sd
    assert list(lines_frame(fit)["line"]) == ["P:S3/O", "P:SO3"]


@pytest.mark.parametrize(("size", "most"), [("one column", 45), ("two columns", 70)])
def test_a_long_title_that_nobody_gave_stands_in_lines_beside_the_legend(fit, size, most):
    named = replace(fit, spectrum=fit.spectrum.assign_coords(sample="a glass whose name says all that was done to it"))
    figure = spectra.plot_fit(named, size=size)
    (title,) = {ax.get_title() for ax in figure.axes} - {""}
    assert "was done to it" in title.replace("\n", " ")
    assert max(map(len, title.splitlines())) <= most
    plain = spectra.plot_fit(named, size=size, title="x" * 90)
    assert {ax.get_title() for ax in plain.axes} == {"", "x" * 90}


def test_axes_sizes_and_styles_are_the_callers(fit):
    figure, ax = plt.subplots(2, 1)
    assert spectra.plot_fit(fit, ax=ax[0], title="mine") is figure
    assert ax[0].get_title() == "mine"
    assert not ax[1].lines
    narrow = spectra.plot_fit(fit, size="one column", style={"font.size": 5.0, "axes.labelsize": 5.0})
    assert narrow.get_figwidth() == WIDTHS["one column"]
    assert panels(narrow)["main"].yaxis.label.get_size() == 5.0
    assert plt.rcParams["font.size"] != 5.0
    with pytest.raises(BadInput, match="size = 'three columns': there are 'one column', 'two columns'"):
        spectra.plot_fit(fit, size="three columns")
    with pytest.raises(BadInput, match="give fits of one technique"):
        spectra.plot_stack([], [])
    with pytest.raises(BadInput, match="1 fits, 2 names"):
        spectra.plot_stack([fit], ["a", "b"])


def test_a_figure_in_our_style_leaves_alone_what_its_backend_turns_on():
    size = matplotlib.rcParams["font.size"]
    assert not matplotlib.is_interactive()
    try:
        with styled({"font.size": 5.0}):
            matplotlib.interactive(True)  # as the backend of a notebook does with the first figure
        assert matplotlib.is_interactive()  # else no later figure of the notebook would be shown
        assert matplotlib.rcParams["font.size"] == size
    finally:
        matplotlib.interactive(False)


def test_files_are_what_a_journal_takes(tmp_path):
    def drawn():
        with styled():
            ax = axes_of(None, "one column", 2.0)
            ax.plot([0, 1], [0, 1])
            ax.set_title(r"$\mathrm{PS_{4}}$ and a label")
        return ax.figure

    for name in ("a", "b"):
        page = save_figure(drawn(), tmp_path / name)
        assert page.startswith(b"\x89PNG")
        assert len(page) < 20_000
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{n}.{kind}" for n in "ab" for kind in FORMATS)
    assert not plt.get_fignums()
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (round(WIDTHS["one column"] * DPI), 2 * DPI)
        assert picture.info["dpi"] == pytest.approx((DPI, DPI), abs=0.1)
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert "and a label" in svg  # text, not outlines
    assert "<text" in svg
    assert svg == (tmp_path / "b.svg").read_text(encoding="utf-8")
    pdf = (tmp_path / "a.pdf").read_bytes()
    assert b"/FontFile2" in pdf  # TrueType: text that can be searched and edited
    assert pdf == (tmp_path / "b.pdf").read_bytes()
