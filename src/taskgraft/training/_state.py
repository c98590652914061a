"""Everything that a run is between two steps, as one value that can be written down and taken up again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor

from taskgraft.errors import DivergedError
from taskgraft.history import Epoch
from taskgraft.network import Network
from taskgraft.probe import Probe
from taskgraft.training._checkpoint import Snapshot, UnfitError
from taskgraft.training._loss import UNKNOWN
from taskgraft.training._optimizer import Optimizer, restore_optimizer, tensors_of
from taskgraft.training.balancers import Balancer


@dataclass
class TrainingState:
    """A run between two steps.

    The order of the images, their augmentation and the schedule follow from seed and step alone.

    Attributes:
        network: The network.
        optimizer: Its optimizer.
        balancer: What makes gradients of its losses.
        losses: The losses of each of the T levels that have a branch, summed over the steps of the epoch
            under way, of shape (T,).
        num_added: Steps that were added to each, of shape (T,).
        noted: What the balancer chose, summed likewise: `weights`, of shape (T,), and `ratio` with its
            `num_ratios`, one number each; empty where it chooses nothing.
        first_bad: The first step, counted from 1, at which each level's loss was no finite number, of shape
            (T,); 0 where it always was.
        step: Steps done.
        seconds: Time spent training.
        history: The epochs that are closed.
        probes: What a diagnosis of the run has seen.
    """

    network: Network
    optimizer: Optimizer
    balancer: Balancer
    losses: Tensor
    num_added: Tensor
    first_bad: Tensor
    noted: dict[str, Tensor] = field(default_factory=dict)
    step: int = 0
    seconds: float = 0.0
    history: list[Epoch] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)

    @classmethod
    def of(cls, network: Network, optimizer: Optimizer, balancer: Balancer) -> TrainingState:
        """The state before the first step."""
        nothing = torch.zeros(len(network.architecture.branched), device=network.pixel_mean.device)
        return cls(network, optimizer, balancer, nothing, nothing.clone(), nothing.long())

    @property
    def step_in_epoch(self) -> int:
        """Steps done of the epoch under way."""
        return self.step - (self.history[-1].step if self.history else 0)

    @property
    def mean_losses(self) -> list[float]:
        """Each level's mean loss in the epoch so far; reading it waits for the device."""
        means: list[float] = (self.losses / self.num_added.clamp(min=1)).tolist()
        return means

    @property
    def mean_weights(self) -> list[float] | None:
        """By what the balancer multiplied each loss, the mean of the epoch so far; None if by nothing."""
        if "weights" not in self.noted:
            return None
        means: list[float] = (self.noted["weights"] / self.num_added.clamp(min=1)).tolist()
        return means

    @property
    def mean_ratio(self) -> float | None:
        """What the balancer made of the norm of the shared gradient, the mean of the epoch so far."""
        if "ratio" not in self.noted:
            return None
        return float(self.noted["ratio"] / self.noted["num_ratios"])

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Adds the time that passes within to `seconds`."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - started

    def end_step(self, losses: Tensor, targets: Tensor) -> None:
        """Counts a step whose weights have moved.

        Args:
            losses: Of each level that has a branch, shape (T,).
            targets: Of the batch, shape (B, T); a level of which none is known is not counted.
        """
        # Summed on the device: reading a number each step would make the cores wait.
        self.losses += losses
        self.num_added += (targets != UNKNOWN).any(0)
        self._note("weights", self.balancer.last_weights)
        if self.balancer.last_ratio is not None:
            self._note("ratio", self.balancer.last_ratio)
            self._note("num_ratios", torch.ones_like(self.balancer.last_ratio))
        self.step += 1
        is_first_bad = ~losses.isfinite() & (self.first_bad == 0)
        self.first_bad.masked_fill_(is_first_bad, self.step)

    def _note(self, name: str, value: Tensor | None) -> None:
        if value is not None:
            self.noted[name] = self.noted[name] + value if name in self.noted else value.detach().clone()

    def check_finite(self) -> None:
        """Looks back at the losses of all steps so far; waits for the device.

        Raises:
            DivergedError: If one was no finite number; names the first step and its level.
        """
        steps = self.first_bad.tolist()
        if any(steps):
            step, number = min((step, number) for number, step in enumerate(steps) if step)
            level = self.network.architecture.branched[number]
            raise DivergedError.at(step, level, float(self.losses[number]))

    def end_epoch(self, row: Epoch) -> None:
        """Closes the epoch under way."""
        self.history.append(row)
        self.balancer.end_epoch()
        self.losses.zero_()
        self.num_added.zero_()
        self.noted.clear()

    def snapshot(self) -> Snapshot:
        """All of it; tensors are not copied."""
        tensors = {
            **{f"network.{name}": tensor for name, tensor in self.network.state_dict().items()},
            **{f"optimizer.{name}": tensor for name, tensor in tensors_of(self.optimizer).items()},
            **{f"balancer.{name}": tensor for name, tensor in self.balancer.state_dict().items()},
            **{f"random.{name}": tensor for name, tensor in _random_states(self.losses.device.type).items()},
            **{f"noted.{name}": tensor for name, tensor in self.noted.items()},
            "losses": self.losses,
            "num_added": self.num_added,
            "first_bad": self.first_bad,
        }
        history = [row.model_dump() for row in self.history]
        probes = [probe.model_dump() for probe in self.probes]
        facts = {"step": self.step, "seconds": self.seconds, "history": history, "probes": probes}
        return Snapshot(tensors, facts)

    def take_up(self, snapshot: Snapshot, last_step: int, num_batches: int) -> None:
        """Goes to where a snapshot was taken, of a run of the same network, optimizer, balancer and length.

        Args:
            snapshot: From `snapshot`.
            last_step: Steps of the whole run.
            num_batches: Steps of an epoch.

        Raises:
            UnfitError: If it was another run's. The state is of no use then.
        """
        try:
            self._take_up(snapshot)
        except (ValueError, RuntimeError, LookupError, TypeError, ArithmeticError) as error:
            raise UnfitError("of another network, optimizer or balancer") from error
        if not (0 <= self.step <= last_step and 0 <= self.step_in_epoch <= num_batches):
            raise UnfitError("from beyond the run")

    def _take_up(self, snapshot: Snapshot) -> None:
        parts: dict[str, dict[str, Tensor]] = {
            "network": {},
            "optimizer": {},
            "balancer": {},
            "random": {},
            "noted": {},
        }
        for name, tensor in snapshot.tensors.items():
            part, dot, rest = name.partition(".")
            if dot:
                parts[part][rest] = tensor
        self.network.load_state_dict(parts["network"])
        restore_optimizer(self.optimizer, parts["optimizer"])
        self.balancer.load_state_dict(parts["balancer"])
        self.noted = {name: each.to(self.losses.device) for name, each in parts["noted"].items()}
        self.losses.copy_(snapshot.tensors["losses"])
        self.num_added.copy_(snapshot.tensors["num_added"])
        self.first_bad.copy_(snapshot.tensors["first_bad"])
        self.history = [Epoch.model_validate(row) for row in snapshot.facts["history"]]
        self.probes[:] = [Probe.model_validate(probe) for probe in snapshot.facts.get("probes", ())]
        self.step, self.seconds = int(snapshot.facts["step"]), float(snapshot.facts["seconds"])
        _set_random_states(parts["random"])


def _random_states(device: str) -> dict[str, Tensor]:
    """The global generators that dropout may draw from."""
    states = {"cpu": torch.get_rng_state()}
    if device == "cuda":
        states["cuda"] = torch.cuda.get_rng_state()
    elif device == "mps":
        states["mps"] = torch.mps.get_rng_state()
    return states


def _set_random_states(states: dict[str, Tensor]) -> None:
    torch.set_rng_state(states["cpu"])
    if "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"])
    if "mps" in states:
        torch.mps.set_rng_state(states["mps"])
