"""`taskgraft recipe`: the recipes by name, and every value of one."""

from __future__ import annotations

import textwrap
from typing import Annotated

import typer

from taskgraft.cli import options
from taskgraft.cli.help import GroupedCommand
from taskgraft.cli.taking import completion
from taskgraft.cli.usage import Verbs
from taskgraft.printing import say, say_block, say_json
from taskgraft.recipe import RECIPES, recipe, recipe_text

recipes = typer.Typer(cls=Verbs, help="Look at a recipe.", no_args_is_help=True)
_WIDTH, _COLUMNS = max(map(len, RECIPES)) + 2, 80


@recipes.callback()
def _group() -> None:
    """Look at a recipe."""


@recipes.command(cls=GroupedCommand)
def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE",
            help=f"One of {', '.join(RECIPES)}, or a .toml file.",
            autocompletion=completion(RECIPES),
        ),
    ],
    as_json: options.Json = False,
) -> None:
    """Print every value of a recipe as a TOML file, with what it means and its range.

    Save it, change what you like, and train with it: --recipe FILE.
    """
    chosen = recipe(name)
    if as_json:
        say_json(chosen.model_dump(mode="json"))
    else:
        say_block(recipe_text(chosen).rstrip("\n"))


@recipes.command("list", cls=GroupedCommand)
def list_recipes(as_json: options.Json = False) -> None:
    """List the recipes by name, with a line for each."""
    lines = {name: (make.__doc__ or "").partition("\n")[0].replace("`", "") for name, make in RECIPES.items()}
    if as_json:
        say_json(lines)
        return
    for name, line in lines.items():
        first, rest = f"{name:{_WIDTH}}", " " * _WIDTH
        say(
            *textwrap.wrap(
                line, _COLUMNS, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
            )
        )
