"""What a reader has to know before trusting the figures of a study."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from taskgraft.architecture import CONTROL
from taskgraft.data import SPLIT_AS_GIVEN
from taskgraft.statistics import smallest_p
from taskgraft.study import MANY_TORN, NUMERIC, Study, differing, read_data_facts
from taskgraft.verdict._balances import about_balances
from taskgraft.verdict._comparisons import is_complete
from taskgraft.verdict._design import Design, control_of
from taskgraft.verdict._evidence import Evidence, RunKey
from taskgraft.verdict._failures import remedies
from taskgraft.verdict._family import family_seeds, has_left, running
from taskgraft.verdict._linear_heads import about_linear_heads
from taskgraft.verdict._records import FlowUse
from taskgraft.verdict._search_ends import about_search
from taskgraft.verdict._wording import count, few, in_both, in_words, listed

# The fewest pairs of runs whose exact two-sided test can reach a p below 0.05.
_ENOUGH_SEEDS = 6
# Of more failures than these the number is said.
_MOST_REASONS = 3


def cautions(evidence: Evidence, design: Design, flows: Sequence[FlowUse]) -> tuple[str, ...]:
    """One or two sentences for each further thing to be careful about; empty when there is none."""
    parts = (
        _about_data,
        _about_torn,
        _about_tree,
        _about_labels,
        partial(_about_control, design=design),
        _about_damage,
        _about_failures,
        _about_missing,
        _about_seeds,
        _about_batches,
        about_balances,
        about_linear_heads,
        about_search,
        _about_machines,
    )
    return (
        *_about_dropped(evidence),
        *(caution for part in parts for caution in part(evidence)),
        *seed_cautions(
            max(len(evidence.seeds(name)) for name in evidence.names),
            len(evidence.names),
            evidence.study.record.request.resplits,
        ),
        *_about_flows(evidence, flows),
    )


def seed_cautions(num_seeds: int, num_variants: int, num_partitions: int | None = None) -> Iterator[str]:
    """What so many seeds can and cannot show; true before anything is trained.

    Args:
        num_seeds: Of every variant.
        num_variants: How many are compared.
        num_partitions: Of train and test images, which seeds take in turns; None for the split of the data.
    """
    num_units = min(num_seeds, num_partitions or num_seeds)
    if num_seeds == 1:
        yield (
            "One seed: how much the scores vary from seed to seed is unknown, and no interval can cover it."
        )
    elif num_units < _ENOUGH_SEEDS and num_variants > 1:
        unit = "partitions" if num_units < num_seeds else "seeds"
        wide = f" With two {unit} the intervals are very wide." if num_units == 2 else ""
        yield (
            f"Only {num_units} {unit}: an exact paired test over {unit} cannot reach a p below "
            f"{smallest_p(num_units):.2g} ({_ENOUGH_SEEDS} {unit} are needed for 0.05). What is called "
            f"detected rests on a t distribution over {unit} and test images (docs/statistics.md).{wide}"
        )


def _about_dropped(evidence: Evidence) -> Iterator[str]:
    """Variants that the study did not train on, and so of how many seeds their figures are."""
    left = {name: len(evidence.seeds(name)) for name in evidence.names if has_left(evidence, name)}
    if left:
        each = few([f"{name} after {count(number, 'seed')}" for name, number in left.items()])
        yield (
            f"The study went on without what had fallen behind: {each}. What these lose rests on the seeds "
            "that they have, and they are in no table of pairs."
        )


def _about_data(evidence: Evidence) -> Iterator[str]:
    data = evidence.study.record.request.data
    if data.split.startswith(SPLIT_AS_GIVEN):
        yield (
            f"The split is the one that {data.source} came with: scores can be set beside published ones "
            "only if it is the published one, which is not checked."
        )
    elif not data.is_official:
        yield (
            f"Unofficial split: {data.source}, {data.split}. "
            "These scores cannot be set beside published ones."
        )
    if data.skipped:
        yield (
            f"Left out of the data, and so of these scores: {count(len(data.skipped), 'file')}; study.json "
            "names each, with the reason."
        )


def _about_torn(evidence: Evidence) -> Iterator[str]:
    """Labels that contradict one another, where they are so many that `data check` says: mend first."""
    data = evidence.study.record.request.data
    facts, total = read_data_facts(evidence.study.directory, data.digest), sum(data.num_images.values())
    if facts is not None and (facts.num_torn or 0) > MANY_TORN * total:
        yield (
            f"Labels that contradict one another: {facts.num_torn:,} of {count(total, 'image')} have exactly "
            "the pixels of an image with another label, so no network can be right on all of them. "
            "`taskgraft data check` names them."
        )


def _about_tree(evidence: Evidence) -> Iterator[str]:
    if not evidence.study.taxonomy.is_tree:
        yield (
            "The levels form no tree: each is predicted, and none is above another. Full path means right at "
            "every level; consistency, mistake severity, hierarchical scores, other decodings, the free "
            "baseline and the flat classifier need a tree and are left out."
        )


def _about_labels(evidence: Evidence) -> Iterator[str]:
    """How many test images have no label, and what the scores then speak of."""
    names = evidence.study.taxonomy.level_names
    is_known = evidence.targets >= 0
    total, labelled = len(is_known), dict(zip(names, is_known.sum(axis=0).tolist(), strict=True))
    gaps = [f"{total - number:,} at {name}" for name, number in labelled.items() if 0 < number < total]
    if gaps:
        yield (
            f"Labels are missing for some of the {count(total, 'test image')}: {', '.join(gaps)}. Every "
            f"score speaks of the images known where it looks{_known_paths(is_known)}."
        )
    if without := _unlabelled(evidence):
        yield f"No test image has a label at {listed(without, 'or')}: what needs one is left out."


def _unlabelled(evidence: Evidence) -> list[str]:
    """Levels at which no test image has a label."""
    names = evidence.study.taxonomy.level_names
    return [name for name, targets in zip(names, evidence.targets.T, strict=True) if not (targets >= 0).any()]


def _known_paths(is_known: npt.NDArray[np.bool_]) -> str:
    num_paths = int(is_known.all(axis=1).sum())
    return f"; the full path, of the {num_paths:,} known at every level" if num_paths else ""


def _about_control(evidence: Evidence, design: Design) -> Iterator[str]:
    variants = evidence.study.record.request.variants
    if len(variants) > 1 and control_of(variants) is None:
        yield f"The study does not hold the control, {CONTROL}: no differences from it are reported."
    if design.factorial and not is_complete(evidence, design.factorial):
        number = in_words(len(design.factorial.cells))
        yield f"No seed has all {number} {design.noun}s finished: the factorial's effects are not reported."


def _about_damage(evidence: Evidence) -> Iterator[str]:
    if evidence.study.damaged:
        damage = few(evidence.study.damaged, separator="; ")
        yield f"Damaged, and not believed: {damage}. The command of the study makes it again."


def _about_failures(evidence: Evidence) -> Iterator[str]:
    study = evidence.study
    if study.failures:
        reasons = few([f"{one.name}: {one.spelled(in_both)}" for one in study.failures], _MOST_REASONS, " ")
        yield (
            f"{len(study.failures)} of {_num_runs(study)} runs failed, and no figure rests on them. "
            f"{reasons} {remedies(study, lambda name: in_both(name, True))}"
        )


def _about_batches(evidence: Evidence) -> Iterator[str]:
    """Runs of other batch sizes saw the images in other company, so their pairs are not quite pairs."""
    other = [(run, run.batch_size) for run in evidence.study.runs if run.batch_size]
    if other:
        request = evidence.study.record.request
        sizes = dict.fromkeys(request.variant(run.variant).recipe.batch_size for run, _ in other)
        intended = listed([f"{size:,}" for size in sizes], "or")
        smaller = few([f"{run.name} {size:,}" for run, size in other])
        yield (
            f"The memory was not enough for batches of {intended} images everywhere: {smaller}. Differences "
            "between runs of different batch sizes are in part those of the batch size."
        )


def _num_runs(study: Study) -> int:
    return len(study.missing) + len(study.failures) + len(study.runs)


def _about_missing(evidence: Evidence) -> Iterator[str]:
    study = evidence.study
    total = _num_runs(study)
    if study.missing:
        yield (
            f"{len(study.missing)} of {total} runs not finished: {_listed(study.missing)}. Every figure "
            "rests on the finished runs only; the command of the study does the missing ones."
        )
    alone = [name for name in evidence.names if len(evidence.seeds(name)) == 1]
    if alone and len(alone) < len(evidence.names):
        yield (
            f"One seed only of {few(alone)}: intervals of these scores cover the choice of test images "
            "only, and look surer than they are."
        )
    if evidence.mismatched:
        yield (
            f"{len(evidence.mismatched)} of {total} runs left out, because they were tested on other images "
            f"than the rest: {_listed(evidence.mismatched)}. Delete their directories, and the command of "
            "the study does them again."
        )


def _about_seeds(evidence: Evidence) -> Iterator[str]:
    """Runs that count for a score and for no comparison: those of seeds that not all variants have."""
    held = running(evidence)
    family = evidence.seeds(*held) if held else ()
    # Of those that have left the race another caution speaks.
    names = [name for name in evidence.names if not has_left(evidence, name)]
    numbers = [len(evidence.seeds(name)) for name in names]
    if len(names) < 2 or {*numbers} == {len(family)}:
        return
    if not family:
        yield (
            "No seed is finished for all: each pair is compared over the seeds that it has, some over more "
            "than others, and Holm's correction takes all for alike."
        )
        return
    without = [name for name in names if not family_seeds(evidence, name)]
    left_out = f" {few(without)}, whose runs failed, is compared with none." if without else ""
    yield (
        f"Compared are the {count(len(family), 'seed')} that all have; the scores of the leaderboard rest on "
        f"every run, up to {max(numbers)} of one.{left_out}"
    )


def _about_machines(evidence: Evidence) -> Iterator[str]:
    changed = differing([run.environment for run in evidence.study.runs])
    if not changed:
        return
    values_of = ", ".join(f"{name.replace('_', ' ')} ({values})" for name, values in changed.items())
    scores = "scores may differ for that reason, too, and " if NUMERIC & changed.keys() else ""
    yield f"The runs differ in {values_of}: {scores}seconds and memory are not comparable between them."


def _about_flows(evidence: Evidence, flows: Sequence[FlowUse]) -> Iterator[str]:
    judged = {flow.variant for flow in flows}
    without = _unlabelled(evidence)
    with_flows = [
        variant.name
        for variant in evidence.study.record.request.variants
        if any(flow.target not in without for flow in variant.architecture.flows)
    ]
    unjudged = [name for name in with_flows if family_seeds(evidence, name) and name not in judged]
    if unjudged:
        yield (
            f"Whether the flows of {few(unjudged)} are used was not measured. Delete the directories of "
            "their runs, and the command of the study trains them again and measures it."
        )


def _listed(runs: Sequence[RunKey]) -> str:
    return few([f"{name}-seed{seed}" for name, seed in runs])
