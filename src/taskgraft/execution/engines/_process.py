"""A worker as its engine sees it: a process with two pipes, and a file for whatever it prints."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines._messages import Inbox, packed, write_packed
from taskgraft.registry import extending_modules

_CHILD = "taskgraft.child"
_MODULE = "taskgraft.execution.engines._worker"
_LONGEST_LINE = 200
_TAIL_BYTES = 4_096


class Process:
    """Starts a worker.

    It is a separate Python, not a copy of this process: threads of torch do not survive a fork, and a
    script that compares needs no guard against being run again.

    Args:
        num_threads: CPU threads of its runs.

    Attributes:
        spec: The run that it does; None while it starts, or waits for one.
        is_ready: Whether it waits for one.
        has_started: Whether it ever did.
    """

    def __init__(self, num_threads: int) -> None:
        self.spec: RunSpec | None = None
        self.is_ready = self.has_started = False
        # What libraries print would garble the display; the last of it may say why it died.
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        requests, self._requests = os.pipe()
        self.events, events = os.pipe()
        self._inbox, self._is_deaf = Inbox(self.events), False
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", _CHILD, str(os.getpid()), _MODULE, str(requests), str(events)],
                stdin=subprocess.DEVNULL,
                stdout=self._printed,
                stderr=self._printed,
                pass_fds=(requests, events),
                env={
                    **os.environ,
                    # It imports what this process would, wherever it found it.
                    "PYTHONPATH": os.pathsep.join(os.path.abspath(path) for path in sys.path),
                    "OMP_NUM_THREADS": str(num_threads),
                },
            )
        except OSError:
            os.close(self._requests)
            os.close(self.events)
            self._printed.close()
            raise
        finally:
            os.close(requests)
            os.close(events)
        self.send(extending_modules())

    @property
    def is_over(self) -> bool:
        """Whether it has ended, and everything that it sent is read."""
        return self._inbox.is_over

    def give(self, spec: RunSpec) -> None:
        """Lets it do a run."""
        self.spec, self.is_ready = spec, False
        self.send(spec)

    def send(self, message: Any) -> None:
        """Sends it a message."""
        # One that has just died is noticed when its messages are read.
        with contextlib.suppress(BrokenPipeError):
            write_packed(self._requests, packed(message))

    def receive(self) -> Iterator[Any]:
        """The messages that it has sent; waits for some."""
        yield from self._inbox.receive()

    def stop(self) -> None:
        """Lets it finish its step, save and end."""
        self._process.terminate()

    def become_free(self) -> None:
        """It waits for a run."""
        self.spec, self.is_ready, self.has_started = None, True, True

    def dismiss(self) -> None:
        """Lets it end, as there are no more runs for it."""
        self.is_ready = False
        self.stop()

    def listen_no_more(self) -> None:
        """Lets it write in vain, so that it need not wait for a reader."""
        if not self._is_deaf:
            os.close(self.events)
            self._is_deaf = True

    def end(self, seconds: float) -> int:
        """Waits for its end, and brings it about where it takes longer; its exit code."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        return code

    def close(self) -> None:
        """Kills it if it still runs, and closes its files."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self.listen_no_more()
        os.close(self._requests)
        self._printed.close()

    def last_line(self) -> str:
        """The last line that it printed; empty if it printed none."""
        size = self._printed.seek(0, os.SEEK_END)
        self._printed.seek(max(0, size - _TAIL_BYTES))
        lines = self._printed.read().decode(errors="replace").strip().splitlines()
        return lines[-1][:_LONGEST_LINE] if lines else ""


def end_of(code: int) -> str:
    """How a process ended, in words.

    Args:
        code: Its exit code; less than 0 for a signal.

    Example:
        >>> end_of(-9), end_of(3)
        ('SIGKILL', 'exit code 3')
    """
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
