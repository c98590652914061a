"""The gradients of several losses at once, as `torch.autograd.grad` and `torch.vmap` batch them."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from taskgraft.architecture import catalogue
from taskgraft.network import Network, initialise
from taskgraft.network._convolution import Conv3x3
from taskgraft.network._pool import MaxPool2x2
from taskgraft.recipe import RECIPES, recipe

LEVELS, NUM_CLASSES = ("coarse", "fine"), (3, 5)
# As many as the short cut for small maps needs.
NUM_IMAGES, _FEW_IMAGES = 64, 16
DTYPES = [torch.float32, torch.bfloat16]

Gradients = list[tuple[Tensor, ...]]


def batched(outputs: Tensor, inputs: list[Tensor], upstream: Tensor) -> Gradients:
    found = torch.autograd.grad(outputs, inputs, upstream, is_grads_batched=True, retain_graph=True)
    return list(zip(*found, strict=True))


def mapped(outputs: Tensor, inputs: list[Tensor], upstream: Tensor) -> Gradients:
    found = torch.vmap(lambda one: torch.autograd.grad(outputs, inputs, one, retain_graph=True))(upstream)
    return list(zip(*found, strict=True))


def one_by_one(outputs: Tensor, inputs: list[Tensor], upstream: Tensor) -> Gradients:
    return [torch.autograd.grad(outputs, inputs, one, retain_graph=True) for one in upstream]


def check_the_same_bits(outputs: Tensor, inputs: list[Tensor]) -> None:
    upstream = torch.randn(3, *outputs.shape).to(outputs.dtype)
    alone = one_by_one(outputs, inputs, upstream)
    for found in (batched(outputs, inputs, upstream), mapped(outputs, inputs, upstream)):
        for ours, plain in zip(found, alone, strict=True):
            assert all(torch.equal(a, b) for a, b in zip(ours, plain, strict=True))


@pytest.mark.parametrize("height", [1, 2, 3])
@pytest.mark.parametrize("width", [1, 2, 3])
@pytest.mark.parametrize("dtype", DTYPES)
def test_small_maps_have_the_gradients_they_have_alone(height: int, width: int, dtype: torch.dtype) -> None:
    layer = Conv3x3(4, 5, bias=True).to(dtype)
    maps = torch.randn(NUM_IMAGES, 4, height, width).to(dtype)
    maps = maps.contiguous(memory_format=torch.channels_last).requires_grad_()
    check_the_same_bits(layer(maps), [maps, layer.weight])


@pytest.mark.parametrize("shape", [(4, 5, 2, 2), (4, 5, 7, 5), (130, 2, 5, 6), (2, 1, 190, 181)])
@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_pool_has_the_gradients_it_has_alone(
    shape: tuple[int, ...], layout: torch.memory_format, dtype: torch.dtype
) -> None:
    maps = torch.randint(0, 3, shape).to(dtype).contiguous(memory_format=layout).requires_grad_()
    check_the_same_bits(MaxPool2x2()(maps), [maps])


@pytest.mark.parametrize("layer", [Conv3x3(2, 3, bias=False), MaxPool2x2()])
def test_a_gradient_of_a_gradient_is_refused(layer: nn.Module) -> None:
    """A wrong one would be worse than none."""
    maps = torch.randn(NUM_IMAGES, 2, 2, 2, requires_grad=True)
    (first,) = torch.autograd.grad(layer(maps).square().sum(), maps, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()


def losses_of(network: Network, dtype: torch.dtype) -> Tensor:
    # Whole networks are slow where bf16 is imitated; its small maps have a test of their own.
    num_images = NUM_IMAGES if dtype == torch.float32 else _FEW_IMAGES
    images = torch.rand(num_images, 3, 32, 32).mul(255).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
        logits = network(images)
    targets = [torch.arange(num_images) % number for number in NUM_CLASSES]
    return torch.stack([F.cross_entropy(a.float(), b) for a, b in zip(logits, targets, strict=True)])


# A batch norm of torch does not take bf16 under `torch.vmap`, whatever network it is in.
@pytest.mark.parametrize(
    ("dtype", "at_once", "bound"),
    [(torch.float32, batched, 1e-4), (torch.float32, mapped, 1e-4), (torch.bfloat16, batched, 0.02)],
)
# `accurate` has the network of `fast`.
@pytest.mark.parametrize("name", sorted(set(RECIPES) - {"accurate", "finetune"}))
def test_every_recipe_gives_the_gradients_of_all_losses_at_once(
    name: str, dtype: torch.dtype, at_once: object, bound: float
) -> None:
    torch.manual_seed(0)
    spec, architecture = recipe(name).network, catalogue(LEVELS)["shared"]
    network = Network(architecture, spec, NUM_CLASSES, (3, 32, 32)).to(memory_format=torch.channels_last)
    initialise(network, 0)
    losses = losses_of(network.train(), dtype)
    shared = network.shared_parameters()
    found = at_once(losses, shared, torch.eye(2))  # type: ignore[operator]
    for ours, alone in zip(found, one_by_one(losses, shared, torch.eye(2)), strict=True):
        for one, other in zip(ours, alone, strict=True):
            assert (one - other).norm() <= bound * other.norm() + 1e-6
