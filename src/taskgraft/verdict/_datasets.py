"""Which studies are of one dataset: of the same images, or of others of one source that overlap with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import PurePath

from taskgraft.study import DamagedFileError, Study, read_names
from taskgraft.verdict._wording import few, in_words

_MOST_NAMED = 3


def datasets_of(studies: Sequence[Study]) -> tuple[int, ...]:
    """For each study the number of its dataset, counted from 0 in their order.

    Images of one source that were limited, resized, labelled or divided otherwise are no other dataset: an
    effect that rests on these images shows in each of them. A source goes by its name; where val and test
    images are named on record and none has the name of another's, two folders only happen to be called alike.

    Args:
        studies: Of any data.
    """
    names = [_image_names(study) for study in studies]
    numbers = [*range(len(studies))]
    for i, j in combinations(range(len(studies)), 2):
        if _are_of_one(studies[i], studies[j], names[i], names[j]):
            kept, gone = sorted((numbers[i], numbers[j]))
            numbers = [kept if number == gone else number for number in numbers]
    order = list(dict.fromkeys(numbers))
    return tuple(order.index(number) for number in numbers)


def on_one_source(studies: Sequence[Study], datasets: Sequence[int]) -> Iterator[str]:
    """A sentence where studies of images that are not the same count as one dataset.

    Args:
        studies: The studies.
        datasets: For each the number of its dataset.
    """
    digests: dict[int, set[str]] = {}
    for study, number in zip(studies, datasets, strict=True):
        digests.setdefault(number, set()).add(study.record.request.data.digest)
    counts = Counter(datasets)
    of_several = [number for number, of_dataset in digests.items() if len(of_dataset) > 1]
    if of_several:
        named = [
            f"{in_words(counts[number])} of {studies[datasets.index(number)].record.request.data.source}"
            for number in of_several
        ]
        yield (
            f"Some studies share a dataset: {few(named, _MOST_NAMED)}. Images of one source "
            "that are limited, resized, labelled or divided otherwise overlap, and are not independent; they "
            "count as one dataset, by the mean of their effects."
        )


def _are_of_one(one: Study, other: Study, names: frozenset[str], others: frozenset[str]) -> bool:
    data, other_data = one.record.request.data, other.record.request.data
    if data.digest == other_data.digest:
        return True
    is_one_source = PurePath(data.source).name == PurePath(other_data.source).name
    return is_one_source and (not names or not others or not names.isdisjoint(others))


def _image_names(study: Study) -> frozenset[str]:
    """What its val and test images are called; none where that is not on record."""
    try:
        named = read_names(study.directory, study.record.request.data.digest)
    except (FileNotFoundError, DamagedFileError):
        return frozenset()
    return frozenset(name for of_split in named.values() for name in of_split)
