"""Classes of an older tree behind those of a newer one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.correspondence import correspond, read_renames
from taskgraft.errors import RequestError
from taskgraft.taxonomy import Taxonomy

PATHS = [("pet", "cat"), ("pet", "dog"), ("farm", "cow"), ("farm", "pig"), ("wild", "fox")]
OLDER = Taxonomy.from_names(["kind", "sort"], PATHS)


@given(st.permutations(PATHS))
def test_the_order_of_classes_says_nothing(paths: list[tuple[str, str]]) -> None:
    newer = Taxonomy.from_names(["kind", "sort"], paths)
    behind = correspond(OLDER, newer)
    for level, sources in enumerate(behind.sources):
        for k, (old,) in enumerate(sources):
            assert newer.levels[level].classes[k] == OLDER.levels[level].classes[old]
    assert (behind.retired, behind.added) == ((), ())


def test_a_class_under_another_parent_is_another_class_unless_a_rename_says_so() -> None:
    moved = Taxonomy.from_names(["kind", "sort"], [*PATHS[:-1], ("pet", "fox")])
    behind = correspond(OLDER, moved)
    assert behind.sources[1][-1] == ()
    assert behind.added == (("pet", "fox"),)
    assert behind.retired == (("wild",), ("wild", "fox"))
    renamed = correspond(OLDER, moved, {("pet", "fox"): (("wild", "fox"),)})
    assert renamed.sources[1][-1] == (4,)


def test_classes_split_and_merge() -> None:
    newer = Taxonomy.from_names(["kind", "sort"], [("pet", "tabby"), ("pet", "siam"), ("farm", "beast")])
    renames = {
        ("pet", "tabby"): (("pet", "cat"),),
        ("pet", "siam"): (("pet", "cat"),),
        ("farm", "beast"): (("farm", "cow"), ("farm", "pig")),
    }
    assert correspond(OLDER, newer, renames).sources[1] == ((0,), (0,), (2, 3))


def test_a_rename_of_a_parent_holds_for_what_is_below_it() -> None:
    newer = Taxonomy.from_names(["kind", "sort"], [("animal", "cat"), ("animal", "cow"), ("wild", "fox")])
    behind = correspond(OLDER, newer, {("animal",): (("pet",), ("farm",))})
    assert behind.sources == (((0, 1), (2,)), ((0,), (2,), (4,)))


@pytest.mark.parametrize(
    ("renames", "message"),
    [
        ({("pet", "kat"): (("pet", "cat"),)}, "a renamed class of the data to be one of .*'pet > kat'"),
        (
            {("pet", "cat"): (("pet", "catt"),)},
            "a class of the model to be .*Did you mean 'pet > cat'",
        ),
    ],
)
def test_renames_of_classes_that_do_not_exist_are_refused(renames: dict, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        correspond(OLDER, OLDER, renames)


def test_other_levels_are_refused() -> None:
    with pytest.raises(RequestError, match="as many as the model's, kind, sort"):
        correspond(OLDER, Taxonomy.from_names(["sort"], [("cat",), ("dog",)]))


@pytest.mark.parametrize("content", ["", "a = 1", "[renames]\na = 3", "[renames]\na = []", "[renames\n"])
def test_a_file_that_renames_nothing_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "r.toml"
    path.write_text(content)
    with pytest.raises(RequestError, match=r"^r\.toml"):
        read_renames(path)
