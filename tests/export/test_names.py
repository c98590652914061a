import re

from hypothesis import given
from hypothesis import strategies as st

from taskgraft.export import outputs_of
from taskgraft.export._names import safe_names

NAMES = st.lists(st.text(min_size=1, max_size=80), min_size=1, max_size=8, unique=True)
IDENTIFIERS = st.lists(
    st.from_regex(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*", fullmatch=True).filter(
        lambda name: len(name) <= 60
    ),
    min_size=1,
    max_size=8,
    unique_by=str.lower,
)


@given(NAMES)
def test_names_are_identifiers_and_each_is_there_once(names: list[str]) -> None:
    safe = safe_names(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_]{1,63}", name) for name in safe)
    assert len({name.lower() for name in safe}) == len(names)


@given(IDENTIFIERS)
def test_names_that_are_safe_stay(names: list[str]) -> None:
    assert safe_names(names) == names


@given(st.lists(st.sampled_from(["a b", "a/b", "a_b", "a_b_2", "A-B", "ä", "種", " ", "_"]), unique=True))
def test_a_safe_name_is_kept_for_the_level_that_has_it(names: list[str]) -> None:
    safe = safe_names(names)
    assert len({name.lower() for name in safe}) == len(names)
    assert all(safe[names.index(name)] == name for name in ("a_b", "a_b_2") if name in names)


def test_outputs_of_levels_that_are_called_like_outputs_are_others() -> None:
    names = [name for outputs in outputs_of(["path", "depth", "pixels"]) for name in vars(outputs).values()]
    assert len(names) == 9
    assert not {"path", "depth", "pixels"} & set(names)
