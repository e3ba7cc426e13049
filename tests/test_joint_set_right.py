"""Lower minima that the rest of a series points to: starts by hand, and a wrong end that is left."""

from types import SimpleNamespace

import numpy as np
import pytest
from test_shortrange_joint_tension import GLASSES, series

from shortrange.joint import fit_series
from shortrange.joint.likelihood import COUPLINGS
from shortrange.joint.search import lowest
from shortrange.joint.search._coupled_shapes import shapes_of
from shortrange.joint.search._published import as_published
from shortrange.joint.search._set_right import (
    _of_sign,
    _tensors_apart,
    _tensors_exchanged,
    lower,
    moves_of,
)
from shortrange.joint.search._tensors import SMALL_ZETA, USUAL_ZETA, of_sign, renamed
from spectra.shapes import principal_values


@pytest.fixture(scope="module")
def fitted():
    return fit_series(GLASSES, series(11), {})


def test_a_spectrum_far_from_the_others_starts_on_their_line(fitted):
    likelihood, x = fitted.likelihood, np.array(fitted.minimum.x)
    center = next(s for s in shapes_of(likelihood) if (s.technique, s.line, s.quantity) == ("Raman", "p_s4", "center"))
    at = center.keys.index("b, Raman")
    moved = x.copy()
    moved[center.members[at]] += 9.0  # 4.5 sds of what glasses scatter about the line of the series
    *_, (move, _), (of_line, _), _, _ = moves_of(likelihood, 5)  # no line has a tensor
    first = next(move(moved))
    a, c = (x[center.members[center.keys.index(f"{name}, Raman")]] for name in ("a", "c"))
    assert first[center.members[at]] == pytest.approx((a + c) / 2, abs=1e-6)  # b lies in the middle of the series
    assert list(move(x)) == []
    (alone,) = (start for start in of_line(moved) if start[center.members[at]] == first[center.members[at]])
    elsewhere = [s.members[s.keys.index("b, Raman")] for s in shapes_of(likelihood) if s.technique == "Raman"
                 and s.line != "p_s4"]  # fmt: skip
    assert alone[elsewhere].tolist() == moved[elsewhere].tolist()
    moved[center.members[at]] -= 2.5  # 6.5 from there, between 2 and 3 sds: the line starts again, not the spectrum
    assert list(move(moved)) == []
    assert any(start[center.members[at]] == pytest.approx((a + c) / 2, abs=1e-6) for start in of_line(moved))
    assert list(of_line(x)) == []


def test_lines_broad_beside_most_of_their_spectrum_start_at_half_their_width(fitted):
    likelihood, x = fitted.likelihood, np.array(fitted.minimum.x)
    widths = [s for s in shapes_of(likelihood) if s.quantity in ("gauss_fwhm", "fwhm") and "b, Raman" in s.keys]
    one, other = (s.members[s.keys.index("b, Raman")] for s in widths)
    *_, (move, _), _ = moves_of(likelihood, 5)
    assert list(move(x)) == []
    x[one], x[other] = 18.0, 8.0  # 1.38 times the middle one
    assert list(move(x)) == []
    x[one] = 20.0  # 1.43 times
    (start,) = move(x)
    assert np.flatnonzero(start != x).tolist() == [one]
    assert start[one] == 10.0


def test_a_wrong_end_is_left_for_what_the_others_point_to(fitted):
    likelihood, x = fitted.likelihood, np.array(fitted.minimum.x)
    moved = x.copy()
    for shape in shapes_of(likelihood):
        if shape.technique == "Raman" and shape.quantity == "center":
            moved[shape.members[shape.keys.index("b, Raman")]] += 9.0
    wrong = likelihood.minimum(moved, most=1)
    assert wrong.chi2 > fitted.minimum.chi2 + 100
    assert lower(likelihood, wrong, moved).chi2 == pytest.approx(fitted.minimum.chi2, rel=1e-5)


