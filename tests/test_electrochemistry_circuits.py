"""Circuits and their elements: by hand, against published values, derivatives, parsing."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import electrochemistry as ec
from electrochemistry.impedance import Frequencies
from electrochemistry.impedance._elements import BUILT_IN
from shortrange_core import BadInput

F = np.logspace(-3, 7, 41)
# Published in the tests of impedance.py 1.7.1: parameters 0.1, 0.2 at 1 mHz, 1 Hz, 1 kHz.
PUBLISHED = {
    "R": [0.1, 0.1, 0.1],
    "C": [-1591.5494309189532j, -1.5915494309189535j, -0.0015915494309189533j],
    "L": [0.000628319j, 0.628319j, 628.319j],
    "W": [1.26156626 - 1.26156626j, 0.03989423 - 0.03989423j, 0.00126157 - 0.00126157j],
    "Wo": [0.033333332999112786 - 79.57747433847442j, 0.03300437046673635 - 0.08232866785870396j, 0.0019947114020071634 - 0.0019947114020071634j],  # noqa: E501
    "Ws": [0.09999998 - 4.18878913e-05j, 0.08327519 - 3.33838167e-02j, 0.00199471 - 1.99471140e-03j],
    "CPE": [26.216236841407248 - 8.51817171087997j, 6.585220960717244 - 2.139667994182814j, 1.6541327179718126 - 0.537460300252313j],  # noqa: E501
    "G": [0.09999994078244179 - 0.00006283179105931961j, 0.07107755021941357 - 0.03427465211788068j, 0.00199550459845528 - 0.0019939172581851707j],  # noqa: E501
}  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
def test_elements_give_the_published_values(name):
    element = ec.circuit_elements()[name]
    values = [np.array([v]) for v in (0.1, 0.2, 0.3)[: len(element.quantities)]]
    z, _ = element.response(values, Frequencies([0.001, 1.0, 1000.0]))
    np.testing.assert_allclose(z, PUBLISHED[name], rtol=2e-6, atol=1e-8)


@pytest.mark.parametrize("element", BUILT_IN, ids=lambda e: e.name)
@given(data=st.data())
def test_derivatives_are_those_of_the_impedance(element, data):
    values = [
        10 ** data.draw(st.floats(-6, 3)) if quantity.log else data.draw(st.floats(0.3, 0.95))
        for quantity in element.quantities
    ]
    w = Frequencies(F)
    z, slopes = element.response([np.array([v]) for v in values], w)
    for index, quantity in enumerate(element.quantities):
        step = 1e-5
        ends = []
        for sign in (1, -1):
            moved = list(values)
            moved[index] = moved[index] * np.exp(sign * step) if quantity.log else moved[index] + sign * step
            ends.append(element.response([np.array([v]) for v in moved], w)[0])
        numeric = (ends[0] - ends[1]) / (2 * step)
        assert np.max(np.abs(numeric - slopes[index]) / np.abs(z)) < 1e-6


def test_a_zarc_is_a_resistance_beside_a_constant_phase_element():
    tau, n = 1e-3, 0.8
    arc = ec.circuit("ZARC1").impedance(F, {"ZARC1_R": 50.0, "ZARC1_tau": tau, "ZARC1_n": n})
    pair = ec.circuit("p(R1,CPE1)").impedance(F, {"R1": 50.0, "CPE1_Q": tau**n / 50.0, "CPE1_n": n})
    np.testing.assert_allclose(arc, pair, rtol=1e-12)


def test_limits_of_diffusion_elements_by_hand():
    short = ec.circuit("Ws1").impedance([1e-9], {"Ws1_R": 7.0, "Ws1_tau": 1.0})[0]
    assert short == pytest.approx(7.0, rel=1e-6)
    blocked = ec.circuit("Wo1").impedance([1e-6], {"Wo1_R": 7.0, "Wo1_tau": 1.0})[0]
    assert blocked.real == pytest.approx(7.0 / 3, rel=1e-6)
    assert blocked.imag == pytest.approx(-7.0 / (2 * np.pi * 1e-6), rel=1e-6)
    line = ec.circuit("TL1").impedance([1e-6], {"TL1_R": 7.0, "TL1_Q": 1.0 / 7, "TL1_n": 1.0})[0]
    assert line == pytest.approx(blocked, rel=1e-9)


@given(r0=st.floats(1, 1e3), r1=st.floats(1, 1e6), c1=st.floats(1e-12, 1e-3), factor=st.floats(0.01, 100))
def test_scaling_resistances_up_and_capacitances_down_scales_the_impedance(r0, r1, c1, factor):
    cell = ec.circuit("R0-p(R1,C1)")
    z = cell.impedance(F, {"R0": r0, "R1": r1, "C1": c1})
    scaled = cell.impedance(F, {"R0": r0 * factor, "R1": r1 * factor, "C1": c1 / factor})
    np.testing.assert_allclose(scaled, factor * z, rtol=1e-9)


def test_nested_groups_and_objects_give_the_same_circuit():
    text = "R0-p(R1-Wo1,CPE1)-L1"
    built = ec.circuit(
        ec.element("R0")
        - ec.parallel(ec.series(ec.element("R1"), ec.element("Wo1")), ec.element("CPE1"))
        - ec.element("L1")
    )
    assert str(built) == text == str(ec.circuit(f"  {text.replace('-', ' - ')} "))
    assert built.names == ("R0", "R1", "Wo1_R", "Wo1_tau", "CPE1_Q", "CPE1_n", "L1")
    values = dict.fromkeys(built.names, 0.5)
    np.testing.assert_allclose(built.impedance(F, values), ec.circuit(text).impedance(F, values))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "position 1: an element is missing"),
        ("R1-", "position 4: an element is missing"),
        ("p(R1)", "a group p\\(\\) has one branch"),
        ("p(R1,C1", "a group p\\( is not closed"),
        ("R1)", "'\\)' is not expected here"),
        ("Q1", "'Q' is not an element; known are"),
        ("R1-R1", "names R1 twice"),
        ("__import__('os')", "an element is missing"),
        ("p(" * 40 + "R1", "nested deeper"),
    ],
)
def test_circuits_that_cannot_be_read_say_where_and_why(text, message):
    with pytest.raises(BadInput, match=message):
        ec.circuit(text)


@pytest.mark.parametrize("what", [5, None, [], b"R0", ["R0"], ec.series(), ec.series("R0", "R1")])
def test_what_is_no_circuit_is_named(what):
    with pytest.raises(BadInput, match="is not a circuit; give a text"):
        ec.circuit(what)


def test_ten_thousand_brackets_end_in_a_short_message():
    for text in ("p(" * 10_000, "p(" * 10_000 + "R1" + ")" * 10_000, "R0-" * 10_000 + "?"):
        with pytest.raises(BadInput) as failed:
            ec.circuit(text)
        assert len(str(failed.value)) < 300
    deep: Any = ec.element("R0")
    for number in range(1, 3000):
        deep = ec.parallel(deep, ec.element(f"R{number}"))
    with pytest.raises(BadInput, match="nested deeper than"):
        ec.circuit(deep)


def test_values_are_checked():
    cell = ec.circuit("R0-C1")
    with pytest.raises(BadInput, match="no value for C1"):
        cell.impedance(F, {"R0": 1.0})
    with pytest.raises(BadInput, match="has no parameter R9"):
        cell.impedance(F, {"R0": 1.0, "C1": 1.0, "R9": 1.0})
    with pytest.raises(BadInput, match="above 0"):
        cell.impedance(F, {"R0": -1.0, "C1": 1.0})
    with pytest.raises(BadInput, match="R0 = 'a': must be finite"):
        cell.impedance(F, {"R0": "a", "C1": 1.0})
    for wrong in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(BadInput, match="above 0 Hz"):
            cell.impedance([1.0, wrong], {"R0": 1.0, "C1": 1.0})
    with pytest.raises(BadInput, match="must lie between 0 and 1"):
        ec.circuit("CPE1").impedance(F, {"CPE1_Q": 1e-6, "CPE1_n": 1.5})
    with pytest.raises(BadInput, match="is not a circuit element"):
        ec.element("Z1")
    with pytest.raises(BadInput, match="one branch"):
        ec.parallel(ec.element("R1"))


def test_every_element_declares_units_bounds_equation_and_source():
    for element in ec.circuit_elements().values():
        assert element.equation
        assert element.source
        for quantity in element.quantities:
            assert quantity.lower < quantity.upper
            assert quantity.unit or quantity.symbol == "n"
