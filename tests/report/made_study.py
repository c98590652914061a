"""A study made from nothing but records, with curves that look like training, and everything told of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from hand_made import gallery_of, verdict_of
from parsed_page import Page

import imagined
from taskgraft.architecture import Architecture, catalogue
from taskgraft.file_writing import write_text
from taskgraft.history import Epoch
from taskgraft.recipe import Variant, recipe
from taskgraft.report.page._gallery import Gallery
from taskgraft.report.page._html import write_page
from taskgraft.study import (
    HISTORY,
    DataRecord,
    Request,
    RunRecord,
    Study,
    StudyRecord,
    run_directory,
)
from taskgraft.taxonomy import Taxonomy
from taskgraft.verdict import Verdict

TWIN = "shared@independent-macs"

ENVIRONMENT = imagined.ENVIRONMENT.model_copy(
    update={
        "versions": {"python": "3.11.9", "taskgraft": "0.1.0", "torch": "2.6.0"},
        "platform": "Linux x86_64",
        "processor": "Imagined CPU 9000",
        "num_threads": 2,
    }
)
DATA = DataRecord(
    source="shapes",
    split="drawn from seed 0",
    is_official=True,
    options={"seed": 0},
    num_images={"train": 900, "val": 100, "test": 200},
    image_shape=(3, 32, 32),
    digest="0123456789abcdef" * 4,
)


@dataclass(frozen=True)
class Told:
    """Everything a report is made from."""

    study: Study
    verdict: Verdict
    gallery: Gallery | None

    def write(self) -> Path:
        """Writes the report."""
        return write_page(self.study, self.verdict, self.gallery)

    def page(self) -> Page:
        """The report, written and parsed."""
        return Page(self.write().read_text(encoding="utf-8"))

    def but(self, **changes: Any) -> Told:
        """The same with another verdict."""
        return replace(self, verdict=replace(self.verdict, **changes))


def told(
    directory: Path,
    *,
    levels: Sequence[str] = ("coarse", "fine"),
    taxonomy: Taxonomy | None = None,
    architectures: Sequence[Architecture] | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    missing: Sequence[tuple[str, int]] = (),
    command: str = "taskgraft compare --data shapes",
    epochs: Callable[[str, int], Sequence[float]] = lambda name, seed: (1.0, 2.0, 3.0),
    data: DataRecord = DATA,
    has_gallery: bool = True,
    has_inference: bool = True,
) -> Told:
    """A study with its verdict: by default the six architectures and a twin, three seeds of two levels.

    Args:
        directory: Where the study is written.
        levels: Level i has 2^(i + 1) classes.
        taxonomy: In place of the levels.
        architectures: In place of the seven.
        seeds: Of every architecture.
        missing: Runs that are left out.
        command: As in the record.
        epochs: The epochs of a run's history.
        data: As in the record.
        has_gallery: Whether the images are at hand.
        has_inference: Whether latencies were measured.
    """
    taxonomy = taxonomy or _taxonomy(levels)
    levels = taxonomy.level_names
    chosen = tuple(seven(levels) if architectures is None else architectures)
    request = Request(
        data=data,
        taxonomy=taxonomy.to_dict(),
        variants=tuple(Variant(each.name, each, recipe("quick")) for each in chosen),
        seeds=tuple(seeds),
        device="cpu",
        precision="f32",
        numerics=1,
        cpu_capability="AVX512",
    )
    record = StudyRecord(
        request=request, command=command, created="2025-11-24T09:30:00+00:00", environment=ENVIRONMENT
    )
    finished = [(a.name, s) for a in chosen for s in seeds if (a.name, s) not in missing]
    for number, (name, seed) in enumerate(finished):
        history = _history(levels, epochs(name, seed), 0.02 * ("shared" in name), number)
        lines = "".join(row.model_dump_json() + "\n" for row in history)
        write_text(run_directory(directory, name, seed) / HISTORY, lines)
    study = Study(directory, record, tuple(_run(*one) for one in finished), tuple(missing))
    ran = [a for a in chosen if any(name == a.name for name, _ in finished)]
    return Told(
        study,
        verdict_of(ran, taxonomy, len(seeds), has_inference),
        gallery_of(taxonomy, [a.name for a in ran]) if has_gallery else None,
    )


def seven(levels: Sequence[str]) -> list[Architecture]:
    """The whole catalogue, and a twin as costly as the control."""
    known = list(catalogue(levels).values())
    if len(levels) == 1:
        return known
    return [*known, replace(known[1], name=TWIN, width_ratio=1.41)]


def _taxonomy(levels: Sequence[str]) -> Taxonomy:
    """Level i with 2^(i + 1) classes, two under each of the level above."""
    last = len(levels) - 1
    leaves = range(2 ** (last + 1))
    return Taxonomy.from_names(
        levels, [tuple(f"class {leaf >> (last - i)}" for i in range(last + 1)) for leaf in leaves]
    )


def _run(variant: str, seed: int) -> RunRecord:
    """A record with what a page reads of it."""
    finished = datetime(2025, 11, 24, 10, seed, tzinfo=UTC).isoformat(timespec="seconds")
    return RunRecord.model_construct(variant=variant, seed=seed, environment=ENVIRONMENT, finished=finished)


def _history(levels: Sequence[str], epochs: Sequence[float], gain: float, seed: int) -> list[Epoch]:
    rng = np.random.default_rng(seed)

    def row(epoch: float) -> Epoch:
        learnt = 1 - np.exp(-epoch / 2.5)
        top = {level: 0.75 + gain - 0.12 * i for i, level in enumerate(levels)}
        accuracies = {k: float(np.clip(v * learnt + rng.normal(0, 0.012), 0, 1)) for k, v in top.items()}
        losses = {level: 2.5 - 1.6 * float(learnt) + float(rng.normal(0, 0.03)) for level in levels}
        return Epoch(
            epoch=epoch,
            step=int(epoch * 7) + 1,
            seconds=4.1 * epoch,
            learning_rate=0.1,
            train_loss=sum(losses.values()),
            train_losses=losses,
            val_losses=losses,
            val_accuracies=accuracies,
        )

    return [row(epoch) for epoch in epochs]
