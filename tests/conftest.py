"""What tests of several folders share: a private cache, a tiny CIFAR-100, tiny data, a tiny recipe."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import settings

import needs
from drawn_colours import drawn_colours
from needs import pytest_runtest_makereport  # noqa: F401 (pytest finds it here)
from taskgraft.data import Dataset
from taskgraft.recipe import BranchSpec, CompactSpec, NetworkSpec, Recipe, quick

# How long an example takes says how busy the machine is.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def pytest_collection_finish() -> None:
    """Every run of a study collects garbage: it need not look through all that the tests imported."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test reads or writes the user's own cache."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TASKGRAFT_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Networks this small run faster on one thread; and results are promised for one number of threads."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def one_thread_afterwards() -> Iterator[None]:
    """What a test sets for its process is not what the next one begins with."""
    yield
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a window, for one file: its event loop would trouble tests that have their own."""
    with needs.open_browser() as browser:
        needs.require(browser is not None, needs.BROWSER.missing)
        yield browser


@pytest.fixture
def fashion_mnist_folder() -> Path:
    """The four real files of Fashion-MNIST."""
    needs.require(needs.FASHION_MNIST.is_present(), needs.FASHION_MNIST.missing)
    return needs.FASHION_MNIST_FOLDER


@pytest.fixture
def real_cifar100_folder() -> Path:
    """The folder with the archive of the 60,000 real images."""
    needs.require(needs.CIFAR100.is_present(), needs.CIFAR100.missing)
    return needs.cifar100_folder()


@pytest.fixture
def tiny_cifar(tmp_path: Path) -> Path:
    """An extracted `cifar-100-binary` folder: 120 train and 60 test records, 3 coarse and 6 fine classes."""
    folder = tmp_path / "cifar-100-binary"
    folder.mkdir()
    (folder / "coarse_label_names.txt").write_text("fish\nflowers\ntrees\n")
    (folder / "fine_label_names.txt").write_text("ray\nshark\norchid\nrose\nmaple\noak\n\n")
    rng = np.random.default_rng(0)
    for name, num_records in (("train.bin", 120), ("test.bin", 60)):
        records = rng.integers(0, 256, (num_records, 3074), dtype=np.uint8)
        records[:, 1] = np.arange(num_records) % 6
        records[:, 0] = records[:, 1] // 2
        (folder / name).write_bytes(records.tobytes())
    return folder


@pytest.fixture(scope="session")
def tiny_data() -> Dataset:
    """160 train, 40 val and 60 test images of 12x12 whose four leaves, in two groups, are told by colour."""
    return drawn_colours(260, side=12, noise=40, num_test=60)


@pytest.fixture(scope="session")
def tiny_recipe() -> Recipe:
    """`quick` with a network of a few hundred weights and two epochs of five steps."""
    network = NetworkSpec(
        trunk=CompactSpec(stem_width="whitened", stage_widths=(6, 8)),
        branch=BranchSpec(fc_1=(), fc_2=(8,)),
        conventions="modern",
    )
    return quick().model_copy(update={"name": "tiny", "network": network, "epochs": 2.0, "batch_size": 32})
