"""NIST Statistical Reference Datasets: certified parameters and standard deviations, from both starts."""

import math
import re

import numpy as np
import pytest

import spectra
from shortrange_core.least_squares import minimise
from spectra import backgrounds
from spectra.model import Model, peak

DIGITS = 8
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
MODELS["Gauss2"] = MODELS["Gauss1"]
ON_A_PLATEAU = {("BoxBOD", 0)}  # from there a step lands where b2 has no influence; see VALIDATION.md
CASES = sorted({(name, start) for name in MODELS for start in (0, 1)} - ON_A_PLATEAU)


def read(folder, name):
    """Data, starts, certified values and standard deviations of a set."""
    lines = (folder / "strd" / f"{name}.dat").read_text().splitlines()
    rows = [re.findall(r"[-+0-9.Ee]+", line.split("=")[1]) for line in lines if re.match(r"\s*b\d+\s*=", line)]
    table = np.array([[float(v) for v in row] for row in rows if len(row) == 4])
    first = int(re.search(r"Data\s+\(lines\s+(\d+)", "\n".join(lines)).group(1)) - 1
    data = np.array([[float(v) for v in line.split()] for line in lines[first:] if line.strip()])
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
def test_certified_values_by_the_descent(real_data, name, start):
    x, y, starts, certified, sd = read(real_data, name)
    with np.errstate(all="ignore"):
        found = minimise(residuals(MODELS[name], x, y), starts[start], tolerance=1e-17, max_evaluations=2000)
    scale = math.sqrt(found.chi2 / (x.size - certified.size))
    assert digits(found.x, certified) >= DIGITS
    assert digits(scale * np.sqrt(np.diag(found.covariance)), sd) >= DIGITS


@pytest.mark.parametrize("name", ["Gauss1", "Gauss2"])
@pytest.mark.parametrize("start", [0, 1])
def test_certified_values_by_a_fit(real_data, name, start):
    x, y, starts, certified, sd = read(real_data, name)
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
    assert fit.chi2 == pytest.approx({"Gauss1": 1.3158222432e3, "Gauss2": 1.2475282092e3}[name], rel=1e-10)
