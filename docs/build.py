"""Build the documentation site: ``python docs/build.py FOLDER``. Warnings are errors, and so is a link to nowhere.

Pages of ``docs``, documents of the root and what :mod:`pages` makes are put together in a scratch folder, where links
between them are turned to pages of the site; Sphinx does the rest.
"""

from __future__ import annotations

import html.parser
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pages

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
FROM_ROOT = {
    "CONVENTIONS.md": "conventions.md",
    "VALIDATION.md": "validation.md",
    "CURATION.md": "curation.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
LINK = re.compile(r"\]\((?:\.\./)*(" + "|".join(map(re.escape, FROM_ROOT)) + r")\)")
DECISIONS = "\n```{toctree}\n:glob:\n:maxdepth: 1\n0*\n```\n"
CONFIG = """
project = "shortrange"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "shortrange"
html_show_copyright = False
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # documents of the root begin their parts where they like
exclude_patterns = []
html_static_path = ["own"]
html_css_files = ["own.css"]
"""
FOCUS = ".sidebar-search:focus-visible { outline: 2px solid var(--color-brand-primary); outline-offset: -2px; }\n"
"""The theme shows the focus of its search field by a shade alone, which few see."""
TABLES = """table.docutils td:not(:first-child) code.literal { white-space: normal; overflow-wrap: anywhere; }
table.docutils td:last-child { overflow-wrap: anywhere; min-width: 9em; }
@media (max-width: 46em) {
  table.docutils { font-size: .8rem; } table.docutils td, table.docutils th { padding: .2rem .35rem; }
}
@media (min-width: 46em) { div.highlight-text pre { white-space: pre-wrap; } }
"""
"""Long names and sources in cells break, so that a table is seen whole; sentences that a notebook prints break too."""


def assemble(source: Path) -> None:
    """All pages of the site in one folder."""
    for path in DOCS.rglob("*.md"):
        target = source / path.relative_to(DOCS)
        target.parent.mkdir(parents=True, exist_ok=True)
        depth = "../" * (len(path.relative_to(DOCS).parts) - 1)
        target.write_text(linked(path.read_text(encoding="utf-8"), depth), encoding="utf-8")
    overview = source / "decisions" / "README.md"
    (source / "decisions" / "index.md").write_text(overview.read_text(encoding="utf-8") + DECISIONS, encoding="utf-8")
    overview.unlink()
    for name, page in FROM_ROOT.items():
        text = (ROOT / name).read_text(encoding="utf-8").replace("](docs/decisions)", "](decisions/index.md)")
        text = pages.arrows_listed(text)
        (source / page).write_text(linked(text.replace("](docs/", "]("), ""), encoding="utf-8")
    for name, text in pages.made().items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text, encoding="utf-8")
    shutil.copytree(DOCS / "pictures", source / "pictures")
    (source / "own").mkdir()
    (source / "own" / "own.css").write_text(FOCUS + TABLES, encoding="utf-8")
    (source / "conf.py").write_text(CONFIG, encoding="utf-8")


def linked(text: str, depth: str) -> str:
    """A page with links to documents of the root turned to their pages.

    Examples
    --------
    >>> linked("see [it](../../CONVENTIONS.md)", "../")
    'see [it](../conventions.md)'
    """
    return LINK.sub(lambda found: f"]({depth}{FROM_ROOT[found[1]]})", text)


class _Page(html.parser.HTMLParser):
    """Targets and anchors of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what an element points to, and its name."""
        known = dict(attrs)
        self.targets += [value for key in ("href", "src") if (value := known.get(key))]
        self.anchors |= {value for key in ("id", "name") if (value := known.get(key))}


def dead_links(site: Path) -> Iterator[str]:
    """Links of a built site to pages, files or anchors that are not there; addresses outside are not asked for."""
    parsed: dict[Path, _Page] = {}
    for path in site.rglob("*.html"):
        parsed[path] = page = _Page()
        page.feed(path.read_text(encoding="utf-8"))
    for path, page in parsed.items():
        for target in page.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            aim = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not aim.exists():
                yield f"{path.relative_to(site)}: {target} is not there"
            elif parts.fragment and aim in parsed and unquote(parts.fragment) not in parsed[aim].anchors:
                yield f"{path.relative_to(site)}: {target} has no such anchor"


def build(site: Path) -> int:
    """Build the site; the number of faults."""
    with tempfile.TemporaryDirectory() as scratch:
        assemble(Path(scratch))
        command = [
            sys.executable,
            "-m",
            "sphinx",
            "-q",
            "-W",
            "--keep-going",
            "-n",
            "-b",
            "html",
            scratch,
            os.fspath(site),
        ]
        faults = subprocess.run(command, check=False).returncode  # noqa: S603 - our own arguments
    dead = list(dead_links(site.resolve()))
    sys.stderr.write("".join(f"{line}\n" for line in dead))
    return faults + len(dead)


if __name__ == "__main__":
    sys.exit(min(build(Path(sys.argv[1])), 1))
