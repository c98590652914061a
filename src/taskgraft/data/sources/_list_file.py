"""Lists of pictures in text files: a path and its label a line, as training tools have long taken them."""

from __future__ import annotations

import os
import re
from pathlib import Path

from taskgraft.data.sources._raw_table import RawTable
from taskgraft.data.sources._text_file import text_lines
from taskgraft.errors import DataError
from taskgraft.parameter import Parameter
from taskgraft.pictures import is_picture

PATH, LABEL = "path", "label"
_LAST_WORD = re.compile(r"(.*[^ ]) +([^ ]+)", re.DOTALL)


def read_list(path: Path, root: Path) -> RawTable:
    r"""Reads `path label` a line, parted by a tab or by blanks; a path may hold blanks, a label then not.

    Lines of a number, a label and a path, parted by tabs, are taken as well.

    Args:
        path: The file.
        root: What its paths are relative to.

    Raises:
        DataError: If a line is not of this form.
        OSError: If the file cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = (Path(folder) / "t.txt").write_text("my cat/1.jpg 3\n\nb.jpg\tpolar bear\n")
        ...     read_list(Path(folder) / "t.txt", Path(folder)).columns
        {'path': ['my cat/1.jpg', 'b.jpg'], 'label': ['3', 'polar bear']}
    """
    paths, labels, lines = [], [], []
    for number, line in enumerate(text_lines(path), start=1):
        text = line.strip(" \r\n")
        if not text.strip():
            continue
        parts = _parts(text)
        if parts is None or not is_path(parts[0], root) or is_named_as_picture(parts[1]):
            raise DataError.expected(
                f"line {number} of {path}",
                "the path of a picture and one label",
                text,
                "Mend it; part the two by a tab, or begin the file with a header that "
                f"{Parameter('label_columns')} names.",
            )
        paths.append(parts[0])
        labels.append(parts[1])
        lines.append(number)
    return RawTable({PATH: paths, LABEL: labels}, lines)


def read_paths(path: Path, root: Path) -> RawTable:
    r"""Reads a path a line, as it is or with whatever `read_list` finds behind it.

    Args:
        path: The file.
        root: What its paths are relative to.

    Raises:
        DataError: If the file is no text.
        OSError: If it cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = (Path(folder) / "t.txt").write_text("my cat/1.jpg\n\nb.jpg\tpolar bear\nc.jpg 3\n")
        ...     read_paths(Path(folder) / "t.txt", Path(folder)).columns
        {'path': ['my cat/1.jpg', 'b.jpg', 'c.jpg']}
    """
    texts = ((number, line.strip(" \r\n")) for number, line in enumerate(text_lines(path), start=1))
    named = [(number, _path(text, root)) for number, text in texts if text.strip()]
    return RawTable({PATH: [text for _, text in named]}, [number for number, _ in named])


def _path(line: str, root: Path) -> str:
    """The path that a line begins with; all of the line, where that is one or nothing else is."""
    parts = None if is_path(line, root) else _parts(line)
    return parts[0] if parts is not None and is_path(parts[0], root) else line


def _parts(line: str) -> tuple[str, str] | None:
    """The path and the label of a line."""
    cells = line.split("\t")
    if len(cells) == 3 and cells[0].isdecimal():
        return cells[2], cells[1]
    if len(cells) == 2:
        return cells[0], cells[1]
    match = _LAST_WORD.fullmatch(line) if len(cells) == 1 else None
    return None if match is None else (match[1], match[2])


def is_path(text: str, root: Path) -> bool:
    """Whether a cell is the path of a picture: it is called like one, or leads to a file."""
    return is_named_as_picture(text) or (bool(text.strip()) and os.path.isfile(root / text))


def is_named_as_picture(text: str) -> bool:
    """Whether a text ends like the name of a picture.

    Example:
        >>> is_named_as_picture("a/b c.JPG"), is_named_as_picture("3.0")
        (True, False)
    """
    return bool(Path(text).suffix) and is_picture(Path(text))
