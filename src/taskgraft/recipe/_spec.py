"""The base of every record of numbers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Spec(BaseModel):
    """A frozen record that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def times(width: int, ratio: float) -> int:
    """A width times a ratio, rounded to a whole number of at least 1.

    Example:
        >>> times(24, 1.5), times(2, 0.1)
        (36, 1)
    """
    return max(1, round(width * ratio))
