"""A user's mistake as scikit-learn's tools know it: a ValueError, with our one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from taskgraft.errors import DataError, RequestError


class EstimatorError(RequestError, ValueError):
    """An array or a parameter given to the estimator is wrong."""


@contextmanager
def value_errors() -> Iterator[None]:
    """Within it, a wrong request or bad data is raised as an `EstimatorError` of the same message.

    Example:
        >>> with value_errors():
        ...     raise DataError("Expected labels to be names, but got 3. Mend them.")
        Traceback (most recent call last):
        ...
        taskgraft.estimator._refusal.EstimatorError: Expected labels to be names, but got 3. Mend them.
    """
    try:
        yield
    except EstimatorError:
        raise
    except (RequestError, DataError) as error:
        raise EstimatorError(str(error)) from error