def test_a_spectrum_that_is_missed_starts_as_it_was_alone(fitted):
    likelihood, x = fitted.likelihood, np.array(fitted.minimum.x)
    _, (move, _), *_ = moves_of(likelihood, 5)
    assert list(move(x)) == []
    own = likelihood.own_places("b, Raman")
    wrong = x.copy()
    wrong[own[0]] += 1.0  # its scale
    (start,) = move(wrong)
    assert start[own].tolist() == [likelihood.first[at] for at in own]
    assert np.array_equal(np.delete(start, own), np.delete(x, own))


def test_another_coupling_is_found_from_the_first_minimum(fitted):
    """With twice the sds: from the minimum of the first, the same as by the whole search."""
    again = fit_series(GLASSES, series(11), {}, factor=2.0)
    near = fit_series(GLASSES, series(11), {}, factor=2.0, near=fitted.minimum.x)
    assert near.minimum.chi2 == pytest.approx(again.minimum.chi2, rel=1e-6)
    assert lowest(fitted.likelihood, fitted.minimum.x).chi2 == pytest.approx(fitted.minimum.chi2, rel=1e-9)


def test_a_start_that_crawls_above_the_minimum_is_not_waited_for(fitted, monkeypatch):
    far = []
    descend = fitted.likelihood.minimum

    def kept(*given, **options):
        far.append(options.get("far", np.inf))
        return descend(*given, **options)

    monkeypatch.setattr(fitted.likelihood, "minimum", kept, raising=False)
    best = lowest(fitted.likelihood)
    assert far[0] == np.inf
    assert far[1] == descend().chi2  # the start from stated shapes
    assert best.chi2 == pytest.approx(fitted.minimum.chi2, rel=1e-9)


def tensors(x4, x3o):
    """PS4 in glasses a, b, c and PS3O in b and c, of one place and width: shifts, widths and zetas in one vector."""
    keys, places = ("a", "b", "c"), {"a": -0.5, "b": 0.0, "c": 0.5}
    common, couplings, members = {}, {}, {}
    own: dict[str, list[str]] = {key: [] for key in keys}
    parameters = []
    x: list[float] = []
    for line, held, zeta in (("p_s4", keys, x4), ("p_s3o", keys[1:], x3o)):
        for quantity, values in (("center", [82.0] * 3), ("gauss_fwhm", [8.0] * 3), ("zeta", zeta)):
            name, start = f"{line}_{quantity}", len(x)
            mine = list(values)[: len(held)]
            x += [float(np.mean(mine)), 0.0, *mine]
            common["31P NMR", name] = (start, start + 1)
            members[start] = np.arange(start + 2, start + 2 + len(held))
            parameters.append(SimpleNamespace(name=name, peak=line))
            couplings[name, "31P NMR"] = (COUPLINGS["NMR"][quantity], quantity)
            for key in held:
                own[key].append(name)
    model = SimpleNamespace(all_parameters=parameters)
    data = {key: SimpleNamespace(technique="31P NMR", sample=key, model=model) for key in keys}
    fitted = {key: SimpleNamespace(own=own[key], has_offset=False, data=data[key]) for key in keys}
    glasses = {key: SimpleNamespace(place=place) for key, place in places.items()}
    zetas = [common["31P NMR", f"{line}_zeta"][0] for line in ("p_s4", "p_s3o")]
    likelihood = SimpleNamespace(
        common=common, couplings=couplings, members=members, fitted=fitted, glasses=glasses, factor=1.0,
        rows=[{at: 1 / sd} for at, sd in zip(zetas, (29.0, 113.0), strict=True)], constants=[0.0, 0.0], known={},
    )  # fmt: skip
    return likelihood, np.array(x)


def test_the_tensor_of_a_unit_is_that_where_it_stands_alone():
    """PS4 has 20 ppm without PS3O and 100 with it, PS3O none: then PS4 starts at 20 everywhere, PS3O at +-80."""
    likelihood, x = tensors([20.0, 100.0, 100.0], [0.0, 0.0])
    stated = np.full(x.size, 7.0)
    starts = list(_tensors_apart(likelihood, x, stated))
    ps4, ps3o = (s for s in shapes_of(likelihood) if s.quantity == "zeta")
    assert [start[ps3o.level] for start in starts] == [USUAL_ZETA, -USUAL_ZETA]
    for start in starts:
        assert start[[ps4.level, *ps4.members]].tolist() == [20.0] * 4
        assert start[[ps4.change, ps3o.change]].tolist() == [0.0, 0.0]
        assert start[0] == 7.0  # all else as stated


