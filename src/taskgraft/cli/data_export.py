"""`taskgraft data export`: any dataset as a folder of pictures or a Parquet file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taskgraft.cli.data_options import DataAsked, takes_data
from taskgraft.data import FORMATS, PARQUET_SUFFIXES, export
from taskgraft.errors import unknown_name
from taskgraft.legible import shell_line
from taskgraft.place import check_file_place
from taskgraft.printing import say


@takes_data(as_argument=True)
def data_export(
    asked: DataAsked,
    out: Annotated[
        Path | None, typer.Option(help="A new folder, or .parquet file; the data's name unless given.")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="tree|parquet", help="What to write; tree, or as --out ends."),
    ] = None,
) -> None:
    """Write a dataset as PNG files in a tree of folders, or as one Parquet file."""
    if form is None:
        form = "parquet" if out is not None and out.suffix.lower() in PARQUET_SUFFIXES else "tree"
    chosen = next((name for name in FORMATS if name == form), None)
    if chosen is None:
        raise unknown_name("--format", form, FORMATS)
    place = out or Path(asked.title if chosen == "tree" else f"{asked.title}.parquet")
    check_file_place("--out", place)
    loaded = asked.load()
    export(loaded, place, chosen)
    count = sum(loaded.num_images.values())
    command = ["taskgraft", "data", "show", str(place)]
    if chosen == "parquet":
        command += ["--taxonomy", str(place.with_suffix(".json"))]
    say(f"Wrote {count:,} pictures. Read them with: {shell_line(command)}")
