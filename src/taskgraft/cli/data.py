"""`taskgraft data`: look at a dataset before training on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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

data = typer.Typer(cls=Verbs, help="Look at a dataset.", no_args_is_help=True)


@data.callback()
def _group() -> None:
    """Look at a dataset."""


@data.command(cls=GroupedCommand)
@takes(DataOptions, argument="data")
def show(
    given: Given,
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Contact sheet. [default: NAME.png in this folder]")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Show a dataset: sizes, levels, class counts, and a contact sheet as PNG."""
    chosen = DataOptions.of(given)
    path = sheet or Path(f"{chosen.title}.png")
    check_file_place("--sheet", path)
    if path.suffix.lower() != ".png":
        raise RequestError.expected("--sheet", "a file whose name ends in .png", str(path), "Rename it.")
    from taskgraft.data import contact_sheet, images_shown, overview, overview_text
    from taskgraft.data.sources import load

    loaded = load(**chosen.for_load())
    drawn = contact_sheet(loaded)
    write_whole(path, lambda file: drawn.save(file, format="PNG"))
    summary = overview(loaded)
    if as_json:
        rows = images_shown(loaded)
        say_json({**summary, "contact_sheet": str(path), "contact_sheet_rows": rows})
    else:
        say(*overview_text(loaded, summary, "--json"), "", f"Contact sheet: {path}")
