from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from taskgraft.data.labels import natural


def test_numbers_go_by_size_and_equal_ones_by_how_they_are_written() -> None:
    names = ["007", "07", "7", "8", "10", "a", "a2", "a10", "b"]
    for mixed in permutations(names[:4]):
        assert sorted(mixed, key=natural) == names[:4]
    mixed = [*names[4:], *names[:4]]
    assert sorted(mixed, key=natural) == names


def test_more_digits_than_a_number_may_have() -> None:
    assert natural("1" * 10_000) < natural("2" + "1" * 10_000)


@given(st.lists(st.text(alphabet="0179a\u0663 -", max_size=6), unique=True))
def test_no_two_names_have_one_key(names: list[str]) -> None:
    assert len({natural(name) for name in names}) == len(names)
    backwards = list(reversed(names))
    assert sorted(names, key=natural) == sorted(backwards, key=natural)
