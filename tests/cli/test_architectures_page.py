"""Every example of docs/architectures.md and docs/soft-sharing.md does what the page says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from taskgraft.cli.architectures import architectures
from taskgraft.cli.spelling import on_command_line
from taskgraft.errors import RequestError

DOCS = Path(__file__).parents[2] / "docs"
ARCHITECTURES, SOFT = DOCS / "architectures.md", DOCS / "soft-sharing.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples(page: Path) -> list[tuple[str, str, str]]:
    """Each command of a page with what it prints and the file it reads: the last one before it."""
    found, written = [], ""
    for kind, content in _BLOCK.findall(page.read_text()):
        if kind == "console":
            command, _, output = content.partition("\n")
            found.append((command, output, written))
        else:
            written = content
    return found


def test_the_pages_have_examples() -> None:
    assert (len(examples(ARCHITECTURES)), len(examples(SOFT))) == (7, 2)
    assert {kind for kind, _ in _BLOCK.findall(ARCHITECTURES.read_text())} == {"toml", "python", "console"}


@pytest.mark.parametrize(("command", "output", "written"), [*examples(ARCHITECTURES), *examples(SOFT)])
def test_an_example_prints_what_the_page_shows(
    command: str, output: str, written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dollar, program, verb, *arguments = shlex.split(command)
    assert (dollar, program, verb) == ("$", "taskgraft", "architectures")
    if "--architecture-file" in arguments:
        Path(arguments[arguments.index("--architecture-file") + 1]).write_text(written)
    app = typer.Typer()
    app.command()(architectures)
    result = CliRunner().invoke(app, arguments)
    # The program prints an error's message; here it is the error itself.
    if isinstance(result.exception, RequestError):
        assert output == f"taskgraft: {result.exception.spelled(on_command_line)}\n"
    else:
        assert output == result.output
