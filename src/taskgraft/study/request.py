"""Turns what a user asks for into a Request, and tells two requests apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from taskgraft.architecture.spec import Architecture
from taskgraft.data.dataset import Dataset
from taskgraft.errors import RequestError
from taskgraft.hardware.device import Hardware
from taskgraft.study.architecture_changes import architecture_changes
from taskgraft.study.data_changes import changed, data_changes
from taskgraft.study.records import DataRecord, Request
from taskgraft.training.backbone import with_trunk
from taskgraft.training.balance import parse_balance
from taskgraft.training.follow import follow_images
from taskgraft.training.recipe import Recipe
from taskgraft.training.recipes import recipe as recipe_named

_MOST_EPOCHS = 1_000_000
_LARGEST_SEED = 2**32 - 1
# What differs beyond this many items no longer helps to see what to change.
_MOST_DIFFERENCES = 5
_LONGEST_SHOWN = 100


def resolve_recipe(recipe: str | Recipe, epochs: float | None) -> Recipe:
    """A recipe by name or as it is, with another number of epochs when told."""
    chosen = recipe_named(recipe) if isinstance(recipe, str) else recipe
    if epochs is None:
        return chosen
    if not 0 < epochs <= _MOST_EPOCHS:
        raise RequestError.expected(
            "--epochs",
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
            "--trunk-weights", "used with --trunk", "without it", "Name the trunk they belong to."
        )
    if balance is not None:
        kind, levels = parse_balance(balance, data.taxonomy.level_names)
        recipe = recipe.model_copy(update={"balance": kind, "balance_levels": levels})
    return follow_images(recipe, data.image_shape)


def resolve_seeds(seeds: int | Sequence[int]) -> tuple[int, ...]:
    """Seeds 0 to n - 1 for a number n, or the seeds as listed."""
    if isinstance(seeds, str):
        raise RequestError.expected("seeds", "a number, or several of them", seeds, "Try 3, or [0, 1, 2].")
    listed = tuple(range(seeds)) if isinstance(seeds, int) else tuple(seeds)
    if isinstance(seeds, int) and seeds < 1:
        raise RequestError.expected("the number of seeds", "1 or more", seeds, "Three tell more than one.")
    if not listed or not 0 <= min(listed) <= max(listed) <= _LARGEST_SEED or len(set(listed)) < len(listed):
        raise RequestError.expected(
            "seeds", f"different whole numbers from 0 to {_LARGEST_SEED:,}", list(listed), "Try 0."
        )
    return listed


def build_request(
    data: Dataset,
    architectures: tuple[Architecture, ...],
    recipe: Recipe,
    seeds: tuple[int, ...],
    hardware: Hardware,
) -> Request:
    """The full request of a study."""
    return Request(
        data=DataRecord.of(data),
        taxonomy=data.taxonomy.to_dict(),
        architectures=architectures,
        recipe=recipe,
        seeds=seeds,
        device=hardware.device,
        precision=hardware.precision,
    )


def is_larger(request: Request, other: Request) -> bool:
    """Whether a request asks for all that another does, and for more seeds or architectures of the same.

    The runs of the other are then runs of this one, too: neither seeds nor the other architectures have a
    say in the numbers of a run.
    """
    same_else = other.model_copy(update={"seeds": request.seeds, "architectures": request.architectures})
    return (
        same_else == request
        and set(other.seeds) <= set(request.seeds)
        and all(architecture in request.architectures for architecture in other.architectures)
    )


def differences(there: Request, asked: Request) -> list[str]:
    """What differs between two requests, one readable line an item; empty when they are equal."""
    handled = {"data", "taxonomy", "architectures"}
    old, new = (dict(_flatten(own.model_dump(mode="json", exclude=handled))) for own in (there, asked))
    told = [
        *data_changes(there, asked),
        *architecture_changes(there.architectures, asked.architectures),
        *(changed(key, _show(old.get(key)), _show(new.get(key)))
          for key in dict.fromkeys((*old, *new)) if old.get(key) != new.get(key)),
    ]  # fmt: skip
    rest = len(told) - _MOST_DIFFERENCES
    return told[:_MOST_DIFFERENCES] + ([f"and {rest} more"] if rest > 0 else [])


def _flatten(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Nested records as dotted keys; lists are compared whole."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flatten(inner, f"{path}.{key}" if path else key)
    else:
        yield path, value


def _show(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 3]}..."
