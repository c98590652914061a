"""Is a trained flow used? The same images, with something else flowing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from taskgraft.architecture.spec import Flow
from taskgraft.data.dataset import Dataset, Split
from taskgraft.hardware.device import Hardware
from taskgraft.inference.fold import folded
from taskgraft.model.initialise import stream_generator
from taskgraft.model.network import Network, carry
from taskgraft.taxonomy import IntArray

Intervention = Literal["none", "mean", "shuffled", "oracle"]
INTERVENTIONS: tuple[Intervention, ...] = get_args(Intervention)
Logits = Sequence[npt.NDArray[np.float32]]

_BATCH_SIZE = 250


def preds_under_interventions(
    network: Network, data: Dataset, logits: Mapping[Split, Logits], seed: int, hardware: Hardware
) -> dict[tuple[str, str, Intervention], IntArray]:
    """Predictions of each flow's target level on the test split when something else flows.

    - `none`: nothing is replaced.
    - `mean`: every image is given the mean of what flows, over the val split.
    - `shuffled`: every image is given what flows for another one.
    - `oracle`: the true class of the source, at the scale that what flows has on the val split: its mean at
      the true class there, and its mean at the others everywhere else.

    One flow is replaced at a time, and trunks run once for all of them.

    Args:
        network: Left as it is.
        data: Whose test split.
        logits: The network's own, of `val` and `test`: arrays (N, K), coarsest level first.
        seed: Of the run; decides who is given whose logits.
        hardware: Precision and layout.

    Returns:
        By (source, target, intervention), predicted classes of the target: shape (N,). Empty without flows.
    """
    architecture = network.architecture
    if not architecture.flows:
        return {}
    inputs = {
        (flow.source, flow.target, kind): tensor
        for flow in architecture.flows
        for kind, tensor in _replacements(flow, architecture.levels, data, logits, seed).items()
    }
    fast = folded(network, hardware.dtype, hardware.memory_format).to(hardware.device)
    images, indices = torch.from_numpy(data.images), torch.from_numpy(data.indices["test"])
    found: dict[tuple[str, str, Intervention], list[Tensor]] = {}
    with torch.inference_mode():
        for batch in torch.split(torch.arange(len(indices)), _BATCH_SIZE):
            pixels = images[indices[batch]].to(hardware.device)
            features = fast.features(pixels.contiguous(memory_format=hardware.memory_format))
            plain = fast.decide(features)
            for flow in architecture.flows:
                target = architecture.levels.index(flow.target)
                for kind in INTERVENTIONS:
                    key = (flow.source, flow.target, kind)
                    if kind == "none":
                        decided = plain
                    else:
                        given = inputs[key][batch].to(hardware.device)
                        decided = fast.decide(features, {(flow.source, flow.target): given})
                    found.setdefault(key, []).append(decided[target].argmax(dim=1).cpu())
    return {key: torch.cat(preds).numpy() for key, preds in found.items()}


def _replacements(
    flow: Flow, levels: Sequence[str], data: Dataset, logits: Mapping[Split, Logits], seed: int
) -> dict[Intervention, Tensor]:
    """What flows in place of a flow for every test image: each of shape (N, K of the source)."""
    source = levels.index(flow.source)
    val, test = (carry(flow, torch.from_numpy(logits[split][source])) for split in ("val", "test"))
    shuffle = torch.randperm(len(test), generator=stream_generator(seed, "shuffled flow"))
    is_true = _one_hot(data.labels_of("val")[:, source], val.shape[1])
    at_true, at_others = val[is_true].mean(), val[~is_true].mean()
    oracle = torch.where(_one_hot(data.labels_of("test")[:, source], val.shape[1]), at_true, at_others)
    return {"mean": val.mean(dim=0).expand_as(test), "shuffled": test[shuffle], "oracle": oracle}


def _one_hot(labels: IntArray, num_classes: int) -> Tensor:
    return torch.nn.functional.one_hot(torch.from_numpy(labels), num_classes).bool()
