"""The documentation: every command and Python line that a page shows runs; made pages are made of what there is."""

import json
import os
import re
import shlex
import shutil
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from file_modules import module_at
from impedance_commands import write_csv
from typed_commands import run

import electrochemistry as ec
from shortrange import fit_file
from shortrange.balance import balance_text
from shortrange.example import SHIPPED
from shortrange.explanations import explanations
from shortrange.exports import EXITS
from shortrange.recipe import check_recipe
from shortrange_core import save
from spectra.shapes import SHAPES

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [DOCS / "start.md", DOCS / "balances.md", DOCS / "cite.md", *sorted((DOCS / "howto").glob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN_ELSEWHERE = ("shortrange example",)
"""Commands that other tests run, because they take minutes: test_shortrange_workflow runs the whole example."""


@pytest.fixture(scope="module")
def pages():
    sys.path.insert(0, str(DOCS))
    module = module_at(DOCS / "pages.py")
    sys.path.remove(str(DOCS))
    return module


@pytest.fixture(scope="module")
def made(pages) -> dict[str, str]:
    return pages.made()


def fences(path: Path, language: str) -> list[str]:
    return [text for found, text in FENCE.findall(path.read_text(encoding="utf-8")) if found == language]


def commands(path: Path) -> list[str]:
    lines = [line for text in fences(path, "sh") for line in text.splitlines() if line]
    assert all(line.startswith(("shortrange ", "mkdir ")) for line in lines), f"{path.name}: shows what no test can run"
    return lines


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory) -> Path:
    """A folder with every file that the pages speak of: from the example, or simulated."""
    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(SHIPPED, folder, dirs_exist_ok=True)
    (folder / "my-glasses").mkdir()
    for name in ("x015_31P.jdx", "x015_Raman.txt"):
        shutil.copyfile(SHIPPED / name, folder / "my-glasses" / name)
    shutil.copyfile(ROOT / "shortrange" / "data" / "paper_statements.toml", folder / "paper_statements.toml")
    lines = ["file,temperature_celsius,thickness_mm,thickness_sd_mm,diameter_mm"]
    for number, celsius in enumerate((25, 40, 60, 90)):
        write_csv(folder / f"{celsius}.csv", 1e3 * np.exp(4991.0 * (1 / (celsius + 273.15) - 1 / 298.15)), seed=number)
        lines.append(f"{celsius}.csv,{celsius},1.0,0.02,13")
    (folder / "table.csv").write_text("\n".join(lines) + "\n")
    cell = ec.simulate_full_cell(
        [0.256, 0.22, 0.2], charge_capacities=[0.2355, 0.22, 0.2], current=0.1, order="discharge-first",
        plateaus=[(1.9, 0.3), (1.25, 0.7)], hysteresis=0.2,
    )  # fmt: skip
    cell.to_dataframe().to_csv(folder / "cell.csv", index=False)
    symmetric = ec.simulate_symmetric_cell(
        np.arange(1, 31) * 0.05, area=1.327, resistance=385, event=ec.CellEvent(20, 1.6), noise_volt=1e-3,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    symmetric.to_dataframe().to_csv(folder / "symmetric.csv", index=False)
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(DOCS).as_posix())
def test_every_command_of_a_page_runs(page, laid_out, tmp_path, monkeypatch, capsys):
    shutil.copytree(laid_out, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    shown = [line for line in commands(page) if not line.startswith(RUN_ELSEWHERE)]
    assert shown
    for line in shown:
        _prepare(line, tmp_path)
        if line.startswith("mkdir "):
            Path(line.removeprefix("mkdir ")).mkdir()
            continue
        code, _, err = run(capsys, *shlex.split(line)[1:])
        assert code in (0, 1), f"{line}: {err}"  # 1: ran, not to be trusted, which drafts may be


def _prepare(line: str, folder: Path) -> None:
    """What a page takes as done before one of its commands: an analysis that was run."""
    if line.startswith("shortrange export results ") and not (folder / "results").exists():
        (folder / "results").mkdir()
        shutil.copyfile(_one_fit(folder), folder / "results" / "results.nc")


def _one_fit(folder: Path) -> Path:
    fit = fit_file(folder / "x000_Raman.txt", technique="Raman", species=("P:S4",), cation="Na", phase="glass")
    save(fit, folder / "one.nc")
    return folder / "one.nc"


def test_recipe_tables_of_the_pages_are_what_a_recipe_takes():
    head, *samples = (SHIPPED / "recipe.toml").read_text(encoding="utf-8").split("[[samples]]")
    glass = "[[samples]]" + samples[-1]
    for page in PAGES:
        for text in fences(page, "toml"):
            stated = tomllib.loads(text)
            assert stated
            if "regions" in stated:  # photoelectron samples: test_photoelectrons runs it
                continue
            if "species" in stated:  # a file of `shortrange balance`
                balanced = balance_text(text, page.name)
                assert balanced.solution is not None
                assert balanced.solution.status.trusted
                continue
            base = head
            for technique in stated.get("techniques", {}):
                base = re.sub(rf'\[techniques\."?{technique}"?\]\n.*?(?=\n\[)', "", base, flags=re.DOTALL)
            top = text if not text.lstrip().startswith("[") else ""
            merged = top + base + ("" if top or "[[samples" in text else text) + glass
            merged += text if "[[samples" in text else ""
            check_recipe(merged.replace('["our-lab"]', "[]"), folder=SHIPPED, name=page.name)


def test_made_pages_have_every_record(made):
    for place, names in (
        ("reference/shapes.md", SHAPES),
        ("reference/notes.md", explanations()),
        ("reference/exits.md", EXITS),
        ("reference/command-line.md", ("shortrange init", "shortrange peaks pool", "--spinning-rate")),
        ("reference/backgrounds.md", ("shirley", "tougaard")),
        ("reference/python.md", ("fit_together", "solve_series", "arrhenius")),
    ):
        missing = [name for name in names if name not in made[place]]
        assert not missing, f"{place}: {missing}"
    notebooks = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {Path(place).stem for place in made if place.startswith("gallery/")} == notebooks


def test_a_flow_chart_is_a_list_of_its_arrows_where_no_script_draws_it(pages):
    text = pages.arrows_listed((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert "mermaid" not in text
    assert "fits, techniques → `reference_peaks` (priors and windows), `shortrange_core`\n" in text
    boxes = re.findall(r"^- `(\w+)`: .*$", text, re.MULTILINE)
    assert sorted(boxes) == sorted(pages.PACKAGES)


def test_links_between_pages_lead_somewhere(made):
    sources = {path.relative_to(DOCS).as_posix(): path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md")}
    roots = {"conventions.md", "validation.md", "curation.md", "contributing.md", "changelog.md"}
    known = set(sources) | set(made) | roots
    dead = []
    for page, text in sources.items():
        for target in re.findall(r"\]\(([^)#:]+\.md)(?:#[^)]*)?\)", text):
            place = os.path.normpath(Path(page).parent / target)
            beside = (DOCS / page).parent / target
            if place.replace(os.sep, "/") not in known and not beside.resolve().is_file():
                dead.append(f"{page}: {target}")
    assert not dead


def test_the_readme_shows_one_picture_that_is_there():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert len(pictures) == 1
    assert (ROOT / pictures[0]).stat().st_size < 100_000
    for target in re.findall(r"(?<!!)\[[^\]]+\]\(([^):]+)\)", text):
        assert (ROOT / target).exists(), target


def test_an_output_that_a_notebook_stores_is_shown(pages, tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n"]},
        {"cell_type": "code", "source": ["1 + 1"], "outputs": [{"data": {"text/plain": ["2"]}}, {"text": ["said\n"]}]},
    ]
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    shown = pages.gallery(path)
    assert "```text\n2\n```" in shown
    assert "```text\nsaid\n```" in shown
