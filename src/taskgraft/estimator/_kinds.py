"""Of which kind each parameter of the estimator has to be."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import numpy as np

from taskgraft.architecture import Architecture
from taskgraft.kinds import NAME, NAMES, NONE, NUMBER, TRUTH, WHOLE_NUMBER, Kind, is_whole
from taskgraft.recipe import Recipe


def _are_sides(value: Any) -> bool:
    if isinstance(value, str | bytes | Set | Mapping):
        return False
    try:
        return all(map(is_whole, value))
    except TypeError:
        return False


_SIDES = Kind(("a list of whole numbers",), _are_sides)
_DRAWING = Kind(("a RandomState",), lambda value: isinstance(value, np.random.RandomState))

KINDS: dict[str, Kind] = {
    "architecture": NAME | Kind(("an Architecture",), lambda value: isinstance(value, Architecture)),
    "recipe": NAME | Kind(("a Recipe",), lambda value: isinstance(value, Recipe)),
    "epochs": NUMBER | NONE,
    "decoding": NAME,
    "balance": NAME | NONE,
    "level_names": NAMES | NONE,
    "image_shape": _SIDES | NONE,
    "validation_fraction": NUMBER | NONE,
    "random_state": WHOLE_NUMBER | _DRAWING | NONE,
    "device": NAME,
    "num_threads": WHOLE_NUMBER | NONE,
    "verbose": WHOLE_NUMBER | TRUTH,
}
