import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from drawn_colours import drawn_colours
from forked import Forked
from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.errors import DataError, RequestError
from taskgraft.hardware import Hardware
from taskgraft.inference import folded
from taskgraft.network import Network, cost, initialise, trunk_family, twin, weights_digest
from taskgraft.network import _timm_import as timm_import
from taskgraft.network import _timm_weights as timm_weights
from taskgraft.network._timm_backbone import create_backbone
from taskgraft.network._timm_import import import_timm
from taskgraft.recipe import (
    RECIPES,
    BranchSpec,
    Muon,
    NetworkSpec,
    Recipe,
    Sgd,
    TimmTrunkSpec,
    follow_images,
    quick,
    recipe,
)
from taskgraft.training import Job, new_network, train, untrained_network, with_trunk

F32 = Hardware("cpu", "f32", channels_last=True, num_threads=1)
# The smallest of timm's own networks for tests.
TINY = "test_resnet"
SPEC = TimmTrunkSpec(backbone=TINY)
ARCHITECTURES = catalogue(["group", "colour"])


@pytest.fixture(scope="module")
def data() -> Dataset:
    """Two groups of two colours, 120 images of 32x32."""
    return drawn_colours(120, side=32, noise=20, num_test=20)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights as timm publishes them: colour, with a classifier of a thousand classes."""
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    torch.manual_seed(5)
    save_file(import_timm().create_model(TINY).state_dict(), path)
    return path


def network(name: str = "shared", spec: TimmTrunkSpec = SPEC, channels: int = 3, side: int = 32) -> Network:
    full = NetworkSpec(trunk=spec, branch=BranchSpec(fc_1=(), fc_2=(8,)), conventions="modern")
    return Network(ARCHITECTURES[name], full, (2, 4), (channels, side, side))


def backbones(network: Network) -> list[nn.Module]:
    """timm's network in each lane."""
    return [lane.backbone for lane in network.trunk.stages[0].lanes]


def test_stochastic_depth_leaves_out_blocks_of_some_images_while_training() -> None:
    spec = TimmTrunkSpec(backbone="test_vit", drop_path=0.5)
    built, plain = network(spec=spec), network(spec=spec.model_copy(update={"drop_path": 0.0}))
    plain.load_state_dict(built.state_dict())
    pixels = torch.randn(8, 3, 32, 32)
    torch.manual_seed(0)
    for module in (built, plain):
        # Batch norm aside.
        module.eval()
    for part in built.modules():
        if type(part).__name__ == "DropPath":
            part.train()
    assert not torch.equal(built.trunk(pixels)[0], plain.trunk(pixels)[0])
    assert torch.equal(built.eval().trunk(pixels)[0], plain.trunk(pixels)[0])


def test_a_recipe_on_a_published_trunk_has_another_one_published_too() -> None:
    tuned = with_trunk(recipe("finetune"), f"timm/{TINY}").network.trunk
    assert (tuned.weights, tuned.drop_path) == ("hub", 0.1)
    assert tuned.backbone.startswith(f"{TINY}.")
    assert with_trunk(quick(), f"timm/{TINY}").network.trunk.weights is None


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "backbone", [TINY, "test_convnext", "test_vit", "test_efficientnet", "mobilenetv3_small_050"]
)
def test_networks_of_every_kind_give_pooled_features(backbone: str, channels: int) -> None:
    built = network(spec=TimmTrunkSpec(backbone=backbone), channels=channels, side=64)
    images = torch.randint(0, 256, (2, channels, 64, 64), dtype=torch.uint8)
    logits = built(images)
    assert [tuple(level.shape) for level in logits] == [(2, 2), (2, 4)]
    sum(level.logsumexp(1).mean() for level in logits).backward()
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in built.trunk.parameters())


@pytest.mark.parametrize("backbone", [TINY, "test_vit"])
def test_features_are_those_of_timm(backbone: str) -> None:
    built = network(spec=TimmTrunkSpec(backbone=backbone), side=160).eval()
    plain = import_timm().create_model(backbone, num_classes=0).eval()
    plain.load_state_dict(backbones(built)[0].state_dict())
    pixels = torch.randn(2, 3, 160, 160)
    assert torch.equal(built.trunk(pixels)[0], plain(pixels))
    assert built.trunk.num_features == plain(pixels).shape[1]


