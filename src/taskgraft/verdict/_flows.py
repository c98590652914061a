"""Are the flows used? What the interventions on them did, over seeds and test images."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from taskgraft.architecture import INTERVENTIONS, Flow
from taskgraft.recipe import Variant
from taskgraft.statistics import Interval, contrast_interval
from taskgraft.study import read_flows, run_directory
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._records import FlowUse
from taskgraft.verdict._sample import FloatArray


def judge_flows(evidence: Evidence) -> tuple[FlowUse, ...]:
    """Every flow of every variant, over the runs in which it was measured.

    Of the test images, those whose class is known at the flow's target count; a target of which none is known
    leaves the flow out.
    """
    return tuple(
        FlowUse(variant.name, flow.source, flow.target, changes)
        for variant in evidence.study.record.request.variants
        for flow in variant.architecture.flows
        if (changes := _changes(evidence, variant, flow))
    )


def _changes(evidence: Evidence, variant: Variant, flow: Flow) -> dict[str, Interval]:
    """By intervention, the target's accuracy with it less the accuracy without; empty if not measured."""
    target = evidence.targets[:, variant.architecture.levels.index(flow.target)]
    known = target >= 0
    if not known.any():
        return {}
    rights: dict[str, list[np.ndarray]] = {}
    for run in evidence.runs(variant.name):
        preds = read_flows(run_directory(evidence.study.directory, run.variant, run.seed))
        for kind in INTERVENTIONS:
            name = f"{flow.source}>{flow.target}.{kind}"
            if name in preds and len(preds[name]) == len(target):
                rights.setdefault(kind, []).append(preds[name] == target)
    return {
        kind: _interval(np.stack(found).astype(np.float32) - np.stack(rights["none"]), known, evidence)
        for kind, found in rights.items()
        if kind != "none"
    }


def _interval(changes: FloatArray, known: npt.NDArray[np.bool_], evidence: Evidence) -> Interval:
    """The mean change over known images: of each run, (S, N), under the weights that all runs share."""
    if known.all():
        return contrast_interval(changes.mean(axis=1), changes @ evidence.weights.T)
    values, sums = changes[:, known].mean(axis=1), changes[:, known] @ evidence.weights[:, known].T
    shares = evidence.weights[:, known].sum(axis=1)
    # Weights that draw no known image leave the change as it is.
    draws = np.divide(sums, shares, out=np.tile(values[:, None], len(shares)), where=shares > 0)
    return contrast_interval(values, draws)
