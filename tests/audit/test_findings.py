"""Every kind of finding, made on purpose; and none of them in data that has none."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audited_pictures import TREE, dataset, photographs
from taskgraft.audit import audit, audit_text
from taskgraft.audit._records import Audit, Finding
from taskgraft.audit._taxonomy_findings import _strays
from taskgraft.data import Dataset, Provenance
from taskgraft.taxonomy import Level, Taxonomy

PICTURES = photographs(240, side=24)


def only(result: Audit, about: str) -> Finding:
    (finding,) = [one for one in result.findings if one.about == about]
    return finding


def abouts(result: Audit) -> set[str]:
    return {one.about for one in result.findings}


def with_labels(change: Callable[[np.ndarray], None], taxonomy: Taxonomy = TREE) -> Dataset:
    """The clean data, relabelled after its splits were drawn."""
    clean = dataset(PICTURES)
    labels = clean.labels.copy()
    change(labels)
    return replace(clean, labels=labels, taxonomy=taxonomy)


def test_clean_data_is_ready():
    result = audit(dataset(PICTURES))
    assert (result.verdict, result.findings) == ("ready", ())
    assert result.headline == "Ready: nothing was found that needs a look."


def test_equal_pixels_under_two_labels_and_in_two_splits_are_named():
    images = PICTURES.copy()
    images[200] = images[3]
    images[201] = images[1]
    result = audit(dataset(images))
    conflict = only(result, "conflicting-duplicates")
    assert conflict.severity == "look"
    assert conflict.sentence == (
        "1 picture under more than one label, pixel for pixel the same: at levels 'kind' and 'thing'."
    )
    assert [name.split(" (")[0] for name in conflict.names] == ["image 3", "image 200"]
    leak = only(result, "test-leak")
    assert leak.sentence.startswith("2 test images (4.2 %) with a duplicate in train or val, 2 of them pixel")
    assert leak.names == ("image 200 (test)", "image 201 (test)")
    assert result.headline == "Usable, with 2 things to look at."


def test_a_picture_counts_once_whatever_the_levels_that_disagree():
    images = PICTURES.copy()
    images[6], images[9] = images[4], images[8]
    images[11:14:2] = images[10]
    sentence = only(audit(dataset(images)), "conflicting-duplicates").sentence
    assert sentence == (
        "3 pictures under more than one label, pixel for pixel the same: "
        "2 at levels 'kind' and 'thing', 1 at level 'thing'."
    )


def test_remedies_name_options_of_the_command_line():
    data = dataset(PICTURES, skipped=(("a/b.jpg", "it ends early"),))
    assert "train with --on-bad-image=skip" in only(audit(data), "unreadable").remedy


def test_many_leaks_spoil_a_study():
    images = PICTURES.copy()
    images[200:204] = images[:4]
    result = audit(dataset(images))
    assert only(result, "test-leak").severity == "mend"
    assert result.verdict == "mend"
    assert result.headline == "Mend first: 1 thing would spoil a study."
    assert result.findings[0].about == "test-leak"


def test_images_of_one_colour_or_nearly_so_are_suspicious():
    images = PICTURES.copy()
    images[7] = np.array([200, 10, 30])[:, None, None]
    images[9] = 100 + (images[9] > 128)
    result = audit(dataset(images))
    assert [(one.image.name, one.reason.partition(" (")[0]) for one in result.suspects] == [
        ("image 7", "of one colour"),
        ("image 9", "nearly of one colour"),
    ]
    assert only(result, "suspicious").severity == "look"


def test_skipped_files_are_listed_with_their_reasons_and_names_are_used():
    data = dataset(PICTURES, skipped=(("a/b.jpg", "it ends early"),), notes=("Levels were named.",))
    data = replace(data, names=[f"folder/{k}.png" for k in range(240)])
    result = audit(data)
    assert result.skipped == (("a/b.jpg", "it ends early"),)
    assert only(result, "unreadable").sentence == "1 file could not be read: 'a/b.jpg'."
    text = audit_text(result, "the page")
    assert "- a/b.jpg: it ends early" in text
    assert "- Levels were named." in text


def small(num_train: int, num_val: int, num_test: int) -> Dataset:
    """The clean data, with so many images left of class b2."""
    clean = dataset(PICTURES)
    keep = {"train": num_train, "val": num_val, "test": num_test}
    indices = {
        split: np.concatenate(
            [theirs[clean.labels[theirs, 1] != 3], theirs[clean.labels[theirs, 1] == 3][: keep[split]]]
        )
        for split, theirs in clean.indices.items()
    }
    return replace(clean, indices=indices)


@pytest.mark.parametrize(
    ("sizes", "about", "severity"),
    [
        ((0, 0, 0), "class-without-images", "look"),
        ((0, 0, 3), "class-without-train", "mend"),
        ((20, 0, 0), "class-in-one-split", "look"),
        ((20, 4, 0), "class-without-test", "look"),
        ((20, 0, 9), "class-without-val", "look"),
        ((9, 5, 9), "few-train", "look"),
        ((20, 4, 9), "few-held-out", "note"),
    ],
)
def test_a_class_that_is_too_small_is_told_once_and_by_name(sizes, about, severity):
    findings = [
        one for one in audit(small(*sizes)).findings if "b2" in one.names and one.about != "imbalance"
    ]
    assert [(one.about, one.severity, one.names) for one in findings if "b2" in one.names[:1]] == [
        (about, severity, ("b2",))
    ]


def test_imbalance_is_told_with_the_classes_in_effect():
    data = small(4, 5, 9)
    finding = only(audit(data), "imbalance")
    shares = np.array([(data.labels_of("train")[:, 1] == k).mean() for k in range(4)])
    effective = np.exp(-(shares * np.log(shares)).sum())
    assert f"{effective:.1f} of 4 classes in effect" in finding.sentence
    assert "'b2' 4" in finding.sentence


def test_missing_labels_are_counted_by_level_and_split():
    def forget(labels):
        labels[::3, 1] = -1

    result = audit(with_labels(forget))
    finding = only(result, "missing-labels")
    assert finding.severity == "note"
    assert finding.sentence.startswith("80 images without a label at level 'thing' (33.3 %: ")
    assert sum(result.levels[1].num_unknown.values()) == 80


def test_labels_that_contradict_the_tree():
    def contradict(labels):
        labels[5] = (0, 3)

    finding = only(audit(with_labels(contradict)), "contradicts-tree")
    assert (finding.severity, len(finding.names)) == ("mend", 1)
    assert finding.names[0].startswith("image 5 (")


def test_a_level_of_one_class():
    def same(labels):
        labels[:] = (0, 0)
        labels[::2, 1] = 1

    finding = only(audit(with_labels(same)), "constant-level")
    assert finding.sentence == "Level 'kind' has images of 1 class alone: 'a'."


@pytest.mark.parametrize(
    ("paths", "about"),
    [
        ([("a", "x"), ("b", "y"), ("c", "z"), ("d", "w")], "level-adds-nothing"),
        ([("a", "x"), ("a", "y"), ("a", "z"), ("b", "w")], "only-child"),
        ([("a", "x"), ("a", "y"), ("a", "z"), ("b", "b")], None),
    ],
)
def test_levels_that_tell_nothing_apart(paths, about):
    taxonomy = Taxonomy.from_names(["kind", "thing"], paths)

    def follow(labels):
        labels[:, 0] = taxonomy.ancestors(0)[labels[:, 1]]

    result = abouts(audit(with_labels(follow, taxonomy)))
    assert result & {"level-adds-nothing", "only-child"} == ({about} if about else set())


LEVELS = [Level("kind", ("a", "b")), Level("thing", ("p", "q", "r", "s"))]


@pytest.mark.parametrize("num_strays", [0, 2])
def test_levels_that_nearly_nest_name_the_images_that_keep_them_from_it(num_strays):
    def stray(labels):
        labels[:num_strays, 0] = 1

    finding = only(audit(with_labels(stray, Taxonomy.without_tree(LEVELS))), "nearly-nested")
    assert len(finding.names) == num_strays


def dense_strays(upper: np.ndarray, lower: np.ndarray, num_upper: int, num_lower: int) -> list[int] | None:
    """By a table of all classes of both levels: lambda of Goodman and Kruskal, and what does not fit."""
    labelled = np.flatnonzero((upper >= 0) & (lower >= 0))
    if num_lower <= num_upper or not len(labelled):
        return None
    table = np.zeros((num_lower, num_upper), np.int64)
    np.add.at(table, (lower[labelled], upper[labelled]), 1)
    by_chance = table.sum(0).max()
    if len(labelled) == by_chance or (table.max(1).sum() - by_chance) / (len(labelled) - by_chance) < 0.9:
        return None
    return labelled[table.argmax(1)[lower[labelled]] != upper[labelled]].tolist()


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_strays_are_those_of_the_whole_table(draw):
    num_upper, num_lower = draw.draw(st.integers(1, 4)), draw.draw(st.integers(1, 9))
    lower = np.array(draw.draw(st.lists(st.integers(-1, num_lower - 1), max_size=60)), np.int64)
    upper = np.where(lower < 0, 0, lower % num_upper)
    for place in draw.draw(st.lists(st.integers(0, max(0, len(lower) - 1)), max_size=3)):
        upper[place : place + 1] = draw.draw(st.integers(-1, num_upper - 1))
    shown = _strays(upper, lower, num_upper, num_lower)
    assert (None if shown is None else shown.tolist()) == dense_strays(upper, lower, num_upper, num_lower)


def test_levels_that_do_not_nest_are_left_alone():
    def cross(labels):
        labels[:, 0] = np.arange(len(labels)) // 4 % 2

    result = audit(with_labels(cross, Taxonomy.without_tree(LEVELS)))
    assert "nearly-nested" not in abouts(result)
    assert not result.is_tree


def test_alike_names_are_told():
    taxonomy = Taxonomy.from_names(["kind", "thing"], [("a", "cat"), ("a", "Cats"), ("b", "x"), ("b", "y")])
    assert only(audit(with_labels(lambda labels: None, taxonomy)), "alike-names").names == ("cat", "Cats")


def test_grey_images_and_images_outside_the_splits():
    clean = dataset(PICTURES[:, :1])
    indices = {split: theirs[::2] for split, theirs in clean.indices.items()}
    result = audit(replace(clean, indices=indices))
    assert result.image_shape == (1, 24, 24)
    assert sum(result.num_images.values()) == sum(len(theirs) for theirs in indices.values())


def test_the_text_keeps_to_80_columns_and_the_json_is_plain():
    names = ("</b>" + "w" * 300, "\x1b[31m", "x y " * 60 + "x", "z")
    taxonomy = Taxonomy.from_names(
        ["kind", "thing"], [("a", names[0]), ("a", names[1]), ("b", names[2]), ("b", "z")]
    )
    images = PICTURES.copy()
    images[200:230] = images[1:31]
    data = replace(
        dataset(images, skipped=tuple((f"{k}.jpg", "bad " * 40) for k in range(50))), taxonomy=taxonomy
    )
    result = audit(data)
    text = audit_text(result, "--json, or page.html")
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    assert "and 30 more: see --json, or page.html" in text
    plain = json.loads(json.dumps(asdict(result)))
    assert set(plain) == {
        "verdict",
        "headline",
        "source",
        "split",
        "image_shape",
        "num_images",
        "findings",
        "levels",
        "is_tree",
        "skipped",
        "suspects",
        "duplicates",
        "notes",
    }
    assert plain["duplicates"]["groups"][0]["images"][0]["labels"]


def test_images_are_read_once_and_some_at_a_time(tmp_path):
    class Watched(np.ndarray):
        """Counts the images taken of it."""

        taken: list[int] = []  # noqa: RUF012

        def __getitem__(self, key):
            if isinstance(key, np.ndarray):
                Watched.taken.append(len(key))
            return super().__getitem__(key)

    big = np.zeros((300, 3, 128, 128), np.uint8).view(Watched)
    rng = np.random.default_rng(0)
    big[:] = rng.integers(0, 256, (300, 3, 1, 128), np.uint8)
    Watched.taken.clear()
    data = dataset(big)
    audit(data)
    assert sum(Watched.taken) == 300
    assert max(Watched.taken) <= 100


def test_provenance_is_told():
    result = audit(dataset(PICTURES))
    assert (result.source, result.split) == ("drawn", "the last fifth")
    assert Provenance("drawn", "the last fifth", True).skipped == result.skipped
