"""A study made from nothing but records, with scores and curves that look like training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from taskgraft.architecture.catalogue import catalogue
from taskgraft.architecture.spec import Architecture
from taskgraft.evaluation.scores import Scores, score
from taskgraft.report.html import write_report
from taskgraft.study.environment import Environment
from taskgraft.study.files import (
    HISTORY,
    PREDICTIONS,
    RESULT,
    STUDY,
    WEIGHTS,
    digest,
    write_arrays,
    write_text,
)
from taskgraft.study.records import DataRecord, Request, RunCost, RunRecord, StudyRecord
from taskgraft.study.run import run_directory
from taskgraft.study.study import Study
from taskgraft.taxonomy import Taxonomy
from taskgraft.training.history import Epoch
from taskgraft.training.recipes import recipe

MakeStudy = Callable[..., Study]
VOID = {"br", "hr", "img", "input", "link", "meta"}

ENVIRONMENT = Environment(
    versions={"python": "3.11.9", "taskgraft": "0.1.0", "torch": "2.6.0"},
    platform="Linux x86_64",
    processor="Imagined CPU 9000",
    num_cores=2,
    device="cpu",
    precision="f32",
    channels_last=False,
    num_threads=2,
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


@pytest.fixture
def make_study(tmp_path: Path) -> MakeStudy:
    """Writes a study directory and opens it; every argument has a default."""

    def make(**asked: Any) -> Study:
        return write_study(tmp_path / "study", **asked)

    return make


class Page(HTMLParser):
    """A parsed page: its text, its elements, and a complaint for every tag that does not balance.

    Attributes:
        text: Everything between tags but styles, white space folded.
        elements: (tag, attributes) in order.
        complaints: Empty for a well-formed page.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.complaints: list[str] = []
        self._open: list[str] = []
        self._words: list[str] = []
        self.feed(html)
        self.close()
        self.complaints += [f"<{tag}> is not closed" for tag in self._open]
        self.text = " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.complaints.append(f"</{tag}> at {self.getpos()} closes something else")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self._words.append(data)

    def values(self, attribute: str) -> list[str]:
        """Every value of an attribute, in order."""
        return [attrs[attribute] for _, attrs in self.elements if attribute in attrs]

    def all(self, tag: str) -> list[dict[str, str]]:
        """Attributes of every element of a tag, in order."""
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture
def page_of() -> Callable[[Study], Page]:
    """Writes a study's report and parses it."""
    return lambda study: Page(write_report(study).read_text(encoding="utf-8"))


def write_study(
    directory: Path, *, levels: Sequence[str] = ("coarse", "fine"),
    architectures: Sequence[Architecture] | None = None, seeds: Sequence[int] = (0, 1, 2),
    missing: Sequence[tuple[str, int]] = (),
    epochs: Callable[[str, int], Sequence[float]] = lambda name, seed: (1.0, 2.0, 3.0),
    gains: dict[str, float] | None = None, command: str = "taskgraft compare --data shapes",
    data: DataRecord = DATA, environment: Callable[[str, int], Environment] = lambda name, seed: ENVIRONMENT,
) -> Study:  # fmt: skip
    """Writes a study whose runs get about half of the test images right.

    Args:
        directory: Where to.
        levels: Level i has 2^(i + 1) classes.
        architectures: The whole catalogue unless given.
        seeds: Of every architecture.
        missing: Runs that are left out.
        epochs: The epochs of a run's history.
        gains: What an architecture adds to the share of images it gets right.
        command: As in the record.
        data: As in the record.
        environment: Of each run.
    """
    taxonomy = _taxonomy(levels)
    chosen = tuple(catalogue(levels).values() if architectures is None else architectures)
    request = Request(
        data=data, taxonomy=taxonomy.to_dict(), architectures=chosen, recipe=recipe("quick"),
        seeds=tuple(seeds), device="cpu", precision="f32",
    )  # fmt: skip
    record = StudyRecord(
        request=request, command=command, created="2025-11-24T09:30:00+00:00", environment=ENVIRONMENT
    )
    write_text(directory / STUDY, record.model_dump_json())
    for number, architecture in enumerate(chosen):
        for seed in seeds:
            if (architecture.name, seed) not in missing:
                gain = (gains or {}).get(architecture.name, 0.0)
                history = _history(levels, epochs(architecture.name, seed), gain, 100 * number + seed)
                _write_run(directory, architecture, seed, taxonomy, data, gain, history, environment)
    return Study.open(directory)


