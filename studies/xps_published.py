"""Published photoelectron fits two ways; ``python studies/xps_published.py FOLDER`` prints the tables.

FOLDER holds clones of KherveFitting/KherveFitting, theoechem/article_MAHE_2024_IL_pitfalls, FAIRmat-NFDI/pynxtools-xps
and cheminfo/xps-analysis. *Inserted*: their parameters in our shapes against the curves that their files store.
*Refitted*: the same lines on a background of the same name between the same ends, all parameters free, chi2 of both in
the same noise (square root of the rate; of unknown dwell times its scale follows from the residuals).
"""

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openpyxl

import spectra
from spectra import shapes, xps

KHERVE = "KherveFitting/DATA/UKSAF"


@dataclass(frozen=True)
class Published:
    """A stored fit over binding energies in eV: rates, background, components without it, and their parameters."""

    name: str
    kind: str
    x: np.ndarray
    rate: np.ndarray
    background: np.ndarray
    components: list[np.ndarray]
    peaks: list[tuple[str, float, dict[str, float]]]
    seconds: float = 0.0
    held: tuple[str, ...] = ()
    widest: float = 20.0


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
    return Published(name, kind, x, rate, background, own, peaks, seconds, ("mix",))


def iron(path: Path) -> Published:
    """FeO of pynxtools-xps: LF(0.54, 10, 80, 100, 6) and SGL(30) on U 3 Tougaard, text with ten and more columns."""
    rows = []
    for line in path.read_text().splitlines():
        cells = [cell for cell in line.split("\t") if cell.strip()]
        if len(cells) >= 15 and cells[0][0].isdigit():
            rows.append([float(cell) for cell in cells])
    values = np.array(rows)[::-1].T
    x, rate, *components, background, _ = values[8:16]
    scale = {"damping": 5.05, "gauss_fwhm": 0.847, "fwhm": 0.364}  # of the width that CasaXPS prints
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
    return Published("FeO Fe 2p", "U 3 Tougaard", x, rate, background, own, peaks, 2.0, held, widest=8.0)


def inserted(one: Published) -> list[tuple[float, float]]:
    """Largest difference of curves over their height, and area over the published one, per line.

    Only inside the ends of their fit, where a background is: outside it lies on the data.
    """
    found = []
    inside = ends(one)
    for (shape, area, quantities), stored in zip(one.peaks, one.components, strict=True):
        kind = shapes.shape_named(shape)
        ours = kind(one.x, area, *(quantities[name] for name in kind.quantities))
        difference = np.abs(ours - stored)[inside].max() / stored.max()
        found.append(
            (
                float(difference),
                float(np.trapezoid(ours[inside], one.x[inside]) / np.trapezoid(stored[inside], one.x[inside])),
            )
        )
    return found


def ends(one: Published) -> slice:
    """Points between the ends of their background."""
    off = np.flatnonzero(np.abs(one.background - one.rate) > 1e-6 * one.rate.max())
    return slice(int(off[0]), int(off[-1]) + 1)


def refitted(one: Published) -> tuple[float, float, int, list[tuple[float, float]], list[float]]:
    """chi2 of theirs and ours over the same points, our free parameters, our areas with sds, theirs."""
    inside = ends(one)
    low, high = one.x[inside][[0, -1]]
    noise = np.sqrt(np.maximum(one.rate, 1.0) / (one.seconds or 1.0))
    source = "given" if one.seconds else "estimated"
    region = spectra.from_arrays(
        one.x, one.rate, axis="binding_energy", noise=noise, noise_source=source, technique="XPS"
    )
    losses = (551.0, -1.0, 436.0) if one.kind.startswith("U 3") else None
    flat = xps.subtract_background(region, one.kind, ends=(low - 1e-6, high + 1e-6), averaged=5, losses=losses)
    peaks, links = [], []
    for number, (shape, area, quantities) in enumerate(one.peaks):
        starts = {"area": area} | {k: started(k, v, one.widest) for k, v in quantities.items()}
        peaks.append(spectra.peak(f"p{number}", starts, shape=shape))
        held = set(one.held) & set(quantities)
        links += [f"p{number}_{name} = {quantities[name]:.8g}" for name in sorted(held)]
    model = spectra.Model("", "binding_energy", tuple(peaks), links=tuple(links))
    found = spectra.fit(flat, model, restarts=4, check=False)
    fit_noise = noise[inside]
    stored = sum(one.components) + one.background
    theirs = float(np.sum(((one.rate - stored)[inside] / fit_noise) ** 2))
    ours = float(np.sum((found.curves["residual"].values / fit_noise) ** 2))
    areas = list(zip(found.areas.value.values.tolist(), found.areas.sd.values.tolist(), strict=True))
    return theirs, ours, len(model.all_parameters) - len(links), areas, [area for _, area, _ in one.peaks]


def started(name: str, value: float, widest: float) -> float | tuple[float, float, float]:
    """A start and the window around it: a line does not leave its place, a width stays one."""
    if name == "center":
        return (value, value - 0.4, value + 0.4)  # further, and near lines change places
    if name in ("fwhm", "gauss_fwhm", "lorentz_fwhm"):
        return (max(value, 0.02), 0.01, min(3 * value + 0.5, widest))
    return value


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
    return [
        kherve(folder, "LaSrTiO3.xlsx", "O1s", "voigt", oxygen),
        kherve(folder, "STO_2doublets.xlsx", "Ti2p", "gl_sum", titanium),
        kherve(folder, "STO_2doublets.xlsx", "Sr3d", "gl_sum", strontium),
        casa(theo / "20240228_Au_MPPipTFSIIol3_Au_4f.csv", "Au 4f", "gl_product", gold),
        iron(text),
    ]


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


def told_areas(areas: list[tuple[float, float]], published: list[float]) -> str:
    """Ours with their sds, theirs in brackets."""
    return ", ".join(f"{a:.0f} +- {sd:.0f} ({b:.0f})" for (a, sd), b in zip(areas, published, strict=True))


if __name__ == "__main__":
    for one in all_fits(Path(sys.argv[1])):
        told = ", ".join(f"{100 * curve:.2f} %, {area:.4f}" for curve, area in inserted(one))
        theirs, ours, free, areas, published = refitted(one)
        print(
            f"| {one.name} | {told} | {theirs:.1f} | {ours:.1f} | {free} | {told_areas(areas, published)} |", flush=True
        )
    for name, areas, published in refitted_alone(Path(sys.argv[1])):
        print(f"| {name} | | | | | {told_areas(areas, published)} |", flush=True)