def test_one_tensor_along_the_series_is_left_alone():
    likelihood, x = tensors([40.0, 42.0, 44.0], [90.0, 95.0])
    assert list(_tensors_apart(likelihood, x, x)) == []
    ps4 = next(s for s in shapes_of(likelihood) if s.quantity == "zeta")
    (turned,) = of_sign(ps4, -1.0, x)
    assert turned[[ps4.level, ps4.change, *ps4.members]].tolist() == [-42.0, 0.0, -42.0, -42.0, -42.0]
    assert list(of_sign(ps4, 1.0, x)) == []


def test_a_tensor_that_is_none_starts_at_a_small_one_and_at_larger_ones():
    """At zero sidebands do not change with the anisotropy, so that no descent leaves it."""
    likelihood, x = tensors([0.0, 1.0, -2.0], [90.0, 95.0])
    ps4 = next(s for s in shapes_of(likelihood) if s.quantity == "zeta")
    for sign in (1.0, -1.0):
        sizes = [start[ps4.members].tolist() for start in of_sign(ps4, sign, x)]
        assert sizes == [[sign * size] * 3 for size in (SMALL_ZETA, USUAL_ZETA, 2 * USUAL_ZETA)]


def test_a_tensor_under_another_line_starts_at_sizes_far_from_its_own():
    """Its sidebands may be those of the other line: 47 ppm of PS3O in a series of the second simulator that has 165."""
    likelihood, x = tensors([30.0, 31.0, 32.0], [46.0, 48.0])
    shapes = shapes_of(likelihood)
    ps3o = [s for s in shapes if s.quantity == "zeta"][1]
    assert list(of_sign(ps3o, 1.0, x)) == []
    tried = [start[ps3o.members].tolist() for start in _of_sign(likelihood, shapes, ps3o, 1.0, x)]
    assert tried == [[size] * 2 for size in (SMALL_ZETA, USUAL_ZETA, 2 * USUAL_ZETA)]
    x[ps3o.members] = 90.0  # as good as the usual one
    assert [start[ps3o.members[0]] for start in _of_sign(likelihood, shapes, ps3o, 1.0, x)] == [
        SMALL_ZETA,
        2 * USUAL_ZETA,
    ]
    for place in (s for s in shapes if s.quantity == "center" and s.line == "p_s3o"):
        x[[place.level, *place.members]] = 60.0  # no line lies over it there
    assert list(_of_sign(likelihood, shapes, ps3o, 1.0, x)) == []


def test_a_tensor_far_from_what_is_known_of_it_starts_at_sizes_far_from_its_own():
    """288 ppm of PSO3, known as 165.7(40), in a series of the second simulator that has 115 and ends 23 lower."""
    likelihood, x = tensors([30.0, 31.0, 32.0], [288.0, 288.0])
    shapes = shapes_of(likelihood)
    for place in (s for s in shapes if s.quantity == "center" and s.line == "p_s3o"):
        x[[place.level, *place.members]] = 60.0  # no line lies over it there
    ps3o = [s for s in shapes if s.quantity == "zeta"][1]
    likelihood.rows, likelihood.constants = [{ps3o.level: 1 / 40.0}], [-165.7 / 40.0]
    tried = [start[ps3o.members].tolist() for start in _of_sign(likelihood, shapes, ps3o, 1.0, x)]
    assert tried == [[size] * 2 for size in (SMALL_ZETA, USUAL_ZETA, 2 * USUAL_ZETA)]
    x[[ps3o.level, *ps3o.members]] = 240.0  # 1.9 sds
    assert list(_of_sign(likelihood, shapes, ps3o, 1.0, x)) == []


