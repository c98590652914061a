"""`python -m benchmarks.scale`: what scoring a run takes as classes and images grow.

Each figure is taken in a separate process, in CPU seconds, with the most memory that the process had. A run
is scored twice: where it was trained, and where the verdict reads it.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.command import run_main
from benchmarks.wide_trees import Made, made_images, made_logits, wide_tree
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.inference import fit_use
from taskgraft.printing import say, say_json
from taskgraft.scores import score
from taskgraft.statistics import image_weights
from taskgraft.taxonomy import Taxonomy
from taskgraft.verdict import conclude
from taskgraft.verdict._run_reading import read_run

_VAL_SHARE = 0.2
_NUM_DRAWS = 1000


@dataclass(frozen=True)
class Taken:
    """What one piece of work took.

    Attributes:
        work: Which.
        classes: Leaves of the tree of seven levels.
        images: Test images; a fifth as many were for validation.
        cpu_seconds: Of the work alone, without making its data.
        gigabytes: The most memory of its process, the logits included.
    """

    work: str
    classes: int
    images: int
    cpu_seconds: float
    gigabytes: float


def score_after_training(taxonomy: Taxonomy, val: Made, test: Made) -> None:
    """What a run does once it has predicted: every score of two splits, and how its model is used."""
    for split in (val, test):
        score(split.logits, split.targets, taxonomy)
    fit_use(val.logits, val.targets, taxonomy)


def read_for_verdict(taxonomy: Taxonomy, val: Made, test: Made) -> None:
    """What a verdict does with the predictions of a run."""
    none = np.zeros(0, dtype=np.int64)
    weights = {
        name: image_weights(len(split.targets), _NUM_DRAWS) for name, split in (("val", val), ("test", test))
    }
    of_val, of_test = ((split.logits, split.targets) for split in (val, test))
    read_run("a run", of_val, of_test, taxonomy, weights, none, none)


WORKS: dict[str, Callable[[Taxonomy, Made, Made], None]] = {
    "scored after training": score_after_training,
    "read for the verdict": read_for_verdict,
}


def measure(work: str, classes: int, images: int) -> Taken:
    """Does one of `WORKS` on made logits, in this process."""
    taxonomy = wide_tree(classes)
    val, test = made_logits(taxonomy, round(_VAL_SHARE * images), 1), made_logits(taxonomy, images, 2)
    began = time.process_time()
    WORKS[work](taxonomy, val, test)
    return Taken(work, classes, images, time.process_time() - began, _peak_gigabytes())


def measure_study(classes: int, images: int) -> Taken:
    """A study of one short run on made images, and its verdict."""
    taxonomy = wide_tree(classes)
    num_images = {"train": max(2_000, classes), "val": round(_VAL_SHARE * images), "test": images}
    data = made_images(taxonomy, num_images)
    began = time.process_time()
    with tempfile.TemporaryDirectory() as out:
        study = compare(
            data, "shared", "quick", epochs=1, num_threads=1, out=Path(out) / "study", listener=silent
        )
        conclude(study)
    return Taken("a study of one run", classes, images, time.process_time() - began, _peak_gigabytes())


def _peak_gigabytes() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def taken(classes: int, images: int, *, with_study: bool) -> Iterator[Taken]:
    """Everything, each in a separate process."""
    context = multiprocessing.get_context("spawn")
    for work in WORKS:
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            yield pool.submit(measure, work, classes, images).result()
    if with_study:
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            yield pool.submit(measure_study, classes, images).result()


def main(
    classes: Annotated[list[int] | None, typer.Option(help="Leaves of the tree; several times.")] = None,
    images: Annotated[list[int] | None, typer.Option(help="Test images; several times.")] = None,
    study: Annotated[bool, typer.Option("--study", help="Train and judge a study of one run, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Scores made runs, and prints CPU seconds and peak memory."""
    rows = []
    if not as_json:
        say("work                    classes   images   CPU seconds    GB")
    for num_classes in classes or [1_000, 3_000, 10_000]:
        for num_images in images or [10_000]:
            for row in taken(num_classes, num_images, with_study=study):
                rows.append(row)
                if not as_json:
                    say(
                        f"{row.work:22}  {row.classes:>7,}  {row.images:>7,}  "
                        f"{row.cpu_seconds:>12.1f}  {row.gigabytes:>4.2f}"
                    )
    if as_json:
        say_json([asdict(row) for row in rows])


if __name__ == "__main__":
    run_main(main)
