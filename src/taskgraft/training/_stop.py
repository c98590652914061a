"""A wish to stop, from Ctrl-C or the system, and where in the work it may be granted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from torch import Tensor


class Stopped(BaseException):
    """The work was stopped from outside; what is finished is kept.

    Args:
        number: The signal that asked for it.

    Attributes:
        exit_code: What a shell expects of a program that the signal ended.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


class StopRequest:
    """Grants a wish to stop at once, or, within `held`, when what must be done whole is done.

    Nobody but the command line asks: a caller from Python has its own KeyboardInterrupt.

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

    def make(self, number: int) -> bool:
        """Asks to stop, as the handler of a signal does.

        Returns:
            True if it waits for what is held.

        Raises:
            Stopped: If nothing is held, or it is asked for the second time.
        """
        is_first, self._number = self._number is None, number
        if is_first and self._is_held:
            return True
        raise Stopped(number)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Work that is done to its end when a stop is asked for meanwhile.

        Raises:
            Stopped: At the end of it, if one was.
        """
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        # Also of a wish that was granted where Python drops exceptions, as in a finaliser.
        if self._number is not None:
            raise Stopped(self._number)

    def clear(self) -> None:
        """Forgets that a stop was asked for."""
        self._number = None


@contextmanager
def heard_in_backward(weights: Iterable[Tensor]) -> Iterator[None]:
    """Has signals handled also while gradients are computed.

    Python handles them between two of its own instructions, and the backward pass of a whole step is one,
    which can take seconds: so it does nothing, but in Python, at each gradient that is ready.
    """
    handles = [
        weight.register_post_accumulate_grad_hook(lambda _: None)  # type: ignore[no-untyped-call]
        for weight in weights
        if weight.requires_grad
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


STOP = StopRequest()
"""The one of this process."""
