"""Run every notebook in this folder from a fresh kernel and fail on the first error."""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def run(path: Path) -> None:
    """Execute one notebook in its own folder; nothing is written back."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}}).execute()


if __name__ == "__main__":
    chosen = [Path(name) for name in sys.argv[1:]] or sorted(Path(__file__).parent.glob("*.ipynb"))
    for notebook in chosen:
        sys.stdout.write(f"{notebook.name}\n")
        sys.stdout.flush()
        run(notebook)
