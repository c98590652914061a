"""A missing value that refuses to be compared."""

from __future__ import annotations


class NotAvailable:
    """A gap as pandas has it: whether it equals anything is neither true nor false."""

    def __eq__(self, other: object) -> NotAvailable:  # type: ignore[override]
        return self

    __ne__ = __eq__  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise TypeError("boolean value of NA is ambiguous")
