"""Options of the command for a study of a few drawn shapes."""

from __future__ import annotations


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
