"""The built-in example: a simulated series, shipped as instrument files with its recipe and the truth beside them.

The files were made by a forward model that imports none of the packages: ``python -m studies.second_simulator
shortrange/data/example --arm example --seed 20`` in a checkout of the repository.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from shortrange_core.errors import BadInput

SHIPPED = Path(__file__).with_name("data") / "example"
RECIPE, TRUTH = "recipe.toml", "truth.json"


def write_example(folder: str | os.PathLike[str]) -> Path:
    """Copy the simulated series: fifteen instrument files, ``recipe.toml`` and ``truth.json``.

    Parameters
    ----------
    folder
        A new or empty folder.

    Returns
    -------
    Path
        The recipe.

    Raises
    ------
    BadInput
        If the folder holds something already, or cannot be made.
    """
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput(f"{str(folder)!r}: is not an empty folder; name a new one, so that nothing is overwritten")
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{str(folder)!r}: cannot be made ({error.strerror}); name another folder") from error
    for source in sorted(SHIPPED.iterdir()):
        shutil.copyfile(source, target / source.name)
    return target / RECIPE


def read_truth(folder: str | os.PathLike[str]) -> Mapping[str, Mapping[str, float]]:
    """True fractions per P and oxygen sites by sample name, from the ``truth.json`` beside an example's recipe."""
    stored = json.loads((Path(folder) / TRUTH).read_text(encoding="utf-8"))
    return {str(sample): dict(values) for sample, values in stored["fractions"].items()}
