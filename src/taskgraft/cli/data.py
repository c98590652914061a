"""`taskgraft data`: look at a dataset before training on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskgraft.cli import options
from taskgraft.cli.help import GroupedCommand
from taskgraft.cli.taking import Given, takes
from taskgraft.cli.usage import Verbs
from taskgraft.errors import RequestError
from taskgraft.file_writing import write_whole
from taskgraft.place import check_file_place
from taskgraft.printing import say, say_json
from taskgraft.request import DataOptions

if TYPE_CHECKING:
    from taskgraft.data import Dataset

data = typer.Typer(cls=Verbs, help="Look at a dataset.", no_args_is_help=True)


@data.callback()
def _group() -> None:
    """Look at a dataset."""


@data.command(cls=GroupedCommand)
@takes(DataOptions, argument="data")
def show(
    given: Given,
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw a contact sheet, too: a .png file.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Show a dataset: sizes, levels, class counts, and with --sheet some pictures of each class."""
    chosen = DataOptions.of(given)
    if sheet is not None:
        _check_sheet(sheet)
    from taskgraft.data import images_shown, overview, overview_text
    from taskgraft.data.sources import load

    loaded = load(**chosen.for_load())
    summary = overview(loaded)
    shown: dict[str, object] = {}
    if sheet is not None:
        _draw(loaded, sheet)
        shown = {"contact_sheet": str(sheet), "contact_sheet_rows": images_shown(loaded)}
    if as_json:
        say_json({**summary, **shown})
    else:
        end = ["", f"Contact sheet: {sheet}"] if sheet is not None else []
        say(*overview_text(loaded, summary, "--json"), *end)


def _check_sheet(path: Path) -> None:
    check_file_place("--sheet", path)
    if path.suffix.lower() != ".png":
        raise RequestError.expected("--sheet", "a file whose name ends in .png", str(path), "Rename it.")


def _draw(data: Dataset, path: Path) -> None:
    from taskgraft.data import contact_sheet

    drawn = contact_sheet(data)
    write_whole(path, lambda file: drawn.save(file, format="PNG"))
