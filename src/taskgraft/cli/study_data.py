"""The data of a study, opened once more by the command that began it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from taskgraft.cli.taking import typed
from taskgraft.errors import TaskgraftError
from taskgraft.request import CompareOptions, TrainOptions, read_study_file
from taskgraft.toml_file import is_toml

if TYPE_CHECKING:
    from taskgraft.data import Dataset
    from taskgraft.study import StudyRecord

_HUB = "hub:"


def study_data(place: str, command: Any) -> Dataset | None:
    """The data that a study was made on, if this machine has it as it was.

    Args:
        place: The study, one of its runs, or a model's file in it.
        command: The command line, as click knows it.

    Returns:
        None where the place is of no study, or the data would have to be downloaded, or is gone or changed.
    """
    from taskgraft.data.files import without_downloads
    from taskgraft.data.sources import load
    from taskgraft.study import STUDY, StudyRecord, read_record

    path = Path(place).absolute()
    directory = next((each for each in (path, *path.parents[:3]) if (each / STUDY).is_file()), None)
    if directory is None:
        return None
    try:
        record = read_record(directory / STUDY, StudyRecord)
        arguments = _of_load(record, command)
        if arguments is None or str(arguments["name"]).startswith(_HUB):
            return None
        with without_downloads():
            data = load(**arguments)
    # What the command named is no longer what it was, or no longer there.
    except (TaskgraftError, OSError):
        return None
    return data if data.digest() == record.request.data.digest else None


def _of_load(record: StudyRecord, command: Any) -> dict[str, Any] | None:
    """The arguments of `load`: those of the command; of a study made from Python, those of its data."""
    val_fraction = record.request.recipes[0].val_fraction
    if record.command is None:
        data = record.request.data
        return {"name": data.source, "val_fraction": val_fraction, **data.options}
    options = _typed(shlex.split(record.command)[1:], command)
    return None if options is None else options.for_load(val_fraction)


def _typed(words: list[str], command: Any) -> CompareOptions | None:
    """The options of a `compare` or `train` that somebody typed."""
    try:
        verb, *rest = words
        context = command.commands[verb].make_context(verb, rest)
    except (typer.Exit, typer.Abort, *_MISSPELT, KeyError, ValueError):
        return None
    if verb == "train":
        return TrainOptions.of(typed(TrainOptions, context.params)).as_compare()
    given = typed(CompareOptions, context.params)
    file = context.params.get("study_file")
    if file is None:
        return CompareOptions.of(given)
    return read_study_file(Path(file), given)[0] if is_toml(file) else None


# Of an option or a verb that there is not any more. Older versions of typer keep it in another package.
_MISSPELT: tuple[Any, ...] = tuple(
    each for each in typer.BadParameter.__mro__ if each.__name__ == "ClickException"
)
