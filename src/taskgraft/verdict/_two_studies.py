"""Two studies on the same test images: what one's variants score less the other's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from taskgraft.statistics import Interval, holm_adjusted, unpaired_interval
from taskgraft.study import DamagedFileError, Study, read_names
from taskgraft.verdict._conclude import verdict_of
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._gather import gather
from taskgraft.verdict._pairs import is_main
from taskgraft.verdict._recommend import score_preferred
from taskgraft.verdict._records import Verdict, is_significant
from taskgraft.verdict._wording import changes, named


@dataclass(frozen=True)
class StudyDifference:
    """The score of a variant of study B less that of one of study A.

    Attributes:
        first: Name of the variant in A.
        second: Name of the variant in B; another one only where each study has a single variant.
        score: Name of the score.
        interval: Second less first: test images are paired, seeds are not.
        num_seeds: Seeds of A and of B.
        adjusted_p: The interval's p after Holm's correction over all variants at this score; None where a
            study has one seed.
    """

    first: str
    second: str
    score: str
    interval: Interval
    num_seeds: tuple[int, int]
    adjusted_p: float | None

    @property
    def is_detected(self) -> bool:
        """Whether the difference may be claimed, Holm's correction included."""
        return is_significant(self.adjusted_p)

    @property
    def name(self) -> str:
        """The variant, or both of them where they have two names."""
        return self.first if self.first == self.second else f"{self.second} − {self.first}"


@dataclass(frozen=True)
class BetweenStudies:
    """What can be said of study B against study A.

    Attributes:
        reason: Why nothing is compared; empty where it is.
        num_images: Test images of both.
        headline: Whether B beats A; of a single variant what B in place of A does to its accuracies.
        sentences: For each of several variants, what B in place of A does to its accuracies.
        differences: Of each variant at every score that both studies have.
    """

    reason: str
    num_images: int = 0
    headline: str = ""
    sentences: tuple[str, ...] = ()
    differences: tuple[StudyDifference, ...] = ()


def conclude_two(
    first: Study, second: Study, prefer: str | None = None
) -> tuple[Verdict, Verdict, BetweenStudies]:
    """The verdicts of two studies, and how they compare where their test images are the same.

    Variants of the same name are compared, and those of studies of one variant each. Seeds are not paired:
    each study's runs are an independent draw, whatever their numbers.

    Args:
        first: Study A.
        second: Study B; differences are B less A.
        prefer: As for `conclude`.

    Raises:
        StudyError: As `conclude` does, for either.
        RequestError: For a preference that one of them cannot have.
    """
    if prefer is not None:
        for study in (first, second):
            score_preferred(prefer, study.taxonomy.level_names)
    pair = gather(first), gather(second)
    return verdict_of(pair[0], prefer), verdict_of(pair[1], prefer), between(*pair)


def between(first: Evidence, second: Evidence) -> BetweenStudies:
    """Compares the variants that two studies have in common, where they were tested on the same images."""
    if reason := _reason(first, second):
        return BetweenStudies(reason)
    pairs = _pairs(first, second)
    if not pairs:
        return BetweenStudies("they have no variant of the same name")
    scores = [name for name in first.score_names if name in second.score_names]
    differences = tuple(one for score in scores for one in _differences(first, second, score, pairs))
    num_images = len(first.targets)
    sentences = tuple(_sentences(differences, num_images))
    headline = sentences[0] if len(pairs) == 1 else _headline(differences)
    return BetweenStudies("", num_images, headline, sentences if len(pairs) > 1 else (), differences)


def _reason(first: Evidence, second: Evidence) -> str:
    """Why the test images of two studies are not the same, or not known to be; empty where they are."""
    one, other = first.study.record.request, second.study.record.request
    if one.taxonomy != other.taxonomy:
        return "they have other levels or classes"
    if not np.array_equal(first.targets, second.targets):
        return "they were tested on other images"
    if one.data.digest == other.data.digest:
        return ""
    # Another share of val images makes other data, of which the test split may be the same.
    settings = [(data.source, data.options, data.image_shape) for data in (one.data, other.data)]
    names = [_test_names(study) for study in (first.study, second.study)]
    is_same = settings[0] == settings[1] and names[0] == names[1] and names[0]
    return "" if is_same else "nothing says that they were tested on the same images"


def _test_names(study: Study) -> tuple[str, ...]:
    try:
        return read_names(study.directory, study.record.request.data.digest)["test"]
    except (FileNotFoundError, DamagedFileError):
        return ()


def _pairs(first: Evidence, second: Evidence) -> list[tuple[str, str]]:
    pairs = [(name, name) for name in first.names if name in second.names]
    is_single = len(first.names) == len(second.names) == 1
    return [(first.names[0], second.names[0])] if is_single else pairs


def _differences(
    first: Evidence, second: Evidence, score: str, pairs: Sequence[tuple[str, str]]
) -> list[StudyDifference]:
    intervals = [
        unpaired_interval(second.arrays(b, second.seeds(b), score), first.arrays(a, first.seeds(a), score))
        for a, b in pairs
    ]
    ps = [interval.p for interval in intervals if interval.p is not None]
    adjusted = iter(holm_adjusted(ps).tolist() if ps else [])
    return [
        StudyDifference(
            a,
            b,
            score,
            interval,
            (len(first.seeds(a)), len(second.seeds(b))),
            None if interval.p is None else float(next(adjusted)),
        )
        for (a, b), interval in zip(pairs, intervals, strict=True)
    ]


def _headline(differences: Sequence[StudyDifference]) -> str:
    main = [d for d in differences if is_main(d.score)]
    names = list(dict.fromkeys(d.name for d in main))
    if all(d.adjusted_p is None for d in main):
        return (
            "A single seed in either study settles nothing: the intervals cover the choice of test images "
            "only."
        )
    changed = [(d.name, d.interval.estimate > 0) for d in main if d.is_detected]
    better, worse = ([name for name in names if (name, is_up) in changed] for is_up in (True, False))
    parts = [
        f"detectably {how} than A in the accuracy of a level or of the full path: "
        f"{', '.join(who)} ({len(who)} of {len(names)})"
        for how, who in (("better", better), ("worse", worse))
        if who
    ]
    if parts:
        return f"B is {'; and '.join(parts)}."
    return "No detectable difference between A and B in the accuracy of any level or of the full path."


def _sentences(differences: Sequence[StudyDifference], num_images: int) -> list[str]:
    names = dict.fromkeys(d.name for d in differences)
    return [
        _sentence([d for d in differences if d.name == name and is_main(d.score)], num_images)
        for name in names
    ]


def _sentence(differences: Sequence[StudyDifference], num_images: int) -> str:
    first = differences[0]
    if first.first == first.second:
        subject = f"{first.first}: B in place of A"
    else:
        subject = f"{first.second} of B in place of {first.first} of A"
    seeds = first.num_seeds
    end = f"{num_images:,} test images paired, seeds unpaired ({seeds[0]} and {seeds[1]})"
    if min(seeds) == 1:
        end += ", and one seed settles nothing"
    return changes(subject, [(named(d.score), d.interval, d.is_detected) for d in differences], end=end)
