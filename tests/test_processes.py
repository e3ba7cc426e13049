"""Work on further processes: what comes back is what one process gives, whatever happens to the others."""

import operator
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, wait
from pathlib import Path

import numpy as np
import pytest

from shortrange import processes
from shortrange.processes import team
from shortrange_core.spelling import option, spoken_in
from shortrange_core.tasks import Task, later

LONG = 60.0
USUAL_JOBS = processes.usual_jobs  # as it is outside of tests


def made_elsewhere(task: Task):
    """The result of a task that this process leaves to another one."""
    sent = task._elsewhere
    assert isinstance(sent, Future)
    wait([sent], timeout=LONG)
    assert sent.done()
    return task.result()


def begun(task: Task) -> Task:
    """The task, when another process has it."""
    sent = task._elsewhere
    assert isinstance(sent, Future)
    for _ in range(int(LONG / 0.01)):
        if sent.running():
            break
        time.sleep(0.01)
    return task


def ended(process: int) -> bool:
    """Whether a process has ended within some seconds; one that its parent has not asked after yet has, too."""
    for _ in range(100):
        try:
            if Path(f"/proc/{process}/stat").read_text(encoding="latin-1").rpartition(")")[2].split()[0] in "ZX":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.1)
    return False


def test_one_process_does_everything_when_it_is_asked_for():
    done: list[int] = []
    task = later(done.append, 1)
    assert done == []
    with team(1):
        assert later(os.getpid).result() == os.getpid()
    assert (task.result(), task.result(), done) == (None, None, [1])


def test_another_process_begins_with_what_was_handed_in_first():
    with team(2, "json"):
        first = later(os.getpid)
        assert made_elsewhere(first) != os.getpid()
        tasks = [later(divmod, number, 7) for number in range(20)]
        assert [task.result() for task in tasks] == [divmod(number, 7) for number in range(20)]


def test_who_waits_does_other_work_meanwhile():
    with team(2):
        made_elsewhere(later(os.getpid))
        slow = begun(later(time.sleep, 1.0))
        others = [later(os.getpid) for _ in range(8)]
        slow.result()
        done = [task for task in others if task._done]
        assert done
        assert {task.result() for task in done} == {os.getpid()}


def test_nothing_waits_behind_what_another_process_does():
    with team(2):
        made_elsewhere(later(os.getpid))
        begun(later(time.sleep, 1.0))
        tasks = [later(os.getpid) for _ in range(3)]
        assert [task.result() for task in tasks] == 3 * [os.getpid()]


def test_what_is_imported_to_stay_is_no_longer_searched_for_cycles():
    code = (
        "import gc; from shortrange.processes import import_to_stay\n"
        "import_to_stay(['shortrange.recipe']); print(gc.isenabled(), gc.get_freeze_count() > 100_000)\n"
        "gc.disable(); import_to_stay(['json']); print(gc.isenabled())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["True", "True", "False"]


def test_errors_come_from_where_they_come_without_it():
    with pytest.raises(ValueError, match="invalid literal") as alone:
        later(int, "x").result()
    with team(2):
        task = later(int, "x")
        with pytest.raises(ValueError, match="invalid literal") as beside:
            made_elsewhere(task)
        slow, wrong = begun(later(time.sleep, 0.5)), [later(int, "x") for _ in range(8)]
        slow.result()  # others go wrong meanwhile, which is told to those who ask for them
        for one in wrong:
            with pytest.raises(ValueError, match="invalid literal"):
                one.result()
    assert str(beside.value) == str(alone.value)


def test_what_cannot_be_sent_is_done_here():
    with team(2):
        task = later(lambda: (os.getpid(),))  # it has no name by which another process could import it
        assert task.result() == (os.getpid(),)


def test_read_only_arrays_stay_read_only_and_keep_their_order():
    held = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    held.setflags(write=False)
    with team(2):
        both = made_elsewhere(later(operator.mul, [held, np.zeros(2)], 1))
    assert not both[0].flags.writeable
    assert both[0].flags.f_contiguous
    assert both[1].flags.writeable
    np.testing.assert_array_equal(both[0], held)


def test_options_are_spelled_for_the_place_where_the_user_stands():
    with team(2), spoken_in("recipe"):
        assert made_elsewhere(later(option, "photon_energy", 1486.6)) == "photon_energy = 1486.6"


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_process_that_is_killed_loses_nothing():
    with team(2):
        other = made_elsewhere(later(os.getpid))
        task = later(time.sleep, 0.0)
        os.kill(other, signal.SIGKILL)
        task.result()
        assert ended(other)
        assert later(divmod, 17, 5).result() == (3, 2)


@pytest.mark.skipif(sys.platform == "win32", reason="no /proc there")
def test_processes_end_at_once_whatever_they_do():
    with team(2):
        other = made_elsewhere(later(os.getpid))
        later(time.sleep, LONG)
        started = time.monotonic()
    assert ended(other)
    assert time.monotonic() - started < LONG / 2


def test_where_no_process_can_be_started_all_is_done_here(monkeypatch):
    def none(*_args, **_more):
        raise OSError("no room for semaphores")

    monkeypatch.setattr(processes, "ProcessPoolExecutor", none)
    with team(2):
        assert later(os.getpid).result() == os.getpid()


def test_a_team_may_be_led_by_a_thread():
    seen = []

    def led() -> None:
        with team(2):
            seen.append(made_elsewhere(later(os.getpid)))

    thread = threading.Thread(target=led)
    thread.start()
    thread.join(LONG)
    assert seen
    assert seen[0] != os.getpid()


def test_two_processes_are_usual_where_two_cores_are_free(monkeypatch):
    for cores, jobs in (({0}, 1), ({0, 1}, 2), (set(range(64)), 2)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _process, cores=cores: cores, raising=False)
        assert USUAL_JOBS() == jobs
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert USUAL_JOBS() == 1
