"""The primary score with and without the test images that are in train or val, too."""

from __future__ import annotations

from taskgraft.report._score_text import difference_text, difference_unit, label, shown, with_unit
from taskgraft.report.page._tables import Cell, Column, Row, Table
from taskgraft.verdict import Verdict


def copies_table(verdict: Verdict) -> Table | None:
    """A row a variant; None where no copies are on record."""
    copies = verdict.copies
    if copies is None:
        return None
    score = copies.score
    columns = (
        Column(verdict.noun, is_text=True),
        Column(label(score)),
        Column(f"without the copies: {label(score)}"),
        Column(with_unit("difference", difference_unit(score))),
    )
    rows = tuple(
        Row(
            name,
            (
                Cell(shown(score, copies.with_copies[name]), copies.with_copies[name]),
                Cell(shown(score, without), without),
                Cell(difference_text(score, copies.with_copies[name] - without)),
            ),
        )
        for name, without in copies.without_copies.items()
    )
    caption = f"With and without {copies.num_images:,} copies, each level decoded by itself; means over seeds"
    return Table("copies", caption, columns, rows)
