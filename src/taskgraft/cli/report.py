"""`taskgraft report`: what a study concludes, again, or two studies side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskgraft.cli import options
from taskgraft.errors import RequestError
from taskgraft.file_writing import NotWrittenError, write_text
from taskgraft.place import check_file_place
from taskgraft.printing import note, say, say_block, say_json

if TYPE_CHECKING:
    from taskgraft.study import Study
    from taskgraft.verdict import Verdict

_MOST_STUDIES = 2


def report(
    studies: Annotated[list[Path], typer.Argument(metavar="STUDY [OTHER]", help="Study directories.")],
    prefer: options.Prefer = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The page of two studies side by side. [default: side-by-side.html]",
            rich_help_panel="Output",
        ),
    ] = None,
    markdown: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the verdict of one study as Markdown to this file, too.",
            rich_help_panel="Output",
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Conclude a study again from its records, and write its report; trains nothing.

    Given two studies, writes one page that shows them side by side.
    """
    if len(studies) > _MOST_STUDIES:
        raise RequestError.expected(
            "the studies", "one or two", len(studies), "Name at most two directories."
        )
    if len({directory.resolve() for directory in studies}) < len(studies):
        raise RequestError.expected(
            "the studies", "different ones", str(studies[0]), "Name another directory."
        )
    if out is not None and len(studies) == 1:
        raise RequestError.expected(
            "--out", "used with two studies", 1, "The report of one stands in its directory."
        )
    if markdown is not None and len(studies) > 1:
        raise RequestError.expected("--markdown", "used with one study", len(studies), "Name one directory.")
    for option, path in (("--out", out), ("--markdown", markdown)):
        if path is not None:
            check_file_place(option, path)
    from taskgraft.cli.verdict_json import verdict_json
    from taskgraft.report import verdict_markdown, verdict_text
    from taskgraft.study import Study
    from taskgraft.verdict import conclude

    opened = [Study.open(directory) for directory in studies]
    concluded = [(study, conclude(study, prefer)) for study in opened]
    path = _write_page(concluded, out, is_needed=not as_json or out is not None)
    if markdown is not None:
        write_text(markdown, verdict_markdown(*concluded[0]))
    if as_json:
        verdicts = [verdict_json(study, verdict) for study, verdict in concluded]
        say_json(verdicts[0] if len(verdicts) == 1 else verdicts)
        return
    for study, verdict in concluded:
        if len(concluded) > 1:
            say(f"== {study.directory}", "")
        say_block(verdict_text(study, verdict))
        say("")
    say(f"Report: {path}")


def _write_page(concluded: list[tuple[Study, Verdict]], out: Path | None, *, is_needed: bool) -> Path | None:
    """Writes the page; where it is not what was wanted, a place that cannot be written is no failure."""
    from taskgraft.report import write_report, write_side_by_side

    try:
        if len(concluded) == 1:
            return write_report(*concluded[0])
        return write_side_by_side(concluded[0], concluded[1], out or Path("side-by-side.html"))
    except NotWrittenError as error:
        if is_needed:
            raise
        note(f"No page is written. {error}")
        return None
