"""A trunk that forks, against a network written out by hand and against its two ends."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from lane_parts import lane_of, stem_of
from torch import Tensor
from torch.nn import functional as F

from taskgraft.architecture import Architecture, Flow, catalogue
from taskgraft.errors import ArchitectureError
from taskgraft.hardware import choose_hardware
from taskgraft.inference import folded
from taskgraft.network import Network, cost, initialise, whiten_stems
from taskgraft.recipe import BranchSpec, CompactSpec, KerasBlocksSpec, NetworkSpec

LEVELS, CLASSES, SHAPE = ("a", "b", "c"), (2, 5, 9), (3, 17, 17)
COMPACT = NetworkSpec(
    trunk=CompactSpec(stem_width="whitened", stage_widths=(6, 8, 10)),
    branch=BranchSpec(fc_1=(), fc_2=(8,)),
    conventions="modern",
)
KERAS = NetworkSpec(
    trunk=KerasBlocksSpec(stem_width=4, stage_widths=(6, 8)),
    branch=BranchSpec(fc_1=(16, 12), fc_2=(8,), dropout=0.2),
    conventions="keras",
)
SPECS = pytest.mark.parametrize("spec", [COMPACT, KERAS], ids=["compact", "keras"])
IMAGES = torch.randint(0, 256, (6, *SHAPE), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
DOWN = (Flow("a", "b"), Flow("b", "c", "features"))


def forked(*forks: int, flows: tuple[Flow, ...] = ()) -> Architecture:
    return Architecture("mine", LEVELS, "forked", flows, forks=forks)


def built(architecture: Architecture, spec: NetworkSpec, seed: int = 0) -> Network:
    network = Network(architecture, spec, CLASSES, SHAPE)
    initialise(network, seed)
    return network


def trained(network: Network) -> list[float]:
    """Three steps of plain gradient descent; the losses."""
    torch.manual_seed(0)
    network.train()
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.05)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = torch.stack([F.cross_entropy(x, torch.arange(6) % x.shape[1]) for x in network(IMAGES)]).sum()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@SPECS
@pytest.mark.parametrize("flows", [(), DOWN])
@pytest.mark.parametrize("end", ["separate", "shared"])
def test_its_two_ends_are_separate_and_shared(spec: NetworkSpec, flows: tuple[Flow, ...], end: str) -> None:
    fork = 0 if end == "separate" else spec.trunk.num_stages
    plain = Architecture("plain", LEVELS, end, flows)  # type: ignore[arg-type]
    same = forked(fork, fork, fork, flows=flows)
    wanted, found = built(plain, spec), built(same, spec)
    assert list(found.state_dict()) == list(wanted.state_dict())
    for name, value in wanted.state_dict().items():
        assert torch.equal(found.state_dict()[name], value), name
    assert cost(same, spec, CLASSES, SHAPE) == cost(plain, spec, CLASSES, SHAPE)
    assert trained(found) == trained(wanted)


@SPECS
def test_every_fork_computes_what_a_whole_trunk_does(spec: NetworkSpec) -> None:
    """With the paired weights of the start, nobody can tell where a trunk forks."""
    wanted = built(catalogue(LEVELS)["shared"], spec).eval()(IMAGES)
    for forks in itertools.product(range(spec.trunk.num_stages + 1), repeat=3):
        for own, other in zip(built(forked(*forks), spec).eval()(IMAGES), wanted, strict=True):
            torch.testing.assert_close(own, other)


@SPECS
@pytest.mark.parametrize("forks", [(1, 1, 1), (0, 1, 2), (2, 0, 1)])
def test_a_layer_has_the_weights_it_has_in_every_other_architecture(
    spec: NetworkSpec, forks: tuple[int, ...]
) -> None:
    shared = lane_of(built(catalogue(LEVELS)["shared"], spec, seed=5)).state_dict()
    network = built(forked(*forks), spec, seed=5)
    for level in range(3):
        lane = lane_of(network, level).state_dict()
        assert list(lane) == list(shared)
        assert all(torch.equal(value, shared[name]) for name, value in lane.items())


def test_a_level_leaves_the_common_trunk_after_its_own_fork() -> None:
    """Whose logits change with a stage's weights: by hand, stage by stage."""
    network = built(forked(0, 1, 3), COMPACT).eval()
    before = network(IMAGES)
    # Stage and lane, and who looks through it.
    parts = {(0, 0): {1, 2}, (0, 1): {0}, (1, 0): {2}, (1, 1): {0}, (1, 2): {1}, (2, 0): {2}, (2, 2): {1}}
    for (stage, lane), changed in parts.items():
        part = network.trunk.stages[stage].lanes[lane]
        weight = [p for p in part.parameters() if p.ndim == 4][-1]
        with torch.no_grad():
            weight.mul_(3)
            after = network(IMAGES)
            weight.div_(3)
        found = {i for i in range(3) if not torch.allclose(before[i], after[i], atol=1e-5)}
        assert found == changed


