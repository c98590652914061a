"""The label hierarchy: levels coarsest first, and for each class of a finer level its parent."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from taskgraft.errors import TaxonomyError
from taskgraft.kinds import NAMES, check_kinds, is_whole, of_kinds, several
from taskgraft.legible import legible
from taskgraft.several import listed

IntArray = npt.NDArray[np.int64]
MOST_LEVELS = 8
ITSELF = " (itself)"
"""What stands behind the name of a class that ends early, further down, where a namesake lives."""


_CLASSES = several("a list of names", lambda name: True)


@dataclass(frozen=True)
class Level:
    """One level of a taxonomy: its name and the names of its classes, in label order."""

    name: str
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        check_kinds(vars(self), {"classes": _CLASSES})

    @property
    def num_classes(self) -> int:
        """Number of classes K."""
        return len(self.classes)


_LEVELS = several("a list of Levels", lambda level: isinstance(level, Level))
_PARENTS = several("a list of lists of whole numbers", several("", is_whole).holds)
_PATHS = several("a list of paths, each a list of names", several("", lambda name: True).holds)


@dataclass(frozen=True)
class Taxonomy:
    """A tree of classes seen as levels, coarsest first; or levels with no tree between them.

    Attributes:
        levels: The L levels, 1 to 8, none with fewer classes than the one before if they form a tree.
        parents: One tuple per level but the first: `parents[i][k]` is the index in level `i` of the
            parent of class `k` of level `i + 1`. Empty where several levels form no tree (colour and shape).

    Raises:
        TaxonomyError: If names are empty, repeated, not UTF-8 or end in white space, a level is coarser than
            the one above, a parent does not exist, or a class has no children; the message names the class.

    Example:
        >>> t = Taxonomy.from_names(["coarse", "fine"], [("pet", "cat"), ("pet", "dog"), ("car", "van")])
        >>> t.level_names, t.num_classes, t.parents
        (('coarse', 'fine'), (2, 3), ((0, 0, 1),))
    """

    levels: tuple[Level, ...]
    parents: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        check_kinds(vars(self), {"levels": _LEVELS, "parents": _PARENTS})
        _check_levels(self.levels)
        if self.is_tree:
            _check_parents(self.levels, self.parents)

    @property
    def level_names(self) -> tuple[str, ...]:
        """Names of the levels, coarsest first."""
        return tuple(level.name for level in self.levels)

    @property
    def num_classes(self) -> tuple[int, ...]:
        """Number of classes of each level, coarsest first."""
        return tuple(level.num_classes for level in self.levels)

    @property
    def num_levels(self) -> int:
        """Number of levels L."""
        return len(self.levels)

    @property
    def is_tree(self) -> bool:
        """Whether every class of a finer level has a parent; a single level is a tree."""
        return self.num_levels == 1 or bool(self.parents)

    def parents_of(self, level: int) -> IntArray:
        """Parents of the classes of `level` (at least 1), as an index array of shape (K,).

        Raises:
            TaxonomyError: If there is no tree between the levels.
        """
        if not self.is_tree:
            raise TaxonomyError.expected(
                f"level {self.levels[level].name!r}",
                "below another one",
                "no tree between the levels",
                "Use each level alone.",
            )
        return np.asarray(self.parents[level - 1], dtype=np.int64)

    def ancestors(self, level: int, of: int = -1) -> IntArray:
        """Ancestor at `level` of every class of level `of` (by default the leaves): shape (K_of,).

        Example:
            >>> t = Taxonomy.from_names(["a", "b"], [("x", "1"), ("y", "2"), ("y", "3")])
            >>> t.ancestors(0).tolist()
            [0, 1, 1]
        """
        of = of % self.num_levels
        ancestors = np.arange(self.num_classes[of], dtype=np.int64)
        for finer in range(of, level, -1):
            ancestors = self.parents_of(finer)[ancestors]
        return ancestors

    @cached_property
    def stand_ins(self) -> tuple[frozenset[int], ...]:
        """Of each level the classes that only stand for the one above, which has no finer ones.

        `docs/decisions/0015` says how they come about and what they are called.

        Example:
            >>> paths = [("bread", "bread"), ("fruit", "apple"), ("fruit", "fruit")]
            >>> [sorted(level) for level in Taxonomy.from_names(["a", "b"], paths).stand_ins]
            [[], [0]]
        """
        rows = self.parents or ((),) * (self.num_levels - 1)
        return (frozenset(), *(self._stand_ins(level, row) for level, row in enumerate(rows)))

    def _stand_ins(self, level: int, parents: tuple[int, ...]) -> frozenset[int]:
        above, below, counts = self.levels[level].classes, self.levels[level + 1].classes, Counter(parents)
        only = (k for k, parent in enumerate(parents) if counts[parent] == 1)
        return frozenset(
            k for k in only if below[k].replace(ITSELF, "") == above[parents[k]].replace(ITSELF, "")
        )

    def paths(self, level: int) -> list[tuple[str, ...]]:
        """The name of every class of a level after those above it; without a tree, alone.

        Example:
            >>> t = Taxonomy.from_names(["a", "b"], [("x", "1"), ("y", "2")])
            >>> t.paths(1)
            [('x', '1'), ('y', '2')]
        """
        above = range(level if self.is_tree else 0)
        columns = [self.ancestors(i, level) for i in above]
        return [
            (*(self.levels[i].classes[column[k]] for i, column in zip(above, columns, strict=True)), name)
            for k, name in enumerate(self.levels[level].classes)
        ]

    @classmethod
    @of_kinds(level_names=NAMES, paths=_PATHS)
    def from_names(cls, level_names: str | Sequence[str], paths: Sequence[Sequence[str]]) -> Self:
        """Builds a taxonomy from paths of class names, one from the root to each leaf.

        Classes are numbered in order of first appearance, so renaming them changes no number.

        Args:
            level_names: L names, coarsest first, one by one or joined by commas.
            paths: Sequences of L class names, coarsest first; repeated paths are allowed.

        Raises:
            TaxonomyError: As the class does; also for a path of the wrong length and a class that
                stands under two parents.
        """
        level_names = listed(level_names)
        numbers: list[dict[str, int]] = [{} for _ in level_names]
        parents: list[dict[int, int]] = [{} for _ in level_names[1:]]
        for path in paths:
            if len(path) != len(level_names):
                raise TaxonomyError.expected(
                    f"the path {tuple(path)}",
                    f"{len(level_names)} class names long",
                    len(path),
                    "Give one class for each level.",
                )
            ids = [places.setdefault(name, len(places)) for places, name in zip(numbers, path, strict=True)]
            for depth, (parent, child) in enumerate(zip(ids, ids[1:], strict=False)):
                first = parents[depth].setdefault(child, parent)
                if first != parent:
                    raise _two_parents(path[depth + 1], list(numbers[depth]), first, parent)
        levels = tuple(Level(n, tuple(places)) for n, places in zip(level_names, numbers, strict=True))
        return cls(levels, tuple(tuple(up[k] for k in range(len(up))) for up in parents))

    @classmethod
    def without_tree(cls, levels: Sequence[Level]) -> Self:
        """Levels that do not nest, such as a colour and a shape: each is predicted, none is above another.

        Example:
            >>> t = Taxonomy.without_tree([Level("colour", ("red", "blue")), Level("shape", ("disc", "bar"))])
            >>> t.is_tree, t.num_classes
            (False, (2, 2))
        """
        return cls(tuple(levels), ())

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Rebuilds a taxonomy from `to_dict`'s output, as read back from JSON."""
        try:
            levels = tuple(Level(level["name"], tuple(_listed(level["classes"]))) for level in data["levels"])
            parents = tuple(tuple(map(_number, _listed(row))) for row in _listed(data["parents"]))
        except (KeyError, TypeError, IndexError) as error:
            raise TaxonomyError.expected(
                "a taxonomy", "{levels: [{name, classes}], parents: [[int]]}", f"{error!r}", "Mend it."
            ) from error
        return cls(levels, parents)

    def to_dict(self) -> dict[str, Any]:
        """The taxonomy as plain data for JSON; `from_dict` reads it back."""
        return {
            "levels": [{"name": level.name, "classes": list(level.classes)} for level in self.levels],
            "parents": [list(row) for row in self.parents],
        }

    def digest(self) -> str:
        """SHA-256 of names, their order and the tree: with one digest, two models predict the same classes.

        Example:
            >>> one = Taxonomy.from_names(["a"], [("x",), ("y",)])
            >>> other = Taxonomy.from_names(["a"], [("y",), ("x",)])
            >>> one.digest() == other.digest()
            False
        """
        canonical = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def _listed(value: object) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"{type(value).__name__} in place of a list")
    return value


