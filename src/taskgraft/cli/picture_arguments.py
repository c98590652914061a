"""Pictures as the command line names them: paths, folders, tables, and paths on standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from taskgraft.errors import Phrase, RequestError
from taskgraft.parameter import Parameter
from taskgraft.pictures import MAX_FILE_BYTES, NamedPicture, is_picture, is_picture_start, named_pictures
from taskgraft.place import expanded

_STANDARD_INPUT = "-"


def pictures_of(
    arguments: Sequence[str], image_column: str | None = None, data_dir: str | None = None
) -> list[NamedPicture]:
    """Every picture that the arguments name, in their order; none of them is opened yet.

    Args:
        arguments: Paths of pictures, folders or tables; `-` for paths on standard input, a line each or with
            a NUL behind each, or for the bytes of one picture.
        image_column: Of tables, the column of the paths; the usual names are looked for unless given.
        data_dir: What paths in tables are relative to, and must lie in; by default the folder of the table.

    Raises:
        RequestError: If a folder or a table holds none, a name is empty, or nothing comes.
        DataError: If a table cannot be read.
    """
    folder = None if data_dir is None else expanded(Parameter("data_dir"), data_dir)
    return [picture for each in arguments for picture in _named(each, image_column, folder)]


def _named(argument: str, image_column: str | None, data_dir: Path | None) -> Iterable[NamedPicture]:
    if not argument:
        # Nothing would mean the folder that one happens to be in.
        raise RequestError.expected("each picture", "a path", argument, "Leave it out, or name something.")
    path = Path(argument)
    if argument == _STANDARD_INPUT:
        return _from_standard_input()
    # What is missing is a picture that cannot be read, as it is among many.
    if path.is_dir() or is_picture(path) or not os.path.lexists(path):
        return named_pictures(path)
    # What reads tables takes its time to load, and most pictures come without one.
    from taskgraft.data.sources import is_table, read_pictures

    if not is_table(path):
        return named_pictures(path)
    pictures = read_pictures(path, image_column, data_dir)
    if not pictures:
        raise RequestError.expected(
            argument, "a table with pictures", Phrase("none"), "Name another one, or a picture."
        )
    return [NamedPicture(name, content) for name, content in pictures]


def _from_standard_input() -> Iterable[NamedPicture]:
    content = sys.stdin.buffer.read(MAX_FILE_BYTES + 1)
    if is_picture_start(content):
        return [NamedPicture("standard input", content)]
    # As `find -print0` parts them; a name may hold the end of a line, and no name a NUL.
    parts = content.split(b"\0") if b"\0" in content else content.splitlines()
    paths = [os.fsdecode(part) for part in parts if part.strip()]
    if not paths or len(content) > MAX_FILE_BYTES:
        raise RequestError.expected(
            "standard input",
            "the paths of pictures, a line each, or a picture",
            Phrase(f"more than {MAX_FILE_BYTES >> 20} MB" if paths else "nothing"),
            "Pipe them in.",
        )
    return named_pictures(paths)
