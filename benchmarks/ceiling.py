"""What the machine can do at most: the rate of one large matrix product."""

from __future__ import annotations

import time

import torch

from taskgraft.hardware import synchronise

# 2,048 rows of bf16 are 8 MB a matrix: large enough to run at full rate, small enough for most caches.
_SIDE = 2048
_SECONDS = 0.3


def matmul_rate(
    dtype: torch.dtype, device: str = "cpu", side: int = _SIDE, seconds: float = _SECONDS
) -> float:
    """Floating-point operations a second of square matrix products, in units of 1e9.

    Args:
        dtype: Precision of the matrices.
        device: Where they are.
        side: Rows and columns.
        seconds: How long to measure, at least; two products are made before to warm up.
    """
    a, b = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    for _ in range(2):
        a @ b
    synchronise(device)
    count, started = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - started) < seconds or not count:
        a @ b
        synchronise(device)
        count += 1
    return 2 * side**3 * count / elapsed / 1e9
