"""The request of a study, in full, and whether one has all of another."""

from __future__ import annotations

from collections.abc import Sequence

from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.execution._environment import describe_environment
from taskgraft.execution._processes import check_rows
from taskgraft.hardware import Hardware
from taskgraft.numerics import NUMERICS
from taskgraft.parameter import Parameter
from taskgraft.recipe import Variant, differing_values
from taskgraft.request import MOST_RUNS
from taskgraft.study import (
    DataRecord,
    Request,
    StudyRecord,
    UnwritableRecordError,
    record_content,
)
from taskgraft.training import check_balancing


def build_request(
    data: Dataset,
    variants: tuple[Variant, ...],
    seeds: tuple[int, ...],
    hardware: Hardware,
    resplits: int | None = None,
) -> Request:
    """The full request of a study: whatever of it is written can be read again.

    Raises:
        RequestError: If it has more runs than a study may have, variants that need different data,
            a balancer that is not available, or what no record can hold.
    """
    if not variants:
        raise RequestError.expected(Parameter("architectures"), "one or more", "none", "Name one, or all.")
    num_runs = len(variants) * len(seeds)
    if num_runs > MOST_RUNS:
        raise RequestError.expected(
            "the number of runs",
            f"at most {MOST_RUNS:,}",
            f"{num_runs:,} ({len(variants):,} variants from {len(seeds):,} seeds)",
            "Ask for fewer of either.",
        ).about("seeds", "architectures", "vary", "variants")
    _check_same_data(variants)
    check_rows(variants, data, hardware)
    for variant in variants:
        # Refused here, by name, before anything is written.
        check_balancing(variant.architecture, variant.recipe)
    request = Request(
        data=DataRecord.of(data),
        taxonomy=data.taxonomy.to_dict(),
        variants=variants,
        seeds=seeds,
        device=hardware.device,
        precision=hardware.precision,
        numerics=NUMERICS,
        cpu_capability=hardware.cpu_capability,
        resplits=resplits,
        shards=None if hardware.synchronises else hardware.num_processes,
    )
    _check_readable(request, hardware)
    return request


def _check_same_data(variants: Sequence[Variant]) -> None:
    """Refuses variants whose recipes would split the data differently: a study has one dataset."""
    fractions = differing_values(variants).get("val_fraction")
    if fractions is not None:
        given = dict.fromkeys(f"{fraction:g}" for fraction in fractions.values())
        raise RequestError.expected(
            "val_fraction",
            "the same for all variants of a study, which has one dataset",
            " and ".join(given),
            "Make a study for each.",
        ).about("val_fraction")


def _check_readable(request: Request, hardware: Hardware) -> None:
    """Refuses now what the study's own record would be refused for when it is read."""
    environment = describe_environment(hardware)
    record = StudyRecord(request=request, command=None, created="", environment=environment)
    try:
        content = record_content(record)
    except UnwritableRecordError as error:
        raise _unreadable(str(error)) from error
    if StudyRecord.model_validate_json(content).request != request:
        raise _unreadable("one that reads otherwise than it was put")


def _unreadable(reason: str) -> RequestError:
    return RequestError.expected(
        "the request", "one that a study's record can hold", reason, "Ask for something smaller or plainer."
    )


def is_larger(request: Request, other: Request) -> bool:
    """Whether a request has all that another has, and more seeds or variants of the same.

    The runs of the other are then runs of this one, too: neither seeds nor other variants have a say in the
    numbers of a run.
    """
    return (
        set(other.seeds) <= set(request.seeds) and other.identities().items() <= request.identities().items()
    )
