"""A network of timm in stages: the same numbers, to the bit, or refused with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from taskgraft.architecture import Architecture, known_architectures
from taskgraft.hardware import Hardware
from taskgraft.network import Network, cost, initialise, trunk_family, weights_digest
from taskgraft.network._timm_import import import_timm
from taskgraft.recipe import BranchSpec, NetworkSpec, TimmTrunkSpec

F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)
TINY, NUM_STAGES = "test_resnet", 5
SPEC = TimmTrunkSpec(backbone=TINY)
KNOWN = known_architectures(["group", "colour"], NUM_STAGES)
# Several ways to be a row of modules: sequences of sequences, a head with weights, channels last.
STAGES = {
    TINY: 5,
    "test_efficientnet": 5,
    "test_convnext": 4,
    "test_mambaout": 4,
    "mobilenetv3_small_050": 5,
    "mobilenetv4_conv_small": 5,
    "regnety_002": 5,
    "hgnetv2_b0": 4,
    "densenet121": 5,
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    torch.manual_seed(5)
    save_file(import_timm().create_model(TINY).state_dict(), path)
    return path


def divided(spec: TimmTrunkSpec = SPEC, side: int = 32) -> TimmTrunkSpec:
    stages = trunk_family(spec).divided(spec, (3, side, side))
    assert isinstance(stages, TimmTrunkSpec)
    return stages


def network_spec(trunk: TimmTrunkSpec) -> NetworkSpec:
    return NetworkSpec(trunk=trunk, branch=BranchSpec(fc_1=(), fc_2=(8,)), conventions="modern")


def network(architecture: Architecture, trunk: TimmTrunkSpec, side: int = 32, seed: int = 0) -> Network:
    torch.manual_seed(seed)
    built = Network(architecture, network_spec(trunk), (2, 4), (3, side, side))
    initialise(built, seed)
    return built


def weights_of_lanes(built: Network) -> list[dict[str, Tensor]]:
    """By the names that timm has for them, those of each lane behind the last stage, shared ones in each."""
    num_lanes = len(built.trunk.stages[-1].lanes)
    lanes: list[dict[str, Tensor]] = [{} for _ in range(num_lanes)]
    for stage in built.trunk.each_stage():
        for place, lane in enumerate(lanes):
            part = stage.lanes[min(place, len(stage.lanes) - 1)]
            lane.update(part.get_submodule("backbone").state_dict())
    return lanes


@pytest.mark.parametrize("backbone", STAGES)
@pytest.mark.parametrize("is_training", [False, True])
def test_stages_give_what_timm_gives_to_the_bit(backbone: str, is_training: bool) -> None:
    spec = divided(TimmTrunkSpec(backbone=backbone))
    assert spec.num_stages == STAGES[backbone]
    built = network(KNOWN["shared"], spec).train(is_training)
    plain = import_timm().create_model(backbone, num_classes=0).train(is_training)
    (lane,) = weights_of_lanes(built)
    assert plain.load_state_dict(lane).missing_keys == []
    pixels = torch.randn(2, 3, 32, 32)
    torch.manual_seed(1)
    expected = plain(pixels)
    torch.manual_seed(1)
    assert torch.equal(built.trunk(pixels)[0], expected.flatten(1))


@pytest.mark.parametrize("backbone", ["test_mambaout", "test_convnext"])
def test_stages_hand_over_maps_with_channels_first(backbone: str) -> None:
    built = network(KNOWN["shared"], divided(TimmTrunkSpec(backbone=backbone), side=64), side=64)
    channels = [info["num_chs"] for info in import_timm().create_model(backbone).feature_info]
    maps = torch.randn(2, 3, 64, 64)
    for stage, width in zip(list(built.trunk.each_stage())[:-1], channels[:-1], strict=True):
        (maps,) = stage([maps], [])
        assert maps.shape[:2] == (2, width)
        assert maps.shape[2] == maps.shape[3]


def test_one_stage_keeps_the_names_and_the_weights_that_it_had() -> None:
    built, parts = (network(KNOWN["shared"], spec) for spec in (SPEC, divided()))
    prefix = "stages.0.lanes.0.backbone."
    weights = {name.removeprefix(prefix): each for name, each in built.trunk.state_dict().items()}
    assert weights.keys() == import_timm().create_model(TINY, num_classes=0).state_dict().keys()
    (divided_weights,) = weights_of_lanes(parts)
    assert weights.keys() == divided_weights.keys()
    assert all(torch.equal(weights[name], each) for name, each in divided_weights.items())


@pytest.mark.parametrize("name", ["independent", "forked-3", "cross-stitch", "forked-1"])
def test_weights_of_a_file_reach_every_lane(name: str, weights: Path) -> None:
    spec = SPEC.model_copy(update={"weights": str(weights), "weights_sha256": weights_digest(weights)})
    published = load_file(weights)
    for lane in weights_of_lanes(network(KNOWN[name], divided(spec))):
        assert lane
        assert all(torch.equal(published[key], each) for key, each in lane.items())


def test_a_file_is_read_once_for_all_stages_and_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    from taskgraft.network import _timm_weights as timm_weights

    read: list[TimmTrunkSpec] = []
    begun = timm_weights.begun
    monkeypatch.setattr(timm_weights, "begun", lambda spec, shape: read.append(spec) or begun(spec, shape))
    network(KNOWN["forked-2"], divided())
    assert len(read) == 1


def test_experts_begin_apart_each_as_one_network_would() -> None:
    first, second, third = (
        {name: each for name, each in lane.items() if name.startswith("layer4.")}
        for lane in weights_of_lanes(network(KNOWN["ple"], divided()))
    )
    for one, other in ((first, second), (second, third)):
        assert any(not torch.equal(one[name], other[name]) for name in one)


def test_a_fork_begins_as_shared_and_parts_behind_its_stage() -> None:
    spec, images = divided(), torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8)
    shared, forked = (network(KNOWN[name], spec).eval() for name in ("shared", "forked-3"))
    for one, other in zip(shared(images), forked(images), strict=True):
        assert torch.equal(one, other)
    assert [len(stage.lanes) for stage in forked.trunk.each_stage()] == [1, 1, 1, 2, 2]
    costs = [
        cost(KNOWN[name], network_spec(spec), (2, 4), (3, 32, 32))
        for name in ("shared", "forked-4", "forked-3", "forked-2", "forked-1", "independent")
    ]
    assert [each.macs for each in costs] == sorted({each.macs for each in costs})
    assert [each.num_parameters for each in costs] == sorted({each.num_parameters for each in costs})
    undivided = cost(KNOWN["shared"], network_spec(SPEC), (2, 4), (3, 32, 32))
    assert undivided == costs[0]


def test_stochastic_depth_leaves_out_blocks_of_stages_while_training() -> None:
    spec = divided(TimmTrunkSpec(backbone="test_convnext", drop_path=0.5))
    built, pixels = network(KNOWN["shared"], spec), torch.randn(8, 3, 32, 32)
    assert {type(part).__name__ for part in built.trunk.modules()} >= {"DropPath"}
    first, second = (built.train().trunk(pixels)[0] for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(built.eval().trunk(pixels)[0], built.trunk(pixels)[0])
