"""``shortrange edit``: the spectra of a recipe on a page of this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from shortrange.commands.common import QuietOption, StrictOption, answering


def register(app: typer.Typer) -> None:
    """Add ``edit`` to the application."""

    @app.command()
    def edit(
        recipe: Annotated[str, typer.Argument(help="Recipe (TOML); it is written only when you save.")],
        port: Annotated[int, typer.Option(min=0, max=65535, help="Port of 127.0.0.1; 0: any free port.")] = 0,
        browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")] = True,
        strict: StrictOption = False,
        quiet: QuietOption = False,
    ) -> None:
        """Edit the lines of a recipe's spectra by hand; end with Ctrl-C."""
        with answering("edit", as_json=False) as answer:
            from shortrange_core.errors import BadInput

            try:
                from shortrange.editor import RecipeDocument, Session, serve
            except ImportError as error:
                raise BadInput("the editor needs websockets and tomlkit; pip install 'shortrange[edit]'") from error

            def ready(address: str) -> None:
                answer.say(address)
                if not quiet:
                    answer.say("open it in a browser on this machine; Ctrl-C ends the editor")
                if browser:
                    import webbrowser

                    webbrowser.open(address)

            try:
                serve(Session(RecipeDocument(recipe, strict=strict)), port=port, ready=ready)
            except OSError as error:
                raise BadInput(f"--port {port}: cannot be used ({error.strerror}); give another, or 0") from error