def test_a_trunk_is_costed_without_weights() -> None:
    full = NetworkSpec(trunk=SPEC, branch=BranchSpec(fc_1=(), fc_2=(8,)), conventions="modern")
    shared, separate = (cost(ARCHITECTURES[n], full, (2, 4), (3, 32, 32)) for n in ("shared", "independent"))
    parameters = sum(p.numel() for p in create_backbone(SPEC, (3, 32, 32)).parameters())
    assert separate.num_trainable_parameters - shared.num_trainable_parameters == parameters
    assert separate.macs > 1.9 * shared.macs


def test_random_weights_are_paired_by_seed(data: Dataset) -> None:
    chosen = with_trunk(quick(), f"timm/{TINY}")
    torch.manual_seed(1)
    shared = untrained_network(Job(ARCHITECTURES["shared"], data, chosen, F32), 0)
    torch.manual_seed(2)
    separate = untrained_network(Job(ARCHITECTURES["independent"], data, chosen, F32), 0)
    other = untrained_network(Job(ARCHITECTURES["shared"], data, chosen, F32), 1)
    first, second = backbones(separate)
    for weight, *others in zip(*(each.parameters() for each in (shared.trunk, first, second)), strict=True):
        assert all(torch.equal(weight, each) for each in others)
    pairs = zip(shared.trunk.parameters(), other.trunk.parameters(), strict=True)
    assert any(not torch.equal(a, b) for a, b in pairs)


def test_beginning_leaves_the_global_stream_alone() -> None:
    built = network()
    torch.manual_seed(3)
    initialise(built, 0)
    after = torch.rand(3)
    torch.manual_seed(3)
    assert torch.equal(after, torch.rand(3))


def test_weights_of_a_file_reach_every_trunk_and_bring_their_normalisation(
    data: Dataset, weights: Path
) -> None:
    chosen = with_trunk(quick(), f"timm/{TINY}", str(weights))
    built = untrained_network(Job(ARCHITECTURES["independent"], data, chosen, F32), 0)
    published = load_file(weights)
    for backbone in backbones(built):
        for key, tensor in backbone.state_dict().items():
            assert torch.equal(tensor, published[key]), key
    config = import_timm().get_pretrained_cfg(TINY)
    assert built.pixel_mean.flatten().tolist() == pytest.approx([255 * m for m in config.mean])
    assert built.pixel_std.flatten().tolist() == pytest.approx([255 * s for s in config.std])
    scratch = new_network(Job(ARCHITECTURES["shared"], data, with_trunk(quick(), f"timm/{TINY}"), F32))
    assert scratch.pixel_mean.flatten().tolist() != pytest.approx([255 * m for m in config.mean])


def test_grey_images_see_what_colour_weights_make_of_them(weights: Path) -> None:
    spec = TimmTrunkSpec(backbone=TINY, weights=str(weights), weights_sha256=weights_digest(weights))
    grey, colour = (network(spec=spec, channels=channels) for channels in (1, 3))
    for built in (grey, colour):
        initialise(built, 0)
        built.eval()
    pixels = torch.randn(2, 1, 32, 32)
    torch.testing.assert_close(grey.trunk(pixels)[0], colour.trunk(pixels.expand(-1, 3, -1, -1))[0])
    mean, std = trunk_family(spec).normalisation(spec, 1)
    assert 0 < mean[0] < 255
    assert len(mean) == len(std) == 1


@pytest.mark.parametrize("name", ["shared-coarse-to-fine", "independent"])
def test_runs_learn_and_folding_changes_no_logits(data: Dataset, weights: Path, name: str) -> None:
    chosen = with_trunk(quick(), f"timm/{TINY}", str(weights))
    short = chosen.model_copy(update={"epochs": 6.0, "batch_size": 16})
    built, history = train(ARCHITECTURES[name], data, short, 0, F32)
    assert history[-1].train_loss < history[0].train_loss
    images = torch.from_numpy(data.images[:8])
    with torch.no_grad():
        for plain, fast in zip(
            built(images), folded(built, torch.float32, torch.channels_last)(images), strict=True
        ):
            torch.testing.assert_close(plain, fast, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("backbone", ["test_efficientnet", "densenet121", "test_vit"])
def test_folding_leaves_activations_inside_batch_norms_alone(backbone: str) -> None:
    built = network(spec=TimmTrunkSpec(backbone=backbone))
    for module in built.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 2)
    built.eval()
    images = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    with torch.no_grad():
        for plain, fast in zip(
            built(images), folded(built, torch.float32, torch.channels_last)(images), strict=True
        ):
            torch.testing.assert_close(plain, fast, rtol=1e-3, atol=1e-3)


