from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from taskgraft.data.labels import label_columns
from taskgraft.data.sources import load, read_folder
from taskgraft.errors import DataError, RequestError, TaskgraftError, TaxonomyError


def tree(root: Path, *names: str) -> Path:
    """Empty files: which pictures there are is read from names alone."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def test_nested_folders_are_the_levels(tmp_path: Path) -> None:
    samples = read_folder(tree(tmp_path, "fruit/apple/1.jpg", "fruit/pear/2.PNG", "tool/saw/3.webp"))
    assert list(samples.columns) == ["level_1", "level_2"]
    assert samples.columns["level_1"] == ["fruit", "fruit", "tool"]
    assert samples.columns["level_2"] == ["apple", "pear", "saw"]
    assert samples.names == ["fruit/apple/1.jpg", "fruit/pear/2.PNG", "tool/saw/3.webp"]
    assert samples.splits == [None] * 3


def test_levels_can_be_named(tmp_path: Path) -> None:
    root = tree(tmp_path, "fruit/apple/1.jpg", "tool/saw/3.webp")
    assert list(read_folder(root, ["kind", "thing"]).columns) == ["kind", "thing"]
    with pytest.raises(RequestError, match="Expected levels to be 2 names, one for each level of folders"):
        read_folder(root, ["kind"])


def test_folders_at_the_top_may_be_splits(tmp_path: Path) -> None:
    samples = read_folder(
        tree(tmp_path, "train/a/1.png", "Validation/b/2.png", "test/a/3.png", "train/b/4.png")
    )
    assert samples.splits == ["train", "val", "test", "train"]
    assert samples.columns == {"level_1": ["a", "b", "a", "b"]}


def test_a_class_called_test_among_classes_is_a_class(tmp_path: Path) -> None:
    assert read_folder(tree(tmp_path, "test/1.png", "rest/2.png")).columns == {"level_1": ["test", "rest"]}
    with pytest.raises(DataError, match="folders of splits"):
        read_folder(tree(tmp_path, "train/a/1.png"))


def test_pictures_come_in_the_order_of_their_file_names(tmp_path: Path) -> None:
    samples = read_folder(tree(tmp_path, "b/2.png", "a/10.png", "c/1.png"))
    assert samples.names == ["c/1.png", "b/2.png", "a/10.png"]


def test_classes_of_one_name_under_two_parents_are_two(tmp_path: Path) -> None:
    samples = read_folder(tree(tmp_path, "fruit/other/1.png", "tool/other/2.png", "tool/saw/3.png"))
    assert label_columns(samples.columns).taxonomy.levels[1].classes == ("fruit/other", "saw", "tool/other")
    flat = read_folder(tmp_path, ["a", "b"], has_tree=False)
    assert flat.columns["b"] == ["other", "other", "saw"]


def test_a_picture_beside_folders_is_known_to_the_levels_above(tmp_path: Path) -> None:
    samples = read_folder(tree(tmp_path, "fruit/1.png", "fruit/apple/2.png", "tool/3.png"))
    assert samples.columns["level_2"] == [None, "apple", None]


def test_what_is_no_picture_is_passed_over_and_said(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        "a/1.png",
        "b/2.png",
        "a/notes.txt",
        ".git/3.png",
        "a/.DS_Store",
        "a/._1.png",
        "b/Thumbs.db",
        "__MACOSX/a/1.png",
    )
    samples = read_folder(root)
    assert samples.names == ["a/1.png", "b/2.png"]
    assert samples.notes == (
        "Passed over, for their names are not those of pictures: a/notes.txt.",
        "Passed over, as hidden or made by a system: .git, __MACOSX.",
    )


def test_odd_names_are_kept(tmp_path: Path) -> None:
    odd = ["a b/it's.png", 'q"uote/ü.png', "new\nline/1.png"]
    assert sorted(read_folder(tree(tmp_path, *odd)).names) == sorted(odd)


SYSTEM_FOLDERS = (
    "@eaDir",
    "__MACOSX",
    ".ipynb_checkpoints",
    "$RECYCLE.BIN",
    "System Volume Information",
    "lost+found",
    ".thumbnails",
    "__pycache__",
    "_CodeSignature",
    "#recycle",
    "@__thumb",
    ".AppleDouble",
)


@pytest.mark.parametrize("folder", SYSTEM_FOLDERS)
def test_a_folder_that_a_system_made_is_no_class(tmp_path: Path, folder: str) -> None:
    root = tree(tmp_path, "a/1.png", "b/2.png", f"{folder}/3.png", f"a/{folder}/1.png/thumb.jpg", "a/._1.png")
    samples = read_folder(root)
    assert samples.columns == {"level_1": ["a", "b"]}
    (note,) = samples.notes
    assert note.startswith("Passed over, as hidden or made by a system: ")
    assert folder in note
    assert "._1.png" not in note


def test_a_folder_that_a_system_made_is_not_worth_a_note_without_pictures(tmp_path: Path) -> None:
    root = tree(tmp_path, "a/1.png", "b/2.png", "__pycache__/x.pyc", ".git/HEAD", "lost+found/._1.png")
    assert read_folder(root).notes == ()


def test_folders_without_pictures_are_named_as_no_classes(tmp_path: Path) -> None:
    root = tree(tmp_path, "a/1.png", "b/2.png", "b/rest/x/y.txt")
    for name in "fedcz":
        (root / name).mkdir()
    assert "No classes, as no picture is in them: b/rest, c, d and 3 more." in read_folder(root).notes


def test_the_real_folder_wins_over_links_to_it(tmp_path: Path) -> None:
    root = tree(tmp_path, "z/cat/1.png", "z/dog/2.png", "m/3.png")
    os.symlink(root / "z" / "cat", root / "a")
    os.symlink("../z/dog", root / "m" / "again")
    samples = read_folder(root)
    assert samples.names == ["z/cat/1.png", "z/dog/2.png", "m/3.png"]
    assert samples.columns["level_1"] == ["z", "z", "m"]
    assert samples.notes == (
        "Left out, as links to what is in the folder already: a (is z/cat), m/again (is z/dog).",
    )


def test_a_folder_outside_counts_for_the_first_link_to_it(tmp_path: Path) -> None:
    outside = tree(tmp_path / "outside", "1.png", "inner/2.png")
    root = tree(tmp_path / "root", "b/3.png")
    for name in ("hound", "dog", "pup"):
        os.symlink(outside, root / name)
    samples = read_folder(root)
    assert samples.names == ["dog/1.png", "dog/inner/2.png", "b/3.png"]
    assert samples.notes == (
        "Left out, as links to what is in the folder already: hound (is dog), pup (is dog).",
    )


@pytest.mark.parametrize(
    ("link", "target"), [("val", "train"), ("test", "train"), ("dev", "test"), ("test", "val")]
)
def test_a_split_that_is_a_link_to_another_does_not_leak(tmp_path: Path, link: str, target: str) -> None:
    root = tree(tmp_path, "train/a/1.png", "train/b/2.png", f"{target}/a/3.png")
    os.symlink(target, root / link)
    samples = read_folder(root)
    assert sorted(samples.names) == sorted(["train/a/1.png", "train/b/2.png", f"{target}/a/3.png"])
    assert samples.notes == (f"Left out, as links to what is in the folder already: {link} (is {target}).",)


def test_splits_that_are_links_to_one_folder_outside_do_not_leak(tmp_path: Path) -> None:
    outside = tree(tmp_path / "outside", "a/1.png", "b/2.png")
    root = tree(tmp_path / "root")
    root.mkdir()
    os.symlink(outside, root / "val")
    os.symlink(outside, root / "train")
    samples = read_folder(root)
    assert samples.names == ["train/a/1.png", "train/b/2.png"]
    assert samples.notes == ("Left out, as links to what is in the folder already: val (is train).",)


def test_a_link_to_what_holds_the_folder_is_left_out(tmp_path: Path) -> None:
    tree(tmp_path, "other/9.png")
    root = tree(tmp_path / "root", "a/1.png", "b/2.png")
    os.symlink(tmp_path, root / "c")
    os.symlink("/", root / "d")
    assert read_folder(root).names == ["a/1.png", "b/2.png"]


def test_a_picture_linked_under_another_class_keeps_its_own(tmp_path: Path) -> None:
    root = tree(tmp_path / "root", "train/cat/1.png", "train/dog/2.png", "test/cat/3.png", "test/dog/4.png")
    os.symlink(root / "train/dog/2.png", root / "train/cat/0.png")
    os.symlink("../../train/cat/1.png", root / "test/cat/1.png")
    samples = read_folder(root)
    assert samples.names == ["train/cat/1.png", "train/dog/2.png", "test/cat/3.png", "test/dog/4.png"]
    assert samples.notes == (
        "Left out, as links to what is in the folder already: test/cat/1.png (is train/cat/1.png), "
        "train/cat/0.png (is train/dog/2.png).",
    )


def test_pictures_may_all_be_links_into_a_store(tmp_path: Path) -> None:
    store = tree(tmp_path / "store", "x.png", "y.png")
    root = tree(tmp_path / "root", "a/0.png", "b/0.png")
    os.symlink(store / "x.png", root / "a/1.png")
    os.symlink(store / "y.png", root / "b/2.png")
    os.symlink(store / "x.png", root / "b/3.png")
    os.symlink(store / "gone.png", root / "b/4.png")
    samples = read_folder(root)
    assert samples.names == ["a/0.png", "b/0.png", "a/1.png", "b/2.png", "b/4.png"]
    assert samples.notes == ("Left out, as links to what is in the folder already: b/3.png (is a/1.png).",)


def test_links_into_a_hidden_store_count(tmp_path: Path) -> None:
    root = tree(tmp_path, ".store/x/1.png", ".store/2.png", "b/3.png")
    os.symlink(".store/x", root / "a")
    os.symlink("../.store/2.png", root / "b/2.png")
    samples = read_folder(root)
    assert samples.names == ["a/1.png", "b/2.png", "b/3.png"]
    assert samples.notes == ("Passed over, as hidden or made by a system: .store.",)


def test_links_that_lead_nowhere_do_not_stop_the_reading(tmp_path: Path) -> None:
    root = tree(tmp_path, "a/1.png", "b/2.png")
    os.symlink("loop", root / "loop")
    os.symlink("gone", root / "c")
    assert read_folder(root).names == ["a/1.png", "b/2.png"]


def test_a_loop_of_links_is_walked_once(tmp_path: Path) -> None:
    root = tree(tmp_path / "root", "a/1.png", "b/2.png")
    os.symlink(root, root / "a" / "again")
    elsewhere = tree(tmp_path / "elsewhere", "3.png")
    os.symlink(elsewhere, root / "c")
    assert sorted(read_folder(root).names) == ["a/1.png", "b/2.png", "c/3.png"]


def test_a_taxonomy_beside_the_pictures_names_and_numbers(tmp_path: Path) -> None:
    root = tree(tmp_path, "cat/1.png", "dog/2.png", "van/3.png")
    taxonomy = {
        "levels": [
            {"name": "kind", "classes": ["thing", "pet"]},
            {"name": "sort", "classes": ["van", "dog", "cat"]},
        ],
        "parents": [[0, 1, 1]],
    }
    (root / "taxonomy.json").write_text(json.dumps(taxonomy))
    samples = read_folder(root)
    assert samples.columns == {"sort": ["cat", "dog", "van"]}
    assert samples.taxonomy is not None
    assert samples.taxonomy.levels[1].classes == ("van", "dog", "cat")
    assert samples.notes == ()
    # A class that is renamed here and not there is none of it, and the file is named.
    (root / "cat").rename(root / "tabby")
    for name in ("tabby/1.png", "dog/2.png", "van/3.png"):
        Image.new("RGB", (4, 4)).save(root / name)
    with pytest.raises(
        TaxonomyError, match=r"^taxonomy\.json: Expected a class of level 'sort' to be one of"
    ):
        load(root)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            (),
            "a tree of pictures (JPEG, PNG, WebP, GIF, BMP, TIFF, PNM, AVIF or HEIC) in folders named by "
            "their class, but got 'an empty folder'. Check the path.",
        ),
        (
            ("a/notes.txt", "a/b.csv"),
            "but got 'no picture among its 2 files, such as a/b.csv'. Name the folder of the pictures.",
        ),
        (("1.png", "a/2.png"), "but got '1.png in no such folder'. Move each picture"),
        (("1.png", "3.png", "a/2.png"), "but got '1.png in no such folder, and 1 more'. Move each picture"),
        (
            ("train/1.png", "train/a/2.png"),
            "train/1.png in no such folder'. Move each picture into the folder of its class.",
        ),
        (
            ("train/1.png", "test/2.png"),
            "train/1.png in no such folder'. Move each picture into the folder of its class, "
            "or say has_splits=False if the folders are the classes.",
        ),
        (("/".join("abcdefghijklmnopq") + "/1.png",), "at most 16 folders deep, but got 17"),
    ],
)
def test_folders_without_classes_are_refused(tmp_path: Path, names: tuple[str, ...], message: str) -> None:
    with pytest.raises(TaskgraftError) as caught:
        read_folder(tree(tmp_path, *names))
    assert message in str(caught.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        read_folder(tmp_path / "none")
