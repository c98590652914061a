"""The learning curves of a study: what its runs noted of each epoch, and the mean over seeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean

from taskgraft.history import Epoch
from taskgraft.report._look import Look, looks
from taskgraft.study import Study, read_history, run_directory

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
    """

    title: str
    label: str
    curves: tuple[Curve, ...]


def learning_panels(study: Study) -> list[Panel]:
    """Validation accuracy of each level that has one, then the training loss; one curve a variant."""
    histories = _histories(study)
    rows = [row for runs in histories.values() for run in runs for row in run]
    look = looks(study.record.request.variants)

    def panel(title: str, label: str, value: Callable[[Epoch], float]) -> Panel:
        curves = (
            Curve(name, look[name], tuple(tuple((row.epoch, value(row)) for row in run) for run in runs))
            for name, runs in histories.items()
        )
        return Panel(title, label, tuple(curves))

    panels = [
        panel(
            f"Validation accuracy: {level}",
            "accuracy, %",
            lambda row, level=level: 100 * row.val_accuracies[level],  # type: ignore[misc]
        )
        for level in study.record.request.levels
        if all(level in row.val_accuracies for row in rows)
    ]
    return [*panels, panel("Training loss", "weighted cross-entropy, nats", lambda row: row.train_loss)]


def _histories(study: Study) -> dict[str, list[list[Epoch]]]:
    """The histories of each variant's finished seeds."""
    histories: dict[str, list[list[Epoch]]] = {}
    for run in study.runs:
        directory = run_directory(study.directory, run.variant, run.seed)
        history = read_history(directory, study.record.request.levels)
        histories.setdefault(run.variant, []).append(history)
    return histories
