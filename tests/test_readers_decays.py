"""Decays as JCAMP-DX holds them: the sense in which they turn, by the settings that stand beside them."""

import numpy as np
import pytest

import spectra

POINTS, STEP, LARMOR = 256, 1e-3, 80.0
OFFSET = 120.0  # Hz above the carrier, which lies at 5 ppm


def simulated(path, *, reverse, kind="FID"):
    """A simulated decay of one line; ``reverse`` is the setting, empty where the file has none."""
    turned = -1.0 if reverse == "yes" else 1.0
    decay = 1e4 * np.exp(2j * np.pi * turned * OFFSET * STEP * np.arange(POINTS) - np.arange(POINTS) / 40)
    last = STEP * (POINTS - 1)
    text = f"""##TITLE=simulated
##JCAMP-DX=5.01
##DATA TYPE=NMR {kind}
##.OBSERVE FREQUENCY={LARMOR * (1 + 5e-6)}
##.OBSERVE NUCLEUS=^1H
##$SF= {LARMOR}
{f"##$REVERSE= {reverse}" if reverse else ""}
##NTUPLES=NMR {kind}
##SYMBOL=X, R, I, N
##VAR_DIM={POINTS}, {POINTS}, {POINTS}, 2
##UNITS=SECONDS, ARBITRARY UNITS, ARBITRARY UNITS,
##FIRST=0, 0, 0, 1
##LAST={last}, 0, 0, 2
##FACTOR={STEP}, 1, 1, 1
"""
    for number, (symbol, values) in enumerate((("R", decay.real), ("I", decay.imag)), start=1):
        rows = "".join(f"{index} {value:.0f}\n" for index, value in enumerate(values))
        text += f"##PAGE=N={number}\n##DATA TABLE=(X++({symbol}..{symbol})), XYDATA\n{rows}"
    path.write_text(text + f"##END NTUPLES=NMR {kind}\n##END=\n")
    return path


@pytest.mark.parametrize("reverse", ["yes", "no", ""])
def test_a_decay_that_is_to_be_reversed_is(tmp_path, reverse):
    decay = spectra.read(simulated(tmp_path / "decay.dx", reverse=reverse))
    spectrum = spectra.nmr.transform(decay)
    line = float(spectrum.chemical_shift[int(np.argmax(np.abs(spectrum.intensity.values)))])
    assert line == pytest.approx(5 + OFFSET / LARMOR, abs=0.05)
    assert ("mirrored about the carrier" in str(decay.attrs)) == (reverse == "yes")
