"""Text of the command line may say a value of any kind; all other text is text, and no number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails, PydanticCustomError

from taskgraft.errors import Phrase
from taskgraft.legible import quoted

_WRONG_KIND = "wrong_kind"
_NONE = "none"
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
        >>> as_fields_take(Point, {"x": ShellText("64")}), as_fields_take(Point, {"x": ShellText("none")})
        ({'x': '64'}, {'x': None})
    """
    if not isinstance(values, Mapping):
        return values
    fields = record.model_fields
    return {
        name: _as_taken(fields[name].annotation, value, name) if name in fields else value
        for name, value in values.items()
    }


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


def _as_taken(annotation: Any, value: Any, name: str) -> Any:
    """A value as a field of this type takes it."""
    types = list(_types_in(annotation))
    words = [word for each in types if get_origin(each) is Literal for word in get_args(each)]
    lists = [each for each in types if get_origin(each) is tuple]
    if isinstance(value, ShellText):
        return _read(types, words, lists, value, name)
    if isinstance(value, list | tuple) and lists:
        return [_as_taken(each, inner, name) for each, inner in _items(lists[0], value)]
    takes_number = int in types or float in types or any(isinstance(word, int) for word in words)
    takes_text = str in types or value in words
    is_wrong = False
    if isinstance(value, bool):
        is_wrong = takes_number and bool not in types
    elif isinstance(value, str):
        is_wrong = not takes_text and (takes_number or bool in types)
    elif isinstance(value, Real):
        is_wrong = bool in types and not takes_number
    if is_wrong:
        raise PydanticCustomError(_WRONG_KIND, "{name} is of another kind", {"name": name, "value": value})
    return _plain(value) if takes_number else value


def _plain(value: Any) -> Any:
    """A number of NumPy as one of Python; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return value
    return int(value) if isinstance(value, Integral) else float(value)


def _read(types: list[Any], words: list[Any], lists: list[Any], text: ShellText, name: str) -> Any:
    """Typed text as its field reads it; pydantic makes numbers and truth values of what is left as text."""
    if text == _NONE and NoneType in types:
        return None
    if str not in types and lists:
        parts = [ShellText(part.strip()) for part in text.split(",")]
        return [_as_taken(each, part, name) for each, part in _items(lists[0], parts)]
    return next((word for word in words if str(word) == text), str(text))


def _items(annotation: Any, values: Any) -> Iterator[tuple[Any, Any]]:
    """The values of a list, each with its type; what a list of fixed length has no place for has none."""
    kinds = get_args(annotation)
    for place, value in enumerate(values):
        if kinds[-1] is Ellipsis:
            yield kinds[0], value
        else:
            yield (kinds[place] if place < len(kinds) else Any), value


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
