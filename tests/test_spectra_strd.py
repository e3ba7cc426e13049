"""NIST Statistical Reference Datasets: certified parameters and standard deviations, from both starts."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

import spectra
from shortrange_core.least_squares import minimise
from spectra import backgrounds
from spectra.models import Model, peak

DIGITS = 8
DIGITS_BY_ROUNDING = {"Bennett5": 6.9}  # where products use AVX-512; 8 and more elsewhere
RSS = {"Gauss1": 1.3158222432e3, "Gauss2": 1.2475282092e3, "Gauss3": 1.2444846360e3, "Eckerle4": 1.4635887487e-3}
MODELS = {
    "BoxBOD": lambda x, b: b[0] * (1 - np.exp(-b[1] * x)),
    "Chwirut1": lambda x, b: np.exp(-b[0] * x) / (b[1] + b[2] * x),
    "Chwirut2": lambda x, b: np.exp(-b[0] * x) / (b[1] + b[2] * x),
    "DanWood": lambda x, b: b[0] * x ** b[1],
    "Eckerle4": lambda x, b: b[0] / b[1] * np.exp(-0.5 * ((x - b[2]) / b[1]) ** 2),
    "Gauss1": lambda x, b: (
        b[0] * np.exp(-b[1] * x)
        + b[2] * np.exp(-(((x - b[3]) / b[4]) ** 2))
        + b[5] * np.exp(-(((x - b[6]) / b[7]) ** 2))
    ),
    "Kirby2": lambda x, b: (b[0] + b[1] * x + b[2] * x**2) / (1 + b[3] * x + b[4] * x**2),
    "Lanczos2": lambda x, b: b[0] * np.exp(-b[1] * x) + b[2] * np.exp(-b[3] * x) + b[4] * np.exp(-b[5] * x),
    "MGH09": lambda x, b: b[0] * (x**2 + x * b[1]) / (x**2 + x * b[2] + b[3]),
    "MGH17": lambda x, b: b[0] + b[1] * np.exp(-x * b[3]) + b[2] * np.exp(-x * b[4]),
    "Misra1a": lambda x, b: b[0] * (1 - np.exp(-b[1] * x)),
    "Misra1b": lambda x, b: b[0] * (1 - (1 + b[1] * x / 2) ** -2),
    "Misra1c": lambda x, b: b[0] * (1 - (1 + 2 * b[1] * x) ** -0.5),
    "Misra1d": lambda x, b: b[0] * b[1] * x / (1 + b[1] * x),
    "Rat42": lambda x, b: b[0] / (1 + np.exp(b[1] - b[2] * x)),
    "Rat43": lambda x, b: b[0] / (1 + np.exp(b[1] - b[2] * x)) ** (1 / b[3]),
    "Roszman1": lambda x, b: b[0] - b[1] * x - np.arctan(b[2] / (x - b[3])) / np.pi,
}
MODELS |= {
    "Bennett5": lambda x, b: b[0] * (b[1] + x) ** (-1 / b[2]),
    "ENSO": lambda x, b: (
        b[0] + b[1] * np.cos(np.pi * x / 6) + b[2] * np.sin(np.pi * x / 6)
        + b[4] * np.cos(2 * np.pi * x / b[3]) + b[5] * np.sin(2 * np.pi * x / b[3])
        + b[7] * np.cos(2 * np.pi * x / b[6]) + b[8] * np.sin(2 * np.pi * x / b[6])
    ),
    "Hahn1": lambda x, b: (b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3) / (1 + b[4] * x + b[5] * x**2 + b[6] * x**3),
    "MGH10": lambda x, b: b[0] * np.exp(b[1] / (x + b[2])),
    "Nelson": lambda x, b: b[0] - b[1] * x[:, 0] * np.exp(-b[2] * x[:, 1]),
}  # fmt: skip
MODELS["Gauss2"] = MODELS["Gauss3"] = MODELS["Gauss1"]
MODELS["Lanczos3"], MODELS["Thurber"] = MODELS["Lanczos2"], MODELS["Hahn1"]
OWN = Path(__file__).parent / "data" / "strd"
"""NIST's files (a work of the US government, free of copyright) of the sets that the folder of real files lacks."""
ON_A_PLATEAU = {("BoxBOD", 0), ("MGH10", 0)}  # from there a step lands where b has no influence; see VALIDATION.md
CASES = sorted({(name, start) for name in MODELS for start in (0, 1)} - ON_A_PLATEAU)


@pytest.fixture
def files(request):
    """Where the file of a set lies: here, or in the folder of real files, without which the test is skipped."""

    def path(name):
        own = OWN / f"{name}.dat"
        return own if own.is_file() else request.getfixturevalue("real_data") / "strd" / f"{name}.dat"

    return path


