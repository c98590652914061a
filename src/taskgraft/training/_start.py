"""A network that begins where a trained one of a like tree ended: what still has a meaning is kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from taskgraft.correspondence import Correspondence, correspond, read_renames
from taskgraft.errors import DataError, Phrase, RequestError
from taskgraft.file_reading import sha256_of
from taskgraft.inference import Model, read_model
from taskgraft.network import Branch, Network
from taskgraft.recipe import StartSpec
from taskgraft.taxonomy import Taxonomy

Sources = Sequence[tuple[int, ...]]


def start_from(network: Network, spec: StartSpec, taxonomy: Taxonomy) -> Correspondence:
    """Gives a network the weights of a trained model, class by class.

    Trunk, mixers and branches are copied. A class of which the older model had one or several keeps their
    weights or the mean of them, in its head and where its logits flow in; a new class keeps its first
    weights.

    Args:
        network: With its first weights; of the architecture and the spec of the model's.
        spec: Which model.
        taxonomy: What the network is to predict.

    Raises:
        DataError: If a file is not the one that the recipe was made with.
        RequestError: If the network is of another build than the model's.
    """
    _check_digest(Path(spec.model), spec.sha256)
    model = read_model(spec.model)
    check_trained(model)
    renames = None
    if spec.renames is not None:
        _check_digest(Path(spec.renames), spec.renames_sha256)
        renames = read_renames(Path(spec.renames))
    correspondence = correspond(model.taxonomy, taxonomy, renames)
    carry_over(model, network, correspondence)
    return correspondence


def check_trained(model: Model) -> None:
    """Refuses a model whose network has other classes than its tree.

    Args:
        model: From which a training is to begin.

    Raises:
        RequestError: If its tree was remapped.
    """
    if model.description.remap is not None:
        raise RequestError.expected(
            "the model",
            "one under the tree that it was trained on",
            Phrase("one whose tree was remapped since"),
            "Adapt the model that it was made of; renames say what became of its classes.",
        )


def carry_over(model: Model, network: Network, correspondence: Correspondence) -> None:
    """Copies what a trained network and a newer one have in common.

    Args:
        model: The trained one.
        network: The newer one, whose weights are replaced.
        correspondence: Of their classes.

    Raises:
        RequestError: If they are of different builds.
    """
    older = model.network
    before = dict(older.state_dict())
    after = network.state_dict()
    for place in network.architecture.branched_places:
        _carry_branch(older, network, place, correspondence, before, after)
    unlike = [
        name for name, tensor in after.items() if before.get(name, torch.empty(0)).shape != tensor.shape
    ]
    if unlike or before.keys() != after.keys():
        raise RequestError.expected(
            "the network",
            f"built as the model it begins from, {model.description.origin.variant}",
            Phrase("another one: " + ", ".join(unlike[:3] or sorted(before.keys() ^ after.keys())[:3])),
            "Leave architecture and network settings as the model has them.",
        )
    network.load_state_dict(before)


def _carry_branch(
    older: Network,
    network: Network,
    place: int,
    correspondence: Correspondence,
    before: dict[str, Tensor],
    after: dict[str, Tensor],
) -> None:
    """Brings the tensors of one branch that have an axis of classes into the newer shape."""
    branch = cast(Branch, older.branches[place])
    head = f"branches.{place}.head"
    for name in (f"{head}.weight", f"{head}.bias"):
        before[name] = _gathered(before[name], after[name], correspondence.sources[place], axis=0)
    first = next((name for name, part in branch.fc_2.named_modules() if isinstance(part, nn.Linear)), None)
    taking = f"{head}.weight" if first is None else f"branches.{place}.fc_2.{first}.weight"
    level = older.architecture.levels[place]
    if not older.architecture.sources_of(level):
        return
    if taking in before and taking in after:
        before[taking] = _with_flows(older, level, correspondence, before[taking], after[taking])


def _with_flows(
    older: Network, level: str, correspondence: Correspondence, weight: Tensor, newer: Tensor
) -> Tensor:
    """Columns of a dense layer: what comes from the branch itself, then every flow in its order."""
    places = [older.architecture.levels.index(flow.source) for flow in older.architecture.sources_of(level)]
    carried = [flow.carries for flow in older.architecture.sources_of(level)]
    heads = [cast(Branch, older.branches[place]).head.out_features for place in places]
    num_old = sum(width for width, what in zip(heads, carried, strict=True) if what != "features")
    # What fc_1 gives is as wide in every branch: the level's, and those whose features flow in.
    hidden = (weight.shape[1] - num_old) // (1 + carried.count("features"))
    parts, old_start, new_start = [weight[:, :hidden]], hidden, hidden
    for place, what, width in zip(places, carried, heads, strict=True):
        sources = correspondence.sources[place]
        old_width, new_width = (hidden, hidden) if what == "features" else (width, len(sources))
        old = weight[:, old_start : old_start + old_width]
        new = newer[:, new_start : new_start + new_width]
        parts.append(old if what == "features" else _gathered(old, new, sources, axis=1))
        old_start, new_start = old_start + old_width, new_start + new_width
    return torch.cat(parts, dim=1)


def _gathered(older: Tensor, newer: Tensor, sources: Sources, axis: int) -> Tensor:
    """For each newer class the mean of the older ones behind it; where none is, what the newer one has."""
    rows = [
        older.index_select(axis, torch.tensor(old)).mean(axis) if old else newer.select(axis, k)
        for k, old in enumerate(sources)
    ]
    return torch.stack(rows, dim=axis)


def _check_digest(path: Path, expected: str) -> None:
    digest = sha256_of(path)
    if digest != expected:
        raise DataError.expected(
            str(path),
            f"the file this recipe was made with, SHA-256 {expected}",
            digest,
            "Put that file there again, or begin another study.",
        )
