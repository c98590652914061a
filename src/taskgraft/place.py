"""Places that a user names for what is to be written, looked at before any work is done for them."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

from taskgraft.errors import Phrase, RequestError
from taskgraft.legible import legible, quoted
from taskgraft.parameter import Parameter

# Of every system that we know, in bytes; the second is a whole path's, with the sign that ends it.
_LONGEST_NAME, _LONGEST_PATH = 255, 4096
# What a file has in its name, in addition, until it is complete: two dots, a process, and what it is.
_TEMPORARY_BYTES = 20
_LONGEST_TITLE = 100
_LONGEST_SHOWN = 20


def check_file_place(what: str | Parameter, path: Path) -> None:
    """Refuses a place that no file can have, or where none can be written.

    Args:
        what: What the path is, as the user names it.
        path: Where the file is to be written, in place of one that it may have now.

    Raises:
        RequestError: If there is no name; if one in it, or all of it, is too long or holds the sign that ends
            names; if something else than a file is in the place, or no folder can be.

    Example:
        >>> check_file_place(Parameter("out"), Path("a" * 300))
        Traceback (most recent call last):
        ...
        taskgraft.errors.RequestError: Expected each name in out, as 'aaaaaaaaaaaaaaaaaaaa...', to be at \
most 235 bytes long, but got 300. Use a shorter one.
    """
    _check_lengths(what, path, _LONGEST_NAME - _TEMPORARY_BYTES, _TEMPORARY_BYTES)
    if not path.name or (os.path.exists(path) and not os.path.isfile(path)):
        # Whatever it is, such as a device, a file would take its place.
        raise RequestError.expected(what, "the name of a file", str(path), "Name another place.")
    _check_folder(what, path.parent)


def check_new_place(what: str | Parameter, path: Path) -> None:
    """Refuses a place for a file or a folder that is to be new.

    Args:
        what: What the path is, as the user names it.
        path: Where it is to be.

    Raises:
        RequestError: As `check_file_place`, or if anything is in the place.
    """
    _check_lengths(what, path, _LONGEST_NAME - _TEMPORARY_BYTES, _TEMPORARY_BYTES)
    if os.path.lexists(path):
        raise RequestError.expected(f"{what} {path}", "new", "something that exists", "Name another place.")
    _check_folder(what, path.parent)


def check_directory_place(what: str | Parameter, path: Path, inside_bytes: int) -> None:
    """Refuses a place that no directory can have, or not one with these files in it.

    Args:
        what: What the path is, as the user names it.
        path: Where the directory is, or is to be made.
        inside_bytes: Of the longest path in it.

    Raises:
        RequestError: If a name in it, or all of it, is too long; if it is no text, since libraries that write
            weights take no other; if no folder can be in the place, or none that can be written.
    """
    _check_lengths(what, path, _LONGEST_NAME, inside_bytes)
    check_is_text(what, path)
    _check_folder(what, path)


def check_is_text(what: str | Parameter, path: Path) -> None:
    """Refuses a path that is not UTF-8, for what records it or hands it to libraries that take no other.

    Raises:
        RequestError: If it is not.
    """
    if legible(str(path)) != str(path):
        raise RequestError.expected(what, "a name in UTF-8", str(path), "Rename it, or use another one.")


def expanded(what: str | Parameter, path: Path | str) -> Path:
    """A path with a home directory in place of the `~` or `~user` it begins with.

    Raises:
        RequestError: If there is no such user, or the user has no home directory; if no path is so long; or
            if it is empty, which would mean the folder that one happens to be in.
    """
    if path == "":
        raise RequestError.expected(what, "a path", "", "Leave it out, or name something.")
    try:
        place = Path(path).expanduser()
    except RuntimeError as error:
        raise RequestError.expected(
            what, "a folder of a user with a home directory", str(path), "Write the path without '~'."
        ) from error
    _check_lengths(what, place, _LONGEST_NAME, 0)
    return place


def safe_name(name: str) -> str:
    """A name of data made into one for files: of letters, digits and `-_.`, and not too long.

    Two long names that begin alike stay two.

    Example:
        >>> safe_name("my data/2026"), len(safe_name("a" * 250)), safe_name("..")
        ('my-data-2026', 100, 'data')
    """
    safe = "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip(".") or "data"
    return fitting(safe, _LONGEST_TITLE)


def fitting(name: str, longest: int = _LONGEST_NAME - _TEMPORARY_BYTES) -> str:
    """A name of at most so many bytes; where it is cut, a mark keeps two that begin alike apart."""
    content = name.encode(errors="surrogateescape")
    if len(content) <= longest:
        return name
    mark = f"-{hashlib.sha256(content).hexdigest()[:8]}"
    return content[: longest - len(mark)].decode(errors="ignore") + mark


def _why_not(folder: Path) -> str:
    """Why nothing can be written into a folder."""
    is_read_only = hasattr(os, "statvfs") and os.statvfs(folder).f_flag & os.ST_RDONLY
    return os.strerror(errno.EROFS if is_read_only else errno.EACCES)


def _check_folder(what: str | Parameter, path: Path) -> None:
    """Refuses a folder that is a file, is in one, or that one may not write in; it need not exist."""
    nearest = next((each for each in (path, *path.parents) if os.path.lexists(each)), path)
    if not os.path.isdir(nearest):
        raise RequestError.expected(what, "in a folder", f"{nearest}, which is none", "Name another place.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        got = f"{nearest}: {_why_not(nearest)}"
        raise RequestError.expected(
            what, "in a folder that you may write in", Phrase(got), "Grant the right, or name another place."
        )


def _check_lengths(what: str | Parameter, path: Path, longest_last: int, inside_bytes: int) -> None:
    if "\0" in str(path):
        raise RequestError.expected(what, "without the sign NUL", str(path), "Use another one.")
    for part in path.parts:
        longest = longest_last if part == path.name else _LONGEST_NAME
        size = len(os.fsencode(part))
        if size > longest:
            shown = part if len(part) <= _LONGEST_SHOWN else f"{part[:_LONGEST_SHOWN]}..."
            names = f"each name in {what}, as {quoted(shown)},"
            rule = f"at most {longest} bytes long"
            raise RequestError.expected(names, rule, size, "Use a shorter one.")
    most, size = _LONGEST_PATH - 1 - inside_bytes, len(os.fsencode(path))
    if size > most:
        remedy = "Use a shorter one, or change to a directory nearer to it."
        raise RequestError.expected(f"the path of {what}", f"at most {most} bytes long", size, remedy)
