"""The page of the editor beside a document that a test can make slow: stopping, a phase, numbers as it writes them."""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from headless import Browser
from page_hands import READY, chosen, key, mouse, place, sent, settled

import spectra
from shortrange.editor import FitDocument, Server, Session
from shortrange.edits import Edit
from shortrange_core.shown_numbers import with_sd
from shortrange_core.stopping import go_on


class Patient(FitDocument):
    """A fit whose phase can be turned, and that does not end while a parameter is held and nobody stops it."""

    def fit(self, number: int, edit: Edit) -> spectra.Fit:
        while edit.fixed:
            go_on()
            time.sleep(0.005)
        return super().fit(number, edit.model_copy(update={"phase": None}))

    def has_phase(self, number: int) -> bool:
        return True


@pytest.fixture
def served() -> Iterator[Server]:
    """A server in a thread, of a document that a test can make slow."""
    x = np.linspace(0.0, 100.0, 300)
    y = np.exp(-(((x - 40) / 6) ** 2)) + np.random.default_rng(0).normal(0, 0.01, x.size)
    spectrum = spectra.from_arrays(x, y, axis="chemical_shift", noise=0.01)
    line = spectra.peak("a", {"center": (42.0, 30.0, 50.0), "fwhm": 8.0}, shape="gaussian")
    fit = spectra.fit(spectrum, spectra.Model("", "chemical_shift", (line,)))
    server = Server(Session(Patient(fit)))
    loop, ready = asyncio.new_event_loop(), threading.Event()

    async def run() -> None:
        listener = await server.start()
        server.end = listener.close  # type: ignore[attr-defined]
        ready.set()
        await listener.wait_closed()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    assert ready.wait(30)
    yield server
    server.turns.stop()
    loop.call_soon_threadsafe(server.end)  # type: ignore[attr-defined]
    thread.join(30)
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


if sys.platform != "win32":

    def test_numbers_are_written_as_in_a_report(browser: Browser, served: Server) -> None:
        browser.open(served.address)
        browser.until(READY)
        pairs = [
            (82.0, 2.01),
            (0.02963, 0.00061),
            (93.52, 0.0496),
            (1234.0, 560.0),
            (1046.21, 3.4),
            (107.32, 0.0996),
            (-4.5, 12.0),
        ]
        written = browser.run(
            "import(document.querySelector('script').src)"
            f".then((page) => {json.dumps(pairs)}.map((pair) => page.shown(...pair)))"
        )
        assert written == [with_sd(*pair) for pair in pairs]

    def test_a_fit_that_takes_long_is_stopped_and_what_was_moved_meanwhile_stays(
        browser: Browser, served: Server
    ) -> None:
        browser.send("Emulation.setDeviceMetricsOverride", width=1400, height=1000, deviceScaleFactor=1, mobile=False)
        browser.open(served.address)
        browser.until(READY)
        stop = "[...document.querySelectorAll('.sr button')].find((b) => b.textContent === 'Stop')"
        assert browser.run(f"{stop}.hidden")
        browser.run("document.querySelector('[data-peak=a]').focus()")
        browser.run("document.querySelector('[aria-label=\"lock width of a\"]').click()")
        browser.until(f"!{stop}.hidden")
        assert "fitting" in browser.run("document.querySelector('[role=status]').textContent")
        dot = place(browser, "[data-peak=a] circle.dot")
        mouse(browser, "Pressed", *dot, buttons=1)
        mouse(browser, "Moved", dot[0] + 30, dot[1], buttons=1)
        key(browser, "Escape")
        browser.until("!document.querySelector('.sr .error').hidden")
        told = browser.run("document.querySelector('.sr .error').textContent")
        assert told.startswith("The fit was stopped: you stopped it. Nothing was changed.")
        assert browser.run(f"{stop}.hidden")
        assert browser.run("document.querySelector('.sr .bar button').disabled")
        # the answer was about the lock, not about the line that is in hand
        assert place(browser, "[data-peak=a] circle.dot")[0] == pytest.approx(dot[0] + 30, abs=1.5)
        sent(browser)
        mouse(browser, "Released", dot[0] + 30, dot[1])
        settled(browser)
        assert [list(asked["values"]) for asked in sent(browser)] == [["a_center"]]
        assert browser.run("document.querySelector('.sr .error').hidden")

    def test_the_phase_is_turned_in_the_page(browser: Browser, served: Server) -> None:
        browser.open(served.address)
        browser.until(READY)
        browser.run(chosen("phase, zero order, degrees", "12"))
        settled(browser)
        assert served.turns.session.edit.phase == [12.0, 0.0]
        assert browser.run("document.querySelector('[aria-label=\"phase, zero order, degrees\"]').value") == "12"
        key(browser, "z", modifiers=2)
        settled(browser)
        assert browser.run("document.querySelector('[aria-label=\"phase, zero order, degrees\"]').value") == "0"
