"""Write the stored files beside this script, and numbers.json with key numbers of every record in them.

They were written by the code of commit 8c0a7edafd, when a record was stored under the module of its class. Everything
in them is simulated. The script names the modules of that commit: check it out to run it again.

    python tests/data/november/make.py
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from leaves import at, plain

import electrochemistry as ec
import reference_peaks
import shortrange
import shortrange_core as core
import spectra
import structure
from reference_peaks import Prior
from spectra import backgrounds, raman, xps, nmr, shapes
from spectra.models import Default

HERE = Path(__file__).parent
OXYGEN = {"BO": Default(532.5, 0.2, "a"), "NBO": Default(531.0, 0.2, "a")}

CASA = """peak,position,fwhm,area,area sd
BO,532.5,1.4,1200,24
NBO,531.0,1.3,800,16
"""

RECIPE = """schema = 1
title = "two simulated glasses"
simulated = true
cation = "Na"
phase = "glass"
seed = 0
units = ["P:S4", "P:S3O", "P:S3/S"]
free = ["Na2S", "S"]

[techniques."31P NMR"]
lines = ["P:S4 + P:S3O", "P:S3/S"]
reference = "85% H3PO4"
evidence = "fractions"
[techniques."31P NMR".windows]
"P:S3/S" = [90.0, 96.0]

[[alternatives]]
name = "93 ppm is P2S6"
technique = "31P NMR"
line = "P:S3/S"
read_as = "P:S3~P"

[[samples]]
name = "x = 0.00"
composition = "Na3PS4"
x = 0.0
[[samples.spectra]]
technique = "31P NMR"
file = "a.csv"

