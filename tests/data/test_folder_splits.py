"""Which folders are splits: all layouts in which datasets are handed around, and those that only look so."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from taskgraft.data.labels import Split, split_of
from taskgraft.data.sources import load, read_folder
from taskgraft.data.sources._folder_splits import split_folders
from taskgraft.errors import DataError

CLASSES = ("cat", "dog")


def tree(root: Path, *folders: str) -> Path:
    """An empty picture in each folder, numbered in their order."""
    for number, folder in enumerate(folders):
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / f"{number}.png").touch()
    return root


def both(*folders: str) -> list[str]:
    """Each folder with two classes in it."""
    return [f"{folder}/{name}" for folder in folders for name in CLASSES]


@pytest.mark.parametrize(
    ("folders", "splits", "note"),
    [
        (both("train", "val", "test"), "train val test", None),
        (both("Train", "TEST"), "train test", None),
        (["train/cat", "test/dog"], "train test", None),
        (both("training_set", "test_set"), "train test", "training_set (train), test_set (test)"),
        (both("seg_train", "seg_test"), "train test", "seg_train (train), seg_test (test)"),
        (
            both("ds/train", "ds/val", "ds/testing"),
            "train val test",
            "ds/train (train), ds/val (val), ds/testing (test)",
        ),
        (
            both("data/images/train", "data/images/test"),
            "train test",
            "data/images/train (train), data/images/test (test)",
        ),
        (both("test/train", "test/test"), "train test", "test/train (train), test/test (test)"),
        (both("train"), "train", None),
        (both("ds/train"), "train", "ds/train (train)"),
    ],
)
def test_splits_above_the_classes_are_taken(
    tmp_path: Path, folders: Sequence[str], splits: str, note: str | None
) -> None:
    outcome = read_folder(tree(tmp_path, *folders))
    expected = [folder.rpartition("/")[2] for folder in folders]
    finest = list(outcome.columns.values())[-1]
    assert finest == expected or [name.rpartition("/")[2] for name in finest] == expected
    assert list(dict.fromkeys(outcome.splits)) == splits.split()
    assert outcome.notes == (() if note is None else (f"Taken for splits: {note}.",))


@pytest.mark.parametrize(
    ("folders", "splits", "classes"),
    [
        (
            ["cat/train", "cat/test", "dog/train", "dog/test"],
            "train test train test",
            ["cat", "cat", "dog", "dog"],
        ),
        (["cat/train", "cat/test", "dog/train"], "train test train", ["cat", "cat", "dog"]),
        (["pet/cat/train", "pet/cat/val", "van/train"], "train val train", ["cat", "cat", None]),
        (
            ["site/train/cat", "site/test/cat", "town/train/dog", "town/test/dog"],
            "train test train test",
            ["cat", "cat", "dog", "dog"],
        ),
        (
            ["test/train", "test/test", "cat/train", "cat/test"],
            "train test train test",
            ["test", "test", "cat", "cat"],
        ),
    ],
)
def test_splits_inside_the_classes_are_taken(
    tmp_path: Path, folders: Sequence[str], splits: str, classes: list[str]
) -> None:
    outcome = read_folder(tree(tmp_path, *folders))
    assert outcome.splits == splits.split()
    assert list(outcome.columns.values())[-1] == classes
    assert outcome.notes[0].startswith("Taken for splits, inside the classes: train (train), ")


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        (
            both("val", "test"),
            "Expected the splits in ROOT to be train and others, but got 'test, val and "
            "no train'. Add a folder train, name ROOT/test to use it alone, or say has_splits=False if all",
        ),
        (["val", "test"], "'test, val and no train'"),
        (["test"], "'test and no train'"),
        (both("test"), "'test and no train'"),
        (both("ds/val", "ds/test"), "name ROOT/ds/test to use it alone"),
        (["val/cat", "test/dev"], "'test, val and no train'"),
        (
            ["cat/val", "cat/test", "dog/val"],
            "Expected the splits in ROOT to be train and others, but got "
            "'test, val and no train'. Add a folder train, or say has_splits=False",
        ),
        ([*both("train", "test"), "extra/cat"], "at the top, but got 'both: extra, test, train'"),
        ([*both("train"), "extra"], "at the top, but got 'both: extra, train'"),
        (both("val", "test", "extra"), "'both: extra, test, val'"),
        (
            ["train", "bus", "car"],
            "'both: bus, car, train'. Move bus, car into a split or elsewhere, or say has_splits=False",
        ),
        (
            ["cat/train", "cat/test", "cat/more", "dog/train", "dog/test", "dog/more"],
            "Expected ROOT/cat to be folders of splits (train, val, test) or folders of classes, but got",
        ),
        (["cat/train", "cat/test", "dog"], "split in all its classes or in none, but got 'test, train in "),
        (
            both("train", "training", "test"),
            "Expected the splits in ROOT to be one folder each, but got "
            "'test, train, training'. Merge those of one split",
        ),
        (both("train", "dev", "val"), "to be one folder each, but got 'dev, train, val'"),
        (both("Train", "train"), "to be one folder each"),
        (["move/train", "exam/test"], "splits of the same classes, but got 'exam/test, move/train'. Put"),
        (both("train2017", "val2017"), "to be called train, val and test, but got 'train2017, val2017'."),
        (["train2017", "val2017"], "to be called train, val and test"),
        (both("images_train", "images_test"), "to be called train, val and test"),
        (both("ds/my train", "ds/my test"), "Expected the splits in ROOT/ds to be called train, val and"),
        (["train/cat", "test/cat", "more/train/dog"], "'both: more, test, train'"),
    ],
)
def test_what_may_be_splits_or_classes_is_refused_until_said(
    tmp_path: Path, folders: Sequence[str], message: str
) -> None:
    root = tree(tmp_path, *folders)
    with pytest.raises(DataError) as caught:
        read_folder(root)
    line = str(caught.value).replace(str(root), "ROOT")
    assert message in line
    assert "\n" not in line
    assert "has_splits=False" in line
    outcome = read_folder(root, has_splits=False)
    assert outcome.splits == [None] * len(folders)
    paths = zip(*outcome.columns.values(), strict=True)
    assert [[name.rpartition("/")[2] for name in path if name] for path in paths] == [
        folder.split("/") for folder in folders
    ]


@pytest.mark.parametrize(
    "folders",
    [
        ["test", "rest"],
        ["word/test", "word/rest", "noun"],
        ["freight train", "passenger train", "train station"],
        ["vehicle/train", "vehicle/bus", "animal/cat"],
        ["exam/dev", "cat"],
        ["trainer", "tester"],
        both("north", "south"),
    ],
)
def test_classes_that_are_called_like_splits_stay_classes(tmp_path: Path, folders: Sequence[str]) -> None:
    outcome = read_folder(tree(tmp_path, *folders))
    assert outcome.splits == [None] * len(folders)
    assert outcome.notes == ()


def test_splits_without_pictures_are_no_splits(tmp_path: Path) -> None:
    root = tree(tmp_path, *both("train", "test"))
    (root / "training").mkdir()
    assert read_folder(root).notes == ("No classes, as no picture is in them: training.",)


def test_a_taxonomy_beside_the_splits_counts(tmp_path: Path) -> None:
    root = tree(tmp_path, *both("ds/train", "ds/test"))
    (root / "ds/taxonomy.json").write_text(json.dumps({"pet": ["dog", "cat"], "van": None}))
    outcome = read_folder(root)
    assert outcome.taxonomy is not None
    assert outcome.taxonomy.levels[1].classes[:2] == ("dog", "cat")


def test_a_leak_is_not_made_of_a_layout(tmp_path: Path) -> None:
    """Any of these layouts of the same pictures gives the same splits and the same classes."""
    shape = {"train/cat": 0, "train/dog": 1, "test/cat": 2, "test/dog": 3}
    seen = set()
    for number, form in enumerate(("{0}/{1}", "ds/{0}/{1}", "{1}/{0}", "ds/{1}/{0}", "{0}_set/{1}")):
        root = tmp_path / str(number)
        tree(root, *(form.format(*folder.split("/")) for folder in shape))
        outcome = read_folder(root)
        seen.add((tuple(outcome.splits), tuple(list(outcome.columns.values())[-1])))
    assert seen == {(("train", "train", "test", "test"), ("cat", "dog", "cat", "dog"))}


def test_any_tree_is_split_throughout_or_made_of_classes_or_refused() -> None:
    rng, words = random.Random(0), ("train", "test_set", "Val", "dev", "cat", "dog", "ds", "train2017", "")
    outcomes: Counter[str] = Counter()
    for _ in range(3000):
        few = rng.sample(words, rng.randint(1, 5))
        folders = {
            tuple(filter(None, rng.choices(few, k=rng.randint(1, 3)))) for _ in range(rng.randint(1, 8))
        }
        try:
            outcome = split_folders(Path("root"), sorted(folders))
        except DataError:
            outcomes["refused"] += 1
            continue
        splits = set(outcome.splits.values())
        outcomes["split" if "train" in splits else "classes"] += 1
        assert "train" in splits if splits != {None} else outcome.classes == {one: one for one in folders}
        assert None not in splits or splits == {None}
        if splits == {None} and () not in folders:
            below: dict[tuple[str, ...], set[Split | None]] = {}
            for folder in folders:
                for i, name in enumerate(folder):
                    below.setdefault(folder[:i], set()).add(split_of(name))
            assert not any(one >= {"train", "test"} or one >= {"train", "val"} for one in below.values())
            assert not any(None not in one and len(one) > 1 for one in below.values())
    assert min(outcomes.values()) > 200


def test_loading_takes_the_way_out(tmp_path: Path) -> None:
    root = tree(tmp_path, *both("val", "test"))
    with pytest.raises(DataError, match="no train"):
        load(root)
    with pytest.raises(DataError, match="unreadable"):
        load(root, has_splits=False)


@pytest.mark.parametrize(
    "folders",
    [
        ("seg_train/seg_train", "seg_test/seg_test"),
        ("ds/train/train", "ds/test/test"),
        ("train/train", "test"),
    ],
)
def test_a_folder_that_repeats_its_split_is_no_class(tmp_path: Path, folders: Sequence[str]) -> None:
    samples = read_folder(tree(tmp_path, *both(*folders)))
    assert samples.columns == {"level_1": ["cat", "dog", "cat", "dog"]}
    assert samples.splits == ["train", "train", "test", "test"]
    doubled = [folder for folder in folders if folder.count("/") > folder.count("ds/")]
    assert samples.notes[-1] == f"Taken for one folder each: {', '.join(sorted(doubled))}."


@pytest.mark.parametrize(
    "folders",
    [("train/train", "train/val", "test"), ("train/test", "test/train"), ("train/train/val", "test")],
)
def test_splits_within_a_split_are_refused(tmp_path: Path, folders: Sequence[str]) -> None:
    with pytest.raises(
        DataError, match=r"to be made of classes, but got .*splits within a split: .*side by side"
    ):
        read_folder(tree(tmp_path, *both(*folders)))


def test_pictures_to_be_judged_on_may_lie_in_no_class(tmp_path: Path) -> None:
    samples = read_folder(tree(tmp_path, *both("train"), "test"))
    assert samples.columns == {"level_1": ["cat", "dog", None]}
    assert samples.notes == ("1 picture lies in val or test and in no class: without a label.",)
    with pytest.raises(DataError, match=r"in no such folder"):
        read_folder(tree(tmp_path, "train"))


def test_folds_are_no_classes(tmp_path: Path) -> None:
    folders = both("fold1/train", "fold1/test", "fold2/train", "fold2/test")
    with pytest.raises(DataError, match="of different classes in each, but got 'the same classes in fold1"):
        read_folder(tree(tmp_path, *folders))
