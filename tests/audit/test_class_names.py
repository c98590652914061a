"""Which names are taken for one, and which are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.audit._class_names import alike_names

ALIKE = [
    ("cat", "Cat"),
    ("red fox", "red_fox"),
    ("red fox", " redfox"),
    ("dog", "dogs"),
    ("cherry", "cherries"),
    ("box", "boxes"),
    ("café", "cafe"),
    ("c\N{CYRILLIC SMALL LETTER A}t", "cat"),
    ("ｃat", "cat"),
    ("ﬁsh", "fish"),
]
APART = [
    ("cat", "dog"),
    ("bass", "bas relief"),
    ("mouse", "house"),
    ("cactus", "cacti"),
    ("type 1", "type 2"),
    ("1", "11"),
    ("b", "d"),
    ("x", "xs"),
    ("+", "-"),
    ("猫", "犬"),
    ("lens", "lense"),
]


@pytest.mark.parametrize("names", ALIKE)
def test_names_that_are_told_apart_by_next_to_nothing(names):
    assert alike_names(["zebra", *names]) == [names]


@pytest.mark.parametrize("names", APART)
def test_names_that_mean_two_things(names):
    assert alike_names(names) == []


@given(st.lists(st.text(min_size=1, max_size=6), unique=True))
def test_no_name_is_in_two_groups_and_all_are_given_ones(names):
    shown = [name for group in alike_names(names) for name in group]
    assert len(shown) == len(set(shown))
    assert set(shown) <= set(names)
