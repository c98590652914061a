"""What a model says of pictures: a path from the root to a leaf each, and how far down it is sure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from taskgraft.csv_bytes import csv_bytes
from taskgraft.scores import along_path
from taskgraft.taxonomy import IntArray, Taxonomy

if TYPE_CHECKING:
    # What reads pictures is imported with the first picture.
    from taskgraft.pictures import BadImage

Probs = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Node:
    """A class on a path.

    Attributes:
        level: Name of its level.
        name: Of the class.
        prob: Its probability, 0 to 1.
        certainty: Up to which threshold it is said, 0 to 1: its probability weighed against what it tells;
            None of a class of an alternative.
    """

    level: str
    name: str
    prob: float
    certainty: float | None = None


Path = tuple[Node, ...]


@dataclass(frozen=True)
class Prediction:
    """What the model says of one picture.

    Attributes:
        name: Of the picture.
        path: The predicted class of each level, coarsest first.
        depth: How many classes of the path are sure: the first `depth` of them.
        alternatives: The most probable paths, the likeliest first; empty unless wanted, and without a tree.
        threshold: The least certainty of a class that is sure; None where nothing was demanded.
    """

    name: str
    path: Path
    depth: int
    alternatives: tuple[Path, ...] = ()
    threshold: float | None = None

    @property
    def sure(self) -> Path:
        """The part of the path that is sure; empty where nothing is."""
        return self.path[: self.depth]

    @property
    def reason(self) -> str | None:
        """Why the answer stops where it does, in a sentence; None where all of its path is sure.

        Example:
            >>> nodes = Node("kind", "Apple", 0.97, 0.96), Node("variety", "Gala", 0.55, 0.4)
            >>> Prediction("a.jpg", nodes, 1, threshold=0.9).reason
            'Gala (variety) is 55.0 % probable: its certainty of 0.400 is below 0.900.'
        """
        if self.threshold is None or self.depth == len(self.path):
            return None
        node = self.path[self.depth]
        return (
            f"{node.name} ({node.level}) is {node.prob * 100:.1f} % probable: its certainty of "
            f"{node.certainty:.3f} is below {self.threshold:.3f}."
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        content: dict[str, Any] = {"name": self.name, "path": _as_dicts(self.path), "depth": self.depth}
        if self.threshold is not None:
            content |= {"threshold": self.threshold, "reason": self.reason}
        if self.alternatives:
            content["alternatives"] = [_as_dicts(path) for path in self.alternatives]
        return content


@dataclass(frozen=True, eq=False)
class Predictions(Sequence[Prediction]):
    """What the model says of all pictures that could be read, in their order.

    Attributes:
        taxonomy: The L levels.
        names: Of the N pictures.
        preds: Predicted classes, int64 of shape (N, L), coarsest level first.
        probs: Probabilities of each level, coarsest first, float64 of shape (N, K): calibrated; in a tree,
            those of a class are the sum of its children's.
        certainties: Of each predicted class, float64 of shape (N, L): it is sure at this threshold and below.
        depths: To how many levels each picture is sure: int64 of shape (N,).
        threshold: The least certainty of a class that is sure; None where nothing was demanded.
        num_alternatives: Paths that each prediction lists.
        bad: Pictures that could not be read.
    """

    taxonomy: Taxonomy
    names: tuple[str, ...] = field(repr=False)
    preds: IntArray = field(repr=False)
    probs: tuple[Probs, ...] = field(repr=False)
    certainties: Probs = field(repr=False)
    depths: IntArray = field(repr=False)
    threshold: float | None = None
    num_alternatives: int = 0
    bad: tuple[BadImage, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> Prediction: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Prediction]: ...

    def __getitem__(self, index: int | slice) -> Prediction | Sequence[Prediction]:
        if isinstance(index, slice):
            return [self[place] for place in range(len(self))[index]]
        place = range(len(self))[index]
        alternatives = tuple(self._nodes(self._paths[leaf], place) for leaf in self._best_leaves(place))
        return Prediction(
            self.names[place],
            self._sure_nodes(place),
            int(self.depths[place]),
            alternatives,
            self.threshold,
        )

    @property
    def path_probs(self) -> Probs:
        """The probability of each predicted class: shape (N, L)."""
        return along_path(self.probs, self.preds)

    def to_dict(self) -> dict[str, Any]:
        """As plain data: what was demanded, the predictions, and the pictures that could not be read."""
        return {
            "threshold": self.threshold,
            "predictions": [prediction.to_dict() for prediction in self],
            "bad": [{"name": each.name, "reason": each.reason} for each in self.bad],
        }

    def as_jsonl(self) -> Iterator[str]:
        """A line of JSON a picture."""
        return (json.dumps(prediction.to_dict(), ensure_ascii=False) for prediction in self)

    def columns(self) -> dict[str, list[Any]]:
        """The table by column, as a data frame takes it.

        They are `name`; `predicted.<level>`, `probability.<level>` and `certainty.<level>` of each level;
        `depth`, the number of levels that are sure; `sure`, the deepest class that is.
        """
        table: dict[str, list[Any]] = {"name": list(self.names)}
        probs = self.path_probs
        for i, level in enumerate(self.taxonomy.levels):
            table[f"predicted.{level.name}"] = [level.classes[k] for k in self.preds[:, i].tolist()]
            table[f"probability.{level.name}"] = probs[:, i].tolist()
            table[f"certainty.{level.name}"] = self.certainties[:, i].tolist()
        table["depth"] = self.depths.tolist()
        table["sure"] = [prediction.sure[-1].name if prediction.sure else "" for prediction in self]
        return table

    def as_csv(self) -> bytes:
        """The table as CSV, as `csv_bytes` writes it."""
        return csv_bytes(self.columns())

    def _best_leaves(self, place: int) -> list[int]:
        if not self.num_alternatives or not self.taxonomy.is_tree:
            return []
        order = np.argsort(-self.probs[-1][place], kind="stable")
        return [int(leaf) for leaf in order[: self.num_alternatives]]

    @cached_property
    def _paths(self) -> IntArray:
        """The classes above every leaf, and it: shape (K, L)."""
        levels = range(self.taxonomy.num_levels)
        return np.stack([self.taxonomy.ancestors(level) for level in levels], axis=1)

    def _sure_nodes(self, place: int) -> Path:
        nodes = zip(self._nodes(self.preds[place], place), self.certainties[place].tolist(), strict=True)
        return tuple(replace(node, certainty=certainty) for node, certainty in nodes)

    def _nodes(self, classes: Sequence[int] | IntArray, place: int) -> Path:
        levels = zip(self.taxonomy.levels, self.probs, classes, strict=True)
        return tuple(Node(level.name, level.classes[k], float(probs[place, k])) for level, probs, k in levels)


def _as_dicts(path: Path) -> list[dict[str, Any]]:
    return [
        {"level": node.level, "class": node.name, "prob": node.prob}
        | ({} if node.certainty is None else {"certainty": node.certainty})
        for node in path
    ]
