"""JCAMP-DX: which axis and which measurement a header names, and abscissae that stray from it."""

import re

import numpy as np
import pytest
from jcamp_texts import HEAD, body, write

import spectra
from shortrange_core import BadInput


def test_hz_becomes_ppm_and_the_nucleus_is_the_technique(tmp_path):
    head = HEAD.replace("INFRARED SPECTRUM", "NMR SPECTRUM\n##.OBSERVE FREQUENCY=200\n##.OBSERVE NUCLEUS=^31P")
    spectrum = spectra.read(write(tmp_path, body(head=head.replace("1/CM", "HZ"))))
    assert spectrum.technique.item() == "31P NMR"
    np.testing.assert_allclose(spectrum.chemical_shift, np.arange(400, 408) / 200)
    with pytest.raises(BadInput, match="is 31P NMR, not 29Si NMR"):
        spectra.read(write(tmp_path, body(head=head.replace("1/CM", "HZ"))), technique="29Si NMR")


@pytest.mark.parametrize("unit", ["M/Z", "MINUTES", "2-Theta (degree)"])
def test_an_axis_that_no_technique_has_is_none(tmp_path, unit):
    """Masses were read as Raman shifts where somebody said so, in silence."""
    path = write(tmp_path, body(head=HEAD.replace("INFRARED", "OTHER").replace("1/CM", unit)))
    with pytest.raises(BadInput, match=f"has its axis in {re.escape(unit.lower())}, but Raman needs cm-1"):
        spectra.read(path, technique="Raman")


@pytest.mark.parametrize("kind", ["ABSORPTION SPECTRUM", "UV/VIS ABSORPTION SPECTRUM", "INFRARED ABSORPTION SPECTRUM"])
def test_an_absorption_is_no_sorption(tmp_path, kind):
    path = write(tmp_path, body(head=HEAD.replace("INFRARED SPECTRUM", kind)))
    assert spectra.read(path, technique="FTIR")["intensity"].size


@pytest.mark.parametrize(
    "kind",
    [
        "SORPTION ISOTHERM",
        "X-RAY DIFFRACTION",
        "MASS SPECTRUM",
        "INELASTIC NEUTRON SCATTERING",
        "CYCLIC VOLTAMMETRY",
        "EPR SPECTRUM",
    ],
)
def test_a_data_type_of_another_measurement_is_no_spectrum_of_any_technique(tmp_path, kind):
    """A converter writes 1/CM above the angles of a diffractogram: the type counts."""
    path = write(tmp_path, body(head=HEAD.replace("INFRARED SPECTRUM", kind)))
    with pytest.raises(BadInput, match=f"its data type is {kind}, which is not read; give another file"):
        spectra.read(path, technique="Raman")


def test_a_table_of_two_dimensions_says_so(tmp_path):
    head = "##TITLE=n\n##JCAMP-DX=6.0\n##DATA TYPE=nD NMR SPECTRUM\n##NTUPLES=nD NMR SPECTRUM\n##SYMBOL=F1, F2, Y\n"
    table = "##PAGE=F1=1\n##DATA TABLE=(F2++(Y..Y)), PROFILE\n1 2 3 4\n##END NTUPLES=nD NMR SPECTRUM\n##END=\n"
    with pytest.raises(BadInput, match="it is two-dimensional; export its rows one by one"):
        spectra.read(write(tmp_path, head + table))


def test_the_frequency_of_0_ppm_is_that_of_the_reference(tmp_path):
    head = HEAD.replace("INFRARED", "NMR").replace("1/CM", "PPM").replace("400", "40").replace("407", "47")
    head += "##.OBSERVE FREQUENCY=161.98\n##.OBSERVE NUCLEUS=^31P\n"
    assert spectra.read(write(tmp_path, body("40BCCC\n44EaaG\n", head))).larmor_frequency == 161.98
    for reference, frequency in (("0", 161.98), ("161.97", 161.97)):
        text = body("40BCCC\n44EaaG\n", f"{head}##$SF={reference}\n")
        assert spectra.read(write(tmp_path, text)).larmor_frequency == frequency


