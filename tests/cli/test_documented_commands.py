"""Every command in the README and on the pages of docs is one that the command line takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from taskgraft.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FEWEST = {"README.md": 10, "use.md": 3}
# A form, not a command: what may be left out, and choices. Or a shell's own word.
_FORM = re.compile(r"\[--|\[OPTIONS\]| \.\.\.|\[[A-Z]|\$\(")
_SHELL = re.compile(r"[|&;>]$|^[|&;><]|^2>")


def commands(page: Path) -> Iterator[str]:
    """The lines of a page's blocks of code that are commands of ours, continued lines joined."""
    text = page.read_text().replace("\\\n", " ")
    is_fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            is_fenced = not is_fenced
        elif is_fenced or line.startswith("    "):
            yield from (match.strip() for match in re.findall(r"(?:^|\| |&& |; |\$ )\s*(taskgraft .*)", line))


def mentioned() -> list[str]:
    """What stands in sentences: commands of ours with options, arguments of the verb left out or not."""
    spans = (re.findall(r"`(taskgraft [^`\n]* --[^`\n]*)`", page.read_text()) for page in PAGES)
    lines = dict.fromkeys(line for lines in spans for line in lines)
    return [line for line in lines if not _FORM.search(line) and "..." not in line]


def documented() -> list[Any]:
    return [
        pytest.param(line, id=f"{page.name}: {line[:60]}")
        for page in PAGES
        for line in dict.fromkeys(commands(page))
        if not _FORM.search(line.partition(" #")[0])
    ]


def words_of(line: str) -> list[str]:
    """What a shell makes of a line, up to what is another command's."""
    words = shlex.split(line, comments=True)[1:]
    end = next((i for i, word in enumerate(words) if _SHELL.search(word)), len(words))
    return words[:end]


def parse(words: list[str]) -> None:
    """Reads a command line as the program does; runs nothing."""
    command: Any = typer.main.get_command(app)
    context = command.context_class(command, info_name="taskgraft")
    while hasattr(command, "commands"):
        name, *words = words or [""]
        if name in ("-h", "--help", "--version"):
            return
        if name not in command.commands and "list" in command.commands:
            # Where no verb is named, such a group lists.
            name, words = "list", [name, *words] if name else words
        command = command.commands[name]
        context = command.context_class(command, parent=context, info_name=name)
    if not {"-h", "--help"} & set(words):
        command.make_context(command.name, list(words), parent=context.parent)


@pytest.mark.parametrize("line", documented())
def test_a_documented_command_is_one_that_is_taken(line: str) -> None:
    parse(words_of(line))


@pytest.mark.parametrize("line", mentioned())
def test_a_command_in_a_sentence_has_no_option_that_is_not_taken(line: str) -> None:
    try:
        parse(words_of(line))
    except Exception as error:
        # A sentence need not name what the verb is given.
        assert str(error).startswith("Missing parameter")  # noqa: PT017


def test_commands_are_read_from_the_pages() -> None:
    for name, fewest in FEWEST.items():
        page = next(page for page in PAGES if page.name == name)
        assert len(list(commands(page))) >= fewest
    with pytest.raises(Exception, match="No such option"):
        parse(words_of("taskgraft predict study photos --nope"))
    with pytest.raises(KeyError):
        parse(words_of("taskgraft predikt study"))
