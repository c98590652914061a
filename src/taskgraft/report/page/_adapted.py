"""A study that went on from an older model: what became of its classes, and whether they suffered."""

from __future__ import annotations

from dataclasses import dataclass

from taskgraft.report._adapted import class_changes, new_classes, old_class_rows, old_classes_title
from taskgraft.report.page._tables import Cell, Column, Row, Table
from taskgraft.study import Study


@dataclass(frozen=True)
class AdaptedModel:
    """What the section shows.

    Attributes:
        older_model: Path of the older model's file.
        changes: What became of classes, a sentence for each kind of change.
        table: The older model and the newer one on old classes; None without a test image of one.
        on_new: What the newer model scores on new classes, a sentence.
    """

    older_model: str
    changes: tuple[str, ...]
    table: Table | None
    on_new: str


def adapted(study: Study) -> AdaptedModel | None:
    """The section; None for a study that began from no model."""
    record = study.adaptation()
    if record is None:
        return None
    titles = ("before", "after", "difference, points")
    columns = (Column("level", is_text=True), *(Column(title, is_text=True) for title in titles))
    rows = tuple(Row(name, tuple(map(Cell, cells))) for name, *cells in old_class_rows(record))
    return AdaptedModel(
        record.older_model,
        tuple(class_changes(record.added, record.retired, record.renamed)),
        Table("adapted-table", old_classes_title(record), columns, rows) if rows else None,
        new_classes(record),
    )
