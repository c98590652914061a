"""One table of labels is one dataset, whatever it comes through."""

from __future__ import annotations

import json
from pathlib import Path

import datasets
import numpy as np
import pandas as pd
import pytest
import torch
from twelve_pictures import classes_of, from_column, from_csv, from_hub, from_parquet, from_tree

import taskgraft as tg
from five_sources import SOURCES, Named, Pictures, load_from
from taskgraft.data import SPLITS
from taskgraft.data.sources._taxonomy_file import read_taxonomy
from taskgraft.errors import TaskgraftError

# Names that a folder may have, too; classes that end early, images of which less is known, homonyms.
ANYWHERE = Named(
    rows=[
        ("None", "nan"),
        ("None", "NA"),
        ("None", None),
        ("null ", "7"),
        ("null", "07"),
        ("null", "007"),
        ("-1", "é"),
        ("-1", "e\u0301"),
        ("-1.0", None),
        (" None", "=1+1"),
        ("dog\u3000", "a,b;c"),
        ("dog", 'say "x"'),
        ("dog", "\U0001f431"),
        ("\u05d7\u05ea\u05d5\u05dc", "other"),
        ("-1", "other"),
        ("dog", "\tother\n"),
        ("dog", "a\nb"),
        ("dog", "nan  "),
        ("null", "10"),
        ("null", "9"),
        ("-1", "level_1"),
        ("None", "dog"),
    ],
    parts=["train"] * 14 + ["val"] * 4 + ["test"] * 4,
    words=[
        *["Training", "train_set", None, "seg_train", "", "TRAIN "] * 2,
        "train",
        "train",
        *["dev", "Valid"] * 2,
        *["testing"] * 4,
    ],
)
# Names with slashes, ranks that are skipped, gaps above a name that another row fills: not for folders.
TABLES_ALONE = Named(
    rows=[
        ("animalia", "moraceae/", "morus"),
        ("plantae", None, "morus"),
        ("animalia", None, "felis"),
        (None, "canidae", "lupus"),
        ("animalia", "canidae", None),
        ("plantae", "rosa", None),
        (None, None, "malus"),
        ("plantae", "rosaceae", "malus"),
        ("fungi", None, None),
        (None, None, None),
        ("plantae", "animalia", "a/b"),
        ("fungi", None, None),
        ("animalia", None, "."),
        ("plantae", "rosaceae", "rosa"),
        ("animalia", "canidae", "-1"),
    ],
    parts=["train"] * 9 + ["val"] * 3 + ["test"] * 3,
    words=["train"] * 9 + ["val"] * 3 + ["test"] * 3,
)


def test_one_table_has_one_digest_through_all_sources(pictures: Pictures, tmp_path: Path) -> None:
    loaded = {source: load_from(source, ANYWHERE, tmp_path, pictures) for source in SOURCES}
    for data in loaded.values():
        assert data.taxonomy.levels[0].classes == (
            "-1",
            "-1.0",
            "None",
            "dog",
            "null",
            "\u05d7\u05ea\u05d5\u05dc",
        )
        assert data.taxonomy.levels[1].classes == (
            "-1/other",
            "e\u0301",
            "level_1",
            "é",
            "-1.0",
            "=1+1",
            "NA",
            "None/nan",
            "dog",
            "a\nb",
            "a,b;c",
            "dog/nan",
            "dog/other",
            'say "x"',
            "\U0001f431",
            "007",
            "07",
            "7",
            "9",
            "10",
            "\u05d7\u05ea\u05d5\u05dc/other",
        )
        assert data.labels[2].tolist() == [2, -1]
        assert {split: data.num_images[split] for split in SPLITS} == {"train": 14, "val": 4, "test": 4}
    assert len({data.digest() for data in loaded.values()}) == 1, {s: d.taxonomy for s, d in loaded.items()}


def test_skipped_ranks_and_gaps_have_one_digest_through_tables(pictures: Pictures, tmp_path: Path) -> None:
    loaded = {
        source: load_from(source, TABLES_ALONE, tmp_path, pictures)
        for source in SOURCES
        if source != "folder"
    }
    for data in loaded.values():
        kinds, things, sorts = (level.classes for level in data.taxonomy.levels)
        assert kinds == ("animalia", "fungi", "plantae")
        assert things == (
            "animalia (itself)",
            "canidae",
            "moraceae/",
            "fungi",
            "animalia",
            "plantae",
            "rosa",
            "rosaceae",
        )
        assert sorts == (
            ".",
            "felis",
            "-1",
            "lupus",
            "animalia/moraceae//morus",
            "fungi",
            "a/b",
            "plantae/morus",
            "rosa (itself)",
            "malus",
            "rosa",
        )
        assert data.labels[3].tolist() == [0, 1, 3]
        assert data.labels[4].tolist() == [0, 1, -1]
        assert data.labels[6].tolist() == [2, 7, 9]
        assert data.labels[9].tolist() == [-1, -1, -1]
    assert len({data.digest() for data in loaded.values()}) == 1


