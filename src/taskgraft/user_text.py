"""A small text file that a user wrote, read so that whatever is wrong with it is one line."""

from __future__ import annotations

from pathlib import Path

from taskgraft.errors import RequestError
from taskgraft.legible import one_line
from taskgraft.parameter import Parameter

_MOST_BYTES = 1_000_000


def user_text(what: str | Parameter, path: Path) -> str:
    """The text of a small file that a user wrote, with the line ends of Unix.

    Args:
        what: What the file is, as its user calls it, or the parameter that names it.
        path: Of the file.

    Raises:
        RequestError: If it cannot be read, is large or is not text; names the file.
    """
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
