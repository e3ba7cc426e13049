"""Files of photoelectron laboratories: kinetic and binding energies, regions, placeholders, as they come."""

import numpy as np
import pytest
import xarray as xr
from field_tables import COUNTS, ENERGIES, axis, codes, ends, top, two_columns, write
from workbooks import write_workbook

import spectra
from shortrange_core import BadInput
from spectra import xps


def test_ordinate_limits_of_casaxps_are_placeholders(field):
    spectrum = spectra.read(field / "xps/casaxps_limits_0_1__Pt4f.vms")
    assert spectrum.sizes == {"binding_energy": 281}
    assert ends(spectrum) == pytest.approx([62, 90])
    assert top(spectrum) == pytest.approx(71.10)
    assert codes(spectrum) == []


def test_stale_limits_of_a_vamas_block_are_a_note_that_travels(field, tmp_path):
    text = (field / "xps/casaxps_limits_0_1__Pt4f.vms").read_text()
    path = write(tmp_path, text.replace("562\n0\n1\n0\n1\n", "562\n500\n600\n0\n1\n"), "a.vms")
    spectrum = spectra.read(path)
    assert codes(spectrum) == ["limits-contradicted"]
    (tmp_path / "out").mkdir()
    spectrum.to_netcdf(tmp_path / "out/a.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "out/a.nc", engine="h5netcdf") as stored:
        assert codes(stored) == ["limits-contradicted"]
    prepared = spectra.xps.prepare(spectrum, window=(68, 80))
    line = spectra.peak("a", {"center": 71.1, "fwhm": 1.0}, shape="gaussian")
    model = spectra.Model("Pt 4f XPS", "binding_energy", (line,))
    fit = spectra.fit(prepared, model, check=False)
    assert "limits-contradicted" in [note.code for note in fit.notes]
    with pytest.raises(BadInput, match=r"outside the limits 500 to 600 .*without strict"):
        spectra.read(path, strict=True)


def test_kinetic_energies_of_specs_become_binding_energies(field):
    path = field / "xps/specs_kinetic_axis__specs_xps_sample.xy"
    spectrum = spectra.read(path, technique="XPS")
    assert axis(spectrum) == "binding_energy"
    assert top(spectrum) == pytest.approx(782.0)
    assert "laser" not in spectrum.coords
    said = {name: spectrum[name].item() for name in ("photon_energy", "dwell_time", "scans", "pass_energy")}
    assert said == {"photon_energy": 1253.6, "dwell_time": 0.1, "scans": 25.0, "pass_energy": 50.0}
    assert spectrum.intensity.attrs["units"] == "counts/s"
    assert top(spectra.read(path, photon_energy=1254.6)) == pytest.approx(783.0)


def test_an_external_channel_of_specs_is_no_part_of_its_region(field):
    path = field / "xps/specs_one_region_with_external_channel.xy"
    first, second = spectra.contents(path)
    assert (first.name, first.shape, first.axis) == ("Ga3pP2p3", (351,), "kinetic_energy")
    assert second.name == "Ga3pP2p3 / Temp1_Sen [K] (EBH 150)"
    assert ends(spectra.read(path)) == pytest.approx([1486.61 - 1386.61, 1486.61 - 1351.61])
    with pytest.raises(BadInput, match="external channel"):
        spectra.read(path, block=second.name)


def specs(regions, energy_axis="Binding Energy"):
    lines = ["# Created by:        SpecsLab Prodigy, Version 4", "#", "# XY-Serializer Export Settings:"]
    lines += [f"#   Energy Axis:              {energy_axis}", "#   Count Rate:               Counts"]
    for name, rows in regions:
        lines += [f"# Region:       {name}", "# Analysis Method:   XPS", f"# Values/Curve:  {rows}"]
        lines += ["# Excitation Energy: 1486.6", "#"]
        for cycle in (0, 1) if name == "O 1s" else (0,):
            lines += [f"# Cycle: {cycle}", "# ColumnLabels:  energy counts"]
            lines += [f"{a:.2f}  {b:.0f}" for a, b in zip(ENERGIES, COUNTS, strict=True)]
    return "\n".join(lines) + "\n"


def test_regions_and_cycles_of_specs_keep_their_names(tmp_path):
    path = write(tmp_path, specs([("O 1s", 150), ("Survey", 150)]), "a.xy")
    blocks = spectra.contents(path)
    assert [b.name for b in blocks] == ["O 1s / cycle 0", "O 1s / cycle 1", "Survey"]
    assert [b.technique for b in blocks] == ["O 1s XPS", "O 1s XPS", "XPS"]
    spectrum = spectra.read(path, block="O 1s / cycle 1")
    assert top(spectrum) == pytest.approx(531.5)
    assert spectrum.noise_source.item() == "counts"
    with pytest.raises(BadInput, match="'Survey' has 150 rows, its header says 151"):
        spectra.contents(write(tmp_path, specs([("Survey", 151)]), "cut.xy"))


def test_a_snapshot_of_specs_states_its_energies_and_not_the_rows_of_the_detector(tmp_path):
    text = specs([("Survey", 1)]).replace("# Values/Curve:", "# Scan Mode: SnapshotFAT\n# Values/Curve:")
    assert spectra.contents(write(tmp_path, text, "snapshot.xy"))[0].shape == (150,)


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        *((mode, "over the photon energy") for mode in ("ConstantFinalState", "Constant Final State")),
        *(("ConstantInitialState", "over the photon energy"), ("Detector Voltage Scan", "its axis is a voltage")),
        *((mode, "") for mode in ("FixedAnalyzerTransmission", "Fixed Retarding Ratio", "Snapshot FAT")),
    ],
)
def test_an_axis_of_specs_that_is_no_energy_of_electrons_is_said(tmp_path, mode, reason):
    text = specs([("O1s_XAS", 150), ("Survey", 150)], "Kinetic Energy")
    text = text.replace("# Analysis Method:   XPS\n", f"# Analysis Method:   XPS\n# Scan Mode:   {mode}\n", 1)
    path = write(tmp_path, text, "absorption.xy")
    assert [bool(block.problem) for block in spectra.contents(path)] == [bool(reason), False]
    if reason:
        with pytest.raises(BadInput, match=reason):
            spectra.read(path, block="O1s_XAS", photon_energy=1486.6)


