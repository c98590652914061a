"""The plan of variants that fit the data: what the directory holds of it, and what each run costs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from taskgraft.data import Dataset
from taskgraft.execution._data_reference import DataReference
from taskgraft.execution._find_study import find_study
from taskgraft.execution._outside import check_outside
from taskgraft.execution._plan import Plan, PlannedRun
from taskgraft.execution._request import build_request
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution._same_variants import renaming
from taskgraft.hardware import Hardware
from taskgraft.network import Cost, cost
from taskgraft.recipe import Variant
from taskgraft.request import CompareOptions
from taskgraft.study import Ledger
from taskgraft.training import train_pflop


@dataclass(frozen=True)
class FittedStudy:
    """Variants that fit the data, and where they are trained."""

    data: Dataset
    variants: tuple[Variant, ...]
    hardware: Hardware
    directory: Path


def plan_variants(study: FittedStudy, seeds: tuple[int, ...], options: CompareOptions) -> Plan:
    """The plan of a study of these variants.

    Args:
        study: Variants, data, hardware, directory.
        seeds: The seeds.
        options: Whether a run that is out of memory begins again with half the batch size, and whether runs
            that failed are done again, and whether runs are diagnosed.

    Raises:
        RequestError: If no study can hold it, or the directory holds another one.
        StudyError: If the directory cannot be read.
    """
    data, hardware, directory = study.data, study.hardware, study.directory
    built = build_request(data, study.variants, seeds, hardware, options.resplits)
    record, request = find_study(directory, built)
    ledger = Ledger(directory, request)
    runs = _planned_runs(data, hardware, ledger, options)
    renamed = renaming(built.names, request.names)
    return Plan(data, request, hardware, directory, runs, ledger, options.retry_failed, record, renamed)


def plan_unsearched(study: FittedStudy, seeds: tuple[int, ...]) -> Plan:
    """The plan of a study before its search, whatever the directory holds: what is trained is another."""
    request = build_request(study.data, study.variants, seeds, study.hardware)
    ledger = Ledger(study.directory, request)
    runs = _planned_runs(study.data, study.hardware, ledger, CompareOptions.of({}))
    check_outside([run.spec for run in runs], study.data.image_shape)
    return Plan(study.data, request, study.hardware, study.directory, runs, ledger)


def _planned_runs(
    data: Dataset, hardware: Hardware, ledger: Ledger, options: CompareOptions
) -> tuple[PlannedRun, ...]:
    """Every run of the ledger's study, the variants of a seed next to one another."""
    request, reference = ledger.request, DataReference.of(data, ledger.request.data.digest)
    identities = request.identities()
    costs = {variant.name: _cost(variant, data) for variant in request.variants}
    runs = []
    for seed in request.seeds:
        for variant in request.variants:
            state = ledger.state(variant.name, seed)
            smaller = (
                state.failure.smaller_batch(variant.recipe) if state.failure and options.auto_batch else None
            )
            spec = RunSpec(
                variant,
                seed,
                reference,
                hardware.computing(variant.recipe.precision, variant.recipe.layout),
                identities[variant.name],
                ledger.directory,
                batch_size=smaller,
                auto_batch=options.auto_batch,
                diagnose=options.diagnose,
                failure=state.failure,
                partition=request.partition_of(seed),
            )
            runs.append(PlannedRun(spec, *costs[variant.name], state.record is not None))
    return tuple(runs)


def _cost(variant: Variant, data: Dataset) -> tuple[Cost, float]:
    """What a run of a variant costs: its size, and PFLOP of training."""
    size = cost(variant.architecture, variant.recipe.network, data.taxonomy.num_classes, data.image_shape)
    return size, train_pflop(variant.architecture, variant.recipe, data)
