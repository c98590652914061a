"""Architectures as a function in a Python file, which is run."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import ModuleType

from taskgraft.architecture._placed import MOST_ARCHITECTURES, Placed, at, clipped, too_many
from taskgraft.architecture._spec import Architecture
from taskgraft.errors import ArchitectureError, RequestError
from taskgraft.parameter import Parameter
from taskgraft.user_text import user_text

_FUNCTION = "architectures"
_MODULE = "taskgraft_architecture_file"
_LONGEST_MESSAGE = 200


def architectures_of_python(path: Path, levels: tuple[str, ...]) -> Iterator[Placed]:
    """What the file's function `architectures(levels)` returns, in order.

    Args:
        path: Of the file, which is run.
        levels: Coarsest first; what the function is called with.

    Raises:
        RequestError: If it cannot be read.
        ArchitectureError: For an exception in it, or for what is no architecture of these levels.
    """
    text = user_text(Parameter("architecture_file"), path)
    with _one_line(path, 1):
        module = _run(path, text)
    function = getattr(module, _FUNCTION, None)
    if not callable(function):
        raise ArchitectureError.expected(
            path.name, f"a file that defines {_FUNCTION}(levels)", "none", "Add the function."
        )
    line = getattr(getattr(function, "__code__", None), "co_firstlineno", 1)
    with _one_line(path, line):
        # It may never end.
        returned = list(islice(function(levels), MOST_ARCHITECTURES + 1))
        if len(returned) > MOST_ARCHITECTURES:
            raise too_many("more")
    for each in returned:
        with _one_line(path, line):
            checked = _checked(each, levels)
        place = _place(path, line)
        yield Placed(checked, place, place, place)


def _run(path: Path, text: str) -> ModuleType:
    module = ModuleType(_MODULE)
    module.__file__ = str(path)
    code = compile(text, str(path), "exec")
    # Dataclasses look their module up while they are made.
    sys.modules[_MODULE] = module
    try:
        exec(code, module.__dict__)
    finally:
        del sys.modules[_MODULE]
    return module


@contextmanager
def _one_line(path: Path, line: int) -> Iterator[None]:
    """Makes one line of whatever goes wrong in the file, and keeps what it prints off the results.

    Args:
        path: Of the file.
        line: The one to name where the error knows none of the file.
    """
    try:
        with redirect_stdout(sys.stderr):
            yield
    except RequestError as error:
        with at(_place(path, _line(path, error, line))):
            raise error
    # A script that exits, or ends in any other way, is as little help as one that fails.
    except BaseException as error:
        if _is_from_outside(error):
            raise
        with at(_place(path, _line(path, error, line))):
            raise ArchitectureError.expected(
                "the file", "one that runs", _words(error), "Mend it here."
            ) from error


def _place(path: Path, line: int) -> str:
    return f"{path.name}, line {line}"


def _is_from_outside(error: BaseException) -> bool:
    """Whether a signal ended the work, and not the file."""
    if isinstance(error, KeyboardInterrupt):
        return signal.getsignal(signal.SIGINT) is signal.default_int_handler
    return not isinstance(error, Exception) and type(error).__module__.partition(".")[0] == "taskgraft"


def _words(error: BaseException) -> str:
    """An error in a few words; the file may have made one that cannot be printed."""
    try:
        words = str(error)
    except Exception:
        words = "an error that does not say what it is"
    return clipped(f"{type(error).__name__}: {words}", _LONGEST_MESSAGE)


def _line(path: Path, error: BaseException, line: int) -> int:
    """The line of the file that was last run, or that cannot be parsed; the one given where there is none."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno or 1
    frames = traceback.extract_tb(error.__traceback__)
    return next((f.lineno or 1 for f in reversed(frames) if f.filename == str(path)), line)


def _checked(each: object, levels: tuple[str, ...]) -> Architecture:
    """One of what was returned, its lists made tuples: an architecture is a key of tables."""
    if not isinstance(each, Architecture):
        raise ArchitectureError.expected(
            f"what {_FUNCTION}(levels) returns",
            "a list of taskgraft.Architecture",
            clipped(each),
            "Mend it.",
        )
    if tuple(each.levels) != levels:
        raise ArchitectureError.expected(
            f"the levels of {clipped(each.name)!r}",
            f"those of the data, {', '.join(levels)}",
            clipped(", ".join(map(str, each.levels))),
            "Build it for the levels that are passed.",
        )
    return replace(
        each, levels=levels, flows=tuple(each.flows), forks=tuple(each.forks), mixers=tuple(each.mixers)
    )
