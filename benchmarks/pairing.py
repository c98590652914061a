"""`python -m benchmarks.pairing STUDY...`: how much of the variance over seeds variants have in common.

That is what pairs by seed take out of a difference. It is measured by mean squares over the seeds that all
variants have, with the interval of F, whose seeds and rests are normal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import typer
from scipy import stats

from benchmarks.command import run_main
from benchmarks.stopping.pool import half_sized_shapes
from taskgraft.errors import StudyError
from taskgraft.execution import compare
from taskgraft.printing import say
from taskgraft.study import Study

_LEVEL = 0.95
# Of the study that is trained: networks that cost alike.
_VARIANTS = "flat,shared,shared-coarse-to-fine,shared-fine-to-coarse"
_NUM_SEEDS, _EPOCHS = 8, 12


@dataclass(frozen=True)
class Shared:
    """The share of the variance over seeds that variants have in common.

    Attributes:
        share: The correlation of two variants over seeds.
        low: Lower end of its 95 % interval.
        high: Upper end.
        points: Standard deviation of a variant over seeds, in points.
    """

    share: float
    low: float
    high: float
    points: float


def bench(
    studies: Annotated[list[Path] | None, typer.Argument(help="Finished studies.")] = None,
    train: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Train one with compact.")] = None,
) -> None:
    """Say the share for the accuracy of every level and the full path of each study."""
    if train:
        trained(train)
    for place in [*(studies or []), *([train] if train else [])]:
        study = Study.open(place)
        names = [f"accuracy.{level}" for level in study.taxonomy.level_names]
        for name in [*names, "full_path_accuracy"]:
            scores = scores_of(study, name)
            one = shared(scores)
            say(
                f"{place.name}: {name}",
                f"{one.share:+.2f} ({one.low:+.2f} to {one.high:+.2f}), {scores.shape[0]} variants, "
                f"{scores.shape[1]} seeds {one.points:.2f} points apart",
            )


def trained(out: Path, num_seeds: int = _NUM_SEEDS) -> Study:
    """`compact` on shapes of 16 pixels; what of it is finished is not done again."""
    data = half_sized_shapes(num_train=4_000, num_val=500, num_test=2_000)
    return compare(data, _VARIANTS, "compact", num_seeds, epochs=_EPOCHS, num_threads=1, jobs=1, out=out)


def scores_of(study: Study, name: str) -> npt.NDArray[np.float64]:
    """A score on test of every variant, over the seeds that all have: shape (K, S).

    Raises:
        StudyError: If there are fewer than two of either.
    """
    by_run = {(run.variant, run.seed): run.scores[name] for run in study.runs if name in run.scores}
    variants = sorted({variant for variant, _ in by_run})
    seeds = [
        seed for seed in sorted({s for _, s in by_run}) if all((each, seed) in by_run for each in variants)
    ]
    if min(len(variants), len(seeds)) < 2:
        raise StudyError.expected(
            str(study.directory),
            "a study of two variants and two seeds at least",
            f"{len(variants)} and {len(seeds)} with {name}",
            "Train more.",
        )
    return np.array([[by_run[variant, seed] for seed in seeds] for variant in variants])


def shared(scores: npt.NDArray[np.float64]) -> Shared:
    """What variants have in common over seeds; scores of shape (K, S).

    Source:
        Shrout and Fleiss, *Intraclass correlations*, Psychological Bulletin 86, 1979, case 3.

    Example:
        >>> alike = np.array([[0.50, 0.52, 0.51], [0.60, 0.621, 0.61]])
        >>> one = shared(alike)
        >>> round(one.share, 2), one.low < one.share < one.high
        (1.0, True)
    """
    num_variants, num_seeds = scores.shape
    centred = scores - scores.mean(axis=1, keepdims=True)
    of_seeds = num_variants * centred.mean(axis=0) ** 2
    rest = (centred - centred.mean(axis=0)) ** 2
    freedom = num_seeds - 1, (num_seeds - 1) * (num_variants - 1)
    if not rest.sum() > 0:
        # Nothing but what they have in common, or nothing at all.
        one = 1.0 if of_seeds.sum() > 0 else math.nan
        return Shared(one, one, one, float(100 * scores.std(axis=1, ddof=1).mean()))
    ratio = (of_seeds.sum() / freedom[0]) / (rest.sum() / freedom[1])
    ends = [ratio / stats.f.ppf(tail, *freedom) for tail in ((1 + _LEVEL) / 2, (1 - _LEVEL) / 2)]
    share, low, high = ((f - 1) / (f + num_variants - 1) for f in (ratio, *ends))
    return Shared(float(share), float(low), float(high), float(100 * scores.std(axis=1, ddof=1).mean()))


if __name__ == "__main__":
    run_main(bench)
