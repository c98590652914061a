"""Classes of an older tree behind those of a newer one."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from taskgraft.correspondence import alike_levels, correspond, read_renames
from taskgraft.data.labels import label_columns
from taskgraft.errors import RequestError
from taskgraft.evaluation._class_match import match_classes
from taskgraft.taxonomy import Taxonomy, class_paths

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


MORUS = [("animals", "morus"), ("animals", "apis"), ("plants", "morus"), ("plants", "malus")]


def named(rows: list[tuple[str, str]]) -> Taxonomy:
    """The taxonomy of a source whose classes have these words: namesakes are called by their paths."""
    labels = label_columns({"kingdom": [row[0] for row in rows], "genus": [row[1] for row in rows]})
    return labels.taxonomy


def test_namesakes_under_different_parents_match_by_their_words_whoever_stands_beside_them() -> None:
    older = named(MORUS)
    assert "plants/morus" in older.levels[1].classes
    # Without a namesake the source calls it by its word alone.
    newer = named([*MORUS[1:], ("plants", "acer")])
    assert "morus" in newer.levels[1].classes
    behind = correspond(older, newer)
    pairs = {
        class_paths(newer)[1][k]: [class_paths(older)[1][old] for old in sources]
        for k, sources in enumerate(behind.sources[1])
    }
    assert pairs == {
        ("animals", "apis"): [("animals", "apis")],
        ("plants", "acer"): [],
        ("plants", "malus"): [("plants", "malus")],
        ("plants", "morus"): [("plants", "morus")],
    }
    assert (behind.added, behind.retired) == ((("plants", "acer"),), (("animals", "morus"),))
    # And the other way round: the class that gets a namesake is what it was.
    back = correspond(newer, older)
    assert (back.added, back.retired) == ((("animals", "morus"),), (("plants", "acer"),))


@settings(deadline=None)
@given(st.sets(st.sampled_from([(a, b) for a in "pqr" for b in "xyz"]), min_size=4))
def test_the_one_rule_is_that_of_an_evaluation(rows: set[tuple[str, str]]) -> None:
    assume(len({row[0] for row in rows}) > 1 and len({row[1] for row in rows}) > 1)
    older, newer = named([(a, b) for a in "pqr" for b in "xyz"]), named(sorted(rows))
    sources = correspond(older, newer).sources[1]
    labels = np.stack([newer.ancestors(0), np.arange(newer.num_classes[1])], axis=1)
    match = match_classes(labels, newer, older)
    assert [old for (old,) in sources] == match.targets[:, 1].tolist()
    assert [class_paths(older)[1][old] for (old,) in sources] == class_paths(newer)[1]


@pytest.mark.parametrize("written", [("plants", "morus"), ("plants", "plants/morus")])
def test_a_rename_names_a_class_by_its_word_or_by_its_name(written: tuple[str, str]) -> None:
    newer = named([("animals", "apis"), ("plants", "mulberry"), ("plants", "malus")])
    behind = correspond(named(MORUS), newer, {("plants", "mulberry"): (written,)})
    old = named(MORUS).levels[1].classes.index("plants/morus")
    assert behind.sources[1][newer.levels[1].classes.index("mulberry")] == (old,)


def test_two_lines_for_one_class_add_up() -> None:
    older, newer = named(MORUS), named([*MORUS[:3], ("plants", "acer")])
    number = newer.levels[1].classes.index("plants/morus")
    by_word, by_name = (("plants", name) for name in ("morus", "plants/morus"))
    renames = {by_word: (by_word,), by_name: (("plants", "malus"),)}
    classes = [older.levels[1].classes[k] for k in correspond(older, newer, renames).sources[1][number]]
    assert sorted(classes) == ["malus", "plants/morus"]


def test_a_large_tree_is_matched_in_a_moment() -> None:
    older = Taxonomy.from_names(["a", "b"], [(f"a{i % 100}", f"b{i}") for i in range(5000)])
    newer = Taxonomy.from_names(["a", "b"], [(f"a{i % 100}", f"new {i}") for i in range(5000)])
    renames = {new: (old,) for new, old in zip(newer.paths(1), older.paths(1), strict=True)}
    started = time.process_time()
    behind = correspond(older, newer, renames)
    # Half a second here; comparing each with each would take minutes.
    assert time.process_time() - started < 5
    assert behind.sources[1] == tuple((k,) for k in range(5000))


def test_a_class_that_ends_early_is_named_by_its_short_path() -> None:
    older = Taxonomy.from_names(["a", "b", "c"], [("x", "lemon", "lemon"), ("x", "y", "z"), ("w", "v", "u")])
    newer = Taxonomy.from_names(["a", "b", "c"], [("x", "citrus", "lemon"), ("x", "y", "z"), ("w", "v", "u")])
    behind = correspond(older, newer, {("x", "citrus", "lemon"): (("x", "lemon"),)})
    assert behind.sources[2] == ((0,), (1,), (2,))


def test_levels_that_the_older_tree_lacks_are_passed_over() -> None:
    newer = Taxonomy.from_names(
        ["kind", "group", "sort"],
        [("pet", "small", "cat"), ("pet", "large", "dog"), ("farm", "ungulate", "cow"), ("wild", "w", "fox")],
    )
    behind = correspond(OLDER, newer, None, alike_levels(newer, OLDER))
    assert behind.levels == {0: 0, 2: 1}
    assert behind.sources[2] == ((0,), (1,), (2,), (4,))
    assert (behind.added, behind.retired) == ((), (("farm", "pig"),))
    moved = {("wild", "w"): (("pet",),), ("wild", "w", "fox"): (("farm", "pig"),)}
    assert correspond(OLDER, newer, moved, alike_levels(newer, OLDER)).sources[2][-1] == (3,)


def test_a_finer_class_is_no_coarser_one() -> None:
    with pytest.raises(RequestError, match=r"class that 'pet' was to be one of level 'kind', or above it"):
        correspond(OLDER, OLDER, {("pet",): (("pet", "cat"),)})


@pytest.mark.parametrize("content", ["", "a = 1", "[renames]\na = 3", "[renames]\na = []", "[renames\n"])
def test_a_file_that_renames_nothing_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "r.toml"
    path.write_text(content)
    with pytest.raises(RequestError, match=r"^r\.toml"):
        read_renames(path)
