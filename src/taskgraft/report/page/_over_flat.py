"""Every variant against the flat one, which predicts the finest level alone."""

from __future__ import annotations

from taskgraft.report._score_text import difference_unit, with_unit
from taskgraft.report.page._difference_cells import difference_cells, difference_columns
from taskgraft.report.page._tables import Cell, Column, Row, Table
from taskgraft.scores import about
from taskgraft.verdict import OverFlat, Verdict


def over_flat(verdict: Verdict) -> Table | None:
    """A row a variant and score, the primary score first; None without a flat variant."""
    if not verdict.over_flat:
        return None
    columns = (
        Column(f"{verdict.noun} less the flat one", is_text=True),
        Column("in", is_text=True),
        Column("decodings", is_text=True),
        *difference_columns("difference"),
        Column("times the MACs"),
    )
    return Table("over-flat", "Against the flat classifier", columns, tuple(map(_row, verdict.over_flat)))


def _row(row: OverFlat) -> Row:
    return Row(
        f"{row.first} − {row.second}",
        (
            Cell(with_unit(about(row.score).label, difference_unit(row.score))),
            Cell(" and ".join(dict.fromkeys(row.decodings))),
            *difference_cells(row),
            Cell(f"{row.macs_ratio:.2f}", row.macs_ratio),
        ),
    )
