"""Options of the command for a study of a few drawn shapes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

REPEATABLE = {"--data-option", "--set"}


def small_shapes(*verb: str, epochs: str = "1") -> list[str]:
    """A verb with options that train in seconds on one thread."""
    options = {
        "--data": ["shapes"],
        "--data-option": ["num_train=256", "num_test=64"],
        "--recipe": ["quick"],
        "--epochs": [epochs],
        "--threads": ["1"],
    }
    return [
        *verb,
        *(word for option, values in options.items() for value in values for word in (option, value)),
    ]


def with_options(command: Sequence[str | Path], options: Sequence[str]) -> list[str]:
    """A command with further options, in place of those of the same name, which may be typed once."""
    words = [str(word) for word in command]
    repeated = [word for word in options if word[:2] == "--" and word in words and word not in REPEATABLE]
    for name in repeated:
        place = words.index(name)
        del words[place : place + 2]
    return [*words, *options]
