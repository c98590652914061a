"""The learning curves of a study: what its runs noted of each epoch, and the mean over seeds."""

from __future__ import annotations

from collections.abc import Callable

from taskgraft.history import Epoch
from taskgraft.report.charts import Curve, Panel, looks
from taskgraft.study import Study, read_history, run_directory

Histories = dict[str, list[list[Epoch]]]


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
    loss = panel("Training loss", "weighted cross-entropy, nats", lambda row: row.train_loss)
    return [*panels, loss, *_weight_panels(study, histories)]


def _weight_panels(study: Study, histories: Histories) -> list[Panel]:
    """What balancers multiplied each level's loss by; none where no variant's balancer chooses weights."""
    look = looks(study.record.request.variants)
    panels = []
    for level in study.record.request.levels:
        curves = {
            name: [[(row.epoch, _of(row)[level]) for row in run if level in _of(row)] for run in runs]
            for name, runs in histories.items()
        }
        drawn = tuple(
            Curve(name, look[name], tuple(map(tuple, runs))) for name, runs in curves.items() if all(runs)
        )
        if drawn:
            panels.append(Panel(f"Weight of the loss: {level}", "weight", drawn))
    return panels


def _of(row: Epoch) -> dict[str, float]:
    return row.level_weights or {}


def _histories(study: Study) -> Histories:
    """The histories of each variant's finished seeds."""
    histories: Histories = {}
    for run in study.runs:
        directory = run_directory(study.directory, run.variant, run.seed)
        history = read_history(directory, study.record.request.levels)
        histories.setdefault(run.variant, []).append(history)
    return histories
