"""What a study would run and what that costs, before anything is trained or written."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from taskgraft.data import Dataset
from taskgraft.data.sources import load
from taskgraft.errors import RequestError, StudyError
from taskgraft.execution._attempt import halved
from taskgraft.execution._data_reference import DataReference
from taskgraft.execution._fit import ChosenRecipe, fit_recipe
from taskgraft.execution._rebuild import can_be_rebuilt
from taskgraft.execution._request import build_request, is_larger
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution._same_numbers import check_same_numbers
from taskgraft.execution._variants import Selection, variants_of
from taskgraft.file_reading import NoFileError, reading
from taskgraft.hardware import Hardware, choose_hardware
from taskgraft.network import Cost, cost
from taskgraft.parameter import Parameter
from taskgraft.place import check_directory_place, safe_name
from taskgraft.recipe import Variant, varied
from taskgraft.request import CompareOptions
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
from taskgraft.training import train_pflop

# Of the longest path in a study: a file not yet complete, of a run of the longest names.
_INSIDE_BYTES = 320


@dataclass(frozen=True)
class PlannedRun:
    """One run of a plan.

    Attributes:
        spec: What it is made from.
        cost: Parameters and multiply-accumulates.
        train_pflop: Training cost, in 1e15 operations, should it not stop early.
        is_finished: Whether the study directory holds it already.
        failure: Why it failed, if it did.
    """

    spec: RunSpec
    cost: Cost
    train_pflop: float
    is_finished: bool
    failure: FailureRecord | None = None


@dataclass(frozen=True)
class Plan:
    """A study about to run.

    Attributes:
        data: The data.
        request: What the study is, in full.
        hardware: Where and how to compute.
        directory: The study directory.
        runs: Every run, all variants of a seed before the next seed, so that a study cut off anywhere still
            holds complete pairs.
        ledger: What the directory holds of it.
        retry_failed: Whether runs that failed are done again.
    """

    data: Dataset
    request: Request
    hardware: Hardware
    directory: Path
    runs: tuple[PlannedRun, ...]
    ledger: Ledger = field(compare=False, repr=False)
    retry_failed: bool = False

    @property
    def todo(self) -> tuple[PlannedRun, ...]:
        """Runs that are not finished, without those that failed and are not to be done again.

        One that was short of memory is done again where smaller batches may help it.
        """
        return tuple(
            run
            for run in self.runs
            if not run.is_finished
            and (run.failure is None or self.retry_failed or run.spec.batch_size is not None)
        )

    @property
    def derived(self) -> tuple[str, ...]:
        """What follows from data and trunk in the recipes of the variants, each line once."""
        return tuple(dict.fromkeys(line for variant in self.request.variants for line in variant.derived))

    @property
    def finished(self) -> tuple[RunSpec, ...]:
        """Runs that the directory holds now."""
        specs = (run.spec for run in self.runs)
        return tuple(spec for spec in specs if self.ledger.state(spec.variant.name, spec.seed).record)


def plan_study(options: CompareOptions, data: Dataset | None = None) -> Plan:
    """Checks the options of a study against the data and the study directory.

    Args:
        options: Every option of the study.
        data: A dataset, used with the splits that it has, in place of the one that the options name.

    Raises:
        RequestError: For options that make no sense, or others than the directory was made for.
        DataError: If the data cannot be read.
        StudyError: If the directory cannot be read.
    """
    directory = options.directory(None if data is None else safe_name(data.provenance.source))
    check_study_place(directory)
    chosen = ChosenRecipe.of(options.recipe, options.settings)
    recipes = varied(chosen.recipe, options.vary)
    hardware = choose_hardware(options.device, options.num_threads)
    if data is None:
        data = load(**options.for_load(chosen.recipe.val_fraction))
    is_set = chosen.is_set | options.vary.keys()
    fitted = {
        name: fit_recipe(
            ChosenRecipe(recipe, is_set),
            data,
            trunk=options.trunk,
            trunk_weights=options.trunk_weights,
            balance=options.balance,
        )
        for name, recipe in recipes.items()
    }
    return plan_variants(
        data,
        variants_of(Selection.of_options(options), data, fitted),
        options.seeds,
        directory=directory,
        hardware=hardware,
        auto_batch=options.auto_batch,
        retry_failed=options.retry_failed,
    )


def plan_variants(
    data: Dataset,
    variants: tuple[Variant, ...],
    seeds: tuple[int, ...],
    *,
    directory: Path,
    hardware: Hardware,
    auto_batch: bool = False,
    retry_failed: bool = False,
) -> Plan:
    """The plan of a study of these variants, which fit the data.

    Args:
        data: The data.
        variants: What is compared.
        seeds: The seeds.
        directory: The study directory.
        hardware: Where and how to compute, set up.
        auto_batch: Whether a run that is out of memory begins again with half the batch size.
        retry_failed: Whether runs that failed are done again.

    Raises:
        RequestError: If no study can hold it, or the directory holds another one.
        StudyError: If the directory cannot be read.
    """
    request = build_request(data, variants, seeds, hardware)
    find_study(directory, request)
    ledger = Ledger(directory, request)
    runs = _planned_runs(data, hardware, ledger, auto_batch=auto_batch)
    return Plan(data, request, hardware, directory, runs, ledger, retry_failed)


def _planned_runs(
    data: Dataset, hardware: Hardware, ledger: Ledger, *, auto_batch: bool
) -> tuple[PlannedRun, ...]:
    """Every run of the ledger's study, the variants of a seed next to one another."""
    request, reference = ledger.request, DataReference.of(data, ledger.request.data.digest)
    identities = request.identities()
    costs = {variant.name: _cost(variant, data) for variant in request.variants}
    runs = []
    for seed in request.seeds:
        for variant in request.variants:
            state = ledger.state(variant.name, seed)
            smaller = halved(state.failure, variant.recipe) if state.failure and auto_batch else None
            spec = RunSpec(
                variant,
                seed,
                reference,
                hardware,
                identities[variant.name],
                ledger.directory,
                batch_size=smaller,
                auto_batch=auto_batch,
            )
            runs.append(PlannedRun(spec, *costs[variant.name], state.record is not None, state.failure))
    return tuple(runs)


