"""Figures of impedance: equal scales, room above flat spectra, what is drawn."""

import inspect

import numpy as np
import pytest
from matplotlib.axes import Axes

import electrochemistry as ec
from electrochemistry import plots
from electrochemistry.plots._spectra import ABOVE
from shortrange_core import BadInput, Estimates

F = np.logspace(0, 6, 31)


@pytest.fixture(scope="module")
def fit():
    spectra = [
        ec.spectrum_from_arrays(
            F,
            ec.circuit("R0-p(R1,C1)").impedance(F, {"R0": 10.0, "R1": 3e3 / n, "C1": 1e-7}) + 0.5,
            temperature=300.0 + 10 * n,
        )
        for n in (1, 2, 3)
    ]
    return ec.fit_circuit(spectra, "R0-p(R1,C1)", starts=4)


def ratio(ax):
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    return (right - left) / (high - low)


def test_a_nyquist_plot_has_equal_scales_and_is_never_squashed(fit):
    ax = ec.plot_nyquist(fit)
    assert ax.get_aspect() == 1.0
    assert len(ax.lines) == 6
    assert ax.get_xlabel() == "Re Z / kΩ"
    flat = ec.spectrum_from_arrays(F, np.linspace(100.0, 200.0, F.size) - 0.5j)
    assert ratio(ec.plot_nyquist(flat)) < 3.3
    steep = ec.spectrum_from_arrays(F, 1.0 - 1j * np.linspace(1.0, 500.0, F.size))
    assert ratio(ec.plot_nyquist(steep)) > 1 / 3.3


def test_every_figure_takes_axes_a_size_and_a_style(fit):
    drawn = [getattr(plots, name) for name in dir(plots) if name.startswith("plot_")]
    assert len(drawn) > 12
    for one in drawn:
        assert {"ax", "size", "style"} <= set(inspect.signature(one).parameters), one.__name__
    for one in (ec.plot_nyquist, ec.plot_residuals, lambda *given, **how: ec.plot_bode(*given, **how)[0]):
        ax = one(fit, size="one column", style={"axes.labelsize": 6.5})
        assert ax.get_figure().get_figwidth() == 3.35
        assert ax.yaxis.label.get_fontsize() == 6.5
        assert ax.get_figure().get_figheight() < 4
    assert ec.plot_nyquist(fit, size=(4.0, 4.0)).get_figure().get_figwidth() == 4.0
    with pytest.raises(BadInput, match="size = 'wide'"):
        ec.plot_nyquist(fit, size="wide")


def test_a_figure_is_written_in_three_formats_and_keeps_a_point_of_its_name(fit, tmp_path):
    for name in ("x-0.15", "y.png"):
        ec.write_figure(ec.plot_nyquist(fit), tmp_path / name)
    kinds = ("png", "svg", "pdf")
    assert sorted(item.name for item in tmp_path.iterdir()) == sorted(
        f"{n}.{k}" for n in ("x-0.15", "y") for k in kinds
    )


def test_large_impedances_are_left_out_on_request(fit):
    ax = ec.plot_nyquist(fit, largest=500.0)
    shown = np.concatenate([line.get_xdata() for line in ax.lines])
    assert shown.max() <= 500.0
    with pytest.raises(BadInput, match="no impedance is as small"):
        ec.plot_nyquist(fit, largest=1.0)


def test_bode_residuals_and_relaxation_times_draw_what_they_are_given(fit):
    upper, lower = ec.plot_bode(fit)
    assert upper.get_xscale() == upper.get_yscale() == lower.get_xscale() == "log"
    np.testing.assert_allclose(upper.lines[0].get_ydata(), np.abs(fit.curves[0]["data"].values))
    with pytest.raises(BadInput, match="needs two axes"):
        ec.plot_bode(fit, ax=[upper])
    upper.figure.canvas.draw()
    assert upper.get_legend().get_window_extent().x0 >= upper.get_window_extent().x1 - 1
    for nothing, message in (([], "no spectrum to draw"), (["a"], "make it with read_impedance")):
        for draw in (ec.plot_nyquist, ec.plot_bode):
            with pytest.raises(BadInput, match=message):
                draw(nothing)
    spectrum = ec.spectrum_from_arrays(F, fit.curves[0]["data"].values)
    test = ec.validate(spectrum)
    ax = ec.plot_residuals(test)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 100 * test.curves["residual"].values.real)
    assert "lin-KK, M =" in ax.get_title()
    drt = ec.plot_relaxation_times(ec.relaxation_times(spectrum))
    assert "exploratory" in drt.get_title()


