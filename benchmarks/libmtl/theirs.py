"""LibMTL's own trainer, on one trunk of ours, from our weights, with our batches."""

from __future__ import annotations

import contextlib
import importlib
import io
import random
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.libmtl.rows import Length, Logits, Row, job_of
from taskgraft.data import Dataset
from taskgraft.network import Network
from taskgraft.training import Job, untrained_network
from taskgraft.training._batches import Batches

# What LibMTL imports for methods that are not looked at here.
_NOT_NEEDED = ("torch_geometric", "cvxpy", "qpsolvers")


def import_libmtl(source: Path) -> ModuleType:
    """LibMTL from its repository.

    Args:
        source: The folder that has the folder `LibMTL`.
    """
    for name in _NOT_NEEDED:
        if find_spec(name) is None:
            sys.modules[name] = _stand_in(name)
    sys.path.insert(0, str(source))
    try:
        return importlib.import_module("LibMTL")
    finally:
        sys.path.remove(str(source))


def _stand_in(name: str) -> ModuleType:
    module = ModuleType(name)
    module.solve_qp = None  # type: ignore[attr-defined]
    return module


class Served:
    """Our batches of a seed, epoch after epoch, as the trainer takes them.

    Args:
        network: Whose normalisation the pixels go through.
        job: The data and the recipe.
        seed: Of order and augmentation.
    """

    def __init__(self, network: Network, job: Job, seed: int) -> None:
        self._network = network
        self._names = job.data.taxonomy.level_names
        self._batches = Batches(job.data, job.recipe, seed, "cpu")
        self._epoch = 0

    def __len__(self) -> int:
        return self._batches.num_batches

    def __iter__(self) -> Iterator[tuple[Tensor, dict[str, Tensor]]]:
        for batch in self._batches.epoch(self._epoch):
            labels = {name: batch.targets[:, place] for place, name in enumerate(self._names)}
            yield normalised(self._network, batch.images), labels
        self._epoch += 1


def normalised(network: Network, images: Tensor) -> Tensor:
    """Pixels as the network's trunk sees them."""
    return (images.float() - network.pixel_mean) / network.pixel_std


class Features(nn.Module):
    """The shared trunk of a network.

    Args:
        network: With one lane.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.trunk = network.trunk

    def forward(self, pixels: Tensor) -> Tensor:
        """Normalised pixels (B, C, H, W) to features (B, D)."""
        features: Tensor = self.trunk(pixels)[0]
        return features


def resnet_of(network: Network) -> nn.Module:
    """The ResNet of timm in an undivided trunk, under the names by which LibMTL looks for its parts."""
    resnet = next(each for each in network.modules() if hasattr(each, "layer4"))
    resnet.relu, resnet.feature_dim = resnet.act1, resnet.num_features
    return resnet


def trained_by_libmtl(library: ModuleType, row: Row, length: Length, data: Dataset, seed: int) -> Logits:
    """Logits of the test split, (N, K) a level, after the training of LibMTL.

    Args:
        library: LibMTL.
        row: The method.
        length: Of the training.
        data: What on.
        seed: Of the first weights, the order and the augmentation.
    """
    job = job_of(row, length, data)
    network = untrained_network(_shared(job), seed)
    served = Served(network, job, seed)
    random.seed(seed)
    torch.manual_seed(seed)
    with contextlib.redirect_stdout(io.StringIO()):
        trainer = _trainer(library, row, length, network)
        trainer.train(served, [], length.epochs)
    return _logits(trainer.model, network, data)


def _trainer(library: ModuleType, row: Row, length: Length, network: Network) -> Any:
    names = network.architecture.levels
    tasks = {
        name: {
            "metrics": ["Acc"],
            "metrics_fn": library.metrics.AccMetric(),
            "loss_fn": library.loss.CELoss(),
            "weight": [1],
        }
        for name in names
    }
    before = () if row.is_same_network else (nn.AdaptiveAvgPool2d(1), nn.Flatten())
    decoders = {
        name: nn.Sequential(*before, branch.get_submodule("head"))
        for name, branch in zip(names, network.branches, strict=True)
    }
    return _on_cpu(library.Trainer)(
        tasks,
        row.their_weighting,
        row.their_architecture,
        lambda: Features(network) if row.is_same_network else resnet_of(network),
        nn.ModuleDict(decoders),
        rep_grad=False,
        multi_input=False,
        optim_param={"optim": "sgd", "lr": length.rate, "momentum": length.momentum, "nesterov": True},
        scheduler_param=None,
        weight_args={},
        arch_args={},
    )


def _on_cpu(trainer: type[Any]) -> type[Any]:
    """The trainer, which names the first CUDA device whatever the machine has, and scores after epochs."""

    class OnCpu(trainer):  # type: ignore[misc]
        device = property(lambda self: torch.device("cpu"), lambda self, value: None)

        def test(self, *args: Any, **kwargs: Any) -> None:
            """Nothing: the network is scored once, when it is trained."""

    return OnCpu


def _shared(job: Job) -> Job:
    """The job with an undivided shared trunk, whose weights are those of the divided one."""
    row = Row("shared", "equal", "", "")
    length = Length(int(job.recipe.epochs), job.recipe.batch_size)
    return job_of(row, length, job.data)


@torch.no_grad()
def _logits(model: nn.Module, network: Network, data: Dataset) -> Logits:
    model.eval()
    names = network.architecture.levels
    images = torch.from_numpy(data.images[data.indices["test"]])
    parts = [model(normalised(network, part)) for part in torch.split(images, 256)]
    return [torch.cat([part[name] for part in parts]).numpy() for name in names]
