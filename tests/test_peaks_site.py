"""The static site: its text, and its behaviour in a real headless browser, from file:// and on a phone."""

import dataclasses
import html.parser
import re
import sys
import time
from pathlib import Path

import pytest
from headless import Browser
from page_audit import audit

import reference_peaks
from reference_peaks.publishing import Mark, axis_figure, groups, page, ticks, write_site
from shortrange_core.errors import BadInput

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}


@pytest.fixture(scope="module")
def library() -> reference_peaks.Library:
    return reference_peaks.load()


@pytest.fixture(scope="module")
def index(library: reference_peaks.Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_site(library, tmp_path_factory.mktemp("site") / "deep" / "pages")


class Reader(html.parser.HTMLParser):
    """Collects ids, addresses and unlabelled fields."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.fields: list[str] = []
        self.labels: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "a":
            self.links.append(values["href"])
        self.sources += [values[name] for name in ("src", "srcset", "data", "action") if name in values]
        if tag == "link":
            self.sources.append(values["href"])
        if tag in ("input", "select"):
            self.fields.append(values["id"])
        if tag == "label":
            self.labels.append(values["for"])


def test_page_is_self_contained_and_every_link_leads_somewhere(index: Path) -> None:
    text = index.read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(text)
    assert len(reader.ids) == len(set(reader.ids))
    assert set(reader.sources) <= {"data:,"}
    inside = {link[1:] for link in reader.links if link.startswith("#")}
    assert inside <= set(reader.ids)
    outside = {link for link in reader.links if not link.startswith("#")}
    assert outside
    assert all(link.startswith("https://doi.org/10.") for link in outside)
    assert set(reader.fields) <= set(reader.labels)
    assert "@import" not in text
    assert not re.search(r"url\((?!data:)", text)


def test_every_claim_and_every_prior_is_on_the_page(index: Path, library: reference_peaks.Library) -> None:
    text = index.read_text(encoding="utf-8")
    assert text.count("<tr id=") == len(library.claims)
    sections = groups(library)
    priors = [item for group in sections for item in group.pooled]
    assert text.count("<li>Prior,") == len(priors) > 100
    assert text.count("<svg") == text.count('role="img"') == text.count("<desc")
    ps4 = next(group for group in sections if (group.technique, group.species) == ("31P NMR", "P:S4"))
    for low, high in re.findall(r"95 % of new samples -?\d+(\.?\d*) to -?\d+(\.?\d*)", text):
        assert len(low) == len(high)  # as many decimals at both ends
    assert "P:S3O" in ps4.overlapping
    assert "P:SO3" not in ps4.overlapping


def test_text_of_claims_cannot_become_markup(library: reference_peaks.Library, tmp_path: Path) -> None:
    claim = dataclasses.replace(library.claims[0], notes="<script>alert(1)</script>", sample='"><img src=x>', number=77)
    reference_peaks.write(claim, tmp_path)
    text = page(reference_peaks.load(tmp_path, over=library))
    assert "<script>alert" not in text
    assert "<img" not in text


def test_an_occupied_folder_is_left_alone(library: reference_peaks.Library, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(BadInput, match="is not an empty folder"):
        write_site(library, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(("unit", "falls"), [("ppm", True), ("eV", True), ("cm-1", False), ("nm", False)])
def test_axes_run_as_the_field_draws_them(unit: str, falls: bool) -> None:
    marks = [Mark(0.0, -1.0, 1.0, "a", "proposed", "k"), Mark(10.0, 9.0, 11.0, "b", "proposed", "l")]
    figure = axis_figure(marks, unit=unit, title="two", identifier="x")
    first, second = (float(x) for x in re.findall(r'cx="([0-9.]+)"', figure))
    assert (first > second) is falls
    bars = re.findall(r'class="bar" x1="([0-9.]+)" x2="([0-9.]+)"', figure)
    assert len(bars) == 2
    assert all(float(left) < float(right) for left, right in bars)


def test_drawing_puts_marks_on_the_axis() -> None:
    figure = axis_figure(
        [Mark(0.0, -1.0, 1.0, "a & b", "proposed", "k"), Mark(10.0, 9.0, 11.0, "prior", "prior", "")],
        unit="ppm",
        title="<two>",
        identifier="x",
    )
    assert "a &amp; b" in figure
    assert "&lt;two&gt;" in figure
    assert figure.count("<circle") == 1
    assert figure.count('class="prior"') == 1
    assert ticks(0.0, 1.0) == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]


if sys.platform != "win32":  # the debugging pipe is two inherited file descriptors, which Windows does not have

    def shown(browser: Browser) -> int:
        return int(browser.run("document.querySelectorAll('tbody tr:not([hidden])').length"))

    def test_search_and_filter_by_typing(browser: Browser, index: Path, library: reference_peaks.Library) -> None:
        browser.open(index.as_uri())
        assert shown(browser) == len(library.claims)
        browser.run("document.getElementById('q').focus()")
        browser.send("Input.insertText", text="pelavin")
        expected = len(library.select(source="pelavin1970"))
        assert shown(browser) == expected > 5
        assert browser.run("document.getElementById('count').textContent") == f"{expected} claims"
        browser.run("document.getElementById('reset').click()")
        assert shown(browser) == len(library.claims)
        browser.run(
            "var f = document.getElementById('f-technique'); f.value = 'Raman'; f.dispatchEvent(new Event('change'))"
        )
        assert shown(browser) == len(library.select(technique="Raman"))
        assert "technique=Raman" in browser.run("location.hash")

    @pytest.mark.parametrize(
        ("text", "expected", "absent"),
        [
            ("106 ppm", {"P:S3~P"}, {"P:S4", "P:O4"}),
            ("-43 ppm", {"P:O/O3"}, {"P:O3/O"}),
            ("1.5 cm-1", set(), {"P:S4"}),
            ("415 cm-1 na", {"P:S4"}, {"P:S3~P"}),
            ("pyrophosphate", {"P:O3/O"}, {"P:O4"}),
            ("PS4", {"P:S4"}, {"P:S3O"}),
            ("q1", {"P:O3/O"}, {"P:O4", "P:O2/O2"}),
        ],
    )
    def test_looking_up_by_position_and_by_name(
        browser: Browser, index: Path, text: str, expected: set[str], absent: set[str]
    ) -> None:
        browser.open(index.as_uri())
        browser.run("document.getElementById('q').focus()")
        browser.send("Input.insertText", text=text)
        rows = "Array.from(document.querySelectorAll('tbody tr:not([hidden])'))"
        found = set(str(browser.run(f"{rows}.map(row => row.dataset.species).join('|')")).split("|"))
        assert expected <= found
        assert not absent & found

    def test_one_claim_is_no_claims(browser: Browser, index: Path, library: reference_peaks.Library) -> None:
        browser.open(index.as_uri())
        browser.run("document.getElementById('q').focus()")
        browser.send("Input.insertText", text=library.claims[0].key.lower())
        assert browser.run("document.getElementById('count').textContent") == "1 claim"

    def test_pictures_follow_the_filter_and_stand_close(browser: Browser, index: Path) -> None:
        browser.open(index.as_uri())
        marks = "Array.from(document.querySelectorAll('section:not([hidden]) g.mark[data-row]'))"
        heights = (
            "Array.from(document.querySelectorAll('section:not([hidden]) svg')).map(s => s.viewBox.baseVal.height)"
        )
        before = float(str(browser.run(f"Math.max(...{heights})")))
        browser.run("var q = document.getElementById('q'); q.value = 'franke1991'; q.dispatchEvent(new Event('input'))")
        seen = f"{marks}.filter(m => m.style.display !== 'none')"
        assert int(browser.run(f"{seen}.length")) == shown(browser) > 3
        assert browser.run(f"{seen}.every(m => m.textContent.includes('franke1991'))") is True
        assert float(str(browser.run(f"Math.max(...{heights})"))) < before
        browser.run("document.getElementById('reset').click()")
        assert browser.run(f"{marks}.every(m => m.style.display !== 'none')") is True

    def test_deep_links_to_a_filter_and_to_a_claim(
        browser: Browser, index: Path, library: reference_peaks.Library
    ) -> None:
        browser.open(index.as_uri() + "#?technique=31P%20NMR&species=P%3AS4")
        assert shown(browser) == len(library.select(technique="31P NMR", species="P:S4"))
        anchor = next(group.anchor for group in groups(library) if group.species == "BO")
        browser.open(f"{index.as_uri()}#{anchor}")
        assert browser.run("document.activeElement.id") == anchor
        box = browser.run(f"document.getElementById('{anchor}').getBoundingClientRect().top")
        assert -5 < box < 800

    def test_keyboard_reaches_search_first_and_focus_is_visible(browser: Browser, index: Path) -> None:
        browser.open(index.as_uri())
        browser.run("document.activeElement.blur(); window.scrollTo(0, 0)")
        order = []
        for _ in range(4):
            for kind in ("keyDown", "keyUp"):
                browser.send("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
            order.append(browser.run("document.activeElement.id || document.activeElement.className"))
        assert order[:3] == ["skip", "q", "f-technique"]
        assert browser.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"

    def test_everybody_can_use_the_page(browser: Browser, index: Path) -> None:
        browser.open(index.as_uri())
        assert audit(browser) == []

    def test_a_phone_shows_it_without_sideways_scrolling(browser: Browser, index: Path) -> None:
        browser.send("Emulation.setDeviceMetricsOverride", **PHONE)
        browser.open(index.as_uri())
        assert browser.run("document.documentElement.scrollWidth") <= PHONE["width"]
        heights = (
            "Array.from(document.querySelectorAll('input,select,button')).map(e => e.getBoundingClientRect().height)"
        )
        assert min(browser.run(heights)) >= 44
        browser.send("Emulation.clearDeviceMetricsOverride")

    def test_a_phone_shows_every_picture_whole_with_letters_to_read(browser: Browser, index: Path) -> None:
        browser.send("Emulation.setDeviceMetricsOverride", **PHONE)
        browser.open(index.as_uri())
        sizes = browser.run(
            "[...document.querySelectorAll('svg')].map((s) => { const r = s.getBoundingClientRect(); "
            "const t = s.querySelector('.label').getBoundingClientRect(); return [r.left, r.right, t.height] })"
        )
        browser.send("Emulation.clearDeviceMetricsOverride")
        assert len(sizes) > 50
        assert all(left >= 0 and right <= PHONE["width"] for left, right, _ in sizes)
        assert min(height for _, _, height in sizes) > 9

    def test_no_console_error_and_no_request_to_anywhere(browser: Browser, index: Path) -> None:
        browser.events.clear()
        browser.open(index.as_uri())
        browser.run(
            "document.getElementById('q').value = 'x'; document.getElementById('q').dispatchEvent(new Event('input'))"
        )
        time.sleep(0.3)
        browser.run("1")
        complaints = [e for e in browser.events if e.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded")]
        assert complaints == []
        requests = {
            e["params"]["request"]["url"].split("#")[0]
            for e in browser.events
            if e.get("method") == "Network.requestWillBeSent"
        }
        assert {url for url in requests if not url.startswith(("data:", "about:"))} == {index.as_uri()}
