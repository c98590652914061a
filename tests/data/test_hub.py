from __future__ import annotations

import io
import sys
from pathlib import Path

import datasets
import numpy as np
import pytest
from PIL import Image

from taskgraft.data import SPLITS, Dataset
from taskgraft.data.sources import load
from taskgraft.errors import DataError, RequestError
from taskgraft.events import silent
from taskgraft.execution import compare

FEATURES = datasets.Features(
    {
        "img": datasets.Image(),
        "fine_label": datasets.ClassLabel(names=["zebra", "ant", "yak", "bee"]),
        "coarse_label": datasets.ClassLabel(names=["mammal", "insect"]),
        "note": datasets.Value("string"),
    }
)
PARENTS = (0, 1, 0, 1)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKGRAFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "hub"))


def encoded(image: np.ndarray) -> dict[str, bytes | None]:
    stream = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(stream, format="PNG")
    return {"bytes": stream.getvalue(), "path": None}


def part_of(
    images: np.ndarray, fine: np.ndarray, parents: tuple[int, ...], features: datasets.Features
) -> datasets.Dataset:
    return datasets.Dataset.from_dict(
        {
            "img": [encoded(image) for image in images],
            "fine_label": fine.tolist(),
            "coarse_label": [parents[k] if k >= 0 else -1 for k in fine],
            "note": [f"picture {i}" for i in range(len(fine))],
        },
        features=features,
    )


def small(seed: int, num_images: int) -> tuple[np.ndarray, np.ndarray]:
    images = np.random.default_rng(seed).integers(0, 256, (num_images, 3, 32, 32), dtype=np.uint8)
    return images, np.arange(num_images) % 4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A dataset in CIFAR-100's schema, as `save_to_disk` leaves it."""
    parts = {
        name: part_of(*small(seed, n), PARENTS, FEATURES)
        for seed, (name, n) in enumerate([("train", 40), ("test", 12)])
    }
    datasets.DatasetDict(parts).save_to_disk(tmp_path / "saved")
    return tmp_path / "saved"


def test_pictures_labels_and_names_are_taken_along(folder: Path) -> None:
    data = load(f"hub:{folder}")
    assert data.taxonomy.level_names == ("coarse", "fine")
    assert data.taxonomy.levels[1].classes == ("zebra", "ant", "yak", "bee")
    assert data.taxonomy.parents == (PARENTS,)
    assert data.num_images == {"train": 36, "val": 4, "test": 12}
    images, fine = small(1, 12)
    assert np.array_equal(data.images[data.indices["test"]], images)
    assert np.array_equal(data.labels_of("test")[:, 1], fine)


def test_a_folder_of_parquet_files_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "repository" / "data").mkdir(parents=True)
    for name, n in (("train", 40), ("test", 12)):
        part = part_of(*small(0, n), PARENTS, FEATURES)
        part.to_parquet(tmp_path / "repository" / "data" / f"{name}-00000-of-00001.parquet")
    data = load(f"hub:{tmp_path / 'repository'}", label_columns=["coarse_label", "fine_label"])
    assert data.num_images == {"train": 36, "val": 4, "test": 12}


def test_unknown_labels_are_masked(tmp_path: Path) -> None:
    images, fine = small(0, 40)
    fine[::5] = -1
    part_of(images, fine, PARENTS, FEATURES).save_to_disk(tmp_path / "one")
    data = load(f"hub:{tmp_path / 'one'}")
    assert (data.labels[:, 1] < 0).sum() == 8


def test_a_study_gives_the_same_accuracy_as_the_arrays(tmp_path: Path) -> None:
    data = load("shapes", num_train=320, num_test=64)
    names = [list(level.classes) for level in data.taxonomy.levels]
    features = datasets.Features(
        {
            **FEATURES,
            "fine_label": datasets.ClassLabel(names=names[1]),
            "coarse_label": datasets.ClassLabel(names=names[0]),
        }
    )
    order = {split: data.indices[split] for split in SPLITS}
    parts = {
        {"val": "validation"}.get(split, split): part_of(
            data.images[at], data.labels[at, 1], data.taxonomy.parents[0], features
        )
        for split, at in order.items()
    }
    datasets.DatasetDict(parts).save_to_disk(tmp_path / "shapes")
    loaded = load(f"hub:{tmp_path / 'shapes'}")

    def scores(data_read: Dataset, out: str) -> list[float]:
        study = compare(
            data_read, "shared", "quick", epochs=1, out=tmp_path / out, listener=silent, num_threads=1
        )
        return list(study.runs[0].scores.values())

    assert scores(loaded, "own") == scores(data, "built-in")


def test_what_is_not_there_is_told(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RequestError, match="to be one of img, fine_label, coarse_label, note, but got 'fin'"):
        load(f"hub:{folder}", label_columns=["fin"])
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    with pytest.raises(
        DataError, match="Expected hub:nobody/nothing to be a dataset that can be loaded"
    ) as caught:
        load("hub:nobody/nothing")
    assert "\n" not in str(caught.value)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="to be a dataset that can be loaded"):
        load(f"hub:{tmp_path / 'empty'}")


def test_without_the_extra_its_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(RequestError, match=r"pip install taskgraft\[hub\]"):
        load("hub:anything")
