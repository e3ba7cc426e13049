"""Records that users build by keyword check themselves: nonsense has no way in beside the functions that make them."""

from dataclasses import replace

import numpy as np
import pytest

import electrochemistry as ec
import spectra
import structure
from shortrange_core import BadInput
from shortrange_core.errors import Offenders
from spectra.models import Default
from structure.balances import Areas, Statement

GLASS = structure.composition("Na3PS4")
AREAS = Areas("NMR", "31P NMR", "", ("a", "b"), ("P:S4", "P:S3~P"), np.array([8.0, 2.0]), np.eye(2), (1.0, np.inf))
MATERIAL = ec.Material("glass", 2.0, 1e-4, 298.15)
TIP = ec.Indenter((24.5,), 1141.0, 0.07, 1.05)
BUILT = (
    (lambda **wrong: replace(ec.Geometry(0.1, 1.0), **wrong), (
        ({"thickness": -0.1}, r"thickness = -0\.1 cm: must be finite and above 0"),
        ({"diameter": np.nan}, "diameter = nan cm"),
        ({"thickness_sd": -1.0}, r"thickness_sd = -1\.0 cm: must be finite and 0 or more"),
    )),
    (lambda **wrong: replace(ec.Pellet(100.0, 0.15, 0.06, 1.3), **wrong), (
        ({"mass": 0.0}, r"mass = 0\.0 g"), ({"pressure": -1.0}, r"pressure = -1\.0 MPa"),
        ({"diameter_sd": np.inf}, "diameter_sd = inf cm"),
    )),
    (lambda **wrong: replace(MATERIAL, **wrong), (
        ({"density": -1.0}, r"glass: density = -1\.0 g cm-3"), ({"conductivity": np.inf}, "conductivity = inf S cm-1"),
        ({"conductivity_sd": np.nan}, "conductivity_sd = nan"), ({"density_sd": -1.0}, r"density_sd = -1\.0"),
        ({"activation_energy": np.nan}, "activation_energy = nan"),
        ({"activation_energy": -41.5}, r"activation_energy = -41\.5"), ({"form": "sigma"}, "form = 'sigma'"),
        ({"stated_temperature": 25.0}, r"stated_temperature = 25\.0 K"),
    )),
    (lambda **wrong: replace(ec.Layer(MATERIAL, 0.1, 0.9), **wrong), (
        ({"mass": -0.1}, r"layer of glass: mass = -0\.1 g"), ({"relative_density": 1.2}, r"relative_density = 1\.2"),
    )),
    (lambda **wrong: replace(ec.Interface("Na | glass", 10.0), **wrong), (
        ({"area_resistance": -1.0}, r"interface 'Na \| glass': area_resistance = -1\.0 ohm cm2"),
        ({"count": 0}, "count = 0"),
    )),
    (lambda **wrong: replace(TIP, **wrong), (
        ({"area_coefficients": ()}, r"area coefficients \(\)"), ({"modulus": 0.0}, r"modulus = 0\.0 GPa"),
        ({"poisson_ratio": 0.6}, r"poisson_ratio = 0\.6 of the tip"),
        ({"area_sd": 2.0}, r"relative sd of the area 2\.0"),
    )),
    (lambda **wrong: replace(ec.Indent("a", np.zeros(3), np.zeros(3)), **wrong), (
        ({"load": np.zeros(2)}, r"indent 'a': depth and load have shapes \(3,\) and \(2,\)"),
    )),
    (lambda **wrong: replace(ec.CellEvent(3, 1.5), **wrong), (
        ({"step": 0}, "step = 0"), ({"factor": -1.0}, r"factor = -1\.0"), ({"at": 1.5}, r"at = 1\.5"),
        ({"until_step": 3}, "until_step = 3: must come after step 3"),
    )),
    (lambda **wrong: replace(Statement("XRD", "BO", "=", 0.2), **wrong), (
        ({"relation": "<"}, "BO: relation '<'"), ({"bound": np.nan}, "the bound nan is not finite"),
        ({"sd": -0.1}, r"sd = -0\.1"), ({"quantity": "BO**2"}, "is not affine"),
    )),
    (lambda **wrong: replace(AREAS, **wrong), (
        ({"lines": ("a",)}, "NMR: 1 lines, but assignments"),
        ({"value": np.array([np.nan, 1.0])}, "the area of a is nan"),
        ({"covariance": np.array([[1.0, 2.0], [2.0, 1.0]])}, "not positive definite"),
        ({"assignments": ("P:S4 + 1", "P:S3~P")}, r"contains a number \(1\)"),
    )),
    (lambda **wrong: replace(structure.Glass("x0", 0.0, GLASS), **wrong), (({"x": np.nan}, "glass 'x0': x = nan"),)),
    (lambda **wrong: replace(structure.Hypothesis("a", ("P:S4",), ()), **wrong), (
        ({"species": ()}, "allows no species"),
    )),
    (lambda **wrong: replace(Default(1.0, 0.1, "measured"), **wrong), (
        ({"mean": np.inf}, "mean = inf"), ({"sd": 0.0}, r"sd = 0\.0: must be above 0"),
        ({"source": " "}, "source is empty"),
        ({"common": 2.0}, r"common = 2\.0"),
    )),
    (lambda **wrong: replace(spectra.xps.Sensitivity(2.0, 0.1, "handbook"), **wrong), (
        ({"value": 0.0}, r"sensitivity: value = 0\.0"), ({"relative_sd": -1.0}, r"relative_sd = -1\.0"),
        ({"source": ""}, "source is empty"),
    )),
    (lambda **wrong: replace(spectra.xps.Satellite(8.4, 0.064, "handbook"), **wrong), (
        ({"displacement": -8.4}, r"satellite: displacement = -8\.4 eV"), ({"share": 1.0}, r"share = 1\.0"),
        ({"source": ""}, "source is empty"),
    )),
)  # fmt: skip
CASES = [(build, wrong, match) for build, cases in BUILT for wrong, match in cases]


@pytest.mark.parametrize(("build", "wrong", "match"), CASES, ids=[f"{match[:40]}" for _, _, match in CASES])
def test_nonsense_is_refused_where_a_record_is_built(build, wrong, match):
    assert build()
    with pytest.raises(BadInput, match=match):
        build(**wrong)


def test_all_offenders_of_a_record_come_together():
    with pytest.raises(BadInput, match=r"thickness = -0\.1 cm[^\n]*\ndiameter = 0\.0 cm[^\n]*\nthickness_sd = nan cm"):
        ec.Geometry(-0.1, 0.0, np.nan)


def test_problems_are_collected_behind_their_places():
    offenders = Offenders()
    for place, thickness in (("line 2", -1.0), ("line 3", 1.0), ("line 4", 0.0)):
        with offenders.of(place):
            ec.Geometry(thickness, 1.0)
    assert [problem.partition(":")[0] for problem in offenders.problems] == ["line 2", "line 4"]
    with pytest.raises(BadInput, match=r"^table\.csv: line 2: thickness"):
        offenders.raise_if_any("table.csv")
