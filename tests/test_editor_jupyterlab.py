"""The editor of a fit in a real JupyterLab: pointer, history, saving and opening again, by the notebook's channel."""

import json
import os
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from headless import Browser
from page_hands import chosen, drag, mouse, place, pushed, text

FIT = """\
import numpy as np
import spectra
from shortrange.editor import refitted
from shortrange.edits import read_edit
x = np.linspace(0.0, 100.0, 400)
y = 1 + sum(a * np.exp(-(((x - c) / 6) ** 2)) for a, c in ((50, 30.0), (30, 60.0)))
y = y + np.random.default_rng(0).normal(0, 0.2, x.size)
spectrum = spectra.from_arrays(x, y, axis="chemical_shift", noise=0.2)
lines = [spectra.peak(n, {"center": (c, c - 8, c + 8), "fwhm": (9.0, 2.0, 20.0)}, shape="gaussian")
         for n, c in (("a", 31.0), ("b", 59.0))]
model = spectra.Model("", "chemical_shift", tuple(lines), (spectra.backgrounds.polynomial(0),))
fit = spectra.fit(spectrum, model)
fit.edit(save="edit.toml")
"""
AGAIN = 'refitted(fit, read_edit("edit.toml")).edit()\n'
DONE = (
    "[...document.querySelectorAll('.sr')].every((e) => e.querySelector('.handle')) && "
    "![...document.querySelectorAll('.sr [role=status]')].some((s) => s.textContent.includes('fitting'))"
)


def notebook() -> str:
    cells: list[dict[str, object]] = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "source": text, "outputs": [], "execution_count": None}
        for i, text in enumerate((FIT, AGAIN))
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})


# nothing asked of the network, nothing looked up that these tests do not use
QUIET = {
    "buildCheck": False,
    "disabledExtensions": {
        "@jupyterlab/apputils-extension:announcements": True,
        "@jupyterlab/extensionmanager-extension": True,
        "@jupyterlab/lsp-extension": True,
    },
}
IDLE = "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"


def listening(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """Address of a notebook in a JupyterLab of its own, whose kernel is the Python of the tests."""
    (tmp_path / "fit.ipynb").write_text(notebook(), encoding="utf-8")
    kernel = tmp_path / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    settings = tmp_path / "jupyter-config" / "labconfig"
    settings.mkdir(parents=True)
    (settings / "page_config.json").write_text(json.dumps(QUIET))
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {f"JUPYTER_{name}_DIR": str(tmp_path / f"jupyter-{name.lower()}") for name in ("CONFIG", "DATA", "RUNTIME")}
    environment = {**os.environ, **own, "JUPYTER_PATH": str(tmp_path / "jupyter")}
    options = [f"--ServerApp.port={port}", "--ServerApp.token=test", "--ServerApp.port_retries=0", "--no-browser"]
    options += ["--LabApp.extension_manager=readonly", "--ServerApp.jpserver_extensions={'jupyter_lsp': False}"]
    options += ["--expose-app-in-browser", f"--ServerApp.root_dir={tmp_path}"]
    options += ["--allow-root"] if hasattr(os, "getuid") and os.getuid() == 0 else []
    with (tmp_path / "lab.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], env=environment, stdout=log, stderr=log
        )
    limit = time.monotonic() + 120
    while not listening(port):
        assert process.poll() is None, (tmp_path / "lab.log").read_text()
        assert time.monotonic() < limit, (tmp_path / "lab.log").read_text()
        time.sleep(0.2)
    yield f"http://127.0.0.1:{port}/lab/tree/fit.ipynb?token=test&reset"
    process.terminate()
    process.wait(60)


if sys.platform != "win32":

    def opened(browser: Browser, address: str) -> None:
        """The notebook, once its kernel answers."""
        browser.send("Emulation.setDeviceMetricsOverride", width=1600, height=1400, deviceScaleFactor=1, mobile=False)
        browser.send("Page.navigate", url=address)
        browser.until("Boolean(window.jupyterapp && document.querySelector('.jp-Notebook'))", 120)
        browser.until("document.querySelector('.jp-Notebook').textContent.includes('refitted')")
        browser.until(IDLE)  # a cell that is run before is dropped without a word

    def ran(browser: Browser, cell: int) -> None:
        """A cell, until it shows its editor below those of the cells before."""
        notebook = "window.jupyterapp.shell.currentWidget.content"
        browser.run(f"{notebook}.activeCellIndex = {cell}")  # a click in an editor makes its cell the active one
        browser.run("window.jupyterapp.commands.execute('notebook:run-cell').then(() => 0)")
        browser.until(f"document.querySelectorAll('.sr').length === {cell + 1}")
        browser.until(DONE)

    def test_drag_add_tie_undo_save_and_open_again(browser: Browser, lab: str, tmp_path: Path) -> None:
        opened(browser, lab)
        ran(browser, 0)
        browser.run("document.querySelector('.sr').scrollIntoView()")
        drag(browser, place(browser, ".sr [data-peak=a] circle.dot"), (30, 0), modifiers=8)
        browser.until(DONE)
        assert " locked" in text(browser)
        pushed(browser, "Add line")
        x, y, width, _ = browser.run(
            "(() => { const r = document.querySelector('.sr svg.plot').getBoundingClientRect(); "
            "return [r.x, r.y, r.width, r.height] })()"
        )
        for kind in ("Pressed", "Released"):
            mouse(browser, kind, x + 0.15 * width, y + 120, buttons=1)
        browser.until("Boolean(document.querySelector('.sr [data-peak=by_hand_1]'))")
        browser.until(DONE)
        pushed(browser, "by hand 1")
        browser.run(chosen("tie width of by_hand_1", "equal b_fwhm"))
        browser.until("document.querySelector('.sr').innerText.includes('= b_fwhm')")
        browser.until(DONE)
        pushed(browser, "Undo")
        browser.until("!document.querySelector('.sr').innerText.includes('= b_fwhm')")
        pushed(browser, "Redo")
        browser.until("document.querySelector('.sr').innerText.includes('= b_fwhm')")
        browser.until(DONE)
        pushed(browser, "Save")
        browser.until("document.querySelector('.sr [role=status]').textContent.includes('saved in edit.toml')")
        table = tomllib.loads((tmp_path / "edit.toml").read_text(encoding="utf-8"))
        assert table["ties"] == ["by_hand_1_fwhm = b_fwhm"]
        assert list(table["fixed"]) == ["a_center"]
        ran(browser, 1)
        second = "[...document.querySelectorAll('.sr')][1]"
        lines = browser.run(f"[...{second}.querySelectorAll('.handle')].map((h) => h.dataset.peak)")
        assert lines == ["a", "b", "by_hand_1"]
        shown = browser.run(f"{second}.innerText")
        assert " locked" in shown
        assert browser.run(f"[...{second}.querySelectorAll('button')].find((b) => b.textContent === 'Undo').disabled")
