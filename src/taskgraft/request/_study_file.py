"""A study as a TOML file: options by name, with tables for values of the recipe and for variants."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from taskgraft.choices import DATASETS
from taskgraft.errors import Phrase, RequestError
from taskgraft.parameter import Parameter
from taskgraft.place import fitting
from taskgraft.recipe import alike
from taskgraft.request._beside import merged
from taskgraft.request._compare_options import STUDIES, CompareOptions
from taskgraft.request._option import Option
from taskgraft.request._source import Source
from taskgraft.toml_file import in_file, read_toml

# Options of the command that a study does not have.
OF_ONE_COMMAND = ("json", "dry_run")


def read_study_file(path: Path, given: Mapping[str, Any]) -> tuple[CompareOptions, tuple[str, ...]]:
    r"""The options of a study file, and others beside it, which go before.

    Args:
        path: Of the file. Paths in it are found from its folder; without `out` the study has its name.
        given: Options beside the file, by name.

    Returns:
        The options, and a line for each that the file gives otherwise, in which parameters stand as marks.

    Raises:
        RequestError: If the file cannot be read, or what it says is no request; it names the file.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "study.toml"
        >>> _ = path.write_text('recipe = "quick"\nseeds = 2\n[vary]\nbatch_size = [32, 64]')
        >>> options, _ = read_study_file(path, {"seeds": 3})
        >>> options.recipe, options.seeds, options.vary, str(options.directory())
        ('quick', (0, 1, 2), {'batch_size': [32, 64]}, 'studies/study')
    """
    content = read_toml("the study", path)
    try:
        values = _from_folder(_named(content), path.parent)
        # What the file says must be right by itself.
        CompareOptions.of(values)
        if not any(value not in ({}, []) for value in values.values()):
            raise RequestError.expected(
                "a study file", "of one option or more", Phrase("none"), "Name the data and the architectures."
            )
    except RequestError as error:
        # A file has keys, whoever reads it: names as in Python, not options of the command line.
        raise in_file(path, type(error)(str(error))) from error
    both = merged(values, given)
    ending = CompareOptions.of(both.values).ending(both.beside)
    options = CompareOptions.of({"out": STUDIES / fitting(f"{path.stem}{ending}"), **both.values})
    source = Source(path, both.in_file, both.beside)
    return options.read_from(source), tuple(f"{path.name}: {line}" for line in both.lines)


def _named(content: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says by the names of its options, which it may also spell as the command line does."""
    spellings = {_flag(name, option): name for name, option in CompareOptions.options().items()}
    values: dict[str, Any] = {}
    for spelling, value in content.items():
        flag = spelling.replace("-", "_")
        if flag in OF_ONE_COMMAND:
            raise RequestError.expected(
                "each option",
                "one of the study",
                spelling,
                f"It is of one command: give --{flag.replace('_', '-')} beside the file.",
            )
        name = spellings.get(flag, flag)
        # A switch says what is not so.
        is_switched = name != flag and isinstance(value, bool)
        said = not value if is_switched else value
        if name in values and not alike(values[name], said):
            raise RequestError.expected(
                Parameter(name), "given once", Phrase(f"two values, one as {spelling}"), "Leave one out."
            )
        values[name] = said
    return values


def _flag(name: str, option: Option) -> str:
    """An option as the command line spells it, but for its dashes."""
    return option.flag.removeprefix("--").replace("-", "_") or name


def _from_folder(content: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The values of a file, with paths as they are found from where it is used."""
    options = CompareOptions.options()
    is_named = content.get("data", DATASETS[0]) in DATASETS
    values = dict(content)
    for name, value in content.items():
        if name in options and options[name].is_path and not (name == "taxonomy" and is_named):
            values[name] = _placed(value, options[name], folder)
    if isinstance(values.get("variants"), Mapping):
        recipe = options["recipe"]
        values["variants"] = {
            name: {key: _placed(each, recipe, folder) if key == "recipe" else each for key, each in table.items()}
            if isinstance(table, Mapping)
            else table
            for name, table in values["variants"].items()
        }
    return values


def _placed(value: Any, option: Option, folder: Path) -> Any:
    """A path as it is found from a folder; a word of the option, and what is no path, as it is."""
    is_word = not isinstance(value, str) or value in option.words or value.startswith(("hub:", "~"))
    return value if is_word else str(folder / value)
