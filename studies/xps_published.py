"""Published photoelectron fits; ``python studies/xps_published.py FOLDER`` prints the tables of the page.

FOLDER holds clones of KherveFitting/KherveFitting, theoechem/article_MAHE_2024_IL_pitfalls, FAIRmat-NFDI/pynxtools-xps
and cheminfo/xps-analysis. What is done with a fit stands in ``xps_refits.py``. Ties between lines are those that
KherveFitting prints beside its parameters and that CasaXPS stores in a VAMAS file; of exports without them, those that
their numbers keep to four digits (3:4 and one width of Au 4f, 1:2, 1.18 eV and one width of S 2p).
"""

import csv
import json
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import openpyxl

import spectra
from spectra import shapes, xps

sys.path.insert(0, str(Path(__file__).parents[1]))

from studies.xps_refits import WEIGHTS, Published, as_fitted, freely, inserted, inside_the_fit, own_curves

KHERVE = "KherveFitting/DATA/UKSAF"
CORE, GAUSSIAN = 0.3791, 0.8396
"""Widths of LA(1.53, 243)'s core and of its Gaussian over the width that CasaXPS prints: of four exported curves."""
LF_CORE, LF_GAUSSIAN, LF_DAMPING = 0.364, 0.847, 5.05
"""The same of LF(0.54, 10, 80, 100, 6): of two exported curves."""
OXYGEN = "20240228_Au_Nadep_from_MPPipTFSI4AMSIol3_O_1s.csv"
SHARED = tuple(f"p{number}_{name} = p0_{name}" for number in (1, 2, 3) for name in ("fwhm", "mix"))
PAIR = ("p{1}_center - p{0}_center >= {2}", "p{1}_center - p{0}_center <= {3}")
AREAS = ("p{1}_area - {2}*p{0}_area >= 0", "p{1}_area - {3}*p{0}_area <= 0")


def kherve(folder: Path, book: str, sheet: str, shape: str, rows: list[list[float]], kind: str = "Smart") -> Published:
    """A fit of a KherveFitting workbook; ``rows`` are area, center and widths as its table prints them."""
    table = openpyxl.load_workbook(folder / KHERVE / book, data_only=True)[sheet]
    titles = [str(cell.value) for cell in table[1]]
    columns = {
        name: np.array([row[k] for row in table.iter_rows(min_row=2, values_only=True) if row[0] is not None], float)
        for k, name in enumerate(titles)
        if name in ("BE", "Raw Data", "Background", "Calculated Fit")
    }
    first = titles.index("Calculated Fit") + 1
    parts = [
        np.array([row[first + k] for row in table.iter_rows(min_row=2, values_only=True) if row[0] is not None], float)
        for k in range(len(rows))
    ]
    order = np.argsort(columns["BE"])
    names = shapes.shape_named(shape).quantities
    peaks = [(shape, row[0], dict(zip(names, row[1:], strict=True))) for row in rows]
    own = [(part - columns["Background"])[order] for part in parts]
    x, rate, under = (columns[name][order] for name in ("BE", "Raw Data", "Background"))
    return Published(f"{Path(book).stem} {sheet}", kind, x, rate, under, own, peaks)


def platinum(path: Path) -> Published:
    """Pt 4f of KherveFitting's JSON: LA without a Gaussian, whose printed areas are those between the ends."""
    stored = json.loads(path.read_text())["Core levels"]["Pt4f1"]
    x, rate, under = (
        np.array(part)[::-1] for part in (stored["B.E."], stored["Raw Data"], stored["Background"]["Bkg Y"])
    )
    lines = stored["Fitting"]["Peaks"].values()
    own = [np.array(line["y_values"])[::-1] for line in lines]
    peaks = [
        ("la", line["Area"], {"center": line["Position"], "fwhm": line["FWHM"], "alpha": 0.85, "beta": 2.01})
        for line in lines
    ]
    links = tuple(f"p1_{name} = p0_{name}" for name in ("fwhm", "alpha", "beta"))
    limits = pairs(PAIR, 0, 1, 3.1, 3.5) + pairs(AREAS, 0, 1, 0.7, 0.8)
    return Published("Pt 4f", "Smart", x, rate, under, own, peaks, links=links, limits=limits, windowed=True)


