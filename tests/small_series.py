"""A small simulated series for the tests of both routes: glasses of few units, coarse spectra as text files."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
SHIFTS = {"P:S4": 82.0, "P:S3/S": 93.0, "P:S3~P": 108.0}
BANDS = {"P:S4": 420.0, "P:S3/S": 403.0, "P:S3~P": 380.0}
SEEN = {"P:S4": 1.0, "P:S3/S": 0.7, "P:S3~P": 1.3}
"""Raman responses that the spectra are made with."""
NMR, RAMAN = np.linspace(40.0, 150.0, 221), np.linspace(320.0, 500.0, 181)
SIMULATED = {"Na3PS4": (0.8, 0.2, 0.0), "Na2.4PS3.7": (0.4, 0.6, 0.0)}
"""Composition with the amounts of the three units; in the first, half a Na2S for every P:S3/S besides."""
HEAD = """schema = 1
title = "Sulfide glasses (simulated)"
simulated = true
seed = 1
units = ["P:S4", "P:S3/S", "P:S3~P"]
free = ["{modifier}2S", "S"]
[techniques."31P NMR"]
lines = ["P:S4", "P:S3/S", "P:S3~P"]
reference = "NaH2PO4"
spinning_rate = inf
recycle_delay = {delay}
evidence = "fractions"
{nmr}
[techniques.Raman]
lines = ["P:S4", "P:S3/S", "P:S3~P"]
evidence = "responses"
{raman}
"""
SPECTRUM = '[[samples.spectra]]\nfile = "{file}"\ntechnique = "{technique}"\n'


def gaussian(x: Array, center: float, fwhm: float) -> Array:
    return np.asarray(np.exp(-4 * np.log(2) * ((x - center) / fwhm) ** 2) / (fwhm * np.sqrt(np.pi / (4 * np.log(2)))))


def nmr_of(amounts: Sequence[float], rng: np.random.Generator, *, seen: Mapping[str, float] | None = None) -> Array:
    y = sum(
        (seen or {}).get(name, 1.0) * amount * gaussian(NMR, shift, 6.0)
        for (name, shift), amount in zip(SHIFTS.items(), amounts, strict=True)
    )
    return np.asarray(1000 * y + rng.normal(0, 0.6, NMR.size))


def raman_of(amounts: Sequence[float], rng: np.random.Generator) -> Array:
    y = sum(
        SEEN[name] * amount * gaussian(RAMAN, band, 12.0)
        for (name, band), amount in zip(BANDS.items(), amounts, strict=True)
    )
    return np.asarray(5e4 * y + 200 + rng.normal(0, 8, RAMAN.size))


def write(path: Path, x: Array, y: Array, title: str) -> str:
    path.write_text(f"{title}\n" + "".join(f"{a:.3f} {b:.4f}\n" for a, b in zip(x, y, strict=True)), encoding="utf-8")
    return path.name


def write_series(
    folder: Path,
    *,
    glasses: Mapping[str, Sequence[float]] = SIMULATED,
    nmr: str = "",
    raman: str = "",
    missing: Sequence[tuple[int, str]] = (),
    modifier: str = "Na",
    delay: str = "inf",
    more: Mapping[int, str] | None = None,
    seen: Mapping[str, float] | None = None,
) -> Path:
    """Recipe and files of a series; ``nmr``, ``raman`` are further options, ``more`` further tables of a glass."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    text = HEAD.format(nmr=nmr, raman=raman, modifier=modifier, delay=delay)
    for number, (composition, amounts) in enumerate(glasses.items()):
        text += f'[[samples]]\nname = "glass {number}"\ncomposition = "{composition}"\nx = {number}.0\n'
        made = {"31P NMR": (NMR, nmr_of(amounts, rng, seen=seen)), "Raman": (RAMAN, raman_of(amounts, rng))}
        titles = {"31P NMR": "ppm intensity", "Raman": "cm-1 counts"}
        for technique, (x, y) in made.items():
            if (number, technique) in missing:
                continue
            name = write(folder / f"g{number}_{technique[-3:]}.txt", x, y, titles[technique])
            text += SPECTRUM.format(file=name, technique=technique)
        text += (more or {}).get(number, "")
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path