def _number(value: object) -> int:
    # In Python True is a number.
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{type(value).__name__} in place of a number")
    return value


def _two_parents(child: str, coarser: Sequence[str], first: int, second: int) -> TaxonomyError:
    return TaxonomyError.expected(
        f"class {child!r}",
        "under one parent",
        [coarser[first], coarser[second]],
        "Rename one of the two classes, or mend the labels.",
    )


def _check_levels(levels: tuple[Level, ...]) -> None:
    if not 1 <= len(levels) <= MOST_LEVELS:
        raise TaxonomyError.expected(
            "a taxonomy", f"of 1 to {MOST_LEVELS} levels", len(levels), "Name as many levels."
        )
    _check_names("level", [level.name for level in levels])
    for level in levels:
        _check_names(f"class of level {level.name!r}", level.classes)
        if level.num_classes < 2:
            raise TaxonomyError.expected(
                f"level {level.name!r}",
                "two classes or more",
                list(level.classes),
                "Leave the level out, or add classes.",
            )


def _check_names(kind: str, names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise TaxonomyError.expected(f"every {kind}", "a name", name, "Name it.")
        if name != name.strip():
            raise TaxonomyError.expected(
                f"every {kind}", "named without white space at its ends", name, "Strip the name."
            )
        if legible(name) != name:
            raise TaxonomyError.expected(f"every {kind}", "named in UTF-8", name, "Rename it.")
        if name in seen:
            raise TaxonomyError.expected(f"every {kind}", "named once", name, "Rename one of the two.")
        seen.add(name)


def _check_parents(levels: tuple[Level, ...], parents: tuple[tuple[int, ...], ...]) -> None:
    for coarser, finer in zip(levels, levels[1:], strict=False):
        if finer.num_classes < coarser.num_classes:
            raise TaxonomyError.expected(
                f"level {finer.name!r}",
                f"as fine as {coarser.name!r} ({coarser.num_classes} classes) or finer",
                f"{finer.num_classes} classes",
                "List the levels coarsest first.",
            )
    if [len(row) for row in parents] != [level.num_classes for level in levels[1:]]:
        raise TaxonomyError.expected(
            "parents",
            "one for each class of each level but the first",
            [len(row) for row in parents],
            "Give every class its parent.",
        )
    for coarser, finer, row in zip(levels, levels[1:], parents, strict=False):
        for name, parent in zip(finer.classes, row, strict=True):
            if not 0 <= parent < coarser.num_classes:
                raise TaxonomyError.expected(
                    f"the parent of class {name!r}",
                    f"a class of level {coarser.name!r}",
                    parent,
                    f"Use 0 to {coarser.num_classes - 1}.",
                )
        with_child = set(row)
        for k, name in enumerate(coarser.classes):
            if k not in with_child:
                raise TaxonomyError.expected(
                    f"class {name!r} of level {coarser.name!r}",
                    f"the parent of a class of {finer.name!r}",
                    "no child",
                    "Remove the class, or give it one.",
                )
