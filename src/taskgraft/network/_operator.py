"""Kernels of our own as operators of torch, so that batches of gradients can pass through them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

_LIBRARY = torch.library.Library("taskgraft", "FRAGMENT")  # type: ignore[no-untyped-call]


def operator(schema: str, kernel: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Registers a kernel for tensors on a CPU as an operator of torch.

    A kernel that fills memory piece by piece breaks under `torch.vmap` and in
    `torch.autograd.grad(..., is_grads_batched=True)`, where a tensor stands for many. An operator is called
    once for each of them, with plain tensors: each result is what it would be alone, to the bit.

    Args:
        schema: Name, arguments and result as torch writes them.
        kernel: Returns a new tensor. Its result cannot be differentiated.
    """
    name = schema.partition("(")[0]
    _LIBRARY.define(schema)  # type: ignore[no-untyped-call]
    _LIBRARY.impl(name, kernel, "CPU")  # type: ignore[no-untyped-call]

    def one_by_one(info: Any, batch_dims: Sequence[Any], *args: Any) -> tuple[Tensor, int]:
        def slice_of(number: int) -> list[Any]:
            pairs = zip(args, batch_dims, strict=True)
            return [arg.select(dim, number) if isinstance(dim, int) else arg for arg, dim in pairs]

        return torch.stack([kernel(*slice_of(number)) for number in range(info.batch_size)]), 0

    torch.library.register_vmap(f"taskgraft::{name}", one_by_one, lib=_LIBRARY)
    registered: Callable[..., Tensor] = getattr(torch.ops.taskgraft, name).default
    return registered
