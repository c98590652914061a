"""What training and predicting set for the process, put back when they are done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from taskgraft.hardware import Hardware, choose_hardware, keeping_threads


@contextmanager
def borrowed_hardware(device: str, num_threads: int | None) -> Iterator[Hardware]:
    """Chooses how to compute, and on the way out restores torch's random stream and number of threads.

    Args:
        device: `auto`, `cpu`, `cuda` or `mps`.
        num_threads: CPU threads; as many as are set now if None.

    Example:
        >>> before = torch.get_rng_state()
        >>> with borrowed_hardware("cpu", None) as hardware:
        ...     _ = torch.manual_seed(1)
        >>> hardware.device, bool((torch.get_rng_state() == before).all())
        ('cpu', True)
    """
    with keeping_threads(), torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        yield choose_hardware(device, num_threads)
