"""`taskgraft predictions`: what a run predicts of each image, as CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taskgraft.choices import DECODINGS, POOLED
from taskgraft.cli.out_file import STANDARD_OUTPUT, out_file
from taskgraft.cli.taking import completion
from taskgraft.errors import unknown_name
from taskgraft.printing import note, say, say_table

_DECODINGS = (*DECODINGS, POOLED)


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
            help=f"How classes are chosen: {', '.join(_DECODINGS)}, the last as `predict` does.",
            autocompletion=completion(_DECODINGS),
        ),
    ] = "independent",
    out: Annotated[
        str, typer.Option(metavar="FILE", help="CSV file to write; - for standard output.")
    ] = STANDARD_OUTPUT,
) -> None:
    """Write what a run predicts of each image as CSV, under the names that the images have in their source.

    Columns: name, split; of each level true, predicted (the most probable class of the level by itself unless
    given), probability (softmax) and right (1 or 0). Cells are empty where the true class is not known.
    """
    from taskgraft.study import NAMED, Study

    named = next((name for name in NAMED if name == split), None)
    if named is None:
        raise unknown_name("--split", split, NAMED)
    path = out_file(out)
    predictions = Study.open(study).predictions(run, named, decoding)
    if num_not_utf8 := sum(not name.isascii() and not _is_utf8(name) for name in predictions.names):
        note(
            f"{num_not_utf8:,} of {len(predictions.names):,} names are not UTF-8: they stand in the CSV in "
            "the bytes that they have on the disk. Python reads them with errors='surrogateescape'."
        )
    if path is None:
        say_table(predictions.as_csv())
        return
    predictions.write_csv(path)
    say(f"Wrote {len(predictions.names):,} rows: {out}")


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
