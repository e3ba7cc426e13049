"""Writers of other programs for spectra: nmrglue, csdmpy, jcamp, spectrochempy, RosettaSciIO."""

from __future__ import annotations

import contextlib
import importlib
import io
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from studies.innocent_files._measurements import Measurement, Written, measurement

LARMOR_MHZ = 162.0


def _one(m: Measurement) -> Measurement:
    """The first spectrum alone, over an axis of even steps, for formats that state only ends and steps."""
    x = np.linspace(m.x[0], m.x[-1], m.x.size)
    return Measurement(m.technique, m.unit, x, m.y[:1], m.title, m.names[:1], (None, None))


def jcamp_file(place: Path, m: Measurement, _rng: np.random.Generator) -> Written:
    """JCAMP-DX of the package jcamp: lines of points, or ordinates alone."""
    jcamp = importlib.import_module("jcamp")
    path = place / "a.jdx"
    one = _one(m)
    kinds = {"Raman": "RAMAN SPECTRUM", "FTIR": "INFRARED SPECTRUM"}
    kinds |= {"31P NMR": "NMR SPECTRUM", "O 1s XPS": "XPS SPECTRUM"}
    units = {"cm-1": "1/CM", "ppm": "PPM", "eV": "EV"}
    x, y = one.x, one.y[0]
    data = {
        "x": x,
        "y": y,
        "title": "glass",
        "data type": kinds[m.technique],
        "xunits": units[m.unit],
        "yunits": "ARBITRARY UNITS",
        "jcamp-dx": "4.24",
        "npoints": x.size,
        "firstx": x[0],
        "lastx": x[-1],
        "xfactor": 1.0,
        "yfactor": 1.0,
        "firsty": y[0],
    }
    if m.technique == "31P NMR":
        data |= {".observe nucleus": "^31P", ".observe frequency": LARMOR_MHZ}
    with contextlib.redirect_stdout(io.StringIO()):  # it prints every line
        jcamp.writefile(str(path), data)
    return Written(path, one, close=1e-3)


def csdmpy_file(place: Path, _m: Measurement, rng: np.random.Generator) -> Written:
    """CSDM of csdmpy, as text (.csdf) and with its numbers in base64."""
    csdmpy = importlib.import_module("csdmpy")
    path = place / "a.csdf"
    one = _one(measurement(rng, columns=1, technique="31P NMR"))
    x = np.sort(one.x)
    step = float(x[1] - x[0])
    dimension = csdmpy.LinearDimension(
        count=x.size, increment=f"{step!r} ppm", coordinates_offset=f"{float(x[0])!r} ppm", label="shift"
    )
    y = one.y[0]
    values = csdmpy.as_dependent_variable(y, unit="")
    values.encoding = str(rng.choice(["base64", "none"]))
    csdmpy.CSDM(dimensions=[dimension], dependent_variables=[values]).save(str(path))
    truth = Measurement("31P NMR", "ppm", x[0] + step * np.arange(x.size), one.y, "", one.names, (None, None))
    return Written(path, truth)


def nmrglue_bruker(place: Path, _m: Measurement, rng: np.random.Generator) -> Written:
    """A processed spectrum of TopSpin as nmrglue writes it: 1r and procs."""
    bruker = importlib.import_module("nmrglue").bruker
    size = int(2 ** rng.integers(8, 12))
    width_hz, offset = float(rng.uniform(2e4, 6e4)), float(rng.uniform(50, 200))
    y = np.round(rng.normal(0, 2e4, size) + 1e7 * np.exp(-(((np.arange(size) - size / 3) / 20) ** 2)))
    processing = {
        "SI": size,
        "SF": LARMOR_MHZ,
        "SW_p": width_hz,
        "OFFSET": offset,
        "NC_proc": 0,
        "BYTORDP": 0,
        "DTYPP": 0,
        "YMAX_p": int(y.max()),
        "YMIN_p": int(y.min()),
        "AXNUC": "<31P>",
        "FTSIZE": size,
        "FT_mod": 6,
    }
    processing |= {"_coreheader": ["##TITLE= Parameter file, TopSpin 3.6"], "_comments": []}
    acquisition = {"NUC1": "<31P>", "SFO1": LARMOR_MHZ, "BF1": LARMOR_MHZ, "O1": 0.0, "SW_h": width_hz, "TD": 2 * size}
    acquisition |= {"SW": width_hz / LARMOR_MHZ, "_coreheader": ["##TITLE= Parameter file, TopSpin 3.6"]}
    folder = place / "exp" / "1"
    process = folder / "pdata" / "1"
    process.mkdir(parents=True)
    bruker.write_jcamp(acquisition | {"_comments": []}, str(folder / "acqus"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it guesses one dimension, rightly, and says so
        bruker.write_pdata(str(folder), {"procs": processing}, y.astype("int32"), pdata_folder=1, write_procs=True)
        _, stored = bruker.read_pdata(str(process), scale_data=False)
    step = width_hz / LARMOR_MHZ / size
    x = offset - step * np.arange(size)
    truth = Measurement("31P NMR", "ppm", x, np.asarray(stored, float)[None], "", ("spectrum",), (None, 0))
    return Written(folder, truth, odd=True)  # it scales the integers and leaves YMAX_p


def rosettasciio_msa(place: Path, _m: Measurement, rng: np.random.Generator) -> Written:
    """The EMSA/MAS text of hyperspy (RosettaSciIO): even steps in eV."""
    msa = importlib.import_module("rsciio.msa")
    path = place / "a.msa"
    one = _one(measurement(rng, columns=1, technique="O 1s XPS"))
    x = np.sort(one.x)
    axis = {"name": "Energy", "units": "eV", "size": x.size, "offset": float(x[0]), "scale": float(x[1] - x[0])}
    axis |= {"navigate": False, "index_in_array": 0}
    signal = {
        "data": one.y[0],
        "axes": [axis],
        "metadata": {"General": {"title": "glass"}, "Signal": {"signal_type": ""}},
    }
    msa.file_writer(str(path), signal | {"original_metadata": {}}, format=str(rng.choice(["Y", "XY"])))
    truth = Measurement("O 1s XPS", "eV", x[0] + (x[1] - x[0]) * np.arange(x.size), one.y, "", one.names, (None, None))
    return Written(path, truth, close=1e-3)


def spectrochempy_file(place: Path, _m: Measurement, rng: np.random.Generator) -> Written:
    """JCAMP-DX or CSV of spectrochempy."""
    scp = importlib.import_module("spectrochempy")
    kind = str(rng.choice(["jdx", "csv"]))
    one = _one(measurement(rng, columns=1, technique="FTIR"))
    x = scp.Coord(one.x, title="wavenumber", units="cm^-1")
    data = scp.NDDataset(one.y, coordset=[scp.Coord([0.0]), x], title="absorbance", units="absorbance", name="glass")
    path = place / f"a.{kind}"
    (data if kind == "jdx" else data.squeeze()).write(str(path), confirm=False)
    return Written(path, one, close=1e-3)


SPECTRAL: dict[str, tuple[Callable[..., Written], tuple[str, ...]]] = {
    "jcamp writefile": (jcamp_file, ("jcamp",)),
    "csdmpy save": (csdmpy_file, ("csdmpy",)),
    "nmrglue write_pdata": (nmrglue_bruker, ("nmrglue",)),
    "RosettaSciIO msa": (rosettasciio_msa, ("rsciio",)),
    "spectrochempy write": (spectrochempy_file, ("spectrochempy",)),
}