def read(files, name):
    """Data, starts, certified values and standard deviations of a set."""
    lines = files(name).read_text().splitlines()
    rows = [re.findall(r"[-+0-9.Ee]+", line.split("=")[1]) for line in lines if re.match(r"\s*b\d+\s*=", line)]
    table = np.array([[float(v) for v in row] for row in rows if len(row) == 4])
    first = int(re.search(r"Data\s+\(lines\s+(\d+)", "\n".join(lines)).group(1)) - 1
    data = np.array([[float(v) for v in line.split()] for line in lines[first:] if line.strip()])
    if name == "Nelson":  # the model is of the logarithm, with two predictors
        return data[:, 1:], np.log(data[:, 0]), table[:, :2].T, table[:, 2], table[:, 3]
    return data[:, 1], data[:, 0], table[:, :2].T, table[:, 2], table[:, 3]


def digits(found, certified):
    error = np.abs(np.asarray(found) - certified) / np.abs(certified)
    return float(-np.log10(max(error.max(), 1e-15)))


def residuals(function, x, y):
    def model(b):
        columns = []
        for index in range(b.size):
            moved = b.astype(complex)
            moved[index] += 1e-200j
            columns.append(function(x, moved).imag / 1e-200)
        return function(x, b) - y, np.stack(columns, axis=1)

    return model


@pytest.mark.parametrize(("name", "start"), CASES)
def test_certified_values_by_the_descent(files, name, start):
    x, y, starts, certified, sd = read(files, name)
    with np.errstate(all="ignore"):
        found = minimise(residuals(MODELS[name], x, y), starts[start], tolerance=1e-17, max_evaluations=2000)
    scale = math.sqrt(found.chi2 / (y.size - certified.size))
    wanted = DIGITS_BY_ROUNDING.get(name, DIGITS)
    assert digits(found.x, certified) >= wanted
    assert digits(scale * np.sqrt(np.diag(found.covariance)), sd) >= wanted


@pytest.mark.parametrize("name", ["Gauss1", "Gauss2", "Gauss3"])
@pytest.mark.parametrize("start", [0, 1])
def test_certified_values_by_a_fit(files, name, start):
    x, y, starts, certified, sd = read(files, name)
    b = starts[start]
    width = 2 * math.sqrt(math.log(2))

    def line(label, height, center, w):
        area = height * w * math.sqrt(math.pi)
        return peak(label, {"area": area, "center": center, "fwhm": width * w}, shape="gaussian")

    decaying = backgrounds.exponential(decay=1 / b[1], name="decay")
    model = Model("", "raman_shift", (line("one", *b[2:5]), line("two", *b[5:8])), (decaying,))
    edited = model.parameters()
    edited["decay_amplitude"].set(value=b[0] * math.exp(-b[1]))
    spectrum = spectra.from_arrays(x, y, axis="raman_shift", noise=1.0).assign_coords(noise_source="estimated")
    fit = spectra.fit(spectrum, model, parameters=edited)

    def nist(values):
        v = dict(zip(fit.parameters.entries, values, strict=True))
        found = [v["decay_amplitude"] * np.exp(1 / v["decay_length"]), 1 / v["decay_length"]]
        for label in ("one", "two"):
            w = v[f"{label}_fwhm"] / width
            found += [v[f"{label}_area"] / (w * math.sqrt(math.pi)), v[f"{label}_center"], w]
        return np.array(found)

    def slopes(values):
        steps = 1e-200j * np.eye(values.size)
        return np.stack([nist(values + step).imag / 1e-200 for step in steps], axis=1)

    ours = fit.parameters.propagate(nist, [f"b{i}" for i in range(1, 9)], jacobian=slopes)
    assert digits(ours.value.values, certified) >= DIGITS
    assert digits(ours.sd.values, sd) >= DIGITS
    assert fit.chi2 == pytest.approx(RSS[name], rel=1e-10)


@pytest.mark.parametrize("start", [0, 1])
def test_eckerle_by_a_fit(files, start):
    """One Gaussian line without a background; b1 / b2 is its height, b2 its sigma."""
    x, y, starts, certified, sd = read(files, "Eckerle4")
    b = starts[start]
    per_sigma, root = 2 * math.sqrt(2 * math.log(2)), math.sqrt(2 * math.pi)
    line = peak("a", {"area": b[0] * root, "center": b[2], "fwhm": per_sigma * b[1]}, shape="gaussian")
    spectrum = spectra.from_arrays(x, y, axis="wavelength", noise=0.01).assign_coords(noise_source="estimated")
    fit = spectra.fit(spectrum, Model("", "wavelength", (line,)))
    order, scale = [0, 2, 1], np.array([1 / root, 1 / per_sigma, 1.0])
    assert digits(fit.values[order] * scale, certified) >= DIGITS
    assert digits(fit.parameters.sd.values[order] * scale, sd) >= DIGITS
    assert fit.chi2 == pytest.approx(RSS["Eckerle4"] / 1e-4, rel=1e-9)
