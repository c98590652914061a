"""`python -m benchmarks.adapting --data-dir DIR`: ten classes come to CIFAR-100; train on, or begin again?

Every tenth fine class is missing at first. A network learns the other 90, and then all 100 for a part of
the epochs; beside it stand networks that learn all 100 from the beginning, for as long (equal cost)
and for all epochs (full cost). Everything resumes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Annotated

import numpy as np
import typer

from benchmarks.command import run_main
from taskgraft.adaptation import Kept, adapt, compare_on_old_classes
from taskgraft.correspondence import correspond
from taskgraft.data import Dataset
from taskgraft.data.sources import from_arrays, load
from taskgraft.errors import TaskgraftError
from taskgraft.execution import compare
from taskgraft.inference import read_model
from taskgraft.models import model_file
from taskgraft.printing import note, say_json
from taskgraft.recipe import recipe
from taskgraft.study import Study

RECIPE, EVERY = "fast", 10
_ARCHITECTURE = "shared"


@dataclass(frozen=True)
class Way:
    """One way to a model of all classes.

    Attributes:
        name: What the table calls it.
        study: Its runs.
        kept: Its accuracy on old and new classes, beside the older model's.
    """

    name: str
    study: Study
    kept: Kept

    @property
    def pflop(self) -> float:
        """What training one of its runs took, in 1e15 operations."""
        return fmean(run.cost.train_pflop for run in self.study.runs)

    def figures(self) -> dict[str, object]:
        """As plain values, accuracies in per cent with their intervals."""
        kept = {name: getattr(self.kept, name) for name in ("newer", "difference", "on_new")}
        return {"pflop": self.pflop, **{name: _percent(intervals) for name, intervals in kept.items()}}


def _percent(intervals: Mapping[str, object]) -> dict[str, list[float]]:
    return {
        level: [round(100 * getattr(each, end), 2) for end in ("estimate", "low", "high")]
        for level, each in intervals.items()
    }


def without_some(data: Dataset, every: int) -> Dataset:
    """The data without every so manieth class of the finest level; splits stay as they are."""
    stays = np.flatnonzero(data.labels[:, -1] % every != 0)
    masks = {split: np.isin(stays, data.indices[split]) for split in data.indices}
    columns = {
        level.name: [level.classes[label] for label in data.labels[stays, i]]
        for i, level in enumerate(data.taxonomy.levels)
    }
    return from_arrays(data.images[stays], columns, test=masks["test"], val=masks["val"], source="90 classes")


def ways(data: Dataset, out: Path, full: float, part: float, seeds: int) -> Iterator[Way]:
    """Trains what is not yet trained, and yields each way."""
    full_cost = recipe(RECIPE, {"epochs": full})
    short = recipe(RECIPE, {"epochs": part})
    compare(without_some(data, EVERY), [_ARCHITECTURE], full_cost, seeds=1, out=out / "older", num_threads=1)
    start = model_file(out / "older", variant=_ARCHITECTURE)
    older = read_model(start)
    correspondence = correspond(older.taxonomy, data.taxonomy)
    went_on = adapt(start, data, recipe=short, seeds=seeds, out=out / "adapted", num_threads=1)
    yield Way("adapted", went_on.study, went_on.kept)
    for name, chosen in {"from scratch, equal cost": short, "from scratch, full cost": full_cost}.items():
        directory = out / name.replace(", ", "-").replace(" ", "-")
        study = compare(data, [_ARCHITECTURE], chosen, seeds=seeds, out=directory, num_threads=1)
        yield Way(name, study, compare_on_old_classes(older, study, data, correspondence))


def main(
    data_dir: Annotated[Path, typer.Option(help="Where CIFAR-100 is.")],
    out: Annotated[Path, typer.Option(help="Where the studies go.")] = Path("adapting"),
    full: Annotated[float, typer.Option(help="Epochs of the older model, and at full cost.")] = 4,
    part: Annotated[float, typer.Option(help="Epochs of going on, and at equal cost.")] = 1,
    seeds: Annotated[int, typer.Option(help="Runs of each way.")] = 2,
) -> None:
    """Measure what going on from a trained model gives when classes come."""
    try:
        figures = {}
        for way in ways(load("cifar100", data_dir=data_dir), out, full, part, seeds):
            note(f"{way.name}: {way.pflop:.3f} PFLOP a run")
            figures[way.name] = way.figures()
            older = _percent(way.kept.older)
        say_json({"older": older, **figures})
    except TaskgraftError as error:
        note(f"benchmarks: {error}")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    run_main(main)
