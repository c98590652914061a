"""`taskgraft predictions`: what a run predicts of each image, as CSV."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from taskgraft.choices import DECODINGS
from taskgraft.cli.taking import completion
from taskgraft.errors import unknown_name
from taskgraft.place import check_file_place
from taskgraft.printing import note, say, say_table

_STANDARD_OUTPUT = "-"


def predictions(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="Study directory.")],
    run: Annotated[
        str | None, typer.Option(metavar="NAME", help="Run, such as shared-seed0; the only one unless given.")
    ] = None,
    split: Annotated[
        str,
        typer.Option(metavar="test|val", help="Whose images.", autocompletion=completion(("test", "val"))),
    ] = "test",
    decoding: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help=f"How classes are chosen: {', '.join(DECODINGS)}.",
            autocompletion=completion(DECODINGS),
        ),
    ] = "independent",
    out: Annotated[
        str, typer.Option(metavar="FILE", help="CSV file to write; - for standard output.")
    ] = _STANDARD_OUTPUT,
) -> None:
    """Write what a run predicts of each image as CSV, under the names that the images have in their source.

    Columns: name, split; of each level true, predicted (the most probable class of the level by itself unless
    given), probability (softmax) and right (1 or 0). Cells are empty where the true class is not known.
    """
    from taskgraft.study import NAMED, Study

    named = next((name for name in NAMED if name == split), None)
    if named is None:
        raise unknown_name("--split", split, NAMED)
    if out != _STANDARD_OUTPUT:
        check_file_place("--out", Path(out))
    predictions = Study.open(study).predictions(run, named, decoding)
    if num_not_utf8 := sum(not name.isascii() and not _is_utf8(name) for name in predictions.names):
        note(
            f"{num_not_utf8:,} of {len(predictions.names):,} names are not UTF-8: they stand in the CSV in "
            "the bytes that they have on the disk. Python reads them with errors='surrogateescape'."
        )
    if out == _STANDARD_OUTPUT:
        say_table(predictions.as_csv())
        return
    # A link is written through, as a shell would: what it leads to is replaced, not the link.
    predictions.write_csv(os.path.realpath(out))
    say(f"Wrote {len(predictions.names):,} rows: {out}")


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
