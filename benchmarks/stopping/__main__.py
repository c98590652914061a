"""`python -m benchmarks.stopping OUT`: do real runs get decided with fewer of them by us than by AdaStop?

Trains a pool of tiny networks once. Then draws studies from it, many times: an order of its seeds, and some
of its test images. On each, our rule and AdaStop stop where they stop. What the whole pool says is taken for
the truth. Draws share the pool's runs and images, so intervals speak of this pool and of no other; and
studies are drawn without replacement, so that they vary less than studies of fresh runs would.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.command import run_main
from benchmarks.stopping.draws import Choice, Drawn, Trial, all_variants, one_twice, trials, two_of_them
from benchmarks.stopping.pool import NUM_SEEDS, Pool, pooled, trained
from benchmarks.stopping.rules import Ending, adastop, fixed, until_decided
from benchmarks.stopping.tables import Row, at_equal_error, lines, row
from taskgraft.printing import say

MOST = 10
MARGINS = (0.01, 0.02)
ALPHAS = (0.05, 0.2)
# Seeds that are planned, or trained.
NUMBERS = (2, 3, 5, 7, MOST)
PLANS = ((5, 2), (2, 5))
CHOICES: dict[str, Choice] = {
    "All variants": all_variants,
    "Two of them": two_of_them,
    "One under two names": one_twice,
}
Rules = dict[str, Callable[[Drawn], Ending]]


def our_rules(margin: float, numbers: Sequence[int]) -> Rules:
    """Ours, each planned for so many seeds."""
    return {
        f"until decided, at most {most} seeds": partial(until_decided, margin=margin, most=most)
        for most in numbers
    }


def adastop_rules(alphas: Sequence[float]) -> Rules:
    """AdaStop with each plan and error."""
    return {
        f"AdaStop, {plan[1]} looks of {plan[0]}, {100 * alpha:g} %": partial(adastop, plan=plan, alpha=alpha)
        for plan in PLANS
        for alpha in alphas
    }


def plain_rules(numbers: Sequence[int]) -> Rules:
    """The highest mean of so many seeds."""
    return {f"highest mean of {number} seeds": partial(fixed, num_seeds=number) for number in numbers}


def rows(rules: Rules, drawn: Sequence[Trial], margins: Sequence[float]) -> list[list[Row]]:
    """What rules do in the same studies, for each margin that a winner may be behind."""
    endings = {name: [rule(trial.study) for trial in drawn] for name, rule in rules.items()}
    return [[row(name, each, drawn, margin) for name, each in endings.items()] for margin in margins]


def compared(pool: Pool, choose: Choice, margins: Sequence[float], num_images: int, number: int) -> None:
    """Prints what all rules do in so many drawn studies.

    Args:
        pool: The runs.
        choose: Which of them a study is of.
        margins: As shares.
        num_images: Test images of a study.
        number: Of studies.
    """
    drawn = trials(pool, choose, MOST, num_images, number)
    rivals = rows(adastop_rules(ALPHAS), drawn, margins)
    means = rows(plain_rules(NUMBERS), drawn, margins)
    for margin, theirs, plain in zip(margins, rivals, means, strict=True):
        [ours] = rows(our_rules(margin, NUMBERS), drawn, (margin,))
        say("", f"Margin {100 * margin:g} points:", "", *lines([*ours, *theirs, *plain]))
        say("", *at_equal_error(ours, theirs), "", *at_equal_error(theirs, ours))
        say("", *at_equal_error(plain, [*ours, *theirs]))


def main(
    out: Path,
    draws: Annotated[int, typer.Option(help="Studies drawn from the pool.")] = 200,
    images: Annotated[int, typer.Option(help="Test images of a drawn study.")] = 2_000,
    seeds: Annotated[int, typer.Option(help="Of the pool, for each variant.")] = NUM_SEEDS,
) -> None:
    """Trains what is missing of the pool, draws studies from it, and prints how each rule ends them."""
    pool = pooled(trained(out, seeds))
    say("| variant | full path, all runs |", "|---|---|")
    for name, score in pool.scores().items():
        deviation = np.std([pool.rights[name, seed].mean() for seed in range(pool.num_seeds)], ddof=1)
        say(f"| {name} | {100 * score:.1f}, s.d. over seeds {100 * deviation:.1f} |")
    for title, choose in CHOICES.items():
        say("", title)
        compared(pool, choose, MARGINS, images, draws)


if __name__ == "__main__":
    run_main(main)
