"""A local page: one port of 127.0.0.1, a token in the address, a WebSocket for the messages.

Nothing but this machine can reach the port; the token keeps other users of the machine and other pages of the browser
out, and the names of host and origin are held to the address, so that a name that resolves to 127.0.0.1 does not help.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from http import HTTPStatus
from importlib.resources import files
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server as Listener
from websockets.asyncio.server import ServerConnection, broadcast
from websockets.asyncio.server import serve as listen
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from shortrange.editor._session import Session
from shortrange.editor._turns import QUESTION, Turns

HOST = "127.0.0.1"
LARGEST_MESSAGE = 1 << 20
PAGES = {"/": ("page.html", "text/html; charset=utf-8"), "/page.js": ("page.js", "text/javascript; charset=utf-8")}
POLICY = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:"
Told = Callable[[str], None]


class Server:
    """The page of one session.

    Parameters
    ----------
    session
        What is edited; several pages of one address show and change the same.
    port
        Port of 127.0.0.1; 0: any that is free.
    """

    def __init__(self, session: Session, port: int = 0) -> None:
        self.turns, self.port = Turns(session), port
        self.token = secrets.token_urlsafe(24)
        self._pages: set[ServerConnection] = set()

    @property
    def address(self) -> str:
        """Where a browser finds the page."""
        return f"http://{HOST}:{self.port}/?token={self.token}"

    async def start(self) -> Listener:
        """Listen; the listener closes as a context."""
        listener = await listen(
            self._talk, HOST, self.port, process_request=self._answer, max_size=LARGEST_MESSAGE, ping_interval=None
        )
        self.port = next(iter(listener.sockets)).getsockname()[1]
        return listener

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """The files of the page; None lets a WebSocket through."""
        parts = urlsplit(request.path)
        here = f"{HOST}:{self.port}"
        if request.headers.get("Host") != here:
            return connection.respond(HTTPStatus.FORBIDDEN, f"this page is at {HOST}\n")
        if request.headers.get("Origin", f"http://{here}") != f"http://{here}":
            return connection.respond(HTTPStatus.FORBIDDEN, "another page asks\n")
        given = parse_qs(parts.query).get("token", [""])[0]
        if not secrets.compare_digest(given.encode(), self.token.encode()):
            return connection.respond(HTTPStatus.FORBIDDEN, "the token is missing or wrong; take the whole address\n")
        if parts.path == "/ws":
            return None
        if parts.path not in PAGES:
            return connection.respond(HTTPStatus.NOT_FOUND, "there is no such page\n")
        return self._file(*PAGES[parts.path])

    def _file(self, name: str, kind: str) -> Response:
        content = files("shortrange.editor").joinpath(name).read_text(encoding="utf-8")
        body = content.replace("{token}", self.token).encode() if name.endswith(".html") else content.encode()
        headers = Headers(
            [
                ("Content-Type", kind),
                ("Content-Length", str(len(body))),
                ("Cache-Control", "no-store"),
                ("Referrer-Policy", "no-referrer"),
                ("Content-Security-Policy", POLICY),
                ("Connection", "close"),
            ]
        )
        return Response(HTTPStatus.OK.value, "OK", headers, body)

    async def _talk(self, connection: ServerConnection) -> None:
        """Hear every message at once, so that a word that stops is heard while another is in work."""
        self._pages.add(connection)
        try:
            async with asyncio.TaskGroup() as tasks:
                async for text in connection:
                    tasks.create_task(self._tell(connection, _parsed(text)))
        except* ConnectionClosed:
            pass
        finally:
            self._pages.discard(connection)

    async def _tell(self, connection: ServerConnection, message: object) -> None:
        """Answers go to every page, errors to the one that asked, and only that one learns that it was its question."""
        async for answer in self.turns.answers(message):
            await connection.send(json.dumps(answer, allow_nan=False))
            if answer["type"] not in ("error", "text"):
                answer.pop(QUESTION, None)
                broadcast(self._pages - {connection}, json.dumps(answer, allow_nan=False))


def _parsed(text: str | bytes) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def serve(session: Session, *, port: int = 0, ready: Told | None = None) -> None:
    """Serve the page of a session until interrupted.

    Parameters
    ----------
    session
        What is edited.
    port
        Port of 127.0.0.1; 0: any that is free.
    ready
        Called with the address once a browser can open it.
    """

    async def run() -> None:
        server = Server(session, port)
        async with await server.start() as listener:
            if ready is not None:
                ready(server.address)
            try:
                await listener.wait_closed()
            finally:
                server.turns.stop()  # an end does not wait for a fit

    asyncio.run(run())
