"""TOML files that a user wrote, read so that whatever is wrong with them is one line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from taskgraft.errors import RequestError
from taskgraft.legible import one_line

_MOST_BYTES = 1_000_000
# To take dotted names apart takes tomllib a time that grows with the square of the dots.
_MOST_DOTS = 200


def read_toml(what: str, path: Path) -> dict[str, Any]:
    """Reads a TOML file.

    Args:
        what: What the file is, as its user calls it.
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
    text = _text(what, path)
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
    """The same error, with the name of the file in front of it."""
    return type(error)(f"{one_line(path.name)}: {error.text}")


def _is_deep(line: str) -> bool:
    return line.count(".") > _MOST_DOTS and not line.lstrip().startswith("#")


def _invalid(path: Path, line: int, reason: str) -> RequestError:
    error = RequestError.expected("the file", "valid TOML", reason, "Mend it here.")
    return RequestError(f"{one_line(path.name)}, line {line}: {error.text}")


def _text(what: str, path: Path) -> str:
    """The file's text, whatever the platform's line ends."""
    try:
        if not path.is_file():
            got = "something else" if path.exists() else "no such file"
            raise RequestError.expected(f"{what} {str(path)!r}", "a file", got, "Check its path.")
        if (size := path.stat().st_size) > _MOST_BYTES:
            raise RequestError.expected(what, f"at most {_MOST_BYTES:,} bytes", f"{size:,}", "Split it.")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RequestError.expected(
            what, "a readable file", f"{path}: {reason}", "Check its path and permissions."
        ) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        byte = RequestError.expected(
            "the file", "text in UTF-8", f"the byte {content[error.start]:#04x}", "Save it as UTF-8."
        )
        raise RequestError(f"{one_line(path.name)}, line {line}: {byte.text}") from error
    return text.replace("\r\n", "\n")
