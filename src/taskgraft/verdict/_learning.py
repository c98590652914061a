"""Which runs have hardly begun to learn: what they show says little of what they would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from taskgraft.history import Epoch
from taskgraft.recipe import FEWEST_STEPS
from taskgraft.study import DamagedFileError, read_history, run_directory
from taskgraft.taxonomy import IntArray
from taskgraft.verdict._evidence import Evidence, RunKey

# Of what a guess of the most frequent class gets wrong, a network that learns gets a tenth right ...
_LEAST_GAIN = 0.1
# ... or at least its loss on train images is below that of the classes' frequencies by so much.
_LEAST_FALL = 0.15
# Of a short run: what its last third may still add to its accuracy on val, as a share of it.
_STEEP, _LAST_THIRD = 0.1, 2 / 3


@dataclass(frozen=True)
class Learning:
    """How far the networks of a study have learned.

    Attributes:
        num_runs: Finished runs whose history says it.
        hardly_begun: Those that have hardly begun, each with the reason in words.
    """

    num_runs: int = 0
    hardly_begun: tuple[tuple[RunKey, str], ...] = ()

    @classmethod
    def of(cls, evidence: Evidence) -> Self:
        """As the histories of the runs say."""
        levels = evidence.study.taxonomy.level_names
        judged = []
        for run in (run for name in evidence.names for run in evidence.runs(name)):
            try:
                history = read_history(run_directory(evidence.study.directory, run.variant, run.seed), levels)
            except DamagedFileError:
                continue
            level = _finest(history, levels)
            if level is not None:
                targets = evidence.targets[:, levels.index(level)]
                judged.append(((run.variant, run.seed), _reason(history, level, targets)))
        return cls(len(judged), tuple((key, reason) for key, reason in judged if reason))

    @property
    def is_too_early(self) -> bool:
        """Whether half of the runs or more have hardly begun: nothing is to be concluded from the study."""
        return 2 * len(self.hardly_begun) >= self.num_runs > 0

    def is_too_early_for(self, variant: str | None, seeds: Sequence[int]) -> bool:
        """Whether that holds of the study or, of one to be taken, of its runs of these seeds."""
        of_variant = sum(name == variant and seed in seeds for (name, seed), _ in self.hardly_begun)
        return self.is_too_early or (of_variant > 0 and 2 * of_variant >= len(seeds))


def _finest(history: Sequence[Epoch], levels: Sequence[str]) -> str | None:
    """The finest level of which the last epoch says how well it is predicted."""
    measured = history[-1].val_accuracies if history else {}
    return next((level for level in reversed(levels) if level in measured), None)


def _reason(history: Sequence[Epoch], level: str, targets: IntArray) -> str:
    """Why a run has hardly begun; empty where it has."""
    last = history[-1]
    reached = last.val_accuracies[level]
    majority, entropy = _guesses(targets)
    loss = last.train_losses.get(level, 0.0)
    # A network may be sure too early (accuracy without a fall) or unsure to the end (the other way round).
    if reached - majority < _LEAST_GAIN * (1 - majority) and loss > (1 - _LEAST_FALL) * entropy:
        return (
            f"{100 * reached:.1f} % of {level} right on val, where always the most frequent class gets "
            f"{100 * majority:.1f} %"
        )
    if last.step >= FEWEST_STEPS:
        return ""
    before = [row.val_accuracies.get(level, 0.0) for row in history if row.step <= _LAST_THIRD * last.step]
    earlier = before[-1] if before else 0.0
    if reached - earlier <= _STEEP * reached:
        return ""
    rise = f", from {100 * earlier:.1f} to {100 * reached:.1f} %" if before else ""
    return f"{last.step} steps, {level} on val still rising at their end{rise}"


def _guesses(targets: IntArray) -> tuple[float, float]:
    """The share of the most frequent class, and the loss of predicting the frequencies, in nats."""
    labelled = targets[targets >= 0]
    if not len(labelled):
        return 0.0, 0.0
    shares = np.bincount(labelled) / len(labelled)
    shares = shares[shares > 0]
    return float(shares.max()), float(-(shares * np.log(shares)).sum())
