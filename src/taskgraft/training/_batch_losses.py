"""From a batch to the loss of each level, as training computes it."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from taskgraft.network import Network
from taskgraft.training._balance import class_weights
from taskgraft.training._batches import Batch
from taskgraft.training._freezing import TrainedTrunk
from taskgraft.training._job import Job
from taskgraft.training._loss import UNKNOWN, level_losses


class BatchLosses:
    """The losses of a network on batches of a job.

    Args:
        network: In training mode.
        job: Its recipe's label smoothing, what each class of its data counts, its hardware.
    """

    def __init__(self, network: Network, job: Job) -> None:
        self._network = network
        self._trunk = TrainedTrunk(network, job.recipe)
        self._hardware = job.hardware
        self._label_smoothing = job.recipe.label_smoothing
        places = job.architecture.branched_places
        weights = class_weights(job.data, job.recipe, job.hardware.device)
        self._class_weights = None if weights is None else [weights[place] for place in places]
        self._is_masked = bool((job.data.labels_of("train")[:, places] == UNKNOWN).any())

    def __call__(self, batch: Batch, *, is_frozen: bool = False) -> tuple[Tensor, Sequence[Tensor]]:
        """The loss of each level that has a branch, f32 of shape (T,), and what leaves the trunk.

        Of some rows of a batch, what they add to the losses of the whole.

        Args:
            batch: Its images laid out in memory as the hardware wants them.
            is_frozen: Whether the trunk stays as it is: no gradient of it is computed.
        """
        with self._hardware.autocast():
            features = self._trunk.features(batch.images, is_frozen=is_frozen)
            logits = self._network.branch_logits(features)
        losses = level_losses(
            logits,
            batch.targets,
            self._label_smoothing,
            self._class_weights,
            is_masked=self._is_masked,
            shares=batch.shares,
            rows=batch.rows,
        )
        return losses, features
