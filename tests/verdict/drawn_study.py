"""Studies made from records alone, whose runs get as many test images right as they are told to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from imagined import ENVIRONMENT
from taskgraft.architecture import Architecture, catalogue
from taskgraft.file_writing import write_text
from taskgraft.history import Epoch
from taskgraft.recipe import Recipe, Variant, recipe
from taskgraft.scores import score
from taskgraft.study import (
    FLOWS,
    HISTORY,
    MODEL,
    PREDICTIONS,
    RESULT,
    STUDY,
    DataRecord,
    Request,
    RunCost,
    RunRecord,
    Study,
    StudyRecord,
    digest,
    run_directory,
    write_arrays,
)
from taskgraft.taxonomy import Taxonomy

NUM_IMAGES = 600
TAXONOMY = Taxonomy.from_names(
    ["kind", "species"], [(f"kind {leaf // 3}", f"species {leaf}") for leaf in range(9)]
)


def epoch(step: int, loss: float | None = None, accuracy: float | None = None) -> Epoch:
    """A line of a history, with the train loss and the accuracy on val of the finest level."""
    finest = TAXONOMY.level_names[-1]
    return Epoch(
        epoch=step / 10,
        step=step,
        seconds=1,
        learning_rate=0.1,
        train_loss=1,
        train_losses={} if loss is None else {finest: loss},
        val_losses={},
        val_accuracies={} if accuracy is None else {finest: accuracy},
    )


HISTORY_OF_ONE = (epoch(1),)


def drawn_study(
    directory: Path,
    *,
    gains: Mapping[str, float] | None = None,
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    architectures: Sequence[Architecture] | None = None,
    recipes: Mapping[str, Recipe] | None = None,
    taxonomy: Taxonomy = TAXONOMY,
    missing: Sequence[tuple[str, int]] = (),
    is_official: bool = True,
    flow_worth: Mapping[str, float] | None = None,
    unlabelled: Mapping[str, float] | None = None,
    skipped: Sequence[tuple[str, str]] = (),
    notes: Sequence[str] = (),
    side: int = 8,
    history: Sequence[Epoch] = HISTORY_OF_ONE,
) -> Study:
    """Writes a study and opens it.

    Args:
        directory: Where to.
        gains: What a variant adds to the share of images right, at every level; half are right without.
        seeds: Of every architecture.
        architectures: All six unless given.
        recipes: Crossed with the architectures, by what is added to their names; `quick` unless given.
        taxonomy: Its levels.
        missing: Runs left out.
        is_official: Of the data.
        flow_worth: By architecture, share of images that shuffling its flow spoils; none where not named.
        unlabelled: By level, the share of images without a label there and at every finer level.
        skipped: Of the data: name and reason of each file left out.
        notes: Of the data.
        side: Of its images, in pixels; of 8 no recipe can be built, and nothing is known of its parts' costs.
        history: Of every run; unless given it says nothing of how well anything is predicted.
    """
    chosen = tuple(catalogue(taxonomy.level_names).values() if architectures is None else architectures)
    variants = tuple(
        Variant(f"{each.name}{added}", each, own)
        for added, own in (recipes or {"": recipe("quick")}).items()
        for each in chosen
    )
    data = DataRecord(
        source="made",
        split="made up",
        is_official=is_official,
        options={},
        image_shape=(3, side, side),
        num_images={"train": 100, "val": NUM_IMAGES, "test": NUM_IMAGES},
        digest="0" * 64,
        skipped=tuple(skipped),
        notes=tuple(notes),
    )
    request = Request(
        data=data,
        taxonomy=taxonomy.to_dict(),
        variants=variants,
        seeds=tuple(seeds),
        device="cpu",
        precision="f32",
        numerics=1,
        cpu_capability="AVX512",
    )
    record = StudyRecord(
        request=request,
        command="taskgraft compare",
        created="2026-01-01T00:00:00+00:00",
        environment=ENVIRONMENT,
    )
    write_text(directory / STUDY, record.model_dump_json())
    identities = request.identities()
    for number, variant in enumerate(variants):
        for seed in seeds:
            if (variant.name, seed) not in missing:
                gain = (gains or {}).get(variant.name, 0.0)
                worth = (flow_worth or {}).get(variant.name)
                write_run(
                    directory,
                    variant,
                    seed,
                    taxonomy,
                    gain,
                    worth,
                    identity=identities[variant.name],
                    stream=100 * number + seed,
                    unlabelled=unlabelled,
                    history=history,
                )
    return Study.open(directory)


def write_run(
    study: Path,
    variant: Variant,
    seed: int,
    taxonomy: Taxonomy,
    gain: float,
    worth: float | None = None,
    *,
    identity: str,
    stream: int,
    images: int = 0,
    unlabelled: Mapping[str, float] | None = None,
    history: Sequence[Epoch] = HISTORY_OF_ONE,
) -> None:
    """Writes one run; `images` is the seed of the test images, `stream` that of the run's own chance."""
    directory = run_directory(study, variant.name, seed)
    targets = draw_targets(taxonomy, images)
    logits = draw_logits(targets, taxonomy, 0.5 + gain, stream)
    targets = _hide(targets, taxonomy, unlabelled or {})
    arrays = {}
    for split in ("val", "test"):
        for i, name in enumerate(taxonomy.level_names):
            arrays[f"{split}.logits.{name}"] = logits[i]
            arrays[f"{split}.targets.{name}"] = targets[:, i]
    write_arrays(directory / PREDICTIONS, arrays)
    write_arrays(directory / MODEL, {"weight": np.zeros(1, np.float32)})
    write_text(directory / HISTORY, "".join(row.model_dump_json() + "\n" for row in history))
    names = [HISTORY, MODEL, PREDICTIONS]
    if worth is not None:
        write_arrays(directory / FLOWS, _flows(variant.architecture, taxonomy, logits, worth, stream))
        names.append(FLOWS)
    num_trunks = 1 if variant.architecture.trunk == "shared" else len(variant.architecture.branched)
    found = score(logits, targets, taxonomy)
    run = RunRecord(
        variant=variant.name,
        seed=seed,
        epochs=1,
        steps=history[-1].step,
        scores=found,
        val_scores=found,
        cost=RunCost(
            num_parameters=1000 * num_trunks,
            num_trainable_parameters=1000 * num_trunks,
            macs=4_000_000 * num_trunks,
            train_pflop=0.01,
            train_seconds=10,
            peak_memory_bytes=10**9,
        ),
        environment=ENVIRONMENT,
        finished="2026-01-01T01:00:00+00:00",
        digests={name: digest(directory / name) for name in names},
        identity=identity,
    )
    write_text(directory / RESULT, run.model_dump_json())


