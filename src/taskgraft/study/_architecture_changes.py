"""What is no longer the same about a study's architectures, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from taskgraft.architecture import Architecture, Flow
from taskgraft.study._data_changes import changed


def architecture_changes(there: Sequence[Architecture], asked: Sequence[Architecture]) -> list[str]:
    """How the architectures of two requests differ, a line for each way; empty where they are the same.

    Args:
        there: Those on record.
        asked: The new ones.

    Example:
        >>> plain = Architecture("mine", ("a", "b"))
        >>> architecture_changes([plain], [Architecture("mine", ("a", "b"), "shared")])
        ['trunk of mine: separate there, shared asked']
    """
    names = [[architecture.name for architecture in own] for own in (there, asked)]
    told = [] if names[0] == names[1] else [changed("architectures", *(",".join(own) for own in names))]
    known = {architecture.name: architecture for architecture in there}
    return told + [line for new in asked if new.name in known for line in _of_one(known[new.name], new)]


def _of_one(old: Architecture, new: Architecture) -> Iterator[str]:
    for field in fields(Architecture):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before != after:
            yield changed(f"{field.name} of {new.name}", *map(_in_words, (before, after)))


def _in_words(value: object) -> str:
    if isinstance(value, Flow):
        gradient = "" if value.passes_gradient else ", no gradient back"
        return f"{value.carries} of {value.source} into {value.target}{gradient}"
    return " and ".join(map(_in_words, value)) or "none" if isinstance(value, tuple) else str(value)
