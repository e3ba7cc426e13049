"""``shortrange analyse`` with two processes: the same files to the bit, the same errors, and nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_series import write_series

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc there")
LONG = 120.0


def command(recipe: Path, jobs: int) -> list[str]:
    out = str(recipe.parent / f"out{jobs}")
    given = ["analyse", str(recipe), "--out", out, "--routes", "stepwise,joint", "--jobs", str(jobs), "--quiet"]
    return [sys.executable, "-m", "shortrange", *given]


def processes(group: int) -> list[int]:
    """Processes of a group that run."""
    running = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of_group = file.read_text(encoding="latin-1").rpartition(")")[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state not in "ZX" and int(of_group) == group:
            running.append(int(file.parent.name))
    return running


def waited(condition) -> bool:
    start = time.monotonic()
    while time.monotonic() - start < LONG:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def started(tmp_path) -> Iterator[subprocess.Popen[str]]:
    """A run in a group of its own that has another process beside it."""
    heard = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
    run = subprocess.Popen(  # as from a terminal: a program that was started in the background ignores Ctrl-C
        [sys.executable, "-c", heard, *command(write_series(tmp_path), 2)],
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waited(lambda: len(processes(run.pid)) >= 3)  # the run, the other one, and what counts their semaphores
    yield run
    for left in processes(run.pid):
        os.kill(left, signal.SIGKILL)
    run.communicate()


def test_files_are_the_same_to_the_bit(tmp_path):
    recipe = write_series(tmp_path)
    told = []
    for jobs in (1, 2):
        run = subprocess.run(command(recipe, jobs), capture_output=True, text=True, check=True)
        assert run.stderr == ""
        told.append(run.stdout.replace(f"out{jobs}", "out"))
    assert told[0] == told[1]
    one, two = ({p.relative_to(f): p for p in f.rglob("*")} for f in (tmp_path / "out1", tmp_path / "out2"))
    assert one.keys() == two.keys()
    differing = [name for name, path in one.items() if path.is_file() and path.read_bytes() != two[name].read_bytes()]
    assert differing == []


def test_errors_are_the_same(tmp_path):
    recipe = write_series(tmp_path)
    text = recipe.read_text(encoding="utf-8")
    file = next(tmp_path.glob("*.txt"))
    recipe.write_text(text.replace(file.name, "absent.txt"), encoding="utf-8")
    runs = [subprocess.run(command(recipe, jobs), capture_output=True, text=True, check=False) for jobs in (1, 2)]
    assert [run.returncode for run in runs] == [2, 2]
    assert "absent.txt" in runs[0].stderr
    assert runs[0].stderr == runs[1].stderr


@pytest.mark.parametrize("later", [0.0, 0.25, 0.5])  # s: while modules are imported, and while spectra are fitted
def test_ctrl_c_leaves_no_result_and_no_process(started, tmp_path, later):
    time.sleep(later)
    os.killpg(started.pid, signal.SIGINT)  # as a terminal does: every process of the run hears it
    _, told = started.communicate(timeout=LONG)
    assert (started.returncode, told) == (130, "error: stopped by the user; incomplete output was removed\n")
    assert waited(lambda: processes(started.pid) == [])
    assert list(tmp_path.glob("*out2*")) == []


def test_a_run_that_is_killed_leaves_no_result_and_no_process(started, tmp_path):
    started.kill()
    assert waited(lambda: processes(started.pid) == [])
    assert not (tmp_path / "out2").exists()


def test_a_run_goes_on_alone_when_the_other_process_is_killed(started, tmp_path):
    (other,) = (
        process for process in processes(started.pid) if b"spawn_main" in Path(f"/proc/{process}/cmdline").read_bytes()
    )
    os.kill(other, signal.SIGKILL)
    _, told = started.communicate(timeout=LONG)
    assert (started.returncode, told) == (0, "")
    assert (tmp_path / "out2" / "report.html").exists()
