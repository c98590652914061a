"""What passes between the process of an engine and its workers: pickled values behind their length."""

from __future__ import annotations

import os
import pickle
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from taskgraft.errors import TaskgraftError

_LENGTH = struct.Struct(">Q")
_MOST_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Ready:
    """The worker waits for a run."""


@dataclass(frozen=True)
class Refused:
    """The run is another command's at present."""


@dataclass(frozen=True)
class Fault:
    """Something that ends the study, as it would in one process.

    Attributes:
        error: What.
    """

    error: TaskgraftError


@dataclass(frozen=True)
class Bug:
    """A fault of ours, which ended the worker.

    Attributes:
        line: What it was.
        traceback: Where.
    """

    line: str
    traceback: str


def packed(message: Any) -> bytes:
    """A message as it passes through a pipe."""
    content = pickle.dumps(message)
    return _LENGTH.pack(len(content)) + content


def write_packed(number: int, content: bytes) -> None:
    """Writes all of a packed message into a pipe.

    Raises:
        BrokenPipeError: If nobody reads it any more.
    """
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(number, rest) :]


class Inbox:
    """The messages that come out of a pipe.

    Args:
        number: Its file descriptor.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._bytes = bytearray()
        self.is_over = False

    def receive(self) -> Iterator[Any]:
        """Reads what there is, after waiting for something; gives the messages that are complete."""
        content = os.read(self._number, _MOST_AT_ONCE)
        self.is_over = not content
        self._bytes += content
        while len(self._bytes) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._bytes)
            end = _LENGTH.size + length
            if len(self._bytes) < end:
                return
            message = pickle.loads(self._bytes[_LENGTH.size : end])
            del self._bytes[:end]
            yield message
