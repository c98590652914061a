"""Parameters in sentences: as the command line has them there, and as arguments in Python."""

from __future__ import annotations

import ast
import inspect
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from hypothesis import given
from hypothesis import strategies as some

import taskgraft as tg
from taskgraft.cli.main import app
from taskgraft.cli.spelling import on_command_line
from taskgraft.data import export
from taskgraft.data.sources import _arrays as arrays
from taskgraft.data.sources import _folder as folder
from taskgraft.data.sources import _hub as hub
from taskgraft.data.sources import _left_out as left_out
from taskgraft.data.sources import _sources as sources
from taskgraft.data.sources import _table as table
from taskgraft.data.sources import _to_dataset as to_dataset
from taskgraft.data.sources._shapes import load as load_shapes
from taskgraft.errors import DivergedError, RequestError, TaskgraftError, unknown_name
from taskgraft.parameter import Parameter, spelled
from taskgraft.request import ServeLimits

SOURCE = Path(tg.__file__).parent
COMMAND = typer.main.get_command(app)
# The command line's own words, and pages that its verbs write.
OF_THE_COMMAND_LINE = (
    "cli/",
    "report/",
    "diagrams/",
    "audit/",
    "doctor/",
    "verdict/_wording",
    "verdict/_more_seeds",
    "data/_overview.py",
)
OPTION = re.compile(r"(?<![\w'\"-])--[a-z]+(?:-[a-z]+)*")


def command_line(text: str) -> str:
    return spelled(text, on_command_line)


@pytest.mark.parametrize(
    ("parameter", "in_python", "option"),
    [
        (Parameter("val_fraction"), "val_fraction", "--val-fraction"),
        (Parameter("size", 64), "size=64", "--size=64"),
        (Parameter("val_fraction", 0.1), "val_fraction=0.1", "--val-fraction=0.1"),
        (Parameter("label_columns", "a,b"), "label_columns='a,b'", "--label-columns=a,b"),
        (Parameter("has_tree", False), "has_tree=False", "--no-tree"),
        (Parameter("has_splits", False), "has_splits=False", "--no-splits"),
        (Parameter("retry_failed", True), "retry_failed=True", "--retry-failed"),
        (Parameter("num_threads"), "num_threads", "--threads"),
        (Parameter("form", "parquet"), "form='parquet'", "--format=parquet"),
        (Parameter("decoding"), "decoding", "--decoding"),
    ],
)
def test_the_same_sentence_for_both(parameter: Parameter, in_python: str, option: str) -> None:
    error = RequestError.expected(parameter, f"set with {parameter}", 0, f"Leave {parameter} out.")
    assert str(error) == f"Expected {in_python} to be set with {in_python}, but got 0. Leave {in_python} out."
    assert command_line(error.text) == str(error).replace(in_python, option)


@given(
    name=some.sampled_from(["size", "a_b"]),
    value=some.none() | some.integers() | some.booleans() | some.text(),
)
def test_any_value_stands_in_its_mark(name: str, value: str | int | None) -> None:
    assert (
        spelled(f"{Parameter(name, value)}, and")
        == (name if value is None else f"{name}={value!r}") + ", and"
    )


@given(some.text())
def test_what_came_is_never_respelled(text: str) -> None:
    error = RequestError.expected("a class", "known", text, "Mend it.")
    assert str(error) == command_line(error.text)
    assert "but got '--size'" in str(RequestError.expected("a class", "known", "--size", "Mend it."))
    assert "Expected device to be" in str(unknown_name(Parameter("device"), "gpu", ["cpu"]))


@given(some.text())
def test_a_text_that_looks_like_a_mark_does_no_harm(text: str) -> None:
    error = TaskgraftError.expected(f"the class \x0e{text}\x0f and \x0ea={text}\x0f", "known", 1, "Mend it.")
    assert "\n" not in command_line(error.text)
    assert "\x0e" not in str(error)


def test_parameters_survive_another_process_and_another_error_around_them() -> None:
    error = RequestError.expected(Parameter("size"), "at least 16", 8, "Try 64.").with_details(["a"])
    again = pickle.loads(pickle.dumps(error))
    assert (command_line(again.text), again.details) == (command_line(error.text), ("a",))
    assert command_line(again.text).startswith("Expected --size to be")
    diverged = pickle.loads(pickle.dumps(DivergedError.at(3, "fine", 1.0)))
    assert (diverged.step, diverged.level) == (3, "fine")


def _sources() -> Iterator[tuple[str, ast.AST]]:
    for path in sorted(SOURCE.rglob("*.py")):
        place = path.relative_to(SOURCE).as_posix()
        for node in ast.walk(ast.parse(path.read_text())):
            yield place, node


def test_no_sentence_spells_an_option_outside_the_command_line() -> None:
    declared = {"request/_data_options.py", "request/_run_options.py"}
    for place, node in _sources():
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value
        if is_text and not place.startswith(OF_THE_COMMAND_LINE) and place not in declared:
            assert not OPTION.search(node.value), f"{place}:{node.lineno}"


def _of_commands(command: object) -> set[str]:
    names = {parameter.name for parameter in command.params}
    return names.union(*map(_of_commands, getattr(command, "commands", {}).values()))


def test_every_parameter_that_a_sentence_names_is_one_of_python_and_of_the_command_line() -> None:
    functions = (
        tg.load,
        tg.compare,
        tg.conclude,
        arrays.from_arrays,
        folder.read_folder,
        table.read_table,
        hub.read_hub,
        to_dataset.to_dataset,
        left_out.without_pictures,
        sources.load,
        load_shapes,
        export,
        tg.Study.predictions,
        tg.Model.predict,
        tg.load_model,
        tg.export,
        tg.remap,
    )
    arguments = {name for function in functions for name in inspect.signature(function).parameters}
    arguments |= {*ServeLimits.model_fields, "host", "port"}
    on_the_command_line = _of_commands(COMMAND)
    named = {
        node.args[0].value: f"{place}:{node.lineno}"
        for place, node in _sources()
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "Parameter"
        and isinstance(node.args[0], ast.Constant)
    }
    assert {"val_fraction", "trunk", "has_tree"} <= set(named)
    for name, place in named.items():
        assert name in on_the_command_line, place
        assert name in arguments, place
