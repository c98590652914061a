"""What a study would run and what that costs, before anything is trained or written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from taskgraft.architecture import CONTROL, Architecture
from taskgraft.data import Dataset
from taskgraft.data.sources import load
from taskgraft.errors import RequestError, StudyError
from taskgraft.execution._custom import split_custom
from taskgraft.execution._rebuild import can_be_rebuilt
from taskgraft.execution._request import build_request, fit_recipe, is_larger, resolve_recipe, resolve_seeds
from taskgraft.execution._selection import select_architectures
from taskgraft.file_reading import NoFileError, reading
from taskgraft.hardware import Hardware, choose_hardware
from taskgraft.network import Cost, cost, num_stages
from taskgraft.parameter import Parameter
from taskgraft.place import check_directory_place
from taskgraft.recipe import Recipe
from taskgraft.study import (
    LOCK,
    STUDY,
    DamagedFileError,
    FailureRecord,
    Ledger,
    Request,
    StudyRecord,
    differences,
    is_leftover,
    read_record,
)
from taskgraft.training import FEWEST, MOST_HALVINGS, train_pflop

# Of the longest path in a study: a file not yet complete, of a run of the longest names.
_INSIDE_BYTES = 320


@dataclass(frozen=True)
class PlannedRun:
    """One run of a plan.

    Attributes:
        architecture: What is trained.
        seed: From which seed.
        cost: Parameters and multiply-accumulates.
        train_pflop: Training cost, in 1e15 operations, should it not stop early.
        is_finished: Whether the study directory holds it already.
        failure: Why it failed, if it did.
    """

    architecture: Architecture
    seed: int
    cost: Cost
    train_pflop: float
    is_finished: bool
    failure: FailureRecord | None = None


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
        ledger: What the directory holds of it.
        auto_batch: Whether a run that is out of memory begins anew with half the batch size.
        retry_failed: Whether runs that failed are done again.
    """

    data: Dataset
    request: Request
    hardware: Hardware
    directory: Path
    runs: tuple[PlannedRun, ...]
    ledger: Ledger = field(compare=False, repr=False)
    auto_batch: bool = False
    retry_failed: bool = False

    @property
    def todo(self) -> tuple[PlannedRun, ...]:
        """Runs that are not finished, without those that failed and are not asked for again."""
        return tuple(
            run
            for run in self.runs
            if not run.is_finished
            and (run.failure is None or self.retry_failed or self.first_batch_size(run) is not None)
        )

    def first_batch_size(self, run: PlannedRun) -> int | None:
        """With how many images a batch a run begins that is known not to have the memory for more.

        None for the recipe's: where nothing is known, or the run is to be tried as it was asked for.
        """
        if run.failure is None or not self.auto_batch:
            return None
        return halved(run.failure, self.request.recipe)


def plan_study(
    data: Dataset | str,
    architectures: str | Sequence[str | Architecture],
    recipe: str | Recipe,
    seeds: int | Sequence[int],
    *,
    out: Path | str,
    match: str | None = None,
    match_to: str = CONTROL,
    architecture_file: Path | str | None = None,
    forks: str | Sequence[int] | None = None,
    trunk: str | None = None,
    trunk_weights: str | None = None,
    balance: str | None = None,
    epochs: float | None = None,
    device: str = "auto",
    num_threads: int | None = None,
    auto_batch: bool = False,
    retry_failed: bool = False,
) -> Plan:
    """Checks a request against the data and the study directory; the arguments are those of `compare`."""
    chosen = resolve_recipe(recipe, epochs)
    listed = resolve_seeds(seeds)
    hardware = choose_hardware(device, num_threads)
    directory = Path(out)
    check_study_place(directory)
    if isinstance(data, str):
        data = load(data, val_fraction=chosen.val_fraction)
    chosen = fit_recipe(chosen, data, trunk, trunk_weights, balance)
    names, custom = split_custom(
        architectures, architecture_file, data.taxonomy.level_names, num_stages(chosen.network.trunk)
    )
    selected = select_architectures(names, data, chosen.network, match, match_to, custom=custom, forks=forks)
    request = build_request(data, selected, chosen, listed, hardware)
    find_study(directory, request)
    ledger = Ledger(directory, request)
    costs = [
        (
            one,
            cost(one, chosen.network, data.taxonomy.num_classes, data.image_shape),
            train_pflop(one, chosen, data),
        )
        for one in request.architectures
    ]
    runs = []
    for seed in listed:
        for architecture, known, pflop in costs:
            state = ledger.state(architecture.name, seed)
            is_finished = state.record is not None
            runs.append(PlannedRun(architecture, seed, known, pflop, is_finished, state.failure))
    return Plan(data, request, hardware, directory, tuple(runs), ledger, auto_batch, retry_failed)


def check_study_place(directory: Path) -> None:
    """Refuses a place that no study can have, before any work is done for it.

    Raises:
        RequestError: If it is too long, or no text.
    """
    check_directory_place(Parameter("out"), directory, _INSIDE_BYTES)


def halved(failure: FailureRecord, recipe: Recipe) -> int | None:
    """Half the batch size that a run had not the memory for; None if it failed of something else.

    None, too, below a 16th of the recipe's: training would hardly be the same any more.
    """
    half = failure.batch_size // 2
    is_short = failure.kind == "out of memory" and half >= max(FEWEST, recipe.batch_size >> MOST_HALVINGS)
    return half if is_short else None


def find_study(directory: Path, request: Request) -> StudyRecord | None:
    """Refuses a directory that holds a study of another request, or something else.

    Returns:
        The study's record, of this request or of one that this makes larger. It has none yet if it is new,
        and is to be written again if it is lost or damaged and the finished runs are all of this request.

    Raises:
        RequestError: For another request, or something else than a study.
        StudyError: If the directory cannot be read, a newer version made the study, or its record is
            damaged and no run says that this is what was asked.
    """
    try:
        found = read_record(directory / STUDY, StudyRecord)
    except FileNotFoundError:
        found = None
    except DamagedFileError as error:
        if can_be_rebuilt(directory, request):
            return None
        raise StudyError.expected(
            str(directory / STUDY),
            "a whole study record",
            error.reason,
            "It is made anew only where the finished runs are all of this request: use another "
            f"{Parameter('out')}.",
        ) from error
    if found is not None:
        _check_goes_on(directory, found.request, request)
    elif _holds_something(directory) and not can_be_rebuilt(directory, request):
        raise RequestError.expected(
            str(directory),
            "a new, empty or study directory",
            "something else",
            f"Name another one with {Parameter('out')}.",
        )
    return found


def _check_goes_on(directory: Path, there: Request, asked: Request) -> None:
    """Refuses another request than the one on record, unless it asks for all of that and more."""
    changed = "; ".join(differences(there, asked))
    if not changed or is_larger(asked, there):
        return
    if is_larger(there, asked):
        raise RequestError.expected(
            str(directory),
            "asked for all that its study is of",
            f"less ({changed})",
            f"Ask for all of it, and nothing finished is done again, or use another {Parameter('out')}.",
        )
    raise RequestError.expected(
        str(directory),
        "a study of the same request",
        changed,
        f"Use another {Parameter('out')}, or ask for the same, or for more seeds or architectures.",
    )


def _holds_something(directory: Path) -> bool:
    """Whether there is anything that we would not have left behind when killed at once."""
    try:
        with reading(directory):
            return any(path.name != LOCK and not is_leftover(path.name) for path in directory.iterdir())
    except (FileNotFoundError, NoFileError):
        # Also what is a file, which has nothing in it.
        return os.path.lexists(directory)