def draw_targets(taxonomy: Taxonomy, seed: int) -> np.ndarray:
    """True classes: paths of a tree or, without one, classes that have nothing to do with one another."""
    rng = np.random.default_rng(seed)
    if not taxonomy.is_tree:
        return np.stack([rng.integers(0, k, NUM_IMAGES) for k in taxonomy.num_classes], axis=1)
    leaves = rng.integers(0, taxonomy.num_classes[-1], NUM_IMAGES)
    return np.stack([taxonomy.ancestors(i)[leaves] for i in range(taxonomy.num_levels)], axis=1)


def _hide(targets: np.ndarray, taxonomy: Taxonomy, unlabelled: Mapping[str, float]) -> np.ndarray:
    targets, rng = targets.copy(), np.random.default_rng(7)
    for i, name in enumerate(taxonomy.level_names):
        hidden = rng.random(len(targets)) < unlabelled.get(name, 0.0)
        targets[hidden, i if not taxonomy.is_tree else slice(i, None)] = -1
    return targets


def draw_logits(targets: np.ndarray, taxonomy: Taxonomy, share: float, stream: int) -> list[np.ndarray]:
    """Logits that are right on a share of images; some images are easy for every run, some hard."""
    rng = np.random.default_rng(1000 + stream)
    difficulty = np.random.default_rng(999).random(len(targets))
    logits = []
    for i, num_classes in enumerate(taxonomy.num_classes):
        level = rng.normal(size=(len(targets), num_classes)).astype(np.float32)
        right = difficulty + rng.normal(0, 0.1, len(targets)) < share
        level[~right, targets[~right, i]] = -5
        level[right, targets[right, i]] = 5
        logits.append(level)
    return logits


def _flows(
    architecture: Architecture, taxonomy: Taxonomy, logits: list[np.ndarray], worth: float, stream: int
) -> dict[str, np.ndarray]:
    arrays = {}
    for flow in architecture.flows:
        preds = logits[taxonomy.level_names.index(flow.target)].argmax(axis=1)
        spoilt = preds.copy()
        hit = np.random.default_rng(stream).random(len(preds)) < worth
        spoilt[hit] = (spoilt[hit] + 1) % taxonomy.num_classes[taxonomy.level_names.index(flow.target)]
        for kind, told in (("none", preds), ("mean", spoilt), ("shuffled", spoilt), ("oracle", preds)):
            arrays[f"{flow.source}>{flow.target}.{kind}"] = told
    return arrays
