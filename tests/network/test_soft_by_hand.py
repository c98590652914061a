"""Soft architectures against the papers' formulas, written out in float64: outputs and gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from taskgraft.architecture import SOFT_NAMES, Flow, known_architectures
from taskgraft.network import Network, initialise
from taskgraft.recipe import BranchSpec, CompactSpec, NetworkSpec

LEVELS, CLASSES, SHAPE = ("a", "b", "c"), (2, 3, 4), (3, 19, 17)
SPEC = NetworkSpec(
    trunk=CompactSpec(stem_width=4, stage_widths=(4, 6, 5)),
    branch=BranchSpec(fc_1=(), fc_2=(6,)),
    conventions="modern",
)
NUM_LEVELS, NUM_STAGES, FORK = 3, 3, 1
Features = Callable[[Network, Tensor], list[Tensor]]


def cross_stitch(network: Network, pixels: Tensor) -> list[Tensor]:
    """Misra et al. (2016), equation 1, for each channel."""
    maps = [pixels] * NUM_LEVELS
    for stage in network.trunk.stages:
        before = [lane(x) for lane, x in zip(stage.lanes, maps, strict=True)]
        maps = []
        for i in range(NUM_LEVELS):
            mixed = torch.zeros_like(before[0])
            for j in range(NUM_LEVELS):
                for channel in range(mixed.shape[1]):
                    mixed[:, channel] += stage.mixer.shares[i, j, channel] * before[j][:, channel]
            maps.append(mixed)
    return maps


def sluice(network: Network, pixels: Tensor) -> list[Tensor]:
    """Ruder et al. (2019), equation 1: subspaces of lanes, of the first channels and of the last."""
    maps = [pixels] * NUM_LEVELS
    for stage in network.trunk.stages:
        before = [lane(x) for lane, x in zip(stage.lanes, maps, strict=True)]
        width = before[0].shape[1]
        cut = (width + 1) // 2
        maps = [torch.zeros_like(each) for each in before]
        for i in range(2 * NUM_LEVELS):
            for j in range(2 * NUM_LEVELS):
                for channel in range(cut):
                    taken, given = cut * (i % 2) + channel, cut * (j % 2) + channel
                    if taken < width and given < width:
                        weight = stage.mixer.shares[i, j]
                        maps[i // 2][:, taken] += weight * before[j // 2][:, given]
    return maps


def nddr(network: Network, pixels: Tensor) -> list[Tensor]:
    """Gao et al. (2019): every pixel's features of all levels, times a matrix; then BN and ReLU."""
    maps = [pixels] * NUM_LEVELS
    for stage in network.trunk.stages:
        before = torch.cat([lane(x) for lane, x in zip(stage.lanes, maps, strict=True)], dim=1)
        maps = []
        for reduce, norm, _ in stage.mixer.reduced:
            reduced = (before.permute(0, 2, 3, 1) @ reduce.weight[:, :, 0, 0].T).permute(0, 3, 1, 2)
            maps.append(normalised(reduced, norm).clamp(min=0))
    return maps


def normalised(maps: Tensor, norm: nn.Module) -> Tensor:
    """Batch norm with the statistics of the batch."""
    mean = maps.mean(dim=(0, 2, 3), keepdim=True)
    variance = (maps - mean).square().mean(dim=(0, 2, 3), keepdim=True)
    weight, bias = norm.weight.view(1, -1, 1, 1), norm.bias.view(1, -1, 1, 1)
    return (maps - mean) / (variance + norm.eps).sqrt() * weight + bias


def mtan(network: Network, pixels: Tensor) -> list[Tensor]:
    """The forward pass of `WideResNet` in `visual_decathlon/model_wrn_mtan.py` of its authors."""
    shared = []
    maps = pixels
    for stage in network.trunk.stages:
        maps = stage.lanes[0](maps)
        shared.append(maps)
    return [_attended(network, shared, level) for level in range(NUM_LEVELS)]


def _attended(network: Network, shared: list[Tensor], level: int) -> Tensor:
    handed_on = torch.zeros(())
    for place, (stage, maps) in enumerate(zip(network.trunk.stages, shared, strict=True)):
        mixer = stage.mixer
        seen = maps if place == 0 else torch.cat((maps, handed_on), dim=1)
        first, norm, _, second, other_norm, _ = mixer.attention[level]
        hidden = normalised(F.conv2d(seen, first.weight), norm).relu()
        attended = normalised(F.conv2d(hidden, second.weight), other_norm).sigmoid() * maps
        is_last = place == len(shared) - 1
        block = mixer.last if is_last else network.trunk.stages[place + 1].mixer.handing_on
        handed_on = normalised(F.conv2d(attended, block[0].weight, padding=1), block[1]).relu()
        if not is_last:
            handed_on = F.max_pool2d(handed_on, kernel_size=2, stride=2)
    return handed_on


def common(network: Network, pixels: Tensor) -> Tensor:
    """Maps behind the stages in common."""
    for stage in list(network.trunk.stages)[:FORK]:
        pixels = stage.lanes[0](pixels)
    return pixels


def mmoe(network: Network, pixels: Tensor) -> list[Tensor]:
    """Ma et al. (2018), equations 6 and 7: one gate a level, over all experts."""
    x = common(network, pixels)
    first, last = list(network.trunk.stages)[FORK:]
    experts = [later(earlier(x)) for earlier, later in zip(first.lanes, last.lanes, strict=True)]
    return [gated(gate.weight, x, experts) for gate in last.mixer.gates]


