"""What ``fit`` says of a spectrum in its heading and does with one whose bands are minima."""

import json
from pathlib import Path

import numpy as np
import pytest
from typed_commands import run

from shortrange import stepwise
from shortrange_core import BadInput
from spectra import plot_fit

X = np.linspace(400.0, 1200.0, 801)
BANDS = ((600.0, 0.8), (900.0, 0.4))


def absorbance(shape: float = 2.0) -> np.ndarray:
    """Two bands; 2 is a Gaussian."""
    noise = np.random.default_rng(3).normal(0, 1e-3, X.size)
    return sum(height * np.exp(-np.log(2) * np.abs((X - at) / 20) ** shape) for at, height in BANDS) + noise


def written(folder: Path, y: np.ndarray, title: str) -> Path:
    path = folder / "glass.csv"
    rows = "".join(f"{a:.1f},{b:.6f}\n" for a, b in zip(X, y, strict=True))
    path.write_text(f"Wavenumber (cm-1),{title}\n{rows}", encoding="utf-8")
    return path


def test_one_name_is_one_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the noise was estimated chi2/dof is that of the note; the heading says what it compares."""
    path = written(tmp_path, absorbance(1.0), "Absorbance")
    code, told, warned = run(capsys, "fit", str(path), "--technique", "FTIR", "--find")
    heading = told.splitlines()[0]
    assert "chi2/dof" not in heading
    assert "times the scatter of neighbouring points, covariance scaled" in heading
    assert "for the noise of the spectrum" in told + warned
    assert code == (0 if "but misses the data" in heading else 1)
    fit = stepwise.fit_file(path, technique="FTIR", find=True)
    title = plot_fit(fit).axes[0].get_title(loc="left") or plot_fit(fit).axes[0].get_title()
    assert fit.missed
    assert "misses" in title or "misfit" in title


@pytest.mark.parametrize(("title", "scale"), [("%T", 100.0), ("Transmittance", 1.0), ("Transmittance (%)", 100.0)])
def test_bands_of_a_transmittance_are_its_minima(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], title: str, scale: float
) -> None:
    path = written(tmp_path, scale * 10 ** -absorbance(), title)
    code, told, _ = run(capsys, "fit", str(path), "--technique", "FTIR", "--find", "--json")
    assert code == 0
    answer = json.loads(told)
    centers = [e["value"] for e in answer["parameters"]["entries"] if e["entry"].endswith("_center")]
    assert centers == pytest.approx([at for at, _ in BANDS], abs=0.2)
    assert answer["covariance"] == "scaled"


def test_a_scale_that_nothing_says_is_asked_for_and_can_be_stated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, 100 * 10 ** -absorbance(), "y")
    given = ("fit", str(path), "--technique", "FTIR", "--find")
    code, _, told = run(capsys, *given)
    assert code == 2
    assert "reaches 100" in told
    assert "--quantity 'percent transmittance'" in told
    code, told, _ = run(capsys, *given, "--quantity", "percent transmittance")
    assert code == 0
    assert " 900.00" in told


def test_a_quantity_is_of_infrared_spectra_alone(tmp_path: Path) -> None:
    path = written(tmp_path, absorbance(), "Intensity")
    with pytest.raises(BadInput, match="quantity=: applies only to species"):
        stepwise.fit_file(path, technique="Raman", find=True, options={"quantity": "absorbance"})
