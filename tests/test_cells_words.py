"""Words of directions beside currents without a sign, in tables with made-up numbers."""

import numpy as np
import pytest

import electrochemistry as ec
from shortrange_core import BadInput


def written(folder, first, second):
    """A tenth of an ampere hour one way, by the word of its rows, and back."""
    path = folder / "cell.csv"
    rows = [f"{60 * k},{3.5 + 0.01 * k:.3f},0.1,{first if k < 20 else second}\n" for k in range(40)]
    path.write_text("Time(s),Voltage(V),Current(A),Status\n" + "".join(rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("word", ["恒流充放电", "pulse"])
def test_a_word_that_is_no_direction_is_not_that_of_the_other_rows(tmp_path, word):
    """Charges were discharges: their currents have the sign of the discharges, which alone had a word that is known."""
    path = written(tmp_path, word, "恒流放电")
    with pytest.raises(BadInput, match=rf"a current flows in rows of '{word}' .*, whose direction is not known"):
        ec.read_cycling(path)
    record = ec.read_cycling(path, current_sign="- = charging")
    assert set(record.current_ampere.values) == {-0.1}


def test_one_direction_alone_says_what_its_current_does(tmp_path):
    record = ec.read_cycling(written(tmp_path, "恒流放电", "恒压放电"))
    assert set(record.current_ampere.values) == {-0.1}
    both = ec.read_cycling(written(tmp_path, "恒流充电", "恒流放电"))
    np.testing.assert_array_equal(np.sign(both.current_ampere.values), np.repeat([1.0, -1.0], 20))
