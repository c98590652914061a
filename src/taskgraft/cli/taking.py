"""Gives a verb the options of a record: their names, types and help texts come from its fields."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any, get_origin, get_type_hints

import typer
from pydantic.fields import FieldInfo

from taskgraft.parameter import spelled
from taskgraft.request import Option, Options
from taskgraft.shell_text import ShellText

Given = Mapping[str, Any]
"""The options that somebody typed, by name, as their record reads them."""
_AS_DECLARED: Mapping[str, Any] = {}


def takes(
    record: type[Options],
    *,
    argument: str | None = None,
    hidden: Collection[str] = (),
    otherwise: Mapping[str, Mapping[str, Any]] = _AS_DECLARED,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a verb every option of a record; its function has one argument in their place, what was typed.

    Args:
        record: Its fields are the options.
        argument: The field that is named without an option.
        hidden: Fields whose options the verb refuses: no help shows them, and none is suggested.
        otherwise: By field what its `Option` says otherwise in this verb, such as another `default`.
    """

    def decorate(verb: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(verb, include_extras=True)
        others = [each for each in inspect.signature(verb).parameters.values() if each.name != "given"]
        shown = [name for name, option in record.options().items() if option.in_shell]
        taken = [
            _argument(record, name)
            if name == argument
            else _parameter(record, name, name in hidden, otherwise.get(name, _AS_DECLARED))
            for name in shown
        ]

        def called(**values: Any) -> None:
            given = {name: values.pop(name) for name in shown}
            verb(given=_read(record, given), **values)

        parameters = [
            *(each.replace(kind=_KEYWORD, annotation=hints[each.name]) for each in others),
            *taken,
        ]
        parameters.sort(key=lambda each: each.default is not inspect.Parameter.empty)
        called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {each.name: each.annotation for each in parameters}
        called.__doc__, called.__name__ = verb.__doc__, verb.__name__
        return called

    return decorate


_KEYWORD = inspect.Parameter.KEYWORD_ONLY


def flag_of(record: type[Options], name: str) -> str:
    """The option of a field on the command line."""
    option = record.options().get(name)
    return option.flag if option and option.flag else f"--{name.replace('_', '-')}"


def _switch(flag: str) -> str:
    """A switch and its opposite, as typer takes both."""
    return f"{flag}/--no-{flag.removeprefix('--')}"


def option_of(
    record: type[Options],
    name: str,
    *,
    is_hidden: bool = False,
    otherwise: Mapping[str, Any] = _AS_DECLARED,
) -> Any:
    """A field of a record as an option of the command line, for a verb that takes few of them."""
    field, option = record.model_fields[name], replace(record.options()[name], **otherwise)
    return typer.Option(
        _switch(flag_of(record, name)) if option.may_be_open else flag_of(record, name),
        metavar=option.metavar or None,
        help=_help(record, field, option),
        show_default=False,
        hidden=is_hidden,
        rich_help_panel=option.group,
        autocompletion=_completion(option),
    )


def _completion(option: Option) -> Callable[[str], list[str]] | None:
    return completion(option.words, is_list="," in option.metavar) if option.words else None


def _argument(record: type[Options], name: str) -> inspect.Parameter:
    field, option = record.model_fields[name], record.options()[name]
    info = typer.Argument(
        metavar=option.metavar,
        help=_help(record, field, option, has_default=False),
        autocompletion=_completion(option),
    )
    return inspect.Parameter(name, _KEYWORD, annotation=Annotated[str, info])


def _parameter(
    record: type[Options], name: str, is_hidden: bool, otherwise: Mapping[str, Any]
) -> inspect.Parameter:
    field, option = record.model_fields[name], record.options()[name]
    kind: Any = str | None
    if field.annotation is bool or option.may_be_open:
        kind = bool | None
    elif get_origin(field.annotation) is dict or option.is_repeatable:
        kind = list[str] | None
    annotation = Annotated[kind, option_of(record, name, is_hidden=is_hidden, otherwise=otherwise)]
    return inspect.Parameter(name, _KEYWORD, annotation=annotation, default=None)


def _help(record: type[Options], field: FieldInfo, option: Option, *, has_default: bool = True) -> str:
    """What an option means, and what happens without it."""
    text = option.help
    default = option.default or (field.default if isinstance(field.default, str) else "")
    if default and has_default:
        text = f"{text} [default: {default}]"
    return spelled(text, lambda name, value: flag_of(record, name) if value is None else f"{name}={value}")


def completion(words: Iterable[str], *, is_list: bool = False) -> Callable[[str], list[str]]:
    """What a shell completes a value to.

    Args:
        words: All that it may be.
        is_list: Whether it may be several of them, joined by commas.

    Example:
        >>> completion(("shared", "separate"), is_list=True)("separate,sh")
        ['separate,shared']
    """
    choices = tuple(words)

    def complete(incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",") if is_list else ("", "", incomplete)
        taken = before.split(",")
        return [f"{before}{comma}{word}" for word in choices if word.startswith(last) and word not in taken]

    return complete


def _read(record: type[Options], values: Mapping[str, Any]) -> Given:
    """What was typed of all that could be, each as its field reads it."""
    given: dict[str, Any] = {}
    for name, value in values.items():
        option, field = record.options()[name], record.model_fields[name]
        if value is None or value == [] or (value is False and not option.may_be_open):
            continue
        read = option.read
        if value is True and not option.may_be_open:
            # A switch says what is not so by default.
            given[name] = not field.default
        elif isinstance(value, str):
            given[name] = read(value) if read else ShellText(value)
        else:
            given[name] = value
    return given


def typed(record: type[Options], values: Mapping[str, Any]) -> Given:
    """The options of a record among what a command line holds, by name."""
    return _read(record, {name: values[name] for name in record.model_fields if name in values})
