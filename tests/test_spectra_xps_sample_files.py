"""Photoelectron samples from measured files, by the pages and by the command line."""

import re
from pathlib import Path

import numpy as np
import pytest
from photoelectron_samples import FACTORS, LINES, glass
from typed_commands import run

import spectra
from shortrange.stepwise import fit_file
from shortrange_core import BadInput
from spectra import xps
from spectra.xps import Sensitivity


def test_regions_of_one_file_and_of_one_angle(real_data):
    found = xps.regions(real_data / "field/xps/multi_region_different_scans.vms")
    assert list(found) == ["C 1s", "O 1s", "P 2p", "S 2p", "Na 1s"]
    angles = real_data / "field/xps/arxps_angles_lost.vms"
    with pytest.raises(BadInput, match=r"O 1s: is there twice, as '.*Angle 0 degree.*give containing="):
        xps.regions(angles)
    one = xps.regions(angles, containing="Angle 40")
    assert list(one) == ["O 1s", "C 1s", "Al 2p"]
    assert {float(region.variable_angle) for region in one.values()} == {40.0}
    with pytest.raises(BadInput, match="have no region of a core level whose block contains 'Angle 41'"):
        xps.regions(angles, containing="Angle 41")


def test_a_composition_from_one_file(real_data):
    """Simulated Na3PS3.4O0.6 with 0.8 C a P: areas alone, over dwell time and scans, give it back."""
    measured = xps.regions(real_data / "field/xps/multi_region_different_scans.vms")
    found = xps.sample(measured, LINES, sensitivity=FACTORS, monochromatic=True)
    by_phosphorus = found.amounts.propagate(lambda v: np.delete(v, 2) / v[2], ["C", "O", "S", "Na"])
    assert np.all(np.abs(by_phosphorus.value.values - [0.8, 0.6, 3.4, 3.0]) < 3 * by_phosphorus.sd.values)


def test_sensitivity_factors_from_a_table(tmp_path):
    path = tmp_path / "factors.csv"
    path.write_text("# our instrument\nlevel,value,relative_sd,source\nO 1s,2.93,0.1,maker\nP 2p,1.19,0.1,maker\n")
    found = xps.read_sensitivities(path)
    assert found["P 2p"] == Sensitivity(1.19, 0.1, "maker")
    path.write_text("level,value,source\nO 1s,2.93,maker\n")
    with pytest.raises(BadInput, match="has no column relative_sd"):
        xps.read_sensitivities(path)
    path.write_text("level,value,relative_sd,source\nO 1s,2.93,0.1,m\nO 1s,a,0.1,m\nO 1s,1,0.1,m\n")
    with pytest.raises(BadInput, match="must be numbers") as caught:
        xps.read_sensitivities(path)
    assert any("is there twice" in problem for problem in caught.value.problems)


def test_the_command_line_moves_a_region_to_the_reference_line_of_its_file(real_data):
    """C 1s of the file stands at 284.16 eV: O 1s goes up by 0.64 with it, and says so; a stated shift is obeyed."""
    path = real_data / "field/xps/multi_region_different_scans.vms"

    def moved(**options):
        return fit_file(
            path, technique="O 1s XPS", block="O 1s", species=["BO", "NBO"], options={"monochromatic": True, **options}
        )

    found = moved(reference="C 1s 284.8")
    assert float(found.spectrum.charge_shift) == pytest.approx(0.64, abs=0.05)
    assert float(found.spectrum.charge_sd) > 0.2
    assert str(found.spectrum.reference.item()) == "C 1s 284.8"
    told = next(note.text for note in found.notes if note.code == "charge-from-line")
    assert "shifted by +0.6" in told
    stated = moved(reference="C 1s 284.8", charge_shift=0.1)
    assert float(stated.spectrum.charge_shift) == 0.1
    assert "charge-from-line" not in {note.code for note in stated.notes}
    scale = moved(reference="Fermi edge")
    assert "charge_shift" not in scale.spectrum.coords


def test_a_reference_line_that_a_file_holds_twice_is_asked_for(real_data):
    path = real_data / "field/xps/arxps_angles_lost.vms"
    block = spectra.contents(path)[0].name
    with pytest.raises(BadInput, match="contains C 1s XPS 5 times"):
        fit_file(path, technique="O 1s XPS", block=block, species=["oxide"], options={"reference": "C 1s 284.8"})


def test_positions_of_a_core_level_are_doublets_over_a_shirley_background(real_data):
    path = real_data / "field/xps/multi_region_different_scans.vms"
    found = fit_file(path, technique="P 2p XPS", block="P 2p", positions=[131.5])
    assert found.status.trusted
    assert found.chi2 < 1.2 * found.dof
    assert [line.name for line in found.model.peaks] == ["line1", "line1_partner"]
    assert "shirley_k" in found.parameters.entries
    assert set(found.areas.facets["assignment"]) == {""}


def test_the_lines_of_the_page_run(tmp_path, monkeypatch, capsys):
    """The ten lines that the documentation shows, on simulated regions in place of its files."""
    page = Path(__file__).parents[1] / "docs" / "howto" / "photoelectrons.md"
    (shown,) = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    files = {"glass.vms": glass(31), "after.vms": glass(32, shift=2.0, product=0.2)}
    rows = [f"{level},{one.value},{one.relative_sd},{one.source}" for level, one in FACTORS.items()]
    (tmp_path / "factors.csv").write_text("\n".join(["level,value,relative_sd,source", *rows]) + "\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(xps, "regions", files.__getitem__)
    exec(compile(shown, page.name, "exec"), {})
    printed = capsys.readouterr().out
    assert "O 1s bo" in printed
    assert "'P 2p': (True, " in printed
    assert "'S 2p': (False, " in printed


def test_what_other_backgrounds_make_of_an_area_stands_under_the_table(real_data, capsys):
    """Pt 4f of CasaXPS: a remark, which is not folded, since it is the answer to what another program gives."""
    options = {"--technique": "Pt 4f XPS", "--species": "metal", "--windows": "metal=70..72", "--shape": "LA"}
    file = str(real_data / "field/xps/casaxps_limits_0_1__Pt4f.vms")
    stated = (text for pair in options.items() for text in pair)
    code, told, _ = run(capsys, "fit", file, *stated, "--photon-energy", "1486.68eV")
    assert code == 0
    assert "areas depend on the background" in told
    assert "with a Shirley pinned to the ends the area of metal is" in told