def pairs(texts: tuple[str, str], first: int, second: int, least: float, most: float) -> tuple[str, ...]:
    """Limits of one line against another."""
    return tuple(text.format(first, second, least, most) for text in texts)


def casa(path: Path, name: str, shape: str, rows: list[list[float]], kind: str = "Shirley") -> Published:
    """A CasaXPS export with columns for energy, rate, components, background, envelope."""
    with path.open() as lines:
        cells = list(csv.reader(lines))
    values = np.array([[float(cell) for cell in row[: 4 + len(rows)]] for row in cells[4:] if row and row[0]])[::-1].T
    x, rate, *components, background, _ = values
    names = shapes.shape_named(shape).quantities
    peaks = [(shape, row[0], dict(zip(names, row[1:], strict=True))) for row in rows]
    seconds = float(cells[2][3])
    own = [part - background for part in components]
    return Published(name, kind, x, rate, background, own, peaks, seconds, ("mix", "alpha", "beta"))


def la(area: float, center: float, printed: float) -> list[float]:
    """Area, center and the quantities of ``la_gauss`` of a line LA(1.53, 243) with the width that CasaXPS prints."""
    return [area, center, CORE * printed, 1.53, 1.53, GAUSSIAN * printed]


def iron(path: Path) -> Published:
    """FeO of pynxtools-xps: LF(0.54, 10, 80, 100, 6) and SGL(30) on U 3 Tougaard, text with ten and more columns."""
    rows = []
    for line in path.read_text().splitlines():
        cells = [cell for cell in line.split("\t") if cell.strip()]
        if len(cells) >= 15 and cells[0][0].isdigit():
            rows.append([float(cell) for cell in cells])
    values = np.array(rows)[::-1].T
    x, rate, *components, background, _ = values[8:16]
    scale = {"damping": LF_DAMPING, "gauss_fwhm": LF_GAUSSIAN, "fwhm": LF_CORE}
    lf = [
        ("lf_gauss", area, {"center": c, "alpha": 0.54, "beta": 10.0, **{k: v * w for k, v in scale.items()}})
        for area, c, w in ((63507.37, 709.12, 3.8576), (49042.13, 722.2, 4.873))
    ]
    sgl = [
        ("gl_sum", area, {"center": c, "fwhm": w, "mix": 0.3})
        for area, c, w in ((35837.06, 716.0, 8.0), (17705.16, 729.89, 7.8295))
    ]
    peaks = [lf[0], sgl[0], lf[1], sgl[1]]
    own = [part - background for part in components]
    held = ("alpha", "beta", "damping", "mix")
    links = tuple(
        f"p{number}_{name} = {scale[name] / LF_CORE:.8g}*p{number}_fwhm"
        for number in (0, 2)
        for name in ("damping", "gauss_fwhm")
    )
    name = "FeO Fe 2p, LF(0.54,10,80,100,6)"
    return Published(name, "U 3 Tougaard", x, rate, background, own, peaks, 2.0, held, 8.0, links)


