"""The gradient of each level's loss, at the border of the trunk or at the weights that levels share."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from taskgraft.hardware import Team


def rows_at_features(losses: Tensor, features: Sequence[Tensor], team: Team) -> Tensor:
    """The gradient of each loss by what leaves the trunk: a pass through the heads a level.

    Args:
        losses: With their graph, which is kept: shape (L,).
        features: Of each lane, (B, D).
        team: Of whose rows the features are this process's.

    Returns:
        f32 of shape (L, lanes x B x D), of the whole batch.
    """
    rows = []
    for loss in losses:
        parts = torch.autograd.grad(loss, features, retain_graph=True, allow_unused=True)
        rows.append(_flat(parts, features))
    together = torch.stack(rows)
    if team.is_alone:
        return together
    lanes = together.split([each.numel() for each in features], dim=1)  # type: ignore[no-untyped-call]
    return torch.cat(
        [
            team.of_whole_batch(lane.view(len(losses), *each.shape), 1).flatten(1)
            for lane, each in zip(lanes, features, strict=True)
        ],
        dim=1,
    )


def rows_at_parameters(losses: Tensor, parameters: Sequence[nn.Parameter], team: Team) -> Tensor:
    """The gradient of each loss by shared weights: a pass through the whole network a level.

    Those of all other weights are added to their `.grad`; the shared weights are left without one.

    Args:
        losses: With their graph, which is not kept: shape (L,).
        parameters: The shared ones.
        team: Whose processes have a part of each gradient.

    Returns:
        f32 of shape (L, number of weights), of the whole batch.
    """
    rows = []
    for place, loss in enumerate(losses):
        for each in parameters:
            each.grad = None
        loss.backward(retain_graph=place < len(losses) - 1)
        rows.append(_flat([each.grad for each in parameters], parameters))
    for each in parameters:
        each.grad = None
    together = torch.stack(rows)
    team.add_up([together])
    return together


def pass_back(total: Tensor, features: Sequence[Tensor], gradient: Tensor, team: Team) -> None:
    """A backward pass from a loss in which another gradient enters the trunk.

    Args:
        total: The loss; what lies behind the features has its gradients.
        features: Of each lane, (B, D).
        gradient: What enters the trunk in place of theirs, of the whole batch: shape (lanes x B x D,).
        team: Of whose rows the features are this process's.
    """
    if not team.is_alone:
        lanes = gradient.split([team.num_images * each[0].numel() for each in features])  # type: ignore[no-untyped-call]
        gradient = torch.cat([lane.view(team.num_images, -1)[team.rows].flatten() for lane in lanes])
    parts = _split_as(gradient, features)
    hooks = []
    for each, part in zip(features, parts, strict=True):
        hooks.append(each.register_hook(lambda _, part=part: part))  # type: ignore[no-untyped-call]
    try:
        total.backward()  # type: ignore[no-untyped-call]
    finally:
        for hook in hooks:
            hook.remove()


def add_gradient(vector: Tensor, parameters: Sequence[nn.Parameter], before: Sequence[Tensor | None]) -> None:
    """Gives weights a gradient, added to what they had before.

    Args:
        vector: Of all of them, one after the other.
        parameters: The weights.
        before: What stood in `.grad` of each.
    """
    for each, part, earlier in zip(parameters, _split_as(vector, parameters), before, strict=True):
        each.grad = part.clone() if earlier is None else earlier + part


def _split_as(vector: Tensor, tensors: Sequence[Tensor]) -> list[Tensor]:
    """A vector in the shapes and types of tensors that it holds one after the other."""
    parts = vector.split([each.numel() for each in tensors])  # type: ignore[no-untyped-call]
    return [part.view(each.shape).to(each.dtype) for part, each in zip(parts, tensors, strict=True)]


def _flat(parts: Sequence[Tensor | None], like: Sequence[Tensor]) -> Tensor:
    filled = (
        torch.zeros_like(each) if part is None else part for part, each in zip(parts, like, strict=True)
    )
    return torch.cat([part.detach().float().flatten() for part in filled])
