"""The base of an options record: fields that say how they are shown, and errors that name them."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from typing import Any, NoReturn, Self, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator
from pydantic.fields import FieldInfo

from taskgraft.errors import Phrase, RequestError, unknown_name
from taskgraft.parameter import Parameter
from taskgraft.recipe import all_keys, rule_of
from taskgraft.request._option import Option
from taskgraft.shell_text import as_fields_take, kind_fault


class Options(BaseModel):
    """Options of a verb, each a field with an `Option` behind its type; frozen, and of known names only."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _has_values_of_their_kinds(cls, values: Any) -> Any:
        # What reads a value itself knows what it takes.
        plain = {name: value for name, value in values.items() if not _reads(cls.model_fields[name])}
        return {**values, **as_fields_take(cls, plain)}

    @classmethod
    def options(cls) -> dict[str, Option]:
        """What each field says of itself, by its name: what is of this record alone first."""
        declared = [name for each in cls.__mro__ for name in inspect.get_annotations(each)]
        names = [name for name in dict.fromkeys(declared) if name in cls.model_fields]
        return {name: _option(cls.model_fields[name]) for name in names}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """The options with these values, and defaults for the rest.

        Raises:
            RequestError: If a name is unknown or a value does not fit it.
        """
        for name in values:
            if name not in cls.model_fields:
                cls._refuse_name(name)
        cls._check_paths(values)
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            cls._refuse_value(error, values)

    @classmethod
    def _check_paths(cls, values: Mapping[str, Any]) -> None:
        """Refuses an empty path, which would mean the folder that one happens to be in."""
        for name, option in cls.options().items():
            value = values.get(name)
            if option.is_path and isinstance(value, str) and not value:
                raise RequestError.expected(Parameter(name), "a name", "", "Leave it out, or name something.")

    @classmethod
    def _refuse_name(cls, name: object) -> NoReturn:
        names = list(cls.options())
        close = difflib.get_close_matches(str(name), names, n=1)
        if "set" in names and name in all_keys():
            remedy = f"It is a value of the recipe: give it with {Parameter('set')}."
        elif close:
            remedy = f"Did you mean {Parameter(close[0])}?"
        else:
            remedy = f"Choose one of {', '.join(str(Parameter(each)) for each in names)}."
        raise RequestError.expected("each option", "one that there is", str(name), remedy)

    @classmethod
    def _refuse_value(cls, error: ValidationError, values: Mapping[str, Any]) -> NoReturn:
        first = error.errors()[0]
        fault = kind_fault(first)
        name = fault.name if fault else str(first["loc"][0])
        field, value = cls.model_fields[name], values.get(name, Phrase("none"))
        choices = _choices(field.annotation)
        if choices:
            raise unknown_name(Parameter(name), str(value), choices) from error
        is_plain = any(each in (int, float, bool) for each in (field.annotation, *get_args(field.annotation)))
        rule = rule_of(field).removesuffix(" or none") if is_plain else _option(field).metavar
        got, remedy = (fault.got, fault.remedy) if fault else (value, "")
        usual = "Leave it out, or mend it." if name in values else "Name one."
        raise RequestError.expected(Parameter(name), rule, got, remedy or usual) from error


def _option(field: FieldInfo) -> Option:
    return next(each for each in field.metadata if isinstance(each, Option))


def _reads(field: FieldInfo) -> bool:
    return any(isinstance(each, BeforeValidator) for each in field.metadata)


def _choices(annotation: Any) -> list[str]:
    """The words that a field takes, if it takes words alone."""
    if get_origin(annotation) is not None and not get_args(annotation):
        return []
    arguments = get_args(annotation)
    if all(isinstance(each, str) for each in arguments):
        return list(arguments)
    return [word for each in arguments for word in _choices(each)]
