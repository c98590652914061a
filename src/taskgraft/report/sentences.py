"""What a study found, in sentences made from its numbers; none goes further than its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from taskgraft.architecture.catalogue import CONTROL
from taskgraft.report.units import count, percent, points, span
from taskgraft.statistics.paired import Interval
from taskgraft.study.summary import ArchitectureSummary, Difference


@dataclass(frozen=True)
class Sentence:
    """What is said of one level."""

    level: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """What is said of one architecture against the control.

    Attributes:
        architecture: Its name.
        sentences: The difference at each level, coarsest first.
        terms: How many seeds that rests on, and what the architecture costs.
        is_told: Whether some level tells it from the control, over two seeds or more.
    """

    architecture: str
    sentences: tuple[Sentence, ...]
    terms: str
    is_told: bool


def headline(rows: Sequence[ArchitectureSummary], differences: Sequence[Difference]) -> str:
    """The one sentence to remember: how many architectures can be told from the control at all.

    Args:
        rows: The study's summaries.
        differences: Its differences from the control.
    """
    compared = list(dict.fromkeys(d.architecture for d in differences))
    if not compared:
        names = [row.architecture for row in rows]
        if names == [CONTROL]:
            return f"Only {CONTROL}, the control, has finished runs: there is nothing to compare it with."
        return (
            f"Nothing here can be compared with the control, {CONTROL}: scores are shown without differences."
        )
    if max(d.interval.num_seeds for d in differences) == 1:
        return (
            "A single seed settles nothing. The intervals below cover the choice of test images only: "
            "another seed may turn any of these differences round."
        )
    told = [name for name in compared if _is_told([d for d in differences if d.architecture == name])]
    if not told:
        return f"No detectable difference: no architecture can be told from {CONTROL} at any level."
    return (
        f"Detectably different from {CONTROL}, the control, at one level or more: {', '.join(told)} "
        f"({len(told)} of {count(len(compared), 'architecture')})."
    )


def leaders(
    levels: Sequence[str], rows: Sequence[ArchitectureSummary], differences: Sequence[Difference]
) -> list[Sentence]:
    """For each level, which architecture scores highest, and whether it can be told from the control."""
    return [Sentence(level, _leader(level, rows, differences)) for level in levels]


def verdicts(rows: Sequence[ArchitectureSummary], differences: Sequence[Difference]) -> list[Verdict]:
    """For each architecture but the control, what the study says of it."""
    costs = {row.architecture: row.cost for row in rows}
    found = []
    for name in dict.fromkeys(d.architecture for d in differences):
        own = [d for d in differences if d.architecture == name]
        sentences = tuple(Sentence(d.level, f"{_difference(d.interval)}.") for d in own)
        macs = costs[name].macs / costs[CONTROL].macs
        parameters = costs[name].num_parameters / costs[CONTROL].num_parameters
        cost = f"{macs:.2f} times the MACs and {parameters:.2f} times the parameters of {CONTROL}"
        num_seeds = own[0].interval.num_seeds
        seeds = "1 seed, which settles nothing" if num_seeds == 1 else count(num_seeds, "seed")
        found.append(Verdict(name, sentences, f"{seeds}; {cost}.", _is_told(own)))
    return found


def _is_told(differences: Sequence[Difference]) -> bool:
    return any(d.interval.is_detectable for d in differences)


def _leader(level: str, rows: Sequence[ArchitectureSummary], differences: Sequence[Difference]) -> str:
    best = max(row.accuracies[level].mean for row in rows)
    leading = [row for row in rows if row.accuracies[level].mean == best]
    first = leading[0]
    score = f"{percent(first.accuracies[level])} % over {count(len(first.seeds), 'seed')}"
    if len(rows) == 1:
        return f"{first.architecture} scored {score}."
    names = " and ".join(row.architecture for row in leading)
    verb = "has" if len(leading) == 1 else "share"
    text = f"{names} {verb} the highest accuracy, {score}"
    found = [d.interval for d in differences if (d.architecture, d.level) == (first.architecture, level)]
    if not found:
        return f"{text}."
    return f"{text}. Against {CONTROL}, {count(found[0].num_seeds, 'seed')}: {_difference(found[0])}."


def _difference(interval: Interval) -> str:
    """A difference with its interval; when that holds zero, first of all that nothing was detected."""
    if interval.excludes_zero:
        return f"{points(interval.estimate)} points (95 % interval {span(interval)})"
    return f"no detectable difference ({points(interval.estimate)} points, 95 % interval {span(interval)})"
