"""`taskgraft doctor`: what this machine has for the package, and whether it works."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from taskgraft.cli import options
from taskgraft.printing import say, say_block, say_json

if TYPE_CHECKING:
    from taskgraft.doctor import Check

_WIDTH = 80
_STATE, _NAME = 8, 14


def doctor(as_json: options.Json = False) -> None:
    """Look at versions, hardware, disk and extras, and test saving and resuming.

    Exits with 1 if something is not ok. Nothing it prints names you or your folders.
    """
    from taskgraft.doctor import examine

    checks = []
    for check in examine():
        checks.append(check)
        if not as_json:
            say_block(_line(check))
    is_well = all(check.state != "not ok" for check in checks)
    if as_json:
        say_json({"is_well": is_well, "checks": [asdict(check) for check in checks]})
    else:
        say("", "All is well." if is_well else "Something is not ok; see what to do beside it.")
        say("These lines name neither you nor your folders: paste them into a bug report.")
    if not is_well:
        raise typer.Exit(1)


def _line(check: Check) -> str:
    """A check in 80 columns; what does not fit goes on under its beginning."""
    words = " ".join(part for part in (check.result, f"-> {check.remedy}" if check.remedy else "") if part)
    return textwrap.fill(
        words,
        _WIDTH,
        initial_indent=f"{check.state:{_STATE}}{check.name:{_NAME}}",
        subsequent_indent=" " * (_STATE + _NAME),
        break_on_hyphens=False,
    )
