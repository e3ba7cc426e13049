"""The editor on other faces: notebooks, fits that are stopped, pages that open late, the page of its keys."""

import asyncio
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from edited_recipe import refused
from edited_spectrum import fitted

import shortrange
from shortrange.editor import FitDocument, Session, Turns
from shortrange.edits import NO_EDIT, Edit
from shortrange_core.errors import BadInput
from shortrange_core.stopping import go_on, stoppable


def test_a_notebook_carries_the_same_messages(tmp_path, monkeypatch):
    editor = shortrange.edit(fitted(), save=tmp_path / "edit.toml")
    told: list[Any] = []
    monkeypatch.setattr(editor, "send", told.append)
    editor._handle_custom_msg({"type": "lock", "parameter": "a_fwhm", "on": True}, [])
    assert [answer["type"] for answer in told] == ["state", "structure"]
    assert list(editor.edit.fixed) == ["a_fwhm"]
    assert editor.fit.model.peaks[0].parameters[2].vary is False
    assert editor.text.startswith("[fixed]")


class Endless(FitDocument):
    """A fit that ends when it is stopped, as soon as a parameter is held."""

    def fit(self, number, edit):
        while edit.fixed:
            go_on()
            time.sleep(0.002)
        return super().fit(number, edit)


LOCK = {"type": "lock", "parameter": "a_fwhm", "on": True}


def test_a_search_asks_at_every_evaluation_and_a_stopped_edit_changes_nothing():
    session, asked = Session(FitDocument(fitted())), []

    def watch():
        asked.append(1)
        return "it is late" if len(asked) > 3 else ""

    with stoppable(watch):
        text = refused(session, **LOCK)
    assert text.startswith("The fit was stopped: it is late. Nothing was changed.")
    assert len(asked) == 4
    assert "error" not in [answer["type"] for answer in session.handle(LOCK)]  # and again, when nobody stops it


@pytest.mark.parametrize(("patience", "why"), [(60.0, "you stopped it"), (0.05, "it took more than 0.05 s")])
def test_a_stop_is_heard_while_a_fit_runs_and_what_comes_later_is_answered_after_it(patience, why):
    session = Session(Endless(fitted()))
    turns = Turns(session, patience=patience)

    async def answers(**message):
        return [answer async for answer in turns.answers(message)]

    async def talk():
        first = asyncio.create_task(answers(**LOCK, question=1))
        await asyncio.sleep(0.02)
        second = asyncio.create_task(answers(type="text", question=2))
        if why == "you stopped it":
            assert await answers(type="stop") == []
        return await first, await second

    (stopped,), (later,) = asyncio.run(talk())
    assert stopped["type"] == "error"
    assert why in stopped["problems"][0]
    assert (stopped["question"], later["question"], later["type"]) == (1, 2, "text")
    assert session.edit == NO_EDIT


def test_a_page_that_opens_is_answered_however_long_it_takes():
    turns = Turns(Session(FitDocument(fitted())), patience=0.0)

    async def opened():
        return [answer["type"] async for answer in turns.answers({"type": "open"})]

    assert asyncio.run(opened()) == ["state", "structure"]


def test_a_fit_finds_the_editor_that_is_installed(monkeypatch):
    class Found:
        def load(self):
            return shortrange.editor.edit_fit

    fit = fitted()
    monkeypatch.setattr("spectra.fits._result.entry_points", lambda group: [Found()] * (group == "spectra.editors"))
    assert fit.edit().fit is fit
    monkeypatch.setattr("spectra.fits._result.entry_points", lambda group: [])
    with pytest.raises(BadInput, match="no editor is installed"):
        fit.edit()
    scripts = tomllib.loads((Path(shortrange.__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    assert scripts["project"]["entry-points"]["spectra.editors"] == {"shortrange": "shortrange.editor:edit_fit"}


def test_the_page_on_the_editor_names_every_key_of_the_table():
    text = (Path(shortrange.__file__).parents[1] / "docs" / "editor.md").read_text(encoding="utf-8")
    example = tomllib.loads(text.partition("```toml\n")[2].partition("```")[0])
    table = example["samples"]["spectra"][0]["edit"] if "samples" in example else {}
    assert set(Edit.model_validate(table).table()) == set(Edit.model_fields)
