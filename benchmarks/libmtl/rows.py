"""What is trained by both: three methods on one trunk, from the same weights, on the same batches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.architecture import Architecture, Mixing, catalogue
from taskgraft.data import Dataset
from taskgraft.hardware import choose_hardware
from taskgraft.inference import predict_logits
from taskgraft.network import Network
from taskgraft.recipe import Recipe, changed, recipe
from taskgraft.training import Job, train, with_trunk

Logits = list[npt.NDArray[np.float32]]
TRUNK = "timm/resnet18"
# The stem and four layers; LibMTL's MTAN looks at the layers.
_NUM_STAGES = 5
_LAYERS = range(2, _NUM_STAGES + 1)


@dataclass(frozen=True)
class Row:
    """One method.

    Attributes:
        architecture: Ours.
        balancing: Ours.
        their_architecture: LibMTL's.
        their_weighting: LibMTL's.
        is_same_network: Whether both train the very same one; else the trunk, the heads and how either begins
            are the same, and what stands between them is each library's.
    """

    architecture: str
    balancing: str
    their_architecture: str
    their_weighting: str
    is_same_network: bool = True

    @property
    def name(self) -> str:
        """Of both choices."""
        return f"{self.architecture} + {self.balancing}"


ROWS = (
    Row("shared", "equal", "HPS", "EW"),
    Row("shared", "pcgrad", "HPS", "PCGrad"),
    Row("mtan", "equal", "MTAN", "EW", is_same_network=False),
)


@dataclass(frozen=True)
class Length:
    """How long both train, and how fast.

    Attributes:
        epochs: Passes over the train split.
        batch_size: Images a step.
        rate: Of the weights' steps, the same in all of them.
        momentum: Nesterov's.
    """

    epochs: int = 4
    batch_size: int = 64
    rate: float = 0.05
    momentum: float = 0.9


def recipe_of(row: Row, length: Length) -> Recipe:
    """A recipe of which LibMTL has every part: plain SGD at one rate, one linear layer a head, f32."""
    stages = {} if row.is_same_network else {"network.trunk.stages": _NUM_STAGES}
    balancing = {"balancing": row.balancing}
    if row.balancing == "pcgrad":
        balancing |= {"balancing.at": "parameters"}
    plain = with_trunk(recipe("quick"), TRUNK)
    return changed(
        plain,
        {
            **stages,
            **balancing,
            "network.branch.fc_1": [],
            "network.branch.fc_2": [],
            "epochs": length.epochs,
            "batch_size": length.batch_size,
            "optimizer": {"kind": "sgd", "learning_rate": length.rate, "momentum": length.momentum},
            "optimizer.weight_decay": 0,
            "schedule": "constant",
            "label_smoothing": 0,
            "precision": "f32",
            "layout": "channels-first",
        },
    )


def job_of(row: Row, length: Length, data: Dataset) -> Job:
    """What we train for a row."""
    levels = data.taxonomy.level_names
    attention = tuple(Mixing(stage, "attention") for stage in _LAYERS)
    architectures = {**catalogue(levels), "mtan": Architecture("mtan", levels, "shared", mixers=attention)}
    return Job(architectures[row.architecture], data, recipe_of(row, length), choose_hardware("cpu", 1))


def trained_by_us(row: Row, length: Length, data: Dataset, seed: int) -> Logits:
    """Logits of the test split, (N, K) a level, after our training."""
    job = job_of(row, length, data)
    network: Network = train(job.architecture, data, job.recipe, seed, job.hardware)[0]
    return predict_logits(network, data, "test", job.hardware)
