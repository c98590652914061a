"""The base of every record that a recipe is made of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Spec(BaseModel):
    """A frozen record that refuses unknown fields; fields say what they mean and in what range."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def kinds(cls) -> tuple[type[Spec], ...]:
        """The classes that stand for a record of this class: itself, or the registered kinds of a base."""
        return (cls,)


def times(width: int, ratio: float) -> int:
    """A width times a ratio, rounded to a whole number of at least 1.

    Example:
        >>> times(24, 1.5), times(2, 0.1)
        (36, 1)
    """
    return max(1, round(width * ratio))