def test_a_first_line_that_begins_a_point_before_the_others_is_noted(tmp_path):
    """NIST's quantitative spectra of gases: FIRSTX is one step above what all lines but the first agree on."""
    values = np.arange(120)
    begins = [575.17, *(574.93 + 0.241 * start for start in range(6, 120, 6))]
    rows = [f"{x:.2f} " + " ".join(map(str, values[6 * k : 6 * k + 6])) for k, x in enumerate(begins)]
    ends = {"FIRSTX=400": "FIRSTX=575.17", "LASTX=407": f"LASTX={575.17 + 119 * 0.241:.3f}", "NPOINTS=8": "NPOINTS=120"}
    head = HEAD.replace("##FIRSTY=1\n", "").replace("YFACTOR=0.5", "YFACTOR=1")
    for old, new in ends.items():
        head = head.replace(old, new)
    found = spectra.read(write(tmp_path, body("\n".join(rows) + "\n", head)))
    assert found["intensity"].values.tolist() == values.tolist()
    assert found["wavenumber"].values[[0, -1]] == pytest.approx([575.17, 575.17 + 119 * 0.241])
    (note,) = spectra.notes_of_reading(found)
    assert "all lines but the first begin 1.0 points off the axis from FIRSTX; that axis is used" in note.text
    lost = [rows[0].rpartition(" ")[0], *rows[1:]]
    with pytest.raises(BadInput, match="has 119 points"):
        spectra.read(write(tmp_path, body("\n".join(lost) + "\n", head)))


def test_abscissae_without_their_factor_are_no_damage(tmp_path):
    """Oxford Instruments writes seconds beside FACTOR=0.1, and LAST one point behind: refused as damaged before."""
    time, values = 0.0002 * np.arange(1500), np.round(1000 * np.cos(np.arange(1500)) * np.exp(-np.arange(1500) / 200))
    rows = "".join(f" {t:g} {v:.0f}\n" for t, v in zip(time, values, strict=True))
    head = (
        "##TITLE=n\n##JCAMP-DX=6.0\n##DATA TYPE=NMR FID\n##.OBSERVE FREQUENCY=60\n##.OBSERVE NUCLEUS=^1H\n"
        "##NTUPLES=NMR FID\n##VAR_NAME=TIME, FID/REAL, FID/IMAG, PAGE NUMBER\n##SYMBOL=X, R, I, N\n"
        "##VAR_DIM=1500, 1500, 1500, 2\n##UNITS=SECONDS, ARBITRARY UNITS, ARBITRARY UNITS,\n##FIRST=0, 0, 0, 1\n"
        "##LAST=0.3, 0, 0, 2\n##FACTOR=0.1, 1, 1, 1\n"
    )
    pages = "".join(f"##PAGE=N={n}\n##DATA TABLE=(X++({p}..{p})), XYDATA\n{rows}" for n, p in ((1, "R"), (2, "I")))
    (block,) = spectra.contents(write(tmp_path, head + pages + "##END NTUPLES=NMR FID\n##END=\n"))
    assert (block.axis, block.shape) == ("time", (1500,))
    bent = pages.replace(f" {time[700]:g} ", " 0.095 ")
    with pytest.raises(BadInput, match="begin with an abscissa that FIRSTX and LASTX contradict"):
        spectra.read(write(tmp_path, head + bent + "##END NTUPLES=NMR FID\n##END=\n"))


