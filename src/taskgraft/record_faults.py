"""What is wrong with a record that was read, in a few words for an error's line."""

from __future__ import annotations

from pydantic import ValidationError

_LONGEST = 80


def fault_of(error: ValidationError) -> str:
    """The first fault of a record, as it follows "but got".

    Example:
        >>> from pydantic import BaseModel
        >>> class Point(BaseModel):
        ...     x: int
        >>> try:
        ...     Point.model_validate({})
        ... except ValidationError as error:
        ...     fault_of(error)
        'one without x'
    """
    first = error.errors(include_url=False, include_input=False)[0]
    where = shortened(".".join(map(str, first["loc"])))
    match first["type"]:
        case "json_invalid":
            return "no JSON"
        case "extra_forbidden":
            return f"one with an unknown field, {where}"
        case "missing":
            return f"one without {where}"
        case "value_error":
            return shortened(first["ctx"]["error"])
        case _:
            return f"one whose {where} is wrong" if where else "another kind of JSON"


def shortened(value: object) -> str:
    """A value as text, cut where it is long.

    Example:
        >>> len(shortened("x" * 1000))
        80
    """
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
