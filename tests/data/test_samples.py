from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pictures import write_picture
from taskgraft.data.sources import load
from taskgraft.errors import DataError, RequestError, TaskgraftError


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKGRAFT_CACHE", str(tmp_path / "cache"))


def shop(root: Path, per_class: int = 10, size: tuple[int, int] = (32, 32)) -> Path:
    """Three levels, JPEG and PNG mixed."""
    leaves = ("food/fruit/apple", "food/fruit/pear", "food/bread/rye", "tool/saw/long", "tool/saw/short")
    for k, path in enumerate(leaves):
        for i in range(per_class):
            write_picture(root / path / f"{i}.{'jpg' if i % 2 else 'png'}", seed=100 * k + i, size=size)
    return root


def test_a_folder_of_three_levels_needs_no_option(tmp_path: Path) -> None:
    data = load(shop(tmp_path / "shop"))
    assert data.taxonomy.level_names == ("level_1", "level_2", "level_3")
    assert data.taxonomy.num_classes == (2, 3, 5)
    assert data.image_shape == (3, 32, 32)
    assert data.num_images == {"train": 36, "val": 4, "test": 10}
    assert data.provenance.split == "20% drawn for test"
    assert data.names is not None
    first = data.names[data.indices["test"][0]]
    assert (tmp_path / "shop" / first).is_file()


def test_the_drawn_split_is_even_and_stays(tmp_path: Path) -> None:
    data, again = (load(shop(tmp_path / "shop")) for _ in range(2))
    assert np.bincount(data.labels_of("test")[:, 2]).tolist() == [2] * 5
    assert data.digest() == again.digest()


def test_sizes_and_fits_are_recorded(tmp_path: Path) -> None:
    shop(tmp_path / "shop", size=(60, 40))
    assert load(tmp_path / "shop").image_shape == (3, 40, 60)
    data = load(tmp_path / "shop", size=48, fit="pad")
    assert data.image_shape == (3, 48, 48)
    assert data.provenance.options == {"size": "48x48", "fit": "pad"}
    with pytest.raises(RequestError, match="16"):
        load(tmp_path / "shop", size=8)


def test_splits_of_the_source_are_kept(tmp_path: Path) -> None:
    shop(tmp_path / "all" / "train")
    shop(tmp_path / "all" / "test", per_class=4)
    assert load(tmp_path / "all").num_images == {"train": 45, "val": 5, "test": 20}
    shop(tmp_path / "all" / "val", per_class=2)
    assert load(tmp_path / "all", val_fraction=0.4).num_images == {"train": 50, "val": 10, "test": 20}


def test_bad_pictures_are_all_named_at_once(tmp_path: Path) -> None:
    root = shop(tmp_path / "shop")
    for name in ("food/fruit/apple/bad.png", "tool/saw/long/bad.jpg"):
        (root / name).write_bytes(b"no picture")
    with pytest.raises(DataError, match="2") as caught:
        load(root)
    bad = ["food/fruit/apple/bad.png", "tool/saw/long/bad.jpg"]
    assert sorted(line.partition(":")[0] for line in caught.value.details) == bad
    data = load(root, on_bad_image="skip")
    assert sum(data.num_images.values()) == 50
    assert sorted(name for name, _ in data.provenance.skipped) == bad


