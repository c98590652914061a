"""Are the flows used? What the interventions on them did, over seeds and test images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

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
    runs = [
        read_flows(run_directory(directory, run.variant, run.seed))
        for run in evidence.runs(variant.name)
        if run.seed in seeds
    ]
    for flow in variant.architecture.flows:
        target = evidence.targets[:, variant.architecture.levels.index(flow.target)]
        yield flow, _changes(evidence, flow, target, runs)


def _changes(
    evidence: Evidence, flow: Flow, target: IntArray, runs: Sequence[Mapping[str, npt.NDArray[np.generic]]]
) -> dict[str, Interval]:
    """By intervention, the target's accuracy with it less the accuracy without; empty if not measured."""
    is_labelled = target >= 0
    if not is_labelled.any():
        return {}
    rights: dict[str, list[np.ndarray]] = {}
    for preds in runs:
        for kind in INTERVENTIONS:
            name = f"{flow.source}>{flow.target}.{kind}"
            if name in preds and len(preds[name]) == len(target):
                rights.setdefault(kind, []).append(preds[name] == target)
    return {
        kind: _interval(
            np.stack(of_kind).astype(np.float32) - np.stack(rights["none"]), is_labelled, evidence
        )
        for kind, of_kind in rights.items()
        if kind != "none"
    }


def _interval(changes: FloatArray, is_labelled: npt.NDArray[np.bool_], evidence: Evidence) -> Interval:
    """The mean change over labelled images: of each run, (S, N), under the weights that all runs share."""
    bounds = Bounds(-1.0, 1.0, float(is_labelled.sum()))
    if is_labelled.all():
        return contrast_interval(changes.mean(axis=1), changes @ evidence.weights.T, bounds=bounds)
    part, weights = changes[:, is_labelled], evidence.weights[:, is_labelled]
    values, sums, shares = part.mean(axis=1), part @ weights.T, weights.sum(axis=1)
    # Weights that draw no labelled image leave the change as it is.
    draws = np.divide(sums, shares, out=np.tile(values[:, None], len(shares)), where=shares > 0)
    return contrast_interval(values, draws, bounds=bounds)
