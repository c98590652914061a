"""What renames say of newer classes: the older ones of a renamed path, and of all that lies below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from taskgraft.correspondence._renames import ARROW, Renames
from taskgraft.errors import Phrase, RequestError, unknown_name
from taskgraft.taxonomy import Names, Taxonomy, class_paths


class Renamed:
    """Renames between two trees.

    Args:
        renames: As `read_renames` gives them; paths by words or by names.
        older: The tree of a trained model.
        newer: The tree of the newer classes.
        levels: By level of the newer tree that is one of the older's, which.

    Raises:
        RequestError: If one names a class that there is not, or a finer class as a coarser one.
    """

    def __init__(self, renames: Renames, older: Taxonomy, newer: Taxonomy, levels: Mapping[int, int]) -> None:
        self._levels, self._is_tree = levels, older.is_tree and newer.is_tree
        self._paths = class_paths(older)
        self._places: dict[tuple[int, ...], dict[Names, list[int]]] = {}
        self._renames: dict[Names, tuple[Names, ...]] = {}
        new_paths, old_paths = _written(newer), _written(older)
        for new, olds in renames.items():
            words = _words_of("a renamed class of the data", new, new_paths)
            more = tuple(_words_of("a class of the model", old, old_paths) for old in olds)
            # A class may be written by its words and by its name: both lines hold.
            self._renames[words] = (*self._renames.get(words, ()), *more)
        for new, olds in self._renames.items() if self._is_tree else ():
            self._check_depths(new, olds, older)

    def sources(self, level: int, path: Names) -> tuple[int, ...] | None:
        """The older classes behind a newer one; None where no rename holds for it.

        The longest renamed beginning of its path decides. What is renamed from a coarser class takes all
        classes of its level under that.

        Args:
            level: Of the newer class.
            path: Its words.
        """
        lengths = range(len(path), 0, -1)
        length = next((each for each in lengths if path[:each] in self._renames), None)
        if length is None:
            return None
        if level not in self._levels:
            return ()
        behind: set[int] = set()
        for old in self._renames[path[:length]]:
            words = self._words(level, path, length, old)
            alike = self._places_of(self._levels[level], tuple(words)).get(tuple(words.values()), [])
            # Where one word names several classes alike, none is meant.
            if len(alike) == 1 or self._levels[level] not in words:
                behind.update(alike)
        return tuple(sorted(behind))

    def _words(self, level: int, path: Names, length: int, old: Names) -> dict[int, str]:
        """By older level, what an older class is called there; it may be called anything elsewhere."""
        if not self._is_tree:
            return {self._levels[level]: old[-1]}
        words = dict(enumerate(old))
        rest = {self._levels[i]: path[i] for i in range(length, len(path)) if i in self._levels}
        words |= {i: word for i, word in rest.items() if i >= len(old)}
        return {i: words[i] for i in sorted(words) if i <= self._levels[level]}

    def _places_of(self, level: int, at: tuple[int, ...]) -> dict[Names, list[int]]:
        """Numbers of the classes of an older level, by their words at some levels."""
        key = (level, *at)
        if key not in self._places:
            places: dict[Names, list[int]] = {}
            for k, path in enumerate(self._paths[level]):
                words = tuple(path[i] for i in at) if self._is_tree else path
                places.setdefault(words, []).append(k)
            self._places[key] = places
        return self._places[key]

    def _check_depths(self, new: Names, olds: Sequence[Names], older: Taxonomy) -> None:
        level = self._levels.get(len(new) - 1)
        for old in olds:
            if level is not None and len(old) - 1 > level:
                raise RequestError.expected(
                    f"the class that {ARROW.join(new)!r} was",
                    f"one of level {older.level_names[level]!r}, or above it",
                    Phrase(f"{ARROW.join(old)!r} of level {older.level_names[len(old) - 1]!r}"),
                    "Rename the classes below it.",
                )


def _written(taxonomy: Taxonomy) -> dict[Names, Names]:
    """The words of every class, by its path in words and in names."""
    words = class_paths(taxonomy)
    by_name = {
        names: path
        for level, paths in enumerate(words)
        for names, path in zip(taxonomy.paths(level), paths, strict=True)
    }
    return by_name | {path: path for paths in words for path in paths}


def _words_of(what: str, path: Names, paths: Mapping[Names, Names]) -> Names:
    if path not in paths:
        raise unknown_name(what, ARROW.join(path), map(ARROW.join, paths))
    return paths[path]
