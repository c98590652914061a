"""`python -m benchmarks.foretell OUT`: does what a diagnosis sees early foretell what sharing brings?

Trains `independent` and `shared` on data of different kinds, diagnosed. Of each study: what the gradients of
the levels did in the first tenth of training `shared`, and what `shared` scored over `independent` in the
end. Over all of them: the rank correlation of both, with an interval. Everything resumes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from benchmarks.command import run_main
from taskgraft.errors import RequestError
from taskgraft.execution import compare
from taskgraft.parameter import Parameter
from taskgraft.printing import say, say_json
from taskgraft.study import Study
from taskgraft.verdict import Diagnosed, Verdict, conclude, transfer

RECIPE, ARCHITECTURES = "quick", "independent,shared"
_EARLY = 0.1
_NUM_DRAWS = 10_000
# Intervals of effects are taken for normal ones.
_NORMAL = 1.96
# All orders of so many studies are 5,040.
_FEW = 7
_ROUNDING = 1e-9
Floats = NDArray[np.float64]
_FEWEST = 5


@dataclass(frozen=True)
class Trial:
    """One study.

    Attributes:
        name: Of its row.
        data: What `compare` takes.
        options: Further ones of `compare`.
        seeds: How many.
        epochs: Of each run; ten or more, so that a probe falls into the first tenth.
    """

    name: str
    data: str
    options: Mapping[str, Any] = field(default_factory=dict)
    seeds: int = 3
    epochs: int = 12


def trials(fruit: str | None, cifar100: str | None) -> list[Trial]:
    """All studies, those left out whose data are not at hand.

    Args:
        fruit: Folder of photographs of two levels, kind and variety.
        cifar100: Folder that holds CIFAR-100.
    """
    drawn = [
        Trial(
            f"shapes, relatedness {share:g}",
            "shapes",
            {"data_options": {"relatedness": share}, "limit": 3_000},
        )
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    some = {"limit": 6_000}
    fashion = [Trial("Fashion-MNIST, 3 levels", "fashion-mnist", some)]
    cifar: dict[str, Any] = some | {"data_dir": cifar100}
    of_cifar = [
        Trial("CIFAR-100, 2 levels", "cifar100", cifar),
        Trial("CIFAR-100, 5 levels", "cifar100", cifar | {"taxonomy": "5-level"}),
    ]
    photographs = [Trial("fruit, 2 levels", fruit or "", {"levels": "kind,variety", "size": 64}, epochs=15)]
    return [*drawn, *fashion, *(of_cifar if cifar100 else []), *(photographs if fruit else [])]


@dataclass(frozen=True)
class Outcome:
    """What one study shows.

    Attributes:
        name: Of the trial.
        cosine: Mean cosine of two levels' gradients, over stages, pairs, seeds and the early probes.
        conflict: Share of the batches in which it was below zero, likewise.
        affinity: By what share a step for one level lowers the loss of another, over all probes.
        transfer: That, as a share of what a step for a level does to its own loss.
        effect: Of sharing on the full path, in points: estimate, low and high.
        on_levels: The same for the accuracy of each level, estimates alone.
        seeds: How many.
    """

    name: str
    cosine: float
    conflict: float
    affinity: float
    transfer: float
    effect: tuple[float, float, float]
    on_levels: dict[str, float]
    seeds: int


def outcome(trial: Trial, verdict: Verdict) -> Outcome:
    """What a study that has ended shows."""
    [shared] = [each for each in verdict.diagnosed if each.variant == "shared"]
    early = [place for place, epoch in enumerate(shared.epochs) if epoch <= _EARLY * trial.epochs]
    # Whose first probe comes later has that one.
    early = early or [0]
    effects = {
        each.score: (each if each.first == "shared" else each.turned).interval
        for each in verdict.comparisons
        if {each.first, each.second} == {"shared", "independent"}
    }
    path = effects["full_path_accuracy"]
    return Outcome(
        name=trial.name,
        cosine=_mean(shared, early, lambda pull: pull.values),
        conflict=_mean(shared, early, lambda pull: pull.conflicts),
        affinity=_across(shared),
        transfer=transfer(np.array(shared.affinities)),
        effect=(100 * path.estimate, 100 * path.low, 100 * path.high),
        on_levels={level: 100 * effects[f"accuracy.{level}"].estimate for level in shared.levels},
        seeds=shared.num_seeds,
    )


def _mean(shared: Diagnosed, places: Sequence[int], values: Callable[[Any], Sequence[float]]) -> float:
    return float(np.mean([values(pull)[place] for pull in shared.cosines for place in places]))


def _across(shared: Diagnosed) -> float:
    """Mean affinity of each level to another one."""
    matrix = np.array(shared.affinities)
    return float(matrix[~np.eye(len(matrix), dtype=bool)].mean())


@dataclass(frozen=True)
class Correlation:
    """Spearman's rank correlation over studies.

    Attributes:
        value: Of the estimates.
        low: Lower end of a percentile interval of 95 %: sets of studies are drawn, and of each its effect,
            as far off as its interval allows. A few studies in perfect order are no certainty.
        high: Its upper end.
        p: How often chance orders them as clearly, either way.
    """

    value: float
    low: float
    high: float
    p: float


def correlation(signs: Sequence[float], outcomes: Sequence[Outcome]) -> Correlation:
    """That of a sign with the effect of sharing.

    Args:
        signs: One of each study.
        outcomes: The studies.
    """
    effects = np.array([each.effect for each in outcomes])
    errors = (effects[:, 2] - effects[:, 1]) / (2 * _NORMAL)
    generator, of_signs = np.random.default_rng(0), np.array(signs)
    shape = (_NUM_DRAWS, len(effects))
    chosen = generator.integers(0, len(effects), shape)
    possible = effects[:, 0] + errors * generator.standard_normal(shape)
    drawn = _rank_correlations(of_signs[chosen], np.take_along_axis(possible, chosen, axis=1))
    # A draw of one study alone has no order.
    low, high = np.nanquantile(drawn, (0.025, 0.975))
    [value] = _rank_correlations(of_signs[None], effects[None, :, 0])
    # Of a few studies every order, of more so many.
    if len(signs) <= _FEW:
        orders = np.array([*permutations(signs)])
    else:
        shuffled = generator.permuted(np.tile(of_signs, (_NUM_DRAWS, 1)), axis=1)
        # The order that there is counts as one of them: no p is 0.
        orders = np.concatenate([of_signs[None], shuffled])
    by_chance = _rank_correlations(orders, np.broadcast_to(effects[:, 0], orders.shape))
    p = np.mean(np.abs(by_chance) >= abs(value) - _ROUNDING)
    return Correlation(float(value), float(low), float(high), float(p))


def _rank_correlations(first: Floats, second: Floats) -> Floats:
    """Spearman's, row by row; NaN where a row has no order."""
    ranks = [rankdata(each, axis=1) for each in (first, second)]
    centred = [each - each.mean(axis=1, keepdims=True) for each in ranks]
    with np.errstate(invalid="ignore"):
        of_rows: Floats = (centred[0] * centred[1]).sum(1) / np.sqrt(
            np.prod([(c**2).sum(1) for c in centred], axis=0)
        )
    return of_rows


