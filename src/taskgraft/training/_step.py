"""One training step, as everything makes it that trains, looks for a batch size that fits, or measures."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from taskgraft.network import Network, WholeBatch, batch_norms
from taskgraft.training._batch_losses import BatchLosses
from taskgraft.training._batches import Batch
from taskgraft.training._job import Job
from taskgraft.training._optimizer import Optimizer
from taskgraft.training.balancers import Balancer


class Step:
    """From a batch to moved weights: logits, losses, gradients, optimizer.

    Of a team, each process computes the gradients of its rows; their sum, those of the batch, moves the
    weights of all alike.

    Args:
        network: In training mode.
        balancer: Makes gradients of the losses.
        optimizer: Moves the weights along them.
        job: Its recipe's label smoothing, what each class of its data counts, its hardware, its team.
    """

    def __init__(self, network: Network, balancer: Balancer, optimizer: Optimizer, job: Job) -> None:
        self._losses = BatchLosses(network, job)
        self._balancer = balancer
        self._optimizer = optimizer
        self._hardware = job.hardware
        self._shared_parameters = network.shared_parameters()
        self._team = balancer.team = optimizer.team = job.team
        self._norms = [] if job.team.synchronises else batch_norms(network)

    def __call__(self, batch: Batch, *, is_frozen: bool = False) -> Tensor:
        """Makes the step.

        Args:
            batch: Its targets are those of the T levels that have a branch, of all rows.
            is_frozen: Whether the trunk stays as it is: no gradient of it is computed.

        Returns:
            The losses that the step began with, without their graph: f32 of shape (T,).
        """
        images = batch.images.contiguous(memory_format=self._hardware.memory_format)
        batch = batch._replace(images=images)
        with self._as_whole():
            losses, features = self._losses(batch, is_frozen=is_frozen)
        losses = self._team.total(losses)
        self._balancer.backward(losses, features, () if is_frozen else self._shared_parameters)
        self._team.add_up(self._optimizer.gradients())
        self._optimizer.step()
        self._optimizer.zero_grad()
        if self._balancer.looks_again:
            with torch.no_grad(), self._as_whole():
                again, _ = self._losses(batch, is_frozen=is_frozen)
            self._balancer.look_again(self._team.total(again))
        self._average_statistics()
        return losses.detach()

    def _as_whole(self) -> AbstractContextManager[object]:
        """The context in which the network runs on its rows as on the whole batch."""
        return nullcontext() if self._team.is_alone else WholeBatch(self._team)

    @torch.no_grad()
    def _average_statistics(self) -> None:
        """Gives batch norms that see the rows of one process the mean running statistics of all."""
        kept = [
            statistic
            for norm in self._norms
            if norm.training
            for statistic in (norm.running_mean, norm.running_var)
            if statistic is not None
        ]
        for statistic in kept:
            statistic.mul_(1 / self._team.size)
        self._team.add_up(kept)
