"""`python -m benchmarks.methods`: which multi-task method is worth it? A data set a piece, then the page.

A piece searches and trains what is not trained yet, concludes, and writes its record into
`docs/results/multi-task-methods`. The page is written from the records at hand.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.command import run_main
from benchmarks.methods.conclusions import conclude, read_all, write
from benchmarks.methods.page import page
from benchmarks.methods.pieces import PIECES, Piece, piece_named
from benchmarks.methods.study_files import write_study
from benchmarks.methods.training import train
from taskgraft.file_writing import write_text
from taskgraft.printing import say

RECORDS = Path("docs/results/multi-task-methods")
PAGE = "page"


def main(
    piece: Annotated[str, typer.Argument(metavar="PIECE|page", help="A data set to train, or the page.")],
    out: Annotated[Path, typer.Option(help="Folder of the studies; the same one continues them.")] = Path(
        "studies/methods"
    ),
    data_dir: Annotated[
        Path | None, typer.Option(help="Where the data are, where they have a place.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Runs at once; chosen by the cores unless given.")] = None,
    records: Annotated[Path, typer.Option(help="Folder of the records.")] = RECORDS,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what a piece would cost; train nothing.")
    ] = False,
) -> None:
    """Train a data set and conclude, or write the page."""
    if piece == PAGE:
        path = records.with_suffix(".md")
        write_text(path, page(read_all(PIECES, records), PIECES))
        say(f"Wrote {path}.")
        return
    chosen = piece_named(piece)
    if dry_run:
        plan(chosen, data_dir)
        return
    say(f"Wrote {write(conclude(train(chosen, out, data_dir, jobs)), records)}.")


def plan(piece: Piece, data_dir: Path | None) -> None:
    """Prints the plan of the study, as `taskgraft compare` makes it of its file."""
    with tempfile.TemporaryDirectory() as folder:
        file = write_study(piece, Path(folder), data_dir)
        command = [sys.executable, "-m", "taskgraft", "compare", str(file), "--dry-run"]
        if code := subprocess.run(command, check=False).returncode:
            raise typer.Exit(code)


if __name__ == "__main__":
    run_main(main)
