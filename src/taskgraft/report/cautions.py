"""What a reader has to know before trusting the figures of a study."""

from __future__ import annotations

from collections.abc import Iterator

from taskgraft.architecture.catalogue import CONTROL
from taskgraft.report.units import count
from taskgraft.study.environment import Environment
from taskgraft.study.study import Study

# With n pairs of runs no exact two-sided test gives a p below 2 / 2^n: 0.06 for five, 0.03 for six.
_ENOUGH_SEEDS = 6


def cautions(study: Study) -> list[str]:
    """One or two sentences for each thing to be careful about; empty when there is none."""
    parts = (_about_data, _about_seeds, _about_control, _about_missing, _about_machines)
    return [caution for part in parts for caution in part(study)]


def _about_data(study: Study) -> Iterator[str]:
    data = study.record.request.data
    if not data.is_official:
        yield (
            f"Unofficial split: {data.source}, {data.split}. "
            "These scores cannot be set beside published ones."
        )


def _about_seeds(study: Study) -> Iterator[str]:
    request = study.record.request
    num_seeds = len(request.seeds)
    if num_seeds == 1:
        yield (
            "One seed: how much the scores vary from seed to seed is unknown, and no interval can cover it."
        )
    elif num_seeds < _ENOUGH_SEEDS and len(request.architectures) > 1:
        yield (
            f"Only {num_seeds} seeds: an exact paired test over seeds could not reach a p below "
            f"{2 / 2**num_seeds:.2g} ({_ENOUGH_SEEDS} seeds are needed for 0.05). The intervals rest on a "
            "t distribution of the seeds' differences."
        )


def _about_control(study: Study) -> Iterator[str]:
    names = {architecture.name for architecture in study.record.request.architectures}
    if len(names) > 1 and CONTROL not in names:
        yield f"The study does not hold the control, {CONTROL}: no differences are reported."


def _about_missing(study: Study) -> Iterator[str]:
    if study.missing:
        names = ", ".join(f"{name}-seed{seed}" for name, seed in study.missing)
        total = count(len(study.missing) + len(study.runs), "run")
        yield (
            f"{len(study.missing)} of {total} not finished: {names}. Every figure rests on the finished "
            "runs only; the command below does the missing ones."
        )


def _about_machines(study: Study) -> Iterator[str]:
    environments = [run.environment for run in study.runs]
    first = environments[0]
    changed = [
        name.replace("_", " ")
        for name in Environment.model_fields
        if any(getattr(other, name) != getattr(first, name) for other in environments)
    ]
    if changed:
        yield f"The runs differ in {', '.join(changed)}: seconds and memory are not comparable between them."
