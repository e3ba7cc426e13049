"""Ctrl-C, whatever a command is doing: it stops, says so, and is not told as a fault."""

import signal
import sys
import weakref
from contextlib import suppress

import pytest
import typer

from shortrange import cli
from shortrange.commands.common import answering
from shortrange.commands.stopping import Interrupted, hearing_stops, stop_taken
from shortrange_core.errors import BadInput

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no signals there")


@pytest.fixture(autouse=True)
def heard():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupted_class():
    """A class whose making is interrupted: Python 3.11 makes a RuntimeError of what its descriptor meets."""

    class Named:
        def __set_name__(self, owner, name):
            signal.raise_signal(signal.SIGINT)

    return type("Owner", (), {"name": Named()})


def as_text():
    exec("signal.raise_signal(signal.SIGINT)", {"signal": signal})


def as_bad_input():
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt as error:
        raise BadInput("a file that was read by half") from error


def dropped():
    """A stop that the caller never hears of, as in a compiled module that is imported."""
    with suppress(BaseException):
        signal.raise_signal(signal.SIGINT)
    raise AssertionError("went on")


def dropped_by_python():
    """A stop in what Python calls when an object goes: it says so on stderr and goes on."""

    class Gone:
        pass

    gone = Gone()
    called = weakref.ref(gone, lambda _: signal.raise_signal(signal.SIGINT))
    del gone
    raise AssertionError(f"went on after {called}")


DOINGS = [interrupted_class, as_text, as_bad_input, dropped, dropped_by_python]


@pytest.mark.parametrize("doing", DOINGS)
@pytest.mark.parametrize("inside", [True, False])
def test_a_stop_is_told_as_one_whatever_was_done(doing, inside, capfd, monkeypatch):
    def app(**_):
        if inside:
            with answering("tested", as_json=False):
                doing()
        doing()

    def main(**given):
        try:
            app(**given)
        except typer.Exit as left:  # as the command line of typer takes it
            return left.exit_code

    monkeypatch.setattr(cli, "make_app", lambda: main)
    with pytest.raises(SystemExit) as left:
        cli.main([])
    assert left.value.code == 130
    assert capfd.readouterr().err == "error: stopped by the user; incomplete output was removed\n"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_stop_is_not_the_class_that_ends_a_process_by_its_signal():
    def stopped():
        try:
            as_text()
        finally:
            assert stop_taken()

    with hearing_stops(), pytest.raises(Interrupted):
        stopped()
    assert issubclass(Interrupted, KeyboardInterrupt)


def test_what_goes_wrong_without_a_stop_is_a_fault():
    with hearing_stops():
        assert not stop_taken()
        with pytest.raises(ZeroDivisionError), answering("tested", as_json=False):
            1 / 0  # noqa: B018


def test_ctrl_c_that_is_ignored_stays_so():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with hearing_stops():
        signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
