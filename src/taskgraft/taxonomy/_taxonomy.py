"""The label hierarchy: levels coarsest first, and for each class of a finer level its parent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from taskgraft.errors import TaxonomyError
from taskgraft.kinds import NAMES, check_kinds, is_whole, of_kinds, several
from taskgraft.several import listed
from taskgraft.taxonomy._checks import check_levels, check_parents
from taskgraft.taxonomy._level import Level
from taskgraft.taxonomy._stand_ins import stand_ins_of

IntArray = npt.NDArray[np.int64]

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
    fewest_classes: ClassVar[int] = 2

    def __post_init__(self) -> None:
        check_kinds(vars(self), {"levels": _LEVELS, "parents": _PARENTS})
        check_levels(self.levels, self.fewest_classes)
        if self.is_tree:
            check_parents(self.levels, self.parents)

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
        return self._parent_arrays[level - 1]

    def ancestors(self, level: int, of: int = -1) -> IntArray:
        """Ancestor at `level` of every class of level `of` (by default the leaves): shape (K_of,).

        Example:
            >>> t = Taxonomy.from_names(["a", "b"], [("x", "1"), ("y", "2"), ("y", "3")])
            >>> t.ancestors(0).tolist()
            [0, 1, 1]
        """
        of = of % self.num_levels
        key = (level, of)
        if key not in self._ancestor_arrays:
            ancestors = np.arange(self.num_classes[of], dtype=np.int64)
            for finer in range(of, level, -1):
                ancestors = self.parents_of(finer)[ancestors]
            self._ancestor_arrays[key] = _fixed(ancestors)
        return self._ancestor_arrays[key]

    def by_parent(self, level: int) -> tuple[IntArray, IntArray]:
        """The classes of `level` (at least 1) with siblings side by side, and where each family begins.

        Returns:
            Classes sorted by parent and then by number, shape (K,); of each parent, where its first child
            stands among them, shape (K of the level above,).

        Raises:
            TaxonomyError: If there is no tree between the levels.

        Example:
            >>> t = Taxonomy.from_names(["a", "b"], [("x", "1"), ("y", "2"), ("x", "3")])
            >>> [each.tolist() for each in t.by_parent(1)]
            [[0, 2, 1], [0, 2]]
        """
        parents = self.parents_of(level)
        if level not in self._families:
            order = np.argsort(parents, kind="stable")
            firsts = np.flatnonzero(np.diff(parents[order], prepend=-1))
            self._families[level] = _fixed(order), _fixed(firsts)
        return self._families[level]

    # Thousands of classes take milliseconds to look up, and scores look them up for every few images.
    @cached_property
    def _parent_arrays(self) -> tuple[IntArray, ...]:
        return tuple(_fixed(np.asarray(row, dtype=np.int64)) for row in self.parents)

    @cached_property
    def _ancestor_arrays(self) -> dict[tuple[int, int], IntArray]:
        return {}

    @cached_property
    def _families(self) -> dict[int, tuple[IntArray, IntArray]]:
        return {}

    def __getstate__(self) -> dict[str, Any]:
        """What is sent to another process: what was looked up is looked up again."""
        return {"levels": self.levels, "parents": self.parents}

    @cached_property
    def stand_ins(self) -> tuple[frozenset[int], ...]:
        """Of each level the classes that only stand for the one above, which has no finer ones.

        `docs/decisions/0015` says how they come about and what they are called.

        Example:
            >>> paths = [("bread", "bread"), ("fruit", "apple"), ("fruit", "fruit")]
            >>> [sorted(level) for level in Taxonomy.from_names(["a", "b"], paths).stand_ins]
            [[], [0]]
        """
        return stand_ins_of(self.levels, self.parents)

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


def _fixed(array: IntArray) -> IntArray:
    """The array, which is handed out again and again, without the right to write to it."""
    array.flags.writeable = False
    return array


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
