"""How many images a run may be probed with, and when."""

from __future__ import annotations

from dataclasses import dataclass

BUDGET_RATIO = 0.03
"""Of the operations of a training, what its probes may take at most."""

# A step passes each image forwards once and backwards once, which costs twice as much.
_PASSES_OF_A_STEP = 3
_BATCH, _MOST_BATCHES = 32, 8


@dataclass(frozen=True)
class ProbePlan:
    """When a run is probed, and with how much.

    Attributes:
        interval: A probe behind the first epoch and behind every so many more; 0 for none at all.
        num_batches: Batches of a probe.
        batch_size: Images of each.
    """

    interval: int
    num_batches: int
    batch_size: int

    def is_due(self, num_epochs: int) -> bool:
        """Whether a probe follows when so many epochs have ended, the first being 1.

        Example:
            >>> [n for n in range(1, 9) if ProbePlan(3, 1, 32).is_due(n)]
            [1, 4, 7]
        """
        return self.interval > 0 and (num_epochs - 1) % self.interval == 0


def probe_plan(num_levels: int, num_train: int, epochs: float, batch_size: int) -> ProbePlan:
    """A plan within the budget.

    An image of a probe is passed forwards once, backwards once a level and, for the affinities, forwards once
    more a level: 1 + 3 L passes where one of training takes 3.

    Args:
        num_levels: L, levels that have a loss.
        num_train: Images of the train split.
        epochs: Of the run.
        batch_size: Of the recipe; a probe's is no larger.

    Example:
        >>> probe_plan(2, 45_000, 8.0, 1024)
        ProbePlan(interval=1, num_batches=8, batch_size=32)
        >>> probe_plan(2, 2_000, 8.0, 64)
        ProbePlan(interval=2, num_batches=1, batch_size=32)
        >>> probe_plan(2, 50, 2.0, 64)
        ProbePlan(interval=0, num_batches=0, batch_size=32)
    """
    size = min(_BATCH, batch_size, num_train)
    allowed = BUDGET_RATIO * num_train * epochs * _PASSES_OF_A_STEP / (1 + 3 * num_levels)
    num_batches = int(allowed // size)
    num_epochs = max(1, round(epochs))
    if num_batches == 0:
        return ProbePlan(0, 0, size)
    interval = -(-num_epochs // num_batches)
    num_probes = -(-num_epochs // interval)
    return ProbePlan(interval, min(_MOST_BATCHES, num_batches // num_probes), size)