def all_fits(folder: Path) -> list[Published]:
    """Every stored fit, with the parameters that its source prints: area, center, widths and mixing."""
    theo = folder / "article_MAHE_2024_IL_pitfalls/data/xps_raw"
    text = folder / "pynxtools-xps/tests/data/vms_analysis/FeO_analyzed_lineshapes_cols.txt"
    oxygen = [[11455, 529.93, 1.02, 0.33], [7372, 532.32, 1.89, 0.04], [12191, 530.56, 1.56, 0.03]]
    titanium = [[21148, 458.02, 1.13, 0.3342], [11433, 463.75, 2.10, 0.3342]]
    strontium = [
        [16004, 132.52, 1.01, 0.2175],
        [11162, 134.27, 1.01, 0.2175],
        [1816, 133.33, 1.01, 0.2175],
        [1120, 135.10, 1.01, 0.2175],
    ]
    gold = [[34711, 83.987, 0.9076, 0.9], [26034, 87.657, 0.9076, 0.9]]  # places and width as their curves have them
    pair = [la(6913, 168.278, 1.141), la(3457, 169.458, 1.141)]
    liquid = [la(8435, 531.90, 2.162), la(1389, 533.64, 1.596)]  # widths as their curves have them
    wide = GAUSSIAN / CORE
    ratios = pairs(AREAS, 0, 1, 0.617, 0.717) + pairs(AREAS, 0, 2, 0.10, 0.12) + pairs(AREAS, 2, 3, 0.617, 0.717)
    places = pairs(PAIR, 0, 1, 1.5, 1.9) + pairs(PAIR, 0, 2, 0.71, 0.91) + pairs(PAIR, 2, 3, 1.5, 1.9)
    return [
        kherve(folder, "LaSrTiO3.xlsx", "O1s", "voigt", oxygen),
        replace(
            kherve(folder, "STO_2doublets.xlsx", "Ti2p", "gl_sum", titanium),
            links=("p1_mix = p0_mix",),
            limits=pairs(PAIR, 0, 1, 5.5, 5.9) + pairs(AREAS, 0, 1, 0.45, 0.55),
        ),
        replace(
            kherve(folder, "STO_2doublets.xlsx", "Sr3d", "gl_sum", strontium), links=SHARED, limits=places + ratios
        ),
        replace(
            casa(theo / "20240220_Au_MPPipTFSI4AMSIol3_S_2p.csv", "S 2p, LA(1.53,243)", "la_gauss", pair),
            links=(
                *(f"p{number}_gauss_fwhm = {wide:.8g}*p0_fwhm" for number in (0, 1)),
                *("p1_fwhm = p0_fwhm", "p1_area = 0.5*p0_area", "p1_center = p0_center + 1.18"),
            ),
        ),
        replace(
            casa(theo / OXYGEN, "O 1s of the same source, LA(1.53,243)", "la_gauss", liquid),
            links=tuple(f"p{number}_gauss_fwhm = {wide:.8g}*p{number}_fwhm" for number in (0, 1)),
        ),
        replace(
            casa(theo / "20240228_Au_MPPipTFSIIol3_Au_4f.csv", "Au 4f, GL(90)", "gl_product", gold),
            links=("p1_area = 0.75*p0_area", "p1_center = p0_center + 3.67", "p1_fwhm = p0_fwhm"),
        ),
        platinum(folder / KHERVE / "Pt4f.json"),
        iron(text),
    ]


def cellulose(path: Path) -> tuple[str, list[tuple[float, float]], list[float]]:
    """C 1s of cellulose with the ends, shapes, ties and limits that CasaXPS stored in its VAMAS file.

    Its name says chi2 with the printed areas, places and widths held (of the first two lines what LA has of a Gaussian
    stays free: its scale is not public), and chi2 of our fit.
    """
    region = spectra.read(path, block="C 1s")
    photons = float(region.photon_energy)
    flat = xps.subtract_background(region, "Shirley", ends=(photons - 1203.2516, photons - 1193.3129), averaged=2)
    wide = {"fwhm": (0.5, 0.1, 3.0), "gauss_fwhm": (0.8, 0.1, 3.0)}
    low, high = photons - 1197.7546, photons - 1197.3546
    third = {"center": (low, low, high), "fwhm": (0.8, 0.25, 2.0), "mix": 0.3}
    fourth = {"center": (284.9, 284.8, 285.2), "fwhm": (0.8, 0.25, 6.25), "mix": 0.3}
    lines = (
        spectra.peak("p0", {"center": (286.8, 286.3, 287.2), **wide, "alpha": 1.4, "beta": 1.7}, shape="la_gauss"),
        spectra.peak("p1", {"center": (288.2, 287.8, 288.6), **wide, "alpha": 1.4, "beta": 1.6}, shape="la_gauss"),
        spectra.peak("p2", third, shape="gl_product"),
        spectra.peak("p3", fourth, shape="gl_product"),
    )
    ties = ["p0_alpha = 1.4", "p0_beta = 1.7", "p1_alpha = 1.4", "p1_beta = 1.6", "p2_mix = 0.3", "p3_mix = 0.3"]
    ties += ["p1_area = 0.2048*p0_area", "p1_gauss_fwhm = p0_gauss_fwhm"]
    seconds = float(region.dwell_time * region.scans)
    printed = [f"p{number}_area = {seconds * area:.8g}" for number, area in ((0, 4830.0138), (2, 56.81), (3, 100.408))]
    printed += ["p0_center = 286.7736", "p1_center = 288.1951", f"p2_center = {low:.8g}", "p3_center = 284.8712"]
    printed += ["p2_fwhm = 0.8292", "p3_fwhm = 0.74742"]
    found = [
        spectra.fit(flat, spectra.Model("C 1s XPS", "binding_energy", lines, links=links), restarts=4, check=False)
        for links in ((*ties, *printed), tuple(ties))
    ]
    areas = xps.rates(found[1])
    name = f"cellulose C 1s as fitted, chi2 {found[0].chi2:.0f} with its numbers, {found[1].chi2:.0f} ours"
    return name, list(zip(areas.value.values, areas.sd.values, strict=True)), [4830.0, 989.2, 56.8, 100.4]


