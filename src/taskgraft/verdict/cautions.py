"""What a reader has to know before trusting the figures of a study."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from taskgraft.architecture.catalogue import CONTROL, NAMES
from taskgraft.statistics.permutation import smallest_p
from taskgraft.study.environment import Environment
from taskgraft.verdict.evidence import Evidence, RunKey
from taskgraft.verdict.records import FlowUse

# The fewest pairs of runs whose exact two-sided test can reach a p below 0.05.
_ENOUGH_SEEDS = 6


def cautions(evidence: Evidence, flows: Sequence[FlowUse]) -> tuple[str, ...]:
    """One or two sentences for each thing to be careful about; empty when there is none."""
    parts = (_about_data, _about_control, _about_missing, _about_machines)
    return (
        *(caution for part in parts for caution in part(evidence)),
        *seed_cautions(max(len(evidence.seeds(name)) for name in evidence.names), len(evidence.names)),
        *_about_flows(evidence, flows),
    )


def seed_cautions(num_seeds: int, num_architectures: int) -> Iterator[str]:
    """What so many seeds can and cannot show; true before anything is trained."""
    if num_seeds == 1:
        yield (
            "One seed: how much the scores vary from seed to seed is unknown, and no interval can cover it."
        )
    elif num_seeds < _ENOUGH_SEEDS and num_architectures > 1:
        wide = " With two seeds the intervals are very wide." if num_seeds == 2 else ""
        yield (
            f"Only {num_seeds} seeds: an exact paired test over seeds cannot reach a p below "
            f"{smallest_p(num_seeds):.2g} ({_ENOUGH_SEEDS} seeds are needed for 0.05). What is called "
            f"detected rests on a t distribution over seeds and test images (docs/statistics.md).{wide}"
        )


def _about_data(evidence: Evidence) -> Iterator[str]:
    data = evidence.study.record.request.data
    if not data.is_official:
        yield (
            f"Unofficial split: {data.source}, {data.split}. "
            "These scores cannot be set beside published ones."
        )


def _about_control(evidence: Evidence) -> Iterator[str]:
    names = {architecture.name for architecture in evidence.study.record.request.architectures}
    if len(names) > 1 and CONTROL not in names:
        yield f"The study does not hold the control, {CONTROL}: no differences from it are reported."
    if set(NAMES) <= names and not evidence.seeds(*NAMES):
        yield "No seed has all six architectures finished: the factorial's effects are not reported."


def _about_missing(evidence: Evidence) -> Iterator[str]:
    study = evidence.study
    total = len(study.missing) + len(study.runs)
    if study.missing:
        yield (
            f"{len(study.missing)} of {total} runs not finished: {_listed(study.missing)}. Every figure "
            "rests on the finished runs only; the command of the study does the missing ones."
        )
    alone = [name for name in evidence.names if len(evidence.seeds(name)) == 1]
    if alone and len(alone) < len(evidence.names):
        yield (
            f"One seed only of {', '.join(alone)}: intervals of these scores cover the choice of test images "
            "only, and look surer than they are."
        )
    if evidence.mismatched:
        yield (
            f"{len(evidence.mismatched)} of {total} runs left out, because they were tested on other images "
            f"than the rest: {_listed(evidence.mismatched)}."
        )


def _about_machines(evidence: Evidence) -> Iterator[str]:
    environments = [run.environment for run in evidence.study.runs]
    first = environments[0]
    changed = [
        name.replace("_", " ")
        for name in Environment.model_fields
        if any(getattr(other, name) != getattr(first, name) for other in environments)
    ]
    if changed:
        yield f"The runs differ in {', '.join(changed)}: seconds and memory are not comparable between them."


def _about_flows(evidence: Evidence, flows: Sequence[FlowUse]) -> Iterator[str]:
    judged = {flow.architecture for flow in flows}
    architectures = evidence.study.record.request.architectures
    unjudged = [
        a.name for a in architectures if a.flows and a.name in evidence.names and a.name not in judged
    ]
    if unjudged:
        yield (
            f"Whether the flows of {', '.join(unjudged)} are used was not measured; the command of the study "
            "measures it without training again."
        )


def _listed(runs: Sequence[RunKey]) -> str:
    return ", ".join(f"{name}-seed{seed}" for name, seed in runs)
