"""The smallest difference that a study can show, with its seeds and with endless ones."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from itertools import combinations
from statistics import median

from taskgraft.statistics import Looks, VarianceParts, smallest_difference
from taskgraft.study import Request, StudyRecord
from taskgraft.verdict._aim import Aim
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._family import has_left
from taskgraft.verdict._wording import count, in_points

# No two shares differ by more.
_LARGEST = 1.0
# Of what the images leave open nothing smaller is said: it is known no better.
_SMALLEST = 0.001


@dataclass(frozen=True)
class Redrawn:
    """New partitions of train and test images.

    Attributes:
        num_partitions: How many.
        num_images: Of train and test together.
    """

    num_partitions: int
    num_images: int

    @classmethod
    def of(cls, request: Request) -> Redrawn | None:
        """Those of a study; None where all runs have the split of the data."""
        images = request.data.num_images
        if request.resplits is None:
            return None
        return cls(request.resplits, images["train"] + images["test"])


def typical_variances(evidence: Evidence, aim: Aim) -> VarianceParts | None:
    """Of the difference of a pair in the primary score, the median of all pairs; None without two seeds.

    Pairs with one that has left the race are not tested, and do not count.
    """
    parts = [
        part
        for pair in combinations(_in_race(evidence), 2)
        if len(evidence.seeds(*pair)) > 1
        for part in [_parts(evidence, aim.score, pair)]
    ]
    return VarianceParts(*map(median, zip(*map(astuple, parts), strict=True))) if parts else None


def sight_of(evidence: Evidence, variances: VarianceParts | None) -> str:
    """What a study can show of its primary score, by the variances of its pairs; empty for one variant."""
    names = _in_race(evidence)
    redrawn = Redrawn.of(evidence.study.record.request)
    if variances is None:
        return sight(1, len(names), len(evidence.targets), redrawn=redrawn)
    num_seeds = max(len(evidence.seeds(*pair)) for pair in combinations(names, 2))
    return sight(num_seeds, len(names), len(evidence.targets), variances, evidence.looks, redrawn)


def sight_ahead(request: Request, num_seeds: int, record: StudyRecord | None, looks: Looks | None) -> str:
    """What a study that is planned will be able to show, once it has so many seeds; empty for one variant.

    By the variances that it had when it was looked at with the most seeds, and by what is usual before.
    Variants that have left the race are not tested, and do not count.

    Args:
        request: The study.
        num_seeds: With which it is looked at next.
        record: What its directory says of it; None for a new one.
        looks: How it is looked at.
    """
    left = record.dropped if record else {}
    num_variants = sum(variant.name not in left for variant in request.variants)
    num_images, redrawn = request.data.num_images["test"], Redrawn.of(request)
    measured = [
        (len(look.seeds), look.variances) for look in (record.looks if record else ()) if look.variances
    ]
    if not measured:
        return sight(num_seeds, num_variants, num_images, None, looks, redrawn)
    most_seeds, variances = max(measured)
    sentence = sight(num_seeds, num_variants, num_images, VarianceParts(*variances), looks, redrawn)
    basis = f", as its runs of {count(most_seeds, 'seed')} vary."
    return sentence.removesuffix(".") + basis if sentence else ""


def sight(
    num_seeds: int,
    num_variants: int,
    num_images: int,
    parts: VarianceParts | None = None,
    looks: Looks | None = None,
    redrawn: Redrawn | None = None,
) -> str:
    """What so many seeds and test images show, in a sentence; empty for one variant.

    Args:
        num_seeds: Of every variant.
        num_variants: Whose pairs are compared.
        num_images: Of the test split.
        parts: Of the variance of a pair's difference; None for what it usually is.
        looks: How the study is looked at; None for once.
        redrawn: The partitions that seeds take in turns; None where all have the split of the data.

    Example:
        >>> print(sight(5, 6, 10_000))
        With 5 seeds and 10,000 test images, four studies of five find a difference of 1 point if it is the \
only question, and of 1.8 points as the first of 15 pairs; with endless seeds 0.6 points, as two variants of \
65 % accuracy usually vary.
    """
    num_pairs = num_variants * (num_variants - 1) // 2
    if not num_pairs:
        return ""
    usual = "" if parts else ", as two variants of 65 % accuracy usually vary"
    parts = parts or VarianceParts.usual(num_images, redrawn.num_images if redrawn else None)
    num_units = min(num_seeds, redrawn.num_partitions) if redrawn else num_seeds
    endless = "endless seeds and partitions" if redrawn else "endless seeds"
    at_last = smallest_difference(parts, None)
    floor = _at_least(at_last)
    images = count(num_images, "test image")
    if num_seeds == 1:
        return (
            f"One seed shows no difference. With {endless} on these {images}, four studies of five find "
            f"one of {floor}{usual}."
        )
    seeds = _seeds(num_seeds, looks) + (f" on {num_units} partitions" if redrawn else "")
    alone, first = (smallest_difference(parts, num_seeds, n, looks, num_units) for n in (1, num_pairs))
    if alone >= _LARGEST:
        return (
            f"With {seeds} and {images} no difference is large enough to be detected at this look; with "
            f"{endless} four studies of five find one of {floor}{usual}."
        )
    of_first = f"of {_at_least(first)}" if first < _LARGEST else "none, however large,"
    family = f" if it is the only question, and {of_first} as the first of {num_pairs} pairs"
    return (
        f"With {seeds} and {images}, four studies of five find a difference of {_at_least(alone)}"
        f"{family if num_pairs > 1 else ''}; with {endless} {floor}{usual}."
    )


def _seeds(num_seeds: int, looks: Looks | None) -> str:
    """The seeds of a look, of those that are planned."""
    seeds = count(num_seeds, "seed")
    if looks is None or looks.planned == num_seeds:
        return seeds
    if looks.planned is None:
        return f"{seeds} of an open horizon"
    if looks.is_beyond(num_seeds):
        return f"{seeds} where {looks.planned} were planned"
    return f"{num_seeds} of {looks.planned} planned seeds"


def _in_race(evidence: Evidence) -> list[str]:
    return [name for name in evidence.names if not has_left(evidence, name)]


def _parts(evidence: Evidence, score: str, pair: tuple[str, str]) -> VarianceParts:
    seeds = evidence.seeds(*pair)
    (values, draws), (others, other_draws) = (evidence.arrays(name, seeds, score) for name in pair)
    return VarianceParts.of(values - others, draws - other_draws, evidence.partitions(seeds))


def _at_least(share: float) -> str:
    return in_points(round(share, 3)) if share >= _SMALLEST else f"less than {in_points(_SMALLEST)}"
