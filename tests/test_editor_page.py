"""The editor in a real headless browser against a real server: pointer, keys, history, saving, who is let in."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from headless import Browser
from page_audit import audit
from page_hands import READY, box, chosen, drag, key, mouse, place, pushed, sent, settled, text

import shortrange

RECIPE = """\
# kept: the first line
schema = 1
title = "one glass"
simulated = true
cation = "Na"
units = ["P:S4", "P:S3O", "P:S2O2", "P:SO3", "P:O4", "P:S3/O", "P:S3~P", "P:S3/S"]
free = ["Na2S", "S"]
[techniques.Raman]
lines = ["P:S4", "P:S3~P", "P:S3/S"]
evidence = "responses"
[techniques.Raman.windows]
"P:S3/S" = [396.0, 408.0]
[[samples]]
name = "glass"
composition = "Na3PS3.4O0.6"
[[samples.spectra]]
file = "x060_Raman.txt"  # kept: the file
technique = "Raman"
"""
GLASS = "document.querySelector('.sr .glass')?.style.opacity === '1'"
LINES = "[...document.querySelectorAll('.sr .handle')].map((h) => h.dataset.peak)"


class Running:
    """``shortrange edit`` in a process of its own."""

    def __init__(self, recipe: Path) -> None:
        command = [sys.executable, "-m", "shortrange", "edit", str(recipe), "--no-browser", "--quiet"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        self.parts = urlsplit(self.address)
        self.token = parse_qs(self.parts.query)["token"][0]

    def asked(self, path: str, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.parts.port, timeout=30)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = shortrange.write_example(tmp_path / "series")
    path.write_text(RECIPE, encoding="utf-8")
    return path


@pytest.fixture
def running(recipe: Path) -> Iterator[Running]:
    found = Running(recipe)
    yield found
    found.close()


def test_only_the_whole_address_opens_the_page(running: Running) -> None:
    inside = f"token={running.token}"
    assert running.asked(f"/?{inside}")[0] == 200
    assert running.asked(f"/page.js?{inside}")[0] == 200
    assert running.asked("/")[0] == 403
    assert running.asked("/?token=wrong")[0] == 403
    assert running.asked("/page.js")[0] == 403
    assert running.asked(f"/ws?token={running.token[:-1]}")[0] == 403
    assert running.asked(f"/../recipe.toml?{inside}")[0] == 404
    assert running.asked(f"/?{inside}", Host=f"elsewhere.example:{running.parts.port}")[0] == 403
    assert running.asked(f"/ws?{inside}", Origin="http://elsewhere.example")[0] == 403
    page = running.asked(f"/page.js?{inside}")[1].decode()
    assert "http://www.w3.org/2000/svg" in page
    assert page.count("http") == page.count("http://www.w3.org/2000/svg") + page.count(
        "https"
    )  # nothing from elsewhere
    assert "https" not in page


if sys.platform != "win32":

    def opened(browser: Browser, running: Running) -> None:
        browser.send("Emulation.setDeviceMetricsOverride", width=1400, height=1000, deviceScaleFactor=1, mobile=False)
        browser.open(running.address)
        browser.until(READY)
        browser.until(GLASS)

    def test_drag_add_tie_undo_save_and_reopen(browser: Browser, running: Running, recipe: Path) -> None:
        opened(browser, running)
        assert browser.run(LINES) == ["p_s4", "p_s3_p", "p_s3_s"]
        sent(browser)
        dot = place(browser, "[data-peak=p_s4] circle.dot")

        mouse(browser, "Pressed", *dot, buttons=1)
        before = browser.run("document.querySelector('.sr path[stroke=\"#000\"]').getAttribute('d')")
        mouse(browser, "Moved", dot[0] + 60, dot[1], buttons=1)
        browser.until(f"document.querySelector('.sr path[stroke=\"#000\"]').getAttribute('d') !== {json.dumps(before)}")
        assert place(browser, "[data-peak=p_s4] circle.dot")[0] == pytest.approx(dot[0] + 60, abs=1.5)
        assert sent(browser) == []  # a line is drawn where it is dragged without asking Python
        mouse(browser, "Released", dot[0] + 60, dot[1])
        settled(browser)
        (asked,) = sent(browser)
        assert (asked["type"], list(asked["values"]), asked["hold"]) == ("set", ["p_s4_center"], False)

        drag(browser, place(browser, "[data-peak=p_s3_p] circle.dot"), (25, 0), modifiers=8)
        settled(browser)
        (asked,) = sent(browser)
        assert asked["hold"] is True
        held = asked["values"]["p_s3_p_center"]
        assert " locked" in text(browser)

        grip = place(browser, "[data-peak=p_s3_p] rect.right")
        drag(browser, grip, (12, 0))
        settled(browser)
        assert list(sent(browser)[0]["values"]) == ["p_s3_p_fwhm"]

        pushed(browser, "Add line")
        plot = browser.run(box(".sr svg.plot"))
        mouse(browser, "Pressed", plot[0] + 0.75 * plot[2], plot[1] + 200, buttons=1)
        mouse(browser, "Released", plot[0] + 0.75 * plot[2], plot[1] + 200)
        settled(browser)
        assert "by_hand_1" in browser.run(LINES)

        pushed(browser, "by hand 1")
        browser.run(chosen("tie width of by_hand_1", "equal p_s4_fwhm"))
        settled(browser)
        assert "= p_s4_fwhm" in text(browser)
        browser.run(chosen("species of by_hand_1", "P:S3O"))
        settled(browser)

        key(browser, "z", modifiers=2)
        settled(browser)
        key(browser, "z", modifiers=2)
        settled(browser)
        assert "= p_s4_fwhm" not in text(browser)
        key(browser, "y", modifiers=2)
        settled(browser)
        assert "= p_s4_fwhm" in text(browser)

        key(browser, "s", modifiers=2)
        browser.until("document.querySelector('[role=status]').textContent.includes('saved in recipe.toml')")
        written = recipe.read_text(encoding="utf-8")
        assert "# kept: the first line" in written
        assert "# kept: the file" in written
        edit = shortrange.read_recipe(recipe).tables.samples[0].spectra[0].edit
        assert edit.fixed["p_s3_p_center"] == pytest.approx(held, rel=1e-6)
        assert edit.ties == ("by_hand_1_fwhm = p_s4_fwhm",)
        assert edit.counts == {}

        again = Running(recipe)
        try:
            opened(browser, again)
            assert "by_hand_1" in browser.run(LINES)
            assert browser.run("document.querySelector('.sr .bar button').disabled")  # nothing to undo in a new session
        finally:
            again.close()

    def test_the_plot_keeps_its_width_when_the_page_grows(browser: Browser, running: Running) -> None:
        opened(browser, running)
        inner = "document.body.getBoundingClientRect().width"
        wide = browser.run(inner)
        browser.run("document.querySelector('.sr').style.display = 'none'")
        assert browser.run(inner) == wide  # a bar that appears with the balances moved lines under the pointer

    def test_keys_alone_do_it_too(browser: Browser, running: Running) -> None:
        opened(browser, running)
        sent(browser)
        browser.run("document.querySelector('[data-peak=p_s3_p]').focus()")
        for name in ("ArrowRight", "ArrowRight", "ArrowUp", "]"):
            key(browser, name)
        key(browser, "Enter")
        settled(browser)
        asked = sent(browser)[-1]
        assert sorted(asked["values"]) == ["p_s3_p_area", "p_s3_p_center", "p_s3_p_fwhm"]
        assert browser.run("document.activeElement.dataset.peak") == "p_s3_p"  # the line stays in hand
        key(browser, "l")
        settled(browser)
        assert (
            browser.run(
                "document.querySelector('[aria-label=\"lock position of p_s3_p\"]').getAttribute('aria-pressed')"
            )
            == "true"
        )
        key(browser, "Delete")
        settled(browser)
        assert browser.run(LINES) == ["p_s4", "p_s3_s"]
        assert browser.run("[...document.querySelectorAll('.sr tr.off')].length") == 1

    def test_a_key_ties_the_width_to_the_line_in_hand_before_and_unties_it(browser: Browser, running: Running) -> None:
        opened(browser, running)
        sent(browser)
        browser.run("document.querySelector('[data-peak=p_s3_p]').focus()")
        assert " T tie its width" in browser.run("document.querySelector('.sr').textContent")  # the help of the page
        key(browser, "t")  # no line was in hand before
        told = browser.run("document.querySelector('.sr .error').textContent")
        assert "select that line first" in told
        assert sent(browser) == []
        browser.run("document.querySelector('[data-peak=p_s4]').focus()")
        browser.run("document.querySelector('[data-peak=p_s3_p]').focus()")
        key(browser, "t")
        settled(browser)
        assert "= p_s4_fwhm" in text(browser)
        assert browser.run("document.querySelector('.sr .error').hidden")
        key(browser, "t")
        settled(browser)
        assert "= p_s4_fwhm" not in text(browser)
        asked = [{name: one[name] for name in one if name != "question"} for one in sent(browser)]
        assert asked == [
            {"type": "tie", "left": "p_s3_p_fwhm", "right": "p_s4_fwhm", "how": "equal"},
            {"type": "untie", "left": "p_s3_p_fwhm"},
        ]

    def test_what_cannot_be_is_said_and_nothing_is_lost(browser: Browser, running: Running) -> None:
        opened(browser, running)
        browser.run("document.querySelector('[data-peak=p_s4]').focus()")
        browser.run(chosen("width of p_s4", "-3"))
        browser.until("!document.querySelector('.sr .error').hidden")
        assert "p_s4_fwhm = -3 lies outside" in browser.run("document.querySelector('.sr .error').textContent")
        assert browser.run("document.querySelector('.sr .bar button').disabled")

    def test_everybody_can_use_the_page_on_a_phone_too(browser: Browser, running: Running) -> None:
        opened(browser, running)
        assert browser.run("document.querySelector('h1').textContent") == "one glass"
        browser.run("document.querySelector('[data-peak=p_s4]').focus()")
        assert audit(browser) == []
        browser.send("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=2, mobile=True)
        browser.until("document.querySelector('.sr.narrow') !== null")
        problems = [e for e in browser.events if e.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown")]
        assert problems == []
