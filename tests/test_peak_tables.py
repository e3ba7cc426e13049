"""Finished fits of other programs as areas with sds and assignments."""

import numpy as np
import pytest

from shortrange_core import BadInput
from spectra.readers import read_peak_table, read_samples


def write(tmp_path, text, name="fit.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


TABLES = {
    "plain": "peak,position,fwhm,area,area sd\nBO,532.5,1.4,1200,24\nNBO,531,1.3,800,16\n",
    "origin": "Peak Index\tPeak Type\tArea Fit\tFWHM\tCenter\tStandard Error of Area\n"
    "BO\tGaussian\t1200\t1.4\t532.5\t24\nNBO\tGaussian\t800\t1.3\t531\t16\n",
    "xpspeak": "Peak\tPosition\tArea\tFWHM\t%GL\tarea error\n"
    "BO\t532.5\t1200\t1.4\t20\t24\nNBO\t531\t800\t1.3\t20\t16\n",
    "ssnake": "#Name Position Integral Width Error_Integral\nBO 532.5 1200 1.4 24\nNBO 531 800 1.3 16\n",
    "comma decimals": "peak;position;fwhm;area;area sd\nBO;532,5;1,4;1200,0;24,0\nNBO;531,0;1,3;800,0;16,0\n",
}


@pytest.mark.parametrize("program", TABLES)
def test_tables_of_other_programs_are_the_same_areas(tmp_path, program):
    table = read_peak_table(
        write(tmp_path, TABLES[program]), assignments={"BO": "BO", "NBO": "NBO"}, technique="O 1s XPS", sample="x = 0.6"
    )
    assert table.areas.entries == ("BO", "NBO")
    np.testing.assert_allclose(table.areas.value, [1200, 800])
    np.testing.assert_allclose(table.areas.sd, [24, 16])
    np.testing.assert_allclose(table.positions.value, [532.5, 531])
    np.testing.assert_allclose(table.widths.value, [1.4, 1.3])
    assert table.areas.facets["assignment"] == ("BO", "NBO")
    assert set(table.areas.facets["technique"]) == {"O 1s XPS"}
    assert table.notes == ()


CASA = """"Cycle 0:glass:O 1s"
,Characteristic Energy eV,1486.69,Acquisition Time s,0.5
Name,,BO,NBO
Position,,532.5,531.0
FWHM,,1.4,1.3
Area,,1200,800
Lineshape,,GL(30),GL(30)
K.E.,Counts,BO,NBO,Background,Envelope,,B.E.,CPS,BO,NBO,Background CPS,Envelope CPS
950,10,1,1,1,1,,536.69,20,2,2,2,2
"""


def test_a_casaxps_export_needs_a_stated_sd(tmp_path):
    path = write(tmp_path, CASA)
    with pytest.raises(BadInput, match="states no sd for the area of BO, NBO; give relative_sd="):
        read_peak_table(path)
    table = read_peak_table(path, relative_sd=0.05)
    np.testing.assert_allclose(table.areas.value, [1200, 800])
    np.testing.assert_allclose(table.areas.sd, [60, 40])
    assert [note.code for note in table.notes] == ["peak-unassigned"]
    doubled = write(tmp_path, CASA.replace("Name,,BO,NBO", "Name,,P 2p,P 2p"), "doublet.csv")
    assert read_peak_table(doubled, relative_sd=0.1).areas.entries == ("P 2p", "P 2p #2")


DMFIT = """<NMRFit><Dimension>F2<frequency>200</frequency>
<line><ModelName>{model}</ModelName><Name>PS4</Name><GaussLor>
<amp Fix="*" Error="1">100</amp><pos Fix="*" Unit="ppm" Error="2">82</pos><wid Fix="*" Unit="ppm" Error="20">10</wid>
<gl>{share}</gl></GaussLor></line></Dimension></NMRFit>"""


@pytest.mark.parametrize(("share", "factor"), [(1, 1.0644670194312262), (0, np.pi / 2)])
def test_areas_of_dmfit_lines_by_hand(tmp_path, share, factor):
    """A line of height 1 and FWHM 1 has the area sqrt(pi / ln 2) / 2 (Gaussian) or pi / 2 (Lorentzian)."""
    table = read_peak_table(write(tmp_path, DMFIT.format(model="Gaus/Lor", share=share), "fit.fxmla"))
    area = 100 * 10 * factor
    np.testing.assert_allclose(table.areas.value, [area])
    np.testing.assert_allclose(table.areas.sd, [area * np.hypot(0.01, 0.1 / 10)])  # 20 Hz are 0.1 ppm
    np.testing.assert_allclose(table.positions.sd, [2 / 200])


def test_amplitudes_of_other_models_are_said_to_be_amplitudes(tmp_path):
    table = read_peak_table(write(tmp_path, DMFIT.format(model="CSA mas", share=0), "fit.fxmla"))
    np.testing.assert_allclose(table.areas.value, [100])
    assert "peak-amplitude-not-area" in [note.code for note in table.notes]


@pytest.mark.parametrize(
    ("text", "options", "rule"),
    [
        ("peak,position\na,1\n", {}, "no column title for an area"),
        (TABLES["plain"].replace("800", "-5"), {}, "area of NBO is negative"),
        (TABLES["plain"].replace("800", "many"), {}, "'many' is not a number"),
        (TABLES["plain"], {"assignments": {"CO3": "x"}}, "no peak CO3 to assign; the table has BO, NBO"),
        (TABLES["plain"], {"relative_sd": -1.0}, "fraction of the area above 0"),
        ("peak,position,fwhm,area,area sd\nBO,532.5\n", {}, "cells|no number|title"),
        ("", {}, "empty"),
    ],
)
def test_tables_that_cannot_be_used_are_named(tmp_path, text, options, rule):
    with pytest.raises(BadInput, match=rule):
        read_peak_table(write(tmp_path, text), **options)


def test_steps_give_their_covariance(tmp_path):
    rng = np.random.default_rng(4)
    steps = rng.multivariate_normal([3.0, 5.0], [[1.0, 0.5], [0.5, 2.0]], size=4000)
    text = "step\ta\tb\n" + "".join(f"{k}\t{x:.9g}\t{y:.9g}\n" for k, (x, y) in enumerate(steps))
    estimates = read_samples(write(tmp_path, text))
    np.testing.assert_allclose(estimates.value, [3, 5], atol=0.1)
    np.testing.assert_allclose(estimates.covariance, [[1.0, 0.5], [0.5, 2.0]], atol=0.15)
    with pytest.raises(BadInput, match="truncated or damaged"):
        read_samples(write(tmp_path, text + "9\t1\n"))
    with pytest.raises(BadInput, match="does not begin with a title 'step'"):
        read_samples(write(tmp_path, TABLES["plain"]))


@pytest.mark.parametrize("name", ["p_3khz_MonteCarlo", "overlapping_MonteCarlo"])
def test_real_monte_carlo_tables_equal_their_report(real_data, name):
    folder = real_data / "nmr/dmfit_31P_MAS_CSA"
    estimates = read_samples(folder / f"{name}.txt")
    said = {}
    for line in (folder / f"{name}.report").read_text().splitlines():
        title, separator, rest = line.partition(":\t")
        if separator and "sdev:" in rest:
            said[title] = (rest.split()[0], rest.split("sdev:")[1].split()[0])
    assert set(said) == set(estimates.entries)
    for entry, value, sd in zip(estimates.entries, estimates.value.values, estimates.sd.values, strict=True):
        mean, deviation = (float(text) for text in said[entry])
        assert value == pytest.approx(mean, abs=0.0051)
        assert sd == pytest.approx(deviation, rel=2e-3)


def test_real_dmfit_project_and_peak_list(real_data):
    table = read_peak_table(real_data / "nmr/dmfit_31P_MAS_CSA/P_3KHZ.fxmla", technique="31P NMR")
    assert float(table.positions.value[0]) == pytest.approx(7.5463, abs=1e-4)
    assert float(table.widths.value[0]) == pytest.approx(4.466, abs=1e-3)
    assert float(table.positions.sd[0]) == pytest.approx(1.77053 / 161.9797817)
    peaks = read_peak_table(real_data / "nmr/mnova_31P_soil_SH4_peaks.csv", relative_sd=0.05)
    assert float(peaks.positions.value[0]) == pytest.approx(17.3348, abs=1e-4)
    assert float(peaks.widths.value[0]) == pytest.approx(54.485, abs=1e-3)


REPORT = """C:\\data\\integral area\\glass.vms\t

Sample Identifier\tName\tPosition\tFWHM\tRaw Area\tArea/(RSF*T*MFP)\t%At Conc\tGoodness of Fit\t
Sample Name: x = 0.3\tO 1s\t532.50\t1.40\t1200.50\t30.25\t41.89\t-1.#IND\t
\tO 1s\t531.00\t1.30\t800.25\t20.10\t28.06\t-1.#IND\t
\tP 2p\t132.10\t1.20\t640.00\t25.00\t30.05\t-1.#IND\t
x = 0.6\tO 1s\t532.45\t1.42\t1500.00\t37.80\t60.00\t-1.#IND\t
\tP 2p\t132.00\t1.21\t600.00\t23.40\t40.00\t-1.#IND\t


Peak Area Results Compact form (Atomic Concentrations)
Name\t%Conc\tSample Identifier
\tSt.Dev.
O 1s\t41.89\tSample Name: x = 0.3
"""


def test_a_casaxps_report_keeps_its_samples_apart(tmp_path):
    path = write(tmp_path, REPORT, "quant.txt")
    table = read_peak_table(path, relative_sd=0.1)
    assert table.areas.entries == ("O 1s", "O 1s #2", "P 2p", "O 1s #3", "P 2p #2")
    assert table.areas.facets["sample"] == ("x = 0.3",) * 3 + ("x = 0.6",) * 2
    np.testing.assert_allclose(table.areas.value, [1200.5, 800.25, 640, 1500, 600])
    np.testing.assert_allclose(table.positions.value, [532.5, 531, 132.1, 532.45, 132])
    np.testing.assert_allclose(table.widths.value, [1.4, 1.3, 1.2, 1.42, 1.21])
    one = read_peak_table(path, relative_sd=0.1, sample="x = 0.6", assignments={"O 1s": "BO"})
    assert one.areas.entries == ("O 1s", "P 2p")
    np.testing.assert_allclose(one.areas.value, [1500, 600])
    with pytest.raises(BadInput, match=r"has no sample 'x = 1'; it has x = 0\.3, x = 0\.6"):
        read_peak_table(path, relative_sd=0.1, sample="x = 1")
    without = "\n".join(line.split("\t", 1)[-1] if "\t" in line else line for line in REPORT.split("\n")[2:5])
    plain = read_peak_table(write(tmp_path, without, "plain.csv"), relative_sd=0.1, sample="glass")
    assert plain.areas.facets["sample"] == ("glass", "glass")


XPSPEAK = """Peak          Position (eV) Area          FWHM (eV)     %GL (%)
0             532.500       1200.500      1.400         20.000
1             531.000       800.250       1.300         20.000
"""


def test_an_xpspeak_table_of_fixed_width(tmp_path):
    """A blank stands between the titles and before the unit of each."""
    table = read_peak_table(write(tmp_path, XPSPEAK, "par.txt"), relative_sd=0.1, assignments={"peak 0": "BO"})
    assert table.areas.entries == ("peak 0", "peak 1")
    np.testing.assert_allclose(table.areas.value, [1200.5, 800.25])
    np.testing.assert_allclose(table.positions.value, [532.5, 531])
    np.testing.assert_allclose(table.widths.value, [1.4, 1.3])
    with pytest.raises(
        BadInput,
        match=r"has 6 cells, but there are 5 titles; it is truncated, or a name contains the column "
        r"separator",
    ):
        read_peak_table(
            write(tmp_path, XPSPEAK.replace("0             5", "P 2p          5"), "par.txt"), relative_sd=0.1
        )


ORIGIN = "Peak Index\tPeak Type\tArea Intg\tFWHM\tMax Height\tCenter Grvty\tArea IntgP\n"


def test_an_origin_peak_analysis(tmp_path):
    text = ORIGIN + "1\tGaussian\t1200\t1.4\t800\t532.5\t60\n2\tGaussian\t800\t1.3\t580\t531\t40\n"
    table = read_peak_table(write(tmp_path, text, "peaks.txt"), relative_sd=0.1)
    np.testing.assert_allclose(table.areas.value, [1200, 800])
    np.testing.assert_allclose(table.positions.value, [532.5, 531])
    np.testing.assert_allclose(table.widths.value, [1.4, 1.3])


BESIDE = """Name,,"BO, bridging","NBO",,,,Name,,"P 2p","P 2p",,
Position,,"532.50","531.00",,,,Position,,"132.10","133.00",,
FWHM,,"1.40","1.30",,,,FWHM,,"1.20","1.20",,
Area,,"1200.50","800.25",,,,Area,,"400.00","200.00",,
Lineshape,,"LF(0.5,1,80,100,6)","GL(30)",,,,Lineshape,,"GL(30)","GL(30)",,
B.E.,"Cycle 0:glass:O1s Scan:CPS","O1s Scan:BO","O1s Scan:NBO","Background","Envelope",,B.E.,"Cycle 0:glass:P2p:CPS"
540.0,10.0,2,2,1,3,,140.0,5.0,1,1
539.9,12.5,2,2,1,3,,139.9,6.0,1,1
539.8,11.0,2,2,1,3,,139.8,5.5,1,1
539.7,10.5,2,2,1,3,,,,,
"""


def test_casaxps_rows_of_tables(tmp_path):
    path = write(tmp_path, BESIDE, "rows.csv")
    table = read_peak_table(path, relative_sd=0.1)
    assert table.areas.entries == ("BO, bridging", "NBO", "P 2p", "P 2p #2")
    np.testing.assert_allclose(table.areas.value, [1200.5, 800.25, 400, 200])
    np.testing.assert_allclose(table.positions.value, [532.5, 531, 132.1, 133])


def test_columns_of_charge_are_no_areas_of_peaks(tmp_path):
    """Two integrals were a table of peaks of a voltammogram, and 15 000 peaks took minutes and all memory."""
    head = "Pt,Vf,Im,Charge Integral,Cathodal Charge Integral\n"
    text = head + "".join(f"{k},0.1,1e-9,{k}e-9,{k}e-9\n" for k in range(40))
    with pytest.raises(BadInput, match="no column title for an area"):
        read_peak_table(write(tmp_path, text), relative_sd=0.1)


def test_more_rows_than_a_fit_has_peaks_are_a_map_or_a_record(tmp_path):
    text = "position,area\n" + "".join(f"{k},1\n" for k in range(1001))
    with pytest.raises(BadInput, match="has 1001 rows of peaks; one fit has at most 1000"):
        read_peak_table(write(tmp_path, text), relative_sd=0.1)
