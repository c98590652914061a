"""How the command line spells parameters: as its verbs declare them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from taskgraft.cli.main import app
from taskgraft.cli.spelling import on_command_line


def options(command: Any) -> Iterator[tuple[str, str]]:
    """Name and first spelling of every option of a command and its verbs."""
    for parameter in command.params:
        if parameter.opts[0].startswith("--"):
            yield parameter.name, parameter.opts[0]
    for each in getattr(command, "commands", {}).values():
        yield from options(each)


# Python has other names for what these do, or none.
OF_THE_COMMAND_LINE = {
    *("as_json", "as_jsonl", "as_csv", "help", "version", "install_completion", "show_completion"),
    "recipe_name",
}


@pytest.mark.parametrize(("name", "flag"), sorted(set(options(typer.main.get_command(app)))))
def test_every_option_is_spelled_as_its_verb_declares_it(name: str, flag: str) -> None:
    if name not in OF_THE_COMMAND_LINE:
        assert on_command_line(name, None) == flag
