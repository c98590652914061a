"""Shapes and multiply-accumulates of a network, found by running it without its convolutions and products."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from taskgraft.errors import RequestError

# The arguments of an operation to its multiply-accumulates and the shape of its result.
Work = Callable[..., tuple[int, Sequence[int]]]

# A quarter of a gigabyte.
_MOST_VALUES = 2**26


def _convolution(
    images: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    *rest: Any,
) -> tuple[int, Sequence[int]]:
    if transposed:
        return _transposed(images, weight, stride, padding, dilation, *rest)
    sides = [
        (side + 2 * pad - (spread * (kernel - 1) + 1)) // step + 1
        for side, kernel, step, pad, spread in zip(
            images.shape[2:], weight.shape[2:], stride, padding, dilation, strict=True
        )
    ]
    if min(sides) < 1:
        raise RuntimeError("the kernel of a convolution is larger than its maps")
    macs = images.shape[0] * math.prod(sides) * weight.numel()
    return macs, (images.shape[0], weight.shape[0], *sides)


def _transposed(
    images: Tensor,
    weight: Tensor,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    output_padding: Sequence[int],
    groups: int,
) -> tuple[int, Sequence[int]]:
    """Every pixel that comes in meets every weight of its group, wherever it is added up."""
    sides = [
        (side - 1) * step - 2 * pad + spread * (kernel - 1) + more + 1
        for side, kernel, step, pad, spread, more in zip(
            images.shape[2:], weight.shape[2:], stride, padding, dilation, output_padding, strict=True
        )
    ]
    if min(sides) < 1:
        raise RuntimeError("a transposed convolution is padded to nothing")
    macs = images.shape[0] * math.prod(images.shape[2:]) * weight.numel()
    return macs, (images.shape[0], weight.shape[1] * groups, *sides)


def _product(left: Tensor, right: Tensor, *rest: object) -> tuple[int, Sequence[int]]:
    shape = (*left.shape[:-1], right.shape[-1])
    return math.prod(shape) * left.shape[-1], shape


def _added_product(added: Tensor, left: Tensor, right: Tensor, *rest: object) -> tuple[int, Sequence[int]]:
    return _product(left, right)


def _attention(query: Tensor, key: Tensor, value: Tensor) -> int:
    """Queries with keys, then their weights with values: each of shape (B, heads, N, D)."""
    return math.prod(query.shape[:-1]) * key.shape[-2] * (query.shape[-1] + value.shape[-1])


_aten = torch.ops.aten
_NOT_RUN: Mapping[Any, Work] = {
    _aten.convolution: _convolution,
    _aten.mm: _product,
    _aten.bmm: _product,
    _aten.addmm: _added_product,
    _aten.baddbmm: _added_product,
}
_ATTENTION = frozenset(
    {
        _aten._scaled_dot_product_flash_attention,
        _aten._scaled_dot_product_flash_attention_for_cpu,
        _aten._scaled_dot_product_efficient_attention,
        _aten._scaled_dot_product_cudnn_attention,
    }
)


class MacCount(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the multiply-accumulates of convolutions, matrix products and attention that run within.

    Images are on the CPU; weights may be on the meta device, without memory. Convolutions and products are
    not computed: they give zeros. What is left of a network takes no time worth speaking of.

    torch has a counter, too (`torch.utils.flop_counter`); with it, as with any arithmetic on the meta device,
    comes the import of torch's compiler, which takes a second.

    Attributes:
        macs: Counted so far.
        depthwise_macs: Those of convolutions of each channel by itself.

    Example:
        >>> with torch.device("meta"):
        ...     dense = torch.nn.Linear(4, 3)
        >>> with MacCount() as count, torch.no_grad():
        ...     dense(torch.ones(2, 4)).tolist()
        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
        >>> count.macs
        24
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.macs = 0
        self.depthwise_macs = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Runs an operation, or counts it."""
        kind = func.overloadpacket
        work = _NOT_RUN.get(kind)
        if work is not None:
            macs, shape = work(*args)
            self.macs += macs
            if kind is _aten.convolution and _is_depthwise(*args[:2]):
                self.depthwise_macs += macs
            like = next(each for each in args if isinstance(each, Tensor))
            return zeros(shape, like.dtype)
        if kind in _ATTENTION:
            self.macs += _attention(*args[:3])
        return func(*_on_cpu(args), **_on_cpu(kwargs or {}))

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Not to be guarded against `torch.compile`, which would import it."""
        return False


def _is_depthwise(images: Tensor, weight: Tensor) -> bool:
    # Of one colour channel there is nothing else.
    return weight.shape[1] == 1 and images.shape[1] > 1


def _on_cpu(arguments: Any) -> Any:
    """The arguments, those on the meta device as zeros where others are not."""
    devices = {each.is_meta for each in tree_leaves(arguments) if isinstance(each, Tensor)}
    if devices != {True, False}:
        return arguments
    return tree_map(_as_zeros, arguments)


def _as_zeros(value: Any) -> Any:
    is_meta = isinstance(value, Tensor) and value.is_meta
    return zeros(value.shape, value.dtype) if is_meta else value


def zeros(shape: Sequence[int], dtype: torch.dtype = torch.float32) -> Tensor:
    """Zeros on the CPU, for one image.

    Raises:
        RequestError: If there are so many that no network could be trained with them; a file may ask for
            more than any machine has.
    """
    count = math.prod(shape)
    if count > _MOST_VALUES:
        raise RequestError.expected(
            "what a layer makes of one image",
            f"at most {_MOST_VALUES:,} numbers",
            f"{count:,}",
            "Use narrower layers, or smaller images.",
        )
    return torch.zeros(tuple(shape), dtype=dtype, device="cpu")
