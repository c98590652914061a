"""Are the flows used? What the interventions on them did, over seeds and test images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.architecture import INTERVENTIONS, Flow
from taskgraft.recipe import Variant
from taskgraft.statistics import Bounds, Interval, contrast_interval, holm_over
from taskgraft.study import read_flows, run_directory
from taskgraft.taxonomy import IntArray
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._family import family_seeds
from taskgraft.verdict._records import FlowUse
from taskgraft.verdict._sample import FloatArray

_Preds = Mapping[str, npt.NDArray[np.generic]]
_Which = tuple[str, Flow]
# Interventions on flows whose rows are weighted at a time.
_BLOCK = 32


def judge_flows(evidence: Evidence) -> tuple[FlowUse, ...]:
    """Every flow of every variant, over the runs in which it was measured.

    Of the test images, those that have a label at the flow's target count; a target without any leaves the
    flow out.
    """
    judged: dict[_Which, dict[str, list[_Changes]]] = {}
    for one in _changes_of(evidence, _gains_of(evidence)):
        judged.setdefault((one.variant, one.flow), {}).setdefault(one.kind, []).append(one)
    intervals = [{kind: _interval(parts) for kind, parts in of_flow.items()} for of_flow in judged.values()]
    return tuple(
        FlowUse(name, flow.source, flow.target, changes, ps)
        for (name, flow), changes, ps in zip(judged, intervals, _adjusted(intervals), strict=True)
    )


def _adjusted(flows: Sequence[Mapping[str, Interval]]) -> list[dict[str, float | None]]:
    """For each flow its p by intervention, after Holm's correction over all flows."""
    ps: list[dict[str, float | None]] = [{} for _ in flows]
    for kind in dict.fromkeys(kind for changes in flows for kind in changes):
        having = [number for number, changes in enumerate(flows) if kind in changes]
        corrected = holm_over([flows[number][kind] for number in having])
        for number, p in zip(having, corrected, strict=True):
            ps[number][kind] = p
    return ps


@dataclass(frozen=True)
class _Gains:
    """What an intervention on a flow gains or loses in the runs of a variant on one partition.

    Attributes:
        variant: Name of the variant.
        flow: The flow.
        kind: The intervention.
        images: Whose images: a partition of train and test images, None for the split of the data; and the
            place of the flow's target among the levels, which they have a label at or not.
        rights: How much more a run gets right of an image with it: int8 of shape (S, N).
    """

    variant: str
    flow: Flow
    kind: str
    images: tuple[int | None, int]
    rights: npt.NDArray[np.int8]


@dataclass(frozen=True)
class _Changes:
    """What an intervention changes in the runs of a variant on one partition.

    Attributes:
        variant: Name of the variant.
        flow: The flow.
        kind: The intervention.
        values: Mean over labelled images: shape (S,).
        draws: The same in each resampling: shape (S, R).
        num_images: That have a label.
        partition: Of train and test images; None for the split of the data.
    """

    variant: str
    flow: Flow
    kind: str
    values: FloatArray
    draws: FloatArray
    num_images: int
    partition: int | None


def _gains_of(evidence: Evidence) -> Iterator[_Gains]:
    """Those of all flows; the file of a run is read once."""
    for variant in evidence.study.record.request.variants:
        if variant.architecture.flows and variant.name in evidence.names:
            for partition, runs in _preds_of(evidence, variant).items():
                for flow in variant.architecture.flows:
                    level = variant.architecture.levels.index(flow.target)
                    target = evidence.test_split(partition)[0][:, level]
                    for kind, rights in _rights(flow, target, runs).items():
                        yield _Gains(variant.name, flow, kind, (partition, level), rights)


def _preds_of(evidence: Evidence, variant: Variant) -> dict[int | None, list[_Preds]]:
    """By partition, what the runs of a variant predict under every intervention."""
    seeds = family_seeds(evidence, variant.name)
    runs: dict[int | None, list[_Preds]] = {}
    for run in evidence.runs(variant.name):
        if run.seed in seeds:
            partition = evidence.study.record.request.partition_of(run.seed)
            directory = run_directory(evidence.study.directory, run.variant, run.seed)
            runs.setdefault(partition, []).append(read_flows(directory))
    return runs


def _rights(flow: Flow, target: IntArray, runs: Sequence[_Preds]) -> dict[str, npt.NDArray[np.int8]]:
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
        kind: np.stack(of_kind).astype(np.int8) - np.stack(rights["none"])
        for kind, of_kind in rights.items()
        if kind != "none"
    }


def _changes_of(evidence: Evidence, gains: Iterable[_Gains]) -> Iterator[_Changes]:
    """The mean changes over labelled images, in the order of the gains.

    Gains on the same images are weighted together: one product of many rows is many times as fast as many
    products of a few.
    """
    listed = list(gains)
    groups: dict[tuple[int | None, int], list[_Gains]] = {}
    for each in listed:
        groups.setdefault(each.images, []).append(each)
    means = {images: _means(evidence, images, group) for images, group in groups.items()}
    for each in listed:
        values, draws, num_images = next(means[each.images])
        yield _Changes(each.variant, each.flow, each.kind, values, draws, num_images, each.images[0])


def _means(
    evidence: Evidence, images: tuple[int | None, int], group: Sequence[_Gains]
) -> Iterator[tuple[FloatArray, FloatArray, int]]:
    """Of each of a group the values, the draws and the number of images, as `_Changes` has them."""
    partition, level = images
    targets, weights = evidence.test_split(partition)
    is_labelled = targets[:, level] >= 0
    if not is_labelled.all():
        weights = weights[:, is_labelled]
    shares = weights.sum(axis=1)
    for start in range(0, len(group), _BLOCK):
        block = group[start : start + _BLOCK]
        rows = np.concatenate([each.rights for each in block])[:, is_labelled].astype(np.float32)
        values, sums = rows.mean(axis=1), rows @ weights.T
        # Weights that draw no labelled image leave the change as it is.
        draws = np.divide(sums, shares, out=np.tile(values[:, None], len(shares)), where=shares > 0)
        ends = np.cumsum([len(each.rights) for each in block])[:-1]
        for pair in zip(np.split(values, ends), np.split(draws, ends), strict=True):
            yield *pair, rows.shape[1]


def _interval(parts: Sequence[_Changes]) -> Interval:
    """Over seeds, partitions and images."""
    partitions = [part.partition for part in parts for _ in part.values if part.partition is not None]
    return contrast_interval(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.draws for part in parts]),
        bounds=Bounds(-1.0, 1.0, float(min(part.num_images for part in parts))),
        partitions=partitions or None,
    )
