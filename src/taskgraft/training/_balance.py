"""Classes of unequal size made to count the same: by weights in the loss, or by how often they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from taskgraft.data import Dataset
from taskgraft.errors import RequestError, unknown_name
from taskgraft.parameter import Parameter
from taskgraft.recipe import Balance, Recipe
from taskgraft.taxonomy import IntArray

_FORMS = "none, loss, sampler, or <level>=loss, several with commas, or one <level>=sampler"


def parse_balance(text: str, levels: Sequence[str]) -> tuple[Balance, tuple[str, ...]]:
    """Reads what a user asks for into the `balance` and `balance_levels` of a recipe.

    Args:
        text: `none`, `loss` (every level), `sampler` (the finest), or level by level: `fine=loss`,
            `coarse=loss,fine=loss`, `fine=sampler`.
        levels: Names of the data's levels, coarsest first.

    Raises:
        RequestError: For another form, a level that is not there or is named twice, `loss` mixed with
            `sampler`, and a sampler for more than one level.

    Example:
        >>> parse_balance("loss", ["coarse", "fine"])
        ('loss', ())
        >>> parse_balance("coarse=loss,fine=loss", ["coarse", "fine"])
        ('loss', ('coarse', 'fine'))
    """
    for balance in get_args(Balance):
        if text == balance:
            return balance, ()
    named: list[str] = []
    kinds: list[str] = []
    for part in text.split(","):
        level, is_pair, kind = part.rpartition("=")
        if not is_pair or kind.strip() not in ("loss", "sampler"):
            raise RequestError.expected(
                Parameter("balance"), _FORMS, text, f"{part.strip()!r} is none of these."
            )
        named.append(level.strip())
        kinds.append(kind.strip())
    check_balanced_levels(Parameter("balance"), named, levels)
    if len(set(kinds)) > 1 or (kinds[0] == "sampler" and len(named) > 1):
        raise RequestError.expected(
            Parameter("balance"),
            "loss for any number of levels or sampler for one",
            text,
            "An epoch can be drawn evenly over the classes of one level only; leave the others out.",
        )
    return ("loss" if kinds[0] == "loss" else "sampler"), tuple(named)


def class_weights(data: Dataset, recipe: Recipe, device: str) -> list[Tensor | None] | None:
    """What an image of each class counts in each level's loss; None where nothing is to be weighted.

    Args:
        data: Its train split is counted.
        recipe: With `balance` of `loss`, the levels it names are weighted, or all if it names none.
        device: Where the weights are wanted.

    Returns:
        For each level, coarsest first, None or f32 of shape (K,).

    Raises:
        RequestError: If the recipe names a level that the data does not have.
    """
    names = data.taxonomy.level_names
    check_balanced_levels("balance_levels", recipe.balance_levels, names)
    if recipe.balance != "loss":
        return None
    return [
        torch.from_numpy(_inverse_counts(labels, num_classes)).float().to(device)
        if not recipe.balance_levels or name in recipe.balance_levels
        else None
        for name, labels, num_classes in zip(
            names, data.labels_of("train").T, data.taxonomy.num_classes, strict=True
        )
    ]


class EvenDraw:
    """Draws a train split's images with replacement, so that the classes of one level are equally likely.

    Images whose class is not known there are as likely as they would be without.

    Args:
        labels: Classes of the train images at the level, -1 for unknown, shape (N,).
        num_classes: Classes of the level.
    """

    def __init__(self, labels: IntArray, num_classes: int) -> None:
        shares = np.where(labels < 0, 1.0, _inverse_counts(labels, num_classes)[labels])
        self._ends = torch.from_numpy(np.cumsum(shares))

    def draw(self, generator: torch.Generator) -> Tensor:
        """Positions in the train split, int64 of shape (N,)."""
        num_images = len(self._ends)
        at = torch.rand(num_images, generator=generator, dtype=torch.float64) * self._ends[-1]
        # Rounding might make the product the end itself.
        return torch.searchsorted(self._ends, at, right=True).clamp(max=num_images - 1)


def even_draw(data: Dataset, recipe: Recipe) -> EvenDraw | None:
    """How an epoch is drawn; None where each train image is served once.

    Raises:
        RequestError: If the recipe names a level that the data does not have.
    """
    names = data.taxonomy.level_names
    check_balanced_levels("balance_levels", recipe.balance_levels, names)
    if recipe.balance != "sampler":
        return None
    level = names.index(recipe.balance_levels[0]) if recipe.balance_levels else len(names) - 1
    return EvenDraw(data.labels_of("train")[:, level], data.taxonomy.num_classes[level])


def _inverse_counts(labels: IntArray, num_classes: int) -> npt.NDArray[np.float64]:
    """A weight for each class, inverse to its count: the mean over the images of known class is 1.

    A class without images has weight 0.
    """
    counts = np.bincount(labels[labels >= 0], minlength=num_classes)
    evenly = counts.sum() / max(1, np.count_nonzero(counts))
    weights: npt.NDArray[np.float64] = np.divide(evenly, counts, out=np.zeros(num_classes), where=counts > 0)
    return weights


def check_balanced_levels(what: str | Parameter, named: Sequence[str], levels: Sequence[str]) -> None:
    """Refuses levels to balance that the data does not have, or that stand twice.

    Args:
        what: What names them: an option, or a key of the recipe.
        named: The levels to balance.
        levels: Names of the data's levels.

    Raises:
        RequestError: For the first that is wrong.
    """
    subject = what.name if isinstance(what, Parameter) else what
    for position, name in enumerate(named):
        if name not in levels:
            raise unknown_name(f"a level of {what}", name, levels).about(subject)
        if name in named[:position]:
            raise RequestError.expected(what, "one choice for each level", name, "Name it once.").about(
                subject
            )
