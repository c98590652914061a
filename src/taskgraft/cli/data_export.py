"""`taskgraft data export`: any dataset as a folder of pictures or a Parquet file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taskgraft.choices import FORMATS
from taskgraft.cli.taking import Given, completion, takes
from taskgraft.errors import unknown_name
from taskgraft.legible import shell_line
from taskgraft.printing import say
from taskgraft.request import DataOptions


@takes(DataOptions, argument="data")
def data_export(
    given: Given,
    out: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="A new folder, or .parquet file. [default: the data's name]"),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="tree|parquet",
            help="What to write. [default: tree, or as --out ends]",
            autocompletion=completion(FORMATS),
        ),
    ] = None,
) -> None:
    """Write a dataset as PNG files in a tree of folders, or as one Parquet file."""
    options = DataOptions.of(given)
    from taskgraft.data import PARQUET_SUFFIXES, check_export_place, export
    from taskgraft.data.sources import load

    if form is None:
        form = "parquet" if out is not None and out.suffix.lower() in PARQUET_SUFFIXES else "tree"
    chosen = next((name for name in FORMATS if name == form), None)
    if chosen is None:
        raise unknown_name("--format", form, FORMATS)
    place = out or Path(options.title if chosen == "tree" else f"{options.title}.parquet")
    check_export_place(place, chosen)
    loaded = load(**options.for_load())
    export(loaded, place, chosen)
    count = sum(loaded.num_images.values())
    command = ["taskgraft", "data", "show", str(place)]
    if chosen == "parquet":
        command += ["--taxonomy", str(place.with_suffix(".json"))]
    parts = ", ".join(f"{number:,} {split}" for split, number in loaded.num_images.items() if number)
    say(f"Wrote {count:,} pictures: {parts}. Read them with: {shell_line(command)}")
