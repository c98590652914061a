"""A copy of a network that is looked at, moved and thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from taskgraft.network import Mixer, Network
from taskgraft.probe import Matrix, StageProbe
from taskgraft.training._batch_losses import BatchLosses
from taskgraft.training._batches import Batch
from taskgraft.training._job import Job
from taskgraft.training.diagnosis._affinity import affinities
from taskgraft.training.diagnosis._gradients import level_gradients
from taskgraft.training.diagnosis._stages import StageSums, rows_of

_SEEDS = 2**62


class Scratch:
    """Adds up what batches show of a network: gradients of its levels, affinities, maps of its lanes.

    Args:
        network: A copy, in training mode: its statistics move as in training.
        job: What it is trained for.
    """

    def __init__(self, network: Network, job: Job) -> None:
        self._losses = BatchLosses(network, job)
        self._device = job.hardware.device
        self._shared = network.shared_parameters()
        stages = list(network.trunk.each_stage())
        of_stages = [[each for each in stage.parameters() if each.requires_grad] for stage in stages]
        self._weights = list(dict.fromkeys([*(w for its in of_stages for w in its), *self._shared]))
        place = {weight: number for number, weight in enumerate(self._weights)}
        self._shared_places = [place[weight] for weight in self._shared]
        num_levels, shared = len(job.architecture.branched), set(self._shared)
        self._sums = [
            StageSums(
                [place[weight] for weight in its],
                [place[weight] for weight in its if weight in shared],
                num_levels,
                stage.num_streams,
            )
            for stage, its in zip(stages, of_stages, strict=True)
        ]
        self._maps: list[Sequence[Tensor]] = [()] * len(stages)
        self._lane_shares: list[Tensor | None] = [None] * len(stages)
        for number, stage in enumerate(stages):
            stage.register_forward_hook(partial(self._keep, number))
            if stage.mixer is not None:
                stage.mixer.register_forward_hook(partial(self._keep_mixed, number))
        self._affinities = torch.zeros(num_levels, num_levels, dtype=torch.float64)
        self._num_batches = 0

    def look(self, batch: Batch, stream: torch.Generator) -> None:
        """Adds a batch.

        Args:
            batch: Its images laid out in memory as the hardware wants them.
            stream: Where dropout begins from; every pass of a batch has the same draws.
        """
        draws = int(torch.randint(_SEEDS, (), generator=stream))
        before = self._losses_of(batch, draws)
        maps, shares = list(self._maps), list(self._lane_shares)
        rows = level_gradients(before, self._weights)
        for sums, its, of_lanes in zip(self._sums, maps, shares, strict=True):
            sums.add(rows, its, of_lanes)
        self._num_batches += 1
        if self._shared:
            of_shared = [[row[place] for place in self._shared_places] for row in rows]
            again = partial(self._losses_of, batch, draws)
            self._affinities += affinities(again, before.detach(), self._shared, of_shared)

    def seen(self) -> tuple[tuple[StageProbe, ...], Matrix | None]:
        """Each stage, and the affinities; None for these where nothing is shared."""
        mean = self._affinities / max(1, self._num_batches)
        return tuple(sums.probe() for sums in self._sums), rows_of(mean) if self._shared else None

    def _losses_of(self, batch: Batch, draws: int) -> Tensor:
        with torch.random.fork_rng([] if self._device == "cpu" else [self._device]):
            torch.manual_seed(draws)
            return self._losses(batch)[0]

    @torch.no_grad()
    def _keep_mixed(self, number: int, mixer: nn.Module, args: Any, _streams: Sequence[Tensor]) -> None:
        """What a mixer takes of each lane, as long as layers compute in the precision of the pass."""
        assert isinstance(mixer, Mixer)
        self._lane_shares[number] = mixer.lane_shares(*args)

    def _keep(self, number: int, _stage: nn.Module, _args: Any, maps: Sequence[Tensor]) -> None:
        self._maps[number] = maps
