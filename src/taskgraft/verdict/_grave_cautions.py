"""What has to be read beside a recommendation: cautions that could turn it round."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import fmean

import numpy as np

from taskgraft.data import SPLITS, Split
from taskgraft.recipe import FEWEST_STEPS
from taskgraft.study import read_data_facts
from taskgraft.taxonomy import Level
from taskgraft.verdict._aim import Aim
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._learning import Learning
from taskgraft.verdict._wording import count, few, in_points, named, points

# Val and test are far apart where they differ by more than so much, and by more standard errors than these.
_FAR, _NUM_ERRORS = 0.03, 3.0
_MOST_CLASSES = 5


def grave_cautions(evidence: Evidence, aim: Aim, learning: Learning) -> tuple[str, ...]:
    """One or two sentences for each; empty when there is none.

    Args:
        evidence: The runs.
        aim: The primary score.
        learning: How far the networks have learned.
    """
    return (
        *_about_aim(aim),
        *_about_learning(evidence, learning),
        *_about_val(evidence, aim.score),
        *_about_classes(evidence),
        *_about_machine(evidence),
    )


def _about_aim(aim: Aim) -> Iterator[str]:
    """A question that was chosen after the study was declared, perhaps after looking at it."""
    if aim.declared:
        yield (
            f"The study declared {aim.declared}; this report looks at {aim.prefer} within "
            f"{in_points(aim.margin)}, which was chosen later: take it as exploratory."
        )


def _about_learning(evidence: Evidence, learning: Learning) -> Iterator[str]:
    begun = learning.hardly_begun
    if begun:
        (name, seed), reason = begun[0]
        runs = f"{len(begun)} of {count(learning.num_runs, 'run')}"
        yield (
            f"Hardly begun to learn: {runs}, {name}-seed{seed} for one ({reason}). What such runs show says "
            "little of what longer ones would."
        )
        return
    steps = [run.steps for name in evidence.names for run in evidence.runs(name)]
    if learning.num_runs and min(steps) < FEWEST_STEPS:
        yield (
            f"Few steps: a run made {min(steps)}, and below {FEWEST_STEPS} networks have seldom learned what "
            "they can. Longer runs may turn differences round."
        )


def _about_val(evidence: Evidence, score: str) -> Iterator[str]:
    """Val chooses and test is the measure: where they disagree, one of them is not what it seems."""
    on_val = {
        name: [run.val_scores[score] for run in evidence.runs(name) if score in run.val_scores]
        for name in evidence.names
    }
    pairs = {
        name: (fmean(values), evidence.interval(score, name).estimate)
        for name, values in on_val.items()
        if values
    }
    num_val = evidence.study.record.request.data.num_images["val"]
    if not pairs or not num_val:
        return
    gaps = {name: val - test for name, (val, test) in pairs.items()}
    middle = float(np.median(list(gaps.values())))
    share = min(max(fmean(test for _, test in pairs.values()), 0.0), 1.0)
    error = math.sqrt(share * (1 - share) * (1 / num_val + 1 / len(evidence.targets)))
    if abs(middle) <= max(_FAR, _NUM_ERRORS * error):
        return
    name = max(gaps, key=lambda name: abs(gaps[name]))
    val, test = pairs[name]
    yield (
        f"Val and test are far apart: {name} has {100 * val:.1f} % {named(score)} on val and "
        f"{100 * test:.1f} % on test ({points(middle)} points in the middle of all). They are not of one "
        "kind, so what val chose (decodings, the best) may be wrong for test."
    )


def _about_classes(evidence: Evidence) -> Iterator[str]:
    """Classes that some split has no image of: nothing is learned, chosen or shown of them."""
    lacking = _without_images(evidence)
    levels = evidence.study.taxonomy.levels
    for number, level in reversed([*enumerate(levels)]):
        parts = [
            f"{len(classes):,} {'has' if len(classes) == 1 else 'have'} no {split} images "
            f"({_named(level, classes)})"
            for split, of_split in lacking.items()
            if (classes := of_split[number])
        ]
        if parts:
            yield (
                f"Of {level.num_classes:,} classes of {level.name}, {'; '.join(parts)}: what is said here "
                "does not hold for them."
            )
            # The classes above lack what those below do; one sentence says it.
            return


def _named(level: Level, classes: Sequence[int]) -> str:
    return few([level.classes[number] for number in classes], _MOST_CLASSES)


def _without_images(evidence: Evidence) -> dict[Split, list[list[int]]]:
    """By split, for each level the classes without an image; of train only where that is on record."""
    study = evidence.study
    facts = read_data_facts(study.directory, study.record.request.data.digest)
    if facts is not None:
        return {
            split: [[k for k, n in enumerate(counts) if not n] for counts in facts.class_counts[split]]
            for split in SPLITS
        }
    columns = zip(evidence.targets.T, study.taxonomy.num_classes, strict=True)
    return {"test": [sorted({*range(num)} - {*column.tolist()}) for column, num in columns]}


def _about_machine(evidence: Evidence) -> Iterator[str]:
    record = evidence.study.inference_record()
    if record is not None and record.is_of_busy_machine and record.other_cores is not None:
        cores = record.environment.num_cores
        yield (
            f"The machine was busy while latency was taken: other processes used {record.other_cores:.1f} of "
            f"{count(cores, 'core')}. Its milliseconds and images/s are too slow, by how much is not known; "
            "delete inference.json and run the command again on a quiet machine."
        )
