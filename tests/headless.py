"""A headless browser for the tests of pages, over its debugging pipe: no driver, no library."""

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
TO_THREE_AND_FOUR = """
import os, sys
read, write = os.dup(int(sys.argv[1])), os.dup(int(sys.argv[2]))
spare = [os.dup(fd) for fd in (read, write) for _ in range(3)]
os.dup2(spare[2], 3), os.dup2(spare[5], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def binary() -> str | None:
    """The browser of this machine; None where there is none, or no debugging pipe (Windows)."""
    if sys.platform == "win32":
        return None
    return next((found for name in NAMES if (found := shutil.which(name))), MAC if Path(MAC).exists() else None)


class Browser:
    """A headless browser over its debugging pipe."""

    def __init__(self, binary: str, profile: Path) -> None:
        to_read, self.to_write = os.pipe()
        self.to_hear, from_write = os.pipe()
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", f"--user-data-dir={profile}"]
        command = [
            sys.executable,
            "-c",
            TO_THREE_AND_FOUR,
            str(to_read),
            str(from_write),
            binary,
            *flags,
            "about:blank",
        ]
        self.process = subprocess.Popen(
            command, pass_fds=(to_read, from_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_read)
        os.close(from_write)
        self.numbers = itertools.count(1)
        self.events: list[dict[str, Any]] = []
        self.rest = b""
        self.session = ""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def _message(self, limit: float) -> dict[str, Any]:
        while b"\0" not in self.rest:
            left = limit - time.monotonic()
            if left <= 0 or not select.select([self.to_hear], [], [], left)[0]:
                raise TimeoutError("the browser does not answer")
            self.rest += os.read(self.to_hear, 1 << 20)
        raw, self.rest = self.rest.split(b"\0", 1)
        return dict(json.loads(raw))

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self.numbers)
        body: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self.session:
            body["sessionId"] = self.session
        os.write(self.to_write, json.dumps(body).encode() + b"\0")
        limit = time.monotonic() + 60
        while True:
            message = self._message(limit)
            if message.get("id") == number:
                assert "error" not in message, message
                return dict(message["result"])
            self.events.append(message)

    def run(self, script: str) -> Any:
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def open(self, address: str) -> None:
        self.send("Page.navigate", url="about:blank")
        self.send("Page.navigate", url=address)
        limit = time.monotonic() + 60
        while self.run("document.readyState + location.href") != f"complete{address}":
            assert time.monotonic() < limit
            time.sleep(0.05)

    def until(self, script: str, seconds: float = 60) -> Any:
        """What a script gives once it gives something true."""
        limit = time.monotonic() + seconds
        while not (found := self.run(script)):
            assert time.monotonic() < limit, script
            time.sleep(0.05)
        return found

    def picture(self, path: Path) -> None:
        shot = self.send("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        path.write_bytes(base64.b64decode(shot))

    def close(self) -> None:
        self.session = ""
        self.send("Browser.close")
        self.process.wait(30)
        os.close(self.to_write)
        os.close(self.to_hear)
