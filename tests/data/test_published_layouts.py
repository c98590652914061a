import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from taskgraft.data.sources import load
from taskgraft.errors import DataError, RequestError

CLASSES = {"nat0000": (200, 40, 40), "nat0001": (40, 200, 40), "nat0002": (40, 40, 200)}
ISA = "root node_A\nroot node_B\nnode_A nat0000\nnode_A nat0001\nnode_B nat0002\n"


def picture(path: Path, colour: tuple[int, int, int], shade: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((20, 20, 3), colour, np.uint8) - np.uint8(shade)).save(path)


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    """Lists and pictures as for iNaturalist-19: all pictures in folders of one tree, lists by split."""
    for k, (name, colour) in enumerate(CLASSES.items()):
        for split, numbers in (("train", range(6)), ("val", range(6, 8)), ("test", range(8, 10))):
            files = [f"{k}{i}.png" for i in numbers]
            for i, file in zip(numbers, files, strict=True):
                picture(tmp_path / "pictures" / "Plants" / name / file, colour, i)
            listed = tmp_path / "splits" / split / f"{name}.txt"
            listed.parent.mkdir(parents=True, exist_ok=True)
            listed.write_text("\n".join(files) + "\n")
    (tmp_path / "inaturalist19_isa.txt").write_text(ISA)
    return tmp_path


def test_published_lists_and_tree_make_a_dataset(lists: Path) -> None:
    data = load(
        lists / "splits", data_dir=lists / "pictures", taxonomy=lists / "inaturalist19_isa.txt", size=20
    )
    assert data.num_images == {"train": 18, "val": 6, "test": 6}
    assert data.taxonomy.paths(1) == [("node_A", "nat0000"), ("node_A", "nat0001"), ("node_B", "nat0002")]
    for split in ("train", "val", "test"):
        pixels = data.images[data.indices[split]].mean(axis=(2, 3))
        assert (pixels.argmax(axis=1) == data.labels_of(split)[:, 1]).all()
        assert (data.labels_of(split)[:, 0] == data.labels_of(split)[:, 1] // 2).all()


def test_a_tree_as_deep_as_that_of_tieredimagenet_is_read(lists: Path) -> None:
    """Twelve levels below the root; one class ends at the first and stands for itself below."""
    chain = ["root", *(f"n{depth:02}" for depth in range(11))]
    edges = [f"{above} {below}" for above, below in itertools.pairwise(chain)]
    edges += ["n10 nat0000", "n10 nat0001", "root nat0002"]
    tree = lists / "tiered_imagenet_isa.txt"
    tree.write_text("\n".join(edges) + "\n")
    data = load(lists / "splits", data_dir=lists / "pictures", taxonomy=tree, size=20)
    assert sum(data.num_images.values()) == 30
    assert data.taxonomy.is_tree
    assert data.taxonomy.num_classes == (*[2] * 11, 3)
    assert (data.labels >= 0).all()


def test_lists_want_the_folder_of_their_pictures(lists: Path) -> None:
    with pytest.raises(RequestError, match="Expected data_dir to be given with lists of pictures"):
        load(lists / "splits", size=20)
    (lists / "pictures" / "Plants" / "nat0001" / "13.png").unlink()
    with pytest.raises(
        DataError, match=r"Expected 13.png of .*nat0001.txt to be one picture below .* 0 of them"
    ):
        load(lists / "splits", data_dir=lists / "pictures", size=20)


def test_of_two_pictures_of_a_name_that_of_the_class_is_taken(lists: Path) -> None:
    picture(lists / "pictures" / "elsewhere" / "00.png", (1, 2, 3), 0)
    data = load(lists / "splits", data_dir=lists / "pictures", size=20)
    assert sum(data.num_images.values()) == 30
    picture(lists / "pictures" / "more" / "nat0000" / "00.png", (1, 2, 3), 0)
    with pytest.raises(DataError, match="2 of them"):
        load(lists / "splits", data_dir=lists / "pictures", size=20)


def test_aircraft_has_three_levels_and_its_splits(tmp_path: Path) -> None:
    planes = {
        "0034309": ("Boeing", "Boeing 707", "707-320"),
        "0034958": ("Boeing", "Boeing 707", "707-320"),
        "1019011": ("Airbus", "A300", "A300B4"),
        "1019012": ("Airbus", "A300", "A300B4"),
    }
    numbers = [f"{base}{i}" for base in planes for i in range(3)]
    for k, number in enumerate(numbers):
        picture(tmp_path / "images" / f"{number}.jpg", (200, 100, 20), k)
    for level, place in (("manufacturer", 0), ("family", 1), ("variant", 2)):
        for i, split in enumerate(("train", "val", "test")):
            lines = [f"{base}{i} {labels[place]}" for base, labels in planes.items()]
            (tmp_path / f"images_{level}_{split}.txt").write_text("\n".join(lines) + "\n")
    data = load(tmp_path, size=20)
    assert data.taxonomy.level_names == ("manufacturer", "family", "variant")
    assert data.num_images == {"train": 4, "val": 4, "test": 4}
    assert ("Boeing", "Boeing 707", "707-320") in data.taxonomy.paths(2)
    (tmp_path / "images_family_val.txt").write_text("00343091 Boeing 707\n")
    with pytest.raises(DataError, match=r"Expected images_family_val.txt of .* to be of the pictures of"):
        load(tmp_path, size=20)


def test_cub_has_its_species_and_splits(tmp_path: Path) -> None:
    species = ["001.Black_footed_Albatross", "002.Laysan_Albatross"]
    paths = [f"{name}/{i}.jpg" for name in species for i in range(6)]
    for k, path in enumerate(paths):
        picture(tmp_path / "images" / path, (30, 90, 200), k)
    numbered = list(enumerate(paths, start=1))
    (tmp_path / "images.txt").write_text("".join(f"{i} {path}\n" for i, path in numbered))
    (tmp_path / "image_class_labels.txt").write_text("".join(f"{i} {1 + (i > 6)}\n" for i, _ in numbered))
    (tmp_path / "classes.txt").write_text("".join(f"{k} {name}\n" for k, name in enumerate(species, start=1)))
    (tmp_path / "train_test_split.txt").write_text("".join(f"{i} {i % 3 and 1}\n" for i, _ in numbered))
    data = load(tmp_path, size=20, val_fraction=0.25)
    assert data.taxonomy.levels[0].classes == tuple(species)
    assert data.num_images == {"train": 6, "val": 2, "test": 4}
    (tmp_path / "classes.txt").write_text(f"1 {species[0]}\n")
    with pytest.raises(DataError, match=r"Expected image 7 of .* to be in every list"):
        load(tmp_path, size=20)
