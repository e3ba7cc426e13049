"""Text without a byte-order mark: UTF-8, GBK of Chinese Windows, or Windows-1252 with whatever Europe writes."""

import pytest

from shortrange_core.files import decode


@pytest.mark.parametrize("text", ["电压/V,温度(℃)\n", "循环号\n1\n", "结合能 (eV)\n"])
def test_chinese_of_windows_is_read_whole_and_cut_within_a_character(text):
    content = text.encode("gbk")
    assert decode(content) == text
    assert decode("电压".encode("gbk") + content[:1]).startswith("电压")


@pytest.mark.parametrize(
    "text",
    [
        "Wellenlänge;Intensität\n20 °C\n",
        "Å² µm ±5 £\n",
        "ÄÖÜ\n",
        "température à 25 °C «brut»\n",
        "Größe Ångström façon\n",
    ],
)
def test_texts_of_windows_1252_stay_what_they_are(text):
    assert decode(text.encode("cp1252")) == text


@pytest.mark.parametrize(
    "text", ["probe \u00b0\u00b0\u00b0\u00b0", "\u00b1\u00b1\u00b1\u00b1\u00b1\u00b1 1", "\u00b7\u00b7\u00b7\u00b7"]
)
def test_one_sign_over_and_over_is_no_chinese(text):
    assert decode(text.encode("cp1252")) == text
