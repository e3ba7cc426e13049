"""Files of NMR laboratories: digital filters, delays, stacks and lists of peaks, as they come."""

import numpy as np
import pytest
from field_tables import codes, top, write

import spectra
from shortrange_core import BadInput
from spectra.readers.formats.group_delays import group_delay


def transformed(path, **options):
    spectrum = spectra.nmr.transform(spectra.read(path, **options))
    values = spectrum.intensity.values
    return top(spectrum), float(values.min() / values.max())


def test_an_older_digital_filter_takes_its_delay_from_the_table(field):
    line, negative = transformed(field / "nmr/bruker_7Li_GRPDLY_minus1", block="fid")
    assert line == pytest.approx(248.1, abs=0.1)
    assert negative == pytest.approx(-0.03, abs=0.01)


def test_the_table_of_group_delays_is_that_of_nmrglue():
    bruker = pytest.importorskip("nmrglue.fileio.bruker")
    for firmware, delays in bruker.bruker_dsp_table.items():
        for decimation, delay in delays.items():
            said = {"GRPDLY": -1.0, "DSPFVS": float(firmware), "DECIM": float(decimation), "DIGMOD": 1.0}
            assert group_delay(said) == pytest.approx(delay, abs=1e-7)
            assert group_delay({**said, "GRPDLY": 67.98}) == 67.98
            assert group_delay({**said, "DIGMOD": 0.0}) == 0.0
    assert group_delay({"DSPFVS": 99.0, "DECIM": 16.0}) is None


def test_a_group_delay_that_nobody_knows_is_said(field, tmp_path):
    source = field / "nmr/bruker_7Li_GRPDLY_minus1"
    text = (source / "acqus").read_text(encoding="latin-1").replace("##$DECIM= 2", "##$DECIM= 5")
    (tmp_path / "1").mkdir()
    write(tmp_path / "1", text, "acqus")
    (tmp_path / "1/fid").write_bytes((source / "fid").read_bytes())
    assert codes(spectra.read(tmp_path / "1")) == ["group-delay-unknown"]
    jcamp = (field / "nmr/aspirin_1h.fid.dx").read_text(encoding="latin-1").replace("##$DECIM= 24", "##$DECIM= 5")
    assert codes(spectra.read(write(tmp_path, jcamp, "a.dx"))) == ["group-delay-unknown"]


def test_a_decay_in_jcamp_has_its_carrier_and_its_delay(field):
    line, negative = transformed(field / "nmr/aspirin_1h.fid.dx")
    assert line == pytest.approx(2.294, abs=0.002)
    assert negative > -0.01
    assert top(spectra.read(field / "nmr/aspirin_1h_spectrum.dx")) == pytest.approx(line, abs=0.002)


def test_a_count_of_varian_that_is_one_off_is_a_note(field):
    spectrum = spectra.read(field / "nmr/varian_1h.jdx")
    assert spectrum.sizes == {"chemical_shift": 16384}
    assert codes(spectrum) == ["count-contradicted"]


def test_a_raw_recovery_stack_is_read_and_transformed(field, tmp_path):
    stack = spectra.read(field / "nmr/bruker_raw_ser")
    assert stack.sizes == {"delay": 9, "time": 1980}
    spectrum = spectra.nmr.transform_stack(stack)
    heights = spectrum.intensity.max("chemical_shift").values
    assert np.all(np.diff(heights[:6]) > 0)
    assert heights[0] / heights[-1] == pytest.approx(0.36, abs=0.02)
    for path in (field / "nmr/bruker_raw_ser").rglob("*"):
        if path.is_file() and path.name != "vdlist":
            target = tmp_path / "2" / path.relative_to(field / "nmr/bruker_raw_ser")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    with pytest.raises(BadInput, match="raw 2D data set without a list of delays; process it"):
        spectra.read(tmp_path / "2")


def test_index_intensity_hertz_and_ppm_of_topspin(field):
    path = field / "nmr/topspin_ascii-spec.txt"
    assert [block.name for block in spectra.contents(path)] == ["intensity"]
    assert top(spectra.read(path, technique="7Li NMR")) == pytest.approx(248.05, abs=0.01)


def test_a_peak_list_without_a_title_loses_no_row(field, tmp_path):
    path = field / "nmr/mnova_peaks_blank_first_line.csv"
    for number, text in enumerate((path.read_text(), path.read_text().strip(), "a.fid\n" + path.read_text().strip())):
        table = spectra.read_peak_table(write(tmp_path, text, f"{number}.csv"), relative_sd=0.05)
        assert len(table.areas) == 39
        assert float(table.positions.value[0]) == pytest.approx(9.75275, abs=1e-5)
