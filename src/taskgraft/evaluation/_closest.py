"""Which class of a model one of the data may have been meant for."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from taskgraft.taxonomy import Names

# Comparing takes a time for each pair; a guess for the largest classes is worth most.
_MOST_PATHS, _MOST_CANDIDATES, _LONGEST = 50, 2000, 100


def closest(paths: Sequence[Names], candidates: Sequence[Names]) -> list[Names]:
    """For each path the candidate whose last word reads most like its own; empty where none does.

    Of candidates that end alike, the one that shares most words above; only the first paths are compared.

    Args:
        paths: Of classes without a match.
        candidates: Of all classes of the level.

    Example:
        >>> candidates = [("apple", "fuji"), ("apple", "gala")]
        >>> closest([("pear", "gala"), ("Fujii",), ("fig", "x")], candidates)
        [('apple', 'gala'), ('apple', 'fuji'), ()]
    """
    by_word: dict[str, list[Names]] = {}
    for candidate in sorted(candidates):
        by_word.setdefault(_text(candidate), []).append(candidate)
    words = list(by_word)[:_MOST_CANDIDATES]
    return [
        _most_like(path, by_word, words) if place < _MOST_PATHS else () for place, path in enumerate(paths)
    ]


def _most_like(path: Names, by_word: dict[str, list[Names]], words: Sequence[str]) -> Names:
    word = _text(path)
    close = [word] if word in by_word else difflib.get_close_matches(word, words, n=1)
    alike = by_word[close[0]] if close else []
    return max(alike, key=lambda candidate: len({*candidate} & {*path}), default=())


def _text(path: Names) -> str:
    return path[-1].casefold()[:_LONGEST]
