"""Build hook: a wheel carries the peak library as one validated file instead of its YAML files."""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
BARE = ("shortrange_core", "reference_peaks")


def library_json(root: Path = ROOT) -> str:
    """Validated library as JSON text.

    Only the room that reads YAML is imported, without the packages' own ``__init__``: a build environment has
    neither numpy nor lazy-loader.
    """
    before = dict(sys.modules)
    sys.path.insert(0, str(root))
    try:
        for name in BARE:
            for loaded in [module for module in sys.modules if module.split(".")[0] == name]:
                del sys.modules[loaded]
            bare = types.ModuleType(name)
            bare.__path__ = [str(root / name)]
            sys.modules[name] = bare
        entries = importlib.import_module("reference_peaks.entries")
        content = entries.as_columns(entries.read_folder(root / "reference_peaks"))
    finally:
        sys.path.remove(str(root))
        for name in [
            module for module in sys.modules if module.split(".")[0] in ("shortrange_core", "reference_peaks")
        ]:
            del sys.modules[name]
        sys.modules.update(
            {k: v for k, v in before.items() if k.split(".")[0] in ("shortrange_core", "reference_peaks")}
        )
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class LibraryHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds ``reference_peaks/library.json`` to a wheel; an editable install reads the YAML."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the file and hand it to hatchling."""
        if self.target_name != "wheel" or version == "editable":
            return
        path = Path(tempfile.mkdtemp(prefix="shortrange-")) / "library.json"
        path.write_text(library_json(Path(self.root)), encoding="utf-8")
        build_data["force_include"][str(path)] = "reference_peaks/library.json"
