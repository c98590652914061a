"""Options in sentences: as the command line has them there, and as arguments in Python."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

import taskgraft as tg
from taskgraft.cli.main import app
from taskgraft.data import export
from taskgraft.data.sources import _arrays as arrays
from taskgraft.data.sources import _folder as folder
from taskgraft.data.sources import _hub as hub
from taskgraft.data.sources import _samples as samples
from taskgraft.data.sources import _sources as sources
from taskgraft.data.sources import _table as table
from taskgraft.data.sources._shapes import load as load_shapes
from taskgraft.errors import RequestError, unknown_name
from taskgraft.spelling import on_command_line, spelled

SOURCE = Path(tg.__file__).parent
# What the command line alone has, styles of pages, and sentences nobody asks for from Python.
NOT_LOOKED_AT = (
    "cli/",
    "audit/_text.py",
    "report/",
    "diagrams/_svg",
    "spelling.py",
    "doctor/_doctor.py",
)
OPTION = re.compile(r"(?<![\w-])--([a-z]+(?:-[a-z]+)*)")


@pytest.mark.parametrize(
    ("said", "in_python"),
    [
        ("Use --val-fraction.", "Use val_fraction."),
        ("Pass --size=64.", "Pass size=64."),
        ("Pass --val-fraction=0.1.", "Pass val_fraction=0.1."),
        ("Write --label-columns=a,b; they", "Write label_columns='a,b'; they"),
        ("or say --no-tree.", "or say has_tree=False."),
        ("again with --retry-failed", "again with retry_failed=True"),
        ("--threads", "num_threads"),
        ("Use --format=parquet.", "Use form='parquet'."),
        *((same, same) for same in ("'--size'", "my--size", "/a/--size", "a --size/b")),
        ("no option - none -- at all", "no option - none -- at all"),
    ],
)
def test_the_same_sentence_for_both(said: str, in_python: str) -> None:
    assert spelled(said) == in_python
    with on_command_line():
        assert spelled(said) == said
    assert spelled(said) == in_python


def test_python_is_back_after_an_error_on_the_command_line() -> None:
    with pytest.raises(RequestError), on_command_line():
        raise RequestError.expected("--seeds", "at least 1", 0, "Pass --seeds=1.")
    assert str(RequestError.expected("--seeds", "at least 1", 0, "Pass --seeds=1.")) == (
        "Expected seeds to be at least 1, but got 0. Pass seeds=1."
    )


def test_what_came_is_never_respelled() -> None:
    assert "but got '--size'" in str(RequestError.expected("a class", "known", "--size", "Mend it."))
    assert "Expected device to be" in str(unknown_name("--device", "gpu", ["cpu"]))


def _options_named() -> dict[str, str]:
    """Every option that a file names, with one file that does."""
    named = {}
    for path in sorted(SOURCE.rglob("*.py")):
        place = path.relative_to(SOURCE).as_posix()
        if not place.startswith(NOT_LOOKED_AT):
            named.update(dict.fromkeys(OPTION.findall(path.read_text()), place))
    return named


def _of_commands(command: Any) -> set[str]:
    own = {name.removeprefix("--") for parameter in command.params for name in parameter.opts}
    return own.union(*map(_of_commands, getattr(command, "commands", {}).values()))


def test_every_option_that_a_sentence_names_is_there_on_the_command_line_and_in_python() -> None:
    functions = (
        tg.load,
        tg.compare,
        tg.conclude,
        arrays.from_arrays,
        folder.read_folder,
        table.read_table,
        hub.read_hub,
        samples.to_dataset,
        sources.load,
        load_shapes,
        export,
        tg.Study.predictions,
    )
    arguments = {name for function in functions for name in inspect.signature(function).parameters}
    on_the_command_line = _of_commands(typer.main.get_command(app))
    named = _options_named()
    assert {"val-fraction", "trunk", "auto-batch"} <= set(named)
    for option, place in named.items():
        assert option in on_the_command_line, place
        assert re.match(r"\w+", spelled(f"--{option}"))[0] in arguments, place
