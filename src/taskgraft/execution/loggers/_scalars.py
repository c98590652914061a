"""The numbers of a run by the names that they have in a log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from taskgraft.history import Epoch
from taskgraft.study import RunRecord


@dataclass(frozen=True)
class Scalar:
    """A number of a run at a step.

    Attributes:
        name: What it is.
        level: Of which level; empty for none.
        value: It.
    """

    name: str
    level: str
    value: float


def of_epoch(row: Epoch) -> Iterator[Scalar]:
    """Losses, scores and rates of an epoch, those of each level included.

    Example:
        >>> row = Epoch(epoch=1, step=5, seconds=2, learning_rate=0.1, train_loss=3, train_losses={"kind": 3},
        ...     val_losses={"kind": 2}, val_accuracies={"kind": 0.5})
        >>> [(each.name, each.level, each.value) for each in of_epoch(row)][:4]
        [('epoch', '', 1.0), ('seconds', '', 2.0), ('learning_rate', '', 0.1), ('train_loss', '', 3.0)]
    """
    for name in ("epoch", "seconds", "learning_rate", "train_loss"):
        yield Scalar(name, "", getattr(row, name))
    by_level = {
        "train_loss": row.train_losses,
        "val_loss": row.val_losses,
        "val_accuracy": row.val_accuracies,
        "level_weight": row.level_weights or {},
    }
    if row.gradient_ratio is not None:
        yield Scalar("gradient_ratio", "", row.gradient_ratio)
    for name, values in by_level.items():
        for level, value in values.items():
            yield Scalar(name, level, value)


def of_record(record: RunRecord) -> Iterator[Scalar]:
    """Every score of a finished run, on test and on val, and what it cost.

    The accuracies on val are those of its last epoch, and not among them.
    """
    for split, scores in (("test", record.scores), ("val", record.val_scores)):
        for score, value in scores.items():
            name, _, level = score.partition(".")
            if (split, name) != ("val", "accuracy"):
                yield Scalar(f"{split}_{name}", level, value)
    for name in ("num_parameters", "macs", "train_pflop", "train_seconds", "peak_memory_bytes"):
        yield Scalar(name, "", float(getattr(record.cost, name)))
