"""Logits that are large lie in a file without a name while they are in use."""

from __future__ import annotations

import errno
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.hardware import Hardware
from taskgraft.inference import _predict, predict_logits
from taskgraft.network import Network, initialise
from taskgraft.recipe import quick

F32 = Hardware("cpu", "f32", False, 1)


@pytest.fixture
def network(tiny_data: Dataset) -> Network:
    architecture = catalogue(tiny_data.taxonomy.level_names)["shared"]
    of = quick().network, tiny_data.taxonomy.num_classes, tiny_data.image_shape
    built = Network(architecture, *of)
    initialise(built, 0)
    return built.eval()


def test_they_are_the_same_and_leave_nothing(
    network: Network, tiny_data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_predict, "prediction_batch", lambda shape: 7)
    in_memory = predict_logits(network, tiny_data, "test", F32)
    small = predict_logits(network, tiny_data, "test", F32, folder=tmp_path)
    monkeypatch.setattr(_predict, "_LARGE_BYTES", 1)
    in_file = predict_logits(network, tiny_data, "test", F32, folder=tmp_path)
    assert not any(isinstance(level, np.memmap) for level in (*in_memory, *small))
    assert all(isinstance(level, np.memmap) for level in in_file)
    for one, *others in zip(in_memory, small, in_file, strict=True):
        assert one.shape[0] == tiny_data.num_images["test"]
        assert all(np.array_equal(one, other) for other in others)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_keeps_them_in_memory(
    network: Network, tiny_data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(_predict, "_LARGE_BYTES", 1)
    monkeypatch.setattr("os.posix_fallocate", full)
    logits = predict_logits(network, tiny_data, "test", F32, folder=tmp_path)
    assert not any(isinstance(level, np.memmap) for level in logits)
    assert not list(tmp_path.iterdir())


def test_a_disk_that_has_to_hold_them_twice_is_left_to_what_is_written(
    network: Network, tiny_data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_predict, "_LARGE_BYTES", 1)
    written = 4 * sum(tiny_data.num_images[s] for s in ("val", "test")) * sum(tiny_data.taxonomy.num_classes)
    for free, is_mapped in ((written, False), (4 * written, True)):
        usage = SimpleNamespace(free=free)
        monkeypatch.setattr("shutil.disk_usage", lambda _, usage=usage: usage)
        logits = predict_logits(network, tiny_data, "test", F32, folder=tmp_path)
        assert all(isinstance(level, np.memmap) == is_mapped for level in logits)