def test_a_line_far_from_what_is_published_starts_as_it_is_known_and_so_does_its_technique():
    """PSO3 at 23 ppm, published 32(2), in a series of the second simulator that ends 38 lower."""
    likelihood, x = tensors([30.0, 31.0, 32.0], [260.0, 260.0])
    of = {(s.line, s.quantity): s for s in shapes_of(likelihood)}
    place, zeta = of["p_s3o", "center"], of["p_s3o", "zeta"]
    known = {
        place: (82.0, 2.0),
        zeta: (-165.7, 40.0),
        of["p_s4", "center"]: (83.0, 2.0),
        of["p_s4", "zeta"]: (0.0, 29.0),
    }
    likelihood.rows = [{s.level: 1 / sd} for s, (_, sd) in known.items()]
    likelihood.constants = [-mean / sd for mean, sd in known.values()]
    assert list(as_published(likelihood, x)) == []  # 260 ppm is 2.4 sds from a size of 165.7, whatever its sign
    x[[place.level, *place.members]] = 75.0
    starts = list(as_published(likelihood, x))
    told = [(start[place.level], *start[zeta.members], start[of["p_s4", "zeta"].level]) for start in starts]
    assert told == [
        (82.0, 165.7, 165.7, 31.0),
        (82.0, -165.7, -165.7, 31.0),
        (82.0, 165.7, 165.7, USUAL_ZETA),
        (82.0, -165.7, -165.7, -USUAL_ZETA),
    ]
    assert [start[of["p_s4", "center"].members[0]] for start in starts] == [82.0, 82.0, 83.0, 83.0]


def test_two_lines_under_one_another_exchange_their_tensors_along_the_series():
    """-63 ppm of PS4 and none of PS3O, where the series has -10 and -69: no start with one tensor alone leads there."""
    likelihood, x = tensors([-60.0, -63.0, -66.0], [0.0, -1.0])
    shapes = shapes_of(likelihood)
    ps4, ps3o = (s for s in shapes if s.quantity == "zeta")
    tensors_alone, whole_lines = _tensors_exchanged(shapes, x)
    assert tensors_alone[ps4.members].tolist() == [-0.5] * 3
    assert tensors_alone[ps3o.members].tolist() == [-63.0] * 2
    assert np.array_equal(tensors_alone[:5], x[:5])  # the places of PS4
    centers = [s for s in shapes if s.quantity == "center"]
    x[[centers[1].level, *centers[1].members]] = 80.0
    _, whole_lines = _tensors_exchanged(shapes, x)
    assert [whole_lines[s.members[0]] for s in centers] == [80.0, 82.0]
    x[[centers[1].level, *centers[1].members]] = 60.0  # no longer under one another
    assert list(_tensors_exchanged(shapes, x)) == []


def test_signs_that_differ_along_a_series_are_made_one():
    likelihood, x = tensors([60.0, -60.0, 60.0], [90.0, 95.0])
    ps4 = next(s for s in shapes_of(likelihood) if s.quantity == "zeta")
    assert [next(of_sign(ps4, sign, x))[ps4.members].tolist() for sign in (1.0, -1.0)] == [[60.0] * 3, [-60.0] * 3]


def test_a_tensor_beyond_eta_of_one_is_the_same_by_its_other_name():
    """zeta -63 ppm with eta 1.8 has -63, 88.2 and -25.2 ppm: by the largest, 88.2 with eta (63 - 25.2) / 88.2."""
    x = np.array([-63.0, 0.0, -63.0, -63.0, 1.8, 0.0, 1.8, 1.8])
    zeta, eta = (
        SimpleNamespace(level=at, change=at + 1, members=np.array([at + 2, at + 3]), keys=("a", "b")) for at in (0, 4)
    )
    (start,) = renamed(zeta, eta, x)
    assert start == pytest.approx([88.2, 0.0, 88.2, 88.2, 0.4286, 0.0, 0.4286, 0.4286], abs=1e-4)
    assert list(renamed(zeta, eta, start)) == []
    x[zeta.members], x[eta.members] = [90.0, -80.0], [0.9, 1.05]  # about 1 either name may be that of the series
    (start,) = renamed(zeta, eta, x)
    for glass in (0, 1):
        pairs = [(one[zeta.members[glass]], one[eta.members[glass]]) for one in (x, start)]
        assert sorted(principal_values(0.0, *pairs[0])) == pytest.approx(sorted(principal_values(0.0, *pairs[1])))