def test_a_saved_network_loads_without_the_weights_it_began_with(
    data: Dataset, weights: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "gone.safetensors"
    copy.write_bytes(weights.read_bytes())
    chosen = with_trunk(quick(), f"timm/{TINY}", str(copy))
    built = untrained_network(Job(ARCHITECTURES["shared"], data, chosen, F32), 0)
    copy.unlink()
    read = Recipe.model_validate_json(chosen.model_dump_json())
    again = new_network(Job(ARCHITECTURES["shared"], data, read, F32))
    again.load_state_dict(built.state_dict())
    images = torch.from_numpy(data.images[:4])
    for one, other in zip(built.eval()(images), again.eval()(images), strict=True):
        assert torch.equal(one, other)
    with pytest.raises(DataError, match=r"that can be read, but got .*gone\.safetensors"):
        untrained_network(Job(ARCHITECTURES["shared"], data, chosen, F32), 0)


def test_other_weights_in_the_same_place_are_refused(data: Dataset, weights: Path, tmp_path: Path) -> None:
    copy = tmp_path / "changed.safetensors"
    copy.write_bytes(weights.read_bytes())
    chosen = with_trunk(quick(), f"timm/{TINY}", str(copy))
    save_file({"a": torch.zeros(1)}, copy)
    with pytest.raises(
        DataError, match=r"to be the weights this recipe was made with, SHA-256 [0-9a-f]{64}, but got"
    ):
        untrained_network(Job(ARCHITECTURES["shared"], data, chosen, F32), 0)
    for content in (copy.read_bytes(), b"not weights"):
        copy.write_bytes(content)
        chosen = with_trunk(quick(), f"timm/{TINY}", str(copy))
        with pytest.raises(DataError, match=f"to be weights of timm/{TINY}, but got") as caught:
            untrained_network(Job(ARCHITECTURES["shared"], data, chosen, F32), 0)
        assert "\n" not in str(caught.value)


def changed_file(weights: Path, path: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> Recipe:
    tensors = load_file(weights)
    change(tensors)
    save_file(tensors, path)
    return with_trunk(quick(), f"timm/{TINY}", str(path))


def nan(tensors: dict[str, torch.Tensor]) -> None:
    tensors["bn1.bias"][0] = torch.nan


def endless(tensors: dict[str, torch.Tensor]) -> None:
    tensors["bn1.running_var"][0] = torch.inf


def another_shape(tensors: dict[str, torch.Tensor]) -> None:
    tensors["conv1.0.weight"] = tensors["conv1.0.weight"][:1].clone()


def a_weight_less(tensors: dict[str, torch.Tensor]) -> None:
    del tensors["layer1.0.conv1.weight"]


def no_statistics(tensors: dict[str, torch.Tensor]) -> None:
    for name in [name for name in tensors if "running" in name]:
        del tensors[name]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (nan, r"but got 'bn1.bias with values that are not finite'"),
        (endless, r"but got 'bn1.running_var with values that are not finite'"),
        (another_shape, r"but got 'RuntimeError: size mismatch for conv1.0.weight"),
        (a_weight_less, r"but got 'a file without layer1.0.conv1.weight'"),
        (no_statistics, r"but got 'a file without the statistics of conv1.1'"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    change: Callable[[dict[str, torch.Tensor]], None],
    line: str,
    data: Dataset,
    weights: Path,
    tmp_path: Path,
) -> None:
    chosen = changed_file(weights, tmp_path / "odd.safetensors", change)
    with pytest.raises(DataError, match=line) as caught:
        untrained_network(Job(ARCHITECTURES["shared"], data, chosen, F32), 0)
    assert "\n" not in str(caught.value)


def test_keys_that_timm_has_no_use_for_are_not_listed(
    data: Dataset, weights: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def more(tensors: dict[str, torch.Tensor]) -> None:
        tensors.update({f"foreign.{number}": torch.zeros(1) for number in range(400)})

    chosen = changed_file(weights, tmp_path / "more.safetensors", more)
    untrained_network(Job(ARCHITECTURES["shared"], data, chosen, F32), 0)
    assert "foreign" not in caplog.text


def test_the_hub_out_of_reach_is_one_line(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: object, **options: object) -> nn.Module:
        assert options["pretrained"] is True
        raise OSError("no route\nto host")

    chosen = with_trunk(quick(), f"timm/{TINY}", "hub")
    assert chosen.network.trunk.backbone.startswith(f"{TINY}.")
    # Built and costed without a download; only a run's beginning asks for the weights.
    new_network(Job(ARCHITECTURES["shared"], data, chosen, F32))
    monkeypatch.setattr(timm_weights, "create_backbone", fails)
    with pytest.raises(DataError, match=r"from the hub, but got 'OSError: no route'\. Connect, or name"):
        untrained_network(Job(ARCHITECTURES["shared"], data, chosen, F32), 0)


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_give_up_only_what_such_a_trunk_rules_out(name: str) -> None:
    known, chosen = recipe(name), with_trunk(recipe(name), "timm/resnet18")
    assert Recipe.model_validate_json(chosen.model_dump_json()) == chosen
    assert chosen.growth == ()
    assert chosen.optimizer.kind != "muon"
    if not isinstance(known.optimizer, Muon):
        assert chosen.optimizer == known.optimizer
    assert (chosen.epochs, chosen.augmentation, chosen.network.branch) == (
        known.epochs,
        known.augmentation,
        known.network.branch,
    )
    assert follow_images(chosen, (3, 300, 300)) is chosen


def test_trained_weights_are_moved_more_gently(weights: Path) -> None:
    scratch, trained = (with_trunk(quick(), f"timm/{TINY}", w).optimizer for w in (None, str(weights)))
    assert isinstance(scratch, Sgd)
    assert isinstance(trained, Sgd)
    assert trained.learning_rate < scratch.learning_rate


@pytest.mark.parametrize(
    ("trunk", "weights", "message"),
    [
        ("resnet18", None, r"Expected trunk to be timm/<network>, but got 'resnet18'"),
        ("timm/", None, r"Expected trunk to be timm/<network>, but got 'timm/'"),
        ("timm/resnet81", None, r"a network of timm, but got 'timm/resnet81'\. Did you mean 'timm/resnet"),
        ("timm/resnet18.nonesuch", None, r"published by timm with the tag it names, but got"),
        ("timm/resnet18", "weights.pth", r"'hub' or a .safetensors file, but got 'weights.pth'"),
        ("timm/resnet18", "gone.safetensors", r"that can be read, but got 'gone.safetensors'\. No such file"),
    ],
)
def test_what_cannot_be_had_is_said_in_one_line(trunk: str, weights: str | None, message: str) -> None:
    with pytest.raises((RequestError, DataError), match=message) as caught:
        with_trunk(quick(), trunk, weights)
    assert "\n" not in str(caught.value)


def test_images_a_network_cannot_look_at_are_refused() -> None:
    with pytest.raises(RequestError, match=r"of a size that timm/inception_v3 can look at, but got '32x32'"):
        network(spec=TimmTrunkSpec(backbone="inception_v3"))


def test_a_trunk_from_timm_has_no_twin_of_another_width() -> None:
    full = NetworkSpec(trunk=SPEC, branch=BranchSpec(fc_1=(), fc_2=(8,)), conventions="modern")
    with pytest.raises(
        RequestError,
        match=r"as wide as it is made, but got 'width ratio .*Leave match out",
    ):
        twin(ARCHITECTURES["shared"], ARCHITECTURES["independent"], "macs", full, (2, 4), (3, 32, 32))
    assert full.scaled(1.0) == full


def test_without_timm_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timm_import.importlib.util, "find_spec", lambda name: None)
    import_timm.cache_clear()
    try:
        with pytest.raises(RequestError, match=r"pip install taskgraft\[timm\]"):
            with_trunk(quick(), "timm/resnet18")
    finally:
        import_timm.cache_clear()


def has_torchvision_after_timm(folder: Path) -> bool:
    """Whether torchvision is loaded after timm was, where it is the module in a folder."""
    sys.path.insert(0, str(folder))
    assert import_timm().create_model(TINY) is not None
    return "torchvision" in sys.modules


@pytest.mark.parametrize(
    "module",
    [
        # Built for another torch: what it is found to be before and after is its own affair.
        "raise RuntimeError('operator torchvision::nms does not exist')",
        "raise ImportError('not here')",
    ],
)
def test_a_torchvision_that_does_not_import_is_done_without(tmp_path: Path, module: str) -> None:
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text(module)
    assert not Forked(has_torchvision_after_timm, tmp_path).result()


def test_a_torchvision_that_works_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    sentinel = type(sys)("torchvision")
    monkeypatch.setitem(sys.modules, "torchvision", sentinel)
    before = list(sys.meta_path)
    with timm_import._vision_that_imports():
        assert sys.meta_path == before
        assert importlib.import_module("torchvision") is sentinel
