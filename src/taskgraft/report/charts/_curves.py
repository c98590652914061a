"""What a chart of learning curves shows."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from taskgraft.report.charts._look import Look

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Curve:
    """One variant's values against epochs.

    Attributes:
        name: The variant's name.
        look: How it is drawn.
        seeds: (epoch, value) of each seed; lengths differ where training stopped early.
    """

    name: str
    look: Look
    seeds: tuple[Points, ...]

    @property
    def mean(self) -> Points:
        """Mean over seeds, at the epochs that every seed has."""
        by_epoch = [dict(points) for points in self.seeds]
        shared = [epoch for epoch, _ in self.seeds[0] if all(epoch in values for values in by_epoch)]
        return tuple((epoch, fmean(values[epoch] for values in by_epoch)) for epoch in shared)


@dataclass(frozen=True)
class Panel:
    """The curves of one quantity.

    Attributes:
        title: What is shown.
        label: The quantity with its unit.
        curves: One for each variant with finished runs.
        along: What lies along the horizontal axis.
        at: A place on it, as in "epoch 3".
    """

    title: str
    label: str
    curves: tuple[Curve, ...]
    along: str = "epochs trained"
    at: str = "epoch"
