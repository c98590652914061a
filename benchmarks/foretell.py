"""`python -m benchmarks.foretell OUT`: does what a diagnosis sees early foretell what sharing brings?

Trains `independent` and `shared` on data of different kinds, diagnosed. Of each study: what the gradients of
the levels did in the first tenth of training `shared`, and what `shared` scored over `independent` in the
end. Over all of them: the rank correlation of both, with an interval. Everything resumes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from benchmarks.command import run_main
from taskgraft.errors import RequestError
from taskgraft.execution import compare
from taskgraft.parameter import Parameter
from taskgraft.printing import say, say_json
from taskgraft.study import Study
from taskgraft.verdict import Diagnosed, Verdict, conclude

RECIPE, ARCHITECTURES = "quick", "independent,shared"
_EARLY = 0.1
_NUM_DRAWS = 10_000
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
        effect: Of sharing on the full path, in points: estimate, low and high.
        on_levels: The same for the accuracy of each level, estimates alone.
        seeds: How many.
    """

    name: str
    cosine: float
    conflict: float
    affinity: float
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


def correlation(signs: Sequence[float], effects: Sequence[float]) -> tuple[float, float, float]:
    """Spearman's rank correlation, and a percentile interval of 95 % over drawn sets of studies.

    Args:
        signs: One of each study.
        effects: Likewise.
    """
    pairs = np.array([signs, effects])
    generator = np.random.default_rng(0)
    drawn = (pairs[:, generator.integers(0, pairs.shape[1], pairs.shape[1])] for _ in range(_NUM_DRAWS))
    # A draw of one study alone has no order.
    values = [spearmanr(*each).statistic for each in drawn if (np.ptp(each, axis=1) > 0).all()]
    low, high = np.quantile(values, (0.025, 0.975))
    return float(spearmanr(*pairs).statistic), float(low), float(high)


def lines(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """A table in Markdown, and the correlations."""
    yield "| data | seeds | early cosine | early conflict | affinity | effect on the full path | on levels |"
    yield "|---|---|---|---|---|---|---|"
    for each in outcomes:
        effect, low, high = each.effect
        levels = ", ".join(f"{name} {value:+.1f}" for name, value in each.on_levels.items())
        yield (
            f"| {each.name} | {each.seeds} | {each.cosine:+.2f} | {100 * each.conflict:.0f} % | "
            f"{100 * each.affinity:+.2f} % | {effect:+.1f} ({low:+.1f} to {high:+.1f}) | {levels} |"
        )
    yield ""
    if len(outcomes) < _FEWEST:
        yield f"No correlation: {len(outcomes)} of the {_FEWEST} studies that it takes at least."
        return
    effects = [each.effect[0] for each in outcomes]
    for name in ("cosine", "conflict", "affinity"):
        value, low, high = correlation([getattr(each, name) for each in outcomes], effects)
        yield f"{name}: rank correlation with the effect {value:+.2f} ({low:+.2f} to {high:+.2f})"


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
