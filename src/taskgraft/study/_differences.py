"""What differs between two requests, in lines that help to see what to change."""

from __future__ import annotations

from collections.abc import Iterator

from taskgraft.study._change import Change, unlike
from taskgraft.study._data_changes import data_changes
from taskgraft.study._records import Request
from taskgraft.study._variant_changes import variant_changes

# What differs beyond this many items no longer helps to see what to change.
_MOST_DIFFERENCES = 5
_LONGEST_SHOWN = 100
# Whose differences are described part by part.
_IN_WORDS = ("data", "taxonomy", "variants")


def differences(old: Request, new: Request, names: tuple[str, str] = ("before", "now")) -> list[str]:
    """What differs between two requests, one readable line an item; empty when they are equal.

    Args:
        old: The one.
        new: The other.
        names: What to call the two sides.
    """
    lines = [_shortened(change).words(names) for change in _changes(old, new)]
    rest = len(lines) - _MOST_DIFFERENCES
    return lines[:_MOST_DIFFERENCES] + ([f"and {rest} more"] if rest > 0 else [])


def _changes(old: Request, new: Request) -> Iterator[Change]:
    yield from data_changes(old, new)
    yield from variant_changes(old.variants, new.variants)
    for name in Request.model_fields:
        if name not in _IN_WORDS:
            values = (getattr(each, name) for each in (old, new))
            yield from unlike(name, *([*value] if isinstance(value, tuple) else value for value in values))


def _shortened(change: Change) -> Change:
    return Change(change.what, _short(change.old), _short(change.new))


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 3]}..."
