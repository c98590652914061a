"""`taskgraft data check`: what is odd about a dataset, before anything is trained on it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from taskgraft.cli import options
from taskgraft.cli.taking import Given, takes
from taskgraft.errors import TaskgraftError, unknown_name
from taskgraft.place import check_file_place
from taskgraft.printing import say, say_block, say_json
from taskgraft.request import DataOptions

# By what was wished, the verdicts that fail.
_FAILING = {"mend": ("mend",), "look": ("mend", "usable"), "never": ()}


@takes(DataOptions, argument="data")
def check(
    given: Given,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="HTML page. [default: NAME-check.html in this folder]"),
    ] = None,
    fail_on: Annotated[
        str,
        typer.Option(
            metavar="|".join(_FAILING),
            help="End with 1 for what is to be mended first, what is worth a look too, or never.",
        ),
    ] = "mend",
    as_json: options.Json = False,
) -> None:
    """Read all of a dataset once: class counts, taxonomy, bad files, duplicates, leaks; with an HTML page.

    The exit code is 1 where something would spoil a study.
    """
    if fail_on not in _FAILING:
        raise unknown_name("--fail-on", fail_on, _FAILING)
    chosen = DataOptions.of(given)
    if not chosen.is_named:
        # Unreadable files are what is looked for here: they stop nothing.
        chosen = DataOptions.of({"on_bad_image": "skip", **given})
    path = out or Path(f"{chosen.title}-check.html")
    check_file_place("--out", path)
    from taskgraft.audit import audit, audit_text
    from taskgraft.data.sources import load
    from taskgraft.report import write_audit

    data = load(**chosen.for_load())
    result = audit(data)
    write_audit(result, data.images, path)
    if as_json:
        say_json({**asdict(result), "page": str(path)})
    else:
        say_block(audit_text(result, f"--json, or {path}"))
        say("", f"Page: {path}")
    if result.verdict in _FAILING[fail_on]:
        raise typer.Exit(TaskgraftError.exit_code)
