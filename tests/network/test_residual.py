"""The residual stages against their definition, written out."""

import pytest
import torch
from torch.nn import functional as F

from taskgraft.architecture import catalogue
from taskgraft.inference import folded
from taskgraft.network import Network
from taskgraft.network._stages import MaxPlusMean, residual_stage
from taskgraft.recipe import StageSpec, recipe


@pytest.mark.parametrize(
    "spec",
    [
        StageSpec(inner_width=5, inner_kernels=(1, 1)),
        StageSpec(inner_width=5, inner_kernels=(3, 1)),
        StageSpec(entry_kernel=2, inner_width=5, inner_kernels=(3, 3)),
        StageSpec(entry_kernel=1, inner_width=5, inner_kernels=(2, 3)),
    ],
)
def test_a_stage_is_what_it_says(spec: StageSpec) -> None:
    torch.manual_seed(0)
    stage = residual_stage(4, 6, spec, "trunk.2").eval()
    maps = torch.rand(3, 4, 11, 8)
    entry, inner, outer = (p for p in stage.parameters() if p.ndim == 4)

    def convolved(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        before, after = (weight.shape[-1] - 1) // 2, weight.shape[-1] // 2
        x = F.conv2d(F.pad(x, (before, after, before, after)), weight)
        return x / (1 + 1e-5) ** 0.5  # a batch norm that has seen nothing yet

    kept = F.silu(F.max_pool2d(convolved(maps, entry), 2))
    added = F.silu(convolved(F.silu(convolved(kept, inner)), outer))
    torch.testing.assert_close(stage(maps), kept + added)
    assert stage(maps).shape == (3, 6, 5, 4)


def test_the_features_are_the_largest_value_and_the_mean() -> None:
    maps = torch.tensor([[[[1.0, 2.0], [3.0, 6.0]], [[0.0, 0.0], [0.0, -4.0]]]])
    assert MaxPlusMean()(maps).tolist() == [[6.0 + 3.0, 0.0 - 1.0]]


@pytest.mark.parametrize("side", [20, 24, 32])
def test_folding_leaves_the_logits_and_no_batch_norm(side: int) -> None:
    torch.manual_seed(0)
    spec = recipe("fast").network.scaled(1 / 16)
    network = Network(catalogue(("a", "b"))["shared-coarse-to-fine"], spec, (3, 7), (3, side, side))
    images = torch.rand(16, 3, side, side) * 255
    for _ in range(3):
        network.train()(images)
    plain, fast = network.eval()(images), folded(network, torch.float32, torch.channels_last)
    for one, other in zip(plain, fast(images), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    assert not any("BatchNorm" in type(module).__name__ for module in fast.modules())