def refitted_alone(folder: Path) -> list[tuple[str, list[tuple[float, float]], list[float]]]:
    """Fits whose files store no curve: our areas (counts/s x eV) with sds by our model, and theirs."""
    book = openpyxl.load_workbook(folder / KHERVE / "Hard_carbon_Thermo_Kfitting.xlsx", data_only=True)["O1s"]
    x, rate = np.array([row[:2] for row in book.iter_rows(min_row=2, values_only=True)], float)[::-1].T
    oxygen = spectra.from_arrays(
        x, rate, axis="binding_energy", noise=np.sqrt(rate), noise_source="estimated", technique="O 1s XPS",
        intensity_unit="counts/s",
    )  # fmt: skip
    oxygen = xps.prepare(oxygen, photon_energy=1486.68, monochromatic=True, reference="as filed")
    stored = folder / "xps-analysis/src/from/__tests__/data"
    carbon = spectra.read(stored / "cellulose_fitted_following_briggs.vms", block="C 1s")
    carbon = xps.prepare(carbon, reference="as filed")
    four = {"C-O": (286.4, 287.1), "O-C-O": (287.9, 288.5), "degraded": (288.7, 289.4), "adventitious": (284.7, 285.3)}
    values = {"alpha": 1.4, "beta": 1.7}
    found = []
    for name, region, lines, theirs, more in (
        ("hard carbon O 1s, Na KLL", oxygen, {"oxide": (531.0, 534.5)}, [8353.0, 765.0], {}),
        ("cellulose C 1s", carbon, four, [4830.0, 989.2, 56.8, 100.4], {"shape": "la_gauss", "shape_values": values}),
    ):
        model = xps.model(region, list(lines), windows=lines, **more)
        areas = xps.rates(spectra.fit(region, model, restarts=4, check=False))
        found.append((name, list(zip(areas.value.values.tolist(), areas.sd.values.tolist(), strict=True)), theirs))
    return found


def alone(found: tuple[str, list[tuple[float, float]], list[float]]) -> str:
    """A row of a fit whose file stores no curve."""
    name, areas, published = found
    told = (f"{a:.0f} +- {sd:.0f} ({b:.0f}; {(a - b) / sd:+.1f})" for (a, sd), b in zip(areas, published, strict=True))
    return f"| {name} | {', '.join(told)} |"


if __name__ == "__main__":
    here = Path(sys.argv[1])
    fits = all_fits(here)
    for one in fits:
        curves = ", ".join(f"{100 * curve:.2f} %, {area:.4f}" for curve, area in inserted(one))
        print(f"| {one.name} | {curves} |", flush=True)
    for one in fits:
        for weights in WEIGHTS:
            print(f"| {one.name} | {weights} | {as_fitted(one, weights).told()} |", flush=True)
    for refit in (partial(inside_the_fit, tied=True), freely, partial(inside_the_fit, tied=False)):
        refits = {one.name: refit(one) for one in fits}
        for name, found in refits.items():
            print(f"| {name} | {found.told()} |", flush=True)
        for name, found in refits.items():
            print(f"| {name} | {found.others or '-'} |", flush=True)
    for one in fits:
        told = (f"{factor:.4f} +- {sd:.4f}" for factor, sd in zip(*own_curves(one), strict=True))
        print(f"| {one.name} | {', '.join(told)} |", flush=True)
    print(alone(cellulose(here / "xps-analysis/src/from/__tests__/data/cellulose_fitted_following_briggs.vms")))
    for found in refitted_alone(here):
        print(alone(found), flush=True)