def gated(weight: Tensor, x: Tensor, experts: list[Tensor]) -> Tensor:
    """Experts, each times its share: softmax(W x) of the mean of each channel."""
    scores = x.mean(dim=(2, 3)) @ weight.T
    shares = scores.exp() / scores.exp().sum(dim=1, keepdim=True)
    return sum(shares[:, e].view(-1, 1, 1, 1) * expert for e, expert in enumerate(experts))  # type: ignore[return-value]


def dselect(network: Network, pixels: Tensor) -> list[Tensor]:
    """Hazimeh et al. (2021), equations 2 to 5: k selectors of one expert each, expert by expert."""
    x = common(network, pixels)
    first, last = list(network.trunk.stages)[FORK:]
    experts = [later(earlier(x)) for earlier, later in zip(first.lanes, last.lanes, strict=True)]
    return [selected(gate, x.mean(dim=(2, 3)), experts) for gate in last.mixer.gates]


def selected(gate: nn.Module, means: Tensor, experts: list[Tensor]) -> Tensor:
    """Experts, each times its share, of which number e is written in bits, the largest first."""
    num_bits = (len(experts) - 1).bit_length()
    z = means @ gate.bits.weight.T + gate.bits.bias
    logits = means @ gate.weights.weight.T + gate.weights.bias
    step = torch.where(z <= -0.5, 0.0, torch.where(z >= 0.5, 1.0, -2 * z**3 + 1.5 * z + 0.5))
    total = torch.zeros_like(experts[0])
    for e, expert in enumerate(experts):
        for k in range(2):
            share = logits[:, k].exp() / logits.exp().sum(dim=1)
            for place, bit in enumerate(f"{e:0{num_bits}b}"):
                s = step[:, k * num_bits + place]
                share = share * (s if bit == "1" else 1 - s)
            total = total + share.view(-1, 1, 1, 1) * expert
    return total


def cgc(network: Network, pixels: Tensor) -> list[Tensor]:
    """Tang et al. (2020), equations 1 to 3: a gate a level, over the shared expert and the level's."""
    x = common(network, pixels)
    first, last = list(network.trunk.stages)[FORK:]
    shared, *specific = [later(earlier(x)) for earlier, later in zip(first.lanes, last.lanes, strict=True)]
    pairs = zip(last.mixer.gates, specific, strict=True)
    return [gated(gate.weight, x, [shared, its]) for gate, its in pairs]


def ple(network: Network, pixels: Tensor) -> list[Tensor]:
    """Tang et al. (2020), equations 4 to 6: gates behind each stage, one of them for what is shared."""
    x = common(network, pixels)
    first, last = list(network.trunk.stages)[FORK:]
    experts = [lane(x) for lane in first.lanes]
    # The gate of what is shared sees all experts.
    of_shared, *of_levels = first.mixer.gates
    shared = gated(of_shared.weight, x, experts)
    levels = [
        gated(gate.weight, x, [experts[0], its]) for gate, its in zip(of_levels, experts[1:], strict=True)
    ]
    shared_expert, *specific = last.lanes
    return [
        gated(gate.weight, level, [shared_expert(shared), expert(level)])
        for gate, level, expert in zip(last.mixer.gates, levels, specific, strict=True)
    ]


BY_HAND: dict[str, Features] = {
    "cross-stitch": cross_stitch,
    "sluice": sluice,
    "nddr": nddr,
    "mtan": mtan,
    "mmoe": mmoe,
    "dselect-k": dselect,
    "cgc": cgc,
    "ple": ple,
}


@pytest.fixture(params=SOFT_NAMES)
def network(request: pytest.FixtureRequest) -> Network:
    """One of the catalogue in float64, with flows, and with weights moved away from where they begin."""
    flows = (Flow("a", "b"), Flow("b", "c", "features", passes_gradient=False))
    architecture = replace(known_architectures(LEVELS, NUM_STAGES)[request.param], flows=flows)
    network = Network(architecture, SPEC, CLASSES, SHAPE)
    initialise(network, 0)
    torch.manual_seed(0)
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.1 * torch.randn(weight.shape))
    network.precision = torch.float64
    return network.double()


def test_outputs_and_gradients_are_those_of_the_formula(network: Network) -> None:
    images = torch.randint(0, 256, (8, *SHAPE), dtype=torch.uint8)
    maps = BY_HAND[network.architecture.name](network, images.double() / 255)
    features = [pool(x) for pool, x in zip(network.trunk.pools, maps, strict=True)]
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    ours, by_hand = (outcome(logits, weights) for logits in (network(images), network.decide(features)))
    for one, other in zip(ours, by_hand, strict=True):
        assert (one - other).abs().max() < 1e-5 * other.abs().max().clamp(min=1)
    assert all(gradient.any() for gradient in by_hand[NUM_LEVELS:])


def outcome(logits: list[Tensor], weights: list[nn.Parameter]) -> list[Tensor]:
    """The logits of all levels, and the gradient of some number of them for every weight."""
    total = sum((place + 1) * each.square().sum() for place, each in enumerate(logits))
    assert isinstance(total, Tensor)
    return [*logits, *torch.autograd.grad(total, weights)]
