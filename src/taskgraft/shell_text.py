"""Text of the command line may say a value of any kind; all other text is text, and no number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from numbers import Integral, Real
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Self, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails, PydanticCustomError

from taskgraft.errors import Phrase
from taskgraft.legible import quoted

_WRONG_KIND = "wrong_kind"
_SAYS_MORE = re.compile(r"[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?|true|false")


class ShellText(str):
    """A value as it was typed: the field that it is put into says what it means."""

    __slots__ = ()


class KindFault(NamedTuple):
    """A value of another kind than its field takes, in words.

    Attributes:
        name: Of the field.
        got: What came.
        remedy: What to do; empty where that depends on the field.
    """

    name: str
    got: Phrase
    remedy: str


def as_fields_take(record: type[BaseModel], values: Any) -> Any:
    """Values for the fields of a record: what was typed is read; text or a truth value is no number.

    What else is wrong with them, the record says.

    Args:
        record: Its class.
        values: By field; anything else comes back as it is.

    Raises:
        PydanticCustomError: If a value from Python or a file is of another kind; `kind_fault` reads it.

    Example:
        >>> class Point(BaseModel):
        ...     x: int | None
        >>> as_fields_take(Point, {"x": ShellText("64")})
        {'x': '64'}
    """
    if not isinstance(values, Mapping):
        return values
    takes = _taken_by(record)
    return {name: takes[name].read(value, name) if name in takes else value for name, value in values.items()}


def kind_fault(error: ErrorDetails) -> KindFault | None:
    """What was of another kind than its field takes; None for any other fault.

    Example:
        >>> from pydantic import ValidationError, model_validator
        >>> class Point(BaseModel):
        ...     x: int
        ...     _ = model_validator(mode="before")(lambda values: as_fields_take(Point, values))
        >>> try:
        ...     Point(x="3")
        ... except ValidationError as error:
        ...     kind_fault(error.errors()[0])
        KindFault(name='x', got="'3', a text", remedy='Write it without quotes.')
    """
    if error["type"] != _WRONG_KIND:
        return None
    name, value = error["ctx"]["name"], error["ctx"]["value"]
    if isinstance(value, str):
        remedy = "Write it without quotes." if _SAYS_MORE.fullmatch(value) else ""
        return KindFault(name, Phrase(f"{quoted(value)}, a text"), remedy)
    if isinstance(value, bool):
        return KindFault(name, Phrase(f"{str(value).lower()}, a truth value"), "Write a number.")
    return KindFault(name, Phrase(f"{value}, a number"), "Write true or false.")


@dataclass(frozen=True)
class _Takes:
    """What a field takes.

    Attributes:
        words: Words, and numbers, of which it takes one.
        number: Whether it takes numbers.
        truth: Whether it takes true and false.
        text: Whether it takes any text.
        items: What each value of a list takes, the last of them all further ones; None for no list.
    """

    words: tuple[Any, ...]
    number: bool
    truth: bool
    text: bool
    items: tuple[_Takes, ...] | None

    @classmethod
    def of(cls, annotation: Any) -> Self:
        """What a field of a type takes."""
        types = list(_types_in(annotation))
        words = tuple(word for each in types if get_origin(each) is Literal for word in get_args(each))
        lists = [get_args(each) for each in types if get_origin(each) is tuple]
        return cls(
            words,
            int in types or float in types or any(isinstance(word, int) for word in words),
            bool in types,
            str in types,
            tuple(cls.of(each) for each in lists[0] if each is not Ellipsis) if lists else None,
        )

    def read(self, value: Any, name: str) -> Any:
        """A value as the field takes it.

        Args:
            value: For the field.
            name: Of the field.
        """
        if isinstance(value, ShellText):
            return self._read_typed(value, name)
        if isinstance(value, list | tuple) and self.items:
            return self._each(value, name)
        if self._is_of_another_kind(value):
            raise PydanticCustomError(
                _WRONG_KIND, "{name} is of another kind", {"name": name, "value": value}
            )
        return _plain(value) if self.number else value

    def _is_of_another_kind(self, value: Any) -> bool:
        if isinstance(value, bool):
            return self.number and not self.truth
        if isinstance(value, str):
            return (self.number or self.truth) and not (self.text or value in self.words)
        return isinstance(value, Real) and self.truth and not self.number

    def _read_typed(self, text: ShellText, name: str) -> Any:
        """Typed text; pydantic makes numbers and truth values of what is left as text."""
        if self.items and not self.text:
            return self._each([ShellText(part.strip()) for part in text.split(",")], name)
        return next((word for word in self.words if str(word) == text), str(text))

    def _each(self, values: Sequence[Any], name: str) -> list[Any]:
        items = self.items or (self,)
        return [items[min(place, len(items) - 1)].read(value, name) for place, value in enumerate(values)]


@cache
def _taken_by(record: type[BaseModel]) -> dict[str, _Takes]:
    return {name: _Takes.of(field.annotation) for name, field in record.model_fields.items()}


def _plain(value: Any) -> Any:
    """A number of NumPy as one of Python; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return value
    return int(value) if isinstance(value, Integral) else float(value)


def _types_in(annotation: Any) -> Iterator[Any]:
    """The plain types, words and lists that a field takes, without what bounds them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _types_in(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for each in get_args(annotation):
            yield from _types_in(each)
    else:
        yield annotation