def test_abscissae_cut_toward_zero_are_no_damage(tmp_path):
    """MestReNova counts points from 0 Hz and cuts the fraction: the two lines about 0 lie one closer together."""
    first, factor, values = -63.4 * -0.5, -0.5, np.arange(160)
    starts = range(0, 160, 8)
    written = [int(first / factor + start) for start in starts]
    rows = [
        f"{x} " + " ".join(str(v) for v in values[start : start + 8]) for x, start in zip(written, starts, strict=True)
    ]
    head = (
        "##TITLE=n\n##JCAMPDX=6.0 $$ NMR Plug-in of MestReNova\n##DATATYPE=NMRSPECTRUM\n##.OBSERVEFREQUENCY=100\n"
        "##.OBSERVENUCLEUS=^31P\n##NTUPLES=NMRSPECTRUM\n##VARNAME=FREQUENCY, SPECTRUM/REAL, PAGE NUMBER\n"
        f"##SYMBOL=X, R, N\n##VARDIM=160, 160, 1\n##UNITS=HZ, ARBITRARY UNITS,\n##FIRST={first}, 0, 1\n"
        f"##LAST={first + factor * 159}, 159, 1\n##FACTOR={factor}, 1, 1\n##PAGE=N=1\n"
        "##DATATABLE=(X++(R..R)), XYDATA\n"
    )
    end = "\n##ENDNTUPLES=NMRSPECTRUM\n##END=\n"
    spectrum = spectra.read(write(tmp_path, head + "\n".join(rows) + end))
    np.testing.assert_allclose(spectrum.chemical_shift, np.sort(first + factor * values) / 100)
    assert spectra.notes_of_reading(spectrum) == ()
    moved = [*rows[:3], rows[3].rpartition(" ")[0], f"{rows[4]} 39", *rows[5:]]  # as many points, one in the wrong line
    with pytest.raises(BadInput, match="line 4 begins at -39 and the next at -31, but it has 7 ordinates"):
        spectra.read(write(tmp_path, head + "\n".join(moved) + end))


def summed(steps, points=4000, lost=None):
    """A table whose abscissae are summed up of ``steps``, eight ordinates a line but one fewer in the line lost."""
    values = np.arange(points) % 97
    lines, x = [], 20000.0
    for number, start in enumerate(range(0, points, 8)):
        row = values[start : start + 8][: 7 if number == lost else 8]
        lines.append(f"{x:.2f} " + " ".join(str(v) for v in row))
        x -= steps * 8
    return "\n".join(lines) + "\n"


DRIFTING = (
    "##TITLE=n\n##JCAMP-DX=5.0\n##DATA TYPE=RAMAN SPECTRUM\n##XUNITS=1/CM\n##YUNITS=ARBITRARY UNITS\n"
    "##FIRSTX=20000\n##LASTX=12002\n##DELTAX=-2\n##NPOINTS=4000\n##XFACTOR=1\n##YFACTOR=1\n##XYDATA=(X++(Y..Y))\n"
)


def test_abscissae_that_a_program_summed_up_are_noted(tmp_path):
    """ACD/SpecManager adds steps of 32 bits: 2e-4 of the range were off by the end, and refused as damaged."""
    spectrum = spectra.read(write(tmp_path, DRIFTING + summed(1.999) + "##END=\n"))
    np.testing.assert_allclose(spectrum.raman_shift, np.linspace(12002, 20000, 4000))
    (note,) = spectra.notes_of_reading(spectrum)
    assert note.code == "limits-contradicted"
    assert "lines begin up to 3.99 off the axis that FIRSTX, LASTX, DELTAX and NPOINTS agree on" in note.text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("FIRSTX=20000", "FIRSTX=20004"),
        ("LASTX=12002", "LASTX=12012"),
        ("DELTAX=-2", "DELTAX=-2.002"),
        ("##DELTAX=-2\n", ""),
    ],
)
def test_drift_excuses_no_header_that_denies_itself(tmp_path, old, new):
    with pytest.raises(BadInput, match="begin with an abscissa that FIRSTX and LASTX contradict"):
        spectra.read(write(tmp_path, DRIFTING.replace(old, new) + summed(1.9989) + "##END=\n"))


def test_drift_excuses_no_wider_one_and_no_lost_point(tmp_path):
    with pytest.raises(BadInput, match="begin with an abscissa that FIRSTX and LASTX contradict"):
        spectra.read(write(tmp_path, DRIFTING + summed(1.99) + "##END=\n"))
    with pytest.raises(BadInput, match="has 3999 points, but its header says NPOINTS = 4000"):
        spectra.read(write(tmp_path, DRIFTING + summed(1.9995, lost=9) + "##END=\n"))
