"""What a model says of pictures: a path from the root to a leaf each, and how far down it is sure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from taskgraft.csv_bytes import csv_bytes
from taskgraft.inference._prediction import Node, Path, Prediction, on_threshold
from taskgraft.notebook_table import Cell, html_table
from taskgraft.scores import along_path
from taskgraft.taxonomy import IntArray, Taxonomy

if TYPE_CHECKING:
    # What reads pictures is imported with the first picture.
    from taskgraft.pictures import BadImage

Probs = npt.NDArray[np.float64]
_MOST_SHOWN = 10


@dataclass(frozen=True, eq=False, repr=False)
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
        notes: What is good to know of these predictions, a sentence each.
    """

    taxonomy: Taxonomy
    names: tuple[str, ...]
    preds: IntArray
    probs: tuple[Probs, ...]
    certainties: Probs
    depths: IntArray
    threshold: float | None = None
    num_alternatives: int = 0
    bad: tuple[BadImage, ...] = ()
    notes: tuple[str, ...] = ()

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

    def __repr__(self) -> str:
        bad = f", {len(self.bad):,} that could not be read" if self.bad else ""
        return f"Predictions({len(self):,} pictures{bad}, levels {', '.join(self.taxonomy.level_names)})"

    def _repr_html_(self) -> str:
        rows = [
            [
                Cell(each.name),
                *(
                    Cell(node.name, f"{node.prob:.0%}", is_quiet=i >= each.depth)
                    for i, node in enumerate(each.path)
                ),
            ]
            for each in self[:_MOST_SHOWN]
        ]
        more = [f"{len(self) - len(rows):,} more pictures"] if len(self) > len(rows) else []
        bad = [f"not read: {each.line}" for each in self.bad[:_MOST_SHOWN]]
        if len(self.bad) > len(bad):
            bad.append(f"not read: {len(self.bad) - len(bad):,} more")
        below = [*more, *bad, *on_threshold(self.threshold), *self.notes]
        return html_table(["picture", *self.taxonomy.level_names], rows, below)

    @property
    def path_probs(self) -> Probs:
        """The probability of each predicted class: shape (N, L)."""
        return along_path(self.probs, self.preds)

    def to_dict(self) -> dict[str, Any]:
        """As plain data: what was demanded, the predictions, and the pictures that could not be read."""
        return {
            "threshold": self.threshold,
            "predictions": [prediction.to_dict() for prediction in self],
            "bad": [each.to_dict() for each in self.bad],
            "notes": list(self.notes),
        }

    def as_jsonl(self) -> Iterator[str]:
        """A line of JSON a picture, in ASCII."""
        return (json.dumps(prediction.to_dict(), allow_nan=False) for prediction in self)

    def columns(self) -> dict[str, list[Any]]:
        """The table by column, as a data frame takes it.

        They are `name`; `predicted.<level>`, `probability.<level>` and `certainty.<level>` of each level;
        `depth`, the number of levels that are sure; `sure`, the deepest class that is; of each alternative,
        `alternative.<i>`, its leaf, and `probability.alternative.<i>`.
        """
        table: dict[str, list[Any]] = {"name": list(self.names)}
        probs = self.path_probs
        for i, level in enumerate(self.taxonomy.levels):
            table[f"predicted.{level.name}"] = self._class_names(i, self.preds[:, i])
            table[f"probability.{level.name}"] = probs[:, i].tolist()
            table[f"certainty.{level.name}"] = self.certainties[:, i].tolist()
        table["depth"] = self.depths.tolist()
        chosen = zip(self.preds.tolist(), table["depth"], strict=True)
        levels = self.taxonomy.levels
        table["sure"] = [levels[d - 1].classes[path[d - 1]] if d else "" for path, d in chosen]
        return {**table, **self._columns_of_alternatives()}

    def as_csv(self, *, has_header: bool = True) -> bytes:
        """The table as CSV, as `csv_bytes` writes it."""
        return csv_bytes(self.columns(), has_header=has_header)

    def _columns_of_alternatives(self) -> dict[str, list[Any]]:
        table: dict[str, list[Any]] = {}
        best = self._best_leaves()
        for i, leaves in enumerate(best.T, start=1):
            table[f"alternative.{i}"] = self._class_names(-1, leaves)
            table[f"probability.alternative.{i}"] = self.probs[-1][np.arange(len(self)), leaves].tolist()
        return table

    def _class_names(self, level: int, classes: IntArray) -> list[str]:
        names = self.taxonomy.levels[level].classes
        return [names[k] for k in classes.tolist()]

    def _best_leaves(self, rows: int | slice = slice(None)) -> IntArray:
        """The leaves of the most probable paths, the likeliest first: none unless wanted."""
        num_leaves = self.num_alternatives if self.taxonomy.is_tree else 0
        order = np.argsort(-self.probs[-1][rows], axis=-1, kind="stable")
        return order[..., :num_leaves]

    @cached_property
    def _paths(self) -> IntArray:
        """The classes above every leaf, and it: shape (K, L)."""
        levels = range(self.taxonomy.num_levels)
        return np.stack([self.taxonomy.ancestors(level) for level in levels], axis=1)

    def _sure_nodes(self, place: int) -> Path:
        nodes = zip(self._nodes(self.preds[place], place), self.certainties[place].tolist(), strict=True)
        return tuple(replace(node, certainty=certainty) for node, certainty in nodes)

    def _nodes(self, classes: IntArray, place: int) -> Path:
        levels = zip(self.taxonomy.levels, self.probs, self.taxonomy.stand_ins, classes.tolist(), strict=True)
        return tuple(
            Node(level.name, level.classes[k], float(probs[place, k]), is_stand_in=k in stand_ins)
            for level, probs, stand_ins, k in levels
        )


def joined_predictions(parts: Sequence[Predictions]) -> Predictions:
    """The predictions of several batches as one.

    Args:
        parts: Of one model, with one threshold; one at least.
    """
    first = parts[0]
    if len(parts) == 1:
        return first
    return Predictions(
        first.taxonomy,
        tuple(name for part in parts for name in part.names),
        np.concatenate([part.preds for part in parts]),
        tuple(np.concatenate(level) for level in zip(*(part.probs for part in parts), strict=True)),
        np.concatenate([part.certainties for part in parts]),
        np.concatenate([part.depths for part in parts]),
        first.threshold,
        first.num_alternatives,
        tuple(bad for part in parts for bad in part.bad),
        tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )
