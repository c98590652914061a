"""`taskgraft data check`: what is odd about a dataset, before anything is trained on it."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from taskgraft.audit import audit, audit_text, write_audit
from taskgraft.cli import options
from taskgraft.cli.data_options import DataAsked, takes_data
from taskgraft.data import Dataset
from taskgraft.data.sources import SOURCES
from taskgraft.place import check_file_place
from taskgraft.printing import say, say_block, say_json


@takes_data(as_argument=True)
def check(
    asked: DataAsked,
    out: Annotated[
        Path | None, typer.Option(help="HTML page; NAME-check.html in this folder unless told.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Read all of a dataset once: class counts, taxonomy, bad files, duplicates, leaks; with an HTML page."""
    path = out or Path(f"{asked.title}-check.html")
    check_file_place("--out", path)
    data = _load(asked)
    found = audit(data)
    write_audit(found, data.images, path)
    if as_json:
        say_json({**asdict(found), "page": str(path)})
    else:
        say_block(audit_text(found, f"--json, or {path}"))
        say("", f"Page: {path}")


def _load(asked: DataAsked) -> Dataset:
    """What was asked for; unreadable files are what is looked for here, so they stop nothing unless told."""
    if asked.data not in SOURCES and asked.on_bad_image is None:
        asked = replace(asked, on_bad_image="skip")
    return asked.load()
