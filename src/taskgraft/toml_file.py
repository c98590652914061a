"""TOML files that a user wrote, read so that whatever is wrong with them is one line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from taskgraft.errors import RequestError
from taskgraft.legible import one_line
from taskgraft.parameter import Parameter
from taskgraft.user_text import user_text

SUFFIX = ".toml"
# To take dotted names apart takes tomllib a time that grows with the square of the dots.
_MOST_DOTS = 200


def is_toml(name: str | Path) -> bool:
    """Whether a name is that of a TOML file, in small letters or capitals.

    Example:
        >>> is_toml("mine.toml"), is_toml("MINE.TOML"), is_toml("toml")
        (True, True, False)
    """
    return str(name).lower().endswith(SUFFIX)


def read_toml(what: str | Parameter, path: Path) -> dict[str, Any]:
    """Reads a TOML file.

    Args:
        what: What the file is, as its user calls it, or the parameter that names it.
        path: Of the file.

    Raises:
        RequestError: If it cannot be read or is no TOML; it names the file, and the line where one is known.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "mine.toml"
        >>> _ = path.write_text("epochs = ")
        >>> read_toml("the recipe", path)
        Traceback (most recent call last):
        ...
        taskgraft.errors.RequestError: mine.toml, line 1: Expected the file to be valid TOML, but got \
'Invalid value'. Mend it here.
    """
    text = user_text(what, path)
    deep = next((number for number, line in enumerate(text.split("\n"), 1) if _is_deep(line)), None)
    if deep is not None:
        raise _invalid(path, deep, "names nested too deeply")
    try:
        return tomllib.loads(text)
    # Brackets within brackets within brackets, by the thousand.
    except RecursionError:
        raise _invalid(path, 1, "values nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).rpartition(" (at ")
        line = re.match(r"line (\d+)", place)
        raise _invalid(path, int(line[1]) if line else text.rstrip().count("\n") + 1, reason) from error


def in_file(path: Path, error: RequestError) -> RequestError:
    """The same error, with the name of the file in front of it; whatever it is about stands in the file."""
    return type(error)(f"{one_line(path.name)}: {error.text}").with_details(error.details)


def _is_deep(line: str) -> bool:
    return line.count(".") > _MOST_DOTS and not line.lstrip().startswith("#")


def _invalid(path: Path, line: int, reason: str) -> RequestError:
    error = RequestError.expected("the file", "valid TOML", reason, "Mend it here.")
    return RequestError(f"{one_line(path.name)}, line {line}: {error.text}")
