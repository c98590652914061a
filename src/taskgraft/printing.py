"""Everything that this package prints, on standard output and standard error, goes through here.

Names come from anywhere, so each line is made to steer no terminal. Standard output carries results: if it
cannot be written, that is an error. Standard error carries what is good to know meanwhile: if nobody can
read it any more, the work goes on.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator
from typing import Any, TextIO

from taskgraft.errors import TaskgraftError
from taskgraft.legible import legible, one_line

_WIDEST = 80
_BOLD, _NOT_BOLD = "\x1b[1m", "\x1b[0m"
# How text is encoded that a stream cannot take as it is.
_PLAINLY = "taskgraft.plainly"
_PLAIN_SIGNS = {"─": "-", "−": "-", "–": "-", "±": "+-", "…": "...", "·": ".", "×": "x", "›": ">", "→": "->"}


class OutputError(TaskgraftError):
    """Standard output cannot be written."""


def say(*lines: str) -> None:
    r"""Prints lines on standard output; what a line holds cannot begin another one.

    Raises:
        OutputError: If it cannot be written.
        BrokenPipeError: If whoever read it has gone.

    Example:
        >>> say("level: a\x1bb", "classes: 2")
        level: a�b
        classes: 2
    """
    _write("".join(f"{one_line(line)}\n" for line in lines))


def say_block(text: str) -> None:
    """Prints a text of several lines on standard output; the names in it must be single lines already."""
    say(*text.split("\n"))


def say_title(line: str) -> None:
    """Prints a line on standard output, bold on a terminal."""
    shown = one_line(line)
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    _write(f"{_BOLD}{shown}{_NOT_BOLD}\n" if is_terminal else f"{shown}\n")


def say_json(value: Any) -> None:
    r"""Prints plain data as JSON on standard output, in ASCII: every reader takes it, and it steers nothing.

    Example:
        >>> say_json({"name": "caf\udce9.png"})
        {
          "name": "caf\\xe9.png"
        }
    """
    _write(json.dumps(_encodable(value), indent=2) + "\n")


def say_table(content: bytes) -> None:
    """Prints the bytes of a table on standard output: as they are, but on a terminal as text."""
    if sys.stdout is None or sys.stdout.isatty() or not hasattr(sys.stdout, "buffer"):
        say_block(content.decode(errors="surrogateescape").rstrip("\r\n").replace("\r\n", "\n"))
        return
    with _written():
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def note(*lines: str) -> None:
    """Prints lines on standard error; nothing happens if it cannot be written."""
    stream = Heedless(sys.stderr)
    stream.write("".join(f"{one_line(line)}\n" for line in lines))
    stream.flush()


def note_paragraph(text: str) -> None:
    """Prints a few sentences and an empty line on standard error; on a terminal, broken between words."""
    width = min(_WIDEST, shutil.get_terminal_size().columns)
    lines = textwrap.wrap(one_line(text), width) if Heedless(sys.stderr).isatty() else [text]
    note(*lines, "")


def note_at_once(line: str) -> None:
    """Prints a line on standard error from the handler of a signal, which may have come amid another line."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.write(sys.stderr.fileno(), f"{one_line(line)}\n".encode("ascii", "backslashreplace"))


def protect_streams() -> None:
    """Makes the streams of a command fit for everything that is printed.

    What standard output cannot encode is written with backslashes. Standard error drops what it cannot
    write, whoever writes it. A stream that was closed before the process began takes everything and keeps
    nothing: else the next file that is opened would get its number, and what other code writes to it.
    """
    sys.stdout = sys.stdout or _nowhere(1)
    sys.stderr = sys.stderr or _nowhere(2)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=_PLAINLY)
    if sys.__stderr__ is not None and sys.stderr is sys.__stderr__:
        raw = _HeedlessFile(sys.stderr.fileno(), "w", closefd=False)
        sys.stderr = io.TextIOWrapper(
            io.BufferedWriter(raw), sys.stderr.encoding, "backslashreplace", line_buffering=True
        )


def give_up_output() -> None:
    """Forgets what standard output could not write, so that Python does not try again when it ends."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _nowhere(number: int) -> TextIO:
    """A stream that keeps nothing, under the number of a closed one unless another file has that already."""
    stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as long as the process
    try:
        os.fstat(number)
    except OSError:
        os.dup2(stream.fileno(), number)
    return stream


def _write(text: str) -> None:
    if sys.stdout is None:
        return
    with _written():
        sys.stdout.write(_fit_for(sys.stdout, text))
        sys.stdout.flush()


@contextlib.contextmanager
def _written() -> Iterator[None]:
    """Makes one line of what keeps standard output from being written."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError.expected(
            "standard output", "writable", reason, "Make room, or send it elsewhere; files are complete."
        ) from error


def _fit_for(stream: TextIO, text: str) -> str:
    """A text that a stream can encode: our signs become plain ones where it must be, all else escapes."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, _PLAINLY).decode(encoding)


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    if isinstance(error, UnicodeEncodeError):
        sign = error.object[error.start]
        if sign in _PLAIN_SIGNS:
            return _PLAIN_SIGNS[sign], error.start + 1
    return codecs.backslashreplace_errors(error)


codecs.register_error(_PLAINLY, _plain)


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return legible(value)
    if isinstance(value, dict):
        return {_encodable(key): _encodable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(each) for each in value]
    return value


class _HeedlessFile(io.FileIO):
    """A file that drops what cannot be written."""

    def write(self, content: Any) -> int:
        try:
            written = super().write(content)
        except OSError:
            written = None
        return len(content) if written is None else written


class Heedless(io.TextIOBase):
    """A stream around another, which may be closed or missing, that drops what cannot be written."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """That of the stream around which it is."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Writes a text as far as the stream takes it."""
        with contextlib.suppress(OSError, ValueError):
            if self._stream is not None:
                self._stream.write(_fit_for(self._stream, text))
        return len(text)

    def flush(self) -> None:
        """Has what was written shown."""
        with contextlib.suppress(OSError, ValueError):
            if self._stream is not None:
                self._stream.flush()

    def isatty(self) -> bool:
        """Whether it ends in a terminal."""
        with contextlib.suppress(OSError, ValueError):
            return self._stream is not None and self._stream.isatty()
        return False
