"""`taskgraft data`: look at a dataset before training on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taskgraft.cli import options
from taskgraft.cli.data_options import DataAsked, takes_data
from taskgraft.data import contact_sheet, images_shown, overview, overview_text
from taskgraft.errors import StudyError
from taskgraft.place import check_file_place
from taskgraft.printing import say, say_json

data = typer.Typer(help="Look at a dataset.", no_args_is_help=True)


@data.callback()
def _group() -> None:
    """Look at a dataset."""


@data.command()
@takes_data(as_argument=True)
def show(
    asked: DataAsked,
    sheet: Annotated[
        Path | None, typer.Option(help="Contact sheet; NAME.png in this folder unless told.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Show a dataset: sizes, levels, class counts, and a contact sheet as PNG."""
    path = sheet or Path(f"{asked.title}.png")
    check_file_place("--sheet", path)
    loaded = asked.load()
    try:
        contact_sheet(loaded).save(path, format="PNG")
    except OSError as error:
        raise StudyError.expected(
            str(path), "writable", error.strerror or error, "Use --sheet PATH."
        ) from error
    summary = overview(loaded)
    if as_json:
        rows = images_shown(loaded)
        say_json({**summary, "contact_sheet": str(path), "contact_sheet_rows": rows})
    else:
        say(*overview_text(loaded, summary, "--json"), "", f"Contact sheet: {path}")
