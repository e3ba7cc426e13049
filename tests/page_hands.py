"""Hands of a person in the page of the editor: mouse, keys and fields, and what the page then sends and shows."""

import json
import time

from headless import Browser

READY = (
    "Boolean(document.querySelector('.sr .handle')) && "
    "!document.querySelector('[role=status]').textContent.includes('fitting')"
)


def mouse(browser: Browser, kind: str, x: float, y: float, **more: object) -> None:
    browser.send("Input.dispatchMouseEvent", type=f"mouse{kind}", x=x, y=y, button="left", clickCount=1, **more)


def box(selector: str) -> str:
    rectangle = f"const r = document.querySelector(`{selector}`).getBoundingClientRect()"
    return f"(() => {{ {rectangle}; return [r.x, r.y, r.width, r.height] }})()"


def chosen(label: str, value: str) -> str:
    field = f"const s = document.querySelector('[aria-label=\"{label}\"]')"
    return f"(() => {{ {field}; s.value = '{value}'; s.dispatchEvent(new Event('change')) }})()"


def pushed(browser: Browser, words: str) -> None:
    browser.run(f"[...document.querySelectorAll('.sr button')].find((b) => b.textContent === '{words}').click()")


def place(browser: Browser, selector: str) -> tuple[float, float]:
    x, y, width, height = browser.run(box(selector))
    return x + width / 2, y + height / 2


def drag(browser: Browser, start: tuple[float, float], by: tuple[float, float], **more: object) -> None:
    mouse(browser, "Pressed", *start, buttons=1, **more)
    for step in range(1, 6):
        mouse(browser, "Moved", start[0] + by[0] * step / 5, start[1] + by[1] * step / 5, buttons=1, **more)
    mouse(browser, "Released", start[0] + by[0], start[1] + by[1], **more)


def key(browser: Browser, name: str, *, modifiers: int = 0) -> None:
    for kind in ("keyDown", "keyUp"):
        browser.send("Input.dispatchKeyEvent", type=kind, key=name, modifiers=modifiers)


def settled(browser: Browser) -> None:
    time.sleep(0.05)
    browser.until(READY)


def sent(browser: Browser) -> list[dict]:
    """Messages that the page has sent since the last look."""
    browser.run("0")
    frames = [
        e["params"]["response"]["payloadData"]
        for e in browser.events
        if e.get("method") == "Network.webSocketFrameSent"
    ]
    browser.events.clear()
    return [json.loads(frame) for frame in frames]


def text(browser: Browser) -> str:
    return str(browser.run("document.querySelector('.sr').innerText"))