def test_an_arrhenius_plot_shows_points_line_and_energy(fit):
    sigma = ec.conductivity(fit, ec.geometry(thickness=0.1, diameter=1.3), resistances={"total": "R1"})
    line = ec.arrhenius(sigma, form="ln sigma T", weighted=False)
    ax = ec.plot_arrhenius(sigma, line)
    assert ax.get_ylabel() == "σT / S K cm⁻¹"
    (text,) = ax.texts
    assert text.get_text().startswith("total by ln sigma T\nEa = ")
    assert " kJ/mol\n= " in text.get_text()
    ax.figure.canvas.draw()
    box = text.get_window_extent()
    assert not any(box.overlaps(label.get_window_extent()) for label in ax.child_axes[0].get_xticklabels())
    assert not any(box.contains(*ax.transData.transform(point)) for point in ax.lines[0].get_xydata())
    np.testing.assert_allclose(np.sort(ax.lines[0].get_xdata()), np.sort(1000 / np.array([310.0, 320.0, 330.0])))


def test_resistances_against_time_name_their_basis(fit):
    shape = ec.geometry(thickness=0.1, diameter=1.3)
    asr = ec.area_specific_resistance(fit, shape, resistances={"arc": "R1"}, basis="per cell", times=[0.0, 1.0, 2.0])
    ax = ec.plot_resistance_in_time(asr)
    assert ax.get_ylabel() == "ASR per cell / Ω cm²"
    with pytest.raises(BadInput, match="no facets time and quantity"):
        ec.plot_resistance_in_time(Estimates.build(["a"], [1.0], [1.0]))


def arc(resistance, f=F, **scalars):
    z = ec.circuit("R0-p(R1,C1)").impedance(f, {"R0": 10.0, "R1": resistance, "C1": 1e-7})
    return ec.spectrum_from_arrays(f, z, **scalars)


@pytest.mark.parametrize(
    ("scalars", "title"),
    [
        (lambda n: {"time": 2.0 * n}, "time / h"),
        (lambda n: {"temperature": 300.0 + n}, "temperature / °C"),
        (lambda n: {}, "number of the spectrum"),
    ],
)
def test_a_long_series_has_a_bar_of_colours_and_no_legend(scalars, title):
    spectra = [arc(1e3 + 50 * n, **scalars(n)) for n in range(45)]
    ax = ec.plot_nyquist(spectra)
    assert ax.get_legend() is None
    assert [child.get_ylabel() for child in ax.child_axes] == [title]
    assert len({line.get_color() for line in ax.lines}) == 45
    upper, _ = ec.plot_bode(spectra)
    assert title in [axes.get_ylabel() for axes in upper.figure.axes]
    ax.figure.canvas.draw()


def test_a_few_spectra_have_a_legend_with_units(fit):
    texts = [text.get_text() for text in ec.plot_nyquist(fit).get_legend().get_texts()]
    assert texts == ["310 K", "320 K", "330 K"]


def test_small_arcs_of_a_series_of_blocking_cells_are_shown_in_an_inset_above_the_largest():
    f = np.logspace(-1, 6, 71)
    model, values = ec.circuit("p(R1,CPE1)-CPE3"), {"CPE1_Q": 1e-9, "CPE1_n": 0.9, "CPE3_Q": 1e-6, "CPE3_n": 0.85}
    series = [
        ec.spectrum_from_arrays(f, model.impedance(f, {"R1": r, **values}), sample=f"{r:g}") for r in (1e7, 1e6, 1e5)
    ]
    ax = ec.plot_nyquist(series)
    inner = next(child for child in ax.child_axes if isinstance(child, Axes))
    assert len(inner.lines) == 3, "the largest arc begins as all do"
    assert 0.9 < max(line.get_xdata().max() for line in inner.lines) < 1.3  # megohm: the second largest arc
    x, y = ax.get_xlim(), ax.get_ylim()
    bottom = y[0] + ABOVE[1] * (y[1] - y[0])
    assert max(line.get_ydata().max() for line in ax.lines) < bottom, "no data stand behind the inset"
    assert inner.get_aspect() == ax.get_aspect() == 1.0
    assert x[1] > 10  # megohm
    ax.figure.canvas.draw()


def test_arcs_of_blocking_cells_are_shown_in_an_inset():
    f = np.logspace(-1, 6, 71)
    values = {"R1": 1e3, "CPE1_Q": 1e-9, "CPE1_n": 0.9, "CPE3_Q": 1e-6, "CPE3_n": 0.85}
    blocking = ec.spectrum_from_arrays(f, ec.circuit("p(R1,CPE1)-CPE3").impedance(f, values))
    ax = ec.plot_nyquist(blocking)
    (inner,) = ax.child_axes
    assert isinstance(inner, Axes)
    shown = np.concatenate([line.get_xdata() for line in inner.lines])
    assert 0.9 < shown.max() < 1.3  # kilohm
    assert inner.get_aspect() == ax.get_aspect() == 1.0
    assert "kΩ" in inner.get_title()
    assert not ec.plot_nyquist(blocking, largest=1e3).child_axes
    assert not ec.plot_nyquist(arc(1e3)).child_axes
    ax.figure.canvas.draw()