def test_a_region_of_two_levels_is_found_by_either(tmp_path):
    """Names as Avantage gives to ranges that two core lines share: the first alone was taken, the other refused."""
    both = write(tmp_path, specs([("V2pO1s Scan", 150), ("C1s Scan", 150), ("Su1s", 150)]), "b.xy")
    assert [block.technique for block in spectra.contents(both)] == ["XPS", "C 1s XPS", "XPS"]
    for level in ("O 1s", "V 2p"):
        assert spectra.read(both, technique=f"{level} XPS").technique == f"{level} XPS"
    with pytest.raises(BadInput, match="no block is S 2p XPS"):
        spectra.read(both, technique="S 2p XPS")
    assert sorted(xps.regions(both)) == ["C 1s", "O 1s", "V 2p"]
    own = write(tmp_path, specs([("V2pO1s Scan", 150), ("O1s", 150), ("V2p_Cr2p", 150)]), "own.xy")
    assert sorted(xps.regions(own)) == ["Cr 2p", "O 1s"]  # V 2p lies in two
    rows = list(zip(ENERGIES, COUNTS, strict=True))
    book = write_workbook(tmp_path / "c.xlsx", {"V2pO1sScan": rows, "Co2pScan": rows})
    assert [block.technique for block in spectra.contents(book)] == ["XPS", "Co 2p XPS"]
    assert spectra.read(book, technique="O 1s XPS").technique == "O 1s XPS"


