"""The classes of images that a model is judged on: a level may have a single one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from taskgraft.taxonomy._level import Level
from taskgraft.taxonomy._taxonomy import Taxonomy


class JudgedTaxonomy(Taxonomy):
    """A taxonomy with levels of a single class: enough to judge a model, too little to train one.

    Example:
        >>> tree = JudgedTaxonomy.from_names(["kind", "sort"], [("apple", "gala"), ("apple", "fuji")])
        >>> tree.num_classes, tree.single_levels, tree.varied
        ((1, 2), (0,), Taxonomy(levels=(Level(name='sort', classes=('gala', 'fuji')),), parents=()))
    """

    fewest_classes: ClassVar[int] = 1

    @property
    def single_levels(self) -> tuple[int, ...]:
        """The levels of a single class."""
        return tuple(i for i, count in enumerate(self.num_classes) if count == 1)

    @property
    def varied(self) -> Taxonomy | None:
        """The other levels alone, as data to train on have them; None where there is none."""
        kept = [level for level in self.levels if level.num_classes > 1]
        # In a tree those of a single class stand above all others.
        return Taxonomy(tuple(kept), self.parents[len(self.single_levels) :]) if kept else None


def judged_taxonomy(levels: Sequence[Level], parents: Sequence[tuple[int, ...]] = ()) -> Taxonomy:
    """A taxonomy that may have levels of a single class; a plain one where it has none.

    Example:
        >>> type(judged_taxonomy([Level("sort", ("gala", "fuji"))])).__name__
        'Taxonomy'
    """
    has_single = any(level.num_classes == 1 for level in levels)
    kind = JudgedTaxonomy if has_single else Taxonomy
    return kind(tuple(levels), tuple(parents))
