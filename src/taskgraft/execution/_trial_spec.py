"""What makes a run a trial of a search: judged on val alone, and cut short where it is behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from taskgraft.history import Epoch

LENGTH_RATIO = 0.5
"""Length of a trial, as a share of a run's: the shape of its schedule stays."""


@dataclass(frozen=True)
class TrialSpec:
    """A trial, beside what its run is made from.

    Attributes:
        search: SHA-256 of what the search is.
        values: Of the keys that are searched.
        score: What it is judged by on val once it is over.
        whole_pflop: What it takes if it is not cut short, in 1e15 operations.
        least: By epoch, as text, the accuracy of the finest level on val below which it is cut short.
    """

    search: str
    values: tuple[tuple[str, float], ...]
    score: str
    whole_pflop: float
    least: tuple[tuple[str, float], ...] = ()

    def is_behind(self, curve: Mapping[str, float]) -> bool:
        """Whether a trial with this curve so far is cut short.

        Example:
            >>> spec = TrialSpec("", (), "accuracy.fine", 1.0, least=(("2", 0.5),))
            >>> spec.is_behind({"1": 0.1}), spec.is_behind({"1": 0.1, "2": 0.4})
            (False, True)
        """
        epoch = next(reversed([*curve]), "")
        return curve.get(epoch, 0.0) < dict(self.least).get(epoch, 0.0)


def point(row: Epoch) -> tuple[str, float]:
    """An epoch of a curve: which, as text, and the accuracy of the finest level that is known on val."""
    return f"{row.epoch:g}", next(reversed(row.val_accuracies.values()), 0.0)