@pytest.mark.parametrize("title", ["Photon energy (eV)", "hv (eV)", "Excitation Energy", "photon_energy/eV"])
def test_an_absorption_edge_in_a_table_is_no_core_line(tmp_path, title):
    """The edge of O 1s lies where its line does: photon energies were read as binding energies in silence."""
    rows = "".join(f"{525 + k / 10:.1f},{1 + 1 / (1 + np.exp(-(k - 90) / 9)):.5f}\n" for k in range(200))
    path = write(tmp_path, f"{title},yield\n{rows}", "edge.csv")
    (block,) = spectra.contents(path)
    assert (block.axis, block.unit) == ("photon_energy", "eV")
    with pytest.raises(BadInput, match="has the axis photon_energy"):
        spectra.read(path, technique="O 1s XPS")
    with pytest.raises(BadInput, match="states only the unit eV"):
        spectra.read(path)
    scattered = write(tmp_path, f"{title},yield\n" + "".join(f"{2.2 + k / 1e3},{k % 7}\n" for k in range(99)), "r.csv")
    assert "raman_shift" in spectra.read(scattered, technique="Raman", laser=532.0)


@pytest.mark.parametrize("title", ["hv - E (eV)", "Energy (eV)", "Binding energy (eV)"])
def test_other_energies_stay_those_of_electrons(tmp_path, title):
    rows = "".join(f"{525 + k / 10:.1f},{1 + np.exp(-(((k - 90) / 9) ** 2)):.5f}\n" for k in range(200))
    assert "binding_energy" in spectra.read(write(tmp_path, f"{title},c\n{rows}", "o.csv"), technique="O 1s XPS")


def test_kinetic_energies_of_scienta_become_binding_energies(field, tmp_path):
    path = field / "xps/scienta_kinetic.txt"
    spectrum = spectra.read(path)
    assert top(spectrum) == pytest.approx(531.5, abs=0.11)
    assert spectrum.technique.item() == "O 1s XPS"
    assert "laser" not in spectrum.coords
    text = path.read_text().replace("Kinetic", "Binding")
    assert ends(spectra.read(write(tmp_path, text)))[0] == pytest.approx(946.7)  # what the file says is not turned
    with pytest.raises(BadInput, match="'O1s' has 100 rows, its header says 150; it is truncated"):
        spectra.contents(write(tmp_path, "\n".join(path.read_text().split("\n")[:119]) + "\n", "cut.txt"))


@pytest.mark.parametrize("title", ["x", "Energy (eV)", "Kinetic energy / eV", "KE_O 1s", "E_kin (eV)"])
def test_kinetic_energies_of_tables_become_binding_energies_only_when_stated(tmp_path, title):
    path = write(tmp_path, two_columns(f"{title}\tCounts\n", 1486.6 - ENERGIES))
    kept = spectra.read(path, technique="XPS", energy="kinetic")
    assert axis(kept) == "kinetic_energy"
    spectrum = spectra.read(path, technique="O 1s XPS", energy="kinetic", photon_energy=1486.6)
    assert axis(spectrum) == "binding_energy"
    assert top(spectrum) == pytest.approx(531.5)
    with pytest.raises(BadInput, match="give the right photon_energy="):
        spectra.read(path, energy="kinetic", photon_energy=400.0)
    with pytest.raises(BadInput, match="'potential': is not known; give 'kinetic' or 'binding'"):
        spectra.read(path, energy="potential")
    said = write(tmp_path, f"hv = 1486.6 eV\n{path.read_text()}", "b.txt")
    assert codes(spectra.read(said, technique="XPS", energy="kinetic")) == ["kinetic-energy-kept"]


