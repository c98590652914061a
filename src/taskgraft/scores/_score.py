"""A score as a record: its name, what it means, in what unit, and how it is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from taskgraft.scores._images import LevelImages, PathImages
from taskgraft.scores._measurement import Measurement

Unit = Literal["%", "nats", ""]


@dataclass(frozen=True)
class Score:
    """How a score is shown.

    Attributes:
        name: Its name, such as `accuracy`; a subject may follow after a dot, as in `accuracy.fine`.
        label: A few words for the heading of a table; `{}` stands for the subject.
        meaning: What it says, in one sentence or two.
        unit: `%` for shares, which are shown in per cent, `nats`, or nothing.
        is_higher_better: Whether more is better.
    """

    name: str
    label: str
    meaning: str
    unit: Unit
    is_higher_better: bool

    @property
    def has_subject(self) -> bool:
        """Whether it is of something: a level, or a pair of levels."""
        return "{}" in self.label

    @property
    def kind_label(self) -> str:
        """The label of the kind of score, whatever its subject."""
        return " ".join(self.label.replace("{}", "").split()) or self.name

    def label_of(self, subject: str) -> str:
        """The label of the score of one subject."""
        # Not by `format`: a level's name may hold braces.
        return self.label.replace("{}", subject)


@dataclass(frozen=True)
class LevelScore(Score):
    """A score of each level by itself, over the images that have a label there.

    Attributes:
        measure: From the labelled images of a level to the score; None where the level has none.
    """

    measure: Callable[[LevelImages], Measurement | None]


@dataclass(frozen=True)
class PathScore(Score):
    """A score across levels, of studies of two levels or more.

    Attributes:
        measure: From all images to the score of each subject; the subject is empty where there is one score
            only. A score that no label allows is left out.
        needs_tree: Whether it is left out where the levels form no tree.
    """

    measure: Callable[[PathImages], Iterable[tuple[str, Measurement]]]
    needs_tree: bool = True


@dataclass(frozen=True)
class PairScore(PathScore):
    """A score of each pair of neighbouring levels; its subjects are `coarser>finer`."""

    def label_of(self, subject: str) -> str:
        """The two levels in words; names that hold a `>` themselves cannot be told apart again."""
        coarser, _, finer = subject.partition(">")
        if subject.count(">") == 1:
            return super().label_of(f"{finer} in {coarser}")
        return f"{self.name} of {subject}"
