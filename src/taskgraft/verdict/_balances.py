"""Balancers that drive a level to nothing, or a gradient out of bounds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from taskgraft.history import Epoch
from taskgraft.study import DamagedFileError, read_history, run_directory
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._wording import count, in_words

# Of the mean weight of all levels: below this a level is as good as not trained.
_NOTHING = 0.01
# How many times the norm of the sum of the levels' gradients.
_BLOWN_UP = 10.0


def about_balances(evidence: Evidence) -> Iterator[str]:
    """A sentence for each level and each variant whose last epochs show it."""
    levels = evidence.study.taxonomy.level_names
    for name in evidence.names:
        last = []
        for run in evidence.runs(name):
            try:
                last.append(read_history(run_directory(evidence.study.directory, name, run.seed), levels)[-1])
            except (DamagedFileError, IndexError):
                continue
        yield from _of_weights(name, last)
        ratios = [row.gradient_ratio for row in last if row.gradient_ratio is not None]
        if ratios and max(ratios) > _BLOWN_UP:
            yield (
                f"In {name} the balancer made gradients of up to {max(ratios):.3g} times the norm of their "
                "sum in the last epoch: its steps are longer than the learning rate was chosen for."
            )


def _of_weights(name: str, last: list[Epoch]) -> Iterator[str]:
    """Levels whose weight is next to nothing beside the mean of all, in half of the runs or more."""
    rows = [row.level_weights for row in last if row.level_weights]
    for level in rows[0] if rows else ():
        shares = [row[level] / np.mean(list(row.values())) for row in rows if any(row.values())]
        small = sum(bool(share < _NOTHING) for share in shares)
        if 2 * small >= len(shares) > 0:
            of_runs = f"{in_words(small)} of {count(len(shares), 'run')}"
            yield (
                f"In {name} the balancer drove the weight of {level} to {100 * min(shares):.2g} % of the "
                f"mean of all levels in {of_runs}: {level} was hardly trained at the end."
            )