def test_an_axis_in_ev_is_asked_for_or_said(tmp_path):
    path = write(tmp_path, two_columns("Energy (eV)\tCounts\n", 1486.6 - ENERGIES))
    with pytest.raises(BadInput, match=r"where O 1s \(543.1 eV\) is not a binding energy; give energy='kinetic'"):
        spectra.read(path, technique="O 1s XPS")
    assert top(spectra.read(path, technique="O 1s XPS", energy="binding")) == pytest.approx(955.1)
    assert codes(spectra.read(path, technique="XPS")) == ["energy-assumed-binding"]
    plain = write(tmp_path, two_columns("Energy (eV)\tCounts\n", ENERGIES), "b.txt")
    assert codes(spectra.read(plain, technique="O 1s XPS")) == []
    named = write(tmp_path, two_columns("BE (eV)\tCounts\n", ENERGIES), "c.txt")
    with pytest.raises(BadInput, match="says binding energy, not kinetic"):
        spectra.read(named, energy="kinetic")
    shift = write(tmp_path, two_columns("Raman shift (cm-1)\tCounts\n", ENERGIES), "d.txt")
    with pytest.raises(BadInput, match="has its axis in cm-1, but energy='kinetic' is only for an axis in eV"):
        spectra.read(shift, energy="kinetic")


def test_the_angle_names_the_block(field):
    path = field / "xps/arxps_angles_lost.vms"
    names = [block.name for block in spectra.contents(path)]
    assert names[:4] == [
        "O 1s (Angle 0 degree)",
        "C 1s (Angle 0 degree)",
        "Al 2p (Angle 0 degree)",
        "O 1s (Angle 40 degree)",
    ]
    assert len(set(names)) == 15
    spectrum = spectra.read(path, block="O 1s (Angle 40 degree)")
    assert spectrum.variable_angle.item() == 40.0


def test_regions_of_different_scans_are_compared_as_rates(field):
    path = field / "xps/multi_region_different_scans.vms"
    fits, numbers, exposures = {}, {}, {}
    for block in spectra.contents(path):
        region = spectra.xps.prepare(spectra.read(path, block=block.name), photon_energy=1486.6)
        top = float(region.binding_energy[region.intensity.values.argmax()])
        model = spectra.xps.model(region, ["line"], windows={"line": (top - 1, top + 1)}, sodium=False)
        fits[block.name] = spectra.fit(region, model, check=False)
        numbers[block.name] = (float(fits[block.name].areas.value.sum()), 1.0)
        exposures[block.name] = spectra.xps.exposure(region)
    source = "Scofield 1976, 10.1016/0368-2048(76)80015-1, Al Ka, C 1s = 1"
    cross_sections = {"C 1s": 1.0, "O 1s": 2.93, "P 2p": 1.19, "S 2p": 1.68, "Na 1s": 8.52}
    factors = {name: spectra.xps.Sensitivity(v, 0.0, source) for name, v in cross_sections.items()}
    truth = {"C 1s": 0.8, "O 1s": 0.6, "P 2p": 1.0, "S 2p": 3.4, "Na 1s": 3.0}
    for amounts in (
        spectra.xps.atomic_amounts(fits, factors),
        spectra.xps.atomic_amounts(numbers, factors, exposures=exposures),
    ):
        ratio = amounts.value.values / amounts.value.values[list(fits).index("P 2p")]
        assert ratio == pytest.approx([truth[name] for name in fits], rel=0.06)
    use, _, notes = spectra.xps.surface_check(spectra.xps.atomic_amounts(fits, factors), 0.3)
    assert (use, notes[0].code) == (False, "surface-not-used")
    with pytest.raises(BadInput, match="the counting time of"):
        spectra.xps.atomic_amounts(numbers, factors)
    with pytest.raises(BadInput, match="O 1s: the exposure 0 is dwell time times scans"):
        spectra.xps.atomic_amounts(fits, factors, exposures={"O 1s": 0.0})
    rate = spectra.read(field / "xps/casaxps_csv_no_hv_no_cps.csv", technique="O 1s XPS")
    assert spectra.xps.exposure(rate) == 1.0
    with pytest.raises(BadInput, match=r"the intensity is in counts, dwell_time and scans are None and 10\.0"):
        spectra.xps.exposure(spectra.read(path, block="C 1s").drop_vars("dwell_time"))
