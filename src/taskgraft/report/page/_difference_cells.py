"""A difference in a table: its size, its interval and whether it holds."""

from __future__ import annotations

from typing import Protocol

from taskgraft.report._score_text import difference_text, span_text
from taskgraft.report._units import p_value
from taskgraft.report.page._tables import Cell, Column
from taskgraft.statistics import Interval


class Difference(Protocol):
    """A difference in one score, with its p after Holm's correction and whether it may be claimed."""

    @property
    def score(self) -> str:
        """Name of the score."""

    @property
    def interval(self) -> Interval:
        """Of the difference."""

    @property
    def adjusted_p(self) -> float | None:
        """After the correction; None for one seed."""

    @property
    def is_detected(self) -> bool:
        """Whether it may be claimed."""


def difference_columns(title: str, covers: str = "") -> tuple[Column, ...]:
    """Headings of `difference_cells`.

    Args:
        title: Of the size, with its unit.
        covers: What else there is to say of the interval.
    """
    interval = f"95 % interval, {covers}" if covers else "95 % interval"
    return Column(title), Column(interval, is_text=True), Column("p, Holm")


def difference_cells(one: Difference) -> tuple[Cell, ...]:
    """Size, interval and p; bold is what may be claimed."""
    return (
        Cell(
            difference_text(one.score, one.interval.estimate),
            one.interval.estimate,
            is_strong=one.is_detected,
        ),
        Cell(span_text(one.score, one.interval), one.interval.low),
        Cell(p_value(one.adjusted_p), one.adjusted_p),
    )
