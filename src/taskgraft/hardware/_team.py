"""The processes that make one run together: each computes on its rows of every batch."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

# To connect; a process that died meanwhile is noticed by then.
_SECONDS_TO_MEET = 60
# In a step. The first process validates and saves while the others wait for it; of one that dies, its
# connection tells the others at once.
_SECONDS_TO_WAIT = 7 * 86_400
_BACKENDS = {"cpu": "gloo", "cuda": "nccl"}
_LOOPBACKS = {"linux": "lo", "darwin": "lo0"}


@dataclass(frozen=True)
class Team:
    """Processes that make one run together, as one of them sees it; alone, every call does nothing.

    All of them call the same methods in the same order.

    Attributes:
        rank: Of this process, from 0.
        size: How many there are.
        num_images: Of every batch; each process has a row of it at least.
        synchronises: Whether batch norms see the whole batch, and not the rows of one process.

    Example:
        >>> [Team(rank, 3, num_images=32).rows for rank in range(3)]
        [slice(0, 10, None), slice(10, 21, None), slice(21, 32, None)]
    """

    rank: int = 0
    size: int = 1
    num_images: int = 0
    synchronises: bool = True

    @property
    def is_alone(self) -> bool:
        """Whether one process does everything."""
        return self.size == 1

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that validates, saves and writes."""
        return self.rank == 0

    @property
    def rows(self) -> slice:
        """Of every batch, the rows of this process."""
        return self.rows_of(self.rank)

    def rows_of(self, rank: int) -> slice:
        """Of every batch, the rows of a process."""
        return slice(rank * self.num_images // self.size, (rank + 1) * self.num_images // self.size)

    @property
    def shares(self) -> list[float]:
        """What each process has of every batch, adding up to 1."""
        rows = map(self.rows_of, range(self.size))
        return [(each.stop - each.start) / self.num_images for each in rows]

    @torch.no_grad()
    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Makes each tensor, in place, the sum of those of all processes: to the same bits in all of them.

        Args:
            tensors: Of one type; they travel together.
        """
        if self.is_alone or not tensors:
            return
        together = torch.cat([each.flatten() for each in tensors])
        dist.all_reduce(together)
        for each, part in zip(tensors, together.split([each.numel() for each in tensors]), strict=True):  # type: ignore[no-untyped-call]
            each.copy_(part.view(each.shape))

    def total(self, values: Tensor) -> Tensor:
        """The sum over all processes, of which the gradient of this one's part flows back here."""
        return values if self.is_alone else _Total.apply(values, self)  # type: ignore[no-untyped-call]

    def of_whole_batch(self, part: Tensor, dim: int) -> Tensor:
        """What every process has of its rows, along a dimension: the same, of the whole batch."""
        if self.is_alone:
            return part
        shape = [*part.shape]
        shape[dim] = self.num_images
        batch = part.new_zeros(shape)
        batch.narrow(dim, self.rows.start, part.shape[dim]).copy_(part)
        self.add_up([batch])
        return batch

    def once(self, same: Tensor) -> Tensor:
        """What all processes have alike, such that it counts once when it is added up."""
        return same if self.is_first else torch.zeros_like(same)


class _Total(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, team: Team) -> Tensor:
        total = values.detach().clone()
        team.add_up([total])
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


ALONE = Team()


@contextmanager
def joined(team: Team, device: str, meeting: Path) -> Iterator[Team]:
    """Connects this process with the others of its team, on this machine.

    Args:
        team: As this process is to see it.
        device: Of each: on `cuda`, process K computes on GPU K.
        meeting: A file that all of them name, in a directory of theirs; it must not exist before.

    Raises:
        RuntimeError: If they do not meet in time, or, within, when another one ends.
    """
    # Nothing leaves the machine, whatever its name resolves to.
    os.environ.setdefault("GLOO_SOCKET_IFNAME", _LOOPBACKS.get(sys.platform, "lo"))
    if device == "cuda":
        torch.cuda.set_device(team.rank)
    store = dist.FileStore(str(meeting), team.size)  # type: ignore[attr-defined]
    dist.init_process_group(
        _BACKENDS[device],
        store=store,
        rank=team.rank,
        world_size=team.size,
        timeout=timedelta(seconds=_SECONDS_TO_MEET),
    )
    try:
        # They meet once more, so that each knows of the others before it waits for long.
        dist.barrier()
        dist.distributed_c10d._set_pg_timeout(timedelta(seconds=_SECONDS_TO_WAIT))
        yield team
    finally:
        dist.destroy_process_group()
