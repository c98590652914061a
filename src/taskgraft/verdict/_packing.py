"""What a run's predictions say as a few arrays and back, so that a file can keep it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from taskgraft.sealed_arrays import Array
from taskgraft.verdict._decoded_run import DecodedRun
from taskgraft.verdict._run_reading import LevelCalibration, RunReading
from taskgraft.verdict._sample import Sample
from taskgraft.verdict._selective import RunRule

_RECORDS = {record.__name__: record for record in (RunReading, DecodedRun, LevelCalibration, RunRule, Sample)}
_OUTLINE = "outline"


def packed(reading: RunReading) -> dict[str, Array]:
    """One array of each kind of number, and an outline as JSON that says what lies where."""
    arrays: dict[str, list[Array]] = {}
    outline = json.dumps(_outline(reading, arrays), separators=(",", ":"))
    by_kind = {kind: np.concatenate(some) for kind, some in arrays.items()}
    return {_OUTLINE: np.frombuffer(outline.encode(), np.uint8), **by_kind}


def unpacked(arrays: Mapping[str, Array]) -> RunReading:
    """The reading of which `packed` made these.

    Raises:
        KeyError, TypeError, ValueError: If they are not from there.
    """
    outline = json.loads(bytes(arrays[_OUTLINE].tobytes()))
    reading = _Unpacking(arrays).value(outline)
    if not isinstance(reading, RunReading):
        raise TypeError(f"a {type(reading).__name__}")
    return reading


def _outline(value: Any, arrays: dict[str, list[Array]]) -> Any:
    """A value as JSON; each of its arrays goes to the end of those of its kind."""
    if isinstance(value, np.ndarray):
        arrays.setdefault(value.dtype.str, []).append(value.reshape(-1))
        return {"array": [value.dtype.str, *value.shape]}
    if isinstance(value, np.generic):
        return value.item()
    kind, parts = _parts(value)
    return {kind: [_outline(part, arrays) for part in parts]} if kind else value


def _parts(value: Any) -> tuple[str, Iterable[Any]]:
    """The kind of a value and what it consists of; no kind where JSON has it as it is."""
    name = type(value).__name__
    if name in _RECORDS:
        return name, [getattr(value, each.name) for each in fields(value)]
    if isinstance(value, tuple):
        return "tuple", value
    if isinstance(value, Mapping) and _counts_pairs(value):
        # There may be thousands of them.
        return "cells", [np.array([(*pair, number) for pair, number in value.items()])]
    if isinstance(value, Mapping):
        # Their keys may be numbers, pairs or none at all, which JSON knows nothing of.
        return "items", [*value, *value.values()]
    return "", ()


def _counts_pairs(value: Mapping[Any, Any]) -> bool:
    """Whether a mapping has a number for pairs of numbers, as confusions have."""
    first = next(iter(value), None)
    return isinstance(first, tuple) and all(isinstance(each, int) for each in first)


class _Unpacking:
    """Takes the arrays of each kind in the order in which they were packed."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._arrays = arrays
        self._taken = dict.fromkeys(arrays, 0)

    def value(self, outline: Any) -> Any:
        if not isinstance(outline, dict):
            return outline
        [(kind, parts)] = outline.items()
        if kind == "array":
            return self._next(*parts)
        values = [self.value(each) for each in parts]
        if kind == "items":
            half = len(values) // 2
            return dict(zip(values[:half], values[half:], strict=True))
        if kind == "cells":
            return {(true, pred): number for true, pred, number in values[0].tolist()}
        return tuple(values) if kind == "tuple" else _RECORDS[kind](*values)

    def _next(self, kind: str, *shape: int) -> Array:
        first = self._taken[kind]
        self._taken[kind] = first + int(np.prod(shape))
        return self._arrays[kind][first : self._taken[kind]].reshape(shape)