def _taxonomy(levels: Sequence[str]) -> Taxonomy:
    """Level i with 2^(i + 1) classes, two under each of the level above."""
    last = len(levels) - 1
    leaves = range(2 ** (last + 1))
    return Taxonomy.from_names(
        levels, [tuple(f"class {leaf >> (last - i)}" for i in range(last + 1)) for leaf in leaves]
    )


def _write_run(
    study: Path, architecture: Architecture, seed: int, taxonomy: Taxonomy, data: DataRecord, gain: float,
    history: Sequence[Epoch], environment: Callable[[str, int], Environment],
) -> None:  # fmt: skip
    directory = run_directory(study, architecture.name, seed)
    num_images = data.num_images["test"]
    leaves = np.random.default_rng(7).integers(0, taxonomy.num_classes[-1], num_images)
    targets = np.stack([taxonomy.ancestors(i)[leaves] for i in range(taxonomy.num_levels)], axis=1)
    logits = _logits(targets, taxonomy, gain, _hash(architecture.name) + seed)
    names = taxonomy.level_names
    write_arrays(directory / PREDICTIONS, {
        **{f"test.logits.{name}": level for name, level in zip(names, logits, strict=True)},
        **{f"test.targets.{name}": column for name, column in zip(names, targets.T, strict=True)},
    })  # fmt: skip
    write_arrays(directory / WEIGHTS, {"weight": np.zeros(1, np.float32)})
    write_text(directory / HISTORY, "".join(row.model_dump_json() + "\n" for row in history))
    digests = {name: digest(directory / name) for name in (HISTORY, WEIGHTS, PREDICTIONS)}
    macs = 4_000_000 if architecture.trunk == "shared" else 4_000_000 * len(taxonomy.levels)
    scores = score(logits, targets, taxonomy)
    where = environment(architecture.name, seed)
    record = _record(architecture.name, seed, scores, history[-1].epoch, macs, where, digests)
    write_text(directory / RESULT, record.model_dump_json())


def _record(
    architecture: str, seed: int, scores: Scores, epochs: float, macs: int, environment: Environment,
    digests: dict[str, str],
) -> RunRecord:  # fmt: skip
    return RunRecord(
        architecture=architecture, seed=seed, epochs=epochs, steps=int(7 * epochs) + 1,
        scores=scores, val_scores=scores,
        cost=RunCost(
            num_parameters=123_456 + macs // 100, num_trainable_parameters=123_000, macs=macs,
            train_pflop=0.0123, train_seconds=12.34 + seed, peak_memory_bytes=1_234_000_000,
        ),
        environment=environment,
        finished=datetime(2025, 11, 24, 10, seed, tzinfo=UTC).isoformat(timespec="seconds"),
        digests=digests,
    )  # fmt: skip


def _logits(targets: Any, taxonomy: Taxonomy, gain: float, seed: int) -> list[Any]:
    """Logits whose arg-max is the target for the images that are easy enough; some are easy to every run."""
    rng = np.random.default_rng(seed)
    difficulty = np.random.default_rng(8).random(len(targets))
    logits = []
    for i, num_classes in enumerate(taxonomy.num_classes):
        level = rng.normal(size=(len(targets), num_classes)).astype(np.float32)
        skill = 0.6 + gain - 0.08 * i + rng.normal(0, 0.12, len(targets))
        right = difficulty < skill
        level[right, targets[right, i]] = 6
        logits.append(level)
    return logits


def _history(levels: Sequence[str], epochs: Sequence[float], gain: float, seed: int) -> list[Epoch]:
    rng = np.random.default_rng(seed)

    def row(epoch: float) -> Epoch:
        learnt = 1 - np.exp(-epoch / 2.5)
        top = {level: 0.75 + gain - 0.12 * i for i, level in enumerate(levels)}
        accuracies = {k: float(np.clip(v * learnt + rng.normal(0, 0.012), 0, 1)) for k, v in top.items()}
        losses = {level: 2.5 - 1.6 * float(learnt) + float(rng.normal(0, 0.03)) for level in levels}
        return Epoch(
            epoch=epoch, step=int(epoch * 7) + 1, seconds=4.1 * epoch, learning_rate=0.1,
            train_loss=sum(losses.values()), train_losses=losses, val_losses=losses,
            val_accuracies=accuracies,
        )  # fmt: skip

    return [row(epoch) for epoch in epochs]


def _hash(name: str) -> int:
    """A number for a name, the same in every process."""
    return sum(ord(c) * (i + 1) for i, c in enumerate(name))