[[samples]]
name = "x = 0.15"
composition = "Na3PS3.85O0.15"
x = 0.15
[[samples.spectra]]
technique = "31P NMR"
file = "b.csv"
"""


def gaussian_spectrum(*lines: tuple[float, float, float], seed: int, points: int = 81) -> xr.Dataset:
    x = np.linspace(-20.0, 20.0, points)
    clean = 1 + sum(shapes.gaussian(x, *line) for line in lines)
    noise = np.random.default_rng(seed).normal(0, 0.1, x.size)
    return spectra.from_arrays(x, clean + noise, axis="raman_shift", noise=0.1)


def gaussian_line(name: str, at: float, prior: Prior | None = None) -> spectra.Peak:
    start = {"center": prior or (at, at - 2, at + 2), "fwhm": (4.0, 1.0, 9.0)}
    return spectra.peak(name, start, shape="gaussian", assignment="P:S4")


def region(lines: list[tuple[float, float, float]], low: float, high: float, technique: str, seed: int) -> xr.Dataset:
    x = np.arange(low, high, 0.2)
    y = 300 + 3 * (x - low) + sum(shapes.gaussian(x, *line) for line in lines)
    counts = np.random.default_rng(seed).poisson(y).astype(float)
    made = spectra.from_arrays(x, counts, axis="binding_energy", counts=counts, technique=technique)
    return xps.prepare(made, photon_energy=1486.6, charge_shift=0.0, charge_sd=0.1)


def spectra_records(folder: Path) -> dict[str, Any]:
    flat = (backgrounds.constant(),)
    prior = Prior(0.3, 0.2, "a prior")
    one = spectra.Model("Raman", "raman_shift", (gaussian_line("a", 0.0, prior),), flat)
    two = spectra.Model(
        "Raman", "raman_shift", (gaussian_line("a", 0.0, prior), gaussian_line("b", 9.0)), flat,
        links=("b_fwhm = a_fwhm",), constraints=("b_area <= 2*a_area",),
    )  # fmt: skip
    spectrum = gaussian_spectrum((5.0, 0.3, 4.0), (3.0, 9.0, 4.0), seed=1)
    fit = spectra.fit(spectrum, two)
    together = spectra.fit_together(
        {"low": spectrum, "high": gaussian_spectrum((7.0, 0.3, 4.0), (2.0, 9.0, 4.0), seed=2)}, two, shared=["a_center"]
    )
    (folder / "casa.csv").write_text(CASA)
    delays = np.geomspace(5.0, 900.0, 9)
    silicon = np.arange(490.0, 550.0, 0.5)
    peak = 100 + 5000 * np.exp(-4 * np.log(2) * ((silicon - 518.7) / 5) ** 2)
    oxygen = region([(3000.0, 532.5, 1.5), (9000.0, 531.0, 1.5), (2500.0, 529.7, 1.3)], 526.0, 534.6, "O 1s XPS", 3)
    _, candidates = xps.candidates(
        oxygen, ["BO", "NBO"], ["oxide"], priors=OXYGEN, windows={"oxide": (529.0, 530.2)}
    )
    pair = [(3000.0, 132.0, 1.3), (1500.0, 132.85, 1.3)]
    new = [(450.0, 127.8, 1.3), (225.0, 128.65, 1.3)]
    contact = [region(lines, 125.0, 138.0, "P 2p XPS", seed) for seed, lines in ((4, pair), (5, pair + new))]
    return {
        "fit": fit,
        "profile": spectra.profile(fit, ["a_area"]),
        "bootstrap": spectra.bootstrap(fit, count=20, rng=np.random.default_rng(0)),
        "together": together,
        "comparison": spectra.compare(spectrum, {"one": one, "two": two}),
        "budget": spectra.error_budget(spectrum, one),
        "identifiability": spectra.identifiability(fit),
        "residuals": spectra.residual_tests(fit),
        "peak table": spectra.read_peak_table(folder / "casa.csv"),
        "recovery": nmr.recovery(delays, 10 * (1 - np.exp(-delays / 90.0)), np.full(delays.size, 0.1)),
        "calibration": raman.calibrate(
            spectra.from_arrays(silicon, peak, axis="raman_shift", noise=1.0), "silicon"
        ),
        "surface": candidates,
        "interface": xps.reaction(*contact, ["P:S4"], "Na3P"),
        "maxima": spectra.find_maxima(spectrum),
        "blocks": spectra.contents(folder / "a.csv"),
    }


def structure_records() -> dict[str, Any]:
    glass, units = structure.composition("50Na2O-50P2O5"), ("P:O/O3", "P:O2/O2", "P:O3/O")
    evidence = (structure.statement("P2", value=0.9, sd=0.02),)
    pair = [structure.Glass(name, x, glass, evidence) for name, x in (("a", 0.0), ("b", 1.0))]
    truth = {"P:S4": 0.7, "P:S3O": 0.2, "P:S3/S": 0.1, "Na2S": 0.05}
    areas = structure.simulate(truth, {"82": "P:S4 + P:S3O", "93": "P:S3/S"}, sd=0.01)
    measured = structure.from_areas(areas, name="NMR")
    hypotheses = [
        structure.Hypothesis("with P3", units, evidence),
        structure.Hypothesis("without P3", units[1:], evidence),
    ]
    return {
        "composition": glass,
        "statement": evidence[0],
        "areas": measured,
        "hypotheses": tuple(hypotheses),
        "solution": structure.solve(structure.glass_of(truth), tuple(truth), [measured]),
        "ranges": structure.ranges(glass, units),
        "conflicts": structure.conflicts(glass, units, [structure.statement("P2", value=2.0, name="too much")]),
        "series": structure.solve_series(pair, units, trends={"P:O2/O2": "rising"}),
        "posterior": structure.sample(glass, units, evidence, draws=128, rng=np.random.default_rng(0)),
        "network": structure.network(structure.solve(glass, units, evidence)),
        "determination": structure.what_determines(glass, units, evidence),
        "design": structure.what_to_measure(glass, units, evidence, [structure.statement("P3", value=0.05, sd=0.01)]),
        "comparison": structure.compare_hypotheses(glass, hypotheses),
        "reaction": structure.reaction("2 P:S4 -> 2 P:S3/S + Na2S"),
        "balances": structure.balance_lines(glass, [structure.parse_label(unit) for unit in units]),
        "glass": pair[0],
    }


def sweep(text: str, values: dict[str, float], **scalars: float) -> xr.Dataset:
    f = np.logspace(0, 7, 36)
    z = ec.circuit(text).impedance(f, values)
    rng = np.random.default_rng(0)
    noise = 2e-3 * np.abs(z) * (rng.normal(size=f.size) + 1j * rng.normal(size=f.size))
    return ec.spectrum_from_arrays(f, z + noise, **scalars)


def unloading() -> tuple[np.ndarray, np.ndarray]:
    deepest, final, top = 420.0, 330.0, 4.0
    down = np.linspace(deepest, final + 1.0, 60)
    loading = np.linspace(0.0, 1.0, 60)
    depth = np.concatenate([deepest * np.sqrt(loading), down[1:]])
    return depth, np.concatenate([top * loading, top * ((down[1:] - final) / (deepest - final)) ** 1.4])


def electrochemistry_records() -> dict[str, Any]:
    text = "R0-p(R1,CPE1)"
    arc = {"R0": 50.0, "R1": 1e4, "CPE1_Q": 1e-9, "CPE1_n": 0.9}
    pellet = ec.geometry(thickness=0.1, diameter=1.3, thickness_sd=0.002)
    temperatures = (298.15, 313.15, 333.15)
    sweeps = [sweep(text, arc | {"R1": r}, temperature=t) for r, t in zip((1e4, 5e3, 2e3), temperatures, strict=True)]
    fit = ec.fit_circuit(sweeps, text, starts=4, rng=np.random.default_rng(0))
    conductivity = ec.conductivity(fit, pellet, resistances={"total": "R1"})
    currents = []
    for voltage in (0.1, 0.2, 0.3):
        t = np.geomspace(1.0, 1e5, 60)
        current = voltage * 2e-9 * (1 + 100 * np.exp(-t / 50))
        currents.append(ec.steady_state(t, current, voltage=voltage))
    ramp = np.arange(1, 9) * 0.05
    cell = ec.simulate_symmetric_cell(
        ramp, area=1.327, resistance=385.0, noise_volt=2e-3, event=ec.CellEvent(5, 1.5), rng=np.random.default_rng(0),
        interval_second=300,
    )  # fmt: skip
    half = ec.half_cycles(cell, area=1.327)
    stack = core.Estimates.build(["stack"], [385.0], [15.0**2])
    full = ec.simulate_full_cell(
        [0.2, 0.19], charge_capacities=[0.2, 0.19], order="discharge-first", current=0.1,
        plateaus=[(1.9, 0.25), (1.25, 0.75)], interval_second=60,
    )  # fmt: skip
    cycles = ec.cycles(full, mass=2e-4, basis="S", order="discharge-first")
    side = ec.Layer(ec.Material("x=0.6", 2.28, 8.2e-5, 333.15), mass=0.025, relative_density=1.0)
    separator = ec.separator([side, side], area=1.327, temperature=333.15)
    hours = np.arange(0.0, 20.0, 4.0)
    resistance = core.Estimates.build(
        [f"{h}" for h in hours], 5 + 2 * hours + 0.01 * np.sin(hours), [1e-4] * hours.size,
        quantity=["i"] * hours.size, time=hours.tolist(),
    )  # fmt: skip
    return {
        "fit": fit,
        "comparison": ec.compare_circuits(sweeps[0], [text, "R0-p(R1,C1)"], starts=4),
        "kramers-kronig": ec.validate(sweeps[0]),
        "relaxation times": ec.relaxation_times(sweeps[0]),
        "conductivity": conductivity,
        "arrhenius": ec.arrhenius(conductivity, form="ln sigma"),
        "arcs": ec.arcs(fit, pellet, series_resistance="R0"),
        "window": ec.bulk_window(conductivity, highest_frequency=1e6, quantity="total"),
        "polarisation": ec.polarisation(currents, pellet, electrodes="two blocking"),
        "growth": ec.growth_law(resistance),
        "half cycles": half,
        "critical current": ec.critical_current(half, criterion=ec.Criterion("rise"), stack_resistance=stack),
        "cycles": cycles,
        "differential capacity": ec.differential_capacity(cycles, cycle=1, half_cycle="discharge", resolution=0.05),
        "separator": separator,
        "resistance check": ec.check_resistance(separator, stack),
        "elastic criterion": ec.elastic_criterion(
            8.04, metal="Na", metal_youngs_modulus=10.0, metal_poisson_ratio=1 / 3, source="assumed", sd=0.27
        ),
        "indentation": ec.indentation(
            *unloading(), area_function=lambda depth: 24.5 * depth**2, indenter_modulus=1141.0, indenter_poisson=0.07,
            shape_factor=1.0,
        ),
    }  # fmt: skip


def library_records() -> dict[str, Any]:
    library = reference_peaks.load()
    units = ["P:S4", "P:S3/S"]
    return {
        "claims": library.claims[:3],
        "priors": dict(library.priors("31P NMR", units, cation="Na", phase="glass")),
        "windows": dict(library.windows("FTIR", ["P-O-P"], cation="Na", phase="glass")),
        "pooled": dict(library.pool("31P NMR", units, cation="Na", phase="glass")),
    }


def write_series(folder: Path) -> Path:
    x = np.linspace(60.0, 120.0, 121)
    for seed, (name, share) in enumerate((("a.csv", 0.2), ("b.csv", 0.15))):
        y = shapes.gaussian(x, 600 * (1 - share), 83.0, 7.0) + shapes.gaussian(x, 600 * share, 93.0, 7.0)
        y = y + np.random.default_rng(seed).normal(0, 1.0, x.size)
        rows = (f"{a:.3f},{b:.6f}" for a, b in zip(x, y, strict=True))
        (folder / name).write_text("chemical shift (ppm),intensity\n" + "\n".join(rows) + "\n")
    (folder / "recipe.toml").write_text(RECIPE)
    return folder / "recipe.toml"


def write_map(folder: Path) -> None:
    """A map of five spectra in chunks of three; its spectra are made again by a test."""
    rows = [gaussian_spectrum((5.0 + n, 0.3, 4.0), seed=n) for n in range(5)]
    cube = xr.concat(rows, dim="pixel")
    model = spectra.Model("", "raman_shift", (gaussian_line("a", 0.0, Prior(0.3, 0.2, "a prior")),),
                          (backgrounds.constant(),))  # fmt: skip
    spectra.fit_map(cube, model, store=folder, chunk=3, use_fast=False)


KEY_NUMBERS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "fit.nc": {"": ("model.links", "model.constraints", "model.peaks.0.assignment", "spectrum.intensity", "chi2", "dof", "status", "values",
                    "parameters.sd", "areas.value", "areas.entries")},
    "spectra.nc": {
        "profile": ("intervals.lower", "intervals.upper", "level"),
        "bootstrap": ("samples", "parameters.sd", "kind", "failed"),
        "together": ("chi2", "dof", "status", "parameters.value", "areas.sd", "fits.low.chi2", "weights.high"),
        "comparison": ("table.weight", "areas.value", "criterion", "fits.1.chi2"),
        "budget": ("value", "total"),
        "identifiability": ("condition", "groups", "at_bound", "areas.detection_limit"),
        "residuals": ("chi2_per_dof", "probability", "lag_one"),
        "peak table": ("areas.value", "areas.sd", "positions.value", "widths.value"),
        "recovery": ("estimates.value", "estimates.sd", "chi2", "status"),
        "calibration": ("coefficients.value", "measured", "expected", "notes.0.code", "notes.0.severity"),
        "surface": ("0.name", "0.gain", "0.supported", "0.fit.chi2"),
        "interface": ("species", "shares.value", "upper_limit", "gain", "formed", "after.chi2"),
        "maxima": ("0.position", "0.height"),
        "blocks": ("0.name", "0.shape", "0.lowest"),
    },
    "structure.nc": {
        "composition": ("text", "elements", "amounts"),
        "statement": ("name", "quantity", "bound", "sd"),
        "areas": ("name", "lines", "assignments", "value", "covariance"),
        "hypotheses": ("0.name", "1.species", "0.evidence.0.bound"),
        "solution": ("fractions.value", "fractions.sd", "sites.value", "chi2", "dof", "status", "species", "statuses"),
        "ranges": ("quantities", "lower", "upper", "level"),
        "conflicts": ("sets.0.members", "sets.0.excess", "sets.0.moves.0.reach", "chi2"),
        "series": ("names", "fractions.value", "chi2", "dof", "solutions.1.chi2"),
        "posterior": ("samples", "r_hat", "acceptance"),
        "network": ("quantities.value", "quantities.entries"),
        "determination": ("sd", "rank", "free"),
        "design": ("sd", "gain", "best"),
        "comparison": ("table.chi2", "solutions.0.chi2"),
        "reaction": ("coefficients",),
        "balances": ("names", "matrix", "right"),
        "glass": ("name", "x", "evidence.0.bound"),
    },
    "electrochemistry.nc": {
        "fit": ("circuit", "values", "parameters.sd", "chi2", "dof", "status", "labels", "fits.2.model"),
        "comparison": ("fits.0.chi2", "fits.1.chi2"),
        "kramers-kronig": ("elements", "mu", "largest_residual", "resistances"),
        "relaxation times": ("distribution", "peaks.resistance", "series_resistance", "regularisation"),
        "conductivity": ("sigma.value", "sigma.sd", "geometry.thickness", "geometry.area"),
        "arrhenius": ("parameters.value", "parameters.sd", "form", "chi2", "other_form"),
        "arcs": ("capacitances.value", "time_constants.value"),
        "window": ("bulk_frequency.value", "verdicts"),
        "polarisation": ("sigma.value", "steps.1.current", "electrodes"),
        "growth": ("verdict", "candidates", "basis"),
        "half cycles": ("table.areal_resistance", "area", "cycling.voltage_volt"),
        "critical current": ("value", "lower", "upper", "event", "short", "criterion.rise"),
        "cycles": ("table.discharge_capacity", "mass", "basis", "order"),
        "differential capacity": ("plateaus.voltage", "plateaus.share", "resolution"),
        "separator": ("estimates.value", "layers.0.material.conductivity", "temperature"),
        "resistance check": ("ratio", "deviation", "verdict"),
        "elastic criterion": ("ratio", "ratio_sd", "metal"),
        "indentation": ("hardness", "indentation_modulus", "exponent"),
    },
    "library.nc": {
        "claims": ("0.key", "0.quantity.value", "0.quantity.sd", "2.species"),
        "priors": ("P:S4.mean", "P:S4.sd", "P:S4.claims"),
        "windows": ("P-O-P.lower", "P-O-P.upper", "P-O-P.source"),
        "pooled": ("P:S4.mean", "P:S4.standard_error", "P:S4.sources.0.value"),
    },
    "results.nc": {
        "": (
            "recipe.text", "measured.0.sha256", "measured.1.spectrum.intensity", "priors.31P NMR.P:S4.mean", "library",
            "fits.0.lines", "fits.0.fit.chi2", "fits.1.fit.areas.value", "structures.0.solution.fractions.value",
            "structures.1.possible.upper", "structures.1.supported.lower", "structures.2.reading",
            "wider.0.solution.fractions.sd", "narrower.1.solution.fractions.sd", "notes.0.0", "notes.0.1.code",
            "provenance.seed", "trusted",
        ),
    },
}  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        recipe = shortrange.read_recipe(write_series(folder))
        analysis = shortrange.analyse(recipe)
        # the folder of the recipe is that of this machine: it is left out
        object.__setattr__(analysis.recipe, "folder", "series")
        spectral = spectra_records(folder)
    core.save(spectral.pop("fit"), HERE / "fit.nc")
    core.save(spectral, HERE / "spectra.nc")
    core.save(structure_records(), HERE / "structure.nc")
    core.save(electrochemistry_records(), HERE / "electrochemistry.nc")
    core.save(library_records(), HERE / "library.nc")
    core.save(analysis, HERE / "results.nc")
    write_map(HERE / "map")
    numbers: dict[str, dict[str, Any]] = {}
    for file, records in KEY_NUMBERS.items():
        stored = core.load(HERE / file)
        for name, paths in records.items():
            item = stored[name] if name else stored
            numbers.setdefault(file, {})[name] = {path: plain(at(item, path)) for path in paths}
    with xr.open_mfdataset(sorted((HERE / "map").glob("*.nc")), combine="nested", concat_dim="pixel") as chunks:
        numbers["map"] = {"": {name: plain(chunks[name].values) for name in ("value", "sd", "chi2", "status")}}
    (HERE / "numbers.json").write_text(json.dumps(numbers, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