def lines(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """A table in Markdown, and the correlations."""
    yield (
        "| data | seeds | early cosine | early conflict | affinity | transfer | effect on the full path "
        "| on levels |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for each in outcomes:
        effect, low, high = each.effect
        levels = ", ".join(f"{name} {value:+.1f}" for name, value in each.on_levels.items())
        yield (
            f"| {each.name} | {each.seeds} | {each.cosine:+.2f} | {100 * each.conflict:.0f} % | "
            f"{100 * each.affinity:+.2f} % | {each.transfer:+.2f} | "
            f"{effect:+.1f} ({low:+.1f} to {high:+.1f}) | {levels} |"
        )
    yield ""
    if len(outcomes) < _FEWEST:
        yield f"No correlation: {len(outcomes)} of the {_FEWEST} studies that it takes at least."
        return
    for name in ("cosine", "conflict", "affinity", "transfer"):
        one = correlation([getattr(each, name) for each in outcomes], outcomes)
        ends = f"({one.low:+.2f} to {one.high:+.2f})"
        yield f"{name}: rank correlation with the effect {one.value:+.2f} {ends}, p of chance {one.p:.2g}"


def main(
    out: Path,
    fruit: str | None = None,
    cifar100: str | None = None,
    only: str = "",
    jobs: int = 1,
    as_json: bool = False,
) -> None:
    """Trains what is missing, and prints what all of it shows.

    Args:
        out: Directory of the studies.
        fruit: Folder of photographs.
        cifar100: Folder of CIFAR-100.
        only: Part of the name of the trials to train; all without it.
        jobs: Runs at once, each of one thread.
        as_json: Whether figures come as JSON.
    """
    chosen = [trial for trial in trials(fruit, cifar100) if only in trial.name]
    if not chosen:
        raise RequestError.expected(
            Parameter("only"), "part of the name of a trial", only, "Leave it out for all."
        )
    outcomes = [outcome(trial, conclude(studied(trial, out, jobs))) for trial in chosen]
    if as_json:
        say_json([asdict(each) for each in outcomes])
    else:
        say(*lines(outcomes))


def studied(trial: Trial, out: Path, jobs: int) -> Study:
    """The study of a trial, trained as far as it is not yet."""
    name = "".join(letter if letter.isalnum() else "-" for letter in trial.name)
    return compare(
        trial.data,
        ARCHITECTURES,
        RECIPE,
        trial.seeds,
        epochs=trial.epochs,
        diagnose=True,
        num_threads=1,
        jobs=jobs,
        out=out / name,
        **trial.options,
    )


if __name__ == "__main__":
    run_main(main)
