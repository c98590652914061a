"""A stop from outside, by Ctrl-C or the system, and where in the work it takes effect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Stopped(BaseException):
    """The work was stopped from outside; what is finished is kept.

    Args:
        number: The signal.
        is_at_once: Whether it was the second, which waits for nothing.

    Attributes:
        exit_code: What a shell expects of a program that the signal ended.
        is_at_once: As given; the work may be anywhere then.
    """

    def __init__(self, number: int, *, is_at_once: bool = False) -> None:
        super().__init__(number)
        self.exit_code = 128 + number
        self.is_at_once = is_at_once


class StopRequest:
    """Stops the work at once or, within `held`, at the end of what must not be left half done.

    Only the command line requests one: a caller from Python has the KeyboardInterrupt of Python.

    Attributes:
        is_at_once: Whether a second one was requested, which waits for nothing.

    Example:
        >>> request = StopRequest()
        >>> try:
        ...     with request.held():
        ...         waits = request.make(15)
        ...         print("the weights have moved", waits)
        ... except Stopped as stopped:
        ...     print("then it ends with", stopped.exit_code)
        the weights have moved True
        then it ends with 143
    """

    def __init__(self) -> None:
        self._number: int | None = None
        self._is_held = False
        self.is_at_once = False

    @property
    def is_requested(self) -> bool:
        """Whether a stop was requested."""
        return self._number is not None

    def make(self, number: int) -> bool:
        """Requests a stop, as the handler of a signal does.

        Returns:
            True if it waits for what is held.

        Raises:
            Stopped: If nothing is held, or it is the second request.
        """
        is_first, self._number = self._number is None, number
        self.is_at_once = not is_first
        if is_first and self._is_held:
            return True
        raise Stopped(number, is_at_once=not is_first)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Work that is done to its end when a stop is requested meanwhile.

        Raises:
            Stopped: At the end of it, if one was.
        """
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        # Also for a stop that was raised where Python drops exceptions, as in a finaliser.
        if self._number is not None:
            raise Stopped(self._number)

    def clear(self) -> None:
        """Forgets every request."""
        self._number = None
        self.is_at_once = False


STOP = StopRequest()
"""The one of this process."""
