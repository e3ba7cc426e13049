"""Fixtures that every test file shares: the folder of real files, and reproducible property tests."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import matplotlib as mpl
import pytest
import typer
from headless import Browser, binary
from python_words import in_python

mpl.use("Agg")
hypothesis.settings.register_profile(
    "shortrange",
    deadline=None,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("shortrange")

REASON = "SHORTRANGE_DATA is unset: it names the folder of real measured files"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real measured files; the test is skipped with the reason where there is none."""
    folder = os.environ.get("SHORTRANGE_DATA")
    if not folder:
        pytest.skip(REASON)
    path = Path(folder)
    if not path.is_dir():
        pytest.fail(f"SHORTRANGE_DATA = {folder!r} is not a folder; unset it or name the folder of real files")
    return path


@pytest.fixture
def field(real_data: Path) -> Path:
    """Folder of other people's files."""
    return real_data / "field"


@pytest.fixture(autouse=True)
def one_process_unless_more_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests run side by side themselves; those of several processes ask for them."""
    monkeypatch.setattr("shortrange.processes.usual_jobs", lambda: 1)


@pytest.fixture(autouse=True)
def commands_speak_as_they_are_typed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a command prints in any test, errors and notes too, spells nothing as Python does."""
    printed: list[str] = []
    echo = typer.echo

    def kept(message: Any = None, *given: Any, **options: Any) -> None:
        printed.append(str(message))
        echo(message, *given, **options)

    monkeypatch.setattr(typer, "echo", kept)
    yield
    assert in_python("\n".join(printed)) == []


@pytest.fixture(autouse=True)
def figures_are_closed() -> Iterator[None]:
    """A figure that a test leaves open is closed: more than twenty are a warning of matplotlib."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


if sys.platform != "win32":  # the debugging pipe is two inherited file descriptors, which Windows does not have

    @pytest.fixture(scope="module")
    def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
        """A headless browser; the test is skipped with the reason where there is none."""
        found = binary()
        if found is None:
            pytest.skip("no chromium on this machine: apt-get install chromium")
        opened = Browser(found, tmp_path_factory.mktemp("profile"))
        yield opened
        opened.close()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """The tests of a file run in one process, which then makes what they share once; files go in their order.

    Files of many tests first, as xdist would have it, would leave the longest, of few tests, to the end.
    """
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415  # tests run without xdist too

    config.option.loadscopereorder = False
    return LoadFileScheduling(config, log) if config.option.dist == "load" else None


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """In CI a skip is a failure, save for the missing real files."""
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if "SHORTRANGE_DATA is unset" not in reason:
            report.outcome = "failed"
            report.longrepr = f"skipped in CI: {reason}"
