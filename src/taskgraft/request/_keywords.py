"""Options as the keywords of a Python function: its signature and its docstring come from their record."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic.fields import FieldInfo

from taskgraft.parameter import spelled
from taskgraft.request._option import Option
from taskgraft.request._options import Options

Function = TypeVar("Function", bound=Callable[..., Any])

_WIDTH = 110
_INDENT = " " * 8
_PLACEHOLDER = f"{_INDENT}**options: "


def has_options(record: type[Options]) -> Callable[[Function], Function]:
    """Writes the options of a record into the signature and the docstring of a function with `**options`.

    Args:
        record: Its fields are keywords of the function, but for those that are its parameters already.
    """

    def decorate(function: Function) -> Function:
        parameters = list(inspect.signature(function).parameters.values())
        *named, _ = parameters
        taken = {parameter.name for parameter in named}
        options = {
            name: option
            for name, option in record.options().items()
            if option.in_python and name not in taken
        }
        more = [_keyword(name, record.model_fields[name]) for name in options]
        named.sort(key=lambda parameter: parameter.kind is inspect.Parameter.KEYWORD_ONLY)
        function.__signature__ = inspect.Signature([*named, *more])  # type: ignore[attr-defined]
        text = "\n".join(_described(name, option) for name, option in options.items())
        function.__doc__ = _with_options(function.__doc__ or "", text)
        return function

    return decorate


def _keyword(name: str, field: FieldInfo) -> inspect.Parameter:
    default = field.get_default(call_default_factory=True)
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default or None, annotation=field.annotation)


def _described(name: str, option: Option) -> str:
    """An option as an entry of `Args:`."""
    default = f" Without it: {option.default}." if option.default else ""
    return textwrap.fill(
        spelled(f"{name}: {option.help}{default}"),
        _WIDTH,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT + " " * 4,
        break_on_hyphens=False,
    )


def _with_options(doc: str, text: str) -> str:
    """A docstring with the options in place of the line that stands for them."""
    lines = doc.split("\n")
    position = next(number for number, line in enumerate(lines) if line.startswith(_PLACEHOLDER))
    return "\n".join([*lines[:position], text, *lines[position + 1 :]])
