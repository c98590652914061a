"""Data by reference: opened by this process, by another, from files or loaded again; never other data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from taskgraft.data import SPLITS, Dataset
from taskgraft.data.sources import load
from taskgraft.errors import DataError
from taskgraft.execution import _data_reference as module
from taskgraft.execution._data_reference import DataReference
from tests.forked import Forked


def seen_elsewhere(reference: DataReference) -> tuple[str, int, str]:
    """What another process opens: digest, first pixel, name of the first image."""
    data = reference.open()
    return data.digest(), int(data.images[0, 0, 0, 0]), data.name_of(0)


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has nothing open."""
    monkeypatch.setattr(module, "_opened", {})


def test_the_process_that_has_the_data_opens_that_very_object(tiny_data: Dataset) -> None:
    assert DataReference.of(tiny_data, tiny_data.digest()).open() is tiny_data


def test_data_made_in_memory_reaches_another_process_by_its_files(tiny_data: Dataset, tmp_path: Path) -> None:
    named = replace(tiny_data, names=[f"picture \udce9 {i}" for i in range(len(tiny_data.images))])
    reference = DataReference.of(named, named.digest()).stored(tmp_path)
    seen = Forked(seen_elsewhere, reference).result()
    assert seen == (named.digest(), int(named.images[0, 0, 0, 0]), "picture \udce9 0")


def test_the_files_hold_all_that_the_data_is(
    tiny_data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = DataReference.of(tiny_data, tiny_data.digest()).stored(tmp_path)
    forget(monkeypatch)
    opened = reference.open()
    assert isinstance(opened.images, np.memmap)
    np.testing.assert_array_equal(opened.images, tiny_data.images)
    np.testing.assert_array_equal(opened.labels, tiny_data.labels)
    for split in SPLITS:
        np.testing.assert_array_equal(opened.indices[split], tiny_data.indices[split])
    for name in ("taxonomy", "provenance", "names", "image_digest", "needs", "lost", "only_classes"):
        assert getattr(opened, name) == getattr(tiny_data, name), name


def test_data_that_was_loaded_is_loaded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    data = load("shapes", num_train=200, num_test=100, val_fraction=0.2, relatedness=0.5)
    reference = DataReference.of(data, data.digest())
    assert (reference.source, reference.directory) == ("shapes", None)
    forget(monkeypatch)
    opened = reference.open()
    assert opened is not data
    assert opened.digest() == data.digest()
    assert reference.open() is opened


def test_data_that_was_loaded_and_split_otherwise_is_not_loaded_again() -> None:
    data = load("shapes", num_train=200, num_test=100).with_val_fraction(0.3)
    assert DataReference.of(data, data.digest()).source is None


def test_data_in_memory_alone_is_not_opened_elsewhere(
    tiny_data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = DataReference.of(tiny_data, tiny_data.digest())
    forget(monkeypatch)
    with pytest.raises(DataError, match="to be open in this process"):
        reference.open()


def test_other_data_than_that_of_the_study_is_refused(
    tiny_data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = DataReference.of(tiny_data, tiny_data.digest()).stored(tmp_path)
    forget(monkeypatch)
    np.save(tmp_path / "labels.npy", np.roll(tiny_data.labels, 1, axis=0))
    with pytest.raises(DataError, match="to be what it was when the study was planned"):
        reference.open()
    (tmp_path / "images.npy").write_bytes(b"")
    with pytest.raises(DataError, match="to be readable"):
        reference.open()
