"""A study as a TOML file: options by name, with tables for values of the recipe and for variants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from taskgraft.choices import DATASETS
from taskgraft.errors import Phrase, RequestError
from taskgraft.parameter import Parameter
from taskgraft.place import fitting
from taskgraft.recipe import alike, shown
from taskgraft.request._beside import merged
from taskgraft.request._compare_options import STUDIES, CompareOptions
from taskgraft.request._option import Option
from taskgraft.request._source import Source
from taskgraft.toml_file import read_toml

# Options of the command that a study does not have.
OF_ONE_COMMAND = ("json", "dry_run")


def _flag(name: str, option: Option) -> str:
    """An option as the command line spells it, but for its dashes."""
    return option.flag.removeprefix("--").replace("-", "_") or name


# By the spelling of the command line, the name of an option.
_NAMES = {_flag(name, option): name for name, option in CompareOptions.options().items()}


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
    words = Source(path, spellings=_spellings(content))
    try:
        values = _from_folder(_named(content), path.parent)
        if values.get("suggest"):
            # What it suggests is trained with the same file.
            remedy = "Leave it out of the file."
            raise RequestError.expected(Parameter("suggest"), "given beside a study file", True, remedy)
        # What the file says must be right by itself.
        CompareOptions.of(values)
        if not any(value not in ({}, []) for value in values.values()):
            raise RequestError.expected(
                "a study file",
                "of one option or more",
                Phrase("none"),
                "Name the data and the architectures.",
            )
    except RequestError as error:
        raise words.in_its_words(error) from error
    both = merged(values, given)
    ending = CompareOptions.of(both.values).ending(both.beside)
    options = CompareOptions.of({"out": STUDIES / fitting(f"{path.stem}{ending}"), **both.values})
    source = replace(words, in_file=both.in_file, beside=both.beside)
    return options.read_from(source), tuple(f"{path.name}: {line}" for line in both.lines)


def _named(content: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says by the names of its options, which it may also spell as the command line does."""
    values: dict[str, Any] = {}
    by_name: dict[str, str] = {}
    for spelling, value in content.items():
        flag = spelling.replace("-", "_")
        if flag in OF_ONE_COMMAND:
            raise RequestError.expected(
                "each option",
                "one of the study",
                spelling,
                f"It is of one command: give --{flag.replace('_', '-')} beside the file.",
            )
        name = _NAMES.get(flag, flag)
        # A switch says what is not so.
        is_switched = name != flag and isinstance(value, bool)
        said = not value if is_switched else value
        if name in values and not alike(values[name], said):
            what = f"{by_name[name]} and {spelling}, which are one option,"
            got = Phrase(f"{shown(content[by_name[name]])} and {shown(value)}")
            raise RequestError.expected(what, "of one value", got, "Leave one of them out.")
        values[name], by_name[name] = said, spelling
    return values


def _spellings(content: Mapping[str, Any]) -> dict[str, str]:
    """By name, what a file calls the options that it spells as the command line does."""
    flags = {spelling: spelling.replace("-", "_") for spelling in content}
    return {
        _NAMES[flag]: spelling for spelling, flag in flags.items() if _NAMES.get(flag, spelling) != spelling
    }


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
            name: {
                key: _placed(each, recipe, folder) if key == "recipe" else each for key, each in table.items()
            }
            if isinstance(table, Mapping)
            else table
            for name, table in values["variants"].items()
        }
    return values


def _placed(value: Any, option: Option, folder: Path) -> Any:
    """A path as it is found from a folder; a word of the option, and what is no path, as it is."""
    is_word = not isinstance(value, str) or value in option.words or value.startswith(("hub:", "~"))
    return value if is_word else str(folder / value)
