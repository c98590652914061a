"""`taskgraft compare`: a whole study with one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from taskgraft.cli import options
from taskgraft.cli.spelling import on_command_line
from taskgraft.cli.taking import Given, takes
from taskgraft.errors import RequestError
from taskgraft.parameter import spelled
from taskgraft.printing import note
from taskgraft.request import CompareOptions, read_study_file
from taskgraft.toml_file import SUFFIX, is_toml


@takes(CompareOptions)
def compare(
    given: Given,
    study_file: Annotated[
        str | None,
        typer.Argument(
            metavar="STUDY.toml", help="A study file: any of these options, by name (docs/running.md)."
        ),
    ] = None,
    as_json: options.Json = False,
    dry_run: options.DryRun = False,
) -> None:
    """Train every architecture from every seed and compare them.

    The same command continues a study that was cut off: finished runs are not done again.
    """
    chosen = CompareOptions.of(given) if study_file is None else _read(study_file, given)
    from taskgraft.cli.study import plan_and_run

    plan_and_run(chosen, as_json=as_json, dry_run=dry_run)


def _read(study_file: str, given: Given) -> CompareOptions:
    if not is_toml(study_file):
        raise RequestError.expected(
            "what follows `compare`",
            f"options, or the name of a study file that ends in {SUFFIX}",
            study_file,
            "Name data with --data and architectures with --architectures.",
        )
    chosen, lines = read_study_file(Path(study_file), given)
    for line in lines:
        note(spelled(line, lambda name, _: on_command_line(name, None)))
    return chosen
