"""One class by two names: torn apart between the splits, and suspected aloud."""

import pytest

from taskgraft.audit._records import ClassCount, LevelCount
from taskgraft.audit._split_findings import split_findings


def level(*classes: tuple[str, str | None, tuple[int, int, int]]) -> LevelCount:
    counts = [
        ClassCount(name, parent, dict(zip(("train", "val", "test"), numbers, strict=True)))
        for name, parent, numbers in classes
    ]
    return LevelCount("variety", tuple(counts), 1.0, 1.0, {})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Apple/Gala", "Apple"), ("Apples/Gala", "Apples")),
        (("Gala", "Apple"), ("gala", "Apple")),
        (("Royal Gala", "Apple"), ("Royal-Gala", "Apple")),
        (("Satsuma", "Citrus"), ("Satsumas", "Citrus")),
        (("Clementine", "Citrus"), ("Clemantine", "Citrus")),
        (("Clementine", None), ("Clemantine", None)),
    ],
)
def test_a_class_torn_apart_is_suspected(one: tuple[str, str | None], other: tuple[str, str | None]) -> None:
    (found,) = split_findings([level((*other, (0, 0, 9)), (*one, (40, 5, 0)))])
    assert (found.severity, found.about, found.names) == (
        "mend",
        "one-class-by-two-names",
        (one[0], other[0]),
    )
    assert found.sentence == (
        f"'{one[0]}' (train, val) and '{other[0]}' (test) of level 'variety' have nearly the same name, "
        "and share no split."
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Gala", "Apple", (40, 5, 0)), ("Fuji", "Apple", (0, 0, 9))),
        (("class 11", "Apple", (40, 5, 0)), ("class 12", "Apple", (0, 0, 9))),
        (("Satsuma", "Citrus", (40, 5, 5)), ("Satsumas", "Citrus", (0, 0, 9))),
        (("Satsuma", "Citrus", (40, 0, 0)), ("Satsumas", "Citrus", (9, 5, 5))),
        (("Satsuma", "Citrus", (0, 5, 0)), ("Satsumas", "Citrus", (0, 0, 9))),
        (("Clementine", "Citrus", (40, 0, 0)), ("Clemantine", "Toys", (0, 0, 9))),
        (("Satsuma", "Citrus", (40, 0, 0)), ("Satsumas", "Citrus", (0, 0, 0))),
    ],
)
def test_what_is_no_slip_is_left_alone(
    one: tuple[str, str, tuple[int, int, int]], other: tuple[str, str, tuple[int, int, int]]
) -> None:
    assert list(split_findings([level(one, other)])) == []
