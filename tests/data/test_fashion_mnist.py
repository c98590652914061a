from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from taskgraft.data.files import _download as download
from taskgraft.data.sources import _fashion_mnist as fashion_mnist
from taskgraft.errors import DataError, RequestError, TaskgraftError

NAMES = tuple(fashion_mnist.KNOWN_HASHES)


def write(folder: Path, name: str, items: np.ndarray, *, is_compressed: bool = True) -> Path:
    content = struct.pack(f">{1 + items.ndim}I", 0x0800 | items.ndim, *items.shape) + items.tobytes()
    path = folder / (f"{name}.gz" if is_compressed else name)
    path.write_bytes(gzip.compress(content) if is_compressed else content)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """60 train and 20 test images; the first pixel of an image is its number."""
    for part, count in (("train", 60), ("t10k", 20)):
        images = np.zeros((count, 28, 28), dtype=np.uint8)
        images[:, 0, 0] = np.arange(count)
        write(tmp_path, f"{part}-images-idx3-ubyte", images)
        write(tmp_path, f"{part}-labels-idx1-ubyte", (np.arange(count) % 10).astype(np.uint8))
    return tmp_path


def refusal(place: Path, kind: type[TaskgraftError] = DataError) -> str:
    with pytest.raises(kind) as caught:
        fashion_mnist.load(place)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_images_stay_grey_and_in_order(folder: Path) -> None:
    data = fashion_mnist.load(folder)
    assert data.images.shape == (80, 1, 28, 28)
    assert data.images[:, 0, 0, 0].tolist() == [*range(60), *range(20)]
    assert data.num_images == {"train": 54, "val": 6, "test": 20}
    assert data.indices["test"].tolist() == list(range(60, 80))
    assert (data.provenance.split, data.provenance.is_official) == ("unofficial split", False)


def test_every_article_has_its_kind_and_its_group(folder: Path) -> None:
    taxonomy = fashion_mnist.load(folder).taxonomy
    assert taxonomy.level_names == ("group", "kind", "article")
    assert taxonomy.num_classes == (2, 6, 10)
    names = [
        tuple(level.classes[taxonomy.ancestors(i)[article]] for i, level in enumerate(taxonomy.levels))
        for article in range(10)
    ]
    assert names == [
        ("clothes", "tops", "t-shirt"),
        ("clothes", "bottoms", "trouser"),
        ("clothes", "tops", "pullover"),
        ("clothes", "dresses", "dress"),
        ("clothes", "outers", "coat"),
        ("goods", "shoes", "sandal"),
        ("clothes", "tops", "shirt"),
        ("goods", "shoes", "sneaker"),
        ("goods", "accessories", "bag"),
        ("goods", "shoes", "ankle boot"),
    ]


def test_the_finest_label_is_the_published_one(folder: Path) -> None:
    labels = fashion_mnist.load(folder).labels
    assert labels[:10].tolist() == [
        [0, 0, 0],
        [0, 1, 1],
        [0, 0, 2],
        [0, 2, 3],
        [0, 3, 4],
        [1, 5, 5],
        [0, 0, 6],
        [1, 5, 7],
        [1, 4, 8],
        [1, 5, 9],
    ]


def test_uncompressed_files_do_as_well(folder: Path) -> None:
    before = fashion_mnist.load(folder).digest()
    for path in list(folder.glob("*.gz")):
        (folder / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    assert fashion_mnist.load(folder).digest() == before


def test_limit_and_val_fraction_are_passed_on(folder: Path) -> None:
    data = fashion_mnist.load(folder, val_fraction=0.5, limit=20)
    assert data.num_images == {"train": 10, "val": 10, "test": 20}


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / f"{name}.gz").unlink()
    assert f"four files, but got 'one without {name}.gz'" in refusal(folder, RequestError)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    said = refusal(tmp_path / "nowhere", RequestError)
    assert f"Expected data_dir {tmp_path / 'nowhere'} to be a folder of" in said


def test_files_that_do_not_belong_together_are_refused(folder: Path) -> None:
    path = write(folder, "t10k-labels-idx1-ubyte", np.zeros(19, dtype=np.uint8))
    assert f"Expected {path} to be 20 labels long, one for each image, but got 19." in refusal(folder)


def test_a_label_out_of_range_is_found(folder: Path) -> None:
    path = write(folder, "train-labels-idx1-ubyte", np.array([9] * 59 + [10], dtype=np.uint8))
    assert f"Expected label 59 of {path} to be from 0 to 9, but got 10." in refusal(folder)


def test_other_images_are_refused(folder: Path) -> None:
    write(folder, "train-images-idx3-ubyte", np.zeros((60, 32, 32), dtype=np.uint8))
    assert "items of shape (28, 28), but got '60 of shape (32, 32)'" in refusal(folder)


def test_a_cut_file_is_refused(folder: Path) -> None:
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-20])
    assert f"Expected {path} to be readable and whole" in refusal(folder)


def test_the_system_folder_is_found_by_itself(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fashion_mnist, "SYSTEM_FOLDER", folder)
    assert fashion_mnist.load().num_images["test"] == 20


def test_else_the_published_files_are_fetched(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requested = []

    def fetch(url: str, known_hash: str, *, subdir: str) -> Path:
        requested.append((url, known_hash, subdir))
        return folder / url.rsplit("/", 1)[-1]

    monkeypatch.setattr(fashion_mnist, "SYSTEM_FOLDER", tmp_path / "nowhere")
    monkeypatch.setattr(download, "fetch", fetch)
    assert fashion_mnist.load().num_images["test"] == 20
    assert requested == [
        (f"{fashion_mnist.URL}/{name}.gz", fashion_mnist.KNOWN_HASHES[name], "fashion-mnist")
        for name in NAMES
    ]


def test_the_real_files_are_recognised(fashion_mnist_folder: Path) -> None:
    data = fashion_mnist.load(fashion_mnist_folder)
    assert data.images.shape == (70_000, 1, 28, 28)
    assert data.num_images == {"train": 54_000, "val": 6_000, "test": 10_000}
    assert np.bincount(data.labels_of("test")[:, 2]).tolist() == [1_000] * 10
    assert (data.provenance.split, data.provenance.is_official) == ("official split", True)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        RequestError, match=r"nope to be a folder .* but got 'no such folder'\. .* leave data_dir out"
    ):
        fashion_mnist.load(tmp_path / "nope")
