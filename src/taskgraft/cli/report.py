"""`taskgraft report`: what a study concludes, again, or two studies side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskgraft.cli import options
from taskgraft.cli.spelling import on_command_line
from taskgraft.errors import Phrase, RequestError, StudyError
from taskgraft.file_writing import NotWrittenError, write_text
from taskgraft.place import check_file_place
from taskgraft.printing import note, say, say_block, say_json

if TYPE_CHECKING:
    from taskgraft.study import Study

# What is preferred, and the margin; None for what the study declares.
_Aim = tuple[str | None, float | None]


def report(
    studies: Annotated[list[Path], typer.Argument(metavar="STUDY [OTHER ...]", help="Study directories.")],
    prefer: options.Prefer = None,
    margin: options.Margin = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The page of several studies. [default: side-by-side.html for two, datasets.html for more]",
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

    Exits with 1 if a run is damaged; what is missing or has failed is said, and no reason to.

    Given two studies A and B, says what B scores less A where their test images are the same, and writes one
    page that shows them side by side. Given three or more, of two datasets or more, says what each variant
    scores more than the control and than the flat one, as a mean over datasets.
    """
    if len({directory.resolve() for directory in studies}) < len(studies):
        raise RequestError.expected(
            "the studies", "different ones", str(studies[0]), "Name another directory."
        )
    if out is not None and len(studies) == 1:
        raise RequestError.expected(
            "--out", "used with several studies", 1, "The report of one stands in its directory."
        )
    if markdown is not None and len(studies) > 1:
        raise RequestError.expected("--markdown", "used with one study", len(studies), "Name one directory.")
    for option, path in (("--out", out), ("--markdown", markdown)):
        if path is not None:
            check_file_place(option, path)
    from taskgraft.study import Study

    opened = [Study.open(directory) for directory in studies]
    if len(opened) > 2:
        _report_many(opened, (prefer, margin), out, as_json=as_json)
    elif len(opened) == 2:
        _report_two(opened[0], opened[1], (prefer, margin), out, as_json=as_json)
    else:
        _report_one(opened[0], (prefer, margin), markdown, as_json=as_json)
    _check_undamaged(opened)


def _check_undamaged(studies: Sequence[Study]) -> None:
    """Ends the command as one that failed where something that it concludes from is damaged.

    What is missing or has failed is not: a study that is half done can be concluded as well.
    """
    damaged = [line for study in studies for line in study.damaged]
    if damaged:
        raise StudyError.expected(
            " and ".join(str(study.directory) for study in studies if study.damaged),
            "undamaged",
            Phrase(f"{len(damaged)} damaged, on which no figure rests"),
            "The command of the study makes them again.",
        ).with_details(damaged)


def _report_one(study: Study, aim: _Aim, markdown: Path | None, *, as_json: bool) -> None:
    """Concludes one study again."""
    from taskgraft.cli.looks import keep_look_if_writable
    from taskgraft.cli.verdict_json import verdict_json
    from taskgraft.report import adaptation_text, verdict_markdown, verdict_text, write_report
    from taskgraft.verdict import conclude

    verdict = conclude(study, *aim)
    path = _written(lambda: write_report(study, verdict), is_needed=not as_json)
    if path is None:
        keep_look_if_writable(study, verdict)
    if markdown is not None:
        write_text(markdown, verdict_markdown(study, verdict))
    if as_json:
        say_json(verdict_json(study, verdict))
        return
    say_block(verdict_text(study, verdict))
    if (adapted := study.adaptation()) is not None:
        say("")
        say_block(adaptation_text(adapted))
    say("", f"Report: {path}")


def _report_two(first: Study, second: Study, aim: _Aim, out: Path | None, *, as_json: bool) -> None:
    """Compares study B with study A, and shows them side by side."""
    from taskgraft.cli.looks import keep_look_if_writable
    from taskgraft.cli.verdict_json import between_json, verdict_json
    from taskgraft.report import two_studies_text, write_side_by_side
    from taskgraft.verdict import conclude_two

    verdicts = conclude_two(first, second, *aim)
    a, b, between = (first, verdicts[0]), (second, verdicts[1]), verdicts[2]
    page = out or Path("side-by-side.html")
    path = _written(lambda: write_side_by_side(a, b, between, page), is_needed=not as_json or out is not None)
    for study, verdict in (a, b):
        keep_look_if_writable(study, verdict)
    if as_json:
        say_json({"studies": [verdict_json(*a), verdict_json(*b)], "between": between_json(between)})
        return
    say_block(two_studies_text(a, b, between))
    say("", f"Page: {path}")


def _report_many(studies: Sequence[Study], aim: _Aim, out: Path | None, *, as_json: bool) -> None:
    """Takes the mean of effects over the datasets of several studies."""
    from taskgraft.cli.looks import keep_look_if_writable
    from taskgraft.cli.verdict_json import across_json, verdict_json
    from taskgraft.report import across_text, write_across
    from taskgraft.verdict import conclude_across

    verdicts, across = conclude_across(studies, *aim)
    concluded = list(zip(studies, verdicts, strict=True))
    page = out or Path("datasets.html")
    path = _written(lambda: write_across(concluded, across, page), is_needed=not as_json or out is not None)
    for one in concluded:
        keep_look_if_writable(*one)
    if as_json:
        say_json({"studies": [verdict_json(*one) for one in concluded], "across": across_json(across)})
        return
    say_block(across_text(concluded, across))
    say("", f"Page: {path}")


def _written(write: Callable[[], Path], *, is_needed: bool) -> Path | None:
    """Writes the page; where it is not what was wanted, a place that cannot be written is no failure."""
    try:
        return write()
    except NotWrittenError as error:
        if is_needed:
            raise
        note(f"No page is written. {error.spelled(on_command_line)}")
        return None
