"""What a study would run and what that costs, before anything is trained or written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from taskgraft.architecture.catalogue import CONTROL
from taskgraft.architecture.spec import Architecture
from taskgraft.data.dataset import Dataset
from taskgraft.data.sources import load
from taskgraft.errors import RequestError
from taskgraft.hardware.device import Hardware, choose_hardware
from taskgraft.model.cost import Cost, cost
from taskgraft.study.files import STUDY
from taskgraft.study.records import Request
from taskgraft.study.request import build_request, differences, resolve_recipe, resolve_seeds
from taskgraft.study.run import read_run, run_directory
from taskgraft.study.selection import select_architectures
from taskgraft.study.study import read_study
from taskgraft.training.recipe import Recipe
from taskgraft.training.work import train_pflop


@dataclass(frozen=True)
class PlannedRun:
    """One run of a plan.

    Attributes:
        architecture: What is trained.
        seed: From which seed.
        cost: Parameters and multiply-accumulates.
        train_pflop: Training cost, in 1e15 operations, should it not stop early.
        is_finished: Whether the study directory holds it already.
    """

    architecture: Architecture
    seed: int
    cost: Cost
    train_pflop: float
    is_finished: bool


@dataclass(frozen=True)
class Plan:
    """A study about to run.

    Attributes:
        data: The data.
        request: What was asked, in full.
        hardware: Where and how to compute.
        directory: The study directory.
        runs: Every run, all architectures of a seed before the next seed, so that a study cut off
            anywhere still holds whole pairs.
    """

    data: Dataset
    request: Request
    hardware: Hardware
    directory: Path
    runs: tuple[PlannedRun, ...]

    @property
    def todo(self) -> tuple[PlannedRun, ...]:
        """Runs that are not finished."""
        return tuple(run for run in self.runs if not run.is_finished)


def plan_study(
    data: Dataset | str, architectures: str | Sequence[str], recipe: str | Recipe, seeds: int | Sequence[int],
    *, out: Path | str, match: str | None = None, match_to: str = CONTROL, epochs: float | None = None,
    device: str = "auto", num_threads: int | None = None,
) -> Plan:  # fmt: skip
    """Checks a request against the data and the study directory; the arguments are those of `compare`."""
    chosen = resolve_recipe(recipe, epochs)
    listed = resolve_seeds(seeds)
    hardware = choose_hardware(device, num_threads)
    directory = Path(out)
    if isinstance(data, str):
        data = load(data, val_fraction=chosen.val_fraction)
    selected = select_architectures(architectures, data, chosen.network, match, match_to)
    request = build_request(data, selected, chosen, listed, hardware)
    _check_same(directory, request)
    runs = []
    for seed in listed:
        for architecture in request.architectures:
            known = cost(architecture, chosen.network, data.taxonomy.num_classes, data.image_shape)
            finished = read_run(run_directory(directory, architecture.name, seed)) is not None
            pflop = train_pflop(architecture, chosen, data)
            runs.append(PlannedRun(architecture, seed, known, pflop, finished))
    return Plan(data, request, hardware, directory, tuple(runs))


def _check_same(directory: Path, request: Request) -> None:
    """Refuses a directory that holds a study of another request, or something else."""
    if (directory / STUDY).exists():
        changed = differences(read_study(directory).request, request)
        if changed:
            raise RequestError.expected(
                str(directory), "a study of the same request", "; ".join(changed),
                "Use another --out, or ask for the same.",
            )  # fmt: skip
    elif directory.is_file() or (directory.is_dir() and any(directory.iterdir())):
        raise RequestError.expected(
            f"--out {directory}", "a new, empty or study directory", "something else",
            "Name another one.",
        )  # fmt: skip