def _cost(variant: Variant, data: Dataset) -> tuple[Cost, float]:
    """What a run of a variant costs: its size, and PFLOP of training."""
    size = cost(variant.architecture, variant.recipe.network, data.taxonomy.num_classes, data.image_shape)
    return size, train_pflop(variant.architecture, variant.recipe, data)


def check_study_place(directory: Path) -> None:
    """Refuses a place that no study can have, before any work is done for it.

    Raises:
        RequestError: If it is too long, or no text.
    """
    check_directory_place(Parameter("out"), directory, _INSIDE_BYTES)


def find_study(directory: Path, request: Request) -> StudyRecord | None:
    """Refuses a directory that holds a study of another request, or something else.

    Returns:
        The study's record, of this request or of one that this makes larger. It has none yet if it is new,
        and is to be written again if it is lost or damaged and the finished runs are all of this request.

    Raises:
        RequestError: For another request, other numerics, or something else than a study.
        StudyError: If the directory cannot be read, another version made the study, or its record is
            damaged and no run says that it is of this request.
    """
    try:
        record = read_record(directory / STUDY, StudyRecord)
    except FileNotFoundError:
        record = None
    except DamagedFileError as error:
        if can_be_rebuilt(directory, request):
            return None
        raise StudyError.expected(
            str(directory / STUDY),
            "a complete study record",
            error.reason,
            "It is written again only where the finished runs are all of this request: use another "
            f"{Parameter('out')}.",
        ) from error
    if record is not None:
        check_same_numbers(directory, record, request)
        _check_goes_on(directory, record.request, request)
    elif _holds_something(directory) and not can_be_rebuilt(directory, request):
        raise RequestError.expected(
            str(directory),
            "a new, empty or study directory",
            "something else",
            f"Name another one with {Parameter('out')}.",
        )
    return record


def _check_goes_on(directory: Path, recorded: Request, request: Request) -> None:
    """Refuses another request than the one on record, unless it has all of that and more."""
    changes = "; ".join(differences(recorded, request))
    if not changes or is_larger(request, recorded):
        return
    if is_larger(recorded, request):
        raise RequestError.expected(
            "the request",
            f"of all that the study in {directory} is of",
            f"less ({changes})",
            f"Ask for all of it, and nothing finished is done again, or use another {Parameter('out')}.",
        )
    raise RequestError.expected(
        str(directory),
        "a study of the same request",
        changes,
        f"Use another {Parameter('out')}, or ask for the same, or for more seeds or variants.",
    )


def _holds_something(directory: Path) -> bool:
    """Whether there is anything that we would not have left behind when killed at once."""
    try:
        with reading(directory):
            return any(path.name != LOCK and not is_leftover(path.name) for path in directory.iterdir())
    except (FileNotFoundError, NoFileError):
        # Also what is a file, which has nothing in it.
        return os.path.lexists(directory)
