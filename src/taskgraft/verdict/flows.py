"""Are the flows used? What the interventions on them did, over seeds and test images."""

from __future__ import annotations

import numpy as np

from taskgraft.architecture.spec import Architecture, Flow
from taskgraft.evaluation.flow_use import INTERVENTIONS
from taskgraft.statistics.contrast import contrast_interval
from taskgraft.statistics.interval import Interval
from taskgraft.study.run import read_flows, run_directory
from taskgraft.verdict.evidence import Evidence
from taskgraft.verdict.records import FlowUse


def judge_flows(evidence: Evidence) -> tuple[FlowUse, ...]:
    """Every flow of every architecture, over the runs in which it was measured."""
    return tuple(
        FlowUse(architecture.name, flow.source, flow.target, changes)
        for architecture in evidence.study.record.request.architectures
        for flow in architecture.flows
        if (changes := _changes(evidence, architecture, flow))
    )


def _changes(evidence: Evidence, architecture: Architecture, flow: Flow) -> dict[str, Interval]:
    """By intervention, the target's accuracy with it less the accuracy without; empty if not measured."""
    target = evidence.targets[:, architecture.levels.index(flow.target)]
    rights: dict[str, list[np.ndarray]] = {}
    for run in evidence.runs(architecture.name):
        preds = read_flows(run_directory(evidence.study.directory, run.architecture, run.seed))
        for kind in INTERVENTIONS:
            name = f"{flow.source}>{flow.target}.{kind}"
            if name in preds and len(preds[name]) == len(target):
                rights.setdefault(kind, []).append(preds[name] == target)
    changes = {
        kind: np.stack(rights[kind]).astype(np.float32) - np.stack(rights["none"])
        for kind in rights
        if kind != "none"
    }
    return {
        kind: contrast_interval(change.mean(axis=1), change @ evidence.weights.T)
        for kind, change in changes.items()
    }
