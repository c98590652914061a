import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from taskgraft.network import _convolution as convolution
from taskgraft.network._convolution import Conv3x3, PooledConv2x2

SIZES = st.integers(1, 3)


def gradients(layer: Conv3x3, maps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Output, and the gradients of input and weight for a weighted sum of the outputs."""
    maps = maps.clone().requires_grad_()
    layer.weight.grad = None
    out = layer(maps)
    (out * torch.linspace(-1, 1, out.numel()).view(out.shape)).sum().backward()
    assert maps.grad is not None
    assert layer.weight.grad is not None
    return out.detach(), maps.grad, layer.weight.grad


@settings(max_examples=40, deadline=None)
@given(height=SIZES, width=SIZES, num_in=st.integers(1, 5), num_out=st.integers(1, 5), bias=st.booleans())
def test_small_maps_are_convolved_as_torch_does(
    height: int, width: int, num_in: int, num_out: int, bias: bool
) -> None:
    layer = Conv3x3(num_in, num_out, bias=bias)
    maps = torch.randn(64, num_in, height, width)
    short = gradients(layer, maps)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "_SMALL_SIDE", 0)
        plain = gradients(layer, maps)
    for ours, torchs in zip(short, plain, strict=True):
        torch.testing.assert_close(ours, torchs, rtol=1e-4, atol=1e-4)


def test_bf16_small_maps_differ_from_torch_by_rounding_only() -> None:
    layer = Conv3x3(32, 16, bias=False).to(memory_format=torch.channels_last)
    maps = torch.randn(64, 32, 3, 3).contiguous(memory_format=torch.channels_last)
    exact = F.conv2d(maps, layer.weight, padding="same")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = layer(maps.bfloat16())
    assert rounded.dtype == torch.bfloat16
    # Eight bits of mantissa in, out and in the weights: three roundings of 2^-9 each.
    assert (rounded.float() - exact).abs().max() < 3 * 2**-9 * exact.abs().max() + 0.01


@pytest.mark.parametrize(("batch", "side"), [(63, 3), (64, 4)])
def test_few_images_and_larger_maps_go_the_usual_way(batch: int, side: int) -> None:
    layer = Conv3x3(3, 4, bias=False)
    maps = torch.randn(batch, 3, side, side)
    assert torch.equal(layer(maps), F.conv2d(maps, layer.weight, padding="same"))


def test_a_traced_network_reads_as_a_convolution() -> None:
    layer = Conv3x3(3, 4, bias=False).eval()
    traced = torch.jit.trace(layer, torch.randn(64, 3, 2, 2))  # type: ignore[no-untyped-call]
    assert "_convolution" in str(traced.graph)


@pytest.mark.parametrize(("height", "width"), [(7, 7), (4, 4), (2, 5), (6, 3)])
def test_a_pooled_convolution_leaves_out_what_the_pool_drops(height: int, width: int) -> None:
    torch.manual_seed(0)
    layer = PooledConv2x2(3, 4)
    maps = torch.randn(5, 3, height, width, requires_grad=True)
    whole = F.conv2d(F.pad(maps, (0, 1, 0, 1)), layer.weight)
    assert layer(maps).shape == (5, 4, height // 2 * 2, width // 2 * 2)
    ours, plain = F.max_pool2d(layer(maps), 2), F.max_pool2d(whole, 2)
    torch.testing.assert_close(ours, plain)
    upstream = torch.randn_like(plain)
    wanted = (maps, layer.weight)
    for one, other in zip(
        torch.autograd.grad(ours, wanted, upstream), torch.autograd.grad(plain, wanted, upstream), strict=True
    ):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("side", [4, 7])
def test_a_trace_of_it_fits_maps_of_either_parity(side: int) -> None:
    layer = PooledConv2x2(3, 4).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("error", torch.jit.TracerWarning)
        traced = torch.jit.trace(layer, torch.randn(2, 3, 7, 7))  # type: ignore[no-untyped-call]
    maps = torch.randn(2, 3, side, side)
    torch.testing.assert_close(traced(maps), layer(maps))
