"""The calibration study on few data sets, with bands to match; the whole study is behind -m slow."""

from pathlib import Path

import numpy as np
import pytest
from file_modules import module_at

STUDY = Path(__file__).parent.parent / "studies" / "structure_calibration.py"


@pytest.fixture(scope="module")
def study():
    return module_at(STUDY)


def test_interior_truths(study, capsys):
    within, pooled = study.interior(60)
    assert within, capsys.readouterr().out
    assert 0.93 < pooled < 0.97


def test_ranges_contain_sparse_truths(study):
    alone, supported, _ = study.boundary(100)
    assert alone == 1
    assert supported >= 0.93 - 4 * np.sqrt(0.95 * 0.05 / 100)


def test_planted_contradictions(study):
    found = study.power(60, distances=(0, 2, 8), named_n=10)
    assert found[0][0] < 0.05 + 4 * np.sqrt(0.95 * 0.05 / 60)
    assert 0.2 < found[2][0] < 0.9
    assert found[8] == (1.0, 1.0)


@pytest.mark.slow
def test_whole_study(study):
    within, pooled = study.interior(2000)
    assert within
    assert 0.94 < pooled < 0.96
    alone, supported, _ = study.boundary(2000)
    assert alone == 1
    assert supported >= 0.93
    found = study.power(2000)
    assert abs(found[0][0] - 0.05) < 4 * np.sqrt(0.95 * 0.05 / 2000)
    assert found[6][1] == found[8][1] == 1.0
