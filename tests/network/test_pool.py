import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from taskgraft.network._pool import MaxPool2x2


# In parts of 64 images, and with positions that two bytes do not hold.
@pytest.mark.parametrize(
    "shape", [(4, 5, 2, 2), (4, 5, 7, 5), (4, 5, 8, 3), (130, 2, 5, 6), (2, 1, 190, 181)]
)
@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_values_and_gradients_are_torchs_own(
    shape: tuple[int, ...], layout: torch.memory_format, dtype: torch.dtype
) -> None:
    # Few different values, so that windows hold ties.
    maps = torch.randint(0, 3, shape).to(dtype).contiguous(memory_format=layout).requires_grad_()
    ours, torchs = MaxPool2x2()(maps), F.max_pool2d(maps, 2)
    upstream = torch.randn_like(torchs)
    assert torch.equal(ours, torchs)
    assert torch.equal(
        torch.autograd.grad(ours, maps, upstream)[0], torch.autograd.grad(torchs, maps, upstream)[0]
    )


def test_what_was_pooled_is_not_kept() -> None:
    kept: list[Tensor] = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):  # type: ignore[func-returns-value]
        MaxPool2x2()(torch.randn(2, 3, 8, 8, requires_grad=True))
    assert [(tuple(t.shape), t.dtype) for t in kept] == [((2, 3, 4, 4), torch.int16)]


def test_predicting_takes_torchs_pool() -> None:
    maps = torch.randn(2, 3, 8, 8)
    assert torch.equal(MaxPool2x2().eval()(maps), F.max_pool2d(maps, 2))
