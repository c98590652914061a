from __future__ import annotations

import pytest
import torch
from lane_parts import lane_of
from torch import Tensor

from taskgraft.architecture import NAMES, Architecture, Flow, catalogue
from taskgraft.architecture._spec import Carried
from taskgraft.errors import ArchitectureError, RequestError
from taskgraft.network import Network, initialise
from taskgraft.recipe import recipe

SPEC = recipe("quick").network
IMAGES = torch.randint(0, 256, (6, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def built(architecture: Architecture, num_classes: tuple[int, ...], seed: int = 0) -> Network:
    network = Network(architecture, SPEC, num_classes, (3, 16, 16)).eval()
    initialise(network, seed)
    return network


def gradients(network: Network, level: int) -> dict[str, float]:
    """Largest gradient of one level's logits in each trunk and branch; 0 where none arrives."""
    network.zero_grad()
    network(IMAGES)[level].square().sum().backward()
    parts = {
        **{f"trunk {i}": lane_of(network, i) for i in range(len(network.lanes))},
        **{f"branch {i}": b for i, b in enumerate(network.branches)},
    }
    return {
        name: max(0.0 if p.grad is None else p.grad.abs().max().item() for p in part.parameters())
        for name, part in parts.items()
    }


def carried_into(network: Network, level: int) -> list[Tensor]:
    """What flows into a branch, and then the network's own outputs."""
    seen: list[Tensor] = []
    hook = network.branches[level].register_forward_pre_hook(lambda module, inputs: seen.extend(inputs[1]))
    outputs = network(IMAGES)
    hook.remove()
    return [*seen, *outputs]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("num_classes", [(2, 5), (2, 5, 9)])
def test_every_level_gets_its_logits(name: str, num_classes: tuple[int, ...]) -> None:
    levels = ("kingdom", "family", "species")[: len(num_classes)]
    logits = built(catalogue(levels)[name], num_classes)(IMAGES)
    assert [tuple(each.shape) for each in logits] == [(6, k) for k in num_classes]
    assert all(each.isfinite().all() for each in logits)


@pytest.mark.parametrize("passes", [True, False])
def test_a_flow_passes_the_gradient_or_stops_it(passes: bool) -> None:
    flow = Flow("a", "b", passes_gradient=passes)
    found = gradients(built(Architecture("mine", ("a", "b"), "separate", (flow,)), (2, 5)), level=1)
    assert found["trunk 1"] > 0
    assert found["branch 1"] > 0
    assert (found["trunk 0"] > 0) == passes
    assert (found["branch 0"] > 0) == passes


def test_a_source_learns_nothing_from_whom_it_does_not_feed() -> None:
    found = gradients(built(catalogue(("a", "b"))["coarse-to-fine"], (2, 5)), level=0)
    assert found["trunk 1"] == found["branch 1"] == 0


@pytest.mark.parametrize("carries", ["logits", "probs"])
def test_what_flows_is_what_the_flow_says(carries: Carried) -> None:
    architecture = Architecture("mine", ("a", "b"), "shared", (Flow("a", "b", carries),))
    carried, source, _ = carried_into(built(architecture, (3, 5)), level=1)
    torch.testing.assert_close(carried, source if carries == "logits" else source.softmax(dim=1))


def test_sources_are_concatenated_coarsest_first() -> None:
    flows = (Flow("b", "c"), Flow("a", "c"), Flow("a", "b"))
    found = carried_into(built(Architecture("mine", ("a", "b", "c"), "shared", flows), (2, 3, 4)), level=2)
    from_a, from_b, a, b, _ = found
    assert torch.equal(from_a, a)
    assert torch.equal(from_b, b)


def test_the_flow_reaches_the_target() -> None:
    network = built(catalogue(("a", "b"))["coarse-to-fine"], (2, 5))
    before = network(IMAGES)
    with torch.no_grad():
        network.branches[0].head.bias.add_(1.0)
    after = network(IMAGES)
    assert not torch.allclose(before[1], after[1])
    torch.testing.assert_close(after[0], before[0] + 1)


def test_outputs_follow_the_levels_whatever_order_they_are_computed_in() -> None:
    flows = (Flow("c", "a"), Flow("a", "b"))
    first = built(Architecture("mine", ("a", "b", "c"), "separate", flows), (2, 3, 4), seed=1)
    permuted = built(Architecture("mine", ("c", "a", "b"), "separate", flows), (4, 2, 3), seed=2)
    for old, new in ((0, 1), (1, 2), (2, 0)):
        lane_of(permuted, new).load_state_dict(lane_of(first, old).state_dict())
        permuted.branches[new].load_state_dict(first.branches[old].state_dict())
    a, b, c = first(IMAGES)
    torch.testing.assert_close(permuted(IMAGES), [c, a, b])


@pytest.mark.parametrize(("name", "num_changed"), [("shared", 3), ("independent", 1)])
def test_a_shared_trunk_serves_all_levels_and_a_separate_one_its_own(name: str, num_changed: int) -> None:
    network = built(catalogue(("a", "b", "c"))[name], (2, 3, 4))
    before = network(IMAGES)
    with torch.no_grad():
        next(network.trunk.parameters()).mul_(3)
    changed = [not torch.allclose(old, new) for old, new in zip(before, network(IMAGES), strict=True)]
    assert changed == [i < num_changed for i in range(3)]


def test_pixels_are_normalised_inside() -> None:
    architecture = catalogue(("a", "b"))["shared"]
    mean, std = (10.0, 20.0, 30.0), (40.0, 50.0, 60.0)
    plain = Network(architecture, SPEC, (2, 5), (3, 16, 16), mean=(0.0,), std=(1.0,)).eval()
    within = Network(architecture, SPEC, (2, 5), (3, 16, 16), mean=mean, std=std).eval()
    within.trunk.load_state_dict(plain.trunk.state_dict())
    within.branches.load_state_dict(plain.branches.state_dict())
    by_hand = (IMAGES.float() - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
    torch.testing.assert_close(within(IMAGES), plain(by_hand))


@pytest.mark.parametrize("num_classes", [(5,), (2, 5, 9)])
def test_every_level_needs_its_number_of_classes(num_classes: tuple[int, ...]) -> None:
    with pytest.raises(ArchitectureError, match=r"class counts for 'shared' to be 2 numbers, but got \("):
        Network(catalogue(("a", "b"))["shared"], SPEC, num_classes, (3, 16, 16))


@pytest.mark.parametrize(("recipe_name", "least"), [("original", 4), ("fast", 9)])
def test_images_too_small_to_be_halved_are_refused(recipe_name: str, least: int) -> None:
    spec = recipe(recipe_name).network
    architecture = catalogue(("a",))["independent"]
    with torch.device("meta"):
        Network(architecture, spec, (3,), (3, least, least))
        for shape in ((3, least - 1, least), (3, least, least - 1)):
            with pytest.raises(RequestError, match=f"at least {least} pixels a side"):
                Network(architecture, spec, (3,), shape)
