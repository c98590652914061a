"""What the server has taken on and not answered yet: bounded, in pictures and in bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from taskgraft.errors import Phrase
from taskgraft.request import ServeLimits
from taskgraft.serve._refused import RefusedError

# Whoever comes back at once finds the same queue.
RETRY = (("retry-after", "1"),)


class Backlog:
    """Counts what is under way, and refuses what would be too much.

    Args:
        limits: How much is too much.

    Attributes:
        num_pictures: Under way now.
        num_bytes: Of requests under way now.

    Example:
        >>> backlog = Backlog(ServeLimits())
        >>> with backlog.pictures(3):
        ...     backlog.num_pictures
        3
        >>> backlog.num_pictures
        0
    """

    def __init__(self, limits: ServeLimits) -> None:
        self._limits = limits
        self.num_pictures = 0
        self.num_bytes = 0

    def check(self) -> None:
        """Refuses a request before any of it is read, where not one picture more fits.

        Raises:
            RefusedError: With status 503.
        """
        self._check_pictures(1)

    @contextmanager
    def pictures(self, number: int) -> Iterator[None]:
        """Holds a place for pictures.

        Raises:
            RefusedError: With status 503, if there is none.
        """
        self._check_pictures(number)
        self.num_pictures += number
        try:
            yield
        finally:
            self.num_pictures -= number

    def take_bytes(self, number: int) -> None:
        """Counts bytes that were read; `give_bytes` takes them off again.

        Raises:
            RefusedError: With status 503, if all requests together hold too many.
        """
        if self.num_bytes + number > self._limits.held_bytes:
            raise _too_much(f"{self._limits.held_bytes:,} bytes", "others")
        self.num_bytes += number

    def give_bytes(self, number: int) -> None:
        """Takes bytes off that are held no more."""
        self.num_bytes -= number

    def _check_pictures(self, number: int) -> None:
        if self.num_pictures + number > self._limits.queue_size:
            raise _too_much(f"{self._limits.queue_size:,} pictures", f"{self.num_pictures:,} waiting")


def _too_much(most: str, got: str) -> RefusedError:
    return RefusedError.of(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "what waits",
        f"at most {most}",
        Phrase(got),
        "Try again in a second.",
        RETRY,
    )
