"""Which class of a model one of the data may have been meant for."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from taskgraft.evaluation._class_paths import Names

# Comparing takes a time for each pair; a guess for the largest classes is worth most.
_MOST_PATHS, _MOST_CANDIDATES, _LONGEST = 50, 2000, 100


def closest(paths: Sequence[Names], candidates: Sequence[Names]) -> list[Names]:
    """For each path the candidate that reads most like it; empty where none does, and beyond the first few.

    One that ends in the same word is the closest: the class was moved.

    Args:
        paths: Of classes without a match.
        candidates: Of all classes of the level.

    Example:
        >>> candidates = [("apple", "fuji"), ("apple", "gala")]
        >>> closest([("pear", "gala"), ("apple", "Fujii"), ("fig", "x")], candidates)
        [('apple', 'gala'), ('apple', 'fuji'), ()]
    """
    by_word: dict[str, Names] = {}
    for candidate in sorted(candidates):
        by_word.setdefault(candidate[-1], candidate)
    by_text = {_text(candidate): candidate for candidate in sorted(candidates)[:_MOST_CANDIDATES]}
    return [
        (by_word.get(path[-1]) or _most_like(path, by_text)) if place < _MOST_PATHS else ()
        for place, path in enumerate(paths)
    ]


def _most_like(path: Names, by_text: dict[str, Names]) -> Names:
    close = difflib.get_close_matches(_text(path), by_text, n=1)
    return by_text[close[0]] if close else ()


def _text(path: Names) -> str:
    return "/".join(path).casefold()[-_LONGEST:]