def test_a_ragged_folder_is_a_full_tree(tmp_path: Path) -> None:
    root = shop(tmp_path / "shop")
    for i in range(10):
        write_picture(root / "toy" / f"{i}.png", seed=900 + i)
        write_picture(root / "food" / f"unsorted {i}.png", seed=950 + i)
    data = load(root)
    assert data.taxonomy.num_classes == (3, 4, 6)
    assert "toy" in data.taxonomy.levels[2].classes
    assert (data.labels[:, 2] < 0).sum() == 10
    # What is known of an image decides how splits are drawn.
    assert (data.labels_of("test")[:, 2] < 0).sum() == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": ["a"]}, "an option of a folder to be one of levels, taxonomy, has_tree, has_splits, size"),
        (
            {"label_columns": ["a"]},
            "label_columns to be used with a table or a dataset of the hub, but got it with a folder.",
        ),
        ({"relatedness": 1}, "relatedness to be used with shapes, but got it with a folder. Leave it out."),
        ({"test_fraction": 1.5}, "Expected test_fraction to be between 0 and 1"),
        ({"data_dir": "x"}, "Expected data_dir to be used with a dataset by name or a table"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    tmp_path: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises(TaskgraftError) as caught:
        load(shop(tmp_path / "shop", per_class=4), **options)  # type: ignore[arg-type]
    assert message in str(caught.value)


def test_a_name_that_is_nothing_says_what_could_be(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="a folder of pictures, a table"):
        load(tmp_path / "none")


def table(folder: Path, rows: str, header: str = "path,kind,split") -> Path:
    """A CSV file of the pictures `0.png` ... `29.png` beside it."""
    for i in range(30):
        write_picture(folder / f"{i}.png", seed=i, size=(16, 16))
    (folder / "t.csv").write_text(f"{header}\n{rows}")
    return folder / "t.csv"


def rows_of(places: range, split: str) -> str:
    return "".join(f"{i}.png,{'ab'[i % 2]},{split}\n" for i in places)


def test_one_file_in_several_rows_is_said_with_the_count(tmp_path: Path) -> None:
    parts = {"train": range(20), "val": range(20, 24), "test": range(18, 30)}
    rows = "".join(rows_of(places, split) for split, places in parts.items()) + rows_of(range(2), "train") * 2
    notes = load(table(tmp_path, rows), label_columns="kind").provenance.notes
    assert notes == (
        "8 files stand in several rows, such as 0.png in 3.",
        "6 files stand in several splits, such as 18.png in train and test: networks are judged on images "
        "that they were trained on.",
    )


def test_one_file_under_two_labels_is_said(tmp_path: Path) -> None:
    notes = load(
        table(tmp_path, rows_of(range(30), "") + "./3.png,a,\n"), label_columns="kind"
    ).provenance.notes
    assert "1 file stands in rows of different labels, such as 3.png in 2." in notes


def test_a_test_split_without_labels_can_be_left_out(tmp_path: Path) -> None:
    rows = rows_of(range(20), "train") + "".join(f"{i}.png,,test\n" for i in range(20, 30))
    path = table(tmp_path, rows)
    with pytest.raises(DataError, match=r"the test split of .* labelled at some level, but got .* leave_out"):
        load(path, label_columns="kind")
    with pytest.raises(
        RequestError, match="test_fraction to be left out where the data has a test split, but"
    ):
        load(path, label_columns="kind", test_fraction=0.3)
    data = load(path, label_columns="kind", leave_out="test", test_fraction=0.3)
    assert data.num_images == {"train": 13, "val": 1, "test": 6}
    assert data.provenance.split == "30% drawn for test"
    assert data.provenance.notes == ("Pictures were left out on request: 10 of test.",)
    assert data.provenance.options["leave_out"] == "test"
    with pytest.raises(RequestError, match="leave_out to be val or test, but got 'train'"):
        load(path, label_columns="kind", leave_out="train")
    with pytest.raises(RequestError, match=r"the val split of .* to be one with pictures"):
        load(path, label_columns="kind", leave_out="val")


def test_pictures_are_left_out_by_patterns_of_their_names(tmp_path: Path) -> None:
    root = shop(tmp_path / "shop")
    whole = load(root)
    names = [str(name) for name in whole.names or ()]
    last = names[0].rpartition("/")[2]
    folder = names[0].rpartition("/")[0]
    data = load(root, exclude=f"{last},{folder}/*")
    kept = [name for name in names if name.rpartition("/")[2] != last and not name.startswith(f"{folder}/")]
    assert sorted(map(str, data.names or ())) == sorted(kept)
    assert len(kept) < len(names)
    count = sum(name.rpartition("/")[2] == last for name in names)
    assert f"left out on request: {count:,} that fit {last}, " in data.provenance.notes[0]
    assert data.provenance.options["exclude"] == f"{last},{folder}/*"
    with pytest.raises(
        RequestError, match=r"exclude to be patterns that fit pictures, but got 'x\*'. A name"
    ):
        load(root, exclude=["*", "x*"])
    with pytest.raises(RequestError, match=r"exclude to be patterns that leave some picture, but got '\*'"):
        load(root, exclude="*")


def test_splits_of_what_stays_are_those_that_it_had(tmp_path: Path) -> None:
    parts = {"train": range(20), "val": range(20, 24), "test": range(24, 30)}
    path = table(tmp_path, "".join(rows_of(places, split) for split, places in parts.items()))
    data = load(path, label_columns="kind", exclude="1?.png")
    kept = {split: [data.name_of(i) for i in places] for split, places in data.indices.items()}
    assert kept == {
        split: [f"{i}.png" for i in places if not 10 <= i < 20] for split, places in parts.items()
    }


def test_a_file_is_the_same_by_all_its_names(tmp_path: Path) -> None:
    path = table(tmp_path, rows_of(range(29), "train") + "link.png,a,test\n29.png,b,test\n1.png,b,val\n")
    (tmp_path / "link.png").symlink_to(tmp_path / "3.png")
    notes = load(path, label_columns="kind").provenance.notes
    assert "2 files stand in several splits, such as 1.png in train and val: networks" in " ".join(notes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fit": "Crop"}, "Expected fit to be one of crop, pad, but got 'Crop'"),
        ({"on_bad_image": "raise"}, "Expected on_bad_image to be one of error, skip, but got 'raise'"),
        ({"size": 64.0}, "Expected size to be from 16 to 512 pixels, but got 64.0"),
        ({"levels": {"a", "b"}}, "Expected levels to be different names joined by commas"),
        ({"levels": 5}, "Expected levels to be different names joined by commas, but got 5"),
    ],
)
def test_values_that_are_no_choice_are_refused(
    tmp_path: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises(RequestError) as caught:
        load(shop(tmp_path / "shop", per_class=2), **options)  # type: ignore[arg-type]
    assert message in str(caught.value)


def test_splits_may_be_taken_as_they_came(tmp_path: Path) -> None:
    root = shop(tmp_path / "shop")
    data = load(root, test_fraction=None)
    assert data.num_images == {"train": 50, "val": 0, "test": 0}
    assert data.provenance.split == "none"
    # Drawn afterwards, the splits are those of a study.
    assert data.with_test_fraction(0.2).with_val_fraction(0.1).digest() == load(root).digest()
    assert load(root, test_fraction=None, limit=9).num_images == {"train": 9, "val": 0, "test": 0}
    with pytest.raises(RequestError, match="Expected limit to be 1 or more, but got 0"):
        load(root, test_fraction=None, limit=0)
    shop(tmp_path / "all" / "train", per_class=1)
    shop(tmp_path / "all" / "test", per_class=2)
    assert load(tmp_path / "all", test_fraction=None).num_images == {"train": 5, "val": 0, "test": 10}


def test_levels_of_one_class_are_remembered(tmp_path: Path) -> None:
    shop(tmp_path / "all" / "things")
    data = load(tmp_path / "all", levels="a,b,c,d")
    assert data.only_classes == {"a": "things"}
    assert data.taxonomy.level_names == ("b", "c", "d")


def test_a_share_that_is_none_is_refused(tmp_path: Path) -> None:
    data = load(shop(tmp_path / "shop"), test_fraction=None)
    with pytest.raises(RequestError, match="Expected test_fraction to be between 0 and 1"):
        data.with_test_fraction(2.0)
