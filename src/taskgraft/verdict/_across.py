"""Studies of several datasets: the mean of each effect over datasets, with its interval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from taskgraft.errors import Phrase, RequestError
from taskgraft.parameter import Parameter
from taskgraft.statistics import Interval, across_interval, holm_over
from taskgraft.study import Study
from taskgraft.verdict._conclude import conclude
from taskgraft.verdict._datasets import datasets_of, on_one_source
from taskgraft.verdict._records import Comparison, OverFlat, Verdict, is_significant
from taskgraft.verdict._wording import few, named, points, span


@dataclass(frozen=True)
class AcrossEffect:
    """What one variant scores more than another, on each dataset and over all of them.

    Attributes:
        first: Name of the one.
        second: Name of the other.
        of_studies: First less second in each study, in their order; None where a study has no such pair.
        mean: Over datasets, each counted once; None where fewer than two have the pair.
        adjusted_p: The mean's p after Holm's correction over all pairs; None without a mean.
    """

    first: str
    second: str
    of_studies: tuple[Interval | None, ...]
    mean: Interval | None
    adjusted_p: float | None = None

    @property
    def is_detected(self) -> bool:
        """Whether the mean may be claimed, Holm's correction included."""
        return is_significant(self.adjusted_p)


@dataclass(frozen=True)
class Across:
    """What studies of several datasets say together.

    Attributes:
        score: The primary score of all of them.
        datasets: For each study the number of its dataset: studies of the same images, or of others of one
            source that overlap with them, have the same.
        from_control: Each variant less the control, every level decoded by itself.
        from_flat: Each variant less the flat one, decoded as val favours.
        sentences: What is detected, and of which population that speaks.
    """

    score: str
    datasets: tuple[int, ...]
    from_control: tuple[AcrossEffect, ...]
    from_flat: tuple[AcrossEffect, ...]
    sentences: tuple[str, ...]


def conclude_across(
    studies: Sequence[Study], prefer: str | None = None, margin: float | None = None
) -> tuple[tuple[Verdict, ...], Across]:
    """The verdict of each study, and the mean effects over their datasets.

    Args:
        studies: Of two datasets or more; studies of one source count as one dataset, by their mean.
        prefer: As for `conclude`.
        margin: As for `conclude`.

    Raises:
        StudyError: As `conclude` does, for any of them.
        RequestError: If their primary scores differ, or all are of one dataset.
    """
    datasets = datasets_of(studies)
    if len(set(datasets)) < 2:
        source = studies[0].record.request.data.source
        raise RequestError.expected(
            "the studies",
            "of two datasets or more",
            Phrase(f"one, {source}, whatever is limited, resized or divided otherwise in it"),
            "Name studies of other data, or two of the same.",
        )
    verdicts = tuple(conclude(study, prefer, margin) for study in studies)
    scores = dict.fromkeys(verdict.primary for verdict in verdicts)
    if len(scores) > 1:
        raise RequestError.expected(
            "the studies",
            "looked at by one primary score",
            Phrase(" and ".join(map(named, scores))),
            f"Name one that all have: {Parameter('prefer', 'full-path')}.",
        )
    score = next(iter(scores))
    from_control = _effects([_from_control(verdict) for verdict in verdicts], datasets)
    from_flat = _effects([_from_flat(verdict) for verdict in verdicts], datasets)
    sentences = _sentences(score, len(set(datasets)), from_control, from_flat)
    sentences += tuple(on_one_source(studies, datasets))
    return verdicts, Across(score, datasets, from_control, from_flat, sentences)


def _from_control(verdict: Verdict) -> list[Comparison]:
    return [c for c in verdict.comparisons if c.score == verdict.primary and c.second == verdict.control]


def _from_flat(verdict: Verdict) -> list[OverFlat]:
    return [row for row in verdict.over_flat if row.score == verdict.primary]


def _effects(
    of_studies: Sequence[Sequence[Comparison | OverFlat]], datasets: Sequence[int]
) -> tuple[AcrossEffect, ...]:
    """Every pair of any study; Holm's correction is over those with a mean."""
    tables = [{(row.first, row.second): row.interval for row in rows} for rows in of_studies]
    pairs = dict.fromkeys(pair for table in tables for pair in table)
    effects = [
        AcrossEffect(*pair, intervals, _mean(intervals, datasets))
        for pair in pairs
        for intervals in [tuple(table.get(pair) for table in tables)]
    ]
    ps = iter(holm_over([effect.mean for effect in effects if effect.mean]))
    return tuple(replace(effect, adjusted_p=next(ps)) if effect.mean else effect for effect in effects)


def _mean(intervals: Sequence[Interval | None], datasets: Sequence[int]) -> Interval | None:
    by_dataset: dict[int, list[float]] = {}
    for interval, dataset in zip(intervals, datasets, strict=True):
        if interval is not None:
            by_dataset.setdefault(dataset, []).append(interval.estimate)
    return across_interval([fmean(of) for of in by_dataset.values()]) if len(by_dataset) > 1 else None


def _sentences(score: str, num_datasets: int, *tables: Iterable[AcrossEffect]) -> tuple[str, ...]:
    detected = [
        f"{one.first} less {one.second}: {points(mean.estimate)} points ({span(mean.low, mean.high)})"
        for table in tables
        for one in table
        if (mean := one.mean) and one.is_detected
    ]
    what = f"In {named(score)}, mean over {num_datasets} datasets with its 95 % interval"
    return (
        f"{what}, detected: {few(detected)}." if detected else f"{what}: no detectable difference.",
        "This speaks of datasets like these: each counts once, whatever its images and seeds, and the "
        f"interval covers how effects differ between them. {num_datasets} datasets show large and steady "
        "effects only; what holds on one of them stands in its report.",
    )
