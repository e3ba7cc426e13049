"""Backgrounds of photoelectron regions with equation, parameters, source and a picture each, for the site."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

Array = npt.NDArray[np.float64]
REGION = (450.0, 500.0)
LEVEL, SLOPE = 400.0, -2.0
EXACT = 1e-9
"""Counts: noise that no picture shows."""


@dataclass(frozen=True)
class Kind:
    """A background: what programs call it, its equation, its parameters, who published it."""

    name: str
    elsewhere: str
    equation: str
    parameters: str
    source: str
    call: str


SHIRLEY = "D. A. Shirley, 10.1103/PhysRevB.5.4709"
FITTED = (
    Kind(
        "Linear, fitted",
        "CasaXPS, XPSPEAK: Linear",
        "c0 + c1 t, t from -1 to 1 over the region",
        "c0, c1 (intensity)",
        "",
        "background='linear'",
    ),
    Kind(
        "Shirley, active",
        "CasaXPS: none; the active approach of others",
        "c0 + c1 t + k int S dE', S the sum of the fitted lines, from the end of low binding energy",
        "c0, c1; k (1/eV)",
        f"{SHIRLEY}; active: A. Herrera-Gomez et al., 10.1002/sia.5453",
        "background='shirley'",
    ),
    Kind(
        "U 2 Tougaard, active",
        "CasaXPS: U 2 Tougaard; XPSPEAK: Tougaard",
        "int K(E - E') (S + B) dE', K(T) = B T / (C + C' T^2)^2 with C = 1643 eV^2, C' = 1",
        "B (eV^2) is fitted",
        "S. Tougaard, 10.1016/0038-1098(87)90166-9",
        "background='tougaard'",
    ),
    Kind(
        "U 3 Tougaard, active",
        "CasaXPS: U 3 Tougaard",
        "K(T) = B T / ((C - T^2)^2 + D T^2), C and D of the material",
        "B (eV^2) is fitted",
        "S. Tougaard, 10.1002/(SICI)1096-9918(199703)25:3&lt;137::AID-SIA230&gt;3.0.CO;2-L",
        "background=[backgrounds.tougaard(c=551.0, c_prime=-1.0, d=436.0), backgrounds.linear()]",
    ),
    Kind(
        "U 4 Tougaard, active",
        "CasaXPS: U 4 Tougaard",
        "K(T) = B T / ((C + C' T^2)^2 + D T^2)",
        "B (eV^2) is fitted; C, C', D on request",
        "R. Hesse, R. Denecke, 10.1002/sia.3746",
        "background=[backgrounds.tougaard(c=551.0, c_prime=-0.5, d=300.0), backgrounds.linear()]",
    ),
)
STATIC = (
    Kind(
        "Linear, static",
        "CasaXPS, XPSPEAK: Linear",
        "I1 + (I2 - I1) (E - E1) / (E2 - E1)",
        "ends, averaged points",
        "",
        "xps.subtract_background(region, 'Linear')",
    ),
    Kind(
        "Shirley, static",
        "CasaXPS, XPSPEAK: Shirley",
        "I1 + (I2 - I1) int_E1^E (I - B) / int_E1^E2 (I - B), iterated",
        "ends, averaged points",
        f"{SHIRLEY}; A. Proctor, P. M. A. Sherwood, Anal. Chem. 54, 13 (1982)",
        "xps.subtract_background(region, 'Shirley')",
    ),
    Kind(
        "Smart",
        "CasaXPS: Smart, with a step of its own; KherveFitting: Smart",
        "Shirley where I2 > I1, else Linear; cut to the data",
        "ends, averaged points",
        "as Shirley; cut as in KherveFitting",
        "xps.subtract_background(region, 'Smart')",
    ),
    Kind(
        "U 2 Tougaard, static",
        "CasaXPS: U 2 Tougaard; XPSPEAK: Tougaard",
        "I1 + int_E1^E K(E - E') (I - I1) dE', B from B(E2) = I2",
        "ends, averaged points",
        "S. Tougaard, 10.1016/0038-1098(87)90166-9",
        "xps.subtract_background(region, 'U 2 Tougaard')",
    ),
)


def region() -> tuple[xr.Dataset, Array]:
    """Simulated 2p doublet with losses of U 3 Tougaard (C = 551, D = 436 eV^2), and its true background."""
    import spectra
    from spectra import backgrounds

    x = np.arange(*REGION, 0.1)
    lines = tuple(
        spectra.peak(name, {"area": area, "center": center, "fwhm": width, "fraction": 0.3})
        for name, area, center, width in (("a", 12000.0, 458.5, 1.2), ("b", 6000.0, 464.2, 2.0))
    )
    parts = (backgrounds.tougaard(b=300.0, c=551.0, c_prime=-1.0, d=436.0), backgrounds.linear())
    model = spectra.Model("", "binding_energy", lines, background=parts)
    values = {"background_c0": LEVEL, "background_c1": SLOPE * (x[-1] - x[0]) / 2}
    made = spectra.simulate(model, x, values, counts=True, rng=np.random.default_rng(1))
    exact = spectra.simulate(model, x, values, noise=EXACT, rng=np.random.default_rng(1)).intensity.values
    alone = spectra.Model("", "binding_energy", lines)
    without = spectra.simulate(alone, x, noise=EXACT, rng=np.random.default_rng(1)).intensity.values
    named = made.assign_coords(technique="Ti 2p XPS", photon_energy=1486.6, charge_shift=0.0, monochromatic=True)
    named["intensity"].attrs["units"] = "counts"
    return named, exact - without


def page() -> str:
    """The part of the page of backgrounds that belongs to photoelectron spectra."""
    spectrum, truth = region()
    head = (
        "\n## Photoelectron regions\n\n"
        "One simulated region (2p lines at 458.5 and 464.2 eV whose electrons lost energy as "
        "U 3 Tougaard says; the dashed line is what it was made with) under every background. A background of the fit "
        "is computed from the fitted lines and has errors; a static one repeats what other programs take away, and has "
        "none. Over 50 eV no Shirley follows losses. Where one lies above the data, below them where "
        "no line is, or below zero counts, the fit says so (`background-above-data`, `background-below-data`, "
        "`background-below-zero`).\n"
    )
    parts = [head]
    for title, kinds in (("Inside the fit", FITTED), ("Static, before the fit", STATIC)):
        parts.append(f"### {title}\n")
        parts += [_section(kind, spectrum, truth) for kind in kinds]
    return "\n".join(parts)


def _section(kind: Kind, spectrum: xr.Dataset, truth: Array) -> str:
    rows = [("elsewhere", kind.elsewhere), ("equation", f"`{kind.equation}`"), ("parameters", kind.parameters)]
    rows += [("source", kind.source)] if kind.source else []
    rows.append(("call", f"`{kind.call}`"))
    table = "| | |\n|---|---|\n" + "\n".join(f"| {name} | {text} |" for name, text in rows)
    picture = _picture(spectrum, truth, curve(kind, spectrum))
    image = f'<img alt="{kind.name} under a simulated 2p region" width="480" src="data:image/png;base64,{picture}">'
    return f"#### {kind.name}\n\n{table}\n\n{image}\n"


def curve(kind: Kind, spectrum: xr.Dataset) -> Array:
    """The background of a kind under the region."""
    import spectra
    from spectra import backgrounds, xps

    if kind in STATIC:
        name = kind.name.removesuffix(", static")
        return np.asarray(xps.subtract_background(spectrum, name, averaged=9).baseline.values)
    word = kind.call.removeprefix("background=")
    known = {FITTED[3].name: (551.0, -1.0, 436.0), FITTED[4].name: (551.0, -0.5, 300.0)}
    if kind.name in known:
        c, c_prime, d = known[kind.name]
        chosen = [backgrounds.tougaard(c=c, c_prime=c_prime, d=d), backgrounds.linear()]
    else:
        chosen = word.strip("'")
    model = xps.model(spectrum, ["Ti"], windows={"Ti": (457.0, 460.0)}, background=chosen, free_doublet=("fwhm",))
    return np.asarray(spectra.fit(spectrum, model, check=False).curves["background"].values)


def _picture(spectrum: xr.Dataset, truth: Array, background: Array) -> str:
    from matplotlib.figure import Figure

    from shortrange_core.colours import BLUE, GREY

    x = spectrum["binding_energy"].values
    figure = Figure(figsize=(5.2, 2.6), layout="constrained")
    axes = figure.subplots()
    axes.plot(x, spectrum["intensity"].values, color=GREY, lw=0.8, label="simulated counts")
    axes.plot(x, truth, color="black", lw=1.0, ls="--", label="background it was made with")
    axes.plot(x, background, color=BLUE, lw=1.5, label="background found")
    axes.set(xlim=(REGION[1], REGION[0]), ylim=(0, 4500), xlabel="binding energy / eV", ylabel="counts")
    axes.legend(frameon=False, fontsize="small", loc="upper left")
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=110)
    return base64.b64encode(target.getvalue()).decode("ascii")
