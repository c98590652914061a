"""Is a trained flow used? The same images, with something else flowing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from taskgraft.architecture import INTERVENTIONS, Flow, Intervention
from taskgraft.data import Dataset, Split
from taskgraft.hardware import Hardware
from taskgraft.inference import folded, prediction_batch
from taskgraft.network import Network, carry, stream_generator
from taskgraft.taxonomy import IntArray

Logits = Sequence[npt.NDArray[np.float32]]
OfClass = Callable[[Tensor, Tensor, int], Tensor]


def preds_under_interventions(
    network: Network, data: Dataset, logits: Mapping[Split, Logits], seed: int, hardware: Hardware
) -> dict[tuple[str, str, Intervention], IntArray]:
    """Predictions of each flow's target level on the test split when something else flows.

    - `none`: nothing is replaced.
    - `mean`: every image is given the mean of what flows, over the val split.
    - `shuffled`: every image is given what flows for another one.
    - `oracle`: the true class of the source, at the scale that what flows has on the val split: its mean at
      the true class there, and its mean at the others everywhere else. Where features flow, their mean over
      the val images of the true class. An image of an unknown class is given the mean of all.

    One flow is replaced at a time, and trunks run once for all of them (once more where features flow).

    Args:
        network: Left as it is.
        data: Whose test split.
        logits: Those of the network, of `val` and `test`: arrays (N, K), coarsest level first.
        seed: Of the run; decides who is given whose logits.
        hardware: Precision and layout.

    Returns:
        By (source, target, intervention), predicted classes of the target: shape (N,). Empty without flows.
    """
    architecture = network.architecture
    if not architecture.flows:
        return {}
    fast = folded(network, hardware.dtype, hardware.memory_format).to(hardware.device)
    with torch.inference_mode():
        val, test = (_carried(fast, data, split, logits[split], hardware) for split in ("val", "test"))
        inputs = {
            (flow.source, flow.target, kind): tensor
            for flow in architecture.flows
            for kind, tensor in _replacements(flow, architecture.levels, data, val[flow], test[flow], seed)
        }
        preds: dict[tuple[str, str, Intervention], list[Tensor]] = {}
        for rows, features in _features(fast, data, "test", hardware):
            plain = fast.decide(features)
            for flow in architecture.flows:
                ends = flow.source, flow.target
                target = architecture.levels.index(flow.target)
                for kind in INTERVENTIONS:
                    decided = plain
                    if kind != "none":
                        given = inputs[*ends, kind][rows].to(hardware.device)
                        decided = fast.decide(features, {ends: given})
                    preds.setdefault((*ends, kind), []).append(decided[target].argmax(dim=1).cpu())
    return {key: torch.cat(parts).numpy() for key, parts in preds.items()}


def _features(
    fast: Network, data: Dataset, split: Split, hardware: Hardware
) -> Iterator[tuple[slice, list[Tensor]]]:
    """What the trunks make of a split, batch by batch, with the rows of each batch in the split."""
    start = 0
    for batch in data.batches(split, prediction_batch(data.image_shape)):
        pixels = torch.from_numpy(batch).to(hardware.device)
        rows = slice(start, start + len(batch))
        yield rows, fast.features(pixels.contiguous(memory_format=hardware.memory_format))
        start = rows.stop


def _carried(
    fast: Network, data: Dataset, split: Split, logits: Logits, hardware: Hardware
) -> dict[Flow, Tensor]:
    """What each flow carries for all images of a split: each f32 of shape (N, its width)."""
    flows, levels = fast.architecture.flows, fast.architecture.levels
    sources = {flow.source for flow in flows if flow.carries == "features"}
    hidden: dict[str, list[Tensor]] = {source: [] for source in sources}
    for _, features in _features(fast, data, split, hardware) if sources else ():
        for source in sources:
            hidden[source].append(fast.embed(features, source).float().cpu())
    joined = {source: torch.cat(parts) for source, parts in hidden.items()}
    by_level = {level: torch.from_numpy(each) for level, each in zip(levels, logits, strict=True)}
    return {
        flow: carry(flow, joined.get(flow.source, by_level[flow.source]), by_level[flow.source])
        for flow in flows
    }


def _replacements(
    flow: Flow, levels: Sequence[str], data: Dataset, val: Tensor, test: Tensor, seed: int
) -> Iterator[tuple[Intervention, Tensor]]:
    """What flows in place of a flow for every test image: each of the shape of `test`."""
    yield "mean", val.mean(dim=0).expand_as(test)
    yield "shuffled", test[torch.randperm(len(test), generator=stream_generator(seed, "shuffled flow"))]
    source = levels.index(flow.source)
    labels, wanted = (torch.from_numpy(data.labels_of(split)[:, source]) for split in ("val", "test"))
    of_class = _mean_of_class if flow.carries == "features" else _scaled_class
    yield "oracle", _oracle(of_class, val, labels, wanted, data.taxonomy.num_classes[source])


def _oracle(of_class: OfClass, val: Tensor, labels: Tensor, wanted: Tensor, num_classes: int) -> Tensor:
    """For each wanted class what stands for it; the mean of `val` for an unknown one (-1)."""
    mean = val.mean(dim=0)
    is_labelled = labels >= 0
    if not is_labelled.any():
        return mean.expand(len(wanted), -1)
    by_class = of_class(val[is_labelled], labels[is_labelled], num_classes)
    # A class that no val image has stands for nothing: it is as good as unknown.
    by_class = torch.where(by_class.isfinite(), by_class, mean)
    return torch.where((wanted >= 0)[:, None], by_class[wanted], mean)


def _mean_of_class(val: Tensor, labels: Tensor, num_classes: int) -> Tensor:
    """Mean of what flows over the images of each class: (N, D) to (K, D), not a number without images."""
    sums = val.new_zeros(num_classes, val.shape[1]).index_add(0, labels, val)
    return sums / torch.bincount(labels, minlength=num_classes)[:, None]


def _scaled_class(val: Tensor, labels: Tensor, num_classes: int) -> Tensor:
    """Each class as logits or probabilities of the size they have in `val`, (N, K): (K, K)."""
    is_true = torch.nn.functional.one_hot(labels, num_classes).bool()
    return torch.where(torch.eye(num_classes).bool(), val[is_true].mean(), val[~is_true].mean())
