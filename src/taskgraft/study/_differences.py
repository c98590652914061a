"""What differs between two requests, in lines that help to see what to change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from taskgraft.study._architecture_changes import architecture_changes
from taskgraft.study._data_changes import changed, data_changes
from taskgraft.study._records import Request

# What differs beyond this many items no longer helps to see what to change.
_MOST_DIFFERENCES = 5
_LONGEST_SHOWN = 100


def differences(there: Request, asked: Request) -> list[str]:
    """What differs between two requests, one readable line an item; empty when they are equal."""
    handled = {"data", "taxonomy", "architectures"}
    old, new = (dict(_flatten(own.model_dump(mode="json", exclude=handled))) for own in (there, asked))
    told = [
        *data_changes(there, asked),
        *architecture_changes(there.architectures, asked.architectures),
        *(
            changed(key, _show(old.get(key)), _show(new.get(key)))
            for key in dict.fromkeys((*old, *new))
            if old.get(key) != new.get(key)
        ),
    ]
    rest = len(told) - _MOST_DIFFERENCES
    return told[:_MOST_DIFFERENCES] + ([f"and {rest} more"] if rest > 0 else [])


def _flatten(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Nested records as dotted keys; lists are compared whole."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flatten(inner, f"{path}.{key}" if path else key)
    else:
        yield path, value


def _show(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 3]}..."
