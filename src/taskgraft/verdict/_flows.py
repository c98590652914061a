"""Are the flows used? What the interventions on them did, over seeds and test images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from taskgraft.architecture import INTERVENTIONS, Flow
from taskgraft.recipe import Variant
from taskgraft.statistics import Bounds, Interval, contrast_interval
from taskgraft.study import read_flows, run_directory
from taskgraft.taxonomy import IntArray
from taskgraft.verdict._comparisons import adjusted
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._family import family_seeds
from taskgraft.verdict._records import FlowUse
from taskgraft.verdict._sample import FloatArray

_Preds = Mapping[str, npt.NDArray[np.generic]]


def judge_flows(evidence: Evidence) -> tuple[FlowUse, ...]:
    """Every flow of every variant, over the runs in which it was measured.

    Of the test images, those that have a label at the flow's target count; a target without any leaves the
    flow out.
    """
    judged = [
        (variant.name, flow, changes)
        for variant in evidence.study.record.request.variants
        if variant.architecture.flows and variant.name in evidence.names
        for flow, changes in _changes_of(evidence, variant)
        if changes
    ]
    ps = _adjusted([changes for _, _, changes in judged])
    return tuple(
        FlowUse(name, flow.source, flow.target, changes, of_flow)
        for (name, flow, changes), of_flow in zip(judged, ps, strict=True)
    )


def _adjusted(flows: Sequence[Mapping[str, Interval]]) -> list[dict[str, float | None]]:
    """For each flow its p by intervention, after Holm's correction over all flows."""
    ps: list[dict[str, float | None]] = [{} for _ in flows]
    for kind in dict.fromkeys(kind for changes in flows for kind in changes):
        having = [number for number, changes in enumerate(flows) if kind in changes]
        corrected = adjusted([flows[number][kind] for number in having])
        for number, p in zip(having, corrected, strict=True):
            ps[number][kind] = p
    return ps


def _changes_of(evidence: Evidence, variant: Variant) -> Iterator[tuple[Flow, dict[str, Interval]]]:
    """What the interventions on each flow of a variant changed; the file of a run is read once."""
    directory = evidence.study.directory
    seeds = family_seeds(evidence, variant.name)
    runs: dict[int | None, list[_Preds]] = {}
    for run in evidence.runs(variant.name):
        if run.seed in seeds:
            partition = evidence.study.record.request.partition_of(run.seed)
            preds = read_flows(run_directory(directory, run.variant, run.seed))
            runs.setdefault(partition, []).append(preds)
    for flow in variant.architecture.flows:
        level = variant.architecture.levels.index(flow.target)
        yield flow, _changes(evidence, flow, level, runs)


def _changes(
    evidence: Evidence, flow: Flow, level: int, runs: Mapping[int | None, Sequence[_Preds]]
) -> dict[str, Interval]:
    """By intervention, the target's accuracy with it less the accuracy without; empty if not measured."""
    measured: dict[str, list[_Changes]] = {}
    for partition, its in runs.items():
        targets, weights = evidence.test_split(partition)
        for kind, rights in _rights(flow, targets[:, level], its).items():
            changes = _changes_in(rights, targets[:, level] >= 0, weights)
            measured.setdefault(kind, []).append(replace(changes, partition=partition))
    return {kind: _interval(parts) for kind, parts in measured.items()}


def _rights(flow: Flow, target: IntArray, runs: Sequence[_Preds]) -> dict[str, FloatArray]:
    """By intervention, how much more each run gets right of each image with it: shape (S, N)."""
    if not (target >= 0).any():
        return {}
    rights: dict[str, list[np.ndarray]] = {}
    for preds in runs:
        for kind in INTERVENTIONS:
            name = f"{flow.source}>{flow.target}.{kind}"
            if name in preds and len(preds[name]) == len(target):
                rights.setdefault(kind, []).append(preds[name] == target)
    return {
        kind: np.stack(of_kind).astype(np.float32) - np.stack(rights["none"])
        for kind, of_kind in rights.items()
        if kind != "none"
    }


@dataclass(frozen=True)
class _Changes:
    """What an intervention changes in the runs on one partition.

    Attributes:
        values: Mean over labelled images: shape (S,).
        draws: The same in each resampling: shape (S, R).
        num_images: That have a label.
        partition: Of train and test images; None for the split of the data.
    """

    values: FloatArray
    draws: FloatArray
    num_images: int
    partition: int | None = None


def _changes_in(changes: FloatArray, is_labelled: npt.NDArray[np.bool_], weights: FloatArray) -> _Changes:
    """The mean change over labelled images: of each run, (S, N), under the weights that all runs share."""
    if is_labelled.all():
        return _Changes(changes.mean(axis=1), changes @ weights.T, len(is_labelled))
    part, weights = changes[:, is_labelled], weights[:, is_labelled]
    values, sums, shares = part.mean(axis=1), part @ weights.T, weights.sum(axis=1)
    # Weights that draw no labelled image leave the change as it is.
    draws = np.divide(sums, shares, out=np.tile(values[:, None], len(shares)), where=shares > 0)
    return _Changes(values, draws, int(is_labelled.sum()))


def _interval(parts: Sequence[_Changes]) -> Interval:
    """Over seeds, partitions and images."""
    partitions = [part.partition for part in parts for _ in part.values if part.partition is not None]
    return contrast_interval(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.draws for part in parts]),
        bounds=Bounds(-1.0, 1.0, float(min(part.num_images for part in parts))),
        partitions=partitions or None,
    )
