"""Pictures as the command line names them: paths, folders, tables, and paths on standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from taskgraft.data.sources import is_table, read_pictures
from taskgraft.errors import Phrase, RequestError
from taskgraft.pictures import NamedPicture, is_picture_start, named_pictures

_STANDARD_INPUT = "-"


def pictures_of(arguments: Sequence[str], image_column: str | None) -> list[NamedPicture]:
    """Every picture that the arguments name, in their order.

    Args:
        arguments: Paths of pictures, folders or tables; `-` for paths on standard input, a line each, or for
            the bytes of one picture.
        image_column: Of tables, the column of the paths; the usual names are looked for unless given.

    Raises:
        RequestError: If a folder or a table holds none, a name is empty, or nothing comes.
        DataError: If a table cannot be read.
    """
    return [picture for argument in arguments for picture in _named(argument, image_column)]


def _named(argument: str, image_column: str | None) -> Iterator[NamedPicture]:
    if not argument:
        # Nothing would mean the folder that one happens to be in.
        raise RequestError.expected("each picture", "a path", argument, "Leave it out, or name something.")
    if argument == _STANDARD_INPUT:
        yield from _from_standard_input()
    elif is_table(Path(argument)) and os.path.lexists(argument):
        for name, content in read_pictures(Path(argument), image_column):
            yield NamedPicture(name, content)
    else:
        yield from named_pictures(argument)


def _from_standard_input() -> Iterator[NamedPicture]:
    content = sys.stdin.buffer.read()
    if is_picture_start(content):
        yield NamedPicture("standard input", content)
        return
    lines = [line for line in content.splitlines() if line.strip()]
    if not lines:
        raise RequestError.expected(
            "standard input",
            "the paths of pictures, a line each, or a picture",
            Phrase("nothing"),
            "Pipe them in.",
        )
    for line in lines:
        yield from named_pictures(os.fsdecode(line))