NUMBERS = [3, 10, -1, 3, 7, 10, 7, 3, 10, -1, 7, 3]


def test_numbers_have_one_digest_however_they_are_stored(pictures: Pictures, tmp_path: Path) -> None:
    """Integers, floats with gaps, Int64 with NA, text of CSV, masked arrays, tensors, features of the hub."""
    nothing = [None if number == -1 else number for number in NUMBERS]
    with_nan = [np.nan if number is None else float(number) for number in nothing]
    columns = {
        "integers": np.array(NUMBERS),
        "a list": nothing,
        "a column": np.array(NUMBERS)[:, None],
        "floats": np.array(with_nan),
        "Int64": pd.Series(nothing, dtype="Int64"),
        "masked": np.ma.masked_equal(NUMBERS, -1),
        "torch": torch.tensor(NUMBERS),
        "text": pd.Series([None if n is None else str(n) for n in nothing], dtype="string"),
        "category": pd.Categorical(nothing),
    }
    result = {way: from_column(column, pictures) for way, column in columns.items()}
    for way, column in (("floats", with_nan), ("integers", NUMBERS), ("nulls", nothing)):
        result[f"{way} of Parquet"] = from_parquet({"k": column}, tmp_path / f"{way}.parquet", pictures)
        result[f"{way} of the hub"] = from_hub({"k": column}, tmp_path / way, pictures)
    for way, cells in (("minus one", NUMBERS), ("empty", nothing)):
        result[f"{way} of CSV"] = from_csv({"k": cells}, tmp_path / f"{way}.csv", pictures)
    assert {data.taxonomy.levels[0].classes for data in result.values()} == {("3", "7", "10")}
    assert {tuple(data.labels[:, 0].tolist()) for data in result.values()} == {
        (0, 2, -1, 0, 1, 2, 1, 0, 2, -1, 1, 0)
    }
    assert len({data.digest() for data in result.values()}) == 1


def test_a_taxonomy_file_is_stripped_like_all_else(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("kind,thing\nfood ,pear\nfood, apple\ntool,saw\u00a0\n")
    assert [level.classes for level in read_taxonomy(tmp_path / "t.csv").levels] == [
        ("food", "tool"),
        ("pear", "apple", "saw"),
    ]


@pytest.mark.parametrize(
    "text", ['{"a": ["x"], "b": ["y"], "a": ["z"]}', '{"a": {"x": null, "x": ["y"]}, "b": null}']
)
def test_a_key_that_stands_twice_in_a_taxonomy_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(TaskgraftError, match=r"[ax]"):
        read_taxonomy(tmp_path / "t.json")


def test_a_folder_of_homonyms_takes_its_taxonomy_file(pictures: Pictures, tmp_path: Path) -> None:
    places = [
        f"{part}/{place}" for part in ("train", "train", "val", "test") for place in ("a/m", "b/m", "b/x")
    ]
    first = from_tree(places, tmp_path / "tree", pictures)
    assert classes_of(first) == [("a", "b"), ("a/m", "b/m", "x")]
    (tmp_path / "tree" / "taxonomy.json").write_text(json.dumps(first.taxonomy.to_dict()))
    assert tg.load(tmp_path / "tree").digest() == first.digest()


def test_links_lose_against_directories(pictures: Pictures, tmp_path: Path) -> None:
    root = tmp_path / "tree"
    places = [
        f"{part}/{place}" for part in ("train", "train", "val", "test") for place in ("z/a", "z/b", "y/c")
    ]
    first = from_tree(places, root, pictures)
    (root / "train" / "a_link").symlink_to("z", target_is_directory=True)
    (root / "train" / "y" / "also_c").symlink_to("c", target_is_directory=True)
    (root / "validation").symlink_to("train", target_is_directory=True)
    data = tg.load(root)
    assert data.digest() == first.digest()
    for link in ("a_link", "also_c", "validation"):
        assert any(link in note for note in data.provenance.notes), data.provenance.notes


def test_the_hub_keeps_its_own_numbers(pictures: Pictures, tmp_path: Path) -> None:
    label = datasets.ClassLabel(names=["zebra", "nobody", "ant", "None"])
    data = from_hub({"label": [0, 2, -1, 3] * 3}, tmp_path / "hub", pictures, {"label": label})
    assert classes_of(data) == [("zebra", "nobody", "ant", "None")]
    assert data.labels[:4, 0].tolist() == [0, 2, -1, 3]


def test_a_class_of_the_hub_without_images_or_parent_is_left_out(pictures: Pictures, tmp_path: Path) -> None:
    features = {
        "coarse": datasets.ClassLabel(names=["pet", "wild"]),
        "fine": datasets.ClassLabel(names=["wolf", "nobody", "dog"]),
    }
    data = from_hub({"coarse": [1, 0] * 6, "fine": [0, 2] * 6}, tmp_path / "hub", pictures, features)
    assert classes_of(data) == [("pet", "wild"), ("wolf", "dog")]
    assert data.taxonomy.parents == ((1, 0),)
    assert any("nobody" in note for note in data.provenance.notes)
