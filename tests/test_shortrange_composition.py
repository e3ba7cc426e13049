"""Errors of a composition: what is stated enters the balances, and what 1 mol% of the batch would do is told."""

import numpy as np
import pytest

import shortrange
import structure
from shortrange import stepwise
from shortrange.recipe import check_recipe
from shortrange.reports._report import _structure_part
from shortrange_core import BadInput

RECIPE = """
schema = 1
title = "one glass of statements (simulated)"
simulated = true
units = ["P:S4", "P:S3O", "P:S2O2"]
free = ["Na2S"]
[[samples]]
name = "a"
composition = "Na3PS3.7O0.3"
{}
[[samples.statements]]
quantity = "P:S2O2"
value = 0.05
sd = 0.01
"""


def analysed(tmp_path, line=""):
    return shortrange.analyse(check_recipe(RECIPE.format(line), folder=tmp_path, name="r.toml"))


def sd_of(analysis, species):
    return analysis.structures[0].solution.fractions.sd.sel(entry=species).item()


def test_an_sd_of_the_composition_adds_to_that_of_the_evidence(tmp_path):
    """PS3O = O - 2 PS2O2, and O is told twice: by its own amount and by that of S, 4 - O here."""
    exact, soft = analysed(tmp_path), analysed(tmp_path, "composition_sd = {O = 0.03, S = 0.03}")
    assert sd_of(exact, "P:S3O") == pytest.approx(0.02, rel=1e-6)
    assert sd_of(soft, "P:S3O") == pytest.approx(np.hypot(0.03 / np.sqrt(2), 0.02), rel=1e-3)
    one, other = (found.structures[0].supported.of("P:S3O") for found in (exact, soft))
    assert other[1] - other[0] > 1.4 * (one[1] - one[0])
    said = [_structure_part(found.structures[0])["caption"] for found in (exact, soft)]
    assert "The composition is taken as exact." in said[0]
    assert "Sds of the composition, per former: S 0.03, O 0.03." in said[1]


def test_what_one_mole_percent_of_the_batch_does_stands_in_the_sensitivity(tmp_path):
    """1 mol% of P2O5 for P2S5 in 1.5 Na2S + 0.5 P2X5 is 0.1 O per P, and all of it makes PS3O."""
    analysis = analysed(tmp_path)
    told = {(item.species, item.kind): item for item in analysis.influences}
    item = told["P:S3O", "P2O5 for P2S5 +-1 mol%"]
    assert (item.narrower, item.wider) == pytest.approx((0.1, 0.3))
    table = shortrange.exports.sensitivity_table(analysis).set_index("species")
    assert table.loc["P:S3O", "by P2O5 for P2S5 +-1 mol%"] == pytest.approx(0.1 / 0.02)
    sulfide = told["Na2S", "Na2S +-1 mol%"]
    assert np.isnan(sulfide.narrower)  # P0 units alone cannot need less sodium
    assert sulfide.wider == pytest.approx((0.76 / 0.24 - 3) / 2)


def test_batches_stay_neutral_and_keep_their_share():
    for text in ("Na3PS3.4O0.6", "70Li2S-30P2S5", "50Na2O-50P2O5", "Na4SiS4"):
        glass = structure.composition(text)
        for name, ends in structure.batch_errors(glass).items():
            for one in ends:
                assert one.imbalance == pytest.approx(glass.imbalance, abs=1e-12), (text, name)
    low, high = structure.batch_errors(structure.composition("70Li2S-30P2S5"))["Li2S"]
    assert (low.amount("Li"), high.amount("Li")) == pytest.approx((69 / 31, 71 / 29))


def test_an_sd_of_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"Se: no amount in Na3PS3.7O0.3"):
        analysed(tmp_path, "composition_sd = {Se = 0.03}")
    with pytest.raises(BadInput, match=r"O: sd = -1"):
        analysed(tmp_path, "composition_sd = {O = -1.0}")


def test_units_left_out_see_the_same_composition(tmp_path):
    recipe = check_recipe(RECIPE.format("composition_sd = {O = 0.03}"), folder=tmp_path, name="r.toml")
    glass = recipe.tables.samples[0].glass
    assert glass.covariance.diagonal().tolist() == pytest.approx([0, 0, 0, 0.03**2])
    assert stepwise.possible_units(glass)[0].label == "P:S4"
