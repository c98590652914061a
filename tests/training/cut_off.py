"""Short runs that are cut off behind a step and go on from their checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from listening import Listening
from taskgraft.architecture import Architecture, catalogue
from taskgraft.data import Dataset
from taskgraft.events import silent
from taskgraft.file_writing import write_bytes
from taskgraft.hardware import Hardware
from taskgraft.hardware._device import Precision
from taskgraft.history import Epoch
from taskgraft.network import Network
from taskgraft.recipe import BranchSpec, NetworkSpec, Recipe, ResidualSpec
from taskgraft.training import Checkpoints, train

LEVELS = ("group", "colour")
FORKED = Architecture("forked", LEVELS, "forked", forks=(1, 1))


class Cut(BaseException):
    """What cuts a run off."""


class Watching(Listening):
    """Cuts a run off behind a step, and keeps what it is told."""

    def __init__(self, last: int | None = None) -> None:
        self.last = last
        self.resumed: list[int] = []
        self.notes: list[str] = []
        self.steps: list[int] = []

    def on_resume(self, step: int) -> None:
        self.resumed.append(step)

    def on_note(self, text: str) -> None:
        self.notes.append(text)

    def on_step(self, step: int) -> None:
        self.steps.append(step)

    def on_batch(self) -> None:
        if len(self.steps) and self.steps[-1] == self.last:
            raise Cut


def checkpoints(folder: Path, fingerprint: str = "this", each_step: bool = True) -> Checkpoints:
    """Checkpoints of every step; or of none, as runs this short have."""
    often = {"interval_seconds": 0.0, "most_share": 1e9} if each_step else {"most_share": 0.0}
    kept = Checkpoints(folder, fingerprint, write_bytes, **often)
    if not each_step:
        kept.save_seconds = 1.0
    return kept


def short(recipe: Recipe, **changes: object) -> Recipe:
    """A recipe's ways with a network of a few hundred weights: 2.6 epochs of five steps."""
    spec = recipe.network
    trunk = spec.trunk
    narrow: dict[str, object] = {"stage_widths": (6, 8)}
    if not trunk.is_whitened:
        narrow["stem_width"] = 4
    if isinstance(trunk, ResidualSpec):
        narrow["stages"] = tuple(stage.with_inner_width(4) for stage in trunk.stages[-2:])
    small = NetworkSpec(
        trunk=trunk.model_copy(update=narrow),
        branch=BranchSpec(fc_1=spec.branch.fc_1 and (8,), fc_2=(8,), dropout=spec.branch.dropout),
        conventions=spec.conventions,
    )
    return recipe.model_copy(update={"network": small, "epochs": 2.6, "batch_size": 32, **changes})


def go(
    data: Dataset,
    recipe: Recipe,
    architecture: Architecture | str,
    kept: Checkpoints | None,
    listener: Callable[[Any], None] | None = None,
    precision: Precision = "f32",
) -> tuple[Network, list[Epoch]]:
    chosen = catalogue(LEVELS)[architecture] if isinstance(architecture, str) else architecture
    hardware = Hardware("cpu", precision, channels_last=True, num_threads=1)
    return train(chosen, data, recipe, 0, hardware, kept, listener or silent)


def check_same(one: tuple[Network, list[Epoch]], other: tuple[Network, list[Epoch]]) -> None:
    """The same weights, statistics and history, to the bit; seconds apart."""
    states = one[0].state_dict(), other[0].state_dict()
    assert states[0].keys() == states[1].keys()
    for name, tensor in states[0].items():
        assert tensor.stride() == states[1][name].stride(), name
        assert torch.equal(tensor, states[1][name]), name
    rows = [[row.model_dump(exclude={"seconds"}) for row in history] for _, history in (one, other)]
    assert rows[0] == rows[1]
    assert not one[0].training
    assert not other[0].training
