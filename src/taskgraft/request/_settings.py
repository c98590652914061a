"""Values of the recipe that are set: by key path, or by an option that is short for one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from taskgraft.errors import Phrase, RequestError
from taskgraft.parameter import Parameter
from taskgraft.recipe import alike, shown
from taskgraft.request._texts import settings_of

SHORTHANDS = {
    "epochs": "epochs",
    "lr": "optimizer.learning_rate",
    "batch": "batch_size",
    "val_fraction": "val_fraction",
}


@dataclass(frozen=True)
class Spelling:
    """A key of the recipe as somebody gives it.

    Attributes:
        path: The key path.
        values: The one value that is set, or those that are compared.
        by: What gives it: an option, in which its name is a mark, or a key path.
        option: The name of the option.
    """

    path: str
    values: Sequence[Any]
    by: str
    option: str = ""

    def agrees(self, other: Spelling) -> bool:
        """Whether both give the same value, and only that."""
        return all(alike(each, other.values[0]) for each in (*self.values, *other.values))

    def __str__(self) -> str:
        return f"{', '.join(map(shown, self.values))} by {self.by}"


def settings_by_option(values: Mapping[str, Any]) -> Iterator[Spelling]:
    """Every value of the recipe that options set, one at a time.

    Args:
        values: Options by name: `set`, shorthands and any others.

    Example:
        >>> [(each.path, each.values) for each in settings_by_option({"set": {"epochs": 3}, "lr": 0.1})]
        [('epochs', [3]), ('optimizer.learning_rate', [0.1])]
    """
    for path, value in settings_of(values.get("set", {})).items():
        yield Spelling(path, [value], str(Parameter("set")), "set")
    for name, path in SHORTHANDS.items():
        if values.get(name) is not None:
            yield Spelling(path, [values[name]], str(Parameter(name)), name)


def merged_settings(values: Mapping[str, Any]) -> dict[str, Spelling]:
    """The values of the recipe that options set, by key path; of two that agree the shorthand's.

    Args:
        values: Options by name, as for `settings_by_option`.

    Raises:
        RequestError: If a key has two values that differ.
    """
    merged: dict[str, Spelling] = {}
    for each in settings_by_option(values):
        check_agree(merged.get(each.path, each), each)
        merged[each.path] = each
    return merged


def check_agree(first: Spelling, second: Spelling) -> None:
    """Refuses two values of one key.

    Raises:
        RequestError: If they differ.
    """
    if not first.agrees(second):
        refuse_both(first.path, str(first), str(second), f"{first.by} and {second.by}")


def refuse_both(path: str, first: str, second: str, options: str) -> NoReturn:
    """Refuses a value that is given by two options."""
    remedy = f"Leave it out of one of {options}."
    raise RequestError.expected(path, "set once", Phrase(f"{first} and {second}"), remedy).about(path)
