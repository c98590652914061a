"""Turns what a user asks for into a Request, and tells two requests apart."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from itertools import islice
from typing import Any

from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.hardware import Hardware
from taskgraft.history import Epoch
from taskgraft.numerics import NUMERICS
from taskgraft.parameter import Parameter
from taskgraft.recipe import Recipe, Variant, differing_values, follow_images
from taskgraft.recipe import recipe as recipe_named
from taskgraft.study import (
    LARGEST_SEED,
    MOST_HISTORY_BYTES,
    MOST_RUNS,
    DataRecord,
    Request,
    StudyRecord,
    UnwritableRecordError,
    describe_environment,
    record_content,
)
from taskgraft.training import parse_balance, with_trunk
from taskgraft.training.balancers import BALANCERS

_MOST_EPOCHS = 1_000_000


def resolve_recipe(recipe: str | Recipe, epochs: float | None) -> Recipe:
    """A recipe by name or as it is, with another number of epochs when told."""
    chosen = recipe_named(recipe) if isinstance(recipe, str) else recipe
    if epochs is None:
        return chosen
    if not 0 < epochs <= _MOST_EPOCHS:
        raise RequestError.expected(
            Parameter("epochs"),
            f"more than 0 and at most {_MOST_EPOCHS:,}",
            epochs,
            "Leave it out for the recipe's own.",
        )
    return chosen.model_copy(update={"epochs": float(epochs)})


def fit_recipe(
    recipe: Recipe, data: Dataset, trunk: str | None, trunk_weights: str | None, balance: str | None
) -> Recipe:
    """A recipe made to fit the data's images and levels, with another trunk or balance where one is asked."""
    if trunk is not None:
        recipe = with_trunk(recipe, trunk, trunk_weights)
    elif trunk_weights is not None:
        raise RequestError.expected(
            Parameter("trunk_weights"),
            f"used with {Parameter('trunk')}",
            "without it",
            "Name the trunk they belong to.",
        )
    if balance is not None:
        kind, levels = parse_balance(balance, data.taxonomy.level_names)
        recipe = recipe.model_copy(update={"balance": kind, "balance_levels": levels})
    return follow_images(recipe, data.image_shape)


def resolve_seeds(seeds: int | Sequence[int]) -> tuple[int, ...]:
    """Seeds 0 to n - 1 for a number n, or the seeds as listed.

    Raises:
        RequestError: If they are none, too many, or no different whole numbers.

    Example:
        >>> resolve_seeds(3), resolve_seeds([7, 1])
        ((0, 1, 2), (7, 1))
    """
    if isinstance(seeds, str | bytes | bool):
        raise RequestError.expected("seeds", "a number, or several of them", seeds, "Try 3, or [0, 1, 2].")
    number = _whole(seeds)
    if number is None:
        return _listed_seeds(seeds)
    if number < 1:
        raise RequestError.expected("the number of seeds", "1 or more", seeds, "Three tell more than one.")
    _check_number_of_seeds(number)
    return tuple(range(number))


def _listed_seeds(seeds: Any) -> tuple[int, ...]:
    # Never more than are refused, however many a range or a generator would give.
    try:
        given = list(islice(seeds, MOST_RUNS + 1))
    except TypeError:
        given = []
    _check_number_of_seeds(len(given))
    listed = [None if isinstance(seed, bool) else _whole(seed) for seed in given]
    numbers = [seed for seed in listed if seed is not None and 0 <= seed <= LARGEST_SEED]
    if not numbers or len(numbers) < len(listed) or len(set(numbers)) < len(numbers):
        raise RequestError.expected(
            "seeds", f"different whole numbers from 0 to {LARGEST_SEED:,}", given or seeds, "Try 0."
        )
    return tuple(numbers)


def _whole(value: Any) -> int | None:
    try:
        return operator.index(value)
    except TypeError:
        return None


def _check_number_of_seeds(number: int) -> None:
    if number > MOST_RUNS:
        shown = number if number > MOST_RUNS + 1 else f"more than {MOST_RUNS:,}"
        raise RequestError.expected("the number of seeds", f"at most {MOST_RUNS:,}", shown, "Ask for fewer.")


def build_request(
    data: Dataset, variants: tuple[Variant, ...], seeds: tuple[int, ...], hardware: Hardware
) -> Request:
    """The full request of a study: whatever of it is written can be read again.

    Raises:
        RequestError: If it has more runs or epochs than a study may have, variants that need different data,
            a balancer that there is not, or what no record can hold.
    """
    num_runs = len(variants) * len(seeds)
    if num_runs > MOST_RUNS:
        raise RequestError.expected(
            "the number of runs",
            f"at most {MOST_RUNS:,}",
            f"{num_runs:,} ({len(variants):,} variants from {len(seeds):,} seeds)",
            "Ask for fewer of either.",
        )
    _check_same_data(variants)
    for variant in variants:
        # Refused here, by name, before anything is written.
        BALANCERS[variant.recipe.balancing]
    _check_history(max(variant.recipe.epochs for variant in variants), data.taxonomy.level_names)
    request = Request(
        data=DataRecord.of(data),
        taxonomy=data.taxonomy.to_dict(),
        variants=variants,
        seeds=seeds,
        device=hardware.device,
        precision=hardware.precision,
        numerics=NUMERICS,
        cpu_capability=hardware.cpu_capability,
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
        )


def _check_history(epochs: float, levels: Sequence[str]) -> None:
    """Refuses more epochs than a run's history can hold."""
    longest = -1.2345678901234567e-308
    row = Epoch(
        epoch=longest,
        step=10**15,
        seconds=longest,
        learning_rate=longest,
        train_loss=longest,
        train_losses=dict.fromkeys(levels, longest),
        val_losses=dict.fromkeys(levels, longest),
        val_accuracies=dict.fromkeys(levels, longest),
    )
    most = MOST_HISTORY_BYTES // (len(row.model_dump_json().encode()) + 1)
    if epochs > most:
        raise RequestError.expected(
            Parameter("epochs"), f"at most {most:,} for so many levels", f"{epochs:g}", "Ask for fewer."
        )


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
