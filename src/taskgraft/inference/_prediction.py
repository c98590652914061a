"""What a model says of one picture: a path from the root to a leaf, and how far down it is sure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from taskgraft.legible import name_as_json
from taskgraft.notebook_table import Cell, html_table


@dataclass(frozen=True)
class Node:
    """A class on a path.

    Attributes:
        level: Name of its level.
        name: Of the class.
        prob: Its probability, 0 to 1.
        certainty: Up to which threshold it is said, 0 to 1: its probability weighed against what it tells;
            None of a class of an alternative.
        is_stand_in: Whether it only stands for the class above it, which has no finer ones.
    """

    level: str
    name: str
    prob: float
    certainty: float | None = None
    is_stand_in: bool = field(default=False, repr=False)

    def __str__(self) -> str:
        return f"{self.name} {self.prob:.0%}"


Path = tuple[Node, ...]


@dataclass(frozen=True, repr=False)
class Prediction:
    """What the model says of one picture.

    Attributes:
        name: Of the picture.
        path: The predicted class of each level, coarsest first.
        depth: How many classes of the path are sure: the first `depth` of them. 0 where nothing is; all of
            them where nothing was demanded.
        alternatives: The most probable paths, the likeliest first; empty unless wanted, and without a tree.
        threshold: The least certainty of a class that is sure; None where nothing was demanded.

    Example:
        >>> path = (Node("kind", "pet", 0.9), Node("species", "cat", 0.6))
        >>> Prediction("1.jpg", path, depth=1, threshold=0.8)
        Prediction('1.jpg': pet 90%, perhaps cat 60%)
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
    def perhaps(self) -> Path:
        """The rest of the path; empty where all of it is sure."""
        return self.path[self.depth :]

    @property
    def reason(self) -> str | None:
        """Why the answer stops where it does, in a sentence; None where all of its path is sure.

        Example:
            >>> nodes = Node("kind", "Apple", 0.97, 0.96), Node("variety", "Gala", 0.55, 0.4)
            >>> Prediction("a.jpg", nodes, 1, threshold=0.9).reason
            'Gala (variety) is 55.0 % probable: its certainty of 0.400 is below 0.900.'
        """
        if self.threshold is None or not self.perhaps:
            return None
        node = self.perhaps[0]
        if node.certainty is None:
            return None
        certainty, threshold = _distinct(node.certainty, self.threshold)
        return (
            f"{node.name} ({node.level}) is {node.prob * 100:.1f} % probable: its certainty of "
            f"{certainty} is below {threshold}."
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain data, in which `name_as_json` writes the name."""
        content: dict[str, Any] = {
            **name_as_json(self.name),
            "path": _as_dicts(self.path),
            "depth": self.depth,
        }
        if self.threshold is not None:
            content |= {"threshold": self.threshold, "reason": self.reason}
        if self.alternatives:
            content["alternatives"] = [_as_dicts(path) for path in self.alternatives]
        return content

    def __repr__(self) -> str:
        perhaps = joined(self.perhaps)
        answer = joined(self.sure) or "not sure"
        return f"Prediction({self.name!r}: {answer}{', perhaps ' if perhaps else ''}{perhaps})"

    def _repr_html_(self) -> str:
        rows = [
            [Cell(node.level, is_quiet=True), Cell(node.name, f"{node.prob:.0%}", is_quiet=i >= self.depth)]
            for i, node in enumerate(self.path)
        ]
        picture = [Cell("picture", is_quiet=True), Cell(self.name)]
        return html_table([], [picture, *rows], on_threshold(self.threshold))


def on_threshold(threshold: float | None) -> list[str]:
    """A line for people who read a table in which some classes are not sure, and grey for it."""
    if not threshold:
        return []
    return [f"Sure, down to a certainty of {threshold:.3f}; perhaps, what is grey."]


def percent(share: float) -> str:
    """A share with as many digits as tell it from all.

    Example:
        >>> percent(0.853), percent(0.99968), percent(1)
        ('85.3%', '99.97%', '100.0%')
    """
    texts = [f"{share:.{digits}%}" for digits in (1, 2, 3, 4)]
    return next((text for text in texts if share >= 1 or not text.startswith("100")), texts[-1])


def without_stand_ins(path: Path) -> Path:
    """A path in which a class that ends early stands once."""
    return tuple(node for node in path if not node.is_stand_in)


def joined(path: Path) -> str:
    """A path in one line, the coarsest class first."""
    return " > ".join(map(str, without_stand_ins(path)))


def _as_dicts(path: Path) -> list[dict[str, Any]]:
    return [
        {"level": node.level, "class": node.name, "prob": node.prob}
        | ({} if node.certainty is None else {"certainty": node.certainty})
        for node in path
    ]


def _distinct(low: float, high: float) -> tuple[str, str]:
    """Two different numbers with as many decimals as they need to look different, and three at least."""
    for decimals in range(3, 17):
        texts = f"{low:.{decimals}f}", f"{high:.{decimals}f}"
        if texts[0] != texts[1]:
            return texts
    return str(low), str(high)
