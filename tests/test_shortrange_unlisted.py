"""Units that a recipe leaves out: which may lie under a line, what they would change, and that a planted one is named."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import reference_peaks
import shortrange
import structure
from shortrange import routes, tables, unlisted, workflow
from shortrange.commands.analyse import run
from shortrange.evidence import evidence_of, labels_of
from shortrange.recipe import Alternative, can_hold, check_recipe
from shortrange_core import load
from studies.series_calibration import recipe_of
from studies.second_simulator.series import simulate
from studies.second_simulator.settings import numbers, settings
from studies.second_simulator.writing import write


def nothing(_step: str) -> None:
    """Progress that nobody sees."""


def fitted(folder: Path):
    """Recipe, sample, fits, places and structure of the last glass of a recipe."""
    recipe = shortrange.read_recipe(folder / "recipe.toml")
    library = reference_peaks.load()
    sample = recipe.tables.samples[-1]
    measured = [item for item in workflow.read_measured(recipe, nothing) if item.sample == sample.name]
    counted = [item for item in measured if recipe.tables.techniques[item.technique].evidence != "none"]
    fits = workflow._fitted(recipe, counted, workflow.priors_of(recipe, library), nothing)
    base = workflow.solved_structure(recipe, sample, fits, None, nothing)
    return recipe, sample, fits, unlisted.places_of(recipe, library), base


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unlisted") / "series"
    shortrange.write_example(folder)
    return fitted(folder)
