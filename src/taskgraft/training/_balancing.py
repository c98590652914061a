"""What a balancing can do with an architecture, before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator

from taskgraft.architecture import Architecture
from taskgraft.errors import unknown_name
from taskgraft.recipe import Recipe
from taskgraft.training.balancers import BALANCERS, Aggregation, GradNorm


def check_balancing(architecture: Architecture, recipe: Recipe) -> None:
    """Refuses a balancing that cannot work here.

    Args:
        architecture: Which levels have a loss.
        recipe: Its balancing.

    Raises:
        RequestError: If the balancer does not exist, needs a library that is missing, or more levels.
    """
    kind = recipe.balancing.kind
    if kind not in BALANCERS:
        raise unknown_name("balancing", kind, BALANCERS).about("balancing")
    BALANCERS[kind].check(len(architecture.branched), recipe.balancing.settings)


def unbalanced(architecture: Architecture, recipe: Recipe) -> Iterator[str]:
    """A line for an architecture of which a balancing makes the weighted sum of the losses.

    Args:
        architecture: What its levels share.
        recipe: Its balancing.

    Yields:
        One line, or none.
    """
    kind = recipe.balancing.kind
    if kind not in BALANCERS:
        return
    if len(architecture.branched) < 2 and kind not in ("fixed", "equal"):
        yield f"{architecture.name} has one loss: balancing={kind} has nothing to balance"
    elif issubclass(BALANCERS[kind], Aggregation | GradNorm) and (
        why := _without_shared(architecture, recipe)
    ):
        yield f"{architecture.name} {why}: balancing={kind} is the weighted sum of the losses"


def _without_shared(architecture: Architecture, recipe: Recipe) -> str:
    """Why no weights of the trunk have a gradient of more than one loss; nothing where some have."""
    if recipe.frozen_ratio == 1:
        return "has a frozen trunk"
    is_shared = any(architecture.stages_shared(recipe.network.trunk.num_stages))
    is_joined = any(len(losses) > 1 for losses in architecture.losses_reaching)
    return "" if is_shared or is_joined or architecture.mixers else "shares no weights"
