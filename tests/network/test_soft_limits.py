"""Where soft architectures become the separate or the shared trunks between which they lie."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import mixer_laws
from taskgraft.architecture import SOFT_NAMES, catalogue, known_architectures
from taskgraft.network import MIXERS, Network, initialise
from taskgraft.recipe import BranchSpec, CompactSpec, NetworkSpec, TimmTrunkSpec

LEVELS, CLASSES, SHAPE = ("a", "b", "c"), (2, 3, 4), (3, 19, 19)
SPEC = NetworkSpec(
    trunk=CompactSpec(stem_width=4, stage_widths=(4, 6, 5)),
    branch=BranchSpec(fc_1=(), fc_2=(6,)),
    conventions="modern",
)
IMAGES = torch.randint(0, 256, (4, *SHAPE), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def built(name: str, spec: NetworkSpec = SPEC, shape: tuple[int, int, int] = SHAPE) -> Network:
    network = Network(known_architectures(LEVELS, spec.trunk.num_stages)[name], spec, CLASSES, shape)
    initialise(network, 3)
    return network.eval()


def check_same(ours: list[Tensor], others: list[Tensor]) -> None:
    for one, other in zip(ours, others, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def move_lanes(network: Network) -> None:
    """Gives each lane other weights; mixers stay."""
    generator = torch.Generator().manual_seed(1)
    for stage in network.trunk.stages:
        for weight in stage.lanes.parameters():
            weight.data += 0.1 * torch.randn(weight.shape, generator=generator)


def test_cross_stitch_begins_as_separate_trunks() -> None:
    """Lanes of one seed begin alike, and what a lane takes sums to one."""
    mixer_laws.assert_alike_lanes_stay(MIXERS["cross-stitch"])
    check_same(built("cross-stitch")(IMAGES), built("independent")(IMAGES))


def test_without_cross_weights_cross_stitch_is_separate_trunks() -> None:
    stitched, separate = built("cross-stitch"), built("independent")
    move_lanes(stitched)
    move_lanes(separate)
    for mixer in stitched.trunk.mixers():
        mixer.shares.data = torch.eye(3)[:, :, None].expand_as(mixer.shares).clone()
    assert not torch.equal(separate.features(IMAGES)[0], separate.features(IMAGES)[1])
    check_same(stitched(IMAGES), separate(IMAGES))


def test_without_cross_weights_no_loss_of_nddr_reaches_another_lane() -> None:
    network = built("nddr")
    move_lanes(network)
    for mixer in network.trunk.mixers():
        for lane, (reduce, *_) in enumerate(mixer.reduced):
            width = reduce.out_channels
            kept = torch.zeros_like(reduce.weight)
            kept[:, lane * width : (lane + 1) * width] = reduce.weight[:, lane * width : (lane + 1) * width]
            reduce.weight.data = kept
    first = network.trunk.stages[0].lanes
    for level, logits in enumerate(network(IMAGES)):
        for lane, layers in enumerate(first):
            weight = next(layers.parameters())
            (gradient,) = torch.autograd.grad(logits.square().sum(), weight, retain_graph=True)
            assert bool(gradient.any()) == (lane == level)


def test_open_masks_show_all_levels_the_same() -> None:
    network = built("mtan")
    for mixer in network.trunk.mixers():
        for attention in mixer.attention:
            nn.init.constant_(attention[4].bias, 50.0)
    one, *others = network.features(IMAGES)
    check_same(others, [one] * 2)


def test_gates_that_choose_the_expert_of_a_level_are_a_fork() -> None:
    """With all of the share at its expert, CGC is the network of `forked-1`."""
    network, image = built("cgc"), IMAGES[:1]
    move_lanes(network)
    common = network.trunk.stages[0].lanes[0]((image.float() - network.pixel_mean) / network.pixel_std)
    means = common.mean(dim=(0, 2, 3)).detach()
    for gate in network.trunk.stages[2].mixer.gates:
        # Scores of -1,000 for the shared expert and 1,000 for the other.
        gate.weight.data = torch.stack([-means, means]) * 1000 / means.square().sum()
    forked = Network(known_architectures(LEVELS, 3)["forked-1"], SPEC, CLASSES, SHAPE).eval()
    forked.trunk.stages[0].load_state_dict(network.trunk.stages[0].state_dict())
    for here, there in zip(list(forked.trunk.stages)[1:], list(network.trunk.stages)[1:], strict=True):
        for level, lane in enumerate(here.lanes):
            lane.load_state_dict(there.lanes[1 + level].state_dict())
    forked.branches.load_state_dict(network.branches.state_dict())
    check_same(network(image), forked(image))


def test_experts_begin_apart_and_the_first_as_every_trunk_does() -> None:
    shared = Network(catalogue(LEVELS)["shared"], SPEC, CLASSES, SHAPE)
    initialise(shared, 3)
    usual = next(shared.trunk.stages[1].parameters())
    experts = [next(lane.parameters()) for lane in built("mmoe").trunk.stages[1].lanes]
    assert torch.equal(experts[0], usual)
    assert len({tuple(weight.flatten().tolist()) for weight in experts}) == 4


@pytest.mark.parametrize("name", SOFT_NAMES[:-1])
def test_a_trunk_of_timm_is_one_stage(name: str) -> None:
    """What leaves it are features: they are mixed, masked or chosen from all the same."""
    spec = SPEC.model_copy(update={"trunk": TimmTrunkSpec(backbone="test_resnet")})
    network = built(name, spec, (3, 32, 32)).train()
    images = torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8)
    logits = network(images)
    assert [tuple(each.shape) for each in logits] == [(4, 2), (4, 3), (4, 4)]
    sum(each.square().sum() for each in logits).backward()  # type: ignore[union-attr]
    assert all(weight.grad is not None for weight in network.trunk.parameters() if weight.requires_grad)
