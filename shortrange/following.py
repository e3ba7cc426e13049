"""A bar that follows an analysis: a widget in a notebook, a line in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tqdm.auto import tqdm

from shortrange import stepwise
from shortrange.recipe import Recipe


@contextmanager
def bar_of(recipe: Recipe, *, hidden: bool = False) -> Iterator[stepwise.Progress]:
    """What is called with the name of every step of an analysis, and moves a bar."""
    with tqdm(total=stepwise.measured_count(recipe), desc=recipe.tables.title, disable=hidden) as bar:

        def tell(step: str) -> None:
            bar.set_postfix_str(step, refresh=False)
            bar.update()

        yield tell
