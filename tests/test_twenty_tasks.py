"""The page of twenty tasks, run as it stands: its commands, its clicks in a browser, and what it says one sees."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from headless import Browser
from one_glass import analysed_glass, command
from page_hands import drag, place

from shortrange.example import SHIPPED

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "twenty_tasks.md").read_text(encoding="utf-8")
FIELD = "[...document.querySelectorAll('label')].find((one) => one.textContent.trim() === {0!r}).control"
BUTTON = "[...document.querySelectorAll('button')].find((one) => one.textContent.trim() === {0!r})"
BROWSER = sys.platform != "win32"


@dataclass(frozen=True)
class Task:
    """A heading of the page, and what stands below it."""

    number: int
    commands: tuple[str, ...]
    clicks: tuple[str, ...]
    answer: str


def tasks() -> list[Task]:
    found = []
    for number, body in re.findall(r"^### (\d+)\. .*\n((?:(?!^##).*\n?)*)", PAGE, re.MULTILINE):
        commands = tuple(
            line for block in re.findall(r"```sh\n(.*?)```", body, re.DOTALL) for line in block.split("\n")
        )
        answer = re.search(r"The output contains `(.+?)`", body)
        found.append(
            Task(
                int(number),
                tuple(filter(None, commands)),
                tuple(re.findall(r"^- (.+)$", body, re.MULTILINE)),
                answer[1] if answer else "",
            )
        )
    return found


def test_there_are_twenty_and_each_says_what_one_sees() -> None:
    assert [task.number for task in tasks()] == list(range(1, 21))
    for task in tasks():
        assert task.answer or any(click.startswith("see ") for click in task.clicks)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What the head of the page says is there; the tasks run in it, in their order."""
    root = tmp_path_factory.mktemp("tasks")
    made, _ = analysed_glass(tmp_path_factory)
    shutil.copytree(made / "series", root / "series")
    shutil.copytree(made / "out", root / "results")
    (root / "my-glasses").mkdir()
    for path in SHIPPED.iterdir():
        if path.name not in ("recipe.toml", "truth.json"):
            shutil.copyfile(path, root / "my-glasses" / path.name)
    before = Path.cwd()
    os.chdir(root)
    yield root
    os.chdir(before)


def answered(line: str) -> str:
    """Output of a command of the page."""
    line, _, target = line.partition(" > ")
    program, *arguments = shlex.split(line)
    if program == "mkdir":
        Path(arguments[0]).mkdir()
        return ""
    assert program == "shortrange"
    ended, output = command(*arguments)
    assert ended == 0, output
    if target:
        Path(target).write_text(output, encoding="utf-8")
    return output


def clicked(browser: Browser, task: Task, address: str) -> None:
    """The clicks of a task, as the page words them."""
    for click in task.clicks:
        words = re.findall(r"`(.+?)`", click)
        if click.startswith("open"):
            browser.open(Path(words[0]).resolve().as_uri() if words else address)
        elif click.startswith("type"):
            browser.run(f"{FIELD.format(words[1])}.focus()")
            browser.send("Input.insertText", text=words[0])
        elif click.startswith("drag the dot of"):
            drag(browser, place(browser, f"[data-peak={words[0]}] circle.dot"), (-12, 0), modifiers=8)
        elif click.startswith("press"):
            browser.run(f"{BUTTON.format(words[0])}.click()")
        else:
            assert click.startswith("see "), click
            browser.until(f"document.body.innerText.includes({words[0]!r})", 60)


@pytest.mark.parametrize("task", [task for task in tasks() if not task.clicks], ids=lambda task: str(task.number))
def test_commands_answer_as_the_page_says(folder: Path, task: Task) -> None:
    output = [answered(line) for line in task.commands]
    assert task.answer in "\n".join(output)


if BROWSER:

    @pytest.mark.parametrize("task", [task for task in tasks() if task.clicks], ids=lambda task: str(task.number))
    def test_clicks_show_what_the_page_says(folder: Path, browser: Browser, task: Task) -> None:
        editing = [line for line in task.commands if line.startswith("shortrange edit ")]
        for line in task.commands:
            if line not in editing:
                answered(line)
        if not editing:
            clicked(browser, task, "")
            return
        started = [sys.executable, "-m", *shlex.split(editing[0]), "--no-browser", "--quiet"]
        server = subprocess.Popen(started, cwd=folder, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        try:
            clicked(browser, task, server.stdout.readline().strip())
        finally:
            server.terminate()
            server.wait(30)
            server.stdout.close()
