"""Whatever holds several things is gone through once, and comes to its end."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import pytest

from taskgraft.pictures import named_pictures
from taskgraft.pictures._each import each_of
from taskgraft.pictures._in_order import in_order


class Endless(Sequence[int]):
    """Has an item for every place, those behind its end included."""

    def __len__(self) -> int:
        return 5

    def __getitem__(self, place):  # type: ignore[no-untyped-def]
        return place


class Fetched:
    """As a dataset of torch: a length and items."""

    def __len__(self) -> int:
        return 3

    def __getitem__(self, place: int) -> np.ndarray:
        return np.full((4, 4), place, np.uint8)


def _made() -> Iterator[int]:
    yield from range(4)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        (Endless(), 5),
        ([1, 2], 2),
        ((), 0),
        (_made(), 4),
        ({1: 2, 3: 4}, 2),
        (np.zeros((6, 2)), 6),
        (Fetched(), 3),
    ],
)
def test_all_that_can_be_gone_through_ends(items: object, expected: int) -> None:
    assert len(list(islice(each_of(items), 100))) == expected


def test_work_in_order_ends_with_the_sequence() -> None:
    assert list(islice(in_order(abs, Endless()), 100)) == [0, 1, 2, 3, 4]


def test_pictures_of_a_dataset_that_has_more_than_its_length_end() -> None:
    assert len(list(islice(named_pictures(Fetched()), 100))) == 3
