"""The base of every record that a recipe is made of."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator

from taskgraft.shell_text import as_fields_take


class MisfitError(ValueError):
    """Values of a record that do not go together.

    Args:
        sentence: Why not.
        *keys: Of these values, from the record on.
    """

    def __init__(self, sentence: str, *keys: str) -> None:
        super().__init__(sentence)
        self.keys = keys


class Spec(BaseModel):
    """A frozen record that refuses unknown fields; fields say what they mean and in what range.

    Attributes:
        is_named: Whether the name of its kind alone is enough to write it: all else has a default.
    """

    is_named: ClassVar[bool] = False

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    # Not of single fields: pydantic wants none on the one that says of which kind a record is.
    @model_validator(mode="before")
    @classmethod
    def _has_values_of_their_kinds(cls, values: Any) -> Any:
        return as_fields_take(cls, values)

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