@SPECS
@given(st.data())
@settings(max_examples=15, deadline=None)
def test_what_is_shared_is_not_paid_for_twice(spec: NetworkSpec, data: st.DataObject) -> None:
    """Parameters by hand: the stages up to the deepest fork once, those after a level's own for it alone."""
    last = spec.trunk.num_stages
    forks = tuple(data.draw(st.lists(st.integers(0, last), min_size=3, max_size=3)))
    lane = lane_of(Network(catalogue(LEVELS)["shared"], spec, CLASSES, SHAPE))

    def size(start: int, end: int) -> int:
        return sum(p.numel() for stage in lane[start:end] for p in stage.parameters())

    trunk = Network(forked(*forks), spec, CLASSES, SHAPE).trunk
    num_parameters = sum(p.numel() for p in trunk.parameters())
    assert num_parameters == size(0, max(forks)) + sum(size(fork, last) for fork in forks)


def test_every_stem_is_whitened_and_nothing_else() -> None:
    network = built(forked(0, 1, 3), COMPACT)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    whiten_stems(network, IMAGES)
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {f"trunk.stages.0.lanes.{lane}.0.weight" for lane in (0, 1)}
    assert torch.equal(stem_of(network, 0).weight, stem_of(network, 1).weight)
    assert not stem_of(network).weight.requires_grad


@SPECS
@pytest.mark.parametrize("forks", [(1, 1, 1), (0, 1, 2)])
def test_folded_it_gives_the_same_without_batch_norms(spec: NetworkSpec, forks: tuple[int, ...]) -> None:
    network = built(forked(*forks, flows=DOWN), spec)
    trained(network)
    fast = folded(network, torch.float32, torch.channels_last)
    for own, other in zip(fast(IMAGES), network.eval()(IMAGES), strict=True):
        torch.testing.assert_close(own, other, atol=2e-4, rtol=1e-3)
    halved = folded(network, torch.bfloat16, choose_hardware("cpu", 1).memory_format)
    assert all(value.dtype == torch.bfloat16 for value in halved.trunk.parameters())


def test_forks_beyond_the_stages_are_refused() -> None:
    with pytest.raises(ArchitectureError, match=r"fork of 'b' in 'mine' to be at most 3.*but got 4"):
        Network(forked(1, 4, 1), COMPACT, CLASSES, SHAPE)


@SPECS
@pytest.mark.parametrize("passes", [True, False])
def test_features_flow_as_fc_1_gave_them(spec: NetworkSpec, passes: bool) -> None:
    flow = Flow("a", "c", "features", passes)
    network = built(Architecture("mine", LEVELS, "separate", (flow,)), spec).eval()
    seen: list[Tensor] = []
    network.branches[2].register_forward_pre_hook(lambda module, inputs: seen.extend(inputs[1]))
    logits = network(IMAGES)
    pixels = IMAGES.float() / 255
    wanted = network.branches[0].fc_1(network.trunk(pixels)[0])
    torch.testing.assert_close(seen[0], wanted)
    assert seen[0].shape[1] == (spec.branch.fc_1 or spec.trunk.stage_widths)[-1]
    logits[2].square().sum().backward()
    gradients = [p.grad for p in lane_of(network, 0).parameters() if p.requires_grad]
    assert any(g is not None and bool(g.any()) for g in gradients) == passes
    assert network.branches[0].head.weight.grad is None
