"""The editor: what a refit costs beyond the fit itself, and what a drag costs in the page.

OMP_NUM_THREADS=1 python benchmarks/bench_editor.py
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from headless import Browser, binary  # noqa: E402

import shortrange  # noqa: E402
import spectra  # noqa: E402
from shortrange.editor import RecipeDocument, Session  # noqa: E402

REPEATS = 15
SPECTRUM = 1  # Raman of x = 0.00
LINE = "p_s4"
HANDLE = f"document.querySelector('[data-peak={LINE}]')"
DONE = "!document.querySelector('[role=status]').textContent.includes('fitting')"


def in_python(recipe: Path) -> tuple[float, float]:
    """Median processor time of a fit alone and of a refit through the session, JSON included, in ms."""
    session = Session(RecipeDocument(recipe))
    list(session.handle({"type": "select", "spectrum": SPECTRUM}))
    alone, through = [], []
    for number in range(REPEATS):
        start = time.process_time()
        answer = next(session.handle({"type": "set", "values": {f"{LINE}_fwhm": 20.0 + 0.1 * number}}))
        json.dumps(answer, allow_nan=False)
        through.append(time.process_time() - start)
        fit = session.fit
        start = time.process_time()
        spectra.fit(fit.spectrum, fit.model, check=False)
        alone.append(time.process_time() - start)
    return 1000 * median(alone), 1000 * median(through)


def in_browser(recipe: Path) -> tuple[float, float]:
    """Median time from letting go to the new picture, and of one frame of a drag, in ms."""
    command = [sys.executable, "-m", "shortrange", "edit", str(recipe), "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    address = server.stdout.readline().strip()
    browser = Browser(binary(), Path(tempfile.mkdtemp()))
    whole, frames = [], []
    try:
        browser.open(address)
        browser.until(f"Boolean({HANDLE}) && {DONE}")
        pick = "document.querySelector('.sr select')"
        browser.run(f"{pick}.value = {SPECTRUM}; {pick}.dispatchEvent(new Event('change'))")
        browser.until("document.querySelector('.sr').innerText.includes('Raman shift') && " + DONE)
        for number in range(REPEATS):
            rectangle = f"const r = {HANDLE}.querySelector('.dot').getBoundingClientRect()"
            x, y = browser.run(f"(() => {{ {rectangle}; return [r.x + 7, r.y + 7] }})()")
            for kind, by in (("Pressed", 0), ("Moved", 10), ("Moved", 20 + number), ("Released", 20 + number)):
                browser.send("Input.dispatchMouseEvent", type=f"mouse{kind}", x=x + by, y=y, button="left", buttons=1)
                frames += [float(browser.run("document.querySelector('.sr').dataset.frame || 0"))] * (kind == "Moved")
            browser.until(DONE)
            whole.append(float(browser.run("document.querySelector('.sr').dataset.took")))
    finally:
        browser.close()
        server.terminate()
    return median(whole), median(frames)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        path = shortrange.write_example(Path(folder) / "series")
        alone, through = in_python(path)
        whole, frame = in_browser(path)
    print(f"spectra.fit alone             {alone:8.1f} ms processor")
    print(f"refit through the session     {through:8.1f} ms processor, ratio {through / alone:.2f}")
    print(f"question to picture           {whole:8.1f} ms wall; aim 1.5 x fit + 60 = {1.5 * alone + 60:.1f} ms")
    print(f"one frame of a drag           {frame:8.1f} ms wall, without Python")
