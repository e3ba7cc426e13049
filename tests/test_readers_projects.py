"""Projects of KherveFitting and SpecsLab: by hand, read exactly, refused where damaged."""

import json

import numpy as np
import pytest
from maker_files import written

import spectra
from shortrange_core import BadInput


def kherve(**change):
    peaks = {
        "O1s p1": {"Position": 531.4, "FWHM": 1.4, "Area": 900.0},
        "O1s p2": {"Position": 533.1, "FWHM": 1.6, "Area": 300.0},
    }
    level = {
        "Name": "O1s",
        "B.E.": [540 - 0.1 * k for k in range(120)],
        "Raw Data": [100.0 + k % 9 for k in range(120)],
        "Fitting": {"Peaks": peaks},
    }
    return {"FilePath": "glass.xlsx", "Number of Core levels": 1, "Core levels": {"O1s": {**level, **change}}}


def test_a_kherve_project_gives_its_spectra_and_its_fits(tmp_path):
    path = tmp_path / "glass.json"
    path.write_text(json.dumps(kherve()))
    found = spectra.read(path)
    assert found["intensity"].values[::-1].tolist() == kherve()["Core levels"]["O1s"]["Raw Data"]
    peaks = spectra.read_peak_table(path, relative_sd=0.05, sample="O1s")
    assert peaks.areas.value.values.tolist() == [900.0, 300.0]
    assert peaks.positions.value.values.tolist() == [531.4, 533.1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (json.dumps(kherve())[:900], "is not a complete KherveFitting project"),
        (json.dumps(kherve(**{"Raw Data": [1.0, 2.0]})), "has 120 energies and 2 intensities"),
        (json.dumps(kherve(**{"B.E.": "none"})), "has no list of numbers"),
    ],
)
def test_a_damaged_kherve_project_is_refused(tmp_path, content, message):
    path = tmp_path / "glass.json"
    path.write_text(content)
    with pytest.raises(BadInput, match=message):
        spectra.contents(path)


SHIFTS = (-0.05, 0.0, 0.05)  # times 20 eV: one eV, ten points


def specslab(*, drop=0, mode="FixedAnalyzerTransmission", shifts=SHIFTS, head=10, entity=""):
    """Two scans of 60 points in steps of 0.1 eV of a line at 956 eV, seen by three channels."""
    rows = 60 + head + 10
    energies = 953.0 + 0.1 * (np.arange(rows) - head)
    lines = [np.round(50 + 400 * np.exp(-((energies + 20 * shift - 956) ** 2))) for shift in shifts]
    counts = np.stack(lines, axis=1).ravel()[: rows * len(shifts) - drop]
    detectors = "".join(
        f'<struct type_name="Detector"><double name="shift">{shift}</double><double name="gain">1</double></struct>'
        for shift in shifts
    )
    scan = f'<ulong type_name="Counts">{" ".join(str(int(n)) for n in counts)}</ulong>'
    settings = "".join(
        f'<double name="{key}">{value}</double>'
        for key, value in {
            "values_per_curve": 60,
            "scan_delta": 0.1,
            "excitation_energy": 1486.6,
            "kinetic_energy": 953,
            "pass_energy": 20,
            "dwell_time": 0.2,
        }.items()
    )
    return (
        f'<?xml version="1.0"?>\n<!DOCTYPE any [{entity}]>\n<any version="1.6"><sequence type_name="RegionGroupSeq">'
        '<struct type_name="RegionGroup"><string name="name">glass</string><struct type_name="RegionData">'
        '<string name="name">O1s</string><struct name="region">'
        f'<struct name="scan_mode"><string name="name">{mode}</string></struct>{settings}</struct>'
        f'<ulong name="mcd_head">{head}</ulong><ulong name="mcd_tail">10</ulong>{detectors}'
        f'<struct type_name="Cycle">{scan}{scan}</struct></struct></struct></sequence></any>'
    ).encode()


def test_channels_of_specslab_are_summed_where_they_saw_one_energy(tmp_path):
    found = spectra.read(written(tmp_path, "o1s.xml", specslab()))
    energies = 953.0 + 0.1 * np.arange(60)
    line = np.round(50 + 400 * np.exp(-((energies - 956) ** 2)))
    assert found["intensity"].values[::-1].tolist() == (6 * line).tolist()  # three channels, two scans
    assert np.allclose(found["binding_energy"].values[::-1], 1486.6 - energies, rtol=0, atol=1e-9)
    assert (found.coords["scans"].item(), found.coords["technique"].item()) == (2.0, "O 1s XPS")


def test_the_pattern_in_an_empty_sequence_of_specslab_is_no_detector(tmp_path):
    """A region that nobody measured holds a detector without numbers: the whole project was refused for it."""
    text = specslab().decode()
    region = text[text.index('<struct type_name="RegionData">') : text.index("</struct></sequence></any>")]
    pattern = (
        '<sequence name="detectors" length="0"><struct type_name="Detector"><double name="shift"/>'
        '<double name="gain"/></struct></sequence><sequence name="cycles" length="0"><struct type_name="Cycle">'
        '<ulong type_name="Counts"/></struct></sequence>'
    )
    at = region.index('<struct type_name="Detector">')
    empty = region[:at] + pattern + "</struct>"
    both = text.replace(region, region + empty.replace(">O1s<", ">Ni 2p<"))
    blocks = spectra.contents(written(tmp_path, "a.xml", both.encode()))
    assert [(block.name, block.problem) for block in blocks] == [("O1s", ""), ("Ni 2p", "it was not measured")]


def test_a_mode_of_specslab_without_a_sweep_is_listed_with_its_reason(tmp_path):
    (block,) = spectra.contents(written(tmp_path, "o1s.xml", specslab(mode="FixedEnergies")))
    assert "it was measured in the mode FixedEnergies" in block.problem


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"drop": 1}, "has 239 counts, its settings say 80 x 3"),
        ({"shifts": (-0.05, 0.0, 0.5)}, "are shifted beyond the rows measured for them"),
        ({"entity": '<!ENTITY a "b">'}, "declares entities"),
    ],
)
def test_a_damaged_specslab_project_is_refused(tmp_path, change, message):
    path = written(tmp_path, "o1s.xml", specslab(**change))
    with pytest.raises(BadInput, match=message):
        spectra.contents(path)


def test_a_cut_specslab_project_is_refused(tmp_path):
    path = written(tmp_path, "o1s.xml", specslab()[:900])
    with pytest.raises(BadInput, match=r"o1s\.xml: is not complete XML"):
        spectra.contents(path)
