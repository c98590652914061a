import pytest
import torch

from taskgraft.architecture import catalogue
from taskgraft.errors import RequestError
from taskgraft.network import Network, cost, initialise
from taskgraft.recipe import RECIPES, FlipShift, Recipe, follow_images, quick, recipe
from taskgraft.recipe._recipes import fast, original
from taskgraft.training._growth import shrink

# A backbone of timm fits images of any size as it is, and its weights are downloaded.
STAGED = [name for name in RECIPES if recipe(name).network.trunk.family != "timm"]
ARCHITECTURE = catalogue(["coarse", "fine"])["shared-coarse-to-fine"]


def followed(name: str, side: int, channels: int = 3) -> Recipe:
    return follow_images(recipe(name), (channels, side, side))


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 28, 28), (3, 16, 200), (3, 32, 48)])
def test_images_no_larger_than_a_recipe_is_made_for_change_nothing(
    name: str, shape: tuple[int, int, int]
) -> None:
    assert follow_images(recipe(name), shape) == recipe(name)


@pytest.mark.parametrize(
    ("side", "num_more"), [(40, 0), (45, 0), (46, 1), (48, 1), (64, 1), (96, 2), (128, 2), (224, 3), (512, 4)]
)
@pytest.mark.parametrize("name", STAGED)
def test_each_doubling_of_the_side_puts_a_narrower_stage_in_front(
    name: str, side: int, num_more: int
) -> None:
    known, trunk = recipe(name).network.trunk, followed(name, side).network.trunk
    widths = trunk.stage_widths
    assert widths[num_more:] == known.stage_widths
    for width, after in zip(widths[:num_more], widths[1:], strict=False):
        assert width == max(16, after // 2)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [16, 17, 31, 33, 46, 90, 91, 182, 224, 512])
@pytest.mark.parametrize("name", STAGED)
def test_every_recipe_learns_from_images_of_every_size(name: str, side: int, channels: int) -> None:
    chosen = followed(name, side, channels)
    network = Network(ARCHITECTURE, chosen.network, (2, 4), (channels, side, side))
    initialise(network, 0)
    images = torch.randint(
        0, 256, (2, channels, side, side), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    for ratio in {min(chosen.growth, default=1.0), 1.0}:
        logits = network(shrink(images, ratio))
        assert [tuple(level.shape) for level in logits] == [(2, 2), (2, 4)]
    torch.stack([level.logsumexp(1).mean() for level in logits]).sum().backward()
    for name_, weight in network.named_parameters():
        assert not weight.requires_grad or (weight.grad is not None and weight.grad.isfinite().all()), name_


@pytest.mark.parametrize("side", [64, 128])
def test_dense_layers_do_not_grow_with_the_images(side: int) -> None:
    for name in STAGED:
        small, large = (
            Network(ARCHITECTURE, followed(name, s).network, (2, 4), (3, s, s)).branches[0]
            for s in (32, side)
        )
        assert [p.shape for p in large.parameters()] == [p.shape for p in small.parameters()]


@pytest.mark.parametrize("name", STAGED)
def test_costs_grow_far_less_than_the_number_of_pixels(name: str) -> None:
    def macs(side: int) -> int:
        return cost(ARCHITECTURE, followed(name, side).network, (2, 4), (3, side, side)).macs

    # `quick` is so narrow that its first stage, of 16 channels, is most of it at 224 pixels.
    most = {"quick": 22.0}.get(name, 3.5)
    assert macs(224) <= most * macs(32) < 49 * macs(32)
    assert macs(64) <= 2.3 * macs(32)


def test_shifts_grow_in_proportion() -> None:
    shifts = []
    for side in (32, 48, 64, 224):
        augmentation = followed("fast", side).augmentation
        assert isinstance(augmentation, FlipShift)
        shifts.append(augmentation.max_shift)
    assert shifts == [2, 3, 4, 14]
    # An affine map's shift is a share of the side already.
    assert followed("original", 64).augmentation == original().augmentation


@pytest.mark.parametrize("side", [40, 64, 96, 224])
@pytest.mark.parametrize("name", RECIPES)
def test_following_twice_is_following_once(name: str, side: int) -> None:
    once = followed(name, side)
    assert follow_images(once, (3, side, side)) == once
    assert Recipe.model_validate_json(once.model_dump_json()) == once


def test_a_wide_stem_narrows_with_the_first_stage() -> None:
    assert followed("original", 128).network.trunk.stem_width == 16
    assert followed("fast", 128).network.trunk.stem_width == "whitened"


def test_a_trunk_that_is_narrow_already_gets_no_wider_in_front() -> None:
    trunk = quick().network.trunk.model_copy(update={"stage_widths": (6, 8)})
    narrow = quick().model_copy(update={"network": quick().network.model_copy(update={"trunk": trunk})})
    assert follow_images(narrow, (3, 128, 128)).network.trunk.stage_widths == (6, 6, 6, 8)


@pytest.mark.parametrize("shape", [(3, 513, 513), (1, 64, 600)])
def test_larger_sizes_are_refused_with_the_option_to_use(shape: tuple[int, int, int]) -> None:
    with pytest.raises(
        RequestError, match=r"images to be of at most 512 pixels a side, but got .*Resize them with size"
    ):
        follow_images(fast(), shape)


def test_a_residual_trunk_has_its_first_stage_again_in_front_as_narrow_as_that() -> None:
    trunk = followed("fast", 128).network.trunk
    assert trunk.stage_widths == (16, 32, 64, 256, 768)
    assert [stage.inner_width for stage in trunk.stages] == [16, 32, 64, 192, 512]
    assert [stage.inner_kernels for stage in trunk.stages[:3]] == [(1, 1)] * 3
