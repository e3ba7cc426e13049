"""The editor: what a refit costs beyond the fit itself, and what a drag costs in the page.

OMP_NUM_THREADS=1 python benchmarks/bench_editor.py

The same change is asked of a page and of a session here, in turns, and the fit alone is made beside each: what else the
machine does meets all three alike. Seconds are printed, not judged.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from headless import Browser, binary  # noqa: E402

import shortrange  # noqa: E402
import spectra  # noqa: E402
from shortrange.editor import RecipeDocument, Session  # noqa: E402

REPEATS = 11
OF_THE_BROWSER = 60.0  # ms
DONE = "!document.querySelector('[role=status]').textContent.includes('fitting')"


@dataclass(frozen=True)
class Case:
    """A glass with one spectrum, the line that is changed, and positions of lines added by hand."""

    name: str
    composition: str
    file: str
    technique: str
    line: str
    place: float
    added: tuple[float, ...] = ()


HEAD = """\
schema = 1
title = "one glass"
simulated = true
cation = "Na"
units = ["P:S4", "P:S3O", "P:S2O2", "P:SO3", "P:O4", "P:S3/O", "P:S3~P", "P:S3/S"]
free = ["Na2S", "S"]
[techniques."31P NMR"]
lines = ["P:S4 + P:S3O", "P:S2O2", "P:SO3", "P:O4", "P:S3~P", "P:S3/S", "P:S3/O"]
reference = "NaH2PO4"
spinning_rate = 20000.0
evidence = "fractions"
[techniques."31P NMR".windows]
"P:S3/S" = [90.0, 96.0]
"P:S3/O" = [69.5, 75.5]
[techniques.Raman]
lines = ["P:S4", "P:S3~P", "P:S3/S"]
evidence = "responses"
[techniques.Raman.windows]
"P:S3/S" = [396.0, 408.0]
"""
CASES = (
    Case("Raman, 3 lines", "Na3PS4", "x000_Raman.txt", "Raman", "p_s4", 420.0),
    Case("31P with sidebands, 7 lines", "Na3PS3.4O0.6", "x060_31P.jdx", "31P NMR", "p_so3", 32.0),
    Case("31P with sidebands, 9 lines", "Na3PS3.4O0.6", "x060_31P.jdx", "31P NMR", "p_so3", 32.0, (-25.0, 150.0)),
)


def written(case: Case, folder: Path) -> Path:
    """A recipe of one spectrum of the example."""
    recipe = shortrange.write_example(folder)
    lines = [f"{{name = 'by_hand_{n}', center = {at}, fwhm = 8.0}}" for n, at in enumerate(case.added, start=1)]
    edit = f"[samples.spectra.edit]\npeaks = [{', '.join(lines)}]\n" if lines else ""
    recipe.write_text(
        f'{HEAD}\n[[samples]]\nname = "glass"\ncomposition = "{case.composition}"\n[[samples.spectra]]\n'
        f'file = "{case.file}"\ntechnique = "{case.technique}"\n{edit}',
        encoding="utf-8",
    )
    return recipe


def wall(work: Callable[[], object]) -> float:
    """Milliseconds."""
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def in_page(browser: Browser, case: Case, place: float) -> float:
    """From question to picture."""
    field = f"document.querySelector('[aria-label=\"position of {case.line}\"]')"
    browser.run(f"{field}.value = '{place}'; {field}.dispatchEvent(new Event('change'))")
    browser.until(DONE)
    return float(browser.run("document.querySelector('.sr').dataset.took"))


def one_frame(browser: Browser, case: Case) -> float:
    """Median of the frames of a drag, which is given up."""
    handle = f"document.querySelector('[data-peak={case.line}] .dot').getBoundingClientRect()"
    x, y = browser.run(f"(() => {{ const r = {handle}; return [r.x + 7, r.y + 7] }})()")
    frames = []
    for number in range(REPEATS):
        kind = "Moved" if number else "Pressed"
        browser.send("Input.dispatchMouseEvent", type=f"mouse{kind}", x=x + number, y=y, button="left", buttons=1)
        frames += [float(browser.run("document.querySelector('.sr').dataset.frame || 0"))] * (number > 1)
    return median(frames)


def measured(case: Case, folder: Path) -> None:
    """Print one case."""
    recipe = written(case, folder)
    session = Session(RecipeDocument(recipe))
    first = next(session.handle({"type": "open"}))
    command = [sys.executable, "-m", "shortrange", "edit", str(recipe), "--no-browser", "--quiet"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    browser = Browser(binary(), folder / "profile")
    alone, through, whole = [], [], []
    try:
        browser.open(server.stdout.readline().strip())
        browser.until(f"Boolean(document.querySelector('[data-peak={case.line}]')) && {DONE}", 300)
        browser.run(f"document.querySelector('[data-peak={case.line}]').focus()")
        for number in range(REPEATS):
            place = case.place + 0.05 * number
            whole.append(in_page(browser, case, place))
            asked = {"type": "set", "values": {f"{case.line}_center": place}}
            through.append(wall(lambda asked=asked: json.dumps(next(session.handle(asked)), allow_nan=False)))
            fit = session.fit
            alone.append(wall(lambda fit=fit: spectra.fit(fit.spectrum, fit.model, check=False)))
        frame = one_frame(browser, case)
    finally:
        browser.close()
        server.terminate()
        server.wait()
    own, aim = median(alone), 1.5 * median(alone) + OF_THE_BROWSER
    print(f"{case.name} ({len(first['peaks'])} peaks, {session.fit.spectrum.intensity.size} points)")
    print(f"  spectra.fit alone          {own:8.1f} ms wall")
    print(f"  refit through the session  {median(through):8.1f} ms wall, ratio {median(through) / own:.2f}")
    print(f"  question to picture        {median(whole):8.1f} ms wall; 1.5 x fit + {OF_THE_BROWSER:g} = {aim:.1f} ms")
    print(f"  one frame of a drag        {frame:8.1f} ms wall, without Python", flush=True)


if __name__ == "__main__":
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            measured(case, Path(folder))
