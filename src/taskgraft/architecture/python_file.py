"""Architectures as a function in a Python file, which is run."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from taskgraft.architecture.placed import Placed, at, clipped
from taskgraft.architecture.spec import Architecture
from taskgraft.errors import ArchitectureError, RequestError

_FUNCTION = "architectures"
_MODULE = "taskgraft_architecture_file"
_LONGEST_TOLD = 200


def architectures_of_python(path: Path, text: str, levels: tuple[str, ...]) -> Iterator[Placed]:
    """What the file's function `architectures(levels)` returns, in order.

    Args:
        path: What the text was read from.
        text: Of the file. It is run, for that is what its user asked for.
        levels: Coarsest first; what the function is called with.

    Raises:
        ArchitectureError: For an exception in it, or for what is no architecture of these levels.
    """
    with _told(path):
        module = _run(path, text)
    function = getattr(module, _FUNCTION, None)
    if not callable(function):
        raise ArchitectureError.expected(
            path.name, f"a file that defines {_FUNCTION}(levels)", "none", "Add the function."
        )
    with _told(path):
        returned = list(function(levels))
    line = getattr(getattr(function, "__code__", None), "co_firstlineno", 1)
    for each in returned:
        with at(path.name, line):
            yield Placed(_checked(each, levels), line, line)


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
def _told(path: Path) -> Iterator[None]:
    """Makes one line of whatever goes wrong in the file."""
    try:
        yield
    except RequestError as error:
        raise ArchitectureError(f"{path.name}, line {_line(path, error)}: {error}") from error
    # A script that exits is as little help as one that fails.
    except (Exception, SystemExit) as error:
        with at(path.name, _line(path, error)):
            raise ArchitectureError.expected(
                "the file", "one that runs", clipped(f"{type(error).__name__}: {error}", _LONGEST_TOLD),
                "Mend it here.",
            ) from error  # fmt: skip


def _line(path: Path, error: BaseException) -> int:
    """The line of the file that was last run, or that cannot be parsed."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno or 1
    frames = traceback.extract_tb(error.__traceback__)
    return next((f.lineno or 1 for f in reversed(frames) if f.filename == str(path)), 1)


def _checked(each: object, levels: tuple[str, ...]) -> Architecture:
    """One of what was returned, its lists made tuples: an architecture is a key of tables."""
    if not isinstance(each, Architecture) or not isinstance(each.name, str):
        raise ArchitectureError.expected(
            f"what {_FUNCTION}(levels) returns", "a list of taskgraft.Architecture, each with a name in text",
            clipped(each), "Mend it.",
        )  # fmt: skip
    if tuple(each.levels) != levels:
        raise ArchitectureError.expected(
            f"the levels of {clipped(each.name)!r}", f"those of the data, {', '.join(levels)}",
            clipped(", ".join(map(str, each.levels))), "Build it for the levels that are passed.",
        )  # fmt: skip
    return replace(each, levels=levels, flows=tuple(each.flows), forks=tuple(each.forks))
