"""What a model's description says of its tree: the tree, its versions, and what a network predicts of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from taskgraft.inference._part import Part, Weight
from taskgraft.taxonomy import Level, Taxonomy


class LevelDescription(Part):
    """A level: its name, and the names of its classes in label order."""

    name: str
    classes: tuple[str, ...]


class TaxonomyDescription(Part):
    """The levels and their tree, as in `Taxonomy`.

    Attributes:
        levels: Coarsest first.
        parents: For each level but the first, the number of each class's parent; empty without a tree.
        digest: `Taxonomy.digest`: two models with the same one predict the same classes.
    """

    levels: tuple[LevelDescription, ...]
    parents: tuple[tuple[int, ...], ...]
    digest: str

    @classmethod
    def of(cls, taxonomy: Taxonomy) -> Self:
        """Describes a taxonomy."""
        return cls.model_validate({**taxonomy.to_dict(), "digest": taxonomy.digest()})

    @model_validator(mode="after")
    def _has_its_digest(self) -> Self:
        if self._taxonomy.digest() != self.digest:
            raise ValueError("one whose taxonomy has another digest")
        return self

    @property
    def is_tree(self) -> bool:
        """Whether the levels nest; a single one does."""
        return len(self.levels) == 1 or bool(self.parents)

    def taxonomy(self) -> Taxonomy:
        """The taxonomy described."""
        return self._taxonomy

    @cached_property
    def _taxonomy(self) -> Taxonomy:
        levels = tuple(Level(level.name, level.classes) for level in self.levels)
        return Taxonomy(levels, self.parents)


class TreeVersion(Part):
    """A tree that a model or one behind it has had.

    Attributes:
        digest: Of its taxonomy.
        date: Since when, in UTC.
        change: What made it: a training, one that went on from an older model, or a change without training.
    """

    digest: str
    date: str
    change: Literal["trained", "adapted", "remapped"]


class RemapDescription(Part):
    """How the tree that the network predicts becomes the model's.

    Attributes:
        taxonomy: What the network predicts.
        pool_weights: By level of it, how much its logits count in the probabilities of its leaves.
        leaves: For each of its leaves, the number of the model's leaf that it is in; -1 if it is retired.
    """

    taxonomy: TaxonomyDescription
    pool_weights: dict[str, Weight]
    leaves: tuple[Annotated[int, Field(ge=-1)], ...]

    @model_validator(mode="after")
    def _is_of_its_tree(self) -> Self:
        levels = self.taxonomy.levels
        if not self.taxonomy.is_tree:
            raise ValueError("one whose network predicts no tree to be remapped")
        if tuple(self.pool_weights) != tuple(level.name for level in levels):
            raise ValueError("one with weights of other levels than its network's")
        if len(self.leaves) != len(levels[-1].classes):
            raise ValueError("one that remaps other leaves than its network's")
        return self


def only_finest(level_names: Sequence[str]) -> dict[str, float]:
    """Weights of levels in a pool of which the finest one says all.

    Example:
        >>> only_finest(["kind", "sort"])
        {'kind': 0.0, 'sort': 1.0}
    """
    return {**dict.fromkeys(level_names, 0.0), level_names[-1]: 1.0}
