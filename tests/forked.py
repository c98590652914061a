"""Processes forked from one that has imported everything: without the seconds of importing torch."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

# Only installed packages: some Pythons do not look where the tests are.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    [
        "taskgraft.cli.main",
        "taskgraft.execution._compare",
        "taskgraft.verdict._conclude",
        "pytest",
    ]
)
_MOST_SECONDS = 300


class Forked:
    """A function of a module in a process with the environment of this one.

    Args:
        function: What it runs.
        arguments: What it is called with.

    Attributes:
        stderr: What it writes there, line by line.
    """

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        heard, stderr = PROCESSES.Pipe(duplex=False)
        self._answer, result = PROCESSES.Pipe(duplex=False)
        self._process = PROCESSES.Process(
            target=_run, args=(dict(os.environ), stderr, result, function, arguments)
        )
        self._process.start()
        stderr.close()
        result.close()
        self.stderr = os.fdopen(os.dup(heard.fileno()))

    def send_signal(self, number: int) -> None:
        """Sends it a signal."""
        os.kill(self.pid, number)

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit code, or less than 0 for the signal that killed it; `None` while it runs."""
        return self._process.exitcode

    def end(self) -> str:
        """Waits for its end; what it wrote to standard error since it was last read."""
        rest = self.stderr.read()
        self._process.join(_MOST_SECONDS)
        return rest

    def end_unheard(self) -> int | None:
        """Waits for its end while nobody reads what it writes; its exit code."""
        self.stderr.close()
        self._process.join(_MOST_SECONDS)
        return self.returncode

    def result(self) -> Any:
        """Waits for its end; what its function returned."""
        try:
            result = self._answer.recv()
        except EOFError:
            result = None
        rest = self.end()
        assert self.returncode == 0, rest
        return result


def _run(
    environment: dict[str, str],
    stderr: Connection,
    result: Connection,
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(stderr.fileno(), 2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    stderr.close()
    gc.freeze()  # what was imported need not be looked through by each collection
    result.send(function(*arguments))
