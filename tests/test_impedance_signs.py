"""A column of -Im(Z) whose title says Im(Z): the modulus tells it."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import electrochemistry as ec
from shortrange.cli import make_app
from shortrange_core.readings import reading_of

FREQUENCY = np.logspace(6, -1, 71)
ANGULAR = 2 * np.pi * FREQUENCY


def arc(resistance: float, capacitance: float, exponent: float) -> np.ndarray:
    return resistance / (1 + resistance * capacitance * (1j * ANGULAR) ** exponent)


def cell(rng: np.random.Generator) -> np.ndarray:
    """A simulated pellet: leads, bulk, grain boundary, an electrode that blocks or not; 0.3 % of noise."""
    bulk, boundary, contact = 10 ** rng.uniform([1, 1, 1], [5, 5, 4])
    lead = rng.uniform(0, 3e-6) * 1j * ANGULAR
    blocking = 1 / (10 ** rng.uniform(-7, -5) * (1j * ANGULAR) ** rng.uniform(0.7, 1.0))
    electrode = blocking if rng.random() < 0.5 else arc(contact, 10 ** rng.uniform(-7, -4), 0.8)
    sample = arc(bulk, 10 ** rng.uniform(-11, -9), 0.95) + arc(boundary, 10 ** rng.uniform(-9, -7), 0.85)
    noise = 0.003 * (rng.normal(size=FREQUENCY.size) + 1j * rng.normal(size=FREQUENCY.size))
    return np.asarray((lead + sample + electrode) * (1 + noise))


def written(path: Path, impedance: np.ndarray, title: str = "Z''", sign: int = 1) -> Path:
    rows = [f"{f:.6g},{z.real:.6g},{sign * z.imag:.6g}" for f, z in zip(FREQUENCY, impedance, strict=True)]
    path.write_text("\n".join([f"Frequency (Hz),Z',{title}", *rows]) + "\n")
    return path


def codes(path: Path) -> list[str]:
    return [note.code for note in reading_of(ec.read_impedance(path)).notes]


def test_a_minus_that_a_title_lacks_is_told_and_one_that_it_has_is_not(tmp_path: Path) -> None:
    told = silent = 0
    for seed in range(100):
        impedance = cell(np.random.default_rng(seed))
        assert "imaginary-sign" not in codes(written(tmp_path / "a.csv", impedance))
        silent += "imaginary-sign" not in codes(written(tmp_path / "b.csv", impedance, "-Z''", sign=-1))
        told += "imaginary-sign" in codes(written(tmp_path / "c.csv", impedance, sign=-1))
    assert silent == 100
    assert told >= 95


@pytest.mark.parametrize("capacitive", [True, False])
def test_a_resistor_and_an_inductor_have_the_sign_they_have(tmp_path: Path, capacitive: bool) -> None:
    reactance = -1 / (1e-6 * ANGULAR) if capacitive else 1e-6 * ANGULAR
    assert not codes(written(tmp_path / "a.csv", 50 + 1j * reactance))
    assert not codes(written(tmp_path / "b.csv", np.full(71, 50.0) + 1e-3j))


def test_the_way_out_leads_out(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", cell(np.random.default_rng(3)), sign=-1)
    told = CliRunner().invoke(make_app(), ["impedance", str(path)])
    assert "Im(Z) has the wrong sign" in " ".join(told.output.split())
    assert "--columns '0,1,-2'" in " ".join(told.output.split())
    turned = CliRunner().invoke(make_app(), ["impedance", str(path), "--columns", "0,1,-2"])
    assert "passed" in turned.output
    assert "wrong sign" not in turned.output


def test_a_sweep_that_runs_with_its_modulus_shows_the_sign_of_its_column(tmp_path: Path) -> None:
    """An instrument that is shorted may have any phase at its lowest frequencies."""
    whole = cell(np.random.default_rng(3))
    odd = 0.3 + 13j / FREQUENCY
    for second, told in ((odd, False), (np.conj(whole), True)):
        rows = [
            f"{f:.6g},{z.real:.6g},{z.imag:.6g}"
            for part in ((np.conj(whole) if told else whole), second)
            for f, z in zip(FREQUENCY, part, strict=True)
        ]
        path = tmp_path / "a.csv"
        path.write_text("\n".join(["Frequency (Hz),Z',Z''", *rows]) + "\n")
        spectra = ec.read_impedance_series(path)
        assert ["imaginary-sign" in {n.code for n in reading_of(spectrum).notes} for spectrum in spectra] == [told] * 2
