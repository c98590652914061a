"""What the diagnoses of a study's runs saw, a variant at a time: means over its seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import numpy.typing as npt

from taskgraft.architecture import Levels, StageLanes, stage_lanes
from taskgraft.probe import Matrix, Probe
from taskgraft.study import DamagedFileError, read_probes, run_directory
from taskgraft.verdict._evidence import Evidence

# Of the batches: so much more often gradients have to conflict behind a stage than up to it.
_LEAST_RISE = 0.1


@dataclass(frozen=True)
class Pull:
    """How two levels, or the two lanes of a trunk, stand to one another, or what a stream takes of a lane.

    Attributes:
        stage: Of the trunk, the first being 1.
        pair: Names of the two levels, the coarser one first; of lanes the levels that they serve; of what is
            taken the levels of the stream, then the lane.
        values: At each epoch.
        conflicts: Of gradients, share of the batches in which they conflicted, at each epoch; else empty.
    """

    stage: int
    pair: tuple[str, str]
    values: tuple[float, ...]
    conflicts: tuple[float, ...] = ()


@dataclass(frozen=True)
class Diagnosed:
    """What the probes of one variant saw.

    Attributes:
        variant: Its name.
        num_seeds: Runs that were probed.
        num_images: Images of a probe.
        seconds_ratio: What probing took, as a share of training.
        levels: Those that have a loss, coarsest first.
        epochs: At which all these runs were probed.
        cosines: Of gradients, a stage and a pair of levels each; empty where nothing is shared.
        similarities: CKA of lanes, a stage and a pair of lanes each; empty where there is one lane.
        shares: What each stream behind a mixer takes of each lane, a stage, a stream and a lane each; empty
            where no mixer says so.
        norms: Norm of each level's gradient, L numbers a stage, at the last epoch.
        affinities: L x L as in a probe, the mean over the epochs; None where nothing is shared.
        fork: The stage behind which conflicts become more frequent, of a trunk that all levels share: what
            comes behind it might be kept apart. None where they do not, or for other trunks.
    """

    variant: str
    num_seeds: int
    num_images: int
    seconds_ratio: float
    levels: tuple[str, ...]
    epochs: tuple[float, ...]
    cosines: tuple[Pull, ...]
    similarities: tuple[Pull, ...]
    shares: tuple[Pull, ...]
    norms: Matrix
    affinities: Matrix | None
    fork: int | None = None

    @property
    def conflict_ratio(self) -> float | None:
        """Share of batches, stages and pairs in which gradients conflicted; None where nothing is shared."""
        shares = [share for pull in self.cosines for share in pull.conflicts]
        return float(np.mean(shares)) if shares else None


def diagnosed(evidence: Evidence) -> tuple[Diagnosed, ...]:
    """Every variant of which runs were diagnosed, in the order of the study."""
    every = (_diagnosed(evidence, name) for name in evidence.names)
    return tuple(one for one in every if one is not None)


def _diagnosed(evidence: Evidence, variant: str) -> Diagnosed | None:
    runs: list[list[Probe]] = []
    seconds = 0.0
    for run in evidence.runs(variant):
        try:
            probes = read_probes(run_directory(evidence.study.directory, run.variant, run.seed))
        except DamagedFileError:
            continue
        if probes and not (runs and _shape(probes) != _shape(runs[0])):
            runs.append(probes)
            seconds += run.cost.train_seconds
    if not runs:
        return None
    epochs = sorted(set.intersection(*({probe.epoch for probe in probes} for probes in runs)))
    at = [[next(p for p in probes if p.epoch == epoch) for probes in runs] for epoch in epochs]
    if not at:
        return None
    one = at[0][0]
    names = _lane_names(evidence, variant, one)
    pulls = tuple(_pulls(at, "cosines", [list(one.levels)] * len(one.stages)))
    return Diagnosed(
        variant=variant,
        num_seeds=len(runs),
        num_images=one.num_images,
        seconds_ratio=sum(probe.seconds for probes in runs for probe in probes) / max(seconds, 1e-9),
        levels=one.levels,
        epochs=tuple(epochs),
        cosines=pulls,
        similarities=tuple(_pulls(at, "similarities", names)),
        shares=tuple(_shares(at, _mixed_names(evidence, variant, one))),
        norms=tuple(
            tuple(np.mean([probe.stages[stage].norms for probe in at[-1]], axis=0).tolist())
            for stage in range(len(one.stages))
        ),
        affinities=_mean([probe.affinities for probes in at for probe in probes]),
        fork=proposed_fork(pulls) if _is_one_lane(evidence, variant) else None,
    )


def proposed_fork(pulls: Sequence[Pull]) -> int | None:
    """The stage behind which gradients conflict more often than up to it, by a tenth of the batches or more.

    Recon (Shi et al., 2023) makes the layers with the most conflicts specific to the levels; here stages, and
    those that a fork can part: the last ones. Of several such stages that with the largest difference.

    Args:
        pulls: Of gradients, with their conflicts.

    Example:
        >>> shares = (0.1, 0.2, 0.5)
        >>> proposed_fork([Pull(at, ("a", "b"), (0.0,), (share,)) for at, share in enumerate(shares, 1)])
        2
    """
    stages = sorted({pull.stage for pull in pulls})
    shares = [np.mean([share for p in pulls if p.stage == at for share in p.conflicts]) for at in stages]
    rises = {at: np.mean(shares[n:]) - np.mean(shares[:n]) for n, at in enumerate(stages[:-1], start=1)}
    steepest = max(rises, key=lambda at: rises[at], default=None)
    return steepest if steepest is not None and rises[steepest] >= _LEAST_RISE else None


def _is_one_lane(evidence: Evidence, variant: str) -> bool:
    """Whether all levels look through one lane from the first stage to the last, and nothing is mixed."""
    architecture = evidence.study.record.request.variant(variant).architecture
    return architecture.trunk == "shared" and not architecture.mixers


def _shape(probes: Sequence[Probe]) -> set[tuple[object, ...]]:
    """What runs of one variant have in common, however they were seeded."""
    return {
        (probe.levels, *((len(stage.similarities or ()), _sides(stage.shares)) for stage in probe.stages))
        for probe in probes
    }


def _sides(shares: Matrix | None) -> tuple[int, int]:
    return (len(shares), len(shares[0])) if shares else (0, 0)


def _plans(evidence: Evidence, variant: str, probe: Probe) -> Sequence[StageLanes]:
    architecture = evidence.study.record.request.variant(variant).architecture
    return stage_lanes(architecture, len(probe.stages))


def _served(evidence: Evidence, lanes: Sequence[Levels]) -> list[str]:
    """The levels that each of some lanes serves, in words; those that serve the same ones are numbered."""
    levels = evidence.study.taxonomy.level_names
    names = [" + ".join(levels[place] for place in lane) for lane in lanes]
    return [
        f"{name} ({names[: place + 1].count(name)})" if names.count(name) > 1 else name
        for place, name in enumerate(names)
    ]


def _mixed_names(evidence: Evidence, variant: str, probe: Probe) -> list[tuple[list[str], list[str]]]:
    """For each stage whose mixer says what it takes, names of its streams and of its lanes; else none."""
    plans = _plans(evidence, variant, probe)
    names = [(_served(evidence, plan.streams), _served(evidence, plan.lanes)) for plan in plans]
    return [
        its if _sides(stage.shares) == (len(its[0]), len(its[1])) else ([], [])
        for its, stage in zip(names, probe.stages, strict=True)
    ]


def _shares(
    at: Sequence[Sequence[Probe]], names: Sequence[tuple[Sequence[str], Sequence[str]]]
) -> Iterator[Pull]:
    """Of each stage, stream and lane, the mean over the runs at every epoch."""
    for stage, (streams, lanes) in enumerate(names):
        for i, j in product(range(len(streams)), range(len(lanes))):
            values = _at_epochs(at, stage, "shares", (i, j))
            if values is not None:
                yield Pull(stage + 1, (streams[i], lanes[j]), values)


def _lane_names(evidence: Evidence, variant: str, probe: Probe) -> list[list[str]]:
    """For each stage of which lanes were compared, the levels that each of them serves."""
    names = [_served(evidence, plan.streams) for plan in _plans(evidence, variant, probe)]
    sizes = [len(stage.similarities or ()) for stage in probe.stages]
    return [its if len(its) == size else [] for its, size in zip(names, sizes, strict=True)]


def _pulls(at: Sequence[Sequence[Probe]], what: str, names: Sequence[Sequence[str]]) -> list[Pull]:
    """Of each stage and each pair, the mean over the runs at every epoch."""
    pulls = []
    for stage, its in enumerate(names):
        for i, j in combinations(range(len(its)), 2):
            values = _at_epochs(at, stage, what, (i, j))
            if values is not None:
                conflicts = _at_epochs(at, stage, "conflicts", (i, j)) if what == "cosines" else None
                pulls.append(Pull(stage + 1, (its[i], its[j]), values, conflicts or ()))
    return pulls


def _at_epochs(
    at: Sequence[Sequence[Probe]], stage: int, what: str, place: tuple[int, int]
) -> tuple[float, ...] | None:
    means = [_mean([getattr(probe.stages[stage], what) for probe in probes]) for probes in at]
    return tuple(mean[place[0]][place[1]] for mean in means if mean is not None) or None


def _mean(matrices: Sequence[Matrix | None]) -> Matrix | None:
    given = [matrix for matrix in matrices if matrix is not None]
    if not given:
        return None
    mean: npt.NDArray[np.float64] = np.mean(given, axis=0)
    return tuple(map(tuple, mean.tolist()))
