from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from taskgraft.data import Dataset, Provenance
from taskgraft.data.sources import _fashion_mnist as fashion_mnist
from taskgraft.data.sources import _shapes as shapes
from taskgraft.data.sources import load
from taskgraft.data.sources._numbered_names import NumberedNames
from taskgraft.errors import DataError
from taskgraft.taxonomy import Taxonomy


def test_a_name_is_its_part_and_its_number_there() -> None:
    names = NumberedNames({"a": 2, "none": 0, "b": 3})
    assert list(names) == ["a 0", "a 1", "b 0", "b 1", "b 2"]
    assert (names[-1], names[1:3], len(names)) == ("b 2", ["a 1", "b 0"], 5)
    for index in (5, -6):
        with pytest.raises(IndexError):
            names[index]
    assert list(NumberedNames({})) == []


def test_records_of_cifar100_are_named_by_their_file(tiny_cifar: Path) -> None:
    data = load("cifar100", data_dir=tiny_cifar, limit=12)
    records = np.frombuffer((tiny_cifar / "test.bin").read_bytes(), np.uint8).reshape(-1, 3074)
    for index, name in zip(data.indices["test"], data.names_of("test"), strict=True):
        file, number = name.split()
        assert file == "test.bin"
        np.testing.assert_array_equal(data.images[index].ravel(), records[int(number), 2:])
    assert {name.split()[0] for name in data.names_of("val")} == {"train.bin"}


def test_drawn_pictures_keep_their_names_in_a_larger_dataset() -> None:
    small = shapes.load(num_train=160, num_test=32)
    large = shapes.load(num_train=320, num_test=64, val_fraction=0.3)
    by_name = {large.name_of(i): large.images[i] for i in range(len(large.images))}
    for split in ("val", "test"):
        for index, name in zip(small.indices[split], small.names_of(split), strict=True):
            np.testing.assert_array_equal(small.images[index], by_name[name])


def test_pictures_of_fashion_mnist_are_named_by_their_files(monkeypatch: pytest.MonkeyPatch) -> None:
    articles = np.arange(40, dtype=np.uint8) % 10
    pairs = {"train": articles, "t10k": articles[:20]}
    monkeypatch.setattr(fashion_mnist, "_find", lambda _: {})
    monkeypatch.setattr(
        fashion_mnist,
        "_read_pair",
        lambda _, part: (np.zeros((len(pairs[part]), 28, 28), np.uint8), pairs[part], False),
    )
    data = fashion_mnist.load()
    assert data.names_of("test") == [f"t10k {number}" for number in range(20)]
    assert [data.name_of(i) for i in (0, 39)] == ["train 0", "train 39"]


def test_images_without_names_are_called_by_their_index_and_as_many_names_as_images_are_needed(
    tiny_data: Dataset,
) -> None:
    assert tiny_data.names_of("test")[:2] == ["200", "201"]
    taxonomy = Taxonomy.from_names(["a"], [("x",), ("y",)])
    images, labels = np.zeros((4, 3, 8, 8), np.uint8), np.array([[0], [1], [0], [1]])
    indices = {"train": np.array([0]), "val": np.array([1]), "test": np.array([2, 3])}
    with pytest.raises(DataError, match="Expected names to be 4 long, one for each image, but got 3"):
        Dataset(images, labels, taxonomy, indices, Provenance("x", "x", False), names=["a", "b", "c"])
